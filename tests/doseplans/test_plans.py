"""A plan begins, is held, goes on, ends."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from doseplans.errors import PlanAlreadyRunning, PlanEnded, PlanNotOnHold, PlanOnHold, ProtocolNotInUse
from doseplans.models import DosePlan, PlanHold, Protocol
from doseplans.services import end_plan, lift_hold, make_new_version, place_hold, put_in_use, start_plan
from tests.doseplans.conftest import NOW, TODAY, history_of
from units.errors import InvalidInput, NotAllowed

if TYPE_CHECKING:
    from tests.cast import Cast

pytestmark = pytest.mark.django_db
DOCTORS_ONLY = ["coordinator", "nurse", "pharmacist", "manager", "administrator", "other_nurse", "loner"]


def start(cast: Cast, protocol: Protocol, who: str = "doctor") -> DosePlan:
    return start_plan(cast.actor(who), patient=cast.patient, protocol=protocol, starts_on=TODAY, on=TODAY)


def test_a_new_plan_has_its_next_thirteen_doses(plan: DosePlan) -> None:
    doses = list(plan.doses.all())
    assert [dose.sequence for dose in doses] == list(range(1, 14))
    assert [str(dose) for dose in doses[:5]] == [
        "Loading dose 1 of 3",
        "Loading dose 2 of 3",
        "Loading dose 3 of 3",
        "Maintenance 1",
        "Maintenance 2",
    ]
    assert [dose.target_on for dose in doses[:5]] == [
        date(2026, 12, 1),
        date(2026, 12, 15),
        date(2026, 12, 29),
        date(2027, 1, 26),
        date(2027, 2, 23),
    ]
    assert (doses[3].earliest_on, doses[3].latest_on) == (date(2027, 1, 24), date(2027, 1, 31))
    assert doses[3].rule == (
        "28 days after loading 3, due on Tue 29 Dec 2026; window: 2 days before to 5 days after (local policy)"
    )


def test_the_record_says_who_started_it(plan: DosePlan, cast: Cast) -> None:
    first = history_of(plan).get()
    assert (first.pgh_label, first.pgh_context.metadata["actor"]) == ("insert", cast.doctor.name)
    assert first.pgh_context.metadata["act"] == "start_plan"


def test_the_patients_consultant_is_the_plans_unless_another_is_named(cast: Cast, tofersen: Protocol) -> None:
    cast.patient.consultant_name = "Dr A. Malik"
    assert start(cast, tofersen).consultant_name == "Dr A. Malik"


@pytest.mark.parametrize("who", DOCTORS_ONLY)
def test_only_a_doctor_of_the_unit_starts_a_plan(cast: Cast, tofersen: Protocol, who: str) -> None:
    with pytest.raises(NotAllowed):
        start(cast, tofersen, who)


def test_a_second_live_plan_of_the_protocol_is_refused(plan: DosePlan, cast: Cast, tofersen: Protocol) -> None:
    with pytest.raises(PlanAlreadyRunning):
        start(cast, tofersen)
    assert DosePlan.objects.count() == 1


def test_a_live_plan_of_another_version_is_refused_too(plan: DosePlan, cast: Cast, tofersen: Protocol) -> None:
    administrator = cast.actor("administrator")
    newer = put_in_use(administrator, protocol=make_new_version(administrator, protocol=tofersen))
    with pytest.raises(PlanAlreadyRunning):
        start(cast, newer)
    with pytest.raises(IntegrityError, match="dose_plan_one_live"), transaction.atomic():
        DosePlan.objects.create(patient=plan.patient, protocol=newer, starts_on=TODAY)
    end_plan(cast.actor("doctor"), plan=plan, reason="stopped", on=TODAY, at=NOW)
    other = start(cast, newer)
    with pytest.raises(IntegrityError, match="dose_plan_one_live"), transaction.atomic():
        DosePlan.objects.filter(pk=plan.pk).update(ended_on=None, end_reason="")
    assert other.ended_on is None


def test_after_the_end_another_plan_may_begin(plan: DosePlan, cast: Cast, tofersen: Protocol) -> None:
    end_plan(cast.actor("doctor"), plan=plan, reason="stopped", on=TODAY, at=NOW)
    assert start(cast, tofersen).pk != plan.pk


@pytest.mark.parametrize("status", [Protocol.Status.DRAFT, Protocol.Status.RETIRED])
def test_no_plan_starts_on_a_protocol_that_is_not_in_use(cast: Cast, tofersen: Protocol, status: str) -> None:
    Protocol.objects.filter(pk=tofersen.pk).update(status=status)
    with pytest.raises(ProtocolNotInUse):
        start(cast, tofersen)


def test_no_plan_starts_after_a_death(cast: Cast, tofersen: Protocol) -> None:
    cast.patient.deceased_at = timezone.now()
    with pytest.raises(PlanEnded):
        start(cast, tofersen)


def test_a_hold_stands_until_it_is_lifted(plan: DosePlan, cast: Cast) -> None:
    doctor = cast.actor("doctor")
    review = TODAY + timedelta(days=10)
    hold = place_hold(doctor, plan=plan, reason=" CSF white cells up ", on=TODAY, review_on=review)
    assert (hold.reason, hold.placed_by_name, hold.review_on) == ("CSF white cells up", cast.doctor.name, review)
    lifted = lift_hold(doctor, plan=plan, at=NOW, reason="Repeat was clear")
    assert (lifted.pk, lifted.lifted_at, lifted.lift_reason) == (hold.pk, NOW, "Repeat was clear")
    assert place_hold(doctor, plan=plan, reason="Fever", on=TODAY).pk != hold.pk


def test_a_plan_is_held_once_at_a_time(plan: DosePlan, cast: Cast) -> None:
    doctor = cast.actor("doctor")
    place_hold(doctor, plan=plan, reason="Fever", on=TODAY)
    with pytest.raises(PlanOnHold) as caught:
        place_hold(doctor, plan=plan, reason="Headache", on=TODAY)
    assert caught.value.sentence == "The plan is on hold already, since Tue 24 Nov: Fever."
    assert PlanHold.objects.count() == 1


@pytest.mark.parametrize("who", DOCTORS_ONLY)
def test_only_a_doctor_of_the_unit_holds_lifts_and_ends(plan: DosePlan, cast: Cast, who: str) -> None:
    actor = cast.actor(who)
    with pytest.raises(NotAllowed):
        place_hold(actor, plan=plan, reason="Fever", on=TODAY)
    with pytest.raises(NotAllowed):
        lift_hold(actor, plan=plan, at=NOW)
    with pytest.raises(NotAllowed):
        end_plan(actor, plan=plan, reason="stopped", on=TODAY, at=NOW)


def test_a_hold_needs_a_reason_and_a_review_to_come(plan: DosePlan, cast: Cast) -> None:
    doctor = cast.actor("doctor")
    with pytest.raises(InvalidInput):
        place_hold(doctor, plan=plan, reason="  ", on=TODAY)
    with pytest.raises(InvalidInput):
        place_hold(doctor, plan=plan, reason="Fever", on=TODAY, review_on=TODAY - timedelta(days=1))


def test_lifting_what_is_not_held_is_refused(plan: DosePlan, cast: Cast) -> None:
    with pytest.raises(PlanNotOnHold):
        lift_hold(cast.actor("doctor"), plan=plan, at=NOW)


def test_an_ended_plan_says_how_and_ends_once(plan: DosePlan, cast: Cast) -> None:
    doctor = cast.actor("doctor")
    end_plan(doctor, plan=plan, reason="transferred", on=TODAY, at=NOW)
    stored = DosePlan.objects.get(pk=plan.pk)
    assert (stored.ended_on, stored.end_reason) == (TODAY, "transferred")
    with pytest.raises(PlanEnded):
        end_plan(doctor, plan=plan, reason="stopped", on=TODAY, at=NOW)
    with pytest.raises(PlanEnded):
        place_hold(doctor, plan=plan, reason="Fever", on=TODAY)
    with pytest.raises(InvalidInput):
        end_plan(doctor, plan=plan, reason="because", on=TODAY, at=NOW)
