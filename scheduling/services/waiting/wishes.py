"""A patient would come earlier: the wish is written down, changed, and ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from django.utils import timezone

from scheduling.errors import NotInThatState
from scheduling.locking import patient_key
from scheduling.models import LIVE, Appointment, EarlierWish
from scheduling.selectors.waiting import wish_for
from scheduling.services.visits.gates import WHATEVER_THE_DAY, what_stops
from scheduling.services.visits.wanted import dose_for
from units.actors import Actor
from units.errors import invalid
from units.history import recorded_as
from units.policy import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class WishTerms:
    """On what terms the patient would come earlier. Hours of notice; ISO weekdays (none: any); local times."""

    notice_hours: int
    holds_until: date
    weekdays: tuple[int, ...] = ()
    arrive_from: time | None = None
    leave_by: time | None = None
    note: str = ""


def ask_for_earlier(actor: Actor, *, dose_id: UUID, terms: WishTerms) -> EarlierWish:
    """The dose is on the waiting list on these terms; a wish that stood for it is changed and keeps its place.

    Raises: NotFound, NotAllowed, InvalidInput, NotInThatState, and what stops the dose whatever the day (a hold, an
    end).
    """
    dose = dose_for(actor, dose_id)
    patient = dose.plan.patient
    actor.require(Act.BOOK, patient.unit_id)
    at = timezone.now()
    _check(terms, today=patient.unit.local_date(at))
    with recorded_as(actor, act="ask_for_earlier", reason=terms.note, locks={patient_key(patient.pk)}):
        visit = Appointment.objects.filter(dose=dose, status__in=LIVE).first()
        if visit is not None and (visit.status != Appointment.Status.BOOKED or visit.starts_at <= at):
            raise NotInThatState(f"This visit is {visit.get_status_display().lower()} and cannot come earlier.")
        stopped = what_stops(actor, dose, at=at)
        if stopped is not None and stopped.code in WHATEVER_THE_DAY - {"dose_already_booked"}:
            raise stopped
        values = {
            "notice_hours": terms.notice_hours,
            "weekdays": sorted(set(terms.weekdays)),
            "arrive_from": terms.arrive_from,
            "leave_by": terms.leave_by,
            "holds_until": terms.holds_until,
            "note": terms.note,
        }
        wish, _ = EarlierWish.objects.update_or_create(
            dose=dose,
            ended_at__isnull=True,
            defaults=values,
            create_defaults={**values, "dose": dose, "asked_at": at, "asked_by_name": actor.name},
        )
    return wish


def end_wish(actor: Actor, *, wish_id: UUID, reason: str = "") -> EarlierWish:
    """The patient is off the waiting list for that dose; an offer they were made stands. Raises NotInThatState."""
    wish = wish_for(actor, wish_id)
    patient = wish.dose.plan.patient
    actor.require(Act.BOOK, patient.unit_id)
    with recorded_as(actor, act="end_wish", reason=reason, locks={patient_key(patient.pk)}):
        outcome = reason.strip() or f"Ended by {actor.name}."
        ended = EarlierWish.objects.filter(pk=wish.pk, ended_at__isnull=True)
        if not ended.update(ended_at=timezone.now(), outcome=outcome[:200]):
            raise NotInThatState("This wish was ended already.")
    wish.refresh_from_db(fields=["ended_at", "outcome"])
    return wish


def _check(terms: WishTerms, *, today: date) -> None:
    if terms.holds_until < today:
        raise invalid("holds_until", "Choose a day that has not passed.")
    if not set(terms.weekdays) <= set(range(1, 8)):
        raise invalid("weekdays", "Weekdays are 1 (Monday) to 7.")
    if terms.arrive_from and terms.leave_by and terms.arrive_from >= terms.leave_by:
        raise invalid("leave_by", "The patient leaves after arriving.")
    if len(terms.note) > 300:
        raise invalid("note", "Say it in 300 letters at most.")


def settle_wishes(*, at: datetime) -> int:
    """Wishes that count no more are ended, and say why. Run by the sweep; nothing waits for it. Returns how many."""
    ended = 0
    live = EarlierWish.objects.filter(ended_at__isnull=True).select_related("dose__plan__patient__unit")
    for wish in live.prefetch_related("dose__administrations", "dose__appointments"):
        outcome = _why_lapsed(wish, at)
        if outcome:
            rows = EarlierWish.objects.filter(pk=wish.pk, ended_at__isnull=True)
            ended += rows.update(ended_at=at, outcome=outcome)
    return ended


def _why_lapsed(wish: EarlierWish, at: datetime) -> str:
    dose, patient = wish.dose, wish.dose.plan.patient
    if any(not record.is_entered_in_error for record in dose.administrations.all()):
        return "The dose was given."
    if patient.deceased_at is not None or dose.plan.ended_on is not None:
        return "The plan has ended."
    if any(visit.status in LIVE and visit.starts_at <= at for visit in dose.appointments.all()):
        return "The visit's time has come."
    return "The wish held until then." if wish.holds_until < patient.unit.local_date(at) else ""
