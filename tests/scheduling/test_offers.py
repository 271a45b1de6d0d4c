"""A freed slot offered: kept for nobody by name, accepted once, and ended with words whatever overtakes it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from doseplans.errors import PlanOnHold
from patients.models import Patient, WorklistItem
from scheduling.errors import CannotOffer, OfferOver, SlotTaken
from scheduling.models import Allocation, Appointment, Closure, EarlierWish, Offer, OfferedVisit, Reservation
from scheduling.services import cancel_appointment, close, move_appointment, undo_change
from scheduling.services.courses.deaths import record_death
from scheduling.services.courses.holding import hold_plan
from scheduling.services.waiting.offers import accept_offer, decline_offer, make_offer, settle_offers, withdraw_offer
from tests.scheduling.waiting import book, freed, look, offer_to, opening, waiter, wish
from tests.ward import TODAY, Ward, dose_id, live, maintenance_patient, next_dose
from units.actors import Actor
from units.errors import NotAllowed, NotFound

pytestmark = pytest.mark.usefixtures("clock")

FREE_ON, BOOKED_ON = TODAY + timedelta(days=3), TODAY + timedelta(days=6)
DUE = TODAY + timedelta(days=4)


@pytest.fixture(autouse=True)
def _the_databases_clock_stands_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduling.services.visits.cancelling._database_now", timezone.now)


@pytest.fixture
def two(ward: Ward) -> list[Patient]:
    """Two who wait for an earlier time, and a slot that came free."""
    patients = [
        waiter(ward, 1, due=DUE, booked=BOOKED_ON, clock="09:00"),
        waiter(ward, 2, due=DUE, booked=BOOKED_ON, clock="13:00"),
    ]
    freed(ward, FREE_ON)
    return patients


def offered_to(patient: Patient) -> OfferedVisit:
    return OfferedVisit.objects.select_related("offer").get(dose__plan__patient=patient)


def kinds_of(patient: Patient) -> list[str]:
    return list(live(patient)[0].events.order_by("pk").values_list("kind", flat=True))


def test_an_offer_keeps_the_slot_without_a_patient(ward: Ward, two: list[Patient]) -> None:
    offer = offer_to(ward, two)
    assert (offer.state, offer.expires_at) == ("open", timezone.now() + timedelta(hours=2))
    reservation = Reservation.objects.get()
    assert (reservation.dose, reservation.offer) == (None, offer)
    kept = {row.resource: (row.starts_at, row.ends_at) for row in Allocation.objects.filter(reservation=reservation)}
    assert kept[ward.rooms[0]] == (ward.at(FREE_ON, "10:00"), ward.at(FREE_ON, "10:45"))
    assert kept[ward.places[0]] == (ward.at(FREE_ON, "10:45"), ward.at(FREE_ON, "12:15"))
    assert [kinds_of(patient) for patient in two] == [["booked", "offered"]] * 2
    assert look(ward) == []
    with pytest.raises(SlotTaken, match="kept at that time for patients it was offered to"):
        book(ward, maintenance_patient(ward, 3, due=DUE), FREE_ON)


def test_the_first_to_accept_gets_it_as_a_move_and_the_others_are_told(ward: Ward, two: list[Patient]) -> None:
    offer_to(ward, two)
    nurse = ward.cast.actor("nurse")
    visit = accept_offer(nurse, offered_id=offered_to(two[1]).public_id)
    assert (visit.starts_at, visit.ical_sequence, visit.status) == (ward.at(FREE_ON, "09:00"), 1, "booked")
    assert kinds_of(two[1]) == ["booked", "offered", "moved"]
    assert kinds_of(two[0]) == ["booked", "offered", "offer_over"]
    with pytest.raises(OfferOver, match="Somebody else was first"):
        accept_offer(nurse, offered_id=offered_to(two[0]).public_id)
    assert [offered_to(patient).state for patient in two] == ["missed", "accepted"]
    assert offered_to(two[1]).event == visit.events.get(kind="moved")
    assert Offer.objects.get().state == "accepted"
    assert not Reservation.objects.exists()
    ended, stands = EarlierWish.objects.order_by("ended_at")
    assert (ended.outcome, stands.ended_at) == ("An earlier time was accepted: Fri 27 Nov, 09:00.", None)
    # Their own time came free by it, and is asked about next.
    assert [backfill.freed.procedure_at for backfill in look(ward)] == [ward.at(BOOKED_ON, "14:00")]


def test_a_dose_without_a_visit_is_rung_and_booked(ward: Ward) -> None:
    patient = maintenance_patient(ward, 1, due=DUE)
    wish(ward, patient)
    freed(ward, FREE_ON)
    offer_to(ward, [patient])
    call = WorklistItem.objects.get(patient=patient, key__startswith="offer:")
    assert (call.kind, call.title) == ("call", "Offer the patient an earlier time")
    visit = accept_offer(ward.cast.actor("coordinator"), offered_id=offered_to(patient).public_id)
    assert live(patient) == [visit]
    call.refresh_from_db()
    assert call.done_at is not None


def test_an_undone_acceptance_puts_everything_back(ward: Ward, two: list[Patient]) -> None:
    offer_to(ward, two)
    coordinator = ward.cast.actor("coordinator")
    visit = accept_offer(coordinator, offered_id=offered_to(two[0]).public_id)
    undo_change(coordinator, appointment_id=visit.public_id)
    assert live(two[0])[0].starts_at == ward.at(BOOKED_ON, "09:00")
    assert EarlierWish.objects.filter(ended_at__isnull=True).count() == 2
    assert (Offer.objects.get().state, offered_to(two[0]).state) == ("withdrawn", "over")
    assert len(look(ward)[0].allowed) == 2


def test_declined_by_all_the_slot_is_free(ward: Ward, two: list[Patient]) -> None:
    offer_to(ward, two)
    nurse = ward.cast.actor("nurse")
    declined = decline_offer(nurse, offered_id=offered_to(two[0]).public_id, reason="Is away")
    assert (declined.state, declined.note, declined.answered_by_name) == ("declined", "Is away", nurse.name)
    assert Offer.objects.get().state == "open"
    with pytest.raises(OfferOver, match="declined the offer already"):
        accept_offer(nurse, offered_id=declined.public_id)
    decline_offer(nurse, offered_id=offered_to(two[1]).public_id)
    assert (Offer.objects.get().state, Reservation.objects.count()) == ("over", 0)
    assert [kinds_of(patient) for patient in two] == [["booked", "offered"]] * 2  # nobody is told what they said


def test_an_offer_runs_out_without_any_sweep(ward: Ward, two: list[Patient], clock: time_machine.Traveller) -> None:
    offer_to(ward, two, minutes=30)
    clock.shift(1800)
    with pytest.raises(OfferOver, match="has run out"):
        accept_offer(ward.cast.actor("coordinator"), offered_id=offered_to(two[0]).public_id)
    again = offer_to(ward, two)
    assert sorted(Offer.objects.values_list("state", flat=True)) == ["expired", "open"]
    assert again.offered.count() == 2
    clock.shift(7200)
    book(ward, maintenance_patient(ward, 3, due=DUE), FREE_ON)  # over the reservation that ran out
    assert settle_offers(at=timezone.now()) == 1
    again.refresh_from_db()
    assert (again.state, again.outcome) == ("expired", "It ran out.")
    assert [kinds_of(patient)[-1] for patient in two] == ["offer_over"] * 2


def test_withdrawn_once(ward: Ward, two: list[Patient]) -> None:
    offer = offer_to(ward, two)
    coordinator = ward.cast.actor("coordinator")
    withdraw_offer(coordinator, offer_id=offer.public_id, reason="The room is needed")
    assert [kinds_of(patient)[-1] for patient in two] == ["offer_over"] * 2
    assert not Reservation.objects.exists()
    with pytest.raises(OfferOver, match="over already"):
        withdraw_offer(coordinator, offer_id=offer.public_id)


def test_a_hold_a_death_and_a_change_of_the_visit_end_it_for_that_patient(ward: Ward, two: list[Patient]) -> None:
    three = [*two, waiter(ward, 3, due=DUE, booked=BOOKED_ON, clock="15:00")]
    four = [*three, waiter(ward, 4, due=DUE, booked=BOOKED_ON, clock="11:00")]
    offer_to(ward, four)
    held, dead, moved, cancelled = [live(patient)[0] for patient in four]
    hold_plan(
        ward.cast.actor("doctor"),
        plan_id=next_dose(four[0]).plan.public_id,
        reason="Fever",
        review_on=None,
        visits={held.public_id: "keep"},
    )
    record_death(ward.cast.actor("nurse"), patient_id=four[1].public_id, died_on=TODAY)
    coordinator = ward.cast.actor("coordinator")
    move_appointment(
        coordinator, appointment_id=moved.public_id, wanted=ward.wanted(BOOKED_ON, "13:15", room=0, operator=0)
    )
    assert Offer.objects.get().state == "open"
    cancel_appointment(coordinator, appointment_id=cancelled.public_id, cancelled_by="patient")
    assert [(offered_to(patient).state, offered_to(patient).note) for patient in four] == [
        ("over", "The plan was put on hold or has ended."),
        ("over", "The visit was cancelled."),
        ("over", "The visit was moved."),
        ("over", "The visit was cancelled."),
    ]
    assert (Offer.objects.get().state, Reservation.objects.count()) == ("over", 0)
    assert "offer_over" not in dead.events.values_list("kind", flat=True)


def test_a_closure_ends_it_and_no_gate_is_passed_by_accepting(ward: Ward, two: list[Patient]) -> None:
    offer_to(ward, two)
    times = ward.at(FREE_ON, "08:00"), ward.at(FREE_ON, "17:00")
    Closure.objects.create(
        unit=ward.unit, resource=ward.rooms[0], starts_at=times[0], ends_at=times[1], reason="A leak"
    )
    with pytest.raises(OfferOver, match="Room 1 is closed then"):
        accept_offer(ward.cast.actor("coordinator"), offered_id=offered_to(two[0]).public_id)
    assert settle_offers(at=timezone.now()) == 1
    assert Offer.objects.get().outcome == "Room 1 is closed then."


def test_whoever_closes_the_room_ends_what_is_on_offer_in_it(ward: Ward, two: list[Patient]) -> None:
    offer_to(ward, two)
    close(
        ward.cast.actor("administrator"),
        unit=ward.unit,
        resource=ward.rooms[0],
        starts_at=ward.at(FREE_ON, "08:00"),
        ends_at=ward.at(FREE_ON, "17:00"),
        reason="A leak",
    )
    assert (Offer.objects.get().state, Reservation.objects.count()) == ("over", 0)
    assert [kinds_of(patient)[-1] for patient in two] == ["offer_over"] * 2


def test_a_hold_that_nobody_told_the_offer_of_stops_it_all_the_same(ward: Ward, two: list[Patient]) -> None:
    offer_to(ward, two)
    plan = next_dose(two[0]).plan
    plan.holds.create(reason="Fever", placed_on=TODAY)
    with pytest.raises(PlanOnHold):
        accept_offer(ward.cast.actor("coordinator"), offered_id=offered_to(two[0]).public_id)
    assert live(two[0])[0].starts_at == ward.at(BOOKED_ON, "09:00")
    settle_offers(at=timezone.now())
    assert (offered_to(two[0]).note, Offer.objects.get().state) == ("The plan is on hold.", "open")


def test_only_who_is_allowed_can_be_chosen(ward: Ward, two: list[Patient]) -> None:
    [backfill] = look(ward)
    coordinator = ward.cast.actor("coordinator")
    stranger = maintenance_patient(ward, 7, due=DUE)
    with pytest.raises(CannotOffer, match="not on the waiting list any more"):
        make_offer(coordinator, opening=opening(backfill.freed), dose_ids=[dose_id(stranger)])
    late = waiter(ward, 8, due=DUE, booked=BOOKED_ON, clock="15:00", weekdays=(1,))
    with pytest.raises(CannotOffer, match="Can come on Mon only"):
        offer_to(ward, [late])
    offer_to(ward, two[:1])
    with pytest.raises(CannotOffer, match="not free any more"):
        make_offer(coordinator, opening=opening(backfill.freed), dose_ids=[dose_id(two[1])])
    with pytest.raises(NotAllowed):
        accept_offer(ward.cast.actor("pharmacist"), offered_id=offered_to(two[0]).public_id)
    with pytest.raises(NotFound):
        accept_offer(ward.cast.actor("other_nurse"), offered_id=offered_to(two[0]).public_id)


def test_patient_answers_what_was_offered_to_them_and_nothing_else(ward: Ward, two: list[Patient]) -> None:
    offer_to(ward, two)
    mine, theirs = offered_to(two[0]), offered_to(two[1])
    own = Actor.own("Patient", patient_id=two[0].pk)
    for refused in (accept_offer, decline_offer):
        with pytest.raises(NotFound):
            refused(own, offered_id=theirs.public_id)
    visit: Appointment = accept_offer(own, offered_id=mine.public_id)
    assert visit.events.latest("pk").actor_name == "Patient"
    assert offered_to(two[0]).answered_by_name == "Patient"
