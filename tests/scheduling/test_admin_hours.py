"""The admin of lists, closures and resources: wrong entries told plainly, stranded visits shown before saving."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from patients.models import WorklistItem
from scheduling.models import Appointment, Closure, Resource, Schedule
from scheduling.services import book_appointment
from tests.cast import signed_in
from tests.ward import TODAY, dose_id, maintenance_patient
from units.models import User

if TYPE_CHECKING:
    from django.test import Client
    from time_machine import Traveller

    from tests.ward import Ward

LISTS, CLOSURES, RESOURCES = "/admin/scheduling/schedule/", "/admin/scheduling/closure/", "/admin/scheduling/resource/"
DUE = TODAY + timedelta(days=1)


class Fields(HTMLParser):
    """Hidden fields of a page, as a browser would send them on."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        found = dict(attrs)
        if tag == "input" and found.get("type") == "hidden" and found.get("name") != "csrfmiddlewaretoken":
            self.sent.setdefault(found["name"], []).append(found.get("value") or "")


@pytest.fixture
def client(ward: Ward, clock: Traveller) -> Client:
    return signed_in(ward.cast.administrator)


@pytest.fixture
def visit(ward: Ward, clock: Traveller) -> Appointment:
    patient = maintenance_patient(ward)
    return book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(DUE, "09:00"))


def entry(ward: Ward, breaks: tuple[tuple[str, str], ...] = (), **fields: object) -> dict[str, object]:
    """What the form sends for a list; fields given as None are left empty."""
    sent: dict[str, object] = {
        "unit": ward.unit.pk,
        "room": ward.rooms[0].pk,
        "operators": [person.pk for person in ward.operators],
        "weekday": 3,
        "every_weeks": 1,
        "valid_from": "2026-11-02",
        "opens_at": "08:00",
        "closes_at": "17:00",
        "last_out_at": "20:00",
        "step_minutes": 15,
        "fixed_starts": "",
        "breaks-TOTAL_FORMS": len(breaks),
        "breaks-INITIAL_FORMS": 0,
    }
    for number, (starts_at, ends_at) in enumerate(breaks):
        sent |= {f"breaks-{number}-starts_at": starts_at, f"breaks-{number}-ends_at": ends_at}
    return {name: value for name, value in (sent | fields).items() if value is not None}


def errors_in(page: str) -> list[str]:
    return [
        unescape(line.split("<li>")[1].split("</li>")[0])
        for line in page.splitlines()
        if "<li>" in line and "errorlist" in line
    ]


def test_a_list_is_entered_as_a_unit_keeps_it(ward: Ward, client: Client) -> None:
    Schedule.objects.all().delete()
    sent = entry(
        ward,
        breaks=(("12:30", "13:00"),),
        every_weeks=2,
        fixed_starts="10:30, 09:00,14:00",
        first_in_at="07:30",
        valid_to="2027-01-31",
    )
    assert client.post(f"{LISTS}add/", sent).status_code == 302
    kept = Schedule.objects.get()
    assert (kept.every_weeks, kept.fixed_starts) == (2, [time(9), time(10, 30), time(14)])
    assert [(one.starts_at, one.ends_at) for one in kept.breaks.all()] == [(time(12, 30), time(13))]
    page = client.get(LISTS).content.decode()
    assert "08:00–17:00, every 2nd week, starts at 09:00, 10:30, 14:00, break 12:30–13:00" in page
    assert "02/11/2026–31/01/2027" in page
    form = client.get(f"{LISTS}{kept.pk}/change/").content.decode()
    assert "Wed 2 Dec; Wed 16 Dec" in form
    assert 'value="09:00, 10:30, 14:00"' in form


def test_a_new_list_is_added_for_several_weekdays_at_once(ward: Ward, client: Client) -> None:
    Schedule.objects.all().delete()
    sent = entry(ward, breaks=(("12:30", "13:00"),), weekday=1, also_on=[1, 2, 5])
    page = client.post(f"{LISTS}add/", sent, follow=True).content.decode()
    assert "The same list was added for: Tuesday, Friday." in page
    kept = Schedule.objects.order_by("weekday")
    assert [one.weekday for one in kept] == [1, 2, 5]
    assert [one.breaks.count() for one in kept] == [1, 1, 1]
    assert [set(one.operators.all()) for one in kept] == [set(ward.operators)] * 3
    assert "also_on" not in client.get(f"{LISTS}{kept[0].pk}/change/").content.decode()


