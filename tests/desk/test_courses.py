"""The small pages on which a plan is held, resumed and ended, and a death recorded and taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from doseplans.models import DosePlan, PlanHold
from patients.models import Patient
from scheduling.models import Appointment
from scheduling.services import move_appointment
from scheduling.services.courses.deaths import record_death
from scheduling.services.courses.holding import end_plan_and_visits, hold_plan
from tests.desk.conftest import words
from tests.ward import TODAY

if TYPE_CHECKING:
    from tests.ward import Ward

Staff = Callable[[str], Client]
REVIEW = TODAY + timedelta(days=7)


@pytest.fixture
def plan(patient: Patient) -> DosePlan:
    return DosePlan.objects.get(patient=patient)


def url(name: str, record: Any) -> str:
    return reverse(f"desk:{name}", args=[record.public_id])


def answers(visit: Appointment, choice: str = "release", **more: Any) -> dict[str, str]:
    return {
        "reason": "CSF white cells up",
        "review_on": REVIEW.isoformat(),
        f"visit_{visit.public_id}": choice,
        "seen": f"{visit.public_id}:{visit.version}",
        **more,
    }


def put_on_hold(ward: Ward, plan: DosePlan) -> None:
    hold_plan(ward.cast.actor("doctor"), plan_id=plan.public_id, reason="Fever", review_on=REVIEW, visits={})


# --- the patient's page ----------------------------------------------------------------------------------------------
def test_the_plan_offers_what_fits_to_those_who_may(ward: Ward, plan: DosePlan, staff: Staff) -> None:
    page = url("patient", plan.patient)
    doctor, nurse, coordinator = staff("doctor"), staff("nurse"), staff("coordinator")

    def offered(browser: Client) -> tuple[list[str], list[str]]:
        """What stands on the plan, and what is behind its dots."""
        shown = browser.get(page).context["page"].plans[0]
        return [str(one.label) for one in shown.actions], [str(one.label) for one in shown.menu]

    assert offered(doctor) == (["Hold…"], ["Switch…", "Operator…", "End…"])
    assert offered(nurse) == (["Operator…"], [])
    assert [link.label for link in nurse.get(page).context["page"].menu] == [
        "Book the series…",
        "Record a death…",
    ]
    assert [link.label for link in coordinator.get(page).context["page"].menu] == ["Book the series…"]
    put_on_hold(ward, plan)
    assert offered(doctor) == (["Resume…"], ["Switch…", "Operator…", "End…"])
    assert "On hold since Tue 24 Nov, review Tue 1 Dec" in words(doctor.get(page))


# --- hold ------------------------------------------------------------------------------------------------------------
def test_the_hold_asks_visit_by_visit(plan: DosePlan, visit: Appointment, staff: Staff) -> None:
    page = words(staff("doctor").get(url("hold", plan)))
    assert "1 booked visit lies inside the hold" in page
    assert "Tue 24 Nov, 10:00: Maintenance 2" in page
    assert "Ines Patient001 will be told, 20 s after." in page


def test_a_hold_says_what_it_did(plan: DosePlan, visit: Appointment, staff: Staff) -> None:
    response = staff("doctor").post(url("hold", plan), answers(visit), follow=True)
    page = words(response)
    assert "On hold: Patient001, Ines. 1 visit is cancelled and the patient is told." in page
    assert "Held by Ada Doctor: CSF white cells up." in page
    visit.refresh_from_db()
    assert visit.status == "cancelled"


def test_a_visit_without_an_answer_is_asked_for_and_nothing_typed_is_lost(
    plan: DosePlan, visit: Appointment, staff: Staff
) -> None:
    body = answers(visit)
    del body[f"visit_{visit.public_id}"]
    response = staff("doctor").post(url("hold", plan), body)
    assert response.status_code == 422
    assert "Choose whether this visit is kept or released." in words(response)
    assert response.context["form"]["reason"].value() == "CSF white cells up"
    assert not PlanHold.objects.exists()


def test_a_stale_hold_page_shows_the_visits_of_now(
    ward: Ward, plan: DosePlan, visit: Appointment, staff: Staff
) -> None:
    body = answers(visit)
    move_appointment(ward.cast.actor("coordinator"), appointment_id=visit.public_id, wanted=ward.wanted(TODAY, "12:00"))
    doctor = staff("doctor")
    response = doctor.post(url("hold", plan), body)
    page = words(response)
    assert response.status_code == 409
    assert "The booked visits have changed since this page was loaded." in page
    assert "Tue 24 Nov, 12:00: Maintenance 2" in page
    form = response.context["form"]
    assert form["reason"].value() == "CSF white cells up"
    again = doctor.post(url("hold", plan), {**body, "seen": form["seen"].value()})
    assert again.status_code == 302


def test_a_hold_that_stands_leads_back_to_the_patient(ward: Ward, plan: DosePlan, staff: Staff) -> None:
    put_on_hold(ward, plan)
    assert staff("doctor").get(url("hold", plan)).headers["Location"] == url("patient", plan.patient)
    assert staff("nurse").get(url("hold", plan)).status_code == 403


def test_the_review_is_put_off(ward: Ward, plan: DosePlan, staff: Staff) -> None:
    put_on_hold(ward, plan)
    later = REVIEW + timedelta(days=7)
    response = staff("doctor").post(url("review_hold", plan), {"review_on": later.isoformat()}, follow=True)
    assert "Still on hold: Patient001, Ines. Review on Tue 8 Dec." in words(response)


# --- resume ----------------------------------------------------------------------------------------------------------
def test_resuming_shows_the_labels_rule_and_the_dates_of_both_ways(ward: Ward, plan: DosePlan, staff: Staff) -> None:
    put_on_hold(ward, plan)
    doctor = staff("doctor")
    page = words(doctor.get(url("resume", plan)))
    assert "If maintenance 2 is late: Give it as soon as possible; the next dose follows 28 days" in page
    assert "The label gives no re-loading rule after a long gap" in page
    assert "Maintenance 2 Wed 25 Nov" in page
    assert "Choose a day to see what follows from it." in page
    part = words(doctor.get(url("resume", plan), {"on": "2026-12-04"}, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="dates"))
    assert part.startswith("By the rule for the gap")
    assert "Maintenance 2 Fri 4 Dec" in part
    assert "Maintenance 3 Fri 1 Jan 2027" in part or "Maintenance 3 Fri 1 Jan" in part
    assert PlanHold.objects.get().lifted_at is None


def test_resuming_by_the_rule(ward: Ward, plan: DosePlan, staff: Staff) -> None:
    put_on_hold(ward, plan)
    response = staff("doctor").post(url("resume", plan), {"how": "label", "on": "", "reason": ""}, follow=True)
    assert "Resumed: Patient001, Ines. Maintenance 2 is due Wed 25 Nov." in words(response)
    assert PlanHold.objects.get().lifted_by_name == "Ada Doctor"


def test_a_day_of_ones_own_needs_a_reason(ward: Ward, plan: DosePlan, staff: Staff) -> None:
    put_on_hold(ward, plan)
    response = staff("doctor").post(url("resume", plan), {"how": "date", "on": "2026-12-04", "reason": ""})
    assert response.status_code == 422
    assert "Write down why you set this day." in words(response)
    assert response.context["form"]["on"].value() == "2026-12-04"


# --- end -------------------------------------------------------------------------------------------------------------
def test_the_end_names_what_it_frees(plan: DosePlan, visit: Appointment, staff: Staff) -> None:
    doctor = staff("doctor")
    response = doctor.get(url("end_plan", plan))
    assert "End the plan and cancel 1 visit" in words(response)
    body = {"reason": "withdrew", "on": TODAY.isoformat(), "note": "", "seen": response.context["form"]["seen"].value()}
    done = words(doctor.post(url("end_plan", plan), body, follow=True))
    assert "The plan has ended: Patient001, Ines. 1 visit is cancelled and the patient is told." in done
    assert "Withdrew" in done


def test_a_stale_end_page_is_shown_anew(ward: Ward, plan: DosePlan, visit: Appointment, staff: Staff) -> None:
    response = staff("doctor").post(
        url("end_plan", plan), {"reason": "stopped", "on": TODAY.isoformat(), "note": "Asked", "seen": ""}
    )
    assert response.status_code == 409
    assert response.context["form"]["note"].value() == "Asked"
    assert response.context["form"]["seen"].value() == f"{visit.public_id}:1"


def test_an_end_in_error_is_taken_back(ward: Ward, plan: DosePlan, staff: Staff) -> None:
    end_plan_and_visits(ward.cast.actor("doctor"), plan_id=plan.public_id, reason="stopped", on=TODAY)
    doctor = staff("doctor")
    assert "the doses go back to the doses to book" in words(doctor.get(url("reopen_plan", plan)))
    done = doctor.post(url("reopen_plan", plan), {"reason": "Meant somebody else"}, follow=True)
    assert "The plan is live again: Patient001, Ines." in words(done)


# --- death -----------------------------------------------------------------------------------------------------------
def test_a_death_says_before_what_ends_with_it(patient: Patient, visit: Appointment, staff: Staff) -> None:
    nurse = staff("nurse")
    page = words(nurse.get(url("record_death", patient)))
    assert "1 visit is cancelled and its place free: Tue 24 Nov, 10:00: Maintenance 2" in page
    assert "Nobody is told, and nothing is sent to the patient or a carer any more." in page
    assert "Record the death of Patient001, Ines" in page
    done = words(nurse.post(url("record_death", patient), {"died_on": TODAY.isoformat(), "note": ""}, follow=True))
    assert "Died 24 Nov 2026. Nothing is sent any more." in done
    assert "Find a slot" not in done
    assert nurse.get(url("undo_death", patient)).status_code == 403


def test_a_day_to_come_is_refused_beside_its_field(patient: Patient, staff: Staff) -> None:
    response = staff("nurse").post(url("record_death", patient), {"died_on": "2026-11-25", "note": "Rung"})
    assert response.status_code == 422
    assert "The day lies in the future." in words(response)
    assert response.context["form"]["note"].value() == "Rung"


def test_a_death_in_error_is_taken_back(ward: Ward, patient: Patient, visit: Appointment, staff: Staff) -> None:
    record_death(ward.cast.actor("nurse"), patient_id=patient.public_id, died_on=TODAY)
    doctor = staff("doctor")
    assert [link.label for link in doctor.get(url("patient", patient)).context["page"].menu] == [
        "Death recorded in error…"
    ]
    page = words(doctor.get(url("undo_death", patient)))
    assert "1 visit to come was cancelled and is not taken again" in page
    done = words(doctor.post(url("undo_death", patient), {"reason": "The wrong patient"}, follow=True))
    assert "Taken back: no death is on record for Patient001, Ines." in done
    assert "What was cancelled is on the worklist" in done


def test_another_units_plan_and_patient_are_not_there(plan: DosePlan, staff: Staff) -> None:
    theirs = staff("other_nurse")
    assert theirs.get(url("record_death", plan.patient)).status_code == 404
    assert theirs.get(url("hold", plan)).status_code in {403, 404}
