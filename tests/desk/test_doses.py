"""*Doses to book*, the slots beside it, and the booking."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from doseplans.models import PlanHold
from patients.models import Patient
from scheduling.engine.ticks import day_words
from scheduling.models import Appointment, Reservation
from scheduling.services import reserve_slot
from tests.desk.conftest import PANEL, words
from tests.triggers import without_trigger
from tests.ward import TODAY, dose_id, live, maintenance_patient, next_dose

if TYPE_CHECKING:
    import time_machine

    from tests.ward import Ward

Staff = Callable[[str], Client]
OTHER = TODAY + timedelta(days=8)


def wish(ward: Ward, at: str = "10:00", **other: Any) -> dict[str, str]:
    """A slot of today as the panel's form carries it."""
    found = ward.wanted(other.pop("day", TODAY), at, **other)
    return {"starts_at": found.starts_at.isoformat(), "room": str(found.room), "operator": str(found.operator)}


def url(name: str, patient: Patient) -> str:
    return reverse(f"desk:{name}", args=[dose_id(patient)])


# --- the list --------------------------------------------------------------------------------------------------------
def test_the_list_says_why_and_what_next(ward: Ward, patient: Patient, staff: Staff) -> None:
    page = words(staff("coordinator").get("/doses/"))
    assert "1 dose without a visit" in page
    assert "Patient001, Ines" in page
    assert "Closes in 6 days Last day Mon 30 Nov" in page
    assert "Find a slot" in page


def test_a_loading_dose_says_of_how_many(ward: Ward, patient: Patient, staff: Staff) -> None:
    dose = next_dose(patient)
    type(dose).objects.filter(pk=dose.pk).update(kind="loading", number_in_kind=2)
    assert "Loading dose 2 of 3" in words(staff("coordinator").get("/doses/"))


def test_a_new_unit_is_led_to_its_first_patients(ward: Ward, clock: Any, staff: Staff) -> None:
    Patient.objects.filter(unit=ward.unit).update(unit=ward.cast.other_unit)
    assert "No patient is on record in this unit yet. Import patients" in words(staff("coordinator").get("/doses/"))
    assert "A coordinator brings in the ward's list." in words(staff("nurse").get("/doses/"))


def test_an_empty_list_says_so(ward: Ward, clock: Any, staff: Staff) -> None:
    page = words(staff("coordinator").get("/doses/"))
    assert "Every dose whose window opens within four weeks has a visit." in page
    assert "See who comes today" in page


def test_a_dose_that_cannot_be_booked_says_what_is_missing(ward: Ward, patient: Patient, staff: Staff) -> None:
    patient.plans.update(genetic_test_note="")
    page = words(staff("coordinator").get("/doses/"))
    assert "Cannot be booked Genetic test report not recorded" in page
    assert "Find a slot" not in page


@pytest.fixture
def three(ward: Ward, clock: Any) -> list[Patient]:
    """Overdue, closing and opening later."""
    days = (TODAY - timedelta(days=9), TODAY + timedelta(days=1), TODAY + timedelta(days=20))
    return [maintenance_patient(ward, number, due=due) for number, due in enumerate(days, start=1)]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Patient001", "Patient002", "Patient003"]),
        ("show=overdue", ["Patient001"]),
        ("show=closing", ["Patient002"]),
        ("show=loading", []),
        ("show=nonsense&sort=nonsense&page=x", ["Patient001", "Patient002", "Patient003"]),
        ("sort=name", ["Patient001", "Patient002", "Patient003"]),
    ],
)
def test_filters_stand_in_the_address(query: str, names: list[str], three: list[Patient], staff: Staff) -> None:
    response = staff("coordinator").get(f"/doses/?{query}")
    assert [row.patient_name.partition(",")[0] for row in response.context["page"].rows] == names


def test_the_panel_keeps_the_lists_filters(three: list[Patient], staff: Staff) -> None:
    response = staff("coordinator").get("/doses/?show=overdue&sort=name")
    action = response.context["page"].rows[0].action
    assert action.url.endswith("/slots/?show=overdue&sort=name")
    panel = staff("coordinator").get(action.url).context["panel"]
    assert panel.close_url == "/doses/?show=overdue&sort=name"