def test_a_unit_with_booked_visits_stays_in_use(ward: Ward, client: Client, visit: Appointment) -> None:
    place = f"/admin/units/unit/{ward.unit.pk}/change/"
    form = client.get(place).context["adminform"].form
    typed = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    typed.pop("is_active")
    typed["is_understood"] = "on"
    refused = client.post(place, typed)
    assert "1 visit is booked here, on 25/11/2026. Move or cancel it first." in unescape(refused.content.decode())
    Appointment.objects.update(status=Appointment.Status.CANCELLED)
    assert client.post(place, typed).status_code == 302
    ward.unit.refresh_from_db()
    assert ward.unit.is_active is False


def test_putting_a_unit_out_of_use_says_who_opens_it_again(ward: Ward, client: Client) -> None:
    place = f"/admin/units/unit/{ward.unit.pk}/change/"
    form = client.get(place).context["adminform"].form
    typed = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    typed.pop("is_active")
    User.objects.filter(is_superuser=True).update(is_active=False)
    refused = client.post(place, {**typed, "is_understood": "on"})
    assert "Nobody could put it in use again" in unescape(refused.content.decode())
    User.objects.filter(is_superuser=True).update(is_active=True)
    assert "only an installer puts it in use again: Ida Installer." in client.get(place).content.decode()
    asked = client.post(place, typed)
    assert "Tick this to put the unit out of use, or leave it in use." in asked.content.decode()
    ward.unit.refresh_from_db()
    assert ward.unit.is_active
    assert client.post(place, {**typed, "is_understood": "on"}).status_code == 302
    ward.unit.refresh_from_db()
    assert not ward.unit.is_active


def test_who_may_sign_in_no_more_is_said_to_operate_still(ward: Ward, client: Client, visit: Appointment) -> None:
    """Their visits stay booked: putting them out of use shows which those are."""
    doctor = ward.cast.doctor
    operator = Resource.objects.get(kind="person", allocations__appointment=visit)
    Resource.objects.filter(pk=operator.pk).update(user=doctor)
    WorklistItem.objects.create(
        unit=ward.unit, kind="call", key="call:1", title="Ring", due_at=visit.starts_at, owner=doctor
    )
    sent = {"name": doctor.name, "email": doctor.email, "memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    page = unescape(client.post(f"/admin/units/user/{doctor.pk}/change/", sent, follow=True).content.decode())
    assert "1 task of theirs is everybody's from now on." in page
    assert f"{operator.name} still operates, in 1 booked visit to come." in page
    asked = client.get(f"{RESOURCES}{operator.pk}/change/")
    assert asked.status_code == 200
    doctor.refresh_from_db()
    assert doctor.is_active is False


def test_an_extra_list_needs_its_date_only(ward: Ward, client: Client) -> None:
    Schedule.objects.all().delete()
    sent = entry(ward, is_extra="on", weekday=None, valid_from="2026-12-28")
    assert client.post(f"{LISTS}add/", sent).status_code == 302
    kept = Schedule.objects.get()
    assert (kept.weekday, kept.valid_to, kept.is_extra) == (1, date(2026, 12, 28), True)
    assert "once, on 28/12/2026" in client.get(LISTS).content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"weekday": None}, "Choose the weekday, or tick “extra list”."),
        ({"is_extra": "on", "valid_to": "2026-11-09"}, "An extra list is held on one date. Leave this empty."),
        ({"valid_to": "2026-11-01"}, "The list ends after it begins."),
        ({"valid_to": "2026-11-03"}, "There is no such weekday between these two dates."),
        ({"every_weeks": 0}, "Ensure this value is greater than or equal to 1."),
        ({"closes_at": "08:00"}, "The last procedure ends after the first one starts."),
        ({"last_out_at": "16:55"}, "The last patient leaves after the last procedure."),
        ({"closes_at": "00:00"}, "The last patient leaves after the last procedure."),
        ({"first_in_at": "17:00"}, "The first patient comes before the last procedure ends."),
        ({"fixed_starts": "9 o'clock"}, "Write times as 09:00, 10:30, 13:00."),
        ({"fixed_starts": "09:00, 17:00"}, "17:00 is outside the hours of procedures."),
        ({"breaks": (("13:00", "12:30"),)}, "The break ends after it begins."),
        ({"breaks": (("07:00", "08:30"),)}, "The break is outside the hours of procedures."),
        ({"breaks": (("12:00", "13:00"), ("12:30", "14:00"))}, "Two breaks of a list do not overlap."),
    ],
)
def test_a_wrong_entry_is_told_in_one_sentence(
    ward: Ward, client: Client, changes: dict[str, Any], sentence: str
) -> None:
    Schedule.objects.all().delete()
    answer = client.post(f"{LISTS}add/", entry(ward, **changes))
    assert answer.status_code == 200
    assert errors_in(answer.content.decode()) == [sentence]
    assert Schedule.objects.count() == 0


