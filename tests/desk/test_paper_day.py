"""A day that was worked on paper, entered on one page: row by row, each saved or refused by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from desk.forms.paper_day import Outcome, outcomes_of
from doseplans.models import Administration, DoseNotGiven, Protocol
from patients.models import WorklistItem
from scheduling.models import Appointment, VisitKind
from scheduling.services import book_appointment, book_visit, record_arrival
from scheduling.services.courses.not_given import withdraw_not_given
from tests.desk.conftest import words
from tests.triggers import without_trigger
from tests.ward import TODAY, Ward, dose_id, maintenance_patient

Staff = Callable[[str], Client]
URL = f"/today/{TODAY:%Y-%m-%d}/paper/"
HTMX: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}
TIMES = {"arrived_at": "09:05", "started_at": "10:20", "given_at": "10:40", "discharged_at": "12:10"}
GIVEN = {"outcome": "given", **TIMES, "operator": "Dr Malik", "lot_number": "A12", "dose_mg": "100"}


def book(ward: Ward, number: int = 1, clock: str = "09:00") -> Appointment:
    patient = maintenance_patient(ward, number, due=TODAY)
    room = (number - 1) % 2
    wanted = ward.wanted(TODAY, clock, room=room, operator=room)
    return book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=wanted)


@pytest.fixture
def visit(ward: Ward, clock: time_machine.Traveller) -> Appointment:
    """A visit of yesterday of which nothing is on record."""
    booked = book(ward)
    clock.move_to(ward.at(TODAY + timedelta(days=1), "08:00"))
    return booked


def row(visit: Appointment, **values: Any) -> dict[str, str]:
    """The row's fields as the page sends them."""
    return {f"{visit.public_id}-{name}": str(value) for name, value in {"version": visit.version, **values}.items()}


def sent(visit: Appointment, **values: Any) -> dict[str, str]:
    """The row with its own button."""
    return {"save": str(visit.public_id), "reason": "Network down", **row(visit, **values)}


def now(visit: Appointment) -> Appointment:
    return Appointment.objects.get(pk=visit.pk)


def record_of(visit: Appointment) -> Administration | None:
    return Administration.objects.filter(dose=visit.dose, is_entered_in_error=False).first()


def test_a_row_is_saved_with_its_true_times_and_shows_what_is_on_record(
    ward: Ward, visit: Appointment, staff: Staff
) -> None:
    nurse = staff("nurse")
    assert "1 visit, 1 to enter" in words(nurse.get(URL))
    answer = nurse.post(URL, sent(visit, **GIVEN), **HTMX)
    assert answer.status_code == 200
    said = words(answer)
    assert "Arrived 09:05, in the room 10:20, given 10:40, went home 12:10" in said
    assert "Lot A12, Dr Malik" in said
    assert "1 visit, all on record" in said
    seen = now(visit)
    assert (seen.status, seen.arrived_at, seen.discharged_at) == (
        "fulfilled",
        ward.at(TODAY, "09:05"),
        ward.at(TODAY, "12:10"),
    )
    record = record_of(visit)
    assert record is not None
    assert (record.source, record.note, record.given_at) == ("paper", "Network down", ward.at(TODAY, "10:40"))


def test_twice_does_nothing_twice(visit: Appointment, staff: Staff) -> None:
    nurse = staff("nurse")
    nurse.post(URL, sent(visit, **GIVEN), **HTMX)
    again = nurse.post(URL, sent(visit, **{**GIVEN, "lot_number": "B99"}), **HTMX)
    assert "This was on record already: nothing was saved twice." in words(again)
    assert "Lot A12" in words(again)
    assert Administration.objects.filter(dose=visit.dose).count() == 1
    assert visit.events.filter(kind="given").count() == 1


def test_a_refused_row_keeps_the_others_and_what_was_typed(ward: Ward, clock: Any, staff: Staff) -> None:
    first, second, third = book(ward, 1), book(ward, 2), book(ward, 3, "13:00")
    clock.move_to(ward.at(TODAY + timedelta(days=1), "08:00"))
    posted = {
        "reason": "Network down",
        **row(first, **GIVEN),
        **row(second, **{**GIVEN, "given_at": "10:10", "lot_number": "kept7"}),
        **row(third, outcome="given"),
    }
    answer = staff("nurse").post(URL, posted)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "The dose cannot be given before the procedure starts." in page
    assert 'value="kept7"' in page
    assert [now(one).status for one in (first, second, third)] == ["fulfilled", "booked", "booked"]
    assert "3 visits, 2 to enter" in words(answer)


