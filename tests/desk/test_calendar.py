"""The calendar: what is drawn and listed, what stays true, and a start that is asked for before it is taken."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from desk.presenters.calendar.events import reserved_words
from desk.presenters.reader import Reader
from doseplans.models import PlanHold
from patients.models import Patient
from scheduling.models import Appointment, Closure, Resource, Schedule
from scheduling.services import book_appointment, move_appointment, reserve_slot
from tests.desk.conftest import PANEL, words
from tests.ward import NOW, TODAY, dose_id, maintenance_patient, next_dose
from units.actors import Actor

if TYPE_CHECKING:
    from tests.ward import Ward

Staff = Callable[[str], Client]
DAY = f"/calendar/{TODAY}/"
SCRIPT: dict[str, Any] = {"HTTP_X_CALENDAR": "1"}


def drawn(response: Any) -> dict[str, Any]:
    return dict(json.loads(response.context["page"].drawn))


def of_kind(response: Any, start: str) -> list[dict[str, Any]]:
    return [event for event in drawn(response)["events"] if event["id"].startswith(start)]


def ask(client: Client, visit: Appointment, clock: str, ward: Ward, **more: Any) -> Any:
    """The visit dropped at that time of its day, in Room 1."""
    asked = {"on": TODAY, "clock": clock, "room": ward.rooms[0].public_id, "version": visit.version, **more}
    return client.get(reverse("desk:calendar_ask_visit", args=[TODAY, visit.public_id]), asked, **SCRIPT)


# --- a unit that never worked ----------------------------------------------------------------------------------------
def test_a_unit_without_rooms_or_lists_is_told_what_to_set_up_and_where(ward: Ward, clock: Any, staff: Staff) -> None:
    administrator, coordinator = staff("administrator"), staff("coordinator")
    Schedule.objects.all().delete()
    for path in (DAY, f"{DAY}week/"):
        response = administrator.get(path)
        assert "No room of this unit has a list yet" in words(response)
        assert "data-calendar" not in response.content.decode()
    assert reverse("admin:scheduling_schedule_changelist") in administrator.get(DAY).content.decode()
    assert "An administrator of the unit sets it up." in words(coordinator.get(DAY))
    Resource.objects.filter(kind="room").update(is_active=False)
    response = administrator.get(DAY)
    assert "This unit has no procedure room yet" in words(response)
    assert reverse("admin:scheduling_resource_changelist") in response.content.decode()


def test_a_day_without_a_list_or_a_booked_visit_without_one_is_still_drawn(
    visit: Appointment, ward: Ward, staff: Staff
) -> None:
    Schedule.objects.all().delete()
    assert len(of_kind(staff("coordinator").get(DAY), "v-")) == 1
    Appointment.objects.update(status="cancelled")
    Schedule.objects.create(
        unit=ward.unit,
        room=ward.rooms[0],
        weekday=TODAY.isoweekday() % 7 + 1,
        opens_at=time(8),
        closes_at=time(17),
        last_out_at=time(20),
        valid_from=TODAY,
    )
    assert "Nobody is booked on this day." in words(staff("coordinator").get(DAY))


# --- what is shown ---------------------------------------------------------------------------------------------------
def test_a_visit_stands_in_its_room_its_place_and_its_persons_column(visit: Appointment, staff: Staff) -> None:
    response = staff("coordinator").get(DAY)
    (event,) = of_kind(response, "v-")
    assert (event["name"], event["times"], event["start"]) == ("Patient001, Ines", "11:00–11:45", f"{TODAY}T11:00")
    assert event["what"] == "Maintenance 2, arrives 10:00"
    columns = {column["id"]: column["title"] for column in drawn(response)["resources"]}
    (stay,), (person,) = of_kind(response, "r-"), of_kind(response, "p-")
    assert [columns[each["in"]] for each in (event, stay, person)] == ["Room 1", "Recovery 1", "Dr Malik"]


def test_columns_say_who_operates_and_how_full_they_are(ward: Ward, visit: Appointment, staff: Staff) -> None:
    Closure.objects.create(
        unit=ward.unit, resource=ward.operators[1], starts_at=ward.at(TODAY, "12:30"), ends_at=ward.at(TODAY, "18:00")
    )
    first = drawn(staff("coordinator").get(DAY))["resources"][0]
    assert (first["title"], first["note"], first["load"]) == (
        "Room 1",
        "Dr Malik, Dr Osei (away from 12:30)",
        "1 of 12",
    )


def test_what_is_closed_is_a_band_with_its_reason(ward: Ward, clock: Any, staff: Staff) -> None:
    Closure.objects.create(
        unit=ward.unit,
        resource=ward.rooms[1],
        starts_at=ward.at(TODAY, "12:30"),
        ends_at=ward.at(TODAY + timedelta(days=1), "10:00"),
        reason="X-ray service",
    )
    response = staff("coordinator").get(DAY)
    (band,) = of_kind(response, "b-shut")
    assert (band["text"], band["start"], band["end"]) == ("Closed: X-ray service", f"{TODAY}T12:30", f"{TODAY}T20:00")
    assert "12:30–24:00 Closed: X-ray service" in words(response)


def test_reservations_say_for_whom_as_far_as_the_reader_may_know(ward: Ward, patient: Patient, staff: Staff) -> None:
    coordinator = ward.cast.actor("coordinator")
    claim = reserve_slot(coordinator, dose_id=dose_id(patient), wanted=ward.wanted(TODAY, "10:00"))
    own = of_kind(staff("coordinator").get(DAY), "h-")[0]
    assert (own["state"], own["name"]) == ("own", "Patient001, Ines")
    assert own["lines"][0]["text"] == "Reserved by you, 10 min left"
    others = of_kind(staff("nurse").get(DAY), "h-")[0]
    assert (others["state"], others["url"]) == ("reserved", "")
    stranger = Reader(Actor.nobody(), ward.unit, NOW)
    assert reserved_words(claim, stranger) == ("Reserved", "Reserved by Ada Coordinator, 10 min left")


def test_the_tray_has_the_doses_in_the_order_of_their_page(ward: Ward, clock: Any, staff: Staff) -> None:
    for number, days in enumerate((9, -9, 2)):
        maintenance_patient(ward, number, due=TODAY + timedelta(days=days))
    client = staff("coordinator")
    tray = client.get(DAY).context["page"].tray
    rows = client.get("/doses/").context["page"].rows
    assert [row.key for row in (*tray.rows, *tray.later)] == [row.key for row in rows]
    assert [row.can_drag for row in tray.rows] == [True, True, True]
    assert str(tray.rows[0].badge.text) == "Overdue 4 days"


def test_without_a_script_the_day_is_a_list_by_room(visit: Appointment, staff: Staff) -> None:
    page = staff("nurse").get(DAY).context["page"]
    assert [(room.title, len(room.entries)) for room in page.agenda] == [("Room 1", 1), ("Room 2", 0)]
    assert page.agenda[0].entries[0].url == f"{DAY}visits/{visit.public_id}/"
    assert page.agenda[0].entries[0].times == "11:00–11:45, arrives 10:00, home 13:15"


def test_an_empty_day_says_so_and_a_role_that_books_nothing_moves_nothing(ward: Ward, clock: Any, staff: Staff) -> None:
    response = staff("manager").get(DAY)
    assert "Nobody is booked on this day." in words(response)
    assert (response.context["page"].can_move, drawn(response)["mayMove"]) == (False, False)


def test_a_week_hides_days_off_and_the_date_leads_there(ward: Ward, visit: Appointment, staff: Staff) -> None:
    client = staff("coordinator")
    page = client.get(f"/calendar/{TODAY}/week/").context["page"]
    assert (str(page.day), page.days, page.title) == ("2026-11-23", 7, "23 to 29 November")
    chosen = client.get("/calendar/", {"on": "2026-12-01", "show": "week"})
    assert chosen.headers["Location"] == "/calendar/2026-12-01/week/"
    assert client.get("/calendar/").headers["Location"] == DAY


def cost(client: Client, path: str, **headers: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path, **headers).status_code in {200, 304}
    return len(captured)


def test_days_and_weeks_cost_the_same_for_thirty_visits(ward: Ward, clock: Any, staff: Staff) -> None:
    client, actor = staff("coordinator"), ward.cast.actor("coordinator")
    paths = (DAY, f"/calendar/{TODAY}/week/", f"{DAY}live/")

    def fill(first: int, last: int) -> None:
        for number in range(first, last):
            waits = maintenance_patient(ward, number, due=TODAY)
            maintenance_patient(ward, number + 100)
            on, slot = TODAY + timedelta(days=number // 6), number % 6
            wanted = ward.wanted(on, f"{8 + slot:02}:00", room=slot % 2, operator=slot % 2)
            book_appointment(actor, dose_id=dose_id(waits), wanted=wanted)

    fill(0, 1)
    client.get(DAY)
    one = {path: cost(client, path) for path in paths}
    fill(1, 30)
    assert {path: cost(client, path) for path in paths} == one


def test_a_refresh_that_brings_nothing_new_costs_two_questions(ward: Ward, visit: Appointment, staff: Staff) -> None:
    client = staff("coordinator")
    first = client.get(f"{DAY}live/")
    known = {"HTTP_IF_NONE_MATCH": first.headers["ETag"], "HTTP_X_BACKGROUND": "1"}
    with CaptureQueriesContext(connection) as captured:
        assert client.get(f"{DAY}live/", **known).status_code == 304
    assert sum("scheduling_" in query["sql"] for query in captured) == 2
    reserve_slot(
        ward.cast.actor("nurse"), dose_id=dose_id(maintenance_patient(ward, 2)), wanted=ward.wanted(TODAY, "14:00")
    )
    second = client.get(f"{DAY}live/", **known)
    assert second.status_code == 200
    PlanHold.objects.create(plan=visit.dose.plan, reason="Fever", placed_on=TODAY, placed_by_name="Dr Malik")
    assert client.get(f"{DAY}live/", **known | {"HTTP_IF_NONE_MATCH": second.headers["ETag"]}).status_code == 200


# --- a start that is asked for ---------------------------------------------------------------------------------------
def test_a_free_start_opens_the_panel_with_its_price(ward: Ward, visit: Appointment, staff: Staff) -> None:
    response = ask(staff("coordinator"), visit, "12:15", ward)
    assert response.status_code == 200
    asked = response.context["panel"].asked
    assert (str(asked.confirm.label), asked.confirm.url) == ("Move to 12:15", f"/visits/{visit.public_id}/move/")
    assert (asked.cost, asked.cost_detail, asked.starts) == ("1 day early", "drift 0 → -1 d", f"{TODAY}T12:15")
    assert [line.tone for line in asked.checks[:5]] == ["ok"] * 5
    visit.refresh_from_db()
    assert visit.version == 1


def test_a_refusal_is_a_card_with_cause_checks_and_the_nearest_start(
    ward: Ward, visit: Appointment, staff: Staff
) -> None:
    tomorrow = TODAY + timedelta(days=1)
    Closure.objects.bulk_create(
        Closure(
            unit=ward.unit,
            resource=place,
            starts_at=ward.at(tomorrow, "12:45"),
            ends_at=ward.at(tomorrow, "13:00"),
            reason="Fire drill",
        )
        for place in ward.places
    )
    response = ask(staff("coordinator"), visit, "12:00", ward, on=tomorrow)
    assert (response.status_code, response.templates[0].name) == (409, "desk/calendar/_refusal.html")
    refused = response.context["refused"]
    assert refused.refusal.sentence == (
        "The room is free, recovery is not: from 12:45 to 13:00, 3 places are out of use."
    )
    assert [(str(line.text), line.tone) for line in refused.refusal.checks] == [
        ("In window, on the target day", "ok"),
        ("28 days since maintenance 1", "ok"),
        ("Room 1 and Dr Malik", "ok"),
        ("Patient free", "ok"),
        ("Recovery 12:45–13:00", "stop"),
    ]
    assert str(refused.refusal.nearest.label) == "Nearest that works: Room 1 at 12:15"
    assert (refused.full_from, refused.full_until) == (f"{tomorrow}T12:45", f"{tomorrow}T13:00")


@pytest.mark.parametrize(("days", "status"), [(9, 422), (-1, 422)])
def test_window_and_past_days_refuse(days: int, status: int, ward: Ward, visit: Appointment, staff: Staff) -> None:
    assert ask(staff("coordinator"), visit, "12:00", ward, on=TODAY + timedelta(days=days)).status_code == status


def test_a_visit_that_changed_meanwhile_is_refused_with_who_changed_it(
    ward: Ward, visit: Appointment, staff: Staff
) -> None:
    move_appointment(ward.cast.actor("nurse"), appointment_id=visit.public_id, wanted=ward.wanted(TODAY, "12:00"))
    response = ask(staff("coordinator"), visit, "14:00", ward)
    assert (response.status_code, "changed by Ada Nurse" in words(response)) == (409, True)


def test_a_doctor_is_asked_for_a_reason_where_the_dose_has_limits(ward: Ward, visit: Appointment, staff: Staff) -> None:
    response = ask(staff("doctor"), visit, "12:00", ward, on=TODAY + timedelta(days=9))
    asked = response.context["panel"].asked
    assert (response.status_code, bool(asked.reason_label)) == (200, True)


def test_the_form_asks_the_same_without_a_script(ward: Ward, patient: Patient, staff: Staff) -> None:
    url = reverse("desk:calendar_ask_dose", args=[TODAY, next_dose(patient).public_id])
    asked = {"on": TODAY + timedelta(days=1), "clock": "12:15", "room": ward.rooms[0].public_id}
    response = staff("coordinator").get(url, asked)
    assert (response.status_code, response.templates[0].name) == (200, "desk/calendar/page.html")
    assert str(response.context["panel"].asked.confirm.label) == "Book Wed 25 Nov, 12:15"
    assert staff("coordinator").get(url, {**asked, "clock": "noon"}).status_code == 422


def test_what_closes_the_whole_unit_is_explained_in_its_rooms_alone(ward: Ward, staff: Staff, clock: Any) -> None:
    hours = {"starts_at": ward.at(TODAY, "15:00"), "ends_at": ward.at(TODAY, "16:00")}
    Closure.objects.create(unit=ward.unit, reason="Fire alarm test", **hours)
    response = staff("coordinator").get(DAY)
    kinds = {each["id"]: each["kind"] for each in drawn(response)["resources"]}
    said = {(kinds[band["in"]], band["text"]) for band in of_kind(response, "b-shut")}
    assert said == {("room", "Closed: Fire alarm test"), ("place", "Closed"), ("person", "Closed")}


@pytest.mark.parametrize(("who", "tools"), [("coordinator", ["Close a room…"]), ("pharmacist", ["Closures"])])
def test_the_heading_has_one_tool(who: str, tools: list[str], ward: Ward, visit: Appointment, staff: Staff) -> None:
    assert [str(one.label) for one in staff(who).get(DAY).context["page"].tools] == tools


# --- the press -------------------------------------------------------------------------------------------------------
def press(client: Client, visit: Appointment, ward: Ward, clock: str, **headers: Any) -> Any:
    wanted = ward.wanted(TODAY, clock)
    sent = {"starts_at": wanted.starts_at.isoformat(), "room": wanted.room, "operator": wanted.operator}
    return client.post(
        f"/visits/{visit.public_id}/move/", {**sent, "version": visit.version, "back": "calendar"}, **headers
    )


def test_the_press_moves_it_and_undo_leads_back_to_the_calendar(ward: Ward, visit: Appointment, staff: Staff) -> None:
    client = staff("coordinator")
    response = press(client, visit, ward, "11:15", **PANEL)
    assert (response.status_code, response.headers["HX-Trigger"]) == (200, "clinic:changed")
    undo = f"/visits/{visit.public_id}/undo/?back=calendar"
    assert undo in response.content.decode()
    assert client.post(undo).headers["Location"] == DAY
    visit.refresh_from_db()
    assert visit.starts_at == ward.at(TODAY, "10:00")


def test_a_press_that_comes_too_late_says_why_and_what_is_near(ward: Ward, visit: Appointment, staff: Staff) -> None:
    other = maintenance_patient(ward, 2)
    book_appointment(ward.cast.actor("nurse"), dose_id=dose_id(other), wanted=ward.wanted(TODAY, "13:00"))
    response = press(staff("coordinator"), visit, ward, "13:15", **PANEL)
    assert response.status_code == 409
    refused = response.context["panel"].refused
    assert "Room 1 is taken at that time by another visit" in refused.refusal.sentence
    assert response.context["panel"].form.clock == "14:15"


def test_booking_from_the_tray_leads_back_too(ward: Ward, patient: Patient, staff: Staff) -> None:
    wanted = ward.wanted(TODAY + timedelta(days=1), "10:00")
    sent = {"starts_at": wanted.starts_at.isoformat(), "room": wanted.room, "operator": wanted.operator}
    response = staff("coordinator").post(f"/doses/{dose_id(patient)}/book/", {**sent, "back": "week"})
    assert response.headers["Location"] == f"/calendar/{TODAY + timedelta(days=1)}/week/"