def test_a_room_open_twice_at_a_time_is_pointed_out(ward: Ward, client: Client) -> None:
    answer = client.post(f"{LISTS}add/", entry(ward, closes_at="09:00"), follow=True)
    sentence = "Room 1 is open at the same time for 08:00–17:00, last out by 20:00, first on Wed 25 Nov."
    assert next(str(one) for one in answer.context["messages"]) == sentence
    assert answer.content.decode().count("Room 1 is open at the same time for") == 3  # the message, and both lists


def change_of(ward: Ward, **fields: object) -> tuple[str, dict[str, object]]:
    """The page of the visit's list, and what it sends with some fields changed."""
    schedule = Schedule.objects.get(room=ward.rooms[0], weekday=3)
    return f"{LISTS}{schedule.pk}/change/", entry(ward, valid_from="2020-01-01", **fields)


def test_ending_a_list_shows_the_visits_first_and_saves_once_confirmed(
    ward: Ward, client: Client, visit: Appointment
) -> None:
    url, sent = change_of(ward, valid_to="2026-11-24")
    asked = client.post(url, sent)
    page = asked.content.decode()
    assert asked.status_code == 200
    assert "1 booked visit would stand without a list. Nothing is saved yet." in page
    assert [cell in page for cell in ("Wed 25 Nov 2026, 09:00", str(visit.patient), "Room 1 has no list then")] == [
        True
    ] * 3
    schedule = Schedule.objects.get(room=ward.rooms[0], weekday=3)
    assert (schedule.valid_to, WorklistItem.objects.filter(kind="move").count()) == (None, 0)
    history = schedule.history.count()

    confirmed = client.post(url, Fields(page).sent, follow=True)
    words = "1 booked visit stands without a list until somebody moves it: it is on the worklist."
    assert words in [str(one) for one in confirmed.context["messages"]]
    schedule.refresh_from_db()
    assert (schedule.valid_to, schedule.history.count()) == (date(2026, 11, 24), history + 1)
    assert WorklistItem.objects.get(kind="move").patient == visit.patient
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_a_visit_booked_while_somebody_reads_is_asked_about_too(ward: Ward, client: Client, visit: Appointment) -> None:
    url, sent = change_of(ward, valid_to="2026-11-24")
    shown = Fields(client.post(url, sent).content.decode()).sent
    wanted = ward.wanted(DUE, "11:00", operator=1)
    book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(maintenance_patient(ward, 2)), wanted=wanted)
    again = client.post(url, shown).content.decode()
    assert "2 booked visits would stand without a list" in again
    assert client.post(url, Fields(again).sent).status_code == 302


def test_a_change_that_strands_nobody_is_saved_at_once(ward: Ward, client: Client, visit: Appointment) -> None:
    url, sent = change_of(ward, breaks=(("12:30", "13:00"),))
    assert client.post(url, sent).status_code == 302
    assert "break 12:30–13:00" in client.get(LISTS).content.decode()


def test_breaks_of_other_lists_and_people_of_other_units_are_in_nobody_s_way(ward: Ward, client: Client) -> None:
    for schedule in Schedule.objects.filter(room=ward.rooms[1]):
        schedule.breaks.create(starts_at="12:30", ends_at="13:00")
    kind = Resource.Kind.PERSON
    shared, stranger = (
        Resource.objects.create(unit=ward.cast.other_unit, kind=kind, name=name) for name in ("Dr Hill", "Dr Far")
    )
    shared.also_works_in.add(ward.unit)
    url, sent = change_of(ward, breaks=(("12:30", "13:00"),), operators=[ward.operators[0].pk, shared.pk])
    assert client.post(url, sent).status_code == 302
    held = Schedule.objects.get(room=ward.rooms[0], weekday=3)
    assert [person.name for person in held.operators.order_by("name")] == ["Dr Hill", "Dr Malik"]
    choices = client.get(url).context["adminform"].form.fields
    assert stranger not in choices["operators"].queryset
    assert set(choices["room"].queryset) == set(ward.rooms)
    again = sent | {
        "breaks-INITIAL_FORMS": 1,
        "breaks-0-id": held.breaks.get().pk,
        "breaks-0-schedule": held.pk,
        "breaks-0-ends_at": "13:15",
    }
    assert client.post(url, again).status_code == 302
    assert held.breaks.get().ends_at == time(13, 15)


