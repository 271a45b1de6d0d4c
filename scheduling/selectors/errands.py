"""What a visit is for, for whom, and how long it takes with the patient's needs: a dose, or a visit without a plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from doseplans.models import Dose
from patients.models import Flag, NeedAllowance, Patient
from patients.selectors import patient_by_public_id
from scheduling.engine.ticks import ticks_in
from scheduling.engine.visit import Phases
from scheduling.errors import NotInThatState
from scheduling.models import Appointment, VisitKind
from scheduling.selectors.demands import (
    ASKED,
    NOTHING_ASKED,
    ONLY_OPERATOR,
    Asked,
    Demands,
    asked_of_kind,
)
from scheduling.selectors.lists import chain_of
from units.actors import Actor
from units.errors import NotFound
from units.models import Unit
from units.policy import Act
from units.rows import Joined
from units.scope import scoped

# What the unit allows for the patient's needs, each need once, however many flags name it. With the dose's own row,
# because a booking asks it.
_ALLOWANCES = """(
    SELECT coalesce(json_agg(json_build_array(
        allowance.code, allowance.minutes_before, allowance.minutes_after, allowance.needs_assistant,
        allowance.notice_hours
    ) ORDER BY allowance.code), '[]')
    FROM patients_needallowance allowance
    WHERE allowance.unit_id = {plan__patient__unit}.id
      AND EXISTS (
          SELECT FROM patients_flag flag
          WHERE flag.patient_id = {plan__patient}.id AND flag.code = allowance.code
      )
)"""

_OF_ALLOWANCE = ("code", "minutes_before", "minutes_after", "needs_assistant", "notice_hours")

_DOSES = Joined(
    Dose,
    "plan__patient__unit",
    "plan__protocol",
    column="public_id",
    also=f"json_build_array({_ALLOWANCES}, {ASKED}, {ONLY_OPERATOR})",
)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one need of the patient adds to a visit at this unit. Local policy."""

    code: str
    minutes_before: int
    minutes_after: int
    needs_assistant: bool
    notice_hours: int = 0

    @property
    def need(self) -> str:
        """The need in words: hoist."""
        words = str(Flag.Code(self.code).label)
        return words if words.isupper() or words[:2].isupper() else words.lower()

    @property
    def minutes(self) -> int:
        return self.minutes_before + self.minutes_after


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be placed. `phases` hold what the needs add; `dose` and `kind` exclude each other."""

    patient: Patient
    phases: Phases
    allowances: tuple[Allowance, ...] = ()
    demands: Demands = NOTHING_ASKED
    dose: Dose | None = None
    kind: VisitKind | None = None

    @property
    def notice(self) -> timedelta:
        """How long before arrival the patient's needs ask to be told: transport must be ordered. Local policy."""
        return timedelta(hours=max((one.notice_hours for one in self.allowances), default=0))

    @property
    def unit(self) -> Unit:
        """Where it takes place."""
        unit: Unit = self.patient.unit
        return unit

    @property
    def dose_pk(self) -> int | None:
        return None if self.dose is None else self.dose.pk

    def __str__(self) -> str:
        return str(self.dose or self.kind or "Visit")


def with_allowances(phases: Phases, allowances: Iterable[Allowance]) -> Phases:
    """The visit with what the needs add: before the procedure; and after it in the recovery place, if it has one.

    >>> phases = Phases.of_minutes(before=60, procedure=45, recovery=90, discharge=15)
    >>> with_allowances(phases, [Allowance("hoist", 15, 10, True), Allowance("niv", 5, 0, False)])
    Phases(before=16, procedure=9, recovery=20, discharge=3)
    >>> with_allowances(Phases.of_minutes(before=0, procedure=30, recovery=0, discharge=0),
    ...     [Allowance("hoist", 15, 10, True)])
    Phases(before=3, procedure=6, recovery=0, discharge=2)
    """
    allowed = tuple(allowances)
    before = ticks_in(sum(one.minutes_before for one in allowed))
    after = ticks_in(sum(one.minutes_after for one in allowed))
    if not before and not after:
        return phases
    if phases.recovery:
        return replace(phases, before=phases.before + before, recovery=phases.recovery + after)
    return replace(phases, before=phases.before + before, discharge=phases.discharge + after)


def errand_for_dose(actor: Actor, dose_id: UUID) -> Errand:
    """As `dose_with_errand`: the errand, which has the dose."""
    return dose_with_errand(actor, dose_id)[1]


def dose_with_errand(actor: Actor, dose_id: UUID) -> tuple[Dose, Errand]:
    """The dose with its plan, patient, unit and protocol, and how long its visit takes; one query.

    Raises NotFound outside the actor's units.
    """
    dose, found = _DOSES.get_also(dose_id) or (None, None)
    if dose is None or not actor.may(Act.VIEW_PLANS, dose.plan.patient.unit_id):
        raise NotFound("There is no such dose in your units.")
    return dose, _of_dose(dose, found)


