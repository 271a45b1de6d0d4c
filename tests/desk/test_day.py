"""The day board and what is done on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from doseplans.models import Administration, PlanHold
from patients.models import Flag, WorklistItem
from scheduling.models import Appointment, Closure, Schedule
from tests.desk.conftest import PANEL, words
from tests.triggers import without_trigger
from tests.ward import TODAY, maintenance_patient

if TYPE_CHECKING:
    import time_machine

    from tests.ward import Ward

Staff = Callable[[str], Client]
LIVE = f"/today/{TODAY}/live/"
GIVEN = {
    "lot_number": "TF6A1182",
    "lot_expires_on": "2028-03-31",
    "given_at": "11:35",
    "dose_mg": "100",
    "volume_ml": "15",
    "csf_removed_ml": "10",
    "operator": "Dr Malik",
}


def url(name: str, visit: Appointment) -> str:
    return reverse(f"desk:{name}", args=[visit.public_id])


def panel_url(visit: Appointment) -> str:
    return f"/today/{TODAY}/visits/{visit.public_id}/"


def states(response: Any) -> list[str]:
    """The steps of the panel in order."""
    return [step.state for step in response.context["panel"].steps]


@pytest.fixture
def arrived(ward: Ward, visit: Appointment, clock: time_machine.Traveller, staff: Staff) -> Appointment:
    """The patient came at 10:02."""
    clock.move_to(ward.at(TODAY, "10:02"))
    staff("nurse").post(url("arrive", visit), {"version": 1, "back": "day"})
    visit.refresh_from_db()
    assert visit.status == "arrived"
    return visit


@pytest.fixture
def in_room(ward: Ward, arrived: Appointment, clock: time_machine.Traveller, staff: Staff) -> Appointment:
    """And was in the room at 11:00; now it is 11:40."""
    clock.move_to(ward.at(TODAY, "11:00"))
    staff("nurse").post(url("start", arrived), {"version": 2, "back": "day"})
    clock.move_to(ward.at(TODAY, "11:40"))
    arrived.refresh_from_db()
    return arrived


# --- the board -------------------------------------------------------------------------------------------------------
def test_the_board_shows_lanes_cards_and_counts(visit: Appointment, staff: Staff) -> None:
    page = staff("nurse").get("/today/").context["page"]
    assert [lane.name for lane in page.rooms] == ["Room 1", "Room 2"]
    assert [lane.name for lane in page.recovery] == ["Recovery 1", "Recovery 2", "Recovery 3"]
    card = page.rooms[0].visits[0]
    assert (card.name, card.state, card.badge.text) == ("Patient001, Ines", "due", "Room at 11:00")
    assert [(count.number, str(count.label)) for count in page.counts][:2] == [(1, "Booked"), (1, "To come")]
    assert page.recovery[0].bars[0].text == "from 11:45"


def test_what_is_needed_stands_in_a_line_of_its_own_beside_the_answer(visit: Appointment, staff: Staff) -> None:
    Flag.objects.create(patient=visit.patient, kind="need", code="print", text="Large print")
    said = {"answer": "accepted", "channel": "phone", "note": "", "version": "1"}
    staff("coordinator").post(reverse("desk:answer", args=[visit.public_id]), said)
    page = staff("nurse").get("/today/").content.decode()
    assert "<span>Will come</span>" in page
    assert "<span>Large print</span>" in page


def test_a_day_without_anybody_says_so(ward: Ward, clock: Any, staff: Staff) -> None:
    page = words(staff("coordinator").get("/today/2026-12-24/"))
    assert "Nobody is booked on this day." in page
    assert "See the doses to book" in page


def test_lateness_and_holds_stand_out(
    ward: Ward, visit: Appointment, clock: time_machine.Traveller, staff: Staff
) -> None:
    clock.move_to(ward.at(TODAY, "11:12"))
    card = staff("nurse").get("/today/").context["page"].rooms[0].visits[0]
    assert (card.state, card.badge.text) == ("late", "Late 1 h 12 min")
    PlanHold.objects.create(plan=visit.dose.plan, reason="CSF white cells", placed_on=TODAY, placed_by_name="Dr Malik")
    card = staff("nurse").get("/today/").context["page"].rooms[0].visits[0]
    assert (card.state, card.badge.text, card.note.text) == ("hold", "On hold", "Keep or release the visit")


def test_closures_and_the_end_of_the_day_are_drawn(ward: Ward, visit: Appointment, staff: Staff) -> None:
    Closure.objects.create(
        unit=ward.unit,
        resource=ward.rooms[1],
        starts_at=ward.at(TODAY, "13:00"),
        ends_at=ward.at(TODAY, "14:00"),
        reason="Imaging closed",
    )
    Schedule.objects.get(room=ward.rooms[1], weekday=2).breaks.create(starts_at="12:00", ends_at="12:30")
    page = staff("nurse").get("/today/").context["page"]
    marks = [(mark.text, mark.span) for mark in page.rooms[1].closures]
    assert marks == [("Imaging closed", 12), ("Break", 6)]


def test_a_missed_visit_stays_on_the_board(
    ward: Ward, visit: Appointment, clock: time_machine.Traveller, staff: Staff
) -> None:
    clock.move_to(ward.at(TODAY, "11:12"))
    staff("nurse").post(url("noshow", visit), {"version": 1, "back": "day"})
    page = staff("nurse").get("/today/").context["page"]
    assert [card.badge.text for card in page.rooms[-1].visits] == ["Did not attend"]
    assert (page.counts[-1].number, str(page.counts[-1].label)) == (1, "Did not attend")


def test_another_units_day_is_empty(visit: Appointment, staff: Staff) -> None:
    assert "Nobody is booked on this day." in words(staff("other_nurse").get("/today/"))
    assert staff("other_nurse").get(panel_url(visit)).status_code == 404


@pytest.mark.parametrize("path", ["/today/2026-13-01/", "/today/1999-01-01/", "/today/tomorrow/"])
def test_a_day_that_is_none(path: str, ward: Ward, staff: Staff) -> None:
    assert staff("nurse").get(path).status_code == 404


# --- live ------------------------------------------------------------------------------------------------------------
def test_nothing_new_costs_one_query_and_no_page(visit: Appointment, staff: Staff) -> None:
    nurse = staff("nurse")
    first = nurse.get(LIVE, HTTP_X_BACKGROUND="1")
    assert first.status_code == 200
    assert first.headers["X-Clinic-At"] == "08:00:00"
    assert b"<html" not in first.content
    again = {"HTTP_X_BACKGROUND": "1", "HTTP_IF_NONE_MATCH": first.headers["ETag"]}
    with CaptureQueriesContext(connection) as captured:
        second = nurse.get(LIVE, **again)
    assert (second.status_code, second.content) == (304, b"")
    about_the_day = [query for query in captured if "scheduling_appointment" in query["sql"]]
    assert len(about_the_day) == 1
    assert len(captured) <= 5  # besides: session, person, roles, unit


def test_a_change_and_a_minute_are_news(visit: Appointment, clock: time_machine.Traveller, staff: Staff) -> None:
    nurse = staff("nurse")
    etag = nurse.get(LIVE).headers["ETag"]
    clock.shift(timedelta(minutes=1))
    later = nurse.get(LIVE, HTTP_IF_NONE_MATCH=etag)
    assert later.status_code == 200
    nurse.post(url("arrive", visit), {"version": 1, "back": "day"})
    assert nurse.get(LIVE, HTTP_IF_NONE_MATCH=later.headers["ETag"]).status_code == 200


# --- the panel -------------------------------------------------------------------------------------------------------
def test_the_panel_opens_beside_the_board_and_alone(visit: Appointment, staff: Staff) -> None:
    nurse = staff("nurse")
    whole, part = nurse.get(panel_url(visit)), nurse.get(panel_url(visit), **PANEL)
    assert whole.context["page"].rooms[0].visits[0].is_selected
    assert b"<html" not in part.content
    assert states(part) == ["current", "future", "future", "future", "future"]


def test_a_visit_moved_meanwhile_opens_on_its_new_day(visit: Appointment, staff: Staff) -> None:
    response = staff("nurse").get(f"/today/2026-11-25/visits/{visit.public_id}/")
    assert (response.status_code, response.headers["Location"]) == (302, panel_url(visit))


def test_arriving_renews_the_panel_and_the_board(visit: Appointment, staff: Staff) -> None:
    response = staff("nurse").post(url("arrive", visit), {"version": 1, "back": "day"}, **PANEL)
    assert response.headers["HX-Trigger"] == "clinic:changed"
    assert states(response) == ["done", "current", "future", "future", "future"]
    assert "Arrived: Patient001, Ines." in words(response)
    assert b'id="toasts" hx-swap-oob="beforeend"' in response.content


@pytest.mark.parametrize(("back", "location"), [("day", "panel"), ("visit", "visit"), ("", "panel")])
def test_without_javascript_one_comes_back_to_where_one_was(
    back: str, location: str, visit: Appointment, staff: Staff
) -> None:
    response = staff("nurse").post(url("arrive", visit), {"version": 1, "back": back})
    expected = url("visit", visit) if location == "visit" else panel_url(visit)
    assert (response.status_code, response.headers["Location"]) == (302, expected)


def test_a_second_click_is_told_the_state_in_words(visit: Appointment, staff: Staff) -> None:
    nurse = staff("nurse")
    nurse.post(url("arrive", visit), {"back": "day"}, **PANEL)
    response = nurse.post(url("arrive", visit), {"back": "day"}, **PANEL)
    assert response.status_code == 409
    assert "This visit is arrived, so it cannot be marked as arrived." in words(response)


def test_a_stale_page_says_what_changed_and_by_whom(visit: Appointment, staff: Staff) -> None:
    staff("doctor").post(url("arrive", visit), {"version": 1, "back": "day"})
    response = staff("nurse").post(url("noshow", visit), {"version": 1, "back": "day"})
    page = words(response)
    assert response.status_code == 409
    assert "This visit was changed by Ada Doctor since your page was loaded." in page
    assert "08:00: Ada Doctor marked the patient as arrived." in page
    assert states(response) == ["done", "current", "future", "future", "future"]


def test_a_wrong_arrival_is_put_right(arrived: Appointment, staff: Staff) -> None:
    staff("nurse").post(url("put_back", arrived), {"version": 2, "back": "day"})
    arrived.refresh_from_db()
    assert (arrived.status, arrived.arrived_at) == ("booked", None)


def test_a_role_sees_only_its_own_buttons(visit: Appointment, arrived: Appointment, staff: Staff) -> None:
    assert "In the room" in words(staff("nurse").get(panel_url(visit)))
    assert "In the room" not in words(staff("coordinator").get(panel_url(visit)))
    response = staff("coordinator").post(url("start", visit), {"version": 2, "back": "day"})
    assert response.status_code == 403
    assert "Only a nurse or a doctor records a dose given." in words(response)


@pytest.mark.parametrize("name", ["arrive", "put_back", "start", "given", "noshow", "discharge"])
def test_opening_the_address_of_an_act_opens_the_visit(name: str, visit: Appointment, staff: Staff) -> None:
    response = staff("nurse").get(url(name, visit))
    assert (response.status_code, response.headers["Location"]) == (302, url("visit", visit))


# --- given -----------------------------------------------------------------------------------------------------------
def test_the_form_is_prefilled(in_room: Appointment, staff: Staff) -> None:
    form = staff("nurse").get(panel_url(in_room)).context["given_form"]
    assert form.initial["given_at"].isoformat() == "11:40:00"
    assert [form.initial[name] for name in ("dose_mg", "volume_ml", "csf_removed_ml")] == ["100", "15", "10"]
    assert (form.initial["operator"], form.initial["version"]) == ("Dr Malik", 3)
    assert "reason" not in form.fields


def test_giving_counts_on_from_the_day(in_room: Appointment, staff: Staff) -> None:
    response = staff("nurse").post(url("given", in_room), {**GIVEN, "version": 3, "back": "day"}, follow=True)
    assert "Given: Patient001, Ines, Maintenance 2. Next dose Tue 22 Dec." in words(response)
    record = Administration.objects.get(dose=in_room.dose)
    assert (record.lot, record.dose_amount, record.operator_name) == ("TF6A1182", Decimal(100), "Dr Malik")
    assert record.given_at.isoformat() == "2026-11-24T11:35:00+00:00"
    assert states(response) == ["done", "done", "done", "current", "future"]


def test_what_is_missing_is_said_in_words_and_nothing_typed_is_lost(in_room: Appointment, staff: Staff) -> None:
    typed = {**GIVEN, "lot_number": "", "volume_ml": "much", "version": 3, "back": "day"}
    response = staff("nurse").post(url("given", in_room), typed)
    page = words(response)
    assert response.status_code == 422
    assert "Nothing was saved. Please look at this again:" in page
    assert "Vial lot: Write the lot from the vial." in page
    assert "Volume: Write a number, such as 15 or 0.5." in page
    assert 'value="much"' in response.content.decode()
    assert not Administration.objects.filter(dose=in_room.dose).exists()


def test_a_time_to_come_is_refused_beside_its_field(in_room: Appointment, staff: Staff) -> None:
    response = staff("nurse").post(url("given", in_room), {**GIVEN, "given_at": "18:00", "version": 3, "back": "day"})
    assert response.status_code == 422
    assert response.context["given_form"].errors["given_at"] == ["The time given lies in the future."]


def test_another_dose_than_the_protocols_wants_a_reason(in_room: Appointment, staff: Staff) -> None:
    nurse = staff("nurse")
    typed = {**GIVEN, "dose_mg": "80", "version": 3, "back": "day"}
    response = nurse.post(url("given", in_room), typed)
    assert response.context["given_form"].errors == {"reason": ["Say in a few words why."]}
    nurse.post(url("given", in_room), {**typed, "reason": "Vial broke"})
    assert Administration.objects.get(dose=in_room.dose).note == "Vial broke"


def test_the_two_person_check_is_asked_where_the_protocol_does(in_room: Appointment, staff: Staff) -> None:
    from doseplans.models import Protocol

    with without_trigger("doseplans.Protocol:protocol_used_is_fixed"):
        Protocol.objects.update(needs_second_check=True)
    nurse = staff("nurse")
    form = nurse.get(panel_url(in_room)).context["given_form"]
    names = [name for _value, name in form.fields["second_checker"].choices]
    assert names == ["Choose…", "Ada Doctor", "Ada Nurse"]
    posted = {**GIVEN, "version": 3, "back": "day"}
    assert nurse.post(url("given", in_room), posted).status_code == 422
    same = nurse.post(url("given", in_room), {**posted, "operator": "Ada Doctor", "second_checker": "Ada Doctor"})
    assert same.context["given_form"].errors["second_checker"] == [
        "The second check is another person's than the operator's."
    ]
    nurse.post(url("given", in_room), {**posted, "second_checker": "Ada Doctor"})
    assert Administration.objects.get(dose=in_room.dose).second_checker_name == "Ada Doctor"


def test_a_stale_form_keeps_what_was_typed(in_room: Appointment, staff: Staff) -> None:
    staff("doctor").post(url("put_back", in_room), {"version": 3, "back": "day"})
    staff("doctor").post(url("arrive", in_room), {"back": "day"})
    staff("doctor").post(url("start", in_room), {"back": "day"})
    nurse = staff("nurse")
    response = nurse.post(url("given", in_room), {**GIVEN, "version": 3, "back": "day"})
    form = response.context["given_form"]
    assert response.status_code == 409
    assert "Ada Doctor took the patient into the room" in words(response)
    assert (form["lot_number"].value(), form["version"].value()) == ("TF6A1182", "6")
    sent_again = {name: form[name].value() or "" for name in form.fields}
    nurse.post(url("given", in_room), sent_again)
    in_room.refresh_from_db()
    assert in_room.status == "fulfilled"


def test_giving_twice_says_what_happened(in_room: Appointment, staff: Staff) -> None:
    nurse = staff("nurse")
    nurse.post(url("given", in_room), {**GIVEN, "version": 3, "back": "day"})
    response = nurse.post(url("given", in_room), {**GIVEN, "version": 4, "back": "day"})
    assert response.status_code == 409
    assert "This visit is given, so it cannot be recorded as given." in words(response)
    assert Administration.objects.filter(dose=in_room.dose).count() == 1


def test_a_visit_that_no_longer_fits_is_told(
    ward: Ward, in_room: Appointment, clock: time_machine.Traveller, staff: Staff
) -> None:
    from scheduling.services import book_appointment

    following = in_room.dose.plan.doses.get(sequence=in_room.dose.sequence + 1)
    book_appointment(
        ward.cast.actor("doctor"),
        dose_id=following.public_id,
        wanted=ward.wanted(TODAY + timedelta(days=45), "10:00"),
        override_reason="Abroad until then",
    )
    # Until today the dates on record were counted from another day.
    around = {"earliest_on": TODAY + timedelta(days=43), "latest_on": TODAY + timedelta(days=50)}
    following.plan.doses.filter(pk=following.pk).update(**around, target_on=TODAY + timedelta(days=45))
    response = staff("nurse").post(url("given", in_room), {**GIVEN, "version": 3, "back": "day"}, follow=True)
    assert "A booked visit no longer fits its window: it is on the worklist." in words(response)
    assert WorklistItem.objects.filter(kind="move", done_at=None).count() == 1


def test_recovery_counts_down_until_discharge(
    ward: Ward, in_room: Appointment, clock: time_machine.Traveller, staff: Staff
) -> None:
    Flag.objects.create(patient=in_room.patient, kind="alert", code="allergy", text="Penicillin allergy")
    staff("nurse").post(url("given", in_room), {**GIVEN, "version": 3, "back": "day"})
    clock.move_to(ward.at(TODAY, "12:00"))
    response = staff("nurse").get("/today/")
    page = response.context["page"]
    # In the room's lane, in the recovery place and in the list for a phone.
    assert words(response).count("Penicillin allergy") == 3
    assert page.rooms[0].visits[0].note.text == "1 h 10 min left"
    assert (page.recovery[0].bars[0].state, page.recovery[0].bars[0].done_percent) == ("recovery", 22)
    assert page.recovery[0].bars[0].alert == "Penicillin allergy"
    clock.move_to(ward.at(TODAY, "13:17"))
    page = staff("nurse").get("/today/").context["page"]
    assert page.rooms[0].visits[0].note.text == "Can go home"
    assert (page.recovery[0].bars[0].state, page.recovery[0].bars[0].text) == ("over", "7 min over")
    assert [str(section.title) for section in page.agenda] == ["Needs you now"]
    response = staff("nurse").post(url("discharge", in_room), {"version": 4, "back": "day"}, **PANEL)
    assert states(response) == ["done"] * 5


def test_noshow_opens_a_call(ward: Ward, visit: Appointment, clock: time_machine.Traveller, staff: Staff) -> None:
    clock.move_to(ward.at(TODAY, "10:30"))
    assert "Did not attend" in words(staff("nurse").get(panel_url(visit)))
    staff("nurse").post(url("noshow", visit), {"version": 1, "back": "day"})
    assert WorklistItem.objects.get().title == "Did not attend"


def test_the_board_costs_at_most_twelve_queries(ward: Ward, visit: Appointment, staff: Staff) -> None:
    from scheduling.services import book_appointment
    from tests.ward import dose_id

    nurse = staff("nurse")
    nurse.get("/today/")
    with CaptureQueriesContext(connection) as one:
        nurse.get("/today/")
    for number, at in enumerate(("08:00", "09:00", "11:00", "12:00", "13:00", "14:00"), start=2):
        wanted = ward.wanted(TODAY, at, room=number % 2, operator=number % 2)
        patient = maintenance_patient(ward, number)
        book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=wanted)
    with CaptureQueriesContext(connection) as many:
        response = nurse.get("/today/")
    assert sum(len(lane.visits) for lane in response.context["page"].rooms) == 7
    assert len(one) == len(many)
    assert len(many) <= 12, "\n".join(query["sql"][:120] for query in many)