def test_deleting_a_list_asks_too_one_or_many(ward: Ward, client: Client, visit: Appointment) -> None:
    schedule = Schedule.objects.get(room=ward.rooms[0], weekday=3)
    bulk = {"action": "delete_selected", "_selected_action": [schedule.pk], "post": "yes"}
    asked = client.post(LISTS, bulk).content.decode()
    assert "Nothing is saved yet." in asked
    assert "Nothing is saved yet." in client.post(f"{LISTS}{schedule.pk}/delete/", {"post": "yes"}).content.decode()
    assert Schedule.objects.filter(pk=schedule.pk).exists()
    assert client.post(LISTS, Fields(asked).sent).status_code == 302
    assert not Schedule.objects.filter(pk=schedule.pk).exists()
    assert WorklistItem.objects.filter(kind="move").count() == 1


def test_putting_a_person_out_of_use_asks(ward: Ward, client: Client, visit: Appointment) -> None:
    person = ward.operators[0]
    url = f"{RESOURCES}{person.pk}/change/"
    sent = {"unit": ward.unit.pk, "kind": "person", "name": person.name, "ordinal": 0, "turnover_minutes": 0}
    page = client.post(url, sent).content.decode()
    assert "Dr Malik is out of use" in page
    assert Resource.objects.get(pk=person.pk).is_active
    assert client.post(url, Fields(page).sent).status_code == 302
    assert not Resource.objects.get(pk=person.pk).is_active


def test_a_closure_asks_and_taking_it_back_clears_the_worklist(ward: Ward, client: Client, visit: Appointment) -> None:
    sent = {
        "unit": ward.unit.pk,
        "resource": "",
        "starts_at_0": "2026-11-25",
        "starts_at_1": "00:00",
        "ends_at_0": "2026-11-26",
        "ends_at_1": "00:00",
        "reason": "Water off",
    }
    page = client.post(f"{CLOSURES}add/", sent).content.decode()
    assert "Room 1 is closed: Water off" in page
    assert Closure.objects.count() == 0
    assert client.post(f"{CLOSURES}add/", Fields(page).sent).status_code == 302
    closure = Closure.objects.get()
    assert WorklistItem.objects.get(kind="move").done_at is None
    assert (
        '<a href="/closures/">Plan where they go</a>' in client.get(f"{CLOSURES}{closure.pk}/change/").content.decode()
    )
    assert client.post(f"{CLOSURES}{closure.pk}/delete/", {"post": "yes"}).status_code == 302
    assert WorklistItem.objects.get(kind="move").outcome == "No longer needed: the hours carry the visit again."


def test_a_closure_is_typed_and_shown_in_the_units_time(ward: Ward, client: Client) -> None:
    """In summer, when a page in UTC would be an hour off."""
    sent = {
        "unit": ward.unit.pk,
        "starts_at_0": "2027-06-10",
        "starts_at_1": "09:00",
        "ends_at_0": "2027-06-10",
        "ends_at_1": "12:30",
        "reason": "Deep cleaning",
    }
    assert client.post(f"{CLOSURES}add/", sent).status_code == 302
    assert client.get(f"{CLOSURES}add/").context["adminform"].form.initial["unit"] == ward.unit.pk  # there is no other
    closure = Closure.objects.get()
    assert (closure.starts_at, closure.ends_at) == (
        datetime(2027, 6, 10, 8, tzinfo=UTC),
        datetime(2027, 6, 10, 11, 30, tzinfo=UTC),
    )
    assert "10 Jun 2027, 09:00" in client.get(CLOSURES).content.decode()
    sent["starts_at_0"], sent["starts_at_1"] = "2027-03-28", "01:30"
    assert client.post(f"{CLOSURES}add/", sent).status_code == 200  # the clocks leave that time out
    assert Closure.objects.count() == 1


def test_keeping_bank_holidays_asks(ward: Ward, client: Client) -> None:
    boxing_day = date(2026, 12, 28)
    patient = maintenance_patient(ward, due=boxing_day)
    wanted = ward.wanted(boxing_day, "09:00")
    book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=wanted)
    url = f"/admin/units/unit/{ward.unit.pk}/change/"
    form = client.get(url).context["adminform"].form
    sent = {name: value for name, value in form.initial.items() if value not in (None, False)}
    page = client.post(url, sent | {"is_closed_on_bank_holidays": "on"}).content.decode()
    assert "Mon 28 Dec 2026, 09:00" in page
    assert client.post(url, sent).status_code == 302
