"""The first few who may be meant by what is being typed: asked at each letter, so bounded whatever the unit's size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When, Window
from django.db.models.expressions import Combinable
from django.db.models.functions import Lower

from patients.models import NameKey, Patient
from patients.rules import Search, understand_search
from patients.selectors.finding import ENOUGH, Near, distance, key_is, likest_first, near_spellings, with_numbers
from units.actors import Actor
from units.policy import Act
from units.scope import scoped

COUNTED = 200
"""Of more than this many nobody reads a list; so many are looked at, those first of whom a word is the whole name."""

_COMPARED = 100
_COLUMNS = (
    "pk",
    "public_id",
    "unit_id",
    "family_name",
    "given_name",
    "birth_date",
    "nhs_number",
    "hospital_number",
    "deceased_at",
)


@dataclass(frozen=True, slots=True)
class Found:
    """A patient as a hit shows them. `next_visit_at` is what the caller asked beside them."""

    pk: int
    public_id: UUID
    unit_id: int
    family_name: str
    given_name: str
    birth_date: date
    nhs_number: str | None
    hospital_number: str
    deceased_at: datetime | None
    next_visit_at: datetime | None
    is_near: bool = False


def first_found(actor: Actor, *, search: str, most: int, next_visit_at: Combinable) -> tuple[list[Found], int]:
    """The first of those the actor may see whom the search fits, then those with a like name; and how many in all.

    One query, or three where fewer than `ENOUGH` fit exactly. The count ends at `COUNTED`. Whose surname is what was
    typed comes before whose surname begins so, and they before the others.
    """
    asked = understand_search(search)
    if asked.is_empty:
        return [], 0
    shown: Any = Patient.objects.annotate(next_visit=next_visit_at)
    rows = (
        shown.filter(pk__in=_first_keys(actor, asked))
        .annotate(rank=_rank(asked), total=Window(Count("pk")))
        .order_by("rank", Lower("family_name"), Lower("given_name"), "birth_date", "pk")
        .values_list(*_COLUMNS, "next_visit", "total")[: max(most, ENOUGH)]
    )
    exact = list(rows)
    found, total = [Found(*row[:-1]) for row in exact[:most]], exact[0][-1] if exact else 0
    if total >= ENOUGH or not (near := near_spellings(asked.names)):
        return found, min(total, COUNTED)
    keys = _keys(actor, asked, near).exclude(patient__in=[row[0] for row in exact])[:_COMPARED]
    compared: list[Any] = list(shown.filter(pk__in=keys).values_list(*_COLUMNS, "next_visit"))
    named = sorted(
        (replace(Found(*row), is_near=True) for row in compared), key=lambda each: (each.family_name, each.given_name)
    )
    likest = likest_first(named, key=lambda each: distance(asked.names, f"{each.family_name} {each.given_name}"))
    return [*found, *likest][:most], total + len(likest)


def _first_keys(actor: Actor, search: Search) -> QuerySet[Any]:
    """The keys of at most twice `COUNTED` whom the search fits: a Ng is among them, however many names begin so."""
    if not search.names:
        patients = scoped(Patient.objects.all(), actor, Act.VIEW_PATIENTS)
        return with_numbers(patients, search).order_by().values("pk")[:COUNTED]
    beginning = _keys(actor, search, {})[:COUNTED]
    if len(search.names) > 1:
        return beginning
    return _keys(actor, search, {}).filter(key=search.names[0])[:COUNTED].union(beginning)


def _keys(actor: Actor, search: Search, near: Near) -> QuerySet[Any]:
    """Whom the search fits, told by their name keys. From the longest name on, since it fits the fewest; written as a
    join because the planner answers several EXISTS by reading all patients."""
    first, *others = sorted(search.names, key=len, reverse=True)
    rows = NameKey.objects.filter(key_is(first, near), kind=NameKey.Kind.WORD)
    for name in others:
        too = NameKey.objects.filter(key_is(name, near), patient=OuterRef("patient"), kind=NameKey.Kind.WORD)
        rows = rows.filter(Exists(too))
    found = with_numbers(rows, search, through="patient__")
    return scoped(found, actor, Act.VIEW_PATIENTS, through="patient__unit_id").values("patient_id")


def _rank(search: Search) -> Case:
    is_it = reduce(or_, (Q(family_name__iexact=word) for word in search.names), Q(pk__in=()))
    begins = reduce(or_, (Q(family_name__istartswith=word) for word in search.names), Q(pk__in=()))
    return Case(When(is_it, then=Value(0)), When(begins, then=Value(1)), default=2, output_field=IntegerField())
