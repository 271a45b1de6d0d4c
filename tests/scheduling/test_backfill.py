"""Who may have a slot that came free, in which order, and why not the others."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from doseplans.models import Administration, Dose
from scheduling.errors import NotInThatState
from scheduling.models import Closure, EarlierWish, VisitKind
from scheduling.services import book_visit, move_appointment, undo_change
from scheduling.services.courses.holding import hold_plan
from scheduling.services.waiting.wishes import WishTerms, ask_for_earlier, end_wish, settle_wishes
from tests.cast import make_patient
from tests.scheduling.waiting import book, freed, look, waiter, wish
from tests.ward import TODAY, Ward, maintenance_patient, next_dose, start_plan
from units.errors import InvalidInput, NotAllowed, NotFound

pytestmark = pytest.mark.usefixtures("clock")

FREE_ON, BOOKED_ON = TODAY + timedelta(days=3), TODAY + timedelta(days=6)
DUE = TODAY + timedelta(days=4)


@pytest.fixture(autouse=True)
def _the_databases_clock_stands_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduling.services.visits.cancelling._database_now", timezone.now)


def against(ward: Ward) -> list[str]:
    [backfill] = look(ward)
    assert backfill.allowed == ()
    return [one.against for one in backfill.left_out]


def test_a_cancelled_visit_leaves_a_slot_for_who_waits(ward: Ward) -> None:
    patient = waiter(ward, 1, due=DUE, booked=BOOKED_ON)
    freed(ward, FREE_ON)
    [backfill] = look(ward)
    assert backfill.freed.procedure_at == ward.at(FREE_ON, "10:00")
    assert (backfill.freed.room, backfill.freed.operator) == (ward.rooms[0], ward.operators[0])
    [one] = backfill.allowed
    assert one.dose == next_dose(patient)
    assert one.slot is not None
    assert one.slot.arrive_at == ward.at(FREE_ON, "09:00")
    assert one.reasons == ("3 days earlier", "Window closes Thu 3 Dec", "Waiting since Tue 24 Nov")


def test_moved_away_and_undone(ward: Ward) -> None:
    visit = book(ward, maintenance_patient(ward, 1, due=DUE), FREE_ON)
    coordinator = ward.cast.actor("coordinator")
    move_appointment(coordinator, appointment_id=visit.public_id, wanted=ward.wanted(BOOKED_ON))
    assert [one.freed.kind for one in look(ward)] == ["moved"]
    undo_change(coordinator, appointment_id=visit.public_id)
    assert look(ward) == []


def test_a_slot_taken_again_or_closed_is_not_free(ward: Ward) -> None:
    freed(ward, FREE_ON)
    freed(ward, FREE_ON, "13:00", number=91)
    assert len(look(ward)) == 2
    book(ward, maintenance_patient(ward, 2, due=DUE), FREE_ON, "09:15")
    assert [one.freed.procedure_at for one in look(ward)] == [ward.at(FREE_ON, "14:00")]
    Closure.objects.create(
        unit=ward.unit,
        resource=ward.operators[0],
        starts_at=ward.at(FREE_ON, "12:00"),
        ends_at=ward.at(FREE_ON, "17:00"),
        reason="Leave",
    )
    assert look(ward) == []


def test_loading_first_then_the_window_that_closes_first_then_who_waits_longest(
    ward: Ward, clock: time_machine.Traveller
) -> None:
    loading = make_patient(ward.unit, "Loading", "L1")
    start_plan(loading, given=[FREE_ON - timedelta(days=14)], next_on=FREE_ON)
    late = waiter(ward, 1, due=DUE, booked=BOOKED_ON, clock="08:00")
    clock.shift(60)
    later = waiter(ward, 2, due=DUE, booked=BOOKED_ON, clock="10:30")
    soon = waiter(ward, 3, due=DUE - timedelta(days=1), booked=BOOKED_ON, clock="13:00")
    wish(ward, loading)
    freed(ward, FREE_ON)
    [backfill] = look(ward)
    assert [one.dose.plan.patient for one in backfill.allowed] == [loading, soon, late, later]
    assert backfill.allowed[0].reasons[:2] == ("Has no visit yet", "Loading dose")


def test_gates_of_a_booking_leave_out(ward: Ward) -> None:
    early = waiter(ward, 1, due=FREE_ON + timedelta(days=3), booked=BOOKED_ON)
    held = waiter(ward, 2, due=DUE, booked=BOOKED_ON, clock="09:00")
    freed(ward, FREE_ON)
    visit = next_dose(held).appointments.get()
    hold_plan(
        ward.cast.actor("doctor"),
        plan_id=visit.dose.plan.public_id,  # type: ignore[union-attr]
        reason="Fever",
        review_on=None,
        visits={visit.public_id: "keep"},
    )
    said = against(ward)
    assert [words.split(".")[0] for words in said] == [
        "The plan is on hold since Tue 24 Nov: Fever",
        f"Fri 27 Nov is before the window of {next_dose(early)}, Sat 28 Nov to Sat 5 Dec (local policy)",
    ]


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"notice_hours": 100}, "Needs 100 h of notice; it begins in 73 h"),
        ({"weekdays": (1, 2)}, "Can come on Mon and Tue only"),
        ({"arrive_from": time(9, 30)}, "Can arrive from 09:30 only"),
        ({"leave_by": time(12)}, "Must leave by 12:00, and would leave at 12:15"),
    ],
)
def test_terms_leave_out(ward: Ward, terms: dict[str, object], words: str) -> None:
    waiter(ward, 1, due=DUE, booked=BOOKED_ON, **terms)
    freed(ward, FREE_ON)
    assert against(ward) == [words]


def test_who_gave_it_up_is_left_out_and_who_is_elsewhere_then(ward: Ward) -> None:
    own = maintenance_patient(ward, 1, due=DUE)
    visit = book(ward, own, FREE_ON)
    move_appointment(ward.cast.actor("coordinator"), appointment_id=visit.public_id, wanted=ward.wanted(BOOKED_ON))
    wish(ward, own)
    other = waiter(ward, 2, due=DUE, booked=BOOKED_ON)
    kind = VisitKind.objects.create(unit=ward.unit, name="Blood patch", minutes_procedure=30)
    book_visit(
        ward.cast.actor("nurse"),
        patient_id=other.public_id,
        visit_kind_id=kind.public_id,
        wanted=ward.wanted(FREE_ON, "10:00", room=1, operator=1),
    )
    assert against(ward) == [
        "It is the time that this patient's own visit left",
        "The patient has another visit at that time",
    ]


def test_own_visit_of_the_same_day_does_not_stand_in_its_way(ward: Ward) -> None:
    patient = maintenance_patient(ward, 1, due=DUE)
    book(ward, patient, FREE_ON, "09:45", operator=1)
    wish(ward, patient)
    freed_visit = maintenance_patient(ward, 5, due=DUE)
    gone = book(ward, freed_visit, FREE_ON, "09:00", operator=0)
    move_appointment(ward.cast.actor("coordinator"), appointment_id=gone.public_id, wanted=ward.wanted(BOOKED_ON))
    [backfill] = look(ward)
    assert [one.reasons[0] for one in backfill.allowed] == ["45 min earlier"]


def test_the_same_queries_for_one_and_for_many(ward: Ward) -> None:
    waiter(ward, 1, due=DUE, booked=BOOKED_ON, clock="08:00")
    freed(ward, FREE_ON)
    look(ward)
    with CaptureQueriesContext(connection) as one:
        look(ward)
    for number, clock in enumerate(("10:30", "13:00", "15:00"), start=2):
        waiter(ward, number, due=DUE, booked=BOOKED_ON, clock=clock)
    freed(ward, FREE_ON, "13:00", number=91)
    with CaptureQueriesContext(connection) as many:
        found = look(ward)
    assert [len(backfill.allowed) for backfill in found] == [4, 4]
    assert len(many) == len(one)


# --- wishes ----------------------------------------------------------------------------------------------------------
def test_one_live_wish_a_dose_keeps_its_place_when_it_changes(ward: Ward, clock: time_machine.Traveller) -> None:
    patient = waiter(ward, 1, due=DUE, booked=BOOKED_ON)
    first = EarlierWish.objects.get()
    clock.shift(3600)
    again = wish(ward, patient, notice_hours=48, note="Works in the mornings")
    assert (again.pk, again.asked_at, again.notice_hours) == (first.pk, first.asked_at, 48)
    end_wish(ward.cast.actor("nurse"), wish_id=again.public_id, reason="Is content")
    with pytest.raises(NotInThatState):
        end_wish(ward.cast.actor("nurse"), wish_id=again.public_id)
    assert EarlierWish.objects.get().outcome == "Is content"
    assert wish(ward, patient).pk != first.pk


def test_a_wish_ends_by_itself(ward: Ward, clock: time_machine.Traveller) -> None:
    given, over = waiter(ward, 1, due=DUE, booked=BOOKED_ON), maintenance_patient(ward, 2, due=DUE)
    wish(ward, over, holds_until=TODAY + timedelta(days=1))
    assert settle_wishes(at=timezone.now()) == 0
    dose: Dose = next_dose(given)
    Administration.objects.create(dose=dose, given_on=TODAY, given_at=timezone.now(), source="paper")
    clock.shift(2 * 86400)
    freed(ward, FREE_ON)
    [backfill] = look(ward)
    assert (backfill.allowed, backfill.left_out) == ((), ())  # also before anybody has swept
    assert settle_wishes(at=timezone.now()) == 2
    assert sorted(EarlierWish.objects.values_list("outcome", flat=True)) == [
        "The dose was given.",
        "The wish held until then.",
    ]


def test_a_wish_is_refused_where_it_makes_no_sense(ward: Ward) -> None:
    patient = maintenance_patient(ward, 1, due=DUE)
    with pytest.raises(InvalidInput, match="has not passed"):
        wish(ward, patient, holds_until=date(2026, 11, 1))
    with pytest.raises(InvalidInput, match="leaves after arriving"):
        wish(ward, patient, arrive_from=time(12), leave_by=time(10))


def test_who_may_write_a_wish_down(ward: Ward) -> None:
    dose = next_dose(maintenance_patient(ward, 1, due=DUE))
    terms = WishTerms(notice_hours=6, holds_until=DUE)
    with pytest.raises(NotAllowed):
        ask_for_earlier(ward.cast.actor("manager"), dose_id=dose.public_id, terms=terms)
    with pytest.raises(NotFound):
        ask_for_earlier(ward.cast.actor("other_nurse"), dose_id=dose.public_id, terms=terms)
