"""A plan begins, is held, goes on. What becomes of its visits is the business of the use cases above."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction

from doseplans.calculus import day_in_words
from doseplans.errors import PlanAlreadyRunning, PlanEnded, PlanNotOnHold, PlanOnHold, ProtocolNotInUse
from doseplans.models import AccessRoute, Dose, DosePlan, PlanHold, Protocol
from doseplans.services.projecting import first_rows
from doseplans.services.protocols import kept
from patients.models import Patient
from units.actors import Actor
from units.errors import InvalidInput, invalid
from units.history import recorded_as
from units.policy import Act


def start_plan(
    actor: Actor,
    *,
    patient: Patient,
    protocol: Protocol,
    starts_on: date,
    on: date,
    consultant_name: str = "",
    access_route: str = AccessRoute.UNGUIDED.value,
    genetic_test_note: str = "",
    prescriber_name: str = "",
    review_on: date | None = None,
    pregnancy_discussed_on: date | None = None,
) -> DosePlan:
    """The patient has a plan with its first year of dates, counted as on `on`.

    What the protocol asks of the patient may be missing still: it stops booking, not planning. Raises: NotAllowed,
    InvalidInput, ProtocolNotInUse, PlanEnded for somebody who has died, PlanAlreadyRunning.
    """
    actor.require(Act.EDIT_PLANS, patient.unit_id)
    refuse_unless_discussed_by(pregnancy_discussed_on, on=on)
    if patient.deceased_at is not None:
        raise PlanEnded("The patient has died. No plan can be started.")
    with recorded_as(actor, act="start_plan"):
        plan = DosePlan(
            patient=patient,
            protocol=kept([protocol.pk])[protocol.pk],
            starts_on=starts_on,
            access_route=access_route,
            consultant_name=consultant_name or patient.consultant_name,
            genetic_test_note=genetic_test_note,
            prescriber_name=prescriber_name,
            review_on=review_on,
            pregnancy_discussed_on=pregnancy_discussed_on,
        )
        if plan.protocol.status != Protocol.Status.ACTIVE:
            raise ProtocolNotInUse(f"{protocol} is not in use. Choose the version that is.")
        try:
            with transaction.atomic():
                plan.save(force_insert=True)
        except IntegrityError as error:
            if "dose_plan_one_live" not in str(error):
                raise
            raise PlanAlreadyRunning(
                f"The patient has a live plan of {protocol.name} already. End that one before you start another."
            ) from error
        Dose.objects.bulk_create(first_rows(plan, {}, on=on))
    return plan


def refuse_unless_discussed_by(discussed_on: date | None, *, on: date) -> None:
    """A talk on record has taken place. Raises InvalidInput for a day to come."""
    if discussed_on is not None and discussed_on > on:
        raise invalid("pregnancy_discussed_on", "The day of the discussion lies in the future.")


def place_hold(actor: Actor, *, plan: DosePlan, reason: str, on: date, review_on: date | None = None) -> PlanHold:
    """The plan is on hold: from now on nothing of it is booked, offered or reminded of.

    Raises: NotAllowed, InvalidInput, PlanEnded, PlanOnHold.
    """
    actor.require(Act.HOLD_PLAN, plan.patient.unit_id)
    if not reason.strip():
        raise InvalidInput("Write down why the plan is held.", fields={"reason": "A reason is needed."})
    if review_on is not None and review_on < on:
        raise InvalidInput("The review lies in the past.", fields={"review_on": "Choose a day to come."})
    with recorded_as(actor, act="place_hold", reason=reason):
        refuse_if_ended(locked(plan))
        standing = plan.holds.filter(lifted_at__isnull=True).first()
        if standing is not None:
            since = day_in_words(standing.placed_on.toordinal(), beside=on.toordinal())
            raise PlanOnHold(f"The plan is on hold already, since {since}: {standing.reason}.")
        return PlanHold.objects.create(
            plan=plan, reason=reason.strip(), placed_on=on, placed_by_name=actor.name, review_on=review_on
        )


def hold_for_red_flag(actor: Actor, *, plan: DosePlan, reason: str, on: date) -> PlanHold | None:
    """The plan is on hold because of a red flag; None where it is held or has ended already.

    Whoever hears of a red flag records it, and the hold does not wait for somebody who may place one: a doctor looks
    at it, and lifts it. Raises: NotAllowed, InvalidInput.
    """
    actor.require(Act.WORK_WORKLIST, plan.patient.unit_id)
    if not reason.strip():
        raise invalid("reason", "Name the red flag.")
    with recorded_as(actor, act="hold_for_red_flag", reason=reason):
        if locked(plan).ended_on is not None or plan.holds.filter(lifted_at__isnull=True).exists():
            return None
        return PlanHold.objects.create(plan=plan, reason=reason.strip(), placed_on=on, placed_by_name=actor.name)


def postpone_review(actor: Actor, *, plan: DosePlan, review_on: date, on: date) -> PlanHold:
    """The hold stays and is looked at again on another day.

    Raises: NotAllowed, InvalidInput, PlanNotOnHold.
    """
    actor.require(Act.HOLD_PLAN, plan.patient.unit_id)
    if review_on < on:
        raise InvalidInput("The review lies in the past.", fields={"review_on": "Choose a day to come."})
    with recorded_as(actor, act="postpone_review"):
        locked(plan)
        hold = _standing_hold(plan)
        hold.review_on = review_on
        hold.save(update_fields=["review_on"])
    return hold


def lift_hold(actor: Actor, *, plan: DosePlan, at: datetime, reason: str = "") -> PlanHold:
    """The plan goes on; its dates are counted again by whoever knows the visits.

    Raises: NotAllowed, PlanNotOnHold.
    """
    actor.require(Act.HOLD_PLAN, plan.patient.unit_id)
    with recorded_as(actor, act="lift_hold", reason=reason):
        locked(plan)
        hold = _standing_hold(plan)
        hold.lifted_at, hold.lifted_by_name, hold.lift_reason = at, actor.name, reason.strip()
        hold.save(update_fields=["lifted_at", "lifted_by_name", "lift_reason"])
    return hold


def _standing_hold(plan: DosePlan) -> PlanHold:
    hold = plan.holds.filter(lifted_at__isnull=True).first()
    if hold is None:
        raise PlanNotOnHold("The plan is not on hold.")
    return hold


def locked(plan: DosePlan) -> DosePlan:
    """The plan as it stands now, kept so until the end of the transaction."""
    return DosePlan.objects.select_for_update().get(pk=plan.pk)


def refuse_if_ended(plan: DosePlan) -> None:
    """Raises PlanEnded, with when and how."""
    if plan.ended_on is not None:
        when = day_in_words(plan.ended_on.toordinal())
        raise PlanEnded(f"This plan ended on {when} ({plan.get_end_reason_display().lower()}).")
