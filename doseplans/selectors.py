"""What pages and other apps read about plans and doses: only those of the actor's units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F, FilteredRelation, Prefetch, Q, QuerySet

from doseplans.calculus import Counted, Drift, Given, ProjectedDose, drift, explain, project
from doseplans.models import Administration, Dose, DoseDecision, DoseNotGiven, DosePlan, PlanHold, PlanSwitch, Protocol
from doseplans.rules import Bookability
from patients.models import WorklistItem
from units.actors import Actor
from units.policy import Act
from units.scope import scoped


def protocols_in_use(actor: Actor) -> QuerySet[Protocol]:
    """The versions a plan can be started on, with their steps and phases; all units share them."""
    if not actor.may_anywhere(Act.VIEW_PLANS):
        return Protocol.objects.none()
    return Protocol.objects.filter(status=Protocol.Status.ACTIVE).prefetch_related("steps", "phases").order_by("name")


def year_of(protocol: Protocol, *, starts_on: date) -> tuple[ProjectedDose, ...]:
    """A course of the protocol on time, from its first dose to the last within a year: the preview of its dates.

    Raises: ProtocolInvalid.
    """
    start = starts_on.toordinal()
    doses = project(protocol.rule, [], starts_on=start, expected={}, at=start, steps=366)
    return tuple(dose for dose in doses[:366] if dose.target - start <= 365)


def plans_for_patient(actor: Actor, *, patient_id: UUID) -> QuerySet[DosePlan]:
    """The patient's plans, live ones first, then the latest; none outside the actor's units.

    Each with its protocol and steps, what it was switched from, and the hold that stands in `standing_holds` (a list of
    one, or empty).
    """
    standing = PlanHold.objects.filter(lifted_at__isnull=True)
    return (
        scoped(DosePlan.objects.all(), actor, Act.VIEW_PLANS, through="patient__unit_id")
        .filter(patient__public_id=patient_id)
        .select_related("patient__unit", "protocol")
        .prefetch_related(
            "protocol__steps",
            "protocol__gap_tiers",
            Prefetch("holds", queryset=standing, to_attr="standing_holds"),
            Prefetch("switches", queryset=PlanSwitch.objects.select_related("from_protocol")),
        )
        .order_by(F("ended_on").desc(nulls_first=True), "-created_at")
    )


def plan_under_review(actor: Actor, item: WorklistItem) -> DosePlan | None:
    """The plan whose hold the item asks to review; None where it asks for something else, or the hold is lifted."""
    if item.kind != WorklistItem.Kind.HOLD_REVIEW:
        return None
    plans = scoped(DosePlan.objects.all(), actor, Act.VIEW_PLANS, through="patient__unit_id")
    return plans.filter(holds__pk=int(item.key.split(":")[1]), holds__lifted_at__isnull=True).first()


def plan_for_patient(actor: Actor, *, patient_id: UUID) -> DosePlan | None:
    """The plan the patient's page is about: the live one, else the last; None where there never was one."""
    return plans_for_patient(actor, patient_id=patient_id).first()


@dataclass(frozen=True, slots=True)
class DoseLine:
    """A dose of a plan as its table shows it. `counted_on` is when it was given, is booked, or counts from else.

    `lateness` in days since its target (None for the first dose), `drift` in days behind the ideal calendar,
    `explanation` in words; `dose` None only for a dose beyond the rows stored. `decision` is a clinician's that stands,
    `not_given` the times the patient came and the dose was not given.
    """

    sequence: int
    label: str
    dose: Dose | None
    administration: Administration | None
    decision: DoseDecision | None
    not_given: tuple[DoseNotGiven, ...]
    earliest_on: date
    target_on: date
    latest_on: date
    ideal_on: date
    counted: Counted
    counted_on: date
    lateness: int | None
    drift: int
    interval: int | None
    explanation: str

    @property
    def is_given(self) -> bool:
        return self.counted is Counted.GIVEN

    @property
    def is_left_out(self) -> bool:
        return self.counted is Counted.OMITTED


@dataclass(frozen=True, slots=True)
class Line:
    """A plan's doses in order, with what their lateness adds up to."""

    doses: tuple[DoseLine, ...]
    drift: Drift


