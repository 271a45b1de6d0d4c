"""Changing hours never loses a booked visit: each that loses its list is on the worklist until it is dealt with."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from patients.models import WorklistItem
from scheduling.models import Appointment, Closure, Resource, Schedule
from scheduling.services import book_appointment, cancel_appointment, close, move_appointment, reopen, undo_change
from scheduling.services.opening.closures import stranded_by_closing
from scheduling.services.opening.hours import (
    MOVED,
    STANDS_AGAIN,
    WouldStrand,
    item_key,
    mark_of,
    note_hours,
    settle_hours,
)
from scheduling.services.planning.replans import plan_closure
from scheduling.services.visits.squeezing import Reasons, Urgent, squeeze_in
from tests.ward import TODAY, dose_id, maintenance_patient
from units.history import recorded_as

if TYPE_CHECKING:
    from time_machine import Traveller

    from tests.ward import Ward

DUE = TODAY + timedelta(days=1)


@pytest.fixture
def visit(ward: Ward, clock: Traveller) -> Appointment:
    """Wednesday 25 November, arriving at 09:00, Room 1 with Dr Malik at 10:00."""
    patient = maintenance_patient(ward)
    return book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(DUE, "09:00"))


def close_room(ward: Ward, day: date = DUE, **fields: object) -> list[str]:
    values: dict[str, object] = {
        "unit": ward.unit,
        "resource": ward.rooms[0],
        "starts_at": ward.at(day, "00:00"),
        "ends_at": ward.at(day + timedelta(days=1), "00:00"),
        "reason": "Floor repaired",
    }
    done = close(ward.cast.actor("administrator"), **values | fields)  # type: ignore[arg-type]
    return [one.why for one in done.stranded]


def item(visit: Appointment) -> WorklistItem:
    return WorklistItem.objects.get(key=item_key(visit))


def state(visit: Appointment) -> tuple[bool, str]:
    """Whether the visit's item is open, and what came of it."""
    found = item(visit)
    return found.done_at is None, found.outcome


def test_a_closure_puts_each_visit_it_strands_on_the_worklist(ward: Ward, visit: Appointment) -> None:
    assert close_room(ward) == ["Room 1 is closed: Floor repaired"]
    found = item(visit)
    assert (found.kind, found.title, found.patient) == ("move", "Visit without a list", visit.patient)
    assert found.detail == "Wed 25 Nov 09:00 in Room 1: Room 1 is closed: Floor repaired."
    visit.refresh_from_db()
    assert visit.status == "booked"


@pytest.mark.parametrize(
    "fields",
    [
        {"resource": None},
        {"resource": "operator"},
    ],
)
def test_a_closure_of_anything_a_visit_takes_strands_it(
    ward: Ward, visit: Appointment, fields: dict[str, str | None]
) -> None:
    why = close_room(ward, resource=ward.operators[0] if fields["resource"] else None)
    assert why == ["Dr Malik is away: Floor repaired" if fields["resource"] else "Room 1 is closed: Floor repaired"]
    assert state(visit)[0]


def test_a_closure_that_the_visit_only_touches_strands_nothing(ward: Ward, visit: Appointment) -> None:
    assert close_room(ward, ends_at=ward.at(DUE, "10:00")) == []
    assert close_room(ward, starts_at=ward.at(DUE, "10:45"), ends_at=ward.at(DUE, "23:00")) == []


def test_looking_before_closing_says_the_same_and_changes_nothing(ward: Ward, visit: Appointment) -> None:
    ask = partial(
        stranded_by_closing,
        ward.cast.actor("administrator"),
        unit=ward.unit,
        resource=ward.rooms[0],
        starts_at=ward.at(DUE, "00:00"),
        ends_at=ward.at(DUE, "23:00"),
        reason="Floor repaired",
    )
    assert [(one.visit, one.why) for one in ask()] == [(visit, "Room 1 is closed: Floor repaired")]
    assert (Closure.objects.count(), WorklistItem.objects.filter(key=item_key(visit)).count()) == (0, 0)
    close_room(ward)
    assert ask() == ()  # closed already: nothing more is lost


def test_a_closure_confirmed_for_other_visits_is_given_up(ward: Ward, visit: Appointment) -> None:
    with pytest.raises(WouldStrand) as would:
        close_room(ward, seen="")
    assert Closure.objects.count() == 0
    assert close_room(ward, seen=mark_of(would.value.stranded)) == ["Room 1 is closed: Floor repaired"]


def test_opening_again_takes_the_item_off(ward: Ward, visit: Appointment) -> None:
    close_room(ward)
    reopen(ward.cast.actor("administrator"), closure=Closure.objects.get())
    assert state(visit) == (False, STANDS_AGAIN)


def test_moving_the_visit_deals_with_it_and_undoing_that_asks_again(ward: Ward, visit: Appointment) -> None:
    close_room(ward)
    actor = ward.cast.actor("coordinator")
    move_appointment(actor, appointment_id=visit.public_id, wanted=ward.wanted(DUE, "09:00", room=1))
    assert state(visit) == (False, MOVED)
    undo_change(actor, appointment_id=visit.public_id)
    assert state(visit) == (True, "")


