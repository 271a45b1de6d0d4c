"""A freed slot goes only to whose visit truly fits it: skills, help, imaging, nurses, hours, neighbours, lengths."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doseplans.models import DosePlan, Protocol
from doseplans.services.protocols import make_new_version
from patients.models import NeedAllowance, Patient
from scheduling.errors import CannotOffer
from scheduling.models import Closure, NurseShift, OnlyOperator, Resource
from tests.scheduling.test_skills import guided_by, limit, needs, skill
from tests.scheduling.waiting import book, freed, look, offer_to, waiter
from tests.ward import TODAY, Ward, maintenance_patient, next_dose

pytestmark = pytest.mark.usefixtures("clock")

FREE_ON, BOOKED_ON = TODAY + timedelta(days=3), TODAY + timedelta(days=6)
DUE = TODAY + timedelta(days=4)


def room_without_fluoroscopy(ward: Ward, patient: Patient) -> None:
    skill(ward, "fluoroscopy", ward.rooms[1], asked_of="room", access_route="fluoroscopy")
    guided_by(patient, "fluoroscopy")


def operator_without_the_spine(ward: Ward, patient: Patient) -> None:
    skill(ward, "difficult spine", ward.operators[1], asked_of="operator", need="difficult_spine")
    needs(patient, "difficult_spine")


def only_somebody_else(ward: Ward, patient: Patient) -> None:
    OnlyOperator.objects.create(plan=next_dose(patient).plan, operator=ward.operators[1])


def nobody_to_assist(ward: Ward, patient: Patient) -> None:
    NeedAllowance.objects.create(unit=ward.unit, code="hoist", needs_assistant=True)
    needs(patient, "hoist")
    shut(ward, ward.operators[1])


def no_device(ward: Ward, patient: Patient) -> None:
    arm = Resource.objects.create(unit=ward.unit, kind="imaging", name="C-arm")
    skill(ward, "fluoroscopy", arm, asked_of="imaging", access_route="fluoroscopy")
    guided_by(patient, "fluoroscopy")
    shut(ward, arm)


def no_place_with_a_hoist(ward: Ward, patient: Patient) -> None:
    skill(ward, "hoist", ward.places[0], asked_of="place", need="hoist")
    needs(patient, "hoist")
    shut(ward, ward.places[0])


def no_nurse(ward: Ward, patient: Patient) -> None:
    NurseShift.objects.create(
        unit=ward.unit,
        weekday=FREE_ON.isoweekday(),
        starts_at=time(8),
        ends_at=time(11),
        nurses=1,
        patients_each=4,
    )


def later_hours(ward: Ward, patient: Patient) -> None:
    limit(starts_from=time(11))


def kept_apart(ward: Ward, patient: Patient) -> None:
    Resource.objects.filter(pk__in=[room.pk for room in ward.rooms]).update(area="East")
    bolus = make_new_version(ward.cast.actor("administrator"), protocol=Protocol.objects.get(code="tofersen"))
    Protocol.objects.filter(pk=bolus.pk).update(code="bolus", kept_apart_as="intravenous-chemotherapy")
    limit(kept_apart_as="intrathecal-chemotherapy")
    other = maintenance_patient(ward, 40, due=DUE)
    DosePlan.objects.filter(patient=other).update(protocol=bolus)
    book(ward, other, FREE_ON, "09:15", room=1, operator=1)


def shut(ward: Ward, resource: Resource) -> None:
    day = {"starts_at": ward.at(FREE_ON, "00:00"), "ends_at": ward.at(FREE_ON, "23:55")}
    Closure.objects.create(unit=ward.unit, resource=resource, reason="Away", **day)


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        (room_without_fluoroscopy, "Room 1 has no fluoroscopy; this patient's needle is guided by it"),
        (operator_without_the_spine, "Dr Malik does no difficult spine; this patient needs it (difficult spine)"),
        (only_somebody_else, "The plan asks for Dr Osei and nobody else to operate"),
        (nobody_to_assist, "Nobody of that list is free at that time to assist"),
        (no_device, "The room has no such imaging, and no device is free at that time"),
        (no_place_with_a_hoist, "No recovery place is free for long enough after the procedure"),
        (no_nurse, "The nurses in recovery have as many patients as they may at that time"),
        (later_hours, "Procedures of this protocol do not begin at that time"),
        (kept_apart, "A procedure that this one is kept apart from runs in the same area at that time"),
    ],
)
def test_who_does_not_fit_is_left_out_in_words_and_is_offered_nothing(
    ward: Ward, lacking: Callable[[Ward, Patient], None], words: str
) -> None:
    patient = waiter(ward, 1, due=DUE, booked=BOOKED_ON)
    freed(ward, FREE_ON)
    [backfill] = look(ward)
    assert [one.dose.plan.patient for one in backfill.allowed] == [patient]  # nothing is asked for yet
    lacking(ward, patient)
    [backfill] = look(ward)
    assert (backfill.allowed, [one.against for one in backfill.left_out]) == ((), [words])
    with pytest.raises(CannotOffer):
        offer_to(ward, [patient])


def test_a_need_that_makes_the_visit_longer_counts(ward: Ward) -> None:
    patient = waiter(ward, 1, due=DUE, booked=BOOKED_ON, leave_by=time(12, 30))
    freed(ward, FREE_ON)
    assert look(ward)[0].allowed
    NeedAllowance.objects.create(unit=ward.unit, code="hoist", minutes_after=30)
    needs(patient, "hoist")
    assert [one.against for one in look(ward)[0].left_out] == ["Must leave by 12:30, and would leave at 12:45"]


def test_the_offer_keeps_the_help_that_only_the_second_asks_for(ward: Ward) -> None:
    NeedAllowance.objects.create(unit=ward.unit, code="hoist", needs_assistant=True)
    first, second = (waiter(ward, n, due=DUE, booked=BOOKED_ON, clock=at) for n, at in ((1, "08:00"), (2, "13:00")))
    needs(second, "hoist")
    freed(ward, FREE_ON)
    offer = offer_to(ward, [first, second])
    kept = {row.resource.name: row.phase for row in offer.reservation.allocations.select_related("resource")}
    assert kept["Dr Osei"] == "assistance"


def test_what_the_visits_ask_for_costs_no_query_more(ward: Ward) -> None:
    skill(ward, "hoist", *ward.places, asked_of="place", need="hoist")
    skill(ward, "fluoroscopy", *ward.rooms, asked_of="room", access_route="fluoroscopy")
    waiting = [waiter(ward, 1, due=DUE, booked=BOOKED_ON, clock="08:00")]
    freed(ward, FREE_ON)
    look(ward)
    with CaptureQueriesContext(connection) as one:
        look(ward)
    waiting += [waiter(ward, n, due=DUE, booked=BOOKED_ON, clock=at) for n, at in ((2, "10:30"), (3, "13:00"))]
    for patient in waiting:
        needs(guided_by(patient, "fluoroscopy"), "hoist")
    with CaptureQueriesContext(connection) as many:
        [found] = look(ward)
    assert len(found.allowed) == 3
    assert len(many) == len(one)
