"""One visit on its own page: look, move, cancel, take back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from patients.models import AccessEntry, Carer
from scheduling.models import Appointment
from tests.desk.conftest import PANEL, words
from tests.ward import TODAY

if TYPE_CHECKING:
    import time_machine

    from tests.ward import Ward

Staff = Callable[[str], Client]


def url(name: str, visit: Appointment) -> str:
    return reverse(f"desk:{name}", args=[visit.public_id])


def wish(ward: Ward, at: str = "12:00", version: int | str = 1, **other: Any) -> dict[str, Any]:
    """A slot of today as the panel's form carries it, with the version its page showed."""
    found = ward.wanted(TODAY, at, **other)
    return {
        "starts_at": found.starts_at.isoformat(),
        "room": str(found.room),
        "operator": str(found.operator),
        "version": str(version),
    }


CANCEL = {"asked_by": "patient", "reason": "Has a cold", "version": "1"}


def test_the_page_says_what_when_where_and_what_was_done(visit: Appointment, staff: Staff) -> None:
    page = words(staff("coordinator").get(url("visit", visit)))
    assert "Tuesday 24 November, arrive 10:00" in page
    assert "Room Room 1 11:00–11:45" in page
    assert "Ada Coordinator booked Tue 24 Nov, 10:00" in page
    assert [entry.page for entry in AccessEntry.objects.all()] == ["visit"]


def test_its_day_brings_the_steps(visit: Appointment, clock: time_machine.Traveller, staff: Staff) -> None:
    nurse = staff("nurse")
    assert nurse.get(url("visit", visit)).context["page"].steps is not None
    clock.shift(-timedelta(days=1))
    assert staff("nurse").get(url("visit", visit)).context["page"].steps is None


def test_another_units_visit_is_not_there(ward: Ward, visit: Appointment, staff: Staff) -> None:
    theirs = staff("other_coordinator")
    for name in ("visit", "move", "cancel"):
        assert theirs.get(url(name, visit)).status_code == 404, name
    for name, body in (("move", wish(ward)), ("cancel", CANCEL), ("undo", {}), ("arrive", {})):
        assert theirs.post(url(name, visit), body).status_code == 404, name
    visit.refresh_from_db()
    assert (visit.status, visit.version) == ("booked", 1)


def test_a_stale_act_on_a_visit_cancelled_meanwhile_says_so(visit: Appointment, staff: Staff) -> None:
    staff("coordinator").post(url("cancel", visit), CANCEL)
    response = staff("nurse").post(url("arrive", visit), {"version": 1, "back": "visit"})
    page = words(response)
    assert response.status_code == 409
    assert "This visit was changed by Ada Coordinator since your page was loaded." in page
    assert "08:00: Ada Coordinator cancelled Tue 24 Nov, 10:00." in page


# --- move ------------------------------------------------------------------------------------------------------------
def test_moving_offers_slots_and_says_who_is_told(visit: Appointment, staff: Staff) -> None:
    whole = staff("coordinator").get(url("move", visit))
    part = staff("coordinator").get(url("move", visit), **PANEL)
    assert whole.context["panel"].slots[0].reserve.label == "Move here"
    assert ("version", "1") in whole.context["panel"].slots[0].reserve.fields
    assert b"<html" not in part.content


def test_moving_says_what_happened_and_can_be_taken_back(ward: Ward, visit: Appointment, staff: Staff) -> None:
    coordinator = staff("coordinator")
    response = coordinator.post(url("move", visit), wish(ward), follow=True)
    assert response.redirect_chain == [(url("visit", visit), 302)]
    assert "Moved: Patient001, Ines, now Tue 24 Nov, 12:00. The new time is sent in 20 s." in words(response)
    assert "Ada Coordinator moved it to Tue 24 Nov, 12:00" in words(response)
    back = coordinator.post(url("undo", visit), follow=True)
    assert back.redirect_chain == [(url("visit", visit), 302)]
    visit.refresh_from_db()
    assert (visit.starts_at, visit.ical_sequence) == (ward.at(TODAY, "10:00"), 0)


