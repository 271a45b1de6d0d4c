"""Whether a patient will come: kept with the state of the visit that was answered, and gone with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone

from patients.models import Carer, WorklistItem
from scheduling.engine.answers import carer_key
from scheduling.errors import NotInThatState, StalePage
from scheduling.models import Appointment, AppointmentResponse, Closure
from scheduling.selectors.day_board import day_board
from scheduling.selectors.replans import visits_hit_by
from scheduling.services import book_appointment, cancel_appointment, move_appointment, undo_change
from scheduling.services.answers.responses import Answer, record_answer
from scheduling.services.planning.replan_question import ask_about
from tests.ward import TODAY, Ward, dose_id, maintenance_patient
from units.actors import Actor
from units.errors import InvalidInput, NotFound

pytestmark = pytest.mark.usefixtures("clock")
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def visit(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> Appointment:
    monkeypatch.setattr("scheduling.services.visits.cancelling._database_now", timezone.now)
    wanted = ward.wanted(TOMORROW)
    patient = maintenance_patient(ward)
    return book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=wanted)


def said(ward: Ward, visit: Appointment, status: str, channel: str = "phone", **more: Any) -> AppointmentResponse:
    version = more.pop("version", None)
    answer = Answer(status, channel, **more)
    return record_answer(ward.cast.actor("nurse"), appointment_id=visit.public_id, answer=answer, version=version)


def status_of(visit: Appointment) -> str:
    return Appointment.objects.get(pk=visit.pk).participant_status


def moved(ward: Ward, visit: Appointment, clock: str = "11:00", **where: int) -> Appointment:
    wanted = ward.wanted(TOMORROW, clock, **where)
    return move_appointment(ward.cast.actor("coordinator"), appointment_id=visit.public_id, wanted=wanted)


def items(kind: str = "declined") -> list[tuple[str, bool]]:
    rows = WorklistItem.objects.filter(kind=kind).order_by("pk")
    return [(row.title, row.done_at is None) for row in rows]


def carer_of(visit: Appointment) -> str:
    return carer_key(Carer.objects.create(patient=visit.patient, name="Noor Fairweather").pk)


def test_the_last_answer_counts_and_all_of_them_stay(ward: Ward, visit: Appointment) -> None:
    assert status_of(visit) == "needs-action"
    said(ward, visit, "tentative")
    response = said(ward, visit, "accepted", note="Wife drives")
    assert status_of(visit) == "accepted"
    assert (response.ical_sequence, response.arrives_at, response.recorded_by_name) == (
        0,
        visit.starts_at,
        "Ada Nurse",
    )
    assert [event.reason for event in visit.events.filter(kind="answered")] == [
        "Not sure yet, by telephone",
        "Will come, by telephone. Wife drives",
    ]
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        AppointmentResponse.objects.update(participant_status="declined")


def test_another_time_is_not_answered_yet_and_an_undo_brings_the_answer_back(ward: Ward, visit: Appointment) -> None:
    said(ward, visit, "accepted")
    moved(ward, visit, "09:00", room=1, operator=1)
    assert status_of(visit) == "accepted"  # another room moves nobody in time
    moved(ward, visit)
    assert status_of(visit) == "needs-action"
    undo_change(ward.cast.actor("coordinator"), appointment_id=visit.public_id)
    assert status_of(visit) == "accepted"


def test_an_answer_to_a_number_used_again_after_an_undo_is_none_to_the_new_time(ward: Ward, visit: Appointment) -> None:
    moved(ward, visit)
    said(ward, visit, "accepted")
    undo_change(ward.cast.actor("coordinator"), appointment_id=visit.public_id)
    again = moved(ward, visit, "13:00")
    assert (again.ical_sequence, status_of(visit)) == (1, "needs-action")


def test_an_answer_to_an_older_invite_is_kept_and_counts_for_nothing(ward: Ward, visit: Appointment) -> None:
    moved(ward, visit)
    response = said(ward, visit, "accepted", "email", ical_sequence=0)
    assert (response.arrives_at, status_of(visit)) == (ward.at(TOMORROW, "09:00"), "needs-action")
    assert visit.events.get(kind="answered").reason == "Will come, by e-mail (to a time that was changed since)"
    with pytest.raises(InvalidInput):
        said(ward, visit, "accepted", "email", ical_sequence=2)


def test_who_cannot_come_is_a_task_until_it_is_dealt_with(ward: Ward, visit: Appointment) -> None:
    said(ward, visit, "declined")
    said(ward, visit, "declined")
    assert items() == [("The patient cannot come", True)]
    said(ward, visit, "accepted")
    assert items() == [("The patient cannot come", False)]
    said(ward, visit, "declined")
    moved(ward, visit)
    assert [is_open for _, is_open in items()] == [False, False]
    undo_change(ward.cast.actor("coordinator"), appointment_id=visit.public_id)
    assert [is_open for _, is_open in items()] == [False, True]
    cancel_appointment(ward.cast.actor("nurse"), appointment_id=visit.public_id, cancelled_by="patient", reason="Ill")
    assert [is_open for _, is_open in items()] == [False, False]


def test_each_respondent_has_one_answer_and_a_no_outweighs_a_yes(ward: Ward, visit: Appointment) -> None:
    carer = carer_of(visit)
    said(ward, visit, "accepted")
    said(ward, visit, "declined", respondent=carer)
    read = Appointment.objects.get(pk=visit.pk)
    assert [(one.respondent, one.participant_status) for one in read.answers] == [
        ("patient", "accepted"),
        (carer, "declined"),
    ]
    assert (read.participant_status, read.answer.respondent if read.answer else None) == ("declined", carer)
    assert WorklistItem.objects.get(kind="declined").detail == (
        "Visit of Wed 25 Nov, 09:00. Patient: will come. Carer: cannot come. Move or cancel it."
    )
    said(ward, visit, "tentative", respondent=carer)
    assert (status_of(visit), items()) == ("accepted", [("The patient cannot come, a carer says", False)])


def test_task_says_who_cannot_come_and_what_they_added(ward: Ward, visit: Appointment) -> None:
    said(ward, visit, "declined", respondent=carer_of(visit), note="Any Tuesday")
    assert items() == [("The patient cannot come, a carer says", True)]
    assert WorklistItem.objects.get(kind="declined").detail == (
        "Visit of Wed 25 Nov, 09:00. Carer: cannot come. Move or cancel it. Any Tuesday"
    )
    said(ward, visit, "declined", note="x" * 300)
    assert items() == [("The patient cannot come", True)]
    assert WorklistItem.objects.get(kind="declined").detail.startswith(
        "Visit of Wed 25 Nov, 09:00. Move or cancel it. xxx"
    )


def test_who_is_not_sure_is_a_task_of_its_own(ward: Ward, visit: Appointment) -> None:
    said(ward, visit, "tentative")
    assert items("tentative") == [("The patient is not sure to come", True)]
    said(ward, visit, "declined")
    assert (items("tentative"), items()) == (
        [("The patient is not sure to come", False)],
        [("The patient cannot come", True)],
    )
    said(ward, visit, "needs-action")
    assert items() == [("The patient cannot come", False)]


def test_a_patient_answers_for_their_own_visit_only(ward: Ward, visit: Appointment) -> None:
    own = Actor.own("Patient", patient_id=visit.patient_id)
    response = record_answer(own, appointment_id=visit.public_id, answer=Answer("accepted", "page"))
    assert (response.recorded_by_name, response.recorded_by_id, status_of(visit)) == ("Patient", None, "accepted")
    stranger = Actor.own("Patient", patient_id=ward.cast.other_patient.pk)
    with pytest.raises(NotFound):
        record_answer(stranger, appointment_id=visit.public_id, answer=Answer("declined", "page"))
    with pytest.raises(NotFound):
        cancel_appointment(own, appointment_id=visit.public_id, cancelled_by="patient", reason="Ill")
    with pytest.raises(InvalidInput):
        said(ward, visit, "accepted", respondent=carer_key(ward.cast.carer.pk))  # somebody else's
    with pytest.raises(IntegrityError, match="response_respondent_known"), transaction.atomic():
        AppointmentResponse.objects.create(
            appointment=visit,
            respondent="carer:x",
            participant_status="accepted",
            channel="page",
            answered_at=timezone.now(),
            recorded_at=timezone.now(),
            ical_sequence=0,
            arrives_at=visit.starts_at,
        )


def test_what_is_refused(ward: Ward, visit: Appointment) -> None:
    with pytest.raises(InvalidInput):
        said(ward, visit, "perhaps")
    with pytest.raises(InvalidInput):
        said(ward, visit, "accepted", "pigeon")
    moved(ward, visit)
    with pytest.raises(StalePage):
        said(ward, visit, "accepted", version=1)
    cancel_appointment(ward.cast.actor("nurse"), appointment_id=visit.public_id, cancelled_by="patient", reason="Ill")
    with pytest.raises(NotInThatState):
        said(ward, visit, "accepted")


def test_the_day_board_has_the_answer_to_the_visit_as_it_stands(ward: Ward, visit: Appointment) -> None:
    actor = ward.cast.actor("nurse")

    def answered() -> list[str]:
        board = day_board(actor, unit=ward.unit, on=TOMORROW, at=timezone.now())
        return [one.participant_status for one in board.visits]

    assert answered() == ["needs-action"]
    said(ward, visit, "declined")
    assert answered() == ["declined"]
    moved(ward, visit)
    assert answered() == ["needs-action"]


def test_a_closure_moves_who_said_yes_for_the_next_two_days_last(
    ward: Ward, visit: Appointment, clock: time_machine.Traveller
) -> None:
    closure = Closure.objects.create(
        unit=ward.unit,
        resource=ward.rooms[0],
        starts_at=ward.at(TOMORROW, "00:00"),
        ends_at=ward.at(TOMORROW, "23:55"),
        reason="Ventilation",
    )

    def is_confirmed() -> list[bool]:
        at = timezone.now()
        visits = visits_hit_by(closure, ward.unit, at=at)
        return [
            one.is_confirmed
            for one in ask_about(ward.cast.actor("nurse"), unit=ward.unit, visits=visits, at=at).stranded
        ]

    assert is_confirmed() == [False]
    said(ward, visit, "accepted")
    assert is_confirmed() == [True]
    clock.shift(-timedelta(days=2))
    assert is_confirmed() == [False]  # there is time yet