def test_paging(ward: Ward, clock: Any, staff: Staff) -> None:
    for number in range(31):
        maintenance_patient(ward, number)
    coordinator = staff("coordinator")
    first, second = (coordinator.get(f"/doses/?page={number}").context["page"] for number in (1, 2))
    assert (len(first.rows), len(second.rows)) == (30, 1)
    assert (first.pager.first, first.pager.last, first.pager.total) == (1, 30, 31)
    assert (first.pager.next_url, second.pager.previous_url) == ("/doses/?page=2", "/doses/")


def test_the_csv_is_of_the_list_as_filtered(three: list[Patient], staff: Staff) -> None:
    tools = staff("coordinator").get("/doses/?show=overdue").context["page"].actions
    assert [button.url for button in tools] == ["/ahead/", "/waiting/", "/doses/csv/?show=overdue"]
    rows = staff("coordinator").get(tools[-1].url).content.decode().splitlines()
    assert len(rows) == 2


def test_csv_has_all_rows_and_runs_no_formula(ward: Ward, patient: Patient, staff: Staff) -> None:
    Patient.objects.filter(pk=patient.pk).update(family_name="=HYPERLINK(1)")
    response = staff("coordinator").get("/doses/csv/")
    rows = list(csv.reader(io.StringIO(response.content.decode().removeprefix("\ufeff"))))
    assert response.headers["Content-Disposition"] == 'attachment; filename="doses-to-book-2026-11-24.csv"'
    assert [len(row) for row in rows] == [12, 12]
    assert rows[1][0] == "'=HYPERLINK(1)"
    assert rows[1][7:10] == ["2026-11-25", "2026-11-23", "2026-11-30"]


# --- slots -----------------------------------------------------------------------------------------------------------
def test_slots_come_with_reasons_and_costs(ward: Ward, patient: Patient, staff: Staff) -> None:
    panel = staff("coordinator").get(url("slots", patient)).context["panel"]
    best = panel.slots[0]
    assert len(panel.slots) == 4
    assert best.reasons[0].text == "Inside the window, on the target day"
    assert (best.cost, best.cost_detail) == ("On the target day", "drift stays 0 d")
    assert best.reserve.label == "Reserve"


def test_htmx_is_given_the_panel_alone(ward: Ward, patient: Patient, staff: Staff) -> None:
    response = staff("coordinator").get(url("slots", patient), **PANEL)
    assert b"<html" not in response.content
    assert response.content.strip().startswith(b'<section class="panel"')


def test_another_time_can_be_looked_from(ward: Ward, patient: Patient, staff: Staff) -> None:
    response = staff("coordinator").get(url("slots", patient) + "?from=2026-11-28")
    days = [ward.unit.local_date(slot.arrives_at) for slot in response.context["panel"].slots]
    assert min(days).isoformat() >= "2026-11-28"


@pytest.mark.parametrize("asked", ["x", "0001-01-01", "9999-12-31", ""])
def test_a_day_that_is_none_is_passed_over(asked: str, patient: Patient, staff: Staff) -> None:
    assert staff("coordinator").get(url("slots", patient) + f"?from={asked}").status_code == 200


def test_a_held_plan_offers_no_slot(ward: Ward, patient: Patient, staff: Staff) -> None:
    PlanHold.objects.create(
        plan=patient.plans.get(), reason="CSF white cells", placed_on=TODAY, placed_by_name="Dr Malik"
    )
    panel = staff("coordinator").get(url("slots", patient)).context["panel"]
    assert list(panel.slots) == []
    assert panel.refusal.title == "The plan is on hold"
    assert "CSF white cells" in panel.refusal.sentence
    assert panel.refusal.nearest.label == "Open the plan"