def test_what_was_typed_in_other_rows_stays_when_one_is_saved_without_javascript(
    ward: Ward, clock: Any, staff: Staff
) -> None:
    first, second = book(ward, 1), book(ward, 2)
    clock.move_to(ward.at(TODAY + timedelta(days=1), "08:00"))
    posted = {**sent(first, **GIVEN), **row(second, outcome="not_given", arrived_at="09:31", note="Fever")}
    page = staff("nurse").post(URL, posted).content.decode()
    assert 'value="09:31"' in page
    assert 'value="Fever"' in page
    assert [now(one).status for one in (first, second)] == ["fulfilled", "booked"]


@pytest.mark.parametrize(
    ("values", "words_of_it"),
    [
        ({"arrived_at": ""}, "Write the time."),
        ({"started_at": "09:00"}, "The procedure cannot start before the patient arrives."),
        ({"discharged_at": "10:00"}, "The patient cannot go home before the dose is given."),
        ({"discharged_at": ""}, "Write the time."),
        ({"operator": ""}, "Write who gave it."),
        ({"version": "7"}, "was changed by Ada Coordinator since your page was loaded"),
    ],
)
def test_what_cannot_be_so_is_said_in_its_row(
    visit: Appointment, staff: Staff, values: dict[str, str], words_of_it: str
) -> None:
    answer = staff("nurse").post(URL, sent(visit, **{**GIVEN, **values}), **HTMX)
    assert answer.status_code in {409, 422}
    assert words_of_it in words(answer)
    assert "Not saved. What you wrote is still here." in words(answer)
    assert now(visit).status == "booked"


def test_why_it_is_entered_later_is_asked_once_for_the_day(visit: Appointment, staff: Staff) -> None:
    nurse = staff("nurse")
    refused = nurse.post(URL, {**sent(visit, **GIVEN), "reason": " "})
    assert refused.status_code == 422
    assert "Write at the top of the page why the day is entered later." in words(refused)
    nurse.post(URL, sent(visit, **GIVEN))
    assert record_of(visit) is not None


def test_not_given_is_of_its_day_and_can_be_taken_back(ward: Ward, visit: Appointment, staff: Staff) -> None:
    nurse, posted = staff("nurse"), {"outcome": "not_given", "arrived_at": "09:20", "note": "Fever"}
    refused = nurse.post(URL, sent(visit, **posted), **HTMX)
    assert "Choose why it was not given." in words(refused)
    done = nurse.post(URL, sent(visit, **posted, why="unwell"), **HTMX)
    assert "Patient unwell. Fever" in words(done)
    attempt = DoseNotGiven.objects.get()
    assert (attempt.at, attempt.reason) == (ward.at(TODAY, "09:20"), "unwell")
    assert (now(visit).status, now(visit).arrived_at) == ("cancelled", ward.at(TODAY, "09:20"))
    assert "Dose not given" in words(nurse.get(URL))  # still a row of its day
    assert visit.dose is not None
    withdraw_not_given(ward.cast.actor("nurse"), dose_id=visit.dose.public_id, reason="Another patient")
    assert now(visit).status == "entered-in-error"


def test_who_did_not_come_is_to_be_rung(visit: Appointment, staff: Staff) -> None:
    staff("nurse").post(URL, sent(visit, outcome="noshow", arrived_at="25:00"), **HTMX)
    assert now(visit).status == "noshow"
    assert WorklistItem.objects.get(key=f"noshow:{visit.public_id}").done_at is None


def test_a_visit_without_a_dose_took_place(ward: Ward, clock: time_machine.Traveller, staff: Staff) -> None:
    kind = VisitKind.objects.create(unit=ward.unit, name="Headache review", minutes_procedure=30)
    patient = maintenance_patient(ward)
    visit = book_visit(
        ward.cast.actor("coordinator"),
        patient_id=patient.public_id,
        visit_kind_id=kind.public_id,
        wanted=ward.wanted(TODAY),
    )
    clock.move_to(ward.at(TODAY + timedelta(days=1), "08:00"))
    nurse = staff("nurse")
    wrong = nurse.post(URL, sent(visit, outcome="done", **{**TIMES, "given_at": "10:00"}), **HTMX)
    assert "The visit cannot be done before the procedure starts." in words(wrong)
    nurse.post(URL, sent(visit, outcome="done", **TIMES), **HTMX)
    seen = now(visit)
    assert (seen.status, seen.recovery_started_at) == ("fulfilled", ward.at(TODAY, "10:40"))