def test_by_htmx_moving_loads_the_visit_again(ward: Ward, visit: Appointment, staff: Staff) -> None:
    response = staff("coordinator").post(url("move", visit), wish(ward), **PANEL)
    assert response.headers["HX-Redirect"] == url("visit", visit)


def test_a_stale_move_says_what_changed_and_offers_slots_anew(ward: Ward, visit: Appointment, staff: Staff) -> None:
    staff("nurse").post(url("move", visit), wish(ward, "13:00"))
    response = staff("coordinator").post(url("move", visit), wish(ward, "12:00"), **PANEL)
    panel = response.context["panel"]
    assert response.status_code == 409
    assert panel.refusal.title == "This page was out of date"
    assert "08:00: Ada Nurse moved it to Tue 24 Nov, 13:00." in panel.refusal.sentence
    assert ("version", "2") in panel.slots[0].reserve.fields


def test_a_visit_under_way_cannot_be_moved(ward: Ward, visit: Appointment, staff: Staff) -> None:
    staff("nurse").post(url("arrive", visit), {"version": 1})
    response = staff("coordinator").post(url("move", visit), wish(ward, version=2), follow=True)
    assert "This visit is arrived and cannot be moved." in words(response)


# --- cancel ----------------------------------------------------------------------------------------------------------
def test_cancelling_says_before_what_follows(ward: Ward, visit: Appointment, staff: Staff) -> None:
    Carer.objects.create(patient=visit.patient, name="Noor", email="noor@example.org", receives_invites=True)
    Carer.objects.create(patient=visit.patient, name="Sam", receives_invites=True)
    page = words(staff("coordinator").get(url("cancel", visit)))
    assert "Ines Patient001 and Noor will be told, 20 s after." in page
    assert "Sam: No e-mail address on record" in page
    assert "Maintenance 2 goes back to the doses to book." in page


def test_cancelling_says_what_happened_and_can_be_taken_back(visit: Appointment, staff: Staff) -> None:
    coordinator = staff("coordinator")
    response = coordinator.post(url("cancel", visit), CANCEL, follow=True)
    page = words(response)
    assert "Cancelled: Patient001, Ines, Tue 24 Nov, 10:00. The cancellation is sent in 20 s." in page
    assert "The patient or carer: Has a cold" in page
    coordinator.post(url("undo", visit))
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_who_and_why_are_asked(visit: Appointment, staff: Staff) -> None:
    response = staff("coordinator").post(url("cancel", visit), {"reason": "Has a cold", "version": "1"})
    assert response.status_code == 422
    assert "Choose who asked for it." in words(response)
    assert 'value="Has a cold"' in response.content.decode()
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_a_stale_cancellation_keeps_what_was_typed(ward: Ward, visit: Appointment, staff: Staff) -> None:
    staff("nurse").post(url("move", visit), wish(ward, "13:00"))
    coordinator = staff("coordinator")
    response = coordinator.post(url("cancel", visit), CANCEL)
    form = response.context["cancel_form"]
    assert response.status_code == 409
    assert "Ada Nurse moved it to Tue 24 Nov, 13:00" in words(response)
    assert {name: form[name].value() for name in form.fields} == {**CANCEL, "version": "2"}
    coordinator.post(url("cancel", visit), {**CANCEL, "version": "2"})
    visit.refresh_from_db()
    assert visit.status == "cancelled"


def test_cancelling_twice_is_harmless(visit: Appointment, staff: Staff) -> None:
    coordinator = staff("coordinator")
    coordinator.post(url("cancel", visit), CANCEL)
    response = coordinator.post(url("cancel", visit), {**CANCEL, "version": "2"}, follow=True)
    assert "This visit is cancelled and cannot be cancelled." in words(response)
    assert response.redirect_chain == [(url("visit", visit), 302)]
    assert coordinator.get(url("cancel", visit)).status_code == 302


@pytest.mark.parametrize("name", ["move", "cancel"])
def test_a_role_that_does_not_book_is_told_whom_to_ask(name: str, visit: Appointment, staff: Staff) -> None:
    response = staff("manager").get(url(name, visit))
    assert response.status_code == 403
    assert "Ask a coordinator." in words(response)
    page = words(staff("manager").get(url("visit", visit)))
    assert "Move…" not in page
    assert "Cancel…" not in page
