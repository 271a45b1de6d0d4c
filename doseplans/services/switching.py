"""A course goes on by another protocol: in the same plan where its doses stay what they were, else in a new one.

What becomes of visits is decided above.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from doseplans.calculus import Anchor, ProjectedDose, ProtocolRule, day_in_words, project
from doseplans.errors import PlanAlreadyRunning, ProtocolNotInUse
from doseplans.models import Administration, Dose, DosePlan, PlanHold, PlanSwitch, Protocol
from doseplans.services.decisions import omit_dose, set_dose_date
from doseplans.services.endings import end_plan
from doseplans.services.plans import locked, refuse_if_ended, start_plan
from doseplans.services.protocols import kept
from units.actors import Actor
from units.errors import invalid
from units.history import recorded_as
from units.policy import Act


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a new plan begins: on which day, and with which dose of its protocol; those before it are left out."""

    on: date
    dose: int = 1


def switch_plan(actor: Actor, *, plan: DosePlan, protocol: Protocol, reason: str, on: date) -> DosePlan:
    """The plan itself follows `protocol` from now on, with every dose, decision and hold. It re-projects nothing.

    That its doses stay what they were the caller has seen to (`carries_on`). Raises: NotAllowed, InvalidInput,
    PlanEnded, ProtocolNotInUse, PlanAlreadyRunning.
    """
    _may_switch(actor, plan, protocol, reason)
    with recorded_as(actor, act="switch_plan", reason=reason):
        stored = locked(plan)
        refuse_if_ended(stored)
        before, target = stored.protocol, _in_use(protocol)
        stored.protocol = target
        try:
            with transaction.atomic():
                stored.save(update_fields=["protocol"])
        except IntegrityError as error:
            if "dose_plan_one_live" not in str(error):
                raise
            raise PlanAlreadyRunning(f"The patient has a live plan of {target} already. End that one first.") from error
        _note(actor, plan=stored, before=before, reason=reason, on=on)
    return stored


def switch_to_new_plan(
    actor: Actor, *, plan: DosePlan, protocol: Protocol, reason: str, beginning: Beginning, at: datetime
) -> DosePlan:
    """The plan has ended as switched, and a new one begins, on hold if the old one was. Returns the new one.

    What is on record about who may have the medicine goes with it only by the same protocol: a genetic report or a
    discussion is about one medicine. Raises: NotAllowed, InvalidInput, PlanEnded, ProtocolNotInUse, PlanAlreadyRunning.
    """
    _may_switch(actor, plan, protocol, reason)
    today = plan.patient.unit.local_date(at)
    with recorded_as(actor, act="switch_to_new_plan", reason=reason):
        stored = locked(plan)
        refuse_if_ended(stored)
        _refuse_beginning(stored, protocol, beginning, today=today)
        hold = stored.holds.filter(lifted_at__isnull=True).first()
        end_plan(actor, plan=plan, reason=DosePlan.EndReason.SWITCHED.value, on=today, at=at)
        new = start_plan(
            actor, patient=plan.patient, protocol=protocol, starts_on=beginning.on, on=today, **_facts(stored, protocol)
        )
        if stored.protocol.code == protocol.code:
            new.taken_over_on, new.registry_returned_on = stored.taken_over_on, stored.registry_returned_on
            new.save(update_fields=["taken_over_on", "registry_returned_on"])
        _leave_out_before(actor, new, beginning, why=f"Switched from {stored.protocol}: {reason.strip()}", at=at)
        if hold is not None:
            PlanHold.objects.create(
                plan=new,
                reason=hold.reason,
                placed_on=hold.placed_on,
                placed_by_name=hold.placed_by_name,
                review_on=hold.review_on,
            )
        _note(actor, plan=new, before=stored.protocol, reason=reason, on=today, from_plan=stored)
    return new


