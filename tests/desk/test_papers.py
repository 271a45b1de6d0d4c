"""What is written down before a dose: on the patient's page, beside the visit, and on short forms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from doseplans.models import DosePlan, Protocol
from patients.models import AntithromboticUse, Authorisation, Check, Consent, WorklistItem
from scheduling.services import record_arrival
from tests.cast import make_patient
from tests.desk.conftest import PANEL, words
from tests.ward import TODAY

if TYPE_CHECKING:
    import time_machine

    from patients.models import Patient
    from scheduling.models import Appointment
    from tests.ward import Ward

Staff = Callable[[str], Client]
pytestmark = pytest.mark.django_db


def url(name: str, record: Any) -> str:
    return reverse(f"desk:{name}", args=[record.public_id])


def panel_of(visit: Appointment, client: Client) -> str:
    return words(client.get(reverse("desk:day_visit", args=[TODAY, visit.public_id]), **PANEL))


# --- the day
def test_what_is_not_ready_is_said_in_words_on_the_board_and_beside_the_visit(
    staff: Staff, visit: Appointment, patient: Patient
) -> None:
    nurse = staff("nurse")
    assert "Ready: all 10 checks are in order" in panel_of(visit, nurse)
    assert "Not ready" not in words(nurse.get(reverse("desk:today")))
    Consent.objects.all().delete()
    panel = panel_of(visit, nurse)
    assert "Procedure consent: not recorded Mend it" in panel
    assert "In order: Maker's consent, Platelets" in panel
    assert "Not ready: Procedure consent" in words(nurse.get(reverse("desk:today")))
    assert f"{url('patient', patient)}#papers" in nurse.get(url("visit", visit)).content.decode()


def test_before_its_day_the_visit_and_the_patient_say_whether_all_is_ready(
    staff: Staff, visit: Appointment, patient: Patient, clock: time_machine.Traveller
) -> None:
    clock.shift(-timedelta(days=1))
    coordinator = staff("coordinator")
    for page in (url("visit", visit), url("patient", patient)):
        ready = coordinator.get(page).context["page"].ready
        assert (ready.title, str(ready.badge.text)) == ("Ready for Tue 24 Nov?", "Ready"), page
    Check.objects.filter(kind="platelets").delete()
    for page in (url("visit", visit), url("patient", patient)):
        shown = coordinator.get(page)
        assert shown.context["page"].ready.badge.text == "1 to mend", page
        assert "Platelets: not recorded Mend it" in words(shown), page


def test_on_its_day_the_steps_say_whether_all_is_ready(
    staff: Staff, visit: Appointment, patient: Patient, ward: Ward
) -> None:
    nurse = staff("nurse")
    assert nurse.get(url("visit", visit)).context["page"].ready is None
    assert nurse.get(url("patient", patient)).context["page"].ready is not None
    nurse.post(url("cancel", visit), {"asked_by": "patient", "reason": "Has a cold", "version": "1"})
    assert nurse.get(url("patient", patient)).context["page"].ready is None


def test_a_red_gate_stops_the_nurse_and_a_doctor_goes_on_with_a_reason(
    ward: Ward, staff: Staff, visit: Appointment
) -> None:
    Check.objects.filter(kind="platelets").delete()
    record_arrival(ward.cast.actor("nurse"), appointment_id=visit.public_id)
    nurse, doctor = staff("nurse"), staff("doctor")
    refused = nurse.post(url("start", visit), {"back": "day", "version": 2}, **PANEL)
    assert refused.status_code == 422
    assert "Not ready. Platelets: not recorded. Mend it, or ask a doctor." in words(refused)
    assert "Go on all the same" not in words(refused)
    assert "Go on all the same" in panel_of(visit, doctor)
    empty = doctor.post(url("start", visit), {"back": "day", "version": 2, "reason": ""}, **PANEL)
    assert "Write down your reason to go on all the same." in words(empty)
    stale = doctor.post(url("start", visit), {"back": "day", "version": 1, "reason": "Seen: 240"}, **PANEL)
    assert (stale.status_code, 'value="Seen: 240"' in stale.content.decode()) == (409, True)
    done = doctor.post(url("start", visit), {"back": "day", "version": 2, "reason": "Seen: 240"}, **PANEL)
    assert done.status_code == 200
    assert visit.events.get(kind="started").reason == "Seen: 240 (in spite of: Platelets: not recorded)"


# --- short forms
def test_a_consent_is_recorded_and_withdrawn(staff: Staff, patient: Patient) -> None:
    nurse = staff("nurse")
    page = url("consents", patient)
    posted = {"kind": "maker", "given_on": TODAY.isoformat(), "expires_on": ""}
    assert nurse.post(page, posted).headers["Location"] == page
    consent = Consent.objects.get(patient=patient, kind="maker")
    assert "Maker's access scheme consent given Tue 24 Nov" in words(nurse.get(page))
    twice = nurse.post(page, posted)
    assert (twice.status_code, twice.context["form"].non_field_errors()) == (
        409,
        ["A consent of this kind and day is on record already."],
    )
    nurse.post(page, {"act": "withdraw", "row": consent.pk})
    consent.refresh_from_db()
    assert consent.withdrawn_on == TODAY


def test_a_refusal_keeps_what_was_typed(staff: Staff, patient: Patient) -> None:
    tomorrow = TODAY + timedelta(days=1)
    response = staff("nurse").post(
        url("checks", patient),
        {"kind": "platelets", "done_on": tomorrow.isoformat(), "is_acceptable": "yes", "result": "210 x 10^9/L"},
    )
    assert response.status_code == 422
    assert response.context["form"].errors["done_on"] == ["The day lies in the future."]
    assert 'value="210 x 10^9/L"' in response.content.decode()


def test_a_check_is_recorded_and_struck_out_with_a_reason(staff: Staff, patient: Patient) -> None:
    nurse, page = staff("nurse"), url("checks", patient)
    posted = {"kind": "platelets", "done_on": TODAY.isoformat(), "is_acceptable": "no", "result": "38"}
    nurse.post(page, posted)
    check = Check.objects.get(result="38")
    assert (check.is_acceptable, check.done_on) == (False, TODAY)
    silent = nurse.post(page, {"act": "strike", "row": check.pk, "reason": ""})
    assert (silent.status_code, "Write down what was wrong." in words(silent)) == (422, True)
    nurse.post(page, {"act": "strike", "row": check.pk, "reason": "Another patient's"})
    check.refresh_from_db()
    assert check.is_entered_in_error
    assert "Entered in error" in words(nurse.get(page))
    assert "38" not in words(nurse.get(url("patient", patient))).split("Before the procedure")[1].split("Messages")[0]


def test_an_authorisation_is_recorded_by_a_coordinator_and_changed(staff: Staff, patient: Patient) -> None:
    clerk, page = staff("coordinator"), url("authorisations", patient)
    Authorisation.objects.all().delete()
    posted = {"status": "requested", "funding_source": "payer", "requested_on": TODAY.isoformat()}
    clerk.post(page, posted)
    row = Authorisation.objects.get()
    shown = clerk.get(page, {"row": row.pk})
    assert "Change the authorisation" in words(shown)
    clerk.post(page, posted | {"status": "approved", "units_approved": "1300", "authorisation": row.pk})
    row.refresh_from_db()
    assert (row.status, row.units_approved, Authorisation.objects.count()) == ("approved", 1300, 1)
    ends_early = clerk.post(page, posted | {"valid_from": "2026-12-01", "valid_to": "2026-11-30"})
    assert ends_early.context["form"].errors["valid_to"] == ["It ends before it begins."]


def test_a_pharmacist_records_a_medicine_its_pause_and_its_end(ward: Ward, staff: Staff, patient: Patient) -> None:
    pharmacist, page = staff("pharmacist"), url("medicines", patient)
    pharmacist.post(page, {"medicine": "Apixaban", "since": ""})
    use = AntithromboticUse.objects.get()
    pharmacist.post(page, {"act": "agree", "row": use.pk})
    use.refresh_from_db()
    assert use.hold_agreed_on == TODAY
    pharmacist.post(page, {"act": "stop", "row": use.pk})
    use.refresh_from_db()
    assert use.stopped_on == TODAY


def test_who_may_look_and_not_write_is_shown_no_form(staff: Staff, patient: Patient) -> None:
    for name in ("consents", "checks"):
        page = staff("coordinator").get(url(name, patient))
        assert (page.status_code, "course-form" in page.content.decode()) == (200, False)


# --- the plan
FACTS = {
    "consultant_name": "Dr Marsh",
    "prescriber_name": "Dr Malik",
    "genetic_test_note": "SOD1 +ve",
    "review_on": "2027-03-01",
    "pregnancy_discussed_on": "2026-11-20",
    "access_route": "ultrasound",
}


def test_a_doctor_writes_the_facts_and_the_page_says_what_stops(staff: Staff, patient: Patient) -> None:
    plan = DosePlan.objects.get(patient=patient)
    DosePlan.objects.update(prescriber_name="", review_on=date(2026, 11, 2))
    doctor = staff("doctor")
    page = words(doctor.get(url("patient", patient)))
    assert "Stops booking: Prescriber not recorded" in page
    assert "Stops booking: The clinical review was due on Mon 2 Nov" in page
    assert doctor.post(url("plan_facts", plan), FACTS).status_code == 302
    plan.refresh_from_db()
    assert (plan.prescriber_name, plan.access_route, plan.review_on) == ("Dr Malik", "ultrasound", date(2027, 3, 1))
    assert "Stops booking" not in words(doctor.get(url("patient", patient)))
    later = doctor.post(url("plan_facts", plan), FACTS | {"pregnancy_discussed_on": "2026-11-25"})
    assert later.context["form"].errors["pregnancy_discussed_on"] == ["The day of the discussion lies in the future."]


def test_a_course_taken_over_says_so(staff: Staff, patient: Patient) -> None:
    DosePlan.objects.update(prescriber_name="", pregnancy_discussed_on=None, taken_over_on=date(2026, 11, 1))
    page = words(staff("doctor").get(url("patient", patient)))
    assert "Prescriber not recorded (taken over)" in page
    assert "Stops booking" not in page


def test_a_plan_is_started_once_its_year_of_dates_has_been_seen(ward: Ward, clock: Any, staff: Staff) -> None:
    newcomer = make_patient(ward.unit, "Newcomer", "N100001")
    doctor, page = staff("doctor"), url("start_plan", newcomer)
    assert "Start a plan" in words(doctor.get(url("patient", newcomer)))
    tofersen = Protocol.objects.get(code="tofersen")
    posted = FACTS | {"protocol": tofersen.public_id, "starts_on": "2026-12-01"}
    shown = doctor.post(page, posted)
    assert DosePlan.objects.filter(patient=newcomer).count() == 0
    assert "A year of it, given on time from Tue 1 Dec" in words(shown)
    assert "Tue 30 Nov 2027" in words(shown)
    seen = shown.context["seen"]
    # Another first day is another year: it is shown first.
    assert doctor.post(page, posted | {"starts_on": "2026-12-02", "seen": seen}).status_code == 200
    assert DosePlan.objects.filter(patient=newcomer).count() == 0
    assert doctor.post(page, posted | {"seen": seen}).status_code == 302
    plan = DosePlan.objects.get(patient=newcomer)
    assert (plan.starts_on, plan.prescriber_name, plan.doses.count()) == (date(2026, 12, 1), "Dr Malik", 13)


def test_a_start_says_beside_each_fact_what_stops_booking_without_it(ward: Ward, clock: Any, staff: Staff) -> None:
    newcomer = make_patient(ward.unit, "Newcomer", "N100001")
    doctor, page = staff("doctor"), url("start_plan", newcomer)
    shown = words(doctor.get(page))
    for label in ("Prescriber", "Genetic test", "Next clinical review", "Pregnancy discussed on"):
        assert f"{label} needed for booking" in shown, label
    assert "Consultant if any" in shown
    tofersen = Protocol.objects.get(code="tofersen")
    posted = FACTS | {"protocol": tofersen.public_id, "starts_on": "2026-12-01", "pregnancy_discussed_on": ""}
    said = words(doctor.post(page, posted))
    assert "Stops booking: Pregnancy and contraception discussion not recorded." in said
    assert "Stops booking: Prescriber" not in said


def test_of_two_protocols_the_start_names_the_one_that_needs_a_fact(ward: Ward, clock: Any, staff: Staff) -> None:
    Protocol.objects.create(code="other", name="Other medicine", status=Protocol.Status.ACTIVE)
    newcomer = make_patient(ward.unit, "Newcomer", "N100001")
    shown = words(staff("doctor").get(url("start_plan", newcomer)))
    assert "Prescriber needed for booking with Tofersen 100 mg v1" in shown


def test_while_something_stops_booking_no_slot_is_offered_but_the_way_to_mend_it(
    staff: Staff, patient: Patient, clock: Any
) -> None:
    DosePlan.objects.update(pregnancy_discussed_on=None)
    plan = DosePlan.objects.get(patient=patient)
    doctor, coordinator = (
        staff("doctor").get(url("patient", patient)),
        staff("coordinator").get(url("patient", patient)),
    )
    for shown in (doctor, coordinator):
        assert "Find a slot" not in words(shown)
        assert "Book the series" not in words(shown)
        assert "Stops booking: Pregnancy and contraception discussion not recorded." in words(shown)
    assert doctor.context["page"].actions[0].url == url("plan_facts", plan)
    assert doctor.context["page"].plans[0].missing[0].url == url("plan_facts", plan)
    assert "A doctor sees to it." in words(coordinator)
    DosePlan.objects.update(pregnancy_discussed_on=TODAY)
    assert "Find a slot" in words(staff("coordinator").get(url("patient", patient)))


def test_a_draft_is_not_offered(ward: Ward, clock: Any, staff: Staff) -> None:
    newcomer = make_patient(ward.unit, "Newcomer", "N100001")
    form = staff("doctor").get(url("start_plan", newcomer)).context["form"]
    assert [label for _value, label in form.fields["protocol"].choices] == ["Choose…", "Tofersen 100 mg v1"]


def test_a_registry_return_finished_on_the_worklist_is_on_the_plan(ward: Ward, staff: Staff, patient: Patient) -> None:
    from doseplans.services.registry import open_registry_returns

    open_registry_returns(ward.at(TODAY + timedelta(days=400), "09:00"))
    item = WorklistItem.objects.get(kind="registry")
    staff("coordinator").post(url("finish_task", item), {"outcome": "Sent"})
    assert DosePlan.objects.get(patient=patient).registry_returned_on == TODAY
