"""Readiness of visits: read in one query, warned of two working days before, and red stops the procedure alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from doseplans.models import DosePlan
from doseplans.readiness import gravest, not_green
from doseplans.services.registry import open_registry_returns
from patients.models import (
    AntithromboticTable,
    AntithromboticUse,
    Authorisation,
    Check,
    Consent,
    Flag,
    Patient,
    WorklistItem,
)
from patients.services import finish_item
from scheduling import services
from scheduling.errors import NotReady
from scheduling.models import Appointment
from scheduling.selectors.readiness import readiness, readiness_of
from scheduling.services.readiness import (
    agree_pause,
    finish_worklist_item,
    record_antithrombotic,
    record_check,
    record_consent,
    stop_antithrombotic,
    strike_check,
    withdraw_consent,
)
from scheduling.services.watching import warned_from, watch_readiness
from tests.ward import NOW, TODAY, dose_id, maintenance_patient
from units.errors import InvalidInput, NotAllowed, NotFound

if TYPE_CHECKING:
    from tests.ward import Ward

pytestmark = pytest.mark.django_db


def book(ward: Ward, patient: Patient, day: date = TODAY, clock: str = "10:00") -> Appointment:
    wanted = ward.wanted(day, clock)
    return services.book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=wanted)


@pytest.fixture
def patient(ward: Ward, clock: Any) -> Patient:
    return maintenance_patient(ward, due=TODAY)


@pytest.fixture
def visit(ward: Ward, patient: Patient) -> Appointment:
    return book(ward, patient)


@pytest.fixture
def table(ward: Ward) -> AntithromboticTable:
    table = AntithromboticTable.objects.create(
        unit=ward.unit, version=1, approved_by_name="Dr Malik", approved_on=date(2026, 1, 5)
    )
    table.rows.create(medicine="Apixaban", hours_before=48)
    table.rows.create(medicine="Warfarin", hours_before=120, needs_inr=True)
    table.status = "active"
    table.save()
    return table


def said(visit: Appointment, at: datetime = NOW) -> list[str]:
    return [state.sentence for state in not_green(readiness(visit, at=at))]


def test_a_patient_of_whom_all_is_on_record_is_ready(visit: Appointment) -> None:
    states = readiness(visit, at=NOW)
    assert [state.code for state in states] == list(visit.dose.plan.protocol.gates.values_list("code", flat=True))
    assert (gravest(states).value, len(states)) == ("green", 10)


def test_what_is_on_record_is_what_the_gates_see(visit: Appointment, patient: Patient, table: Any) -> None:
    Consent.objects.filter(patient=patient).update(withdrawn_on=TODAY)
    Check.objects.filter(patient=patient, kind="supine").update(is_entered_in_error=True)
    Check.objects.create(patient=patient, kind="platelets", done_on=TODAY, is_acceptable=False, result="38")
    Check.objects.create(patient=patient, kind="infection", done_on=TODAY + timedelta(days=1), is_acceptable=False)
    Authorisation.objects.update(doses_approved=4, valid_from=date(2026, 1, 1))
    AntithromboticUse.objects.create(patient=patient, medicine="warfarin")
    AntithromboticUse.objects.create(patient=patient, medicine="Heparin", stopped_on=TODAY)
    assert said(visit) == [
        "Procedure consent: withdrawn on Tue 24 Nov",
        "Platelets: not in order on Tue 24 Nov, 38",
        "INR: not recorded",
        "Can lie flat: not recorded",
        "Authorisation: all 4 approved doses are given",
        "Antithrombotic: warfarin: last dose by Thu 19 Nov 11:00, which has passed; the pause was not agreed",
    ]


def test_the_banner_alone_is_not_enough(visit: Appointment, patient: Patient) -> None:
    Flag.objects.create(patient=patient, kind="alert", code="antithrombotic", text="Anticoagulant")
    assert said(visit) == ["Antithrombotic: the banner names one, but which medicine is not recorded"]


def test_units_are_counted_by_the_protocols_dose(visit: Appointment) -> None:
    Authorisation.objects.update(units_approved=450, valid_from=date(2026, 1, 1))
    assert said(visit) == ["Authorisation: 50 of 450 approved units are left, and a dose takes 100"]
    Authorisation.objects.update(units_approved=500)
    assert said(visit) == []


def test_many_visits_cost_one_query(ward: Ward, clock: Any, django_assert_num_queries: Any) -> None:
    visits = [book(ward, maintenance_patient(ward, n, due=TODAY), clock=f"{9 + n}:00") for n in (1, 2, 3)]
    with django_assert_num_queries(1):
        found = readiness_of(visits, at=NOW)
    assert {len(states) for states in found.values()} == {10}
    with django_assert_num_queries(0):
        assert readiness_of([], at=NOW) == {}


# --- red stops the procedure alone
def test_red_stops_neither_booking_nor_arrival_but_the_procedure(ward: Ward, patient: Patient) -> None:
    Consent.objects.all().delete()
    nurse = ward.cast.actor("nurse")
    visit = services.record_arrival(nurse, appointment_id=book(ward, patient).public_id)
    with pytest.raises(NotReady) as caught:
        services.start_procedure(nurse, appointment_id=visit.public_id)
    assert caught.value.sentence == "Not ready. Procedure consent: not recorded. Mend it, or ask a doctor."
    assert caught.value.facts["gates"] == ["consent_procedure"]
    record_consent(nurse, patient_id=patient.public_id, kind="procedure", given_on=TODAY)
    assert services.start_procedure(nurse, appointment_id=visit.public_id).procedure_started_at is not None


def test_amber_lets_the_procedure_start(ward: Ward, visit: Appointment, patient: Patient) -> None:
    Flag.objects.create(patient=patient, kind="alert", code="antithrombotic", text="Anticoagulant")
    services.record_arrival(ward.cast.actor("nurse"), appointment_id=visit.public_id)
    started = services.start_procedure(ward.cast.actor("nurse"), appointment_id=visit.public_id)
    assert started.events.get(kind="started").reason == ""


def test_a_doctor_goes_on_with_a_written_reason_on_the_record(ward: Ward, visit: Appointment) -> None:
    Check.objects.filter(kind="platelets").delete()
    doctor, nurse = ward.cast.actor("doctor"), ward.cast.actor("nurse")
    services.record_arrival(nurse, appointment_id=visit.public_id)
    with pytest.raises(NotReady) as caught:
        services.start_procedure(doctor, appointment_id=visit.public_id, override_reason=" ")
    assert caught.value.sentence.endswith("Write down your reason to go on all the same.")
    with pytest.raises(NotReady):
        services.start_procedure(nurse, appointment_id=visit.public_id, override_reason="I think so")
    services.start_procedure(doctor, appointment_id=visit.public_id, override_reason="Seen on the ward system: 240.")
    event = visit.events.get(kind="started")
    assert event.reason == "Seen on the ward system: 240. (in spite of: Platelets: not recorded)"
    assert event.actor_name == ward.cast.doctor.name


# --- what is written down
def test_a_check_struck_out_counts_no_more(ward: Ward, visit: Appointment, patient: Patient) -> None:
    nurse, whom = ward.cast.actor("nurse"), patient.public_id
    record_check(nurse, patient_id=whom, kind="platelets", done_on=TODAY, is_acceptable=False, result="38")
    assert said(visit) == ["Platelets: not in order on Tue 24 Nov, 38"]
    wrong = Check.objects.get(result="38")
    assert wrong.recorded_by_name == ward.cast.nurse.name
    strike_check(nurse, patient_id=whom, check_id=wrong.pk, reason="Another patient's result")
    assert said(visit) == []
    with pytest.raises(NotFound):
        strike_check(nurse, patient_id=whom, check_id=wrong.pk, reason="Twice")


def test_a_pause_is_agreed_and_a_medicine_stopped(ward: Ward, patient: Patient, table: Any) -> None:
    visit = book(ward, patient, TODAY + timedelta(days=4))
    pharmacist, whom = ward.cast.actor("pharmacist"), patient.public_id
    record_antithrombotic(pharmacist, patient_id=whom, medicine="Apixaban")
    assert said(visit) == ["Antithrombotic: apixaban: last dose by Thu 26 Nov 11:00; the pause is not agreed"]
    use = AntithromboticUse.objects.get()
    agree_pause(pharmacist, patient_id=whom, use_id=use.pk, agreed_on=TODAY)
    assert said(visit) == []
    stop_antithrombotic(pharmacist, patient_id=whom, use_id=use.pk, stopped_on=TODAY)
    assert [state.words for state in readiness(visit, at=NOW) if state.code == "antithrombotic"] == ["None recorded"]


@pytest.mark.parametrize("who", ["coordinator", "pharmacist", "manager", "administrator"])
def test_a_consent_is_a_nurses_or_a_doctors_to_record(ward: Ward, patient: Patient, who: str) -> None:
    with pytest.raises(NotAllowed):
        record_consent(ward.cast.actor(who), patient_id=patient.public_id, kind="procedure", given_on=TODAY)


def test_what_cannot_be_is_refused(ward: Ward, patient: Patient) -> None:
    nurse, whom = ward.cast.actor("nurse"), patient.public_id
    with pytest.raises(InvalidInput):
        record_consent(nurse, patient_id=whom, kind="procedure", given_on=TODAY + timedelta(days=1))
    with pytest.raises(InvalidInput):
        record_check(nurse, patient_id=whom, kind="shoe size", done_on=TODAY, is_acceptable=True)
    with pytest.raises(NotFound):
        record_consent(ward.cast.actor("other_nurse"), patient_id=whom, kind="procedure", given_on=TODAY)


# --- the warning
def items() -> list[tuple[str, str]]:
    found = WorklistItem.objects.filter(kind="not_ready", done_at__isnull=True).order_by("due_at")
    return [(item.title, item.detail) for item in found]


def test_what_is_missing_is_on_the_worklist_until_it_is_mended(ward: Ward, patient: Patient) -> None:
    Consent.objects.all().delete()
    book(ward, patient, TODAY + timedelta(days=2))
    assert watch_readiness(ward.unit, at=NOW) == 1
    assert watch_readiness(ward.unit, at=NOW) == 1
    assert items() == [("Not ready for Thu 26 Nov", "Procedure consent: not recorded")]
    Check.objects.filter(kind="supine").delete()
    watch_readiness(ward.unit, at=NOW)
    assert items() == [("Not ready for Thu 26 Nov", "Procedure consent: not recorded; Can lie flat: not recorded")]
    nurse = ward.cast.actor("nurse")
    record_consent(nurse, patient_id=patient.public_id, kind="procedure", given_on=TODAY)
    assert items() == [("Not ready for Thu 26 Nov", "Can lie flat: not recorded")]
    record_check(nurse, patient_id=patient.public_id, kind="supine", done_on=TODAY, is_acceptable=True)
    assert items() == []


def test_a_withdrawal_warns_at_once(ward: Ward, visit: Appointment, patient: Patient) -> None:
    consent = Consent.objects.get()
    withdraw_consent(ward.cast.actor("nurse"), patient_id=patient.public_id, consent_id=consent.pk, withdrawn_on=TODAY)
    assert items() == [("Not ready for Tue 24 Nov", "Procedure consent: withdrawn on Tue 24 Nov")]


def test_a_visit_further_away_or_cancelled_is_not_on_it(ward: Ward, patient: Patient) -> None:
    Consent.objects.all().delete()
    visit = book(ward, patient, TODAY + timedelta(days=3))
    assert watch_readiness(ward.unit, at=NOW) == 0
    assert watch_readiness(ward.unit, at=NOW + timedelta(days=1)) == 1
    services.cancel_appointment(
        ward.cast.actor("coordinator"), appointment_id=visit.public_id, cancelled_by="unit", reason="Closed"
    )
    assert watch_readiness(ward.unit, at=NOW + timedelta(days=1)) == 0
    assert items() == []


def test_an_item_finished_by_somebody_comes_back_the_next_day_only(ward: Ward, patient: Patient) -> None:
    Consent.objects.all().delete()
    book(ward, patient, TODAY + timedelta(days=1))
    watch_readiness(ward.unit, at=NOW)
    item = WorklistItem.objects.get(kind="not_ready")
    finish_item(ward.cast.actor("nurse"), item_id=item.public_id, outcome="Brings the form")
    watch_readiness(ward.unit, at=NOW)
    assert items() == []
    watch_readiness(ward.unit, at=NOW + timedelta(days=1))
    assert len(items()) == 1


@pytest.mark.parametrize(
    ("visit_on", "nation", "since"),
    [
        (date(2026, 12, 29), "ENG", date(2026, 12, 23)),  # Christmas on Friday, its bank holiday on Monday
        (date(2027, 1, 5), "ENG", date(2026, 12, 31)),  # Tuesday: New Year's Day on Friday
        (date(2027, 1, 5), "SCT", date(2026, 12, 30)),  # Scotland keeps 2 January too, on Monday 4th
        (date(2027, 3, 30), "ENG", date(2027, 3, 24)),  # Easter Monday and the clocks going forward
        (date(2027, 3, 30), "SCT", date(2027, 3, 25)),  # Easter Monday is a working day in Scotland
        (date(2026, 10, 26), "ENG", date(2026, 10, 22)),  # the clocks went back in the night before
    ],
)
def test_it_warns_two_working_days_before_by_the_nations_calendar(
    ward: Ward, visit_on: date, nation: str, since: date
) -> None:
    ward.unit.nation = nation
    assert warned_from(ward.unit, visit_on) == since


def test_across_easter_and_the_night_the_clocks_go_forward(ward: Ward, time_machine: Any) -> None:
    time_machine.move_to(ward.at(date(2027, 3, 15), "09:00"), tick=False)
    someone = maintenance_patient(ward, 7, due=date(2027, 3, 30))
    Consent.objects.filter(patient=someone).delete()
    book(ward, someone, date(2027, 3, 30))
    late_tuesday, early_wednesday = ward.at(date(2027, 3, 23), "23:59"), ward.at(date(2027, 3, 24), "00:01")
    assert watch_readiness(ward.unit, at=late_tuesday) == 0
    assert watch_readiness(ward.unit, at=early_wednesday) == 1
    assert WorklistItem.objects.get(kind="not_ready").due_at == ward.at(date(2027, 3, 30), "10:00")


# --- the registry
def test_a_return_is_due_a_year_after_the_first_dose_and_then_after_each_return(ward: Ward, clock: Any) -> None:
    patient = maintenance_patient(ward, due=TODAY)  # the first dose was 84 days before
    plan = DosePlan.objects.get(patient=patient)
    first = TODAY - timedelta(days=84)
    a_year_on = ward.at(first.replace(year=first.year + 1), "09:00")
    assert open_registry_returns(a_year_on - timedelta(days=1)) == 0
    assert (open_registry_returns(a_year_on), open_registry_returns(a_year_on)) == (1, 0)
    item = WorklistItem.objects.get(kind="registry")
    finish_worklist_item(ward.cast.actor("coordinator"), item_id=item.public_id, outcome="Sent")
    plan.refresh_from_db()
    assert plan.registry_returned_on == TODAY
    assert open_registry_returns(a_year_on) == 0
    assert open_registry_returns(ward.at(TODAY.replace(year=TODAY.year + 1), "09:00")) == 1