def test_a_full_window_says_what_was_checked_and_offers_the_nearest(ward: Ward, patient: Patient, staff: Staff) -> None:
    from scheduling.models import Closure

    dose = next_dose(patient)
    Closure.objects.create(
        unit=ward.unit,
        starts_at=ward.at(TODAY, "00:00"),
        ends_at=ward.at(dose.latest_on + timedelta(days=1), "00:00"),
        reason="Flood",
    )
    doctor = staff("doctor").get(url("slots", patient)).context["panel"]
    assert doctor.refusal.title == "No slot inside the window"
    assert doctor.refusal.checks[-1].text.endswith(": none")
    assert doctor.slots[0].reason_label == "Your reason to go outside the window"
    coordinator = staff("coordinator").get(url("slots", patient)).context["panel"]
    assert [slot.reserve for slot in coordinator.slots] == [None] * len(coordinator.slots)
    assert coordinator.slots[0].reasons[-1].text == "Only a doctor decides that"


def test_a_day_after_the_window_is_told_as_such(ward: Ward, patient: Patient, staff: Staff) -> None:
    late = next_dose(patient).latest_on + timedelta(days=1)
    told = {
        role: staff(role).get(url("slots", patient), {"from": late.isoformat()}).context["panel"].refusal
        for role in ("coordinator", "doctor")
    }
    assert {str(one.title) for one in told.values()} == {"You look from a day after the window"}
    ends = f"The window ends on {day_words(late - timedelta(days=1))}."
    assert told["coordinator"].sentence == f"{ends} A doctor books outside it, with a reason."
    assert told["doctor"].sentence == f"{ends} Outside it, give the reason."


# --- reserve, let go, book -------------------------------------------------------------------------------------------
def test_reserving_keeps_the_slot_and_says_until_when(ward: Ward, patient: Patient, staff: Staff) -> None:
    response = staff("coordinator").post(url("reserve", patient), wish(ward), **PANEL)
    held = response.context["panel"].slots[0]
    assert response.status_code == 200
    assert held.reserved_until == ward.at(TODAY, "08:10")
    assert (held.confirm.label, held.release.label) == ("Book and send invite", "Let go")
    assert held.told[0].text == "Invite to Ines Patient001, 20 s after booking."
    assert b'hx-swap-oob="true"' in response.content
    assert "Reserved by you, 10 min left" in words(response)


def test_a_reservation_that_is_not_proposed_is_still_shown(ward: Ward, patient: Patient, staff: Staff) -> None:
    coordinator = staff("coordinator")
    coordinator.post(url("reserve", patient), wish(ward, "14:45", room=1, operator=1))
    held = coordinator.get(url("slots", patient)).context["panel"].slots[0]
    assert (held.key, held.arrives_at) == ("held", ward.at(TODAY, "14:45"))
    assert held.where == "Room 2 at 15:45, home 18:00, Dr Osei"


def test_without_javascript_reserving_leads_back_to_the_panel(ward: Ward, patient: Patient, staff: Staff) -> None:
    response = staff("coordinator").post(url("reserve", patient) + "?show=closing", wish(ward))
    assert response.status_code == 302
    assert response.headers["Location"] == url("slots", patient) + "?show=closing"


def test_letting_go_twice_is_harmless(ward: Ward, patient: Patient, staff: Staff) -> None:
    coordinator = staff("coordinator")
    coordinator.post(url("reserve", patient), wish(ward))
    for _ in range(2):
        assert coordinator.post(url("release", patient), **PANEL).status_code == 200
    assert Reservation.objects.count() == 0


def test_a_colleagues_reservation_is_named(ward: Ward, patient: Patient, staff: Staff) -> None:
    reserve_slot(ward.cast.actor("nurse"), dose_id=dose_id(patient), wanted=ward.wanted(TODAY, "10:00"))
    coordinator = staff("coordinator")
    panel = coordinator.get(url("slots", patient)).context["panel"]
    assert panel.blocks[0].text == ("Ada Nurse is choosing a slot for this dose, until 08:10. Ask them, or wait.")
    assert [slot.reserve for slot in panel.slots] == [None] * 4
    response = coordinator.post(url("book", patient), wish(ward, "13:00"), **PANEL)
    assert response.status_code == 409
    assert response.context["panel"].refusal.title == "A colleague is choosing a slot"


