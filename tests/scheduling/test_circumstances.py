"""What the patient's circumstances make of the slots found: times that do not suit, notice, the doses after."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import time_machine

from patients.models import NeedAllowance, NoGoTime, Patient
from scheduling.engine.ranking import Standing
from scheduling.models import VisitKind
from scheduling.selectors.errands import errand_for_kind
from scheduling.selectors.slots import Proposals, find_slots, find_slots_without_plan
from scheduling.services.visits.wanted import dose_for
from tests.scheduling.test_skills import needs
from tests.scheduling.waiting import freed, look, waiter
from tests.ward import NOW, TODAY, Ward, dose_id, maintenance_patient

Traveller = time_machine.Traveller


def found(ward: Ward, patient: Patient, *, limit: int = 200, at: datetime = NOW) -> Proposals:
    actor = ward.cast.actor("coordinator")
    return find_slots(actor, dose=dose_for(actor, dose_id(patient)), at=at, limit=limit)


def no_go(patient: Patient, **when: Any) -> None:
    NoGoTime.objects.create(patient=patient, words="transport leaves at 12:00", **when)


def test_a_time_that_does_not_suit_comes_after_all_that_do(ward: Ward, clock: Traveller) -> None:
    patient = maintenance_patient(ward)
    no_go(patient, starts_at=time(12), weekdays=[3], until=TODAY + timedelta(days=30))
    ranked = found(ward, patient, limit=20).found.proposals
    clashing = [one for one in ranked if one.standing is Standing.INSIDE_AGAINST_WISH]
    wednesdays = [one for one in ranked if one.slot.on.isoweekday() == 3 and one.standing is Standing.INSIDE]
    assert [one.standing for one in ranked] == sorted(one.standing for one in ranked)
    assert all(one.slot.leave_at <= ward.at(one.slot.on, "12:00") for one in wednesdays)
    assert all(
        "Morning: transport leaves at 12:00" in words_of(one) or one.slot.leave_at > ward.at(one.slot.on, "12:00")
        for one in clashing
    )
    NoGoTime.objects.update(until=TODAY - timedelta(days=1))
    assert all(one.standing is not Standing.INSIDE_AGAINST_WISH for one in found(ward, patient).found.proposals)


def words_of(one: Any) -> list[str]:
    return [reason.words for reason in one.reasons]


def test_a_visit_without_a_plan_and_the_waiting_list_ask_too(ward: Ward, clock: Traveller) -> None:
    free_on = TODAY + timedelta(days=3)
    patient = waiter(ward, 1, due=TODAY + timedelta(days=4), booked=TODAY + timedelta(days=6))
    freed(ward, free_on)
    assert look(ward)[0].allowed
    no_go(patient, since=free_on, until=free_on)
    assert [one.against for one in look(ward)[0].left_out] == ["It does not suit: transport leaves at 12:00"]
    kind = VisitKind.objects.create(unit=ward.unit, name="Blood patch", minutes_procedure=30)
    actor = ward.cast.actor("coordinator")
    errand = errand_for_kind(actor, patient.public_id, kind.public_id)
    slots = find_slots_without_plan(actor, errand=errand, at=NOW, not_before_on=free_on, limit=30).found.proposals
    assert {one.standing for one in slots if one.slot.on == free_on} <= {Standing.INSIDE_AGAINST_WISH}


def test_transport_that_must_be_ordered_keeps_its_notice(ward: Ward, clock: Traveller) -> None:
    patient = maintenance_patient(ward)
    needs(patient, "transport")
    assert min(one.slot.arrive_at for one in found(ward, patient).found.proposals) < NOW + timedelta(hours=48)
    NeedAllowance.objects.create(unit=ward.unit, code="transport", notice_hours=48)
    assert min(one.slot.arrive_at for one in found(ward, patient).found.proposals) >= NOW + timedelta(hours=48)


def test_a_day_whose_next_dose_meets_a_bank_holiday_is_put_behind_and_says_so(ward: Ward, clock: Traveller) -> None:
    """Due Thu 26 Nov: a day later meets Christmas Day, a day sooner Wed 23 Dec."""
    clock.move_to(datetime(2026, 11, 23, 8, tzinfo=UTC))
    ward.unit.is_closed_on_bank_holidays = True
    ward.unit.save()
    patient = maintenance_patient(ward, due=date(2026, 11, 26))
    ranked = found(ward, patient, limit=200, at=datetime(2026, 11, 23, 8, tzinfo=UTC)).found.proposals
    friday = next(one for one in ranked if one.slot.on == date(2026, 11, 27))
    wednesday = next(one for one in ranked if one.slot.on == date(2026, 11, 25))
    assert "Next dose Fri 25 Dec, a bank holiday" in words_of(friday)
    assert "Next dose Wed 23 Dec, no clash" in words_of(wednesday)
    assert wednesday.cost < friday.cost
