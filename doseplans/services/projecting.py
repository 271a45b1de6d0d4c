"""Writing a plan's dates: rows for every dose given and the next thirteen, keyed (plan, sequence)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F, FilteredRelation, Q, QuerySet

from doseplans.calculus import Given, ProjectedDose, explain, project
from doseplans.models import PLANNED_AHEAD, Dose, DosePlan

FROM_RULE = ["kind", "number_in_kind", "ideal_on", "target_on", "earliest_on", "latest_on", "rule"]
"""The columns that re-projection may change; identity is not among them."""


def reproject_plan(
    plan: DosePlan, *, expected: Mapping[int, date], on: date, newly_given: Mapping[int, date] | None = None
) -> list[Dose]:
    """The plan's dates follow from what is given and booked now; returns its doses in order.

    `expected` maps the sequence of a dose not given yet to the day it is booked for; `on` is the unit's today;
    `newly_given` are doses whose records are about to be written. Rows keep their identity, and none is ever taken
    away: a dose that was planned once may have a visit. Three queries, fewer where nothing changes.

    Raises: HistoryInvalid where the days given are not in turn.
    """
    with transaction.atomic(savepoint=False):
        rows = list(_with_given(plan).select_for_update(of=("self",)))
        given = {row.sequence: row.given_on for row in rows if row.given_on is not None} | dict(newly_given or {})
        ahead = max(PLANNED_AHEAD, len(rows) - len(given))
        doses = dose_rows(plan, given, expected=expected, on=on, ahead=ahead)
        return _write({row.sequence: row for row in rows}, doses)


def dose_rows(
    plan: DosePlan, given: Mapping[int, date], *, expected: Mapping[int, date], on: date, ahead: int = PLANNED_AHEAD
) -> Iterator[Dose]:
    """The plan's doses as they should be, unsaved.

    Raises: HistoryInvalid where the days given are not in turn.
    """
    projection = project(
        plan.protocol.rule,
        [Given(sequence, day.toordinal()) for sequence, day in given.items()],
        starts_on=plan.starts_on.toordinal(),
        expected={sequence: day.toordinal() for sequence, day in expected.items()},
        at=on.toordinal(),
        steps=ahead,
    )
    return (_row(plan, dose) for dose in projection)


def _row(plan: DosePlan, dose: ProjectedDose) -> Dose:
    kind, number = dose.protocol.kind_and_number(dose.sequence)
    return Dose(
        plan=plan,
        sequence=dose.sequence,
        kind=kind.value,
        number_in_kind=number,
        ideal_on=date.fromordinal(dose.ideal),
        target_on=date.fromordinal(dose.target),
        earliest_on=date.fromordinal(dose.earliest),
        latest_on=date.fromordinal(dose.latest),
        rule=explain(dose),
    )


def _with_given(plan: DosePlan) -> QuerySet[Any]:
    """The plan's doses in order, each with the day it was given, or None."""
    return (
        Dose.objects.filter(plan=plan)
        .annotate(
            record=FilteredRelation("administrations", condition=Q(administrations__is_entered_in_error=False)),
            given_on=F("record__given_on"),
        )
        .order_by("sequence")
    )


def _write(stored: Mapping[int, Dose], doses: Iterable[Dose]) -> list[Dose]:
    """The stored doses with their new dates, and the new ones; only rows that differ are written, in one statement."""
    result, changed = [], []
    for dose in doses:
        row = stored.get(dose.sequence)
        if row is None:
            row = dose
            changed.append(dose)
        elif any(getattr(row, name) != getattr(dose, name) for name in FROM_RULE):
            for name in FROM_RULE:
                setattr(row, name, getattr(dose, name))
            changed.append(dose)
        result.append(row)
    if changed:
        # The key is (plan, sequence): a row that is there keeps its id and public id.
        Dose.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["plan", "sequence"], update_fields=FROM_RULE
        )
    return result
