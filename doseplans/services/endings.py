"""A plan ends, and an end recorded in error is taken back. What becomes of its visits is decided above."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction

from doseplans.calculus import day_in_words
from doseplans.errors import PlanAlreadyRunning, PlanEnded, PlanNotEnded
from doseplans.models import Administration, DosePlan, PlanHold
from doseplans.services.plans import locked, refuse_if_ended
from patients.models import Patient
from units.actors import Actor
from units.errors import InvalidInput, invalid
from units.history import recorded_as
from units.policy import Act

ENDED_WITH_PLAN = "The plan ended."
"""Why a hold was lifted by an end: taking the end back puts such a hold in force again."""

Reason = DosePlan.EndReason


def end_plan(actor: Actor, *, plan: DosePlan, reason: str, on: date, at: datetime) -> DosePlan:
    """The plan is over as of `on`; `reason` is one of DosePlan.EndReason. A hold is over with it.

    Raises: NotAllowed, InvalidInput, PlanEnded.
    """
    actor.require(Act.EDIT_PLANS, plan.patient.unit_id)
    if reason not in Reason.values:
        raise InvalidInput("Say how the plan ended.", fields={"reason": "Choose one of the reasons."})
    if on > plan.patient.unit.local_date(at):
        raise invalid("on", "The day lies in the future. End the plan on the day.")
    with recorded_as(actor, act="end_plan", reason=reason):
        stored = locked(plan)
        refuse_if_ended(stored)
        _refuse_before_last_given(stored.patient, on=on, field="on", plan=stored)
        _end(actor, stored, reason=reason, on=on, at=at)
    plan.ended_on, plan.end_reason = on, reason
    return plan


def reopen_plan(actor: Actor, *, plan: DosePlan, reason: str) -> DosePlan:
    """The end was recorded in error: the plan is live again, and on hold if it was when it ended.

    Raises: NotAllowed, InvalidInput without a reason, PlanNotEnded, PlanAlreadyRunning, PlanEnded after a death.
    """
    actor.require(Act.EDIT_PLANS, plan.patient.unit_id)
    if not reason.strip():
        raise invalid("reason", "Write down how the mistake came about.")
    with recorded_as(actor, act="reopen_plan", reason=reason):
        stored = locked(plan)
        if stored.ended_on is None:
            raise PlanNotEnded("This plan has not ended.")
        if stored.end_reason == Reason.DIED:
            raise PlanNotEnded("This plan ended with the patient's death. Take back the death instead.")
        if stored.patient.deceased_at is not None:
            raise PlanEnded("The patient has died. No plan of theirs goes on.")
        successor = stored.switched_to.filter(plan__ended_on__isnull=True).select_related("to_protocol").first()
        if successor is not None:
            raise PlanAlreadyRunning(f"The course goes on by {successor.to_protocol}. End that plan first.")
        _reopen(stored)
    plan.ended_on, plan.end_reason = None, ""
    return plan


def end_plans_of_deceased(actor: Actor, *, patient: Patient, on: date, at: datetime) -> list[DosePlan]:
    """Every live plan of the patient is over, ended by the death. Returns them.

    Raises: NotAllowed; InvalidInput where a dose was given after that day.
    """
    actor.require(Act.RECORD_DEATH, patient.unit_id)
    with recorded_as(actor, act="end_plans_of_deceased"):
        _refuse_before_last_given(patient, on=on, field="died_on")
        plans = list(
            DosePlan.objects.select_for_update(of=("self",))
            .select_related("patient__unit", "protocol")
            .filter(patient=patient, ended_on__isnull=True)
            .order_by("pk")
        )
        for plan in plans:
            _end(actor, plan, reason=Reason.DIED.value, on=on, at=at)
    return plans


def reopen_plans_of_deceased(actor: Actor, *, patient: Patient) -> list[DosePlan]:
    """The plans that the patient's death ended are live again. Returns them. Raises: NotAllowed."""
    actor.require(Act.UNDO_DEATH, patient.unit_id)
    with recorded_as(actor, act="reopen_plans_of_deceased"):
        plans = list(
            DosePlan.objects.select_for_update(of=("self",))
            .select_related("patient__unit", "protocol")
            .filter(patient=patient, end_reason=Reason.DIED)
            .order_by("pk")
        )
        for plan in plans:
            _reopen(plan)
    return plans


def _refuse_before_last_given(patient: Patient, *, on: date, field: str, plan: DosePlan | None = None) -> None:
    """Raises InvalidInput where a dose (of the plan, or of any) is on record as given after that day."""
    given = Administration.objects.filter(dose__plan__patient=patient, is_entered_in_error=False, given_on__gt=on)
    if plan is not None:
        given = given.filter(dose__plan=plan)
    last = given.order_by("-given_on").values_list("given_on", flat=True).first()
    if last is not None:
        when = day_in_words(last.toordinal(), beside=on.toordinal())
        raise invalid(field, f"A dose is on record as given on {when}, after that day. Look at the record first.")


def _end(actor: Actor, plan: DosePlan, *, reason: str, on: date, at: datetime) -> None:
    plan.ended_on, plan.end_reason = on, reason
    plan.save(update_fields=["ended_on", "end_reason"])
    standing = PlanHold.objects.filter(plan=plan, lifted_at__isnull=True)
    standing.update(lifted_at=at, lifted_by_name=actor.name, lift_reason=ENDED_WITH_PLAN)


def _reopen(plan: DosePlan) -> None:
    plan.ended_on, plan.end_reason = None, ""
    try:
        with transaction.atomic():
            plan.save(update_fields=["ended_on", "end_reason"])
    except IntegrityError as error:
        if "dose_plan_one_live" not in str(error):
            raise
        raise PlanAlreadyRunning(
            "Another plan of the same protocol has been started since. End that one first, or go on with it."
        ) from error
    # A hold must not be lost by a mistake about something else.
    ended = PlanHold.objects.filter(plan=plan, lift_reason=ENDED_WITH_PLAN)
    ended.update(lifted_at=None, lifted_by_name="", lift_reason="")