def test_booking_says_what_happened_and_can_be_taken_back(ward: Ward, patient: Patient, staff: Staff) -> None:
    coordinator = staff("coordinator")
    coordinator.post(url("reserve", patient), wish(ward))
    response = coordinator.post(f"{url('book', patient)}?sort=name", wish(ward), **PANEL)
    assert response.headers["HX-Redirect"] == "/doses/?sort=name"  # nobody else is in the list
    visit = Appointment.objects.get()
    page = coordinator.get("/doses/?sort=name")
    assert "Booked: Patient001, Ines, Tue 24 Nov, 10:00. The invite leaves in 20 s." in words(page)
    undo = reverse("desk:undo", args=[visit.public_id]) + "?sort=name"
    assert f'action="{undo}"' in page.content.decode()
    assert 'data-toast-seconds="20"' in page.content.decode()
    back = coordinator.post(undo, follow=True)
    row = visit.dose and visit.dose.public_id
    assert back.redirect_chain == [(f"/doses/?sort=name&near={row}#row-{row}", 302)]
    assert "Taken back: Patient001, Ines. Nothing was sent." in words(back)
    assert live(patient) == []


def test_undo_after_its_seconds_says_so(ward: Ward, patient: Patient, visit: Appointment, staff: Staff) -> None:
    from scheduling.models import AppointmentEvent

    past = visit.booked_at - timedelta(days=3)
    with without_trigger("scheduling.AppointmentEvent:fixed"):
        AppointmentEvent.objects.update(releases_at=past)
    response = staff("coordinator").post(reverse("desk:undo", args=[visit.public_id]), follow=True)
    assert "The time to undo is over" in words(response)
    assert live(patient) == [visit]


def test_booking_without_javascript(ward: Ward, patient: Patient, staff: Staff) -> None:
    response = staff("coordinator").post(url("book", patient) + "?show=closing", wish(ward))
    assert (response.status_code, response.headers["Location"]) == (302, "/doses/?show=closing")
    assert len(live(patient)) == 1


def test_a_second_click_is_told_that_it_is_booked(ward: Ward, patient: Patient, staff: Staff) -> None:
    coordinator = staff("coordinator")
    first = url("book", patient)
    coordinator.post(first, wish(ward))
    response = coordinator.post(first, wish(ward))
    assert response.status_code == 409
    assert "This dose is booked already" in words(response)
    assert "Open the visit" in words(response)
    assert len(live(patient)) == 1


def test_booked_one_stands_on_the_dose_that_follows_in_the_list(ward: Ward, patient: Patient, staff: Staff) -> None:
    after, last = (maintenance_patient(ward, number, due=TODAY + timedelta(days=2)) for number in (4, 5))
    near = f"near={next_dose(after).public_id}#row-{next_dose(after).public_id}"
    coordinator = staff("coordinator")
    answer = coordinator.post(url("book", patient), wish(ward), **PANEL)
    assert answer.headers["HX-Redirect"] == f"/doses/?{near}"
    row = f'id="row-{next_dose(after).public_id}" tabindex="-1"'
    assert row in " ".join(coordinator.get("/doses/").content.decode().split())
    of_last = coordinator.post(f"{url('book', last)}?sort=name", wish(ward, "12:00"), **PANEL)
    assert of_last.headers["HX-Redirect"] == f"/doses/?sort=name&{near}"


def test_a_taken_slot_is_refused_with_fresh_slots(ward: Ward, visit: Appointment, staff: Staff) -> None:
    other = maintenance_patient(ward, 2)
    response = staff("coordinator").post(url("book", other), wish(ward), **PANEL)
    panel = response.context["panel"]
    assert response.status_code == 409
    assert panel.refusal.title == "That slot is taken"
    assert panel.refusal.sentence == "Room 1 is taken at that time by another visit. Choose another slot."
    assert panel.refusal.nearest.label.startswith("Reserve Wed 25 Nov")
    assert len(panel.slots) == 4


