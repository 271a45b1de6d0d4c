"""Writing a plan's dates: rows for every dose given and the next thirteen, keyed (plan, sequence).

A booking re-projects its plan under the day's lock, so this is plain SQL: one statement reads and locks, one writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import count
from typing import NamedTuple

from django.db import connection, transaction

from doseplans.calculus import Given, ProjectedDose, Projection, ProtocolRule, explain, project
from doseplans.models import PLANNED_AHEAD, Dose, DoseDecision, DosePlan

FROM_RULE = ("kind", "number_in_kind", "ideal_on", "target_on", "earliest_on", "latest_on", "rule")
"""The columns that re-projection may change; identity is not among them."""

Dates = tuple[str, int, date, date, date, date, str]
"""The values of FROM_RULE."""

Decision = tuple[str, date] | None
"""What a clinician decided about a dose (`DoseDecision.kind`), and the day; None where nothing stands decided."""

Stored = Sequence[tuple[int, date | None, Decision, Dates]]
"""A plan's rows in order: sequence, day given, what was decided, dates as they stand."""

DECISION_COLUMNS = "decision.kind, decision.on"
DECISION_TABLE = (
    "LEFT JOIN doseplans_dosedecision decision ON decision.dose_id = dose.id AND decision.withdrawn_at IS NULL"
)
"""For a statement that reads the rows itself; `decision_from` reads the values."""


def decision_from(kind: str | None, on: date | None) -> Decision:
    """The decision of the two columns."""
    return None if kind is None or on is None else (kind, on)


_READ = f"""
    SELECT dose.sequence, record.given_on, {DECISION_COLUMNS}, {", ".join(f"dose.{name}" for name in FROM_RULE)}
    FROM doseplans_dose dose
    LEFT JOIN doseplans_administration record ON record.dose_id = dose.id AND NOT record.is_entered_in_error
    {DECISION_TABLE}
    WHERE dose.plan_id = %s
    ORDER BY dose.sequence
    FOR UPDATE OF dose
"""  # noqa: S608  our own column names

_VALUES = """(row->>0)::smallint, row->>1, (row->>2)::smallint,
           (row->>3)::date, (row->>4)::date, (row->>5)::date, (row->>6)::date, row->>7"""

# The key is (plan, sequence): a row that is there keeps its id and public id.
_WRITE = f"""
    INSERT INTO doseplans_dose (public_id, plan_id, sequence, {", ".join(FROM_RULE)})
    SELECT gen_random_uuid(), %s, {_VALUES}
    FROM json_array_elements(%s::json) AS row
    ON CONFLICT (plan_id, sequence)
    DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in FROM_RULE)}
"""  # noqa: S608  our own column names

# The same where every row is there, as with nearly every booking: trying to insert each first costs twice as much.
_REWRITE = f"""
    UPDATE doseplans_dose dose SET {", ".join(f"{name} = counted.{name}" for name in FROM_RULE)}
    FROM (SELECT {_VALUES} FROM json_array_elements(%s::json) AS row) AS counted (sequence, {", ".join(FROM_RULE)})
    WHERE dose.plan_id = %s AND dose.sequence = counted.sequence
"""  # noqa: S608  our own column names


def reproject_plan(
    plan: DosePlan,
    *,
    expected: Mapping[int, date],
    on: date,
    newly_given: Mapping[int, date] | None = None,
    stored: Stored | None = None,
    since: int = 1,
) -> Mapping[int, Dates]:
    """The plan's dates follow from what is given, decided and booked now. Returns them by sequence.

    `since` is the first dose whose dates may have changed; those before are left out.

    `expected` maps the sequence of a dose not given yet to the day it is booked for; `on` is the unit's today;
    `newly_given` are doses whose records are about to be written; `stored` are the plan's rows where the caller has
    just read them under the patient's lock. Rows keep their identity, and none is ever taken away: a dose that was
    planned once may have a visit. Two queries at most, one less where nothing changes or the rows are known; one more
    until the protocol's rule is in memory.

    Raises: HistoryInvalid where the days given are not in turn.
    """
    with transaction.atomic(savepoint=False):
        if stored is None:
            with connection.cursor() as cursor:
                cursor.execute(_READ, [plan.pk])
                stored = [(row[0], row[1], decision_from(*row[2:4]), row[4:]) for row in cursor.fetchall()]
        wanted = dates_from(plan, stored, expected=expected, on=on, newly_given=newly_given or {}, since=since)
        write_dates(plan, changed_dates(stored, wanted))
    return wanted


