"""A course is held, goes on, ends. What becomes of its visits is decided in the same act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from django.utils import timezone

from doseplans.models import Administration, DosePlan, PlanHold
from doseplans.services import end_plan, lift_hold, place_hold, postpone_review, reopen_plan
from doseplans.services.decisions import set_dose_date
from doseplans.services.reviews import ask_for_reviews, review_key
from patients.models import WorklistItem
from patients.services import close_items, open_item
from scheduling.engine.ticks import day_words
from scheduling.errors import StalePage
from scheduling.locking import patient_key
from scheduling.models import Appointment
from scheduling.selectors.courses import booked_of_plan, next_dose_of, plan_for
from scheduling.services.visits.freeing import (
    count_again,
    free_visits,
    let_reservations_go,
    locks_of,
    refuse_changed,
    reread_booked,
    visits_in_words,
)
from units.actors import Actor
from units.errors import invalid
from units.history import recorded_as
from units.policy import Act

By = Appointment.CancelledBy
EndReason = DosePlan.EndReason

GOES_ON = "No longer needed: the plan goes on."
HAS_ENDED = "No longer needed: the plan has ended."

ENDINGS: Mapping[str, str] = {
    EndReason.STOPPED: By.CLINICAL,
    EndReason.TRANSFERRED: By.CLINICAL,
    EndReason.WITHDREW: By.PATIENT,
    EndReason.COMPLETED: By.CLINICAL,
}
"""How a plan may be ended by hand, and whose side cancels its visits then. A death is recorded for the patient."""


class Answer(StrEnum):
    """What becomes of a booked visit inside a hold."""

    KEEP = "keep"
    RELEASE = "release"


class GoOn(StrEnum):
    """How a held course goes on: by the label's rule for the gap, or on a day that a clinician sets."""

    LABEL = "label"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Held:
    """What a hold did to the plan's visits."""

    hold: PlanHold
    released: tuple[Appointment, ...]
    kept: tuple[Appointment, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """What an end freed."""

    plan: DosePlan
    freed: tuple[Appointment, ...]


def hold_plan(
    actor: Actor,
    *,
    plan_id: UUID,
    reason: str,
    review_on: date | None,
    visits: Mapping[UUID, str],
    seen: Mapping[UUID, int] | None = None,
) -> Held:
    """The plan is on hold, and each of its booked visits from today on is kept or released, as answered in `visits`.

    A released visit is cancelled and whoever had its invite is told; a kept one opens a call. `seen` are the visits'
    versions as the page showed them. Raises StalePage where a booked visit has no answer or has changed, and what
    `place_hold` does.
    """
    plan = plan_for(actor, plan_id, act=Act.HOLD_PLAN)
    if unknown := set(visits.values()) - set(Answer):
        raise invalid("visits", f"A visit is kept or released, not {', '.join(sorted(map(str, unknown)))}.")
    at = timezone.now()
    unit = plan.patient.unit
    booked = booked_of_plan(actor, plan, since=unit.local_date(at))
    locks = locks_of(plan.patient, booked)
    with recorded_as(actor, act="hold_plan", reason=reason, locks=locks):
        standing = reread_booked(booked, locks)
        _refuse_unanswered(standing, visits)
        refuse_changed(standing, seen)
        hold = place_hold(actor, plan=plan, reason=reason, on=unit.local_date(at), review_on=review_on)
        released = tuple(visit for visit in standing if visits[visit.public_id] == Answer.RELEASE)
        kept = tuple(visit for visit in standing if visits[visit.public_id] == Answer.KEEP)
        free_visits(actor, released, by=By.CLINICAL, reason=f"On hold: {hold.reason}", at=at)
        let_reservations_go([plan])
        for visit in kept:
            _ask_to_call(visit, hold, at=at)
        ask_for_reviews([hold], on=unit.local_date(at))
        if released:
            count_again(plan, at=at)
    return Held(hold, released, kept)


def review_hold(actor: Actor, *, plan_id: UUID, review_on: date, note: str = "") -> PlanHold:
    """The hold stays, and is looked at again on that day. Raises: PlanNotOnHold, InvalidInput."""
    plan = plan_for(actor, plan_id, act=Act.HOLD_PLAN)
    at = timezone.now()
    with recorded_as(actor, act="review_hold", reason=note, locks={patient_key(plan.patient_id)}):
        today = plan.patient.unit.local_date(at)
        hold = postpone_review(actor, plan=plan, review_on=review_on, on=today)
        looked_at = "The hold was looked at and stays."
        close_items(patient=plan.patient, outcome=looked_at, at=at, key_starts=review_key(hold))
        ask_for_reviews([hold], on=today)
    return hold


def resume_plan(actor: Actor, *, plan_id: UUID, how: str, reason: str = "", on: date | None = None) -> DosePlan:
    """The hold is lifted and the plan's dates are counted from what was given.

    `how` is "label": the rule for the gap and nothing else; or "date": the next dose is due on the day `on`, which a
    clinician has set for the written `reason`. Raises: PlanNotOnHold, InvalidInput, and what `set_dose_date` refuses.
    """
    plan = plan_for(actor, plan_id, act=Act.HOLD_PLAN)
    at = timezone.now()
    _check_resumption(how, reason, on, today=plan.patient.unit.local_date(at))
    with recorded_as(actor, act="resume_plan", reason=reason, locks={patient_key(plan.patient_id)}):
        hold = lift_hold(actor, plan=plan, at=at, reason=reason)
        if how == GoOn.DATE and on is not None:
            dose = next_dose_of(actor, plan)
            if dose is None:
                raise invalid("on", "The plan has no dose left to set a day for.")
            _refuse_out_of_order(plan, on)
            set_dose_date(actor, dose=dose, on=on, reason=reason.strip(), at=at)
        close_items(patient=plan.patient, outcome=GOES_ON, at=at, key_starts=f"hold:{hold.pk}:")
        count_again(plan, at=at)
    return plan


def end_plan_and_visits(
    actor: Actor, *, plan_id: UUID, reason: str, on: date, note: str = "", seen: Mapping[UUID, int] | None = None
) -> Ended:
    """The plan is over as of `on`, a hold with it; its booked visits are cancelled and whoever had an invite is told.

    `reason` is a key of `ENDINGS`. `seen` are the visits' versions as the page showed them: others raise StalePage.
    Raises what `end_plan` does.
    """
    plan = plan_for(actor, plan_id, act=Act.EDIT_PLANS)
    if reason not in ENDINGS:
        raise invalid("reason", "Say how the plan ends. A death is recorded for the patient, not for the plan.")
    at = timezone.now()
    how = str(EndReason(reason).label)
    why = f"{how}: {note.strip()}" if note.strip() else how
    booked = booked_of_plan(actor, plan, since=plan.patient.unit.local_date(at))
    locks = locks_of(plan.patient, booked)
    with recorded_as(actor, act="end_plan", reason=why, locks=locks):
        visits = reread_booked(booked, locks)
        refuse_changed(visits, seen)
        end_plan(actor, plan=plan, reason=reason, on=on, at=at)
        free_visits(actor, visits, by=ENDINGS[reason], reason=f"Plan ended. {why}", at=at)
        let_reservations_go([plan])
        _close_holds_items(plan, at=at)
        count_again(plan, at=at)
    return Ended(plan, tuple(visits))


def reopen_ended_plan(actor: Actor, *, plan_id: UUID, reason: str) -> DosePlan:
    """The end was recorded in error: the plan is live again, with the hold it had.

    Its visits are not booked again: the doses go back to the doses to book. Raises what `reopen_plan` does.
    """
    plan = plan_for(actor, plan_id, act=Act.EDIT_PLANS)
    at = timezone.now()
    with recorded_as(actor, act="reopen_plan", reason=reason, locks={patient_key(plan.patient_id)}):
        reopen_plan(actor, plan=plan, reason=reason)
        ask_for_reviews(plan.holds.filter(lifted_at__isnull=True), on=plan.patient.unit.local_date(at))
        count_again(plan, at=at)
    return plan


def _refuse_unanswered(standing: Sequence[Appointment], answers: Mapping[UUID, str]) -> None:
    unanswered = [visit for visit in standing if visit.public_id not in answers]
    if unanswered:
        raise StalePage(
            f"There is a booked visit you have not answered for: {visits_in_words(unanswered)}. "
            "Say for each visit whether it is kept or released."
        )


def _check_resumption(how: str, reason: str, on: date | None, *, today: date) -> None:
    if how not in set(GoOn):
        raise invalid("how", "Say how the plan goes on: by the rule for the gap, or on a day that you set.")
    if how == GoOn.LABEL:
        if on is not None:
            raise invalid("on", "The rule for the gap gives the day. To set one yourself, choose so.")
        return
    if on is None:
        raise invalid("on", "Set the day of the next dose.")
    if on < today:
        raise invalid("on", "The day lies in the past. Choose today or a day to come.")
    if not reason.strip():
        raise invalid("reason", "Write down why you set this day.")


def _refuse_out_of_order(plan: DosePlan, on: date) -> None:
    last = Administration.objects.filter(dose__plan=plan, is_entered_in_error=False).order_by("-given_on").first()
    if last is not None and on <= last.given_on:
        raise invalid("on", f"The last dose was given on {day_words(last.given_on)}. Choose a later day.")


# --- what is left for people -----------------------------------------------------------------------------------------
def _ask_to_call(visit: Appointment, hold: PlanHold, *, at: datetime) -> None:
    open_item(
        unit=visit.unit,
        patient=visit.patient,
        kind=WorklistItem.Kind.CALL,
        key=f"hold:{hold.pk}:kept:{visit.public_id}",
        title="Visit kept inside a hold",
        detail=f"Ring about the visit of {visits_in_words([visit])}. It stays, though the plan is on hold and nobody "
        f"is reminded: {hold.reason}",
        due_at=at,
    )


def _close_holds_items(plan: DosePlan, *, at: datetime) -> None:
    for pk in plan.holds.values_list("pk", flat=True):
        close_items(patient=plan.patient, outcome=HAS_ENDED, at=at, key_starts=f"hold:{pk}:")
