"""Who is found by what somebody typed, and who might be taken for somebody else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeVar

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Lower, Upper

from patients.models import Flag, NameKey, NameSpelling, Patient
from patients.rules import (
    Number,
    Search,
    are_namesakes,
    born_key,
    joined,
    likeness,
    name_words,
    nearness,
    slips_of,
    sound_beginning,
    sound_of,
    understand_search,
    words_of,
)
from units.actors import Actor
from units.models import Unit
from units.policy import Act
from units.scope import scoped

T = TypeVar("T")
Near = Mapping[str, Sequence[str]]


class Somebody(Protocol):
    """A patient, or as much of one as tells people apart by name."""

    @property
    def pk(self) -> int: ...
    @property
    def unit_id(self) -> int: ...
    @property
    def family_name(self) -> str: ...
    @property
    def given_name(self) -> str: ...
    @property
    def birth_date(self) -> date: ...


ENOUGH = 8
"""Where so many fit exactly, nobody needs a name that is only like it."""

MOST_NEAR = 30
_WORDS_TRIED = 40
_SPELLINGS_READ = 2000
_PATIENTS_COMPARED = 300
_FAR = 9


def patients_of(actor: Actor, *, unit: Unit | None = None, search: str = "") -> QuerySet[Patient]:
    """The patients the actor may see, by surname, with unit and flags at hand: two queries, however many.

    `search` is what somebody typed (`found_by`): those whom it fits come first, then those whose names are like it
    (`is_near`), the likest first. That takes at most three queries more.
    """
    patients = scoped(Patient.objects.all(), actor, Act.VIEW_PATIENTS)
    if unit is not None:
        patients = patients.filter(unit=unit)
    order: list[str | Combinable] = [Lower("family_name"), Lower("given_name"), "pk"]
    if search.strip():
        patients = found_by(patients, understand_search(search))
        order.insert(0, "place")
    return (
        patients.select_related("unit")
        .prefetch_related(Prefetch("flags", queryset=Flag.objects.order_by("kind", "pk")))
        .order_by(*order)
    )


def found_by(patients: QuerySet[Patient], search: Search) -> QuerySet[Patient]:
    """Those whom all of the search fits, and, where they are fewer than `ENOUGH`, those with a name spelled nearly so.

    Each carries `is_near` and `place`: 0 where the search fits, then 1 for the likest name. None for a search in
    which nothing could be understood.
    """
    if search.is_empty:
        return _placed(patients, []).none()
    exact = fitting(patients, search, {})
    sure = list(exact.order_by().values_list("pk", flat=True)[:ENOUGH])
    near = near_spellings(search.names) if len(sure) < ENOUGH else {}
    if not near:
        return _placed(exact, [])
    rows = fitting(patients, search, near).exclude(pk__in=sure).order_by()
    named = rows.values_list("family_name", "given_name", "pk")[:_PATIENTS_COMPARED]
    ranked = likest_first(sorted(named), key=lambda row: distance(search.names, f"{row[0]} {row[1]}"))
    likest = [pk for *_, pk in ranked]
    return _placed(patients.filter(pk__in=[*sure, *likest]), likest)


@dataclass(frozen=True, slots=True, order=True)
class Namesake:
    """Somebody whom a patient might be taken for."""

    family_name: str
    given_name: str
    birth_date: date
    pk: int
    unit_id: int


def namesakes_of(patients: Sequence[Somebody]) -> dict[int, list[Namesake]]:
    """Whom each of these might be taken for, by the patient's key: others of the same unit whose name is the same or
    very like it, or who have the same surname and birthday. Two queries, whatever their number.
    """
    if not patients:
        return {}
    keys = NameKey.objects.filter(
        key__in=_keys_of_namesakes(patients),
        kind__in=[NameKey.Kind.ALIKE, NameKey.Kind.BORN],
        patient__unit__in={patient.unit_id for patient in patients},
    )
    columns = ("family_name", "given_name", "birth_date", "pk", "unit_id")
    rows = keys.values_list(*(f"patient__{column}" for column in columns))
    others = sorted({Namesake(*row) for row in rows})
    return {patient.pk: [other for other in others if _might_be_taken_for(patient, other)] for patient in patients}


def _keys_of_namesakes(patients: Sequence[Somebody]) -> set[str]:
    """The keys that somebody with a like name may have: one slip changes the sound, so what is a slip away is asked."""
    named = {patient.pk: name_words(patient.family_name, patient.given_name) for patient in patients}
    slips = set().union(*(slips_of(word) for words in named.values() for word in words))
    spelled = NameSpelling.objects.filter(slip__in=sorted(slips)).values_list("word", "sound")
    known = set(spelled.distinct()[:_SPELLINGS_READ])
    keys = set()
    for patient in patients:
        family, given = (
            {sound_of(word)} | {sound for other, sound in known if likeness(word, other) is not None}
            for word in named[patient.pk]
        )
        keys |= {key for one in family for other in given for key in (f"{one} {other}", f"{other} {one}")}
        keys.add(born_key(patient.family_name, patient.birth_date))
    return keys


def _might_be_taken_for(patient: Somebody, other: Namesake) -> bool:
    if patient.pk == other.pk or patient.unit_id != other.unit_id:
        return False
    if patient.birth_date == other.birth_date and joined(patient.family_name) == joined(other.family_name):
        return True
    return are_namesakes((patient.family_name, patient.given_name), (other.family_name, other.given_name))


def likest_first(found: Iterable[T], *, key: Callable[[T], Any]) -> list[T]:
    """At most `MOST_NEAR` of those with a like name, the likest first."""
    return sorted(found, key=key)[:MOST_NEAR]


def _placed(patients: QuerySet[Patient], likest: Sequence[int]) -> QuerySet[Patient]:
    places = [When(pk=pk, then=Value(place)) for place, pk in enumerate(likest, start=1)]
    return patients.annotate(
        place=Case(*places, default=Value(0), output_field=IntegerField()) if places else Value(0),
        is_near=Q(pk__in=likest) if likest else Value(False, output_field=BooleanField()),
    )


def fitting(patients: QuerySet[Patient], search: Search, near: Near) -> QuerySet[Patient]:
    """Those whom all of it fits. A name may be one of the `near` words instead."""
    for name in search.names:
        keys = NameKey.objects.filter(key_is(name, near), patient=OuterRef("pk"), kind=NameKey.Kind.WORD)
        patients = patients.filter(Exists(keys))
    return with_numbers(patients, search)


def key_is(name: str, near: Near) -> Q:
    """The key begins so, or is one of the words near to it."""
    return Q(key__startswith=name) | Q(key__in=near[name]) if near.get(name) else Q(key__startswith=name)


def with_numbers(rows: QuerySet[Any], search: Search, *, through: str = "") -> QuerySet[Any]:
    """Those whom numbers and days fit; `through` leads from a row to its patient, such as "patient__"."""
    for number in search.numbers:
        rows = rows.alias(folded_number=Upper(f"{through}hospital_number")).filter(_has(number, through))
    return rows.filter(**{f"{through}birth_date__in": search.days}) if search.days else rows


def _has(number: Number, through: str) -> Q:
    has = Q(folded_number__startswith=number.hospital)
    if number.nhs:
        has |= Q(**{f"{through}nhs_number__startswith": number.nhs})
    if number.days:
        has |= Q(**{f"{through}birth_date__in": number.days})
    if number.year:
        has |= Q(**{f"{through}birth_date__range": (date(number.year, 1, 1), date(number.year, 12, 31))})
    return has


def near_spellings(names: Sequence[str]) -> dict[str, list[str]]:
    """For each name that was typed the words on record that are spelled nearly so, the likest first; one query."""
    if not names:
        return {}
    alike = Q()
    for name in names:
        alike |= Q(slip__in=sorted(slips_of(name))) | Q(sound=sound_of(name), slip=F("word"))
        if beginning := sound_beginning(name):
            alike |= Q(sound__startswith=beginning, slip=F("word"))
    words = set(NameSpelling.objects.filter(alike).values_list("word", flat=True).distinct()[:_SPELLINGS_READ])
    near = {}
    for name in names:
        ranked = sorted((apart, word) for word in words if (apart := nearness(name, word)))
        near[name] = [word for _, word in ranked[:_WORDS_TRIED]]
    return near if any(near.values()) else {}


def distance(names: Sequence[str], whole: str) -> int:
    """How far what was typed is from a whole name: the sum over the words, each by what it is likest."""
    words = words_of(whole)
    apart = ([near for word in words if (near := nearness(name, word)) is not None] for name in names)
    return sum(min(each, default=_FAR) for each in apart)
