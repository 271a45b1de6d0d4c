"""What stops a booking, and a protocol's rows read as rules. No Django: models fit the shapes described here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Protocol as Shape

from doseplans.calculus import (
    Anchor,
    GapTier,
    Interval,
    IntervalUnit,
    Minimum,
    ProtocolRule,
    Provenance,
    StepKind,
    StepRule,
    Window,
    day_in_words,
)
from doseplans.calculus.words import SAID_BY
from doseplans.errors import DoseAlreadyGiven, DoseTooEarly, EligibilityMissing, PlanEnded, PlanOnHold
from patients.rules import age_on
from units.errors import ClinicError


class StepShape(Shape):
    """A protocol's step, as stored."""

    kind: str
    count: int | None
    interval: int
    interval_unit: str
    interval_provenance: str
    anchor: str
    window_before_days: int
    window_after_days: int
    window_provenance: str
    ordinal: int
    minimum_interval: int | None
    minimum_interval_unit: str
    minimum_interval_provenance: str


class GapTierShape(Shape):
    """What a long gap costs, as stored."""

    step_ordinal: int
    at_least: int
    below: int | None
    gap_unit: str
    doses: int
    interval: int
    interval_unit: str
    provenance: str


def protocol_rule(
    steps: Iterable[StepShape],
    minimum_days: int | None,
    minimum_provenance: str,
    *,
    gap_tiers: Iterable[GapTierShape] = (),
) -> ProtocolRule:
    """The rule that a protocol's rows say. An interval of 0 is none: nothing leads to a single first dose.

    Raises: ProtocolInvalid where the rows contradict each other.
    """
    minimum = Minimum(Interval(minimum_days), Provenance(minimum_provenance)) if minimum_days else None
    tiers: dict[int, list[GapTier]] = {}
    for row in gap_tiers:
        tiers.setdefault(row.step_ordinal, []).append(_gap_tier(row))
    return ProtocolRule(tuple(_step_rule(step, tuple(tiers.get(step.ordinal, ()))) for step in steps), minimum)


def _gap_tier(row: GapTierShape) -> GapTier:
    unit = IntervalUnit(row.gap_unit)
    return GapTier(
        at_least=Interval(row.at_least, unit),
        below=Interval(row.below, unit) if row.below else None,
        doses=row.doses,
        interval=Interval(row.interval, IntervalUnit(row.interval_unit)),
        provenance=Provenance(row.provenance),
    )


def _step_rule(step: StepShape, gap_tiers: tuple[GapTier, ...]) -> StepRule:
    return StepRule(
        kind=StepKind(step.kind),
        count=step.count,
        interval=Interval(step.interval, IntervalUnit(step.interval_unit)) if step.interval else None,
        anchor=Anchor(step.anchor),
        interval_provenance=Provenance(step.interval_provenance),
        window=Window(step.window_before_days, step.window_after_days, Provenance(step.window_provenance)),
        minimum=Minimum(
            Interval(step.minimum_interval, IntervalUnit(step.minimum_interval_unit)),
            Provenance(step.minimum_interval_provenance),
        )
        if step.minimum_interval
        else None,
        gap_tiers=gap_tiers,
    )


def gap_tier_problems(tiers: Iterable[GapTierShape], step_ordinals: Collection[int]) -> Iterator[str]:
    """What is wrong with the gap tiers as a whole, in words: a step that is not there, or two that both hold."""
    by_step: dict[int, list[GapTierShape]] = {}
    for row in tiers:
        by_step.setdefault(row.step_ordinal, []).append(row)
    for ordinal, rows in sorted(by_step.items()):
        if ordinal not in step_ordinals:
            yield f"There is no step {ordinal} for a gap to stand before."
        rows.sort(key=lambda row: row.at_least)
        for row, following in pairwise(rows):
            if row.gap_unit == following.gap_unit and (row.below is None or row.below > following.at_least):
                yield f"Two gap tiers of step {ordinal} hold for the same gap: end one where the next begins."


class PhaseShape(Shape):
    """A stretch of a protocol's visit, as stored."""

    phase: str
    needs_room: bool
    needs_operator: bool


PHASES_IN_ORDER = ("arrival", "preparation", "procedure", "recovery", "discharge")


