"""Visits whose day is over and that nobody wrote down: they are asked about until they are on record."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from doseplans.models import DosePlan, Protocol
from doseplans.services import GivenRecord
from doseplans.services.switching import Beginning
from patients.errors import ItemAsksQuestions
from patients.models import WorklistItem
from patients.services import finish_item
from scheduling.errors import NotInThatState
from scheduling.models import Appointment, MoveProposal
from scheduling.services import book_appointment, cancel_appointment, record_noshow
from scheduling.services.courses.doses import correct_administration
from scheduling.services.courses.holding import end_plan_and_visits
from scheduling.services.courses.switching import switch_protocol
from scheduling.services.day.paper import PaperTimes, record_from_paper
from scheduling.services.day.steps import record_arrival
from scheduling.services.day.unwritten import watch_outcomes
from tests.ward import TODAY, Ward, dose_id, maintenance_patient

VISIT_ON = TODAY + timedelta(days=1)
NOTHING = "Visit of Wed 25 Nov, 09:00. It stands as booked: nobody has written down how it ended."


@pytest.fixture
def visit(ward: Ward, clock: time_machine.Traveller) -> Appointment:
    patient = maintenance_patient(ward)
    return book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(VISIT_ON))


def open_now(ward: Ward) -> list[str]:
    watch_outcomes(ward.unit, at=timezone.now())
    return list(WorklistItem.objects.filter(kind="unwritten", done_at__isnull=True).values_list("detail", flat=True))


def go_to(ward: Ward, clock: time_machine.Traveller, day: date, at: str) -> datetime:
    moment = ward.at(day, at)
    clock.move_to(moment)
    return moment


def given_from_paper(ward: Ward, visit: Appointment) -> None:
    assert visit.dose is not None
    times = PaperTimes(ward.at(VISIT_ON, "09:00"), ward.at(VISIT_ON, "10:00"), ward.at(VISIT_ON, "12:30"))
    record = GivenRecord(given_at=ward.at(VISIT_ON, "10:20"))
    record_from_paper(ward.cast.actor("nurse"), dose_id=visit.dose.public_id, record=record, times=times)


def test_it_is_asked_from_the_next_day_of_the_unit_on_and_only_once(
    ward: Ward, visit: Appointment, clock: time_machine.Traveller
) -> None:
    assert open_now(ward) == []
    go_to(ward, clock, VISIT_ON, "23:59")
    assert open_now(ward) == []
    go_to(ward, clock, VISIT_ON + timedelta(days=1), "00:00")
    assert open_now(ward) == [NOTHING]
    go_to(ward, clock, VISIT_ON + timedelta(days=3), "08:00")
    assert open_now(ward) == [NOTHING]


def test_a_patient_who_came_and_was_left_so_is_asked_about_too(
    ward: Ward, visit: Appointment, clock: time_machine.Traveller
) -> None:
    go_to(ward, clock, VISIT_ON, "09:02")
    record_arrival(ward.cast.actor("nurse"), appointment_id=visit.public_id)
    go_to(ward, clock, VISIT_ON + timedelta(days=1), "08:00")
    assert open_now(ward) == ["Visit of Wed 25 Nov, 09:00. The patient came, but nobody has written down how it ended."]


@pytest.mark.parametrize("outcome", ["given", "did not come", "cancelled"])
def test_its_record_closes_it_at_once(
    ward: Ward, visit: Appointment, clock: time_machine.Traveller, outcome: str
) -> None:
    go_to(ward, clock, VISIT_ON + timedelta(days=1), "08:00")
    assert open_now(ward) == [NOTHING]
    if outcome == "given":
        given_from_paper(ward, visit)
    elif outcome == "did not come":
        record_noshow(ward.cast.actor("nurse"), appointment_id=visit.public_id)
    else:
        cancel_appointment(ward.cast.actor("coordinator"), appointment_id=visit.public_id, cancelled_by="unit")
    assert not WorklistItem.objects.filter(kind="unwritten", done_at__isnull=True).exists()
    assert open_now(ward) == []


def test_nobody_ticks_it_off(ward: Ward, visit: Appointment, clock: time_machine.Traveller) -> None:
    go_to(ward, clock, VISIT_ON + timedelta(days=1), "08:00")
    assert open_now(ward) == [NOTHING]
    item = WorklistItem.objects.get(kind="unwritten")
    with pytest.raises(ItemAsksQuestions, match="Write down what became of the visit"):
        finish_item(ward.cast.actor("nurse"), item_id=item.public_id, outcome="Done")


def test_after_the_plans_end_it_can_still_be_written_down(
    ward: Ward, visit: Appointment, clock: time_machine.Traveller
) -> None:
    go_to(ward, clock, VISIT_ON + timedelta(days=1), "08:00")
    assert visit.dose is not None
    end_plan_and_visits(
        ward.cast.actor("doctor"), plan_id=visit.dose.plan.public_id, reason="stopped", on=VISIT_ON + timedelta(days=1)
    )
    assert open_now(ward) == [NOTHING]
    given_from_paper(ward, visit)
    assert open_now(ward) == []


def test_nobody_is_asked_to_move_it(ward: Ward, visit: Appointment, clock: time_machine.Traveller) -> None:
    """The dose before it turns out to have been given ten days later, which would have left it too early."""
    go_to(ward, clock, VISIT_ON + timedelta(days=1), "08:00")
    assert visit.dose is not None
    before = visit.dose.plan.doses.get(sequence=4)
    was = before.administrations.get()
    correct_administration(
        ward.cast.actor("nurse"),
        dose_id=before.public_id,
        record=GivenRecord(given_at=was.given_at + timedelta(days=10)),
        reason="Wrong day",
    )
    visit.dose.refresh_from_db()
    assert visit.dose.earliest_on > VISIT_ON
    assert not MoveProposal.objects.exists()


def test_no_new_plan_is_begun_while_the_last_visit_is_not_written_down(
    ward: Ward, visit: Appointment, clock: time_machine.Traveller
) -> None:
    go_to(ward, clock, VISIT_ON + timedelta(days=1), "08:00")
    other = Protocol.objects.get(code="nusinersen-eu")
    Protocol.objects.filter(pk=other.pk).update(status=Protocol.Status.ACTIVE)
    assert visit.dose is not None
    plan: DosePlan = visit.dose.plan

    def switch() -> None:
        switch_protocol(
            ward.cast.actor("doctor"),
            plan_id=plan.public_id,
            protocol_id=other.public_id,
            reason="Better tolerated",
            beginning=Beginning(VISIT_ON + timedelta(days=28), 1),
        )

    with pytest.raises(NotInThatState) as refused:
        switch()
    assert refused.value.sentence == (
        "Nobody has written down what became of the visit on Wed 25 Nov. Record that first."
    )
    given_from_paper(ward, visit)
    switch()
    plan.refresh_from_db()
    assert plan.ended_on == VISIT_ON + timedelta(days=1)