def begun(rule: ProtocolRule, beginning: Beginning) -> tuple[ProjectedDose, ...]:
    """The doses of a plan that begins so, from the one it begins with on; nothing is saved."""
    first, dose = beginning.on.toordinal(), beginning.dose
    doses = project(
        rule,
        [],
        starts_on=first,
        expected={},
        at=first,
        steps=dose + 12,
        decided={dose: first} if dose > 1 else {},
        omitted={sequence: day.toordinal() for sequence, day in _left_out(rule, beginning).items()},
    )
    return tuple(doses[dose - 1 :])


def last_beginning(rule: ProtocolRule) -> int:
    """The last dose that a plan may begin with: the first of the protocol's last step."""
    if any(step.anchor is Anchor.ORIGINAL_SCHEDULE for step in rule.steps):
        return 1
    return rule.first_sequences[-1]


def _left_out(rule: ProtocolRule, beginning: Beginning) -> dict[int, date]:
    """The days from which the doses left out count, so that the ideal calendar has the first one given on its day."""
    if beginning.dose == 1:
        return {}
    start = beginning.on.toordinal()
    ideal = [dose.ideal for dose in project(rule, [], starts_on=start, expected={}, at=start, steps=beginning.dose)]
    back = ideal[-1] - start
    return {sequence: date.fromordinal(day - back) for sequence, day in enumerate(ideal[:-1], start=1)}


def _leave_out_before(actor: Actor, plan: DosePlan, beginning: Beginning, *, why: str, at: datetime) -> None:
    doses = {dose.sequence: dose for dose in Dose.objects.filter(plan=plan, sequence__lte=beginning.dose)}
    for sequence, on in _left_out(plan.rule, beginning).items():
        omit_dose(actor, dose=doses[sequence], on=on, reason=why, at=at)
    if beginning.dose > 1:
        set_dose_date(actor, dose=doses[beginning.dose], on=beginning.on, reason=why, at=at)


def _facts(old: DosePlan, protocol: Protocol) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "consultant_name": old.consultant_name,
        "access_route": old.access_route,
        "prescriber_name": old.prescriber_name,
        "review_on": old.review_on,
    }
    if old.protocol.code == protocol.code:
        facts |= {"genetic_test_note": old.genetic_test_note, "pregnancy_discussed_on": old.pregnancy_discussed_on}
    return facts


def _may_switch(actor: Actor, plan: DosePlan, protocol: Protocol, reason: str) -> None:
    actor.require(Act.SWITCH_PROTOCOL, plan.patient.unit_id)
    if not reason.strip():
        raise invalid("reason", "Write down why the protocol changes.")
    if plan.protocol_id == protocol.pk:
        raise invalid("protocol", "The plan follows this version already.")


def _in_use(protocol: Protocol) -> Protocol:
    target = kept([protocol.pk])[protocol.pk]
    if target.status != Protocol.Status.ACTIVE:
        raise ProtocolNotInUse(f"{target} is not in use. Choose the version that is.")
    return target


def _refuse_beginning(plan: DosePlan, protocol: Protocol, beginning: Beginning, *, today: date) -> None:
    if beginning.on < today:
        raise invalid("starts_on", "The day lies in the past. Choose today or a day to come.")
    given = Administration.objects.filter(dose__plan=plan, is_entered_in_error=False)
    last_on = given.order_by("-given_on").values_list("given_on", flat=True).first()
    if last_on is not None and beginning.on <= last_on:
        raise invalid(
            "starts_on", f"The last dose was given on {day_in_words(last_on.toordinal())}. Choose a later day."
        )
    last = last_beginning(protocol.rule)
    if not 1 <= beginning.dose <= last:
        raise invalid("begins_with", f"A plan of {protocol} begins with one of its doses 1 to {last}.")


def _note(
    actor: Actor, *, plan: DosePlan, before: Protocol, reason: str, on: date, from_plan: DosePlan | None = None
) -> None:
    PlanSwitch.objects.create(
        plan=plan,
        from_plan=from_plan,
        from_protocol=before,
        to_protocol=plan.protocol,
        switched_on=on,
        switched_by_name=actor.name,
        reason=reason.strip()[:300],
    )