def phase_problems(phases: Sequence[PhaseShape]) -> Iterator[str]:
    """Why no visit can be planned from these phases, in words; `phases` in their order. Nothing where one can."""
    kinds = [phase.phase for phase in phases]
    procedure = next((phase for phase in phases if phase.phase == "procedure"), None)
    if procedure is None:
        yield "The visit needs a procedure phase."
    elif not (procedure.needs_room and procedure.needs_operator):
        yield "The procedure needs a procedure room and an operator."
    if kinds != sorted(kinds, key=PHASES_IN_ORDER.index):
        yield "The phases follow each other from arrival to discharge."


class ProtocolShape(Shape):
    """A protocol as stored: what it asks of a patient, and its rule."""

    minimum_age_years: int | None
    needs_genetic_test: bool
    needs_prescriber: bool
    needs_review: bool
    needs_pregnancy_discussion: bool


class PatientShape(Shape):
    birth_date: date


class PlanShape(Shape):
    """A plan with its protocol and patient."""

    genetic_test_note: str
    prescriber_name: str
    review_on: date | None
    pregnancy_discussed_on: date | None
    taken_over_on: date | None

    @property
    def protocol(self) -> ProtocolShape: ...

    @property
    def patient(self) -> PatientShape: ...


@dataclass(frozen=True, slots=True)
class Eligibility:
    """What is on record about who may have the medicine, beside what the protocol asks for."""

    birth_date: date
    genetic_test_note: str = ""
    prescriber_name: str = ""
    review_on: date | None = None
    pregnancy_discussed_on: date | None = None
    taken_over_on: date | None = None
    minimum_age_years: int | None = None
    needs_genetic_test: bool = False
    needs_prescriber: bool = False
    needs_review: bool = False
    needs_pregnancy_discussion: bool = False


def eligibility_problems(plan: PlanShape, *, on: date, today: date) -> list[str]:
    """What the protocol asks of the patient and is not met on a day, as short lines for a list; empty where all is."""
    asks = plan.protocol
    facts = Eligibility(
        birth_date=plan.patient.birth_date,
        genetic_test_note=plan.genetic_test_note,
        prescriber_name=plan.prescriber_name,
        review_on=plan.review_on,
        pregnancy_discussed_on=plan.pregnancy_discussed_on,
        taken_over_on=plan.taken_over_on,
        minimum_age_years=asks.minimum_age_years,
        needs_genetic_test=asks.needs_genetic_test,
        needs_prescriber=asks.needs_prescriber,
        needs_review=asks.needs_review,
        needs_pregnancy_discussion=asks.needs_pregnancy_discussion,
    )
    return list(unmet(facts, on=on, today=today))


def unmet(facts: Eligibility | Bookability, *, on: date, today: date) -> Iterator[str]:
    """What is not met for a dose on a day, seen from `today`, as short lines.

    A review stops booking only once its date has passed: a dose after a review still to come may be booked, since
    series are booked ahead. Local policy. A course begun elsewhere was judged there: of what is asked before the
    first dose only the genetic report and a review that has passed can stop it.

    >>> facts = Eligibility(date(1971, 7, 2), prescriber_name="Dr Malik", review_on=date(2026, 11, 2),
    ...     needs_prescriber=True, needs_review=True, needs_pregnancy_discussion=True)
    >>> list(unmet(facts, on=date(2026, 11, 24), today=date(2026, 11, 2)))
    ['Pregnancy and contraception discussion not recorded']
    >>> list(unmet(facts, on=date(2026, 11, 24), today=date(2026, 11, 3)))
    ['The clinical review was due on Mon 2 Nov', 'Pregnancy and contraception discussion not recorded']
    """
    is_begun_here = facts.taken_over_on is None
    if facts.minimum_age_years is not None and age_on(facts.birth_date, on) < facts.minimum_age_years:
        yield f"Under {facts.minimum_age_years} on that day"
    if facts.needs_genetic_test and not facts.genetic_test_note.strip():
        yield "Genetic test report not recorded"
    if facts.needs_prescriber and is_begun_here and not facts.prescriber_name.strip():
        yield "Prescriber not recorded"
    if facts.needs_review:
        if facts.review_on is None:
            if is_begun_here:
                yield "Date of the next clinical review not recorded"
        elif facts.review_on < today:
            yield f"The clinical review was due on {_day(facts.review_on, beside=today)}"
    if facts.needs_pregnancy_discussion and is_begun_here and facts.pregnancy_discussed_on is None:
        yield "Pregnancy and contraception discussion not recorded"