class Changed(NamedTuple):
    """The dates of a plan that are to be written, by sequence, and whether each has its row already."""

    dates: Mapping[int, Dates]
    are_there: bool


def changed_dates(stored: Stored, wanted: Mapping[int, Dates]) -> Changed:
    """What of the wanted dates is not in the plan's rows."""
    known = {row[0]: row[3] for row in stored}
    dates = {sequence: dates for sequence, dates in wanted.items() if known.get(sequence) != dates}
    return Changed(dates, dates.keys() <= known.keys())


def write_dates(plan: DosePlan, changed: Changed) -> None:
    """The plan's rows have these dates; one statement, none where nothing changed. Under the patient's lock."""
    if not changed.dates:
        return
    rows = json.dumps([(sequence, *dates) for sequence, dates in changed.dates.items()], default=str)
    with connection.cursor() as cursor:
        if changed.are_there:
            cursor.execute(_REWRITE, [rows, plan.pk])
        else:
            cursor.execute(_WRITE, [plan.pk, rows])


def dates_from(
    plan: DosePlan,
    stored: Stored,
    *,
    expected: Mapping[int, date],
    on: date,
    newly_given: Mapping[int, date] | None = None,
    rule: ProtocolRule | None = None,
    since: int = 1,
) -> Mapping[int, Dates]:
    """The plan's dates by sequence, from dose `since` on, as they follow from its rows; nothing is written.

    `rule` where not its own.

    Raises: HistoryInvalid where the days given are not in turn.
    """
    doses = projected_from(plan, stored, expected=expected, on=on, newly_given=newly_given, rule=rule)
    return {dose.sequence: _dates(dose) for dose in doses[since - 1 :]}


def projected_from(
    plan: DosePlan,
    stored: Stored,
    *,
    expected: Mapping[int, date],
    on: date,
    newly_given: Mapping[int, date] | None = None,
    rule: ProtocolRule | None = None,
) -> Projection:
    """As `dates_from`, without the words: every dose of the rows, as it is counted."""
    facts = _facts(stored, newly_given or {})
    dealt_with = next(n for n in count() if n + 1 not in facts.given and n + 1 not in facts.omitted)
    ahead = max(PLANNED_AHEAD, len(stored) - dealt_with)
    return _projected(plan, facts, expected, on, ahead, rule)


class Facts(NamedTuple):
    """What a plan's dates follow from besides its rule, by sequence: days given, days set, doses left out."""

    given: Mapping[int, date]
    decided: Mapping[int, date]
    omitted: Mapping[int, date]


def _facts(stored: Stored, newly_given: Mapping[int, date]) -> Facts:
    given = {sequence: given_on for sequence, given_on, *_ in stored if given_on is not None} | dict(newly_given)
    decisions = {sequence: decision for sequence, _, decision, _ in stored if decision is not None}
    return Facts(
        given,
        {sequence: on for sequence, (kind, on) in decisions.items() if kind == DoseDecision.Kind.DATE},
        {sequence: on for sequence, (kind, on) in decisions.items() if kind == DoseDecision.Kind.OMIT},
    )


def first_rows(plan: DosePlan, given: Mapping[int, date], *, on: date) -> Iterable[Dose]:
    """The doses of a plan that has no rows yet, unsaved.

    Raises: HistoryInvalid where the days given are not in turn.
    """
    for dose in _projected(plan, Facts(given, {}, {}), {}, on, PLANNED_AHEAD):
        yield Dose(plan=plan, sequence=dose.sequence, **dict(zip(FROM_RULE, _dates(dose), strict=True)))


def _projected(
    plan: DosePlan, facts: Facts, expected: Mapping[int, date], on: date, ahead: int, rule: ProtocolRule | None = None
) -> Projection:
    return project(
        rule or plan.rule,
        [Given(sequence, day.toordinal()) for sequence, day in facts.given.items()],
        starts_on=plan.starts_on.toordinal(),
        expected=ordinals(expected),
        at=on.toordinal(),
        steps=ahead,
        decided=ordinals(facts.decided),
        omitted=ordinals(facts.omitted),
    )


def ordinals(days: Mapping[int, date]) -> dict[int, int]:
    """Days by sequence as the calculus counts them."""
    return {sequence: day.toordinal() for sequence, day in days.items()}


def _dates(dose: ProjectedDose) -> Dates:
    kind, number = dose.protocol.kind_and_number(dose.sequence)
    ideal, target, earliest, latest = map(date.fromordinal, (dose.ideal, dose.target, dose.earliest, dose.latest))
    return kind.value, number, ideal, target, earliest, latest, explain(dose)
