"""Tomorrow, what changed since somebody left, and one's own lists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from desk.presenters.handover.since import groups_of
from desk.presenters.reader import Reader
from desk.viewmodels.handover import SinceGroup, SinceRow
from doseplans.models import DosePlan
from patients.models import Carer, Flag, Patient
from patients.services import open_item
from scheduling.models import Appointment, Closure
from scheduling.selectors.handover import changes_since
from scheduling.services import book_appointment, cancel_appointment, close, move_appointment, reopen
from scheduling.services.answers.responses import Answer, record_answer
from scheduling.services.courses.holding import hold_plan, resume_plan
from scheduling.services.notes import About, end_note, write_note
from tests.desk.conftest import words
from tests.ward import NOW, TODAY, dose_id, maintenance_patient
from units.actors import Actor

if TYPE_CHECKING:
    import time_machine

    from tests.ward import Ward

Staff = Callable[[str], Client]
TOMORROW = TODAY + timedelta(days=1)
DAY = f"/tomorrow/{TOMORROW}/"


def booked(ward: Ward, number: int, clock: str = "09:00", *, room: int = 0) -> Appointment:
    patient = maintenance_patient(ward, number)
    wanted = ward.wanted(TOMORROW, clock, room=room, operator=room)
    return book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=wanted)


def cost(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


# --- tomorrow --------------------------------------------------------------------------------------------------------
def test_tomorrow_is_the_next_day_with_visits(ward: Ward, clock: Any, staff: Staff) -> None:
    nurse = staff("nurse")
    assert nurse.get("/tomorrow/").headers["Location"] == DAY
    patient = maintenance_patient(ward, due=TODAY + timedelta(days=5))
    wanted = ward.wanted(TODAY + timedelta(days=5))
    book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=wanted)
    assert nurse.get("/tomorrow/").headers["Location"] == f"/tomorrow/{TODAY + timedelta(days=5)}/"


def test_a_day_without_visits_says_so(ward: Ward, clock: Any, staff: Staff) -> None:
    assert "Nobody is booked on Wednesday 25 November." in words(staff("pharmacist").get(DAY))


def test_tomorrow_says_what_each_patient_needs(ward: Ward, clock: Any, staff: Staff) -> None:
    late, early = booked(ward, 1, "11:00"), booked(ward, 2, "09:00")
    Flag.objects.create(patient=early.patient, kind="need", code="interpreter", text="Interpreter: Swedish")
    Flag.objects.create(patient=early.patient, kind="need", code="hoist", text="Hoist")
    early.patient.checks.filter(kind="platelets").delete()
    response = staff("nurse").get(DAY)
    page = response.context["page"]
    first = page.rows[0]
    assert [row.name for row in page.rows] == [str(early.patient), str(late.patient)]
    assert (first.room, first.operator, first.amount) == ("Room 1", "Dr Malik", "100 mg")
    assert first.waiting[0].url.startswith(f"/patients/{early.patient.public_id}/#")
    assert [(need.what, need.names) for need in page.arrange] == [
        ("Interpreter", ["Patient002, Ines (Interpreter: Swedish)"]),
        ("Hoist", ["Patient002, Ines"]),
    ]
    assert "2 patients, 1 not ready" in words(response)


def test_medicines_are_counted_with_what_goes_back(ward: Ward, clock: time_machine.Traveller, staff: Staff) -> None:
    actor = ward.cast.actor("coordinator")
    stays, cancelled, moved, again = (booked(ward, n, f"{7 + n * 2:02}:00") for n in range(1, 5))
    cancel_appointment(actor, appointment_id=cancelled.public_id, cancelled_by="patient")
    move_appointment(actor, appointment_id=moved.public_id, wanted=ward.wanted(TOMORROW + timedelta(days=1)), version=1)
    cancel_appointment(actor, appointment_id=again.public_id, cancelled_by="unit")
    book_appointment(actor, dose_id=again.dose.public_id, wanted=ward.wanted(TOMORROW, "15:00"))
    plan = DosePlan.objects.get(patient=stays.patient)
    hold_plan(
        ward.cast.actor("doctor"),
        plan_id=plan.public_id,
        reason="Fever",
        review_on=None,
        visits={stays.public_id: "keep"},
    )
    (row,) = staff("pharmacist").get(DAY).context["page"].medicines
    assert (row.amount, row.number, row.unready) == ("100 mg", 2, ["Patient001, Ines"])
    assert row.names == ["Patient001, Ines", "Patient004, Ines"]
    assert sorted(words.split(",")[0] for words in row.gone) == ["Patient002", "Patient003"]
    assert "moved to Thu 26 Nov" in " ".join(row.gone)


def test_tomorrow_costs_the_same_for_many(ward: Ward, clock: Any, staff: Staff) -> None:
    nurse = staff("nurse")
    booked(ward, 1, "08:00")
    nurse.get(DAY)
    one = cost(nurse, DAY)
    for number, at in enumerate(("10:00", "12:00", "14:00"), start=2):
        booked(ward, number, at)
        booked(ward, number + 10, at, room=1)
    assert cost(nurse, DAY) == one


# --- since I left ----------------------------------------------------------------------------------------------------
def test_nothing_changed(ward: Ward, clock: Any, staff: Staff) -> None:
    assert "Nothing has changed since then." in words(staff("nurse").get("/since/"))


def test_changes_are_told_by_patient(ward: Ward, clock: time_machine.Traveller, staff: Staff) -> None:
    clock.move_to(ward.at(TODAY, "07:00"))
    early = booked(ward, 1)
    clock.move_to(ward.at(TODAY, "08:30"))
    late = booked(ward, 2, "11:00")
    note = write_note(
        ward.cast.actor("nurse"),
        about=About.of_patient(late.patient),
        text="Comes by taxi",
        is_pinned=False,
        key=uuid4(),
        at=ward.at(TODAY, "08:40"),
    )
    end_note(ward.cast.actor("doctor"), note_id=note.public_id, at=ward.at(TODAY, "08:50"))
    clock.move_to(ward.at(TODAY, "09:00"))
    manager = staff("manager")
    page = manager.get("/since/?since=shift").context["page"]
    told = {str(group.title): [(row.who, str(row.text)) for row in group.rows] for group in page.groups}
    assert told == {
        str(late.patient): [
            ("Ada Doctor", "ended a note"),
            ("Ada Nurse", "wrote a note"),
            ("Ada Coordinator", "booked Wed 25 Nov, 11:00"),
        ]
    }
    evening = manager.get("/since/?since=evening").context["page"]
    assert [str(group.title) for group in evening.groups] == [str(late.patient), str(early.patient)]


@pytest.mark.parametrize(
    ("name", "respondent", "told"),
    [
        ("Patient", "patient", "The patient answered: will come, on their own page (visit of"),
        ("Carer", "carer", "A carer answered: will come, on their own page (visit of"),
    ],
)
def test_an_answer_of_their_own_is_told_as_theirs(
    name: str, respondent: str, told: str, ward: Ward, clock: Any, staff: Staff
) -> None:
    visit = booked(ward, 1)
    carer = Carer.objects.create(patient=visit.patient, name="Noor Fairweather")
    answer = Answer("accepted", "page", respondent=f"carer:{carer.pk}" if respondent == "carer" else respondent)
    record_answer(Actor.own(name, patient_id=visit.patient_id), appointment_id=visit.public_id, answer=answer)
    page = words(staff("nurse").get("/since/"))
    assert told in page
    assert "took down" not in page


def test_what_is_earlier_is_folded_away() -> None:
    rows = [SinceRow(NOW, "Ada Nurse", f"change {n}") for n in range(8)]
    group = SinceGroup("Fairweather, Ines", rows)
    assert ([*group.latest, *group.earlier], len(group.earlier)) == (rows, 2)
    assert SinceGroup("Fairweather, Ines", rows[:6]).earlier == []


def test_holds_closures_and_red_flags_are_told(ward: Ward, clock: Any) -> None:
    """The database stamps history by its own clock, which no test moves: so all of it is asked for."""
    visit, doctor = booked(ward, 1), ward.cast.actor("doctor")
    plan = DosePlan.objects.get(patient=visit.patient)
    hold_plan(doctor, plan_id=plan.public_id, reason="Fever", review_on=None, visits={visit.public_id: "keep"})
    resume_plan(doctor, plan_id=plan.public_id, how="label", reason="Well again")
    closed = close(
        ward.cast.actor("administrator"),
        unit=ward.unit,
        resource=ward.rooms[1],
        starts_at=ward.at(TODAY, "12:00"),
        ends_at=ward.at(TODAY, "13:00"),
        reason="Floor",
    )
    reopen(ward.cast.actor("administrator"), closure=closed.closure)
    open_item(
        unit=ward.unit,
        patient=visit.patient,
        kind="escalation",
        key="flag",
        title="Red flag",
        due_at=NOW,
        detail="Stiff neck",
    )
    changes = changes_since(ward.cast.actor("manager"), unit=ward.unit, since=NOW - timedelta(days=900))
    groups = groups_of(changes, Reader(doctor, ward.unit, NOW))
    told = {str(group.title): {(row.who, str(row.text), row.reason) for row in group.rows} for group in groups}
    times = "Tue 24 Nov, 12:00 to Tue 24 Nov, 13:00"
    assert told["The unit"] == {
        ("Ada Administrator", f"closed Room 2, {times}", "Floor"),
        ("Ada Administrator", f"opened Room 2 again, {times}", "Floor"),
    }
    assert {
        ("Ada Doctor", "put the plan on hold", "Fever"),
        ("Ada Doctor", "lifted the hold on the plan", "Well again"),
        ("", "Red flag, open", "Stiff neck"),
    } <= told[str(visit.patient)]
    theirs = changes_since(ward.cast.actor("other_nurse"), unit=ward.cast.other_unit, since=NOW - timedelta(days=900))
    assert groups_of(theirs, Reader(doctor, ward.unit, NOW)) == []


def test_other_units_changes_are_not_told(ward: Ward, clock: Any, staff: Staff) -> None:
    booked(ward, 1)
    write_note(
        ward.cast.actor("nurse"),
        about=About.of_day(ward.unit, TODAY),
        text="Ours",
        is_pinned=True,
        key=uuid4(),
        at=NOW,
    )
    assert staff("other_nurse").get("/since/?since=day").context["page"].total == 0
    assert staff("nurse").get("/since/?since=day").context["page"].total == 2


def test_what_was_read_is_where_the_page_begins_next(ward: Ward, clock: time_machine.Traveller, staff: Staff) -> None:
    nurse = staff("nurse")
    booked(ward, 1)
    clock.move_to(ward.at(TODAY, "08:05"))
    seen = nurse.get("/since/?since=day")
    ((name, until),) = seen.context["page"].mark.fields
    clock.move_to(ward.at(TODAY, "08:10"))
    booked(ward, 2, "11:00")
    assert nurse.post("/since/read/", {name: until}).headers["Location"] == "/today/"
    page = nurse.get("/since/").context["page"]
    assert page.choices[0].is_current
    assert [str(group.title) for group in page.groups] == ["Patient002, Ines"]
    clock.move_to(ward.at(TODAY, "08:15"))
    nurse.post("/since/read/", {name: "never"})
    assert nurse.get("/since/").context["page"].total == 0


def test_the_menu_counts_what_others_did_since_one_read(
    ward: Ward, clock: time_machine.Traveller, staff: Staff
) -> None:
    nurse = staff("nurse")

    def counted_after(who: str, notes: int) -> str:
        for _ in range(notes):
            about, actor = About(ward.unit, on=TODAY), ward.cast.actor(who)
            write_note(actor, about=about, text="Fridge warm", is_pinned=False, key=uuid4(), at=timezone.now())
        menu = nurse.get("/account/calendar/").context["frame"].menu
        return next(link.count for link in menu if link.url == "/since/")

    assert counted_after("coordinator", 1) == ""  # the nurse has never said up to when they read
    nurse.post("/since/read/", {"until": ""})
    clock.shift(timedelta(minutes=5))
    assert counted_after("nurse", 1) == ""
    booked(ward, 1)
    assert counted_after("coordinator", 1) == "2"
    assert counted_after("coordinator", 19) == "20+"


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ("2026-11-24T07:45", ""),
        ("2026-11-25T07:45", "That time is still to come."),
        ("2026-01-01T00:00", "No further back than 31 days. A patient's history is on their own page."),
        ("yesterday-ish", "Write a day and a time, such as 24/11/2026 07:30."),
        ("0001-01-01T00:00", "Write a day and a time, such as 24/11/2026 07:30."),
    ],
)
def test_a_time_can_be_typed(asked: str, problem: str, ward: Ward, clock: Any, staff: Staff) -> None:
    assert staff("nurse").get("/since/", {"since": asked}).context["page"].problem == problem


def test_changes_cost_the_same_for_many(ward: Ward, clock: Any, staff: Staff) -> None:
    nurse = staff("nurse")
    booked(ward, 1, "08:00")
    nurse.get("/since/?since=day")
    one = cost(nurse, "/since/?since=day")
    for number, at in enumerate(("10:00", "12:00", "14:00"), start=2):
        booked(ward, number, at)
    assert cost(nurse, "/since/?since=day") == one


# --- my lists --------------------------------------------------------------------------------------------------------
def test_who_is_on_no_list_is_told_why_the_page_is_empty(ward: Ward, clock: Any, staff: Staff) -> None:
    assert "signs in as you yet" in words(staff("nurse").get("/mine/"))


def test_own_lists_visits_and_leave(ward: Ward, clock: Any, staff: Staff) -> None:
    doctor = ward.operators[0]
    doctor.user = ward.cast.doctor
    doctor.save()
    visit = booked(ward, 1)
    booked(ward, 2, room=1)
    Closure.objects.create(
        unit=ward.unit,
        resource=doctor,
        starts_at=ward.at(TODAY + timedelta(days=2), "00:00"),
        ends_at=ward.at(TODAY + timedelta(days=4), "00:00"),
        reason="Leave",
    )
    page = staff("doctor").get("/mine/").context["page"]
    days = {day.on: day for day in page.days}
    assert (page.visits, len(page.days)) == (1, 28)
    assert [one.name for one in days[TOMORROW].visits] == [str(visit.patient)]
    assert days[TOMORROW].lists == [
        "Room 1, 08:00–17:00, last patient out by 20:00",
        "Room 2, 08:00–17:00, last patient out by 20:00",
    ]
    away = [day.on for day in page.days if day.closures == ["Away: Leave, all day"]]
    assert away == [TODAY + timedelta(days=2), TODAY + timedelta(days=3)]


def test_places_of_a_handover_are_found(ward: Ward, clock: Any, staff: Staff, patient: Patient) -> None:
    response = staff("nurse").get("/today/")
    assert [tool.url for tool in response.context["page"].tools][:2] == ["/since/", "/tomorrow/"]
    assert "/mine/" in [link.url for link in response.context["frame"].menu]