def test_cancelling_the_visit_deals_with_it_and_undoing_that_asks_again(ward: Ward, visit: Appointment) -> None:
    close_room(ward)
    actor = ward.cast.actor("coordinator")
    cancel_appointment(actor, appointment_id=visit.public_id, cancelled_by="unit", reason="Floor repaired")
    assert not state(visit)[0]
    undo_change(actor, appointment_id=visit.public_id)
    assert state(visit) == (True, "")


def test_a_visit_squeezed_in_outside_the_hours_is_stranded_by_a_closure_too(ward: Ward, clock: Traveller) -> None:
    """It has no list to lose, and stood untold in a closed room for it."""
    doctor, urgent = ward.cast.actor("doctor"), Urgent(dose_id(maintenance_patient(ward, due=DUE)))
    visit = squeeze_in(doctor, urgent=urgent, wanted=ward.wanted(DUE, "17:30"), reasons=Reasons("Breathless"))
    assert close_room(ward) == ["Room 1 is closed: Floor repaired"]
    closure = Closure.objects.get()
    replan = plan_closure(ward.cast.actor("coordinator"), closure_id=closure.public_id)
    assert [line.appointment_id for line in replan.lines.all()] == [visit.pk]
    reopen(ward.cast.actor("administrator"), closure=closure)
    assert state(visit) == (False, STANDS_AGAIN)


def stranded_after(ward: Ward, change: object) -> list[str]:
    """What the visits lose by a change of rows, made as the admin makes it."""
    actor = ward.cast.actor("administrator")
    with recorded_as(actor, act="admin_change"):
        before = note_hours([ward.unit], at=timezone.now())
        change()  # type: ignore[operator]
        return [one.why for one in settle_hours(actor, before=before, act="admin_change")]


def wednesdays(ward: Ward) -> Schedule:
    return Schedule.objects.get(room=ward.rooms[0], weekday=3)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda ward: wednesdays(ward).delete(), "Room 1 has no list then"),
        (
            lambda ward: Schedule.objects.filter(pk=wednesdays(ward).pk).update(valid_to=DUE - timedelta(days=1)),
            "Room 1 has no list then",
        ),
        (
            lambda ward: Schedule.objects.filter(pk=wednesdays(ward).pk).update(
                every_weeks=2, valid_from=date(2026, 11, 16)
            ),
            "Room 1 has no list then",
        ),
        (lambda ward: wednesdays(ward).operators.remove(ward.operators[0]), "Dr Malik does not operate in that list"),
        (
            lambda ward: wednesdays(ward).breaks.create(starts_at="10:30", ends_at="11:00"),
            "The list of Room 1 has a break then",
        ),
        (
            lambda ward: Schedule.objects.filter(pk=wednesdays(ward).pk).update(last_out_at="12:00", closes_at="12:00"),
            "The patient would leave after the last patient of Room 1 is out",
        ),
        (
            lambda ward: Resource.objects.filter(pk=ward.rooms[0].pk).update(is_active=False),
            "Room 1 is out of use",
        ),
        (
            lambda ward: Resource.objects.filter(pk=ward.operators[0].pk).update(is_active=False),
            "Dr Malik is out of use",
        ),
        (lambda ward: wednesdays(ward).operators.remove(ward.operators[1]), None),
        (lambda ward: Schedule.objects.filter(room=ward.rooms[1]).delete(), None),
    ],
)
def test_whatever_changes_the_hours_is_compared_alike(
    ward: Ward, visit: Appointment, change: object, why: str | None
) -> None:
    assert stranded_after(ward, lambda: change(ward)) == ([why] if why else [])  # type: ignore[operator]
    assert WorklistItem.objects.filter(key=item_key(visit)).exists() == (why is not None)


def test_keeping_bank_holidays_strands_the_visits_on_them(ward: Ward, clock: Traveller) -> None:
    boxing_day = date(2026, 12, 28)
    patient = maintenance_patient(ward, due=boxing_day)
    actor = ward.cast.actor("coordinator")
    book_appointment(actor, dose_id=dose_id(patient), wanted=ward.wanted(boxing_day, "09:00"))

    def keep_holidays() -> None:
        ward.unit.is_closed_on_bank_holidays = True
        ward.unit.save()

    assert stranded_after(ward, keep_holidays) == ["Room 1 has no list then"]


def test_comparing_costs_the_same_for_one_visit_and_for_many(ward: Ward, visit: Appointment) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from scheduling.selectors.standing import openings_of, stranded_by

    def queries() -> int:
        before = openings_of(ward.unit, at=timezone.now())
        with CaptureQueriesContext(connection) as captured:
            stranded_by(ward.unit, before, before, at=timezone.now())
        return len(captured)

    for_one = queries()
    for number in range(2, 5):
        patient = maintenance_patient(ward, number)
        wanted = ward.wanted(DUE, f"{8 + number}:00", room=1, operator=1)
        book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=wanted)
    assert (queries(), for_one) == (2, 2)