@dataclass(frozen=True, slots=True)
class Bookability:
    """The facts of a plan that can stop a booking. `hold_reason` None: not on hold."""

    ended_on: date | None
    ended_as: str
    has_died: bool
    hold_reason: str | None
    hold_since: date | None
    hold_review_on: date | None
    birth_date: date
    genetic_test_note: str
    minimum_age_years: int | None
    needs_genetic_test: bool
    prescriber_name: str = ""
    review_on: date | None = None
    pregnancy_discussed_on: date | None = None
    taken_over_on: date | None = None
    needs_prescriber: bool = False
    needs_review: bool = False
    needs_pregnancy_discussion: bool = False


def bookable_problems(
    facts: Bookability,
    *,
    is_given: bool,
    on: date,
    previous_on: date | None,
    minimum: Minimum | None,
    may_override: bool,
    today: date | None = None,
) -> Iterator[ClinicError]:
    """What stops booking the dose for a day, gravest first: end, hold, given, eligibility, minimum interval.

    Only the minimum interval gives way, to a clinician's written reason (`may_override`). `minimum` is the one before
    this dose: its step's own, else the protocol's. `today` None: asked on the day itself.

    >>> facts = Bookability(None, "", False, None, None, None, date(1971, 7, 2), "", 18, True)
    >>> [problem.sentence for problem in bookable_problems(
    ...     facts, is_given=False, on=date(2026, 11, 3), previous_on=date(2026, 10, 25),
    ...     minimum=Minimum(Interval(14), Provenance.POLICY), may_override=False)]  # doctest: +NORMALIZE_WHITESPACE
    ['This dose cannot be booked yet: genetic test report not recorded.',
     'Tue 3 Nov is 9 days after the dose before it (Sun 25 Oct). The minimum is 14 days (local policy): the first
      possible day is Sun 8 Nov. Only a doctor may go below it, with a written reason.']
    """
    if facts.has_died:
        yield PlanEnded("The patient has died. Nothing more is booked.")
    elif facts.ended_on is not None:
        as_what = f" ({facts.ended_as.lower()})" if facts.ended_as else ""
        ended_on = _day(facts.ended_on, beside=on)
        yield PlanEnded(f"This plan ended on {ended_on}{as_what}. Nothing more is booked in it.")
    if facts.hold_reason is not None:
        yield PlanOnHold(_hold_sentence(facts, beside=on))
    if is_given:
        yield DoseAlreadyGiven("This dose is on record as given.")
    missing = ", ".join(_within(line) for line in unmet(facts, on=on, today=today or on))
    if missing:
        yield EligibilityMissing(f"This dose cannot be booked yet: {missing}.")
    if previous_on is not None and minimum is not None and not may_override:
        yield from _too_early(on, previous_on, minimum)


def _within(line: str) -> str:
    """A line of a list as a part of a sentence."""
    return f"{line[0].lower()}{line[1:]}"


def _hold_sentence(facts: Bookability, *, beside: date) -> str:
    since = f" since {_day(facts.hold_since, beside=beside)}" if facts.hold_since else ""
    review = f" Review on {_day(facts.hold_review_on, beside=beside)}." if facts.hold_review_on else ""
    return f"The plan is on hold{since}: {facts.hold_reason}.{review} Only a doctor lifts a hold."


def _too_early(on: date, previous_on: date, minimum: Minimum) -> Iterator[ClinicError]:
    first_possible = date.fromordinal(minimum.interval.after(previous_on.toordinal()))
    if on >= first_possible:
        return
    between = (on - previous_on).days
    apart = f"{between} day{'' if between == 1 else 's'} after" if between > 0 else "not after"
    yield DoseTooEarly(
        f"{_day(on, beside=on)} is {apart} the dose before it ({_day(previous_on, beside=on)}). "
        f"The minimum is {minimum.interval} ({SAID_BY[minimum.provenance]}): the first possible day is "
        f"{_day(first_possible, beside=on)}. "
        "Only a doctor may go below it, with a written reason.",
        first_possible_on=first_possible,
    )


def refuse_unless_bookable(
    facts: Bookability,
    *,
    is_given: bool,
    on: date,
    previous_on: date | None,
    minimum: Minimum | None,
    may_override: bool,
    today: date | None = None,
) -> None:
    """Nothing, where the dose may be booked for that day.

    Raises: the gravest of PlanEnded, PlanOnHold, DoseAlreadyGiven, EligibilityMissing, DoseTooEarly.
    """
    for problem in bookable_problems(
        facts,
        is_given=is_given,
        on=on,
        previous_on=previous_on,
        minimum=minimum,
        may_override=may_override,
        today=today,
    ):
        raise problem


def _day(day: date, *, beside: date) -> str:
    return day_in_words(day.toordinal(), beside=beside.toordinal())
