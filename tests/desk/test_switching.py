"""The page on which a plan is switched to another protocol."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from doseplans.models import DosePlan, PlanSwitch, Protocol
from scheduling.models import Appointment
from scheduling.services import book_appointment
from tests.desk.conftest import words
from tests.protocols import next_version, other_medicine
from tests.ward import TODAY, Ward, dose_id, maintenance_patient

Staff = Callable[[str], Client]
DUE = TODAY + timedelta(days=1)
START = TODAY + timedelta(days=20)


@pytest.fixture
def plan(ward: Ward, clock: time_machine.Traveller) -> DosePlan:
    maintenance_patient(ward, due=DUE)
    return DosePlan.objects.get()


@pytest.fixture
def visit(ward: Ward, plan: DosePlan) -> Appointment:
    return book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(plan.patient), wanted=ward.wanted(DUE))


def address(plan: DosePlan) -> str:
    return reverse("desk:switch_protocol", args=[plan.public_id])


def asked(protocol: Protocol, visit: Appointment, **more: str) -> dict[str, str]:
    seen = f"{visit.public_id}:{visit.version}"
    return {"protocol": str(protocol.public_id), "reason": "Label changed", "seen": seen, **more}


def part(client: Client, plan: DosePlan, **asked: str) -> str:
    """What follows, as the form fetches it when something is chosen."""
    return words(client.get(address(plan), asked, headers={"HX-Request": "true", "HX-Target": "follows"}))


def test_the_next_version_shows_what_moves_and_switches(
    ward: Ward, plan: DosePlan, visit: Appointment, staff: Staff
) -> None:
    doctor, second = staff("doctor"), next_version(ward)
    page = words(doctor.get(address(plan)))
    assert "The plan follows Tofersen 100 mg v1." in page
    assert "Tofersen 100 mg v2" in page
    shown = part(doctor, plan, protocol=str(second.public_id))
    assert "The plan itself goes on by Tofersen 100 mg v2: its doses, holds and visits stay." in shown
    assert "Maintenance 2 is booked for Wed 25 Nov, now too early" in shown
    assert DosePlan.objects.get().protocol != second
    refused = doctor.post(address(plan), asked(second, visit, reason=""))
    assert (refused.status_code, "now too early" in words(refused)) == (422, True)
    done = doctor.post(address(plan), asked(second, visit), follow=True)
    assert "Switched: Patient001, Ines goes on by Tofersen 100 mg v2. A booked visit no longer fits" in words(done)
    assert "Tofersen 100 mg v1 until Tue 24 Nov (Ada Doctor: Label changed)" in words(done)
    assert DosePlan.objects.get().protocol == second


def test_another_medicine_says_what_ends_and_what_begins(
    ward: Ward, plan: DosePlan, visit: Appointment, staff: Staff
) -> None:
    doctor, other = staff("doctor"), other_medicine(ward)
    key = str(other.public_id)
    shown = part(doctor, plan, protocol=key)
    assert "This plan ends as switched today, and a new plan of Nusinersen 50/28 mg (example) v1 begins." in shown
    assert "1 visit is cancelled, and the patient is told: Wed 25 Nov, 09:00: Maintenance 2" in shown
    assert "It may begin with one of its doses 1 to 3." in shown
    shown = part(doctor, plan, protocol=key, starts_on=START.isoformat(), begins_with="2")
    assert "Loading dose 2 of 2 is due Mon 14 Dec" in shown
    assert "Maintenance 1 is due Wed 14 Apr: 4 months after loading 2" in shown
    without_day = doctor.post(address(plan), asked(other, visit))
    assert (without_day.status_code, "Set the day of the first dose" in words(without_day)) == (422, True)
    done = doctor.post(address(plan), asked(other, visit, starts_on=START.isoformat()), follow=True)
    assert "1 visit is cancelled." in words(done)
    assert PlanSwitch.objects.get().plan.protocol == other


def test_a_stale_page_keeps_what_was_typed(ward: Ward, plan: DosePlan, visit: Appointment, staff: Staff) -> None:
    doctor, second = staff("doctor"), next_version(ward)
    stale = doctor.post(address(plan), {**asked(second, visit), "seen": f"{visit.public_id}:7"})
    assert stale.status_code == 409
    assert stale.context["form"]["reason"].value() == "Label changed"
    again = doctor.post(address(plan), {**asked(second, visit), "seen": stale.context["form"]["seen"].value()})
    assert again.status_code == 302


def test_it_is_offered_to_a_doctor_alone_and_only_of_a_live_plan(
    ward: Ward, plan: DosePlan, visit: Appointment, staff: Staff
) -> None:
    patient = reverse("desk:patient", args=[plan.patient.public_id])
    assert address(plan) in staff("doctor").get(patient).content.decode()
    assert address(plan) not in staff("nurse").get(patient).content.decode()
    assert staff("nurse").get(address(plan)).status_code == 403
    DosePlan.objects.update(ended_on=TODAY, end_reason="stopped")
    assert staff("doctor").get(address(plan)).headers["Location"] == patient
    assert part(staff("doctor"), DosePlan.objects.get(), protocol="soon") == ""


def test_without_another_protocol_it_says_who_puts_one_in_use(plan: DosePlan, staff: Staff) -> None:
    page = words(staff("doctor").get(address(plan)))
    assert "No other protocol is in use" in page
    assert "Switch the plan" not in page
    answer = staff("doctor").post(address(plan), {"reason": "Anyway"})
    assert (answer.status_code, "No other protocol is in use" in words(answer)) == (422, True)
