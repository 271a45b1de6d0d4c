"""Who is found by what somebody typed, and who might be taken for somebody else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple, Protocol, TypeVar

from django.db.models import (
    BooleanField,
    Case,
    Exists,
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

from patients.models import Flag, NameKey, Patient
from patients.rules import (
    REMEMBERED,
    Number,
    Search,
    are_namesakes,
    beyond,
    born_key,
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
from units.rows import Question, ask
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

# As ranges and not LIKE: the beginning is not known when the statement is planned, once for all names (see hits.py).
# OFFSET 0: asked by the index, beginning by beginning; a join reads every word on record.
_NEAR = """
    SELECT word FROM patients_namespelling WHERE slip = ANY((SELECT %(slips)s)::text[])
    UNION
    SELECT word FROM patients_namespelling WHERE slip = word AND sound = ANY((SELECT %(sounds)s)::text[])
    UNION
    SELECT known.word
    FROM unnest((SELECT %(beginnings)s)::text[], (SELECT %(beyond)s)::text[]) AS typed (sound, beyond)
    CROSS JOIN LATERAL (
        SELECT word FROM patients_namespelling
        WHERE slip = word AND sound ~>=~ typed.sound AND sound ~<~ typed.beyond OFFSET 0
    ) AS known
    LIMIT (SELECT %(most)s)
"""
_SPELLED = """
    SELECT DISTINCT word, sound FROM patients_namespelling WHERE slip = ANY(%(slips)s::text[]) LIMIT %(most)s
"""
_NAMESAKES = """
    SELECT family_name, given_name, birth_date, patient_id, unit_id, key FROM patients_namekey
    WHERE key = ANY(%(keys)s::text[]) AND kind IN ('alike', 'born') AND unit_id = ANY(%(units)s::bigint[])
"""


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


class Namesake(NamedTuple):
    """Somebody whom a patient might be taken for."""

    family_name: str
    given_name: str
    birth_date: date
    pk: int
    unit_id: int


_Bearers = dict[str, dict[tuple[str, str], list[Namesake]]]
"""Who has a key, by surname and forenames."""


def namesakes_of(patients: Sequence[Somebody]) -> dict[int, list[Namesake]]:
    """Whom each of these might be taken for, by the patient's key: others of the same unit whose name is the same or
    very like it, or who have the same surname and birthday. Two queries, whatever their number.
    """
    if not patients:
        return {}
    return namesakes_known(patients, ask(*spelled_like(patients)))


def spelled_like(patients: Sequence[Somebody]) -> Question:
    """Asks for the words on record, each with its sound, that are a slip or two away from these names."""
    slips: set[str] = set()
    for patient in patients:
        slips = slips.union(*map(slips_of, name_words(patient.family_name, patient.given_name)))
    return _SPELLED, {"slips": sorted(slips), "most": _SPELLINGS_READ}


def namesakes_known(patients: Sequence[Somebody], spelled: Sequence[tuple[Any, ...]]) -> dict[int, list[Namesake]]:
    """As `namesakes_of`, when what `spelled_like` asks for is known; one query."""
    keys = {patient.pk: _keys_of_namesakes(patient, spelled) for patient in patients}
    values = {"keys": list(set().union(*keys.values())), "units": list({patient.unit_id for patient in patients})}
    with_key: _Bearers = defaultdict(lambda: defaultdict(list))
    for row in ask(_NAMESAKES, values):
        with_key[row[-1]][row[:2]].append(Namesake._make(row[:-1]))
    return {patient.pk: _namesakes_among(patient, keys[patient.pk], with_key) for patient in patients}


def _namesakes_among(patient: Somebody, keys: Set[str], with_key: _Bearers) -> list[Namesake]:
    """Each name is compared once, whoever bears it: in a large unit a thousand bear a few dozen."""
    name, born = (patient.family_name, patient.given_name), born_key(patient.family_name, patient.birth_date)
    found: dict[int, Namesake] = {}
    for key in keys & with_key.keys():
        for other, bearers in with_key[key].items():
            if key == born or are_namesakes(name, other):
                found |= {each.pk: each for each in bearers if each.unit_id == patient.unit_id}
    found.pop(patient.pk, None)
    return sorted(found.values())


def _keys_of_namesakes(patient: Somebody, spelled: Sequence[tuple[Any, ...]]) -> set[str]:
    """The keys that somebody with a like name may have: one slip changes the sound, so what is a slip away is asked."""
    family, given = (
        {sound_of(word)} | {sound for other, sound in spelled if likeness(word, other) is not None}
        for word in name_words(patient.family_name, patient.given_name)
    )
    keys = {key for one in family for other in given for key in (f"{one} {other}", f"{other} {one}")}
    return keys | {born_key(patient.family_name, patient.birth_date)}


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
        keys = NameKey.objects.filter(_key_is(name, near), patient=OuterRef("pk"), kind=NameKey.Kind.WORD)
        patients = patients.filter(Exists(keys))
    for number in search.numbers:
        patients = patients.alias(folded_number=Upper("hospital_number")).filter(_has(number))
    return patients.filter(birth_date__in=search.days) if search.days else patients


def _key_is(name: str, near: Near) -> Q:
    """The key begins so, or is one of the words near to it."""
    return Q(key__startswith=name) | Q(key__in=near[name]) if near.get(name) else Q(key__startswith=name)


def _has(number: Number) -> Q:
    has = Q(folded_number__startswith=number.hospital)
    if number.nhs:
        has |= Q(nhs_number__startswith=number.nhs)
    if number.days:
        has |= Q(birth_date__in=number.days)
    if number.year:
        has |= Q(birth_date__range=(date(number.year, 1, 1), date(number.year, 12, 31)))
    return has


def near_spellings(names: Sequence[str]) -> dict[str, list[str]]:
    """For each name that was typed the words on record that are spelled nearly so, the likest first; one query."""
    if not names:
        return {}
    beginnings = {name: sound_beginning(name) for name in names}
    values = {
        "slips": sorted(set().union(*(slips_of(name) for name in names))),
        "sounds": [sound_of(name) for name in names if not beginnings[name]],
        "beginnings": [each for each in beginnings.values() if each],
        "beyond": [beyond(each) for each in beginnings.values() if each],
        "most": _SPELLINGS_READ,
    }
    rows = ask(_NEAR, values)
    words = {word for (word,) in rows}
    near = {}
    for name in names:
        ranked = sorted((apart, word) for word in words if (apart := nearness(name, word)))
        near[name] = [word for _, word in ranked[:_WORDS_TRIED]]
    return near if any(near.values()) else {}


@lru_cache(REMEMBERED)
def distance(names: tuple[str, ...], whole: str) -> int:
    """How far what was typed is from a whole name: the sum over the words, each by what it is likest."""
    words = words_of(whole)
    apart = ([near for word in words if (near := nearness(name, word)) is not None] for name in names)
    return sum(min(each, default=_FAR) for each in apart)
