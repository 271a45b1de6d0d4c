"""Offers raced against several server processes: one patient gets the slot, the others are told so; no deadlock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from patients.models import Patient
from scheduling.models import Appointment, AppointmentEvent, EarlierWish, Offer, OfferedVisit, Reservation
from scheduling.services.visits import booking
from scheduling.services.waiting import offers
from scheduling.services.waiting.offers import accept_offer, settle_offers
from tests.races.arena import Arena, at_once, dose_id, recorded_without_locks, statuses
from tests.scheduling.waiting import book, freed, offer_to, wish

pytestmark = pytest.mark.race

ROUNDS = 5
API = "/api/v1/"


def asked(arena: Arena, *, parties: int = 2) -> tuple[Offer, list[Patient]]:
    """A freed slot on the arena's day, offered to so many who are booked two days later."""
    ward, patients = arena.ward, [arena.patient(due=arena.day + timedelta(days=1)) for _ in range(parties)]
    for number, patient in enumerate(patients):
        book(ward, patient, arena.day + timedelta(days=2), f"{8 + 2 * number:02}:00", room=1, operator=1)
        wish(ward, patient, notice_hours=1)
    arena._number += 1
    freed(ward, arena.day, number=5000 + arena._number)
    return offer_to(ward, patients), patients


def tidy(arena: Arena) -> None:
    """The days are empty for the next round."""
    Offer.objects.filter(state="open").update(state="withdrawn", ended_at=timezone.now())
    OfferedVisit.objects.filter(state="asked").update(state="over", answered_at=timezone.now())
    Reservation.objects.all().delete()
    EarlierWish.objects.filter(ended_at__isnull=True).update(ended_at=timezone.now())
    for visit in Appointment.objects.filter(status="booked"):
        visit.allocations.all().delete()
    Appointment.objects.filter(status="booked").update(status="cancelled")


def accepting(arena: Arena, offer: Offer) -> list[Callable[[], Any]]:
    keys = offer.offered.order_by("rank").values_list("public_id", flat=True)
    return [
        partial(client.post, f"{API}offered-visits/{key}/accept/", {})
        for client, key in zip(arena.clients(len(keys)), keys, strict=True)
    ]


def test_two_accept_at_once(arena: Arena) -> None:
    for _ in range(ROUNDS):
        offer, patients = asked(arena, parties=3)
        answers = at_once(accepting(arena, offer))
        assert statuses(answers) == {200: 1, 409: 2}
        late = [answer for answer in answers if answer.status == 409]
        assert {(answer.code, answer.sentence) for answer in late} == {
            ("offer_over", "Somebody else was first. The visit stays as it is.")
        }
        moved = Appointment.objects.filter(patient__in=patients, status="booked", starts_at=offer.starts_at)
        assert moved.count() == 1
        assert AppointmentEvent.objects.filter(appointment__in=moved, kind="moved").count() == 1
        assert sorted(offer.offered.values_list("state", flat=True)) == ["accepted", "missed", "missed"]
        assert not Reservation.objects.exists()
        tidy(arena)
    assert arena.deadlocks() == 0


def test_accepted_as_it_runs_out(arena: Arena) -> None:
    outcomes = set()

    def sweep(pause_s: float, at: datetime) -> int:
        time.sleep(pause_s)
        return settle_offers(at=at)

    for round_ in range(ROUNDS):
        offer, [patient] = asked(arena, parties=1)
        soon = timezone.now() + timedelta(milliseconds=40 * round_)
        Offer.objects.filter(pk=offer.pk).update(expires_at=soon)
        [accept] = accepting(arena, offer)
        answer, _ = at_once([accept, partial(sweep, 0.03 * (round_ % 2), soon)])
        offer.refresh_from_db()
        visit = Appointment.objects.get(patient=patient, status="booked")
        if answer.status == 200:
            assert (offer.state, visit.starts_at) == ("accepted", offer.starts_at)
        else:
            assert (answer.status, answer.code, offer.state) == (409, "offer_over", "expired")
            assert visit.starts_at != offer.starts_at
        outcomes.add(answer.status)
        tidy(arena)
    assert outcomes <= {200, 409}
    assert arena.deadlocks() == 0


def test_accepted_as_a_coordinator_books_the_same_slot(arena: Arena) -> None:
    for round_ in range(ROUNDS):
        offer, [patient] = asked(arena, parties=1)
        other = arena.patient(due=arena.day + timedelta(days=1))
        [accept], [client] = accepting(arena, offer), arena.clients(1)
        body = arena.booking(dose_id(other), arena.ward.wanted(arena.day, "09:00"))
        if round_ == ROUNDS - 1:  # it has run out: now the booking may have it, and only one of them gets it
            Offer.objects.filter(pk=offer.pk).update(expires_at=timezone.now())
            Reservation.objects.filter(offer=offer).update(expires_at=timezone.now())
        accepted, booked = at_once([accept, partial(client.post, f"{API}appointments/", body)])
        if round_ == ROUNDS - 1:
            assert (accepted.status, accepted.code, booked.status) == (409, "offer_over", 201)
        else:
            assert (accepted.status, booked.status, booked.code) == (200, 409, "slot_taken")
            visit = Appointment.objects.get(patient=patient, status="booked")
            assert visit.starts_at == offer.starts_at
        assert arena.booked_at(arena.ward.wanted(arena.day, "09:00")) == 1
        tidy(arena)
    assert arena.deadlocks() == 0


def test_without_guards_two_patients_get_one_slot(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with locks and constraints dropped, both are moved there."""
    offer, patients = asked(arena)
    meet = threading.Barrier(2)
    refuse, placed = offers._refuse_over, offers._place

    def refuse_and_meet(*args: Any, **values: Any) -> None:
        refuse(*args, **values)
        meet.wait(timeout=30)

    def place_and_meet(*args: Any, **values: Any) -> Any:
        visit = placed(*args, **values)
        meet.wait(timeout=30)
        return visit

    monkeypatch.setattr(offers, "_refuse_over", refuse_and_meet)
    monkeypatch.setattr(offers, "_lock", lambda seen: (seen, offers._offered(seen)))
    monkeypatch.setattr(offers, "answer", lambda *_, **__: None)
    monkeypatch.setattr(offers, "_place", place_and_meet)
    monkeypatch.setattr(offers, "let_others_know", lambda *_, **__: None)
    for module in (offers, booking):
        monkeypatch.setattr(module, "recorded_as", recorded_without_locks)
    actor = arena.ward.cast.actor("coordinator")
    keys = list(offer.offered.values_list("public_id", flat=True))
    Reservation.objects.filter(offer=offer).delete()  # its row would keep the two apart as well
    with arena.without("scheduling_allocation", "allocation_resource_in_one_place"):
        outcomes = at_once([partial(accept_offer, actor, offered_id=key) for key in keys])
    moved = Appointment.objects.filter(patient__in=patients, status="booked", starts_at=offer.starts_at)
    assert moved.count() == 2, outcomes