def errand_of_dose(dose: Dose) -> Errand:
    """As `errand_for_dose`, for a dose that is read already with its plan, patient, unit and protocol; one query."""
    _, found = _DOSES.get_also(dose.public_id) or (dose, ((), (), None))
    return _of_dose(dose, found)


def errands_of_doses(actor: Actor, dose_ids: Iterable[UUID]) -> dict[int, Errand]:
    """As `errand_for_dose`, of several doses at once, by the dose's key; one query, and one a protocol not met yet."""
    chains: dict[int, tuple[Phases, bool]] = {}
    errands: dict[int, Errand] = {}
    for dose, found in _DOSES.all_also(list(dose_ids)):
        protocol = dose.plan.protocol
        if not actor.may(Act.VIEW_PLANS, dose.plan.patient.unit_id):
            continue
        if protocol.pk not in chains:
            chains[protocol.pk] = chain_of(protocol)
        errands[dose.pk] = _with_chain(dose, found, chains[protocol.pk])
    return errands


def _of_dose(dose: Dose, found: Any) -> Errand:
    """`found` is what was read with the dose: allowances, skills asked for, and the plan's only operator."""
    return _with_chain(dose, found, chain_of(dose.plan.protocol))


def _with_chain(dose: Dose, found: Any, chain: tuple[Phases, bool]) -> Errand:
    allowed, asked, only = found
    allowances = tuple(Allowance(*row) for row in allowed)
    phases, is_assisted = chain
    is_assisted = is_assisted or any(one.needs_assistant for one in allowances)
    demands = NOTHING_ASKED
    if asked or only or is_assisted:
        demands = Demands(tuple(Asked(*row) for row in asked), is_assisted, (only[0], only[1]) if only else None)
    return Errand(dose.plan.patient, with_allowances(phases, allowances), allowances, demands=demands, dose=dose)


def errand_for_kind(actor: Actor, patient_id: UUID, kind_id: UUID) -> Errand:
    """A visit without a plan, of a kind that the patient's unit has in use. Raises NotFound."""
    patient = patient_by_public_id(actor, patient_id)
    kind = visit_kinds(actor, unit=patient.unit).filter(public_id=kind_id).first()
    if kind is None:
        raise NotFound("There is no such kind of visit in this unit. Choose another.")
    return _of_kind(patient, kind)


def errand_of_visit(actor: Actor, visit: Appointment) -> Errand:
    """What a visit that stands is for, with the lengths and needs of now.

    Raises NotInThatState for a visit of which nobody knows what it is for, and so how long it takes.
    """
    if visit.dose is not None:
        return errand_for_dose(actor, visit.dose.public_id)
    if visit.visit_kind is None:
        raise NotInThatState("Nobody wrote down what this visit is for. Cancel it and book another.")
    return _of_kind(visit.patient, visit.visit_kind)


def _of_kind(patient: Patient, kind: VisitKind) -> Errand:
    phases = Phases.of_minutes(
        before=kind.minutes_before,
        procedure=kind.minutes_procedure,
        recovery=kind.minutes_recovery,
        discharge=kind.minutes_discharge,
    )
    allowances = allowances_of(patient)
    demands = Demands(asked_of_kind(patient, kind), any(one.needs_assistant for one in allowances))
    return Errand(patient, with_allowances(phases, allowances), allowances, demands=demands, kind=kind)


def allowances_of(patient: Patient) -> tuple[Allowance, ...]:
    """What the unit allows for each of the patient's needs; one query."""
    flags = Flag.objects.filter(patient=patient, code=OuterRef("code"))
    rows = NeedAllowance.objects.filter(Exists(flags), unit_id=patient.unit_id).order_by("code")
    values: Iterable[Any] = rows.values_list(*_OF_ALLOWANCE)
    return tuple(Allowance(*row) for row in values)


def visit_kinds(actor: Actor, *, unit: Unit) -> QuerySet[VisitKind]:
    """The visits without a plan that the unit has in use, by name."""
    kinds = scoped(VisitKind.objects.all(), actor, Act.VIEW_SCHEDULE)
    return kinds.filter(unit=unit, is_active=True).order_by("name")


def unit_allowances(actor: Actor, *, unit: Unit) -> dict[str, Allowance]:
    """What each need adds to a visit at the unit, by the need's code."""
    rows = scoped(NeedAllowance.objects.filter(unit=unit), actor, Act.VIEW_SCHEDULE)
    values: Iterable[Any] = rows.values_list(*_OF_ALLOWANCE)
    return {row[0]: Allowance(*row) for row in values}