def line_of(plan: DosePlan, *, expected: Mapping[int, date], on: date) -> Line:
    """The plan from its first dose to the last one planned, as it stands on `on`; three queries.

    `plan` comes from a selector above. `expected` maps the sequence of a dose not given yet to its booked day.
    """
    rows = {dose.sequence: dose for dose in _rows_of(plan)}
    given = {row.sequence: row.records[0] for row in rows.values() if row.records}
    decisions = {sequence: decision for sequence, row in rows.items() if (decision := _decision_of(row))}
    projection = project(
        plan.rule,
        [Given(sequence, record.given_on.toordinal()) for sequence, record in given.items()],
        starts_on=plan.starts_on.toordinal(),
        expected={sequence: day.toordinal() for sequence, day in expected.items()},
        at=on.toordinal(),
        steps=len(rows),
        decided=_ordinals(decisions, DoseDecision.Kind.DATE),
        omitted=_ordinals(decisions, DoseDecision.Kind.OMIT),
    )[: len(rows)]
    lines = tuple(
        _line(dose, rows.get(dose.sequence), given.get(dose.sequence), decisions.get(dose.sequence))
        for dose in projection
    )
    return Line(lines, drift(projection))


def _rows_of(plan: DosePlan) -> Sequence[Any]:
    """The plan's doses with what is on record about each: three queries, with the decision in the first."""
    live = Administration.objects.filter(is_entered_in_error=False)
    attempts = DoseNotGiven.objects.filter(is_entered_in_error=False)
    return list(
        Dose.objects.filter(plan=plan)
        .annotate(standing=FilteredRelation("decisions", condition=Q(decisions__withdrawn_at__isnull=True)))
        .annotate(**{f"decided_{name}": F(f"standing__{name}") for name in _OF_DECISION})
        .prefetch_related(
            Prefetch("administrations", queryset=live, to_attr="records"),
            Prefetch("not_given", queryset=attempts, to_attr="attempts"),
        )
    )


_OF_DECISION = ("kind", "on", "reason", "decided_at", "decided_by_name")


def _decision_of(row: Any) -> DoseDecision | None:
    """The decision that stands, made of its columns; it is for reading."""
    if row.decided_kind is None:
        return None
    return DoseDecision(dose=row, **{name: getattr(row, f"decided_{name}") for name in _OF_DECISION})


def _ordinals(decisions: Mapping[int, DoseDecision], kind: str) -> dict[int, int]:
    return {sequence: decision.on.toordinal() for sequence, decision in decisions.items() if decision.kind == kind}


def _line(
    dose: ProjectedDose, row: Any | None, record: Administration | None, decision: DoseDecision | None
) -> DoseLine:
    return DoseLine(
        sequence=dose.sequence,
        label=dose.name,
        dose=row,
        administration=record,
        decision=decision,
        not_given=tuple(row.attempts) if row else (),
        earliest_on=date.fromordinal(dose.earliest),
        target_on=date.fromordinal(dose.target),
        latest_on=date.fromordinal(dose.latest),
        ideal_on=date.fromordinal(dose.ideal),
        counted=dose.counted,
        counted_on=date.fromordinal(dose.counted_on),
        lateness=dose.lateness,
        drift=dose.drift,
        interval=dose.interval,
        explanation=explain(dose),
    )


BOOKABILITY_COLUMNS = """
    plan.ended_on, plan.end_reason, patient.deceased_at IS NOT NULL, hold.reason, hold.placed_on, hold.review_on,
    patient.birth_date, plan.genetic_test_note, protocol.minimum_age_years, protocol.needs_genetic_test,
    plan.prescriber_name, plan.review_on, plan.pregnancy_discussed_on, plan.taken_over_on, protocol.needs_prescriber,
    protocol.needs_review, protocol.needs_pregnancy_discussion
"""
"""What `bookability_from` reads, of the tables in `BOOKABILITY_TABLES`."""

BOOKABILITY_TABLES = """
    doseplans_doseplan plan
    JOIN doseplans_protocol protocol ON protocol.id = plan.protocol_id
    JOIN patients_patient patient ON patient.id = plan.patient_id
    LEFT JOIN doseplans_planhold hold ON hold.plan_id = plan.id AND hold.lifted_at IS NULL
"""
"""For a statement that asks more at once: every booking waits for this under its locks, so it is plain SQL."""

BOOKABILITY_WIDTH = BOOKABILITY_COLUMNS.count(",") + 1


def bookability_from(values: Sequence[Any]) -> Bookability:
    """What can stop a booking in the plan, from the values of `BOOKABILITY_COLUMNS`."""
    ended_on, end_reason, *facts = values
    return Bookability(ended_on, str(DosePlan.EndReason(end_reason).label) if end_reason else "", *facts)
