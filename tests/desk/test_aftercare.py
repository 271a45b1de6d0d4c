"""Asking after a dose, on the worklist's page; a red flag from the patient's page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from doseplans.models import Administration, FollowUp, PlanHold
from doseplans.red_flags import RedFlag
from patients.models import Patient, WorklistItem
from scheduling.services.courses.holding import resume_plan
from scheduling.services.day.aftercare import ask_after, record_red_flag
from scheduling.services.readiness import finish_worklist_item
from tests.desk.conftest import PANEL, words
from tests.ward import NOW, TODAY

if TYPE_CHECKING:
    from tests.ward import Ward

Staff = Callable[[str], Client]
NONE = {flag.value: "no" for flag in RedFlag}


@pytest.fixture
def call(ward: Ward, patient: Patient) -> WorklistItem:
    """The call after a dose given 30 hours ago."""
    given = Administration.objects.filter(dose__plan__patient=patient).latest("given_at")
    given.given_at = NOW - timedelta(hours=30)
    given.save()
    ask_after(given, patient=patient, unit=ward.unit)
    return WorklistItem.objects.get(kind="follow_up", title="Follow-up call")


def test_the_questions_are_asked_by_name_with_nothing_chosen(call: WorklistItem, staff: Staff) -> None:
    for extra in (dict[str, Any](), PANEL):
        response = staff("nurse").get(f"/worklist/{call.public_id}/", **extra)
        page = words(response)
        for question in (
            "Severe headache?",
            "Stiff neck?",
            "Fever?",
            "Light sensitivity?",
            "Change in vision?",
            "New weakness, numbness or burning pain?",
        ):
            assert question in page
        assert "checked" not in response.content.decode()
        assert "What came of it" not in page


def test_the_list_and_the_menu_count_only_what_is_due(call: WorklistItem, staff: Staff) -> None:
    response = staff("nurse").get("/worklist/")
    page = response.context["page"]
    assert [task.title for section in page.sections for task in section.tasks] == ["Follow-up call"]
    assert [str(task.due) for section in page.sections for task in section.tasks] == ["Due now"]
    [worklist] = [item for item in response.context["frame"].nav if item.key == "worklist"]
    assert worklist.count == 1


def test_no_red_flag_ends_it(call: WorklistItem, staff: Staff) -> None:
    response = staff("nurse").post(
        f"/worklist/{call.public_id}/follow-up/", {**NONE, "note": "Back at work"}, follow=True
    )
    assert "No red flag: Patient001, Ines." in words(response)
    call.refresh_from_db()
    assert (call.outcome, call.done_by.name) == ("Back at work", "Ada Nurse")
    assert not PlanHold.objects.exists()


def test_a_question_left_out_is_asked_for_and_the_rest_stays(call: WorklistItem, staff: Staff) -> None:
    answers = {**NONE, "note": "Sleeps well"}
    del answers["fever"]
    response = staff("nurse").post(f"/worklist/{call.public_id}/follow-up/", answers)
    assert response.status_code == 422
    assert "Ask this one too, and answer yes or no." in words(response)
    assert 'value="Sleeps well"' in response.content.decode()
    assert response.content.decode().count("checked") == 5
    assert not FollowUp.objects.filter(done_at__isnull=False).exists()


def test_a_yes_holds_the_plan_and_stands_on_top_of_the_list_and_on_the_banner(
    call: WorklistItem, patient: Patient, staff: Staff
) -> None:
    response = staff("nurse").post(
        f"/worklist/{call.public_id}/follow-up/", {**NONE, "stiff_neck": "yes", "note": ""}, follow=True
    )
    assert "Red flag recorded: Patient001, Ines. The plan is on hold." in words(response)
    now = response.context["page"].sections[0]
    assert now.tasks[0].title == "Red flag: stiff neck"
    record = staff("nurse").get(f"/patients/{patient.public_id}/")
    assert [flag.text for flag in record.context["page"].banner.alerts] == ["Red flag: stiff neck"]
    assert "Held by Ada Nurse: Red flag: stiff neck." in words(record)


def test_nobody_reached_needs_no_answers_and_comes_back(call: WorklistItem, staff: Staff) -> None:
    response = staff("nurse").post(
        f"/worklist/{call.public_id}/follow-up/", {"unreached": "1", "note": "Voicemail"}, follow=True
    )
    assert "Not reached: Patient001, Ines." in words(response)
    call.refresh_from_db()
    assert (call.done_at, call.due_at) == (None, NOW + timedelta(hours=4))
    assert response.context["page"].sections == []


def test_a_second_answer_is_told_who_was_first(call: WorklistItem, staff: Staff) -> None:
    url = f"/worklist/{call.public_id}/follow-up/"
    staff("doctor").post(url, NONE)
    response = staff("nurse").post(url, {**NONE, "fever": "yes"}, follow=True)
    assert "Ada Doctor has recorded this follow-up already." in words(response)
    assert not PlanHold.objects.exists()


def test_an_escalation_is_closed_by_a_doctor_alone(ward: Ward, patient: Patient, staff: Staff) -> None:
    record_red_flag(ward.cast.actor("nurse"), patient_id=patient.public_id, red_flags=["fever"])
    item = WorklistItem.objects.get(kind="escalation")
    page = staff("nurse").get(f"/worklist/{item.public_id}/", **PANEL)
    assert "A doctor looks at it and closes it." in words(page)
    assert f"/worklist/{item.public_id}/finish/" not in page.content.decode()
    assert staff("nurse").post(f"/worklist/{item.public_id}/finish/", {"outcome": "Fine"}).status_code == 403
    done = staff("doctor").post(f"/worklist/{item.public_id}/finish/", {"outcome": "Seen at once"}, follow=True)
    assert "Finished: Red flag: fever." in words(done)


def test_a_closed_red_flag_leaves_its_hold_on_the_worklist(ward: Ward, patient: Patient, staff: Staff) -> None:
    record_red_flag(ward.cast.actor("nurse"), patient_id=patient.public_id, red_flags=["fever"])
    item = WorklistItem.objects.get(kind="escalation")
    doctor = staff("doctor")
    shown = words(doctor.get(f"/worklist/{item.public_id}/", **PANEL))
    assert "Finishing this lifts no hold. A plan still on hold comes back here, to be reviewed." in shown
    doctor.post(f"/worklist/{item.public_id}/finish/", {"outcome": "A virus"})
    review = WorklistItem.objects.get(kind="hold_review", done_at__isnull=True)
    assert (review.patient, review.title) == (patient, "Review the hold")
    assert review.detail.startswith("No review day is set.")
    assert PlanHold.objects.get().lifted_at is None


def test_a_red_flag_closed_after_its_hold_was_lifted_asks_for_nothing(
    ward: Ward, patient: Patient, staff: Staff
) -> None:
    record_red_flag(ward.cast.actor("nurse"), patient_id=patient.public_id, red_flags=["fever"])
    plan = PlanHold.objects.get().plan
    resume_plan(ward.cast.actor("doctor"), plan_id=plan.public_id, how="label", reason="A virus")
    item = WorklistItem.objects.get(kind="escalation")
    staff("doctor").post(f"/worklist/{item.public_id}/finish/", {"outcome": "A virus"})
    assert not WorklistItem.objects.filter(kind="hold_review").exists()


def test_a_red_flag_from_the_patients_page(patient: Patient, staff: Staff) -> None:
    nurse, url = staff("nurse"), f"/patients/{patient.public_id}/red-flag/"
    record = nurse.get(f"/patients/{patient.public_id}/")
    assert [action.url for action in record.context["page"].actions if action.kind == "danger"] == [url]
    page = words(nurse.get(url))
    assert "A doctor is asked at once" in page
    assert "The plan goes on hold." in page
    refused = nurse.post(url, {"note": "Rang us"})
    assert refused.status_code == 422
    assert "Choose at least one." in words(refused)
    assert 'value="Rang us"' in refused.content.decode()
    done = nurse.post(url, {"red_flags": ["fever", "change_in_vision"], "note": "Rang us"}, follow=True)
    assert "Red flag recorded" in words(done)
    assert PlanHold.objects.get().reason == "Red flag: fever; change in vision"


def test_the_patients_page_tells_what_was_asked(call: WorklistItem, patient: Patient, staff: Staff) -> None:
    rows = staff("nurse").get(f"/patients/{patient.public_id}/").context["page"].asked
    assert [(str(row.title), str(row.badge.text), row.url) for row in rows] == [
        (
            "Day-7 check, maintenance 1",
            "To come",
            f"/worklist/{WorklistItem.objects.get(title='Day-7 check').public_id}/",
        ),
        ("Follow-up call, maintenance 1", "Due", f"/worklist/{call.public_id}/"),
    ]
    staff("nurse").post(f"/worklist/{call.public_id}/follow-up/", NONE)
    rows = staff("manager").get(f"/patients/{patient.public_id}/").context["page"].asked
    assert [(str(row.badge.text), row.url) for row in rows] == [("To come", ""), ("No red flag", "")]


def test_a_plain_finish_does_not_get_past_the_questions(call: WorklistItem, staff: Staff) -> None:
    response = staff("nurse").post(f"/worklist/{call.public_id}/finish/", {"outcome": "Fine"})
    assert response.status_code == 409
    call.refresh_from_db()
    assert call.done_at is None


def test_a_review_is_never_ticked_off_but_settled_by_what_becomes_of_the_hold(
    ward: Ward, patient: Patient, staff: Staff
) -> None:
    hold_for_a_fever(ward, patient)
    review = WorklistItem.objects.get(kind="hold_review")
    plan, url = PlanHold.objects.get().plan, f"/worklist/{review.public_id}/"
    shown = staff("doctor").get(url, **PANEL)
    assert "Lift the hold, or leave it and set the next day of review. Either ends this." in words(shown)
    for way in ("resume", "hold/review"):
        assert f'href="/plans/{plan.public_id}/{way}/"' in shown.content.decode()
    assert f"{url}finish/" not in shown.content.decode()
    refused = staff("doctor").post(f"{url}finish/", {"outcome": "Seen"}, follow=True)
    assert "Lift the hold, or set the next day of its review: that finishes it." in words(refused)

    later = TODAY + timedelta(days=7)
    staff("doctor").post(f"/plans/{plan.public_id}/hold/review/", {"review_on": later.isoformat()})
    review.refresh_from_db()
    assert review.outcome == "The hold was looked at and stays."
    assert WorklistItem.objects.get(kind="hold_review", done_at__isnull=True).due_at == ward.at(later, "09:00")


def test_who_may_not_lift_a_hold_is_told_whom_to_ask(ward: Ward, patient: Patient, staff: Staff) -> None:
    hold_for_a_fever(ward, patient)
    review = WorklistItem.objects.get(kind="hold_review")
    shown = staff("coordinator").get(f"/worklist/{review.public_id}/", **PANEL)
    assert "A doctor lifts the hold, or sets the next day of its review. Ask them." in words(shown)
    assert "/plans/" not in shown.content.decode()


def hold_for_a_fever(ward: Ward, patient: Patient) -> None:
    """A red flag that a doctor has closed, its hold left standing."""
    record_red_flag(ward.cast.actor("nurse"), patient_id=patient.public_id, red_flags=["fever"])
    flag = WorklistItem.objects.get(kind="escalation")
    finish_worklist_item(ward.cast.actor("doctor"), item_id=flag.public_id, outcome="A virus")