def test_today_somebody_may_still_be_here_and_goes_home_in_a_row_of_its_own(
    ward: Ward, clock: time_machine.Traveller, staff: Staff
) -> None:
    visit = book(ward)
    clock.move_to(ward.at(TODAY, "11:00"))
    nurse = staff("nurse")
    answer = nurse.post(URL, sent(visit, **{**GIVEN, "discharged_at": ""}), **HTMX)
    assert "In recovery" in words(answer)
    assert "1 visit, 1 to enter" in words(answer)
    clock.move_to(ward.at(TODAY, "12:30"))
    nurse = staff("nurse")  # after so long nobody is signed in any more
    early = nurse.post(URL, sent(now(visit), outcome="home", discharged_at="10:30"), **HTMX)
    assert "The patient cannot go home before going to recovery." in words(early)
    late = nurse.post(URL, sent(now(visit), outcome="home", discharged_at="12:40"), **HTMX)
    assert "That time has not come yet." in words(late)
    nurse.post(URL, sent(now(visit), outcome="home", discharged_at="12:10"), **HTMX)
    assert now(visit).discharged_at == ward.at(TODAY, "12:10")
    assert not visit.allocations.filter(ends_at__gt=ward.at(TODAY, "12:10")).exists()


def test_what_was_recorded_before_the_screens_went_dark_is_known(
    ward: Ward, clock: time_machine.Traveller, staff: Staff
) -> None:
    visit = book(ward)
    clock.move_to(ward.at(TODAY, "09:02"))
    visit = record_arrival(ward.cast.actor("nurse"), appointment_id=visit.public_id)
    clock.move_to(ward.at(TODAY + timedelta(days=1), "08:00"))
    page = staff("nurse").get(URL)
    assert 'value="09:02"' in page.content.decode()
    assert outcomes_of(visit) == [Outcome.GIVEN, Outcome.NOT_GIVEN]


def test_a_second_person_is_asked_for_where_the_protocol_says_so(visit: Appointment, staff: Staff) -> None:
    with without_trigger("doseplans.Protocol:protocol_used_is_fixed"):
        Protocol.objects.update(needs_second_check=True)
    nurse = staff("nurse")
    refused = nurse.post(URL, sent(visit, **GIVEN), **HTMX)
    assert refused.status_code == 422
    assert record_of(visit) is None
    nurse.post(URL, sent(visit, **GIVEN, second_checker="Ada Doctor"), **HTMX)
    record = record_of(visit)
    assert record is not None
    assert record.second_checker_name == "Ada Doctor"


def test_a_day_to_come_and_an_empty_one_say_so(ward: Ward, clock: Any, staff: Staff) -> None:
    nurse = staff("nurse")
    assert "Nobody was booked on this day." in words(nurse.get(URL))
    coming = URL.replace(f"{TODAY:%Y-%m-%d}", f"{TODAY + timedelta(days=1):%Y-%m-%d}")
    assert "This day has not come yet." in words(nurse.get(coming))
    assert "This day has not come yet." in words(nurse.post(coming, {"reason": "x"}))


def test_a_visit_of_another_unit_is_no_row_and_cannot_be_saved(visit: Appointment, ward: Ward) -> None:
    from tests.cast import signed_in

    other = signed_in(ward.cast.other_nurse)
    answer = other.post(URL, sent(visit, **GIVEN))
    assert visit.patient.family_name not in words(answer)
    assert now(visit).status == "booked"


def test_the_page_costs_the_same_for_many(ward: Ward, clock: Any, staff: Staff) -> None:
    book(ward, 1)
    nurse = staff("nurse")
    nurse.get(URL)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            nurse.get(URL)
        return len(captured)

    one = cost()
    for number, at in ((2, "09:00"), (3, "11:00"), (4, "11:00"), (5, "13:00")):
        book(ward, number, at)
    assert cost() == one


def test_it_is_reached_from_the_day_and_from_the_downtime_page(visit: Appointment, staff: Staff) -> None:
    nurse, coordinator = staff("nurse"), staff("coordinator")
    day = f"/today/{TODAY:%Y-%m-%d}/"
    assert URL in nurse.get(day).content.decode()
    assert URL in nurse.get("/downtime/").content.decode()
    assert URL not in coordinator.get(day).content.decode()