def test_outside_the_window_a_doctor_gives_a_reason(ward: Ward, patient: Patient, staff: Staff) -> None:
    late = wish(ward, day=OTHER)
    coordinator = staff("coordinator").post(url("book", patient), {**late, "reason": "Holiday"}, **PANEL)
    assert (coordinator.status_code, coordinator.context["panel"].refusal.title) == (422, "Outside the window")
    without = staff("doctor").post(url("book", patient), late, **PANEL)
    assert without.status_code == 422
    staff("doctor").post(url("book", patient), {**late, "reason": "Recovering from flu"}, **PANEL)
    assert live(patient)[0].override_reason == "Recovering from flu"


def test_a_written_reason_stays_when_the_choice_is_refused(ward: Ward, patient: Patient, staff: Staff) -> None:
    """Another visit takes the room first: the doctor sends the reason again with the next slot, not writes it again."""
    from scheduling.models import Closure

    dose = next_dose(patient)
    Closure.objects.create(
        unit=ward.unit,
        starts_at=ward.at(TODAY, "00:00"),
        ends_at=ward.at(dose.latest_on + timedelta(days=1), "00:00"),
        reason="Flood",
    )
    late = wish(ward, day=dose.latest_on)  # inside the closure: refused
    response = staff("doctor").post(url("reserve", patient), {**late, "reason": 'Flu & "fever"'}, **PANEL)
    assert response.status_code == 422
    assert {slot.reason for slot in response.context["panel"].slots} == {'Flu & "fever"'}
    assert 'value="Flu &amp; &quot;fever&quot;"' in response.content.decode()


def test_a_slot_reserved_with_a_reason_is_booked_with_it(ward: Ward, patient: Patient, staff: Staff) -> None:
    doctor, late = staff("doctor"), wish(ward, day=OTHER)
    reserved = doctor.post(url("reserve", patient), {**late, "reason": "Recovering from flu"}, **PANEL)
    held = reserved.context["panel"].slots[0]
    assert (held.reserved_until is not None, held.reason) == (True, "Recovering from flu")
    assert 'value="Recovering from flu"' in reserved.content.decode()
    # A page loaded again asks anew, since the reservation itself carries no reason.
    assert doctor.get(url("slots", patient)).context["panel"].slots[0].reason_label
    doctor.post(url("book", patient), {**dict(held.confirm.fields), "reason": held.reason}, **PANEL)
    assert live(patient)[0].override_reason == "Recovering from flu"


@pytest.mark.parametrize(
    "broken", [{"starts_at": "x"}, {"starts_at": "2026-11-24T10:00:00"}, {"room": "1"}, {"operator": ""}]
)
def test_a_choice_nobody_offered_is_refused(broken: dict[str, str], ward: Ward, patient: Patient, staff: Staff) -> None:
    response = staff("coordinator").post(url("book", patient), {**wish(ward), **broken}, **PANEL)
    assert response.status_code == 422
    assert "Choose one of the slots shown." in words(response)


def test_opening_the_address_of_an_act_opens_its_page(patient: Patient, staff: Staff) -> None:
    for name in ("reserve", "release", "book"):
        response = staff("coordinator").get(url(name, patient))
        assert (response.status_code, response.headers["Location"]) == (302, url("slots", patient))


def test_a_role_that_does_not_book_sees_the_list_without_buttons(ward: Ward, patient: Patient, staff: Staff) -> None:
    manager = staff("manager")
    assert manager.get("/doses/").context["page"].rows[0].action is None
    response = manager.post(url("book", patient), wish(ward))
    assert response.status_code == 403
    assert "Your role here does not book visits. Ask a coordinator." in words(response)


def test_another_units_dose_is_not_there(ward: Ward, patient: Patient, staff: Staff) -> None:
    assert staff("other_nurse").get(url("slots", patient)).status_code == 404
    assert staff("other_coordinator").post(url("book", patient), wish(ward)).status_code == 404


def test_a_reservation_that_ran_out_does_not_stop_the_booking(
    ward: Ward, patient: Patient, clock: time_machine.Traveller, staff: Staff
) -> None:
    coordinator = staff("coordinator")
    coordinator.post(url("reserve", patient), wish(ward))
    clock.shift(timedelta(minutes=11))
    assert coordinator.get(url("slots", patient)).context["panel"].slots[0].reserved_until is None
    coordinator.post(url("book", patient), wish(ward))
    assert len(live(patient)) == 1
