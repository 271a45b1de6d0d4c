"""A clinician's own choice about one dose: a day for it, or to leave it out. Whoever calls re-projects."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import QuerySet

from doseplans.calculus import day_in_words
from doseplans.errors import DecisionNotStanding, DoseAlreadyGiven, DoseOutOfOrder
from doseplans.models import Administration, Dose, DoseDecision
from doseplans.services.plans import locked, refuse_if_ended
from units.actors import Actor
from units.errors import invalid
from units.history import recorded_as
from units.policy import Act

Kind = DoseDecision.Kind


def set_dose_date(actor: Actor, *, dose: Dose, on: date, reason: str, at: datetime) -> DoseDecision:
    """The dose is due on that day because a clinician says so, instead of an earlier decision about it.

    The day may undercut the minimum interval, but comes after every dose given. It re-projects nothing. Raises:
    NotAllowed, InvalidInput, PlanEnded, DoseAlreadyGiven.
    """
    _may_decide(actor, dose, reason)
    with recorded_as(actor, act="set_dose_date", reason=reason):
        refuse_if_ended(locked(dose.plan))
        _refuse_given(dose)
        _refuse_before_given(dose, on)
        return _decide(actor, dose, Kind.DATE, on=on, reason=reason, at=at)


def omit_dose(actor: Actor, *, dose: Dose, on: date, reason: str, at: datetime) -> DoseDecision:
    """The dose is left out: it is not to be booked or given, and later doses count from `on`. It re-projects nothing.

    Doses are left out in turn, so that it is never in doubt what the next one counts from. Raises: NotAllowed,
    InvalidInput, PlanEnded, DoseAlreadyGiven, DoseOutOfOrder.
    """
    _may_decide(actor, dose, reason)
    with recorded_as(actor, act="omit_dose", reason=reason):
        refuse_if_ended(locked(dose.plan))
        _refuse_given(dose)
        first = _first_undecided(dose)
        if first is not None and first.sequence < dose.sequence:
            raise DoseOutOfOrder(f"{first} comes before it and is neither given nor left out. Decide about that first.")
        _refuse_before_given(dose, on)
        return _decide(actor, dose, Kind.OMIT, on=on, reason=reason, at=at)


def withdraw_decision(actor: Actor, *, dose: Dose, reason: str, at: datetime) -> DoseDecision:
    """What was decided about the dose no longer holds; the protocol's rule does again. It re-projects nothing.

    A dose left out stays so once a later one is on record as given: what came after was counted from it.
    Raises: NotAllowed, InvalidInput, DecisionNotStanding, DoseOutOfOrder.
    """
    _may_decide(actor, dose, reason)
    with recorded_as(actor, act="withdraw_decision", reason=reason):
        locked(dose.plan)
        decision = DoseDecision.objects.select_for_update().filter(dose=dose, withdrawn_at__isnull=True).first()
        if decision is None:
            raise DecisionNotStanding(f"Nothing stands decided about {dose}.")
        if decision.kind == Kind.OMIT and _given(dose).filter(dose__sequence__gt=dose.sequence).exists():
            raise DoseOutOfOrder("A later dose is on record as given. Put that record right first.")
        decision.withdrawn_at = at
        decision.save(update_fields=["withdrawn_at"])
    return decision


def _may_decide(actor: Actor, dose: Dose, reason: str) -> None:
    actor.require(Act.OVERRIDE_DOSE_LIMITS, dose.plan.patient.unit_id)
    if not reason.strip():
        raise invalid("reason", "Write down why.")


def _given(dose: Dose) -> QuerySet[Administration]:
    return Administration.objects.filter(dose__plan=dose.plan_id, is_entered_in_error=False)


def _refuse_given(dose: Dose) -> None:
    record = _given(dose).filter(dose=dose).first()
    if record is not None:
        when = day_in_words(record.given_on.toordinal())
        raise DoseAlreadyGiven(f"{dose} is on record as given on {when}. Look at the record before you change it.")


def _refuse_before_given(dose: Dose, on: date) -> None:
    last = _given(dose).filter(dose__sequence__lt=dose.sequence).order_by("-dose__sequence").first()
    if last is not None and on <= last.given_on:
        when = day_in_words(last.given_on.toordinal(), beside=on.toordinal())
        raise invalid("on", f"The last dose was given on {when}. Choose a later day.")


def _first_undecided(dose: Dose) -> Dose | None:
    """The plan's first dose that is neither given nor left out."""
    done = _given(dose).values("dose")
    omitted = DoseDecision.objects.filter(dose__plan=dose.plan_id, kind=Kind.OMIT, withdrawn_at__isnull=True)
    waiting = Dose.objects.filter(plan=dose.plan_id).exclude(pk__in=done).exclude(pk__in=omitted.values("dose"))
    return waiting.order_by("sequence").first()


def _decide(actor: Actor, dose: Dose, kind: str, *, on: date, reason: str, at: datetime) -> DoseDecision:
    DoseDecision.objects.filter(dose=dose, withdrawn_at__isnull=True).update(withdrawn_at=at)
    return DoseDecision.objects.create(
        dose=dose, kind=kind, on=on, reason=reason.strip()[:300], decided_at=at, decided_by_name=actor.name
    )
