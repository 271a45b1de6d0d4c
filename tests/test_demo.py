"""The demo unit: everything its reader expects, on whatever day of the week it is made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from clinic.demo.build import build_demo
from doseplans.models import FollowUp, PlanHold
from patients.models import Carer, Flag, Patient
from patients.selectors import worklist_of
from scheduling.engine.standing import Openings
from scheduling.models import (
    Appointment,
    AppointmentResponse,
    EarlierWish,
    Offer,
    Replan,
    Resource,
    Schedule,
    ScheduleBreak,
)
from scheduling.selectors.standing import openings_of, stranded_by
from scheduling.selectors.to_book import Urgency, doses_to_book, tally
from units.actors import Actor


@pytest.mark.parametrize(
    "at",
    [
        datetime(2027, 3, 28, 20, 0, tzinfo=UTC),  # the evening the clocks went forward
        pytest.param(datetime(2026, 11, 24, 11, 42, tzinfo=UTC), marks=pytest.mark.deep),  # a Tuesday at noon
        pytest.param(datetime(2026, 11, 22, 0, 15, tzinfo=UTC), marks=pytest.mark.deep),  # a Sunday after midnight
    ],
)
@pytest.mark.django_db
def test_demo_has_every_stage(at: datetime) -> None:
    with time_machine.travel(at, tick=False):
        unit = build_demo(at).unit
    today = unit.local_date(at)

    named = {"Inés": "female", "Anna": "female", "Ewa": "female", "Kofi": "male", "Émile": "male"}
    assert dict(Patient.objects.filter(given_name__in=named).values_list("given_name", "sex")) == named
    assert Patient.objects.filter(unit=unit).count() == 40
    kinds = [Resource.objects.filter(kind=kind).count() for kind in ("room", "recovery", "person", "imaging")]
    assert kinds == [2, 6, 5, 1]
    assisted = Appointment.objects.filter(allocations__phase="assistance", patient__flags__code="hoist")
    assert {row.resource.name for visit in assisted for row in visit.allocations.filter(phase="assistance")} == {
        "Tola Bello"
    }
    guided = Appointment.objects.filter(status="booked", starts_at__gt=at, allocations__resource__name="Room 2")
    guided = guided.filter(dose__plan__access_route="fluoroscopy")
    assert all(visit.allocations.filter(resource__name="Mobile C-arm").exists() for visit in guided)
    assert (Schedule.objects.filter(every_weeks=2).count(), ScheduleBreak.objects.count()) == (1, 5)
    extra = Schedule.objects.get(is_extra=True)
    assert extra.valid_from.isoweekday() == 7
    assert timedelta(days=7) < extra.valid_from - today <= timedelta(days=14)
    openings = openings_of(unit, at=at)
    standing = len(stranded_by(unit, openings, Openings(unit.zone, ()), at=at).stranded)
    draft = Replan.objects.get(state="draft")
    booked = Appointment.objects.filter(status="booked", ends_at__gt=at).count()
    assert (standing + draft.lines.count(), draft.lines.count() > 0) == (booked, True)
    assert EarlierWish.objects.filter(ended_at__isnull=True).count() == 2
    assert Offer.objects.get(state="open").offered.filter(state="asked").count() == 1
    assert set(AppointmentResponse.objects.values_list("participant_status", flat=True)) == {"accepted", "tentative"}
    assert Carer.objects.count() >= 8
    assert Flag.objects.filter(code="large_print").count() >= 4
    assert PlanHold.objects.count() == 3
    counted = tally(doses_to_book(Actor.system("test"), unit=unit, at=at))
    assert (counted[Urgency.ON_HOLD], counted[Urgency.BLOCKED]) == (3, 1)
    assert counted[Urgency.OVERDUE] == 2
    assert Appointment.objects.filter(status="noshow").count() == 1
    due = [item.title for item in worklist_of(Actor.system("test"), unit=unit, at=at)]
    assert {"Follow-up call", "Day-7 check", "Review the hold"} <= set(due)
    assert any(title.startswith("Not ready for ") for title in due)
    asked = FollowUp.objects.filter(done_at__isnull=False)
    assert asked.count() > 60
    assert not FollowUp.objects.filter(done_at__isnull=True, due_by__lte=at).exists()
    assert FollowUp.objects.filter(done_at__isnull=True).count() <= 30
    assert not asked.filter(done_at__gt=at).exists()
    days = [unit.local_date(visit.starts_at) for visit in Appointment.objects.all()]
    assert min(days) <= today - timedelta(weeks=7)
    assert max(days) >= today + timedelta(weeks=6)
    assert sum(day == today for day in days) >= 8
    assert Appointment.objects.filter(status="booked", starts_at__lte=at + timedelta(days=1)).count() >= 4
