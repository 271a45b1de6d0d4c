"""Free places of the calendar: what is drawn for whom, and who could have one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from patients.models import NeedAllowance, NoGoTime, Patient
from scheduling.models import Closure, OnlyOperator, Skill, SkillRule
from scheduling.services import book_appointment
from tests.desk.conftest import PANEL
from tests.desk.test_calendar import of_kind
from tests.scheduling.test_skills import guided_by, needs, skill
from tests.scheduling.waiting import waiter
from tests.ward import TODAY, dose_id, maintenance_patient, next_dose

if TYPE_CHECKING:
    from tests.ward import Ward

Staff = Callable[[str], Client]
ON = TODAY + timedelta(days=1)
DAY = f"/calendar/{ON}/"


def free(client: Client, ward: Ward, *, room: int = 0, day: str = DAY) -> list[str]:
    """The times drawn as free in the room."""
    key = str(ward.rooms[room].public_id)
    return [event["times"] for event in of_kind(client.get(day), "o-") if event["in"] == key]


def close(ward: Ward, resource: Any, since: str, until: str) -> None:
    Closure.objects.create(
        unit=ward.unit, resource=resource, starts_at=ward.at(ON, since), ends_at=ward.at(ON, until), reason="Training"
    )


def test_what_is_left_of_a_room_is_offered_beside_its_visits(ward: Ward, patient: Patient, staff: Staff) -> None:
    book_appointment(ward.cast.actor("nurse"), dose_id=dose_id(patient), wanted=ward.wanted(ON, "09:00"))
    client = staff("coordinator")
    drawn = free(client, ward)
    assert drawn[:4] == ["08:00–08:45", "08:45–09:30", "10:45–11:30", "11:30–12:15"]
    page = client.get(DAY).context["page"]
    assert [str(one.label) for one in page.agenda[0].free][:3] == ["08:00", "08:45", "10:45"]


def test_a_place_needs_room_operator_and_recovery(ward: Ward, patient: Patient, staff: Staff) -> None:
    client = staff("coordinator")
    assert len(free(client, ward)) == len(free(client, ward, room=1)) == 12
    close(ward, ward.rooms[1], "08:00", "17:00")
    for operator in ward.operators:
        close(ward, operator, "08:00", "09:30")
    for place in ward.places:
        close(ward, place, "12:45", "13:00")
    # A procedure between these would end in a stay that runs into the closure of the places.
    assert free(client, ward)[:3] == ["09:30–10:15", "10:15–11:00", "12:15–13:00"]
    assert free(client, ward, room=1) == []


def test_what_every_visit_asks_for_is_asked_of_a_free_place(ward: Ward, patient: Patient, staff: Staff) -> None:
    skill = Skill.objects.create(unit=ward.unit, name="lumbar puncture")
    SkillRule.objects.create(skill=skill, asked_of=SkillRule.AskedOf.OPERATOR)
    client = staff("coordinator")
    assert free(client, ward) == []
    skill.resources.add(ward.operators[1])
    assert len(free(client, ward)) == 12


@pytest.mark.parametrize(
    ("who", "day"),
    [("manager", DAY), ("coordinator", f"{DAY}week/"), ("coordinator", f"/calendar/{TODAY - timedelta(days=1)}/")],
)
def test_who_may_not_book_weeks_and_past_days_are_offered_nothing(
    who: str, day: str, ward: Ward, patient: Patient, staff: Staff
) -> None:
    assert free(staff(who), ward, day=day) == []


def test_a_place_opens_the_doses_that_could_have_it(ward: Ward, patient: Patient, staff: Staff) -> None:
    maintenance_patient(ward, 2, due=ON + timedelta(days=20))  # its window is not open yet
    client = staff("coordinator")
    url = of_kind(client.get(DAY), "o-")[0]["url"]
    shown = client.get(url, **PANEL)
    assert shown.templates[0].name == "desk/calendar/_place.html"
    place = shown.context["place"]
    assert (str(place.title), [one.name for one in place.doses]) == ("Free at 08:00 in Room 1", ["Patient001, Ines"])
    assert (str(place.doses_fit), str(place.doses[0].fit.text)) == ("1 of 1 fits", "Fits, arrives 07:00")
    asked = client.get(place.doses[0].url).context["panel"].asked
    assert (asked.starts, asked.room) == (f"{ON}T08:00", str(ward.rooms[0].public_id))


def takers(client: Client, ward: Ward, clock: str, *, room: int = 0) -> Any:
    asked = {"room": ward.rooms[room].public_id, "clock": clock}
    return client.get(reverse("desk:calendar_place", args=[ON]), asked, **PANEL).context["place"]


def hoist_in_another_place(ward: Ward, patient: Patient) -> None:
    skill(ward, "hoist", ward.places[0], asked_of="place", need="hoist")
    needs(patient, "hoist")
    close(ward, ward.places[0], "08:00", "20:00")


def needle_under_fluoroscopy(ward: Ward, patient: Patient) -> None:
    skill(ward, "fluoroscopy", ward.rooms[1], asked_of="room", access_route="fluoroscopy")
    guided_by(patient, "fluoroscopy")


def somebody_else_operates(ward: Ward, patient: Patient) -> None:
    OnlyOperator.objects.create(plan=next_dose(patient).plan, operator=ward.operators[1])
    close(ward, ward.operators[1], "08:00", "20:00")


def goes_home_at_noon(ward: Ward, patient: Patient) -> None:
    NoGoTime.objects.create(patient=patient, words="transport leaves at 12:00", starts_at=time(12))
    NeedAllowance.objects.create(unit=ward.unit, code="transport", notice_hours=72)
    needs(patient, "transport")


@pytest.mark.parametrize(
    ("circumstance", "text", "tone"),
    [
        (hoist_in_another_place, "Does not fit: no recovery place with hoist is free", "plain"),
        (needle_under_fluoroscopy, "Does not fit: Room 1 has no fluoroscopy", "plain"),
        (somebody_else_operates, "Does not fit: only Dr Osei may operate, who is not free", "plain"),
        (goes_home_at_noon, "Does not suit: transport leaves at 12:00; Needs 72 h of notice", "warn"),
    ],
)
def test_the_list_says_who_fits_and_why_others_do_not(
    circumstance: Callable[[Ward, Patient], None], text: str, tone: str, ward: Ward, patient: Patient, staff: Staff
) -> None:
    circumstance(ward, patient)
    maintenance_patient(ward, 2, due=ON + timedelta(days=1))  # less urgent, but nothing speaks against it
    place = takers(staff("coordinator"), ward, "10:00")
    assert [(one.name, str(one.fit.text), one.fit.tone) for one in place.doses] == [
        ("Patient002, Ines", "Fits, arrives 09:00", "ok"),
        ("Patient001, Ines", text, tone),
    ]


def test_twenty_are_shown_at_first(ward: Ward, patient: Patient, staff: Staff) -> None:
    for number in range(2, 24):
        maintenance_patient(ward, number)
    shown = takers(staff("coordinator"), ward, "10:00")
    assert (len(shown.doses), len(shown.more), str(shown.doses_fit)) == (20, 3, "23 of 23 fit")


def test_who_would_come_earlier_is_asked_on_their_own_terms(ward: Ward, patient: Patient, staff: Staff) -> None:
    waiter(ward, 2, due=ON, booked=ON + timedelta(days=2), leave_by=time(12))
    shown = takers(staff("coordinator"), ward, "10:00")
    assert [(one.name, str(one.fit.text)) for one in shown.earlier] == [
        ("Patient002, Ines", "Must leave by 12:00, and would leave at 12:15")
    ]


def test_without_a_script_the_place_stands_beside_the_day(ward: Ward, patient: Patient, staff: Staff) -> None:
    client = staff("coordinator")
    url = of_kind(client.get(DAY), "o-")[0]["url"]
    assert client.get(url).templates[0].name == "desk/calendar/page.html"
    assert staff("manager").get(url).status_code == 403
    nowhere = client.get(reverse("desk:calendar_place", args=[ON]), {"room": "x", "clock": "noon"})
    assert nowhere.headers["Location"] == DAY
