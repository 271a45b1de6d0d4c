"""A slot that comes free, and patients who would come earlier."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from patients.models import Patient
from scheduling.models import Appointment, EarlierWish, Offer
from scheduling.selectors.waiting import FreedSlot
from scheduling.services import book_appointment, cancel_appointment
from scheduling.services.waiting.backfill import Backfill, backfills
from scheduling.services.waiting.offers import Opening, make_offer
from scheduling.services.waiting.wishes import WishTerms, ask_for_earlier
from tests.ward import Ward, dose_id, maintenance_patient


def book(ward: Ward, patient: Patient, on: date, clock: str = "09:00", **places: int) -> Appointment:
    """The patient's next dose, booked by the coordinator."""
    wanted = ward.wanted(on, clock, **places)
    return book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=wanted)


def wish(ward: Ward, patient: Patient, **terms: Any) -> EarlierWish:
    """The patient would come earlier, at six hours' notice unless said otherwise."""
    values = {"notice_hours": 6, "holds_until": timezone.now().date() + timedelta(days=60), **terms}
    terms_ = WishTerms(**values)
    return ask_for_earlier(ward.cast.actor("coordinator"), dose_id=dose_id(patient), terms=terms_)


def waiter(ward: Ward, number: int, *, due: date, booked: date, clock: str = "13:00", **terms: Any) -> Patient:
    """Somebody with a visit who would come earlier."""
    patient = maintenance_patient(ward, number, due=due)
    book(ward, patient, booked, clock, room=1, operator=1)
    wish(ward, patient, **terms)
    return patient


def freed(ward: Ward, on: date, clock: str = "09:00", *, number: int = 90) -> Appointment:
    """A visit that was booked there and has been cancelled; its slot is in the first room."""
    visit = book(ward, maintenance_patient(ward, number, due=on), on, clock)
    return cancel_appointment(
        ward.cast.actor("coordinator"), appointment_id=visit.public_id, cancelled_by="patient", reason="Has a cold"
    )


def look(ward: Ward) -> list[Backfill]:
    """The waiting list, as the coordinator sees it now."""
    return backfills(ward.cast.actor("coordinator"), unit=ward.unit, at=timezone.now())


def opening(slot: FreedSlot) -> Opening:
    """The slot as an offer names it."""
    return Opening(slot.room.public_id, slot.operator.public_id, slot.procedure_at)


def offer_to(ward: Ward, patients: Sequence[Patient], *, minutes: int = 120) -> Offer:
    """The first freed slot, offered to them."""
    doses: list[UUID] = [dose_id(patient) for patient in patients]
    return make_offer(
        ward.cast.actor("coordinator"),
        opening=opening(look(ward)[0].freed),
        dose_ids=doses,
        minutes=minutes,
    )
