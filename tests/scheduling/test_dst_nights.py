"""What is recorded in the nights the clocks change: the unit's own calendar day, whichever half past one it was.

Europe/London goes back on Sun 25 Oct 2026 at 01:00 UTC, and forward on Sun 28 Mar 2027 at 01:00 UTC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from doseplans.models import Administration, Dose, FollowUp
from doseplans.services import GivenRecord
from patients.models import WorklistItem
from scheduling.services.day.paper import PaperTimes, record_from_paper
from tests.cast import signed_in
from tests.ward import maintenance_patient, next_dose

if TYPE_CHECKING:
    import time_machine

    from tests.ward import Ward

AUTUMN, SPRING = date(2026, 10, 25), date(2027, 3, 28)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def give(ward: Ward, due: date, given_at: datetime, clock: time_machine.Traveller) -> Administration:
    """A dose due that day, entered from paper ten hours later; its visit began ten minutes before and took an hour."""
    dose = next_dose(maintenance_patient(ward, due=due))
    clock.move_to(given_at + timedelta(hours=10))
    before, after = given_at - timedelta(minutes=10), given_at + timedelta(minutes=50)
    times = PaperTimes(arrived_at=before, started_at=before, discharged_at=after)
    record = GivenRecord(given_at=given_at, operator_name="Dr Malik")
    record_from_paper(ward.cast.actor("nurse"), dose_id=dose.public_id, record=record, times=times)
    return dose.administrations.get()


@pytest.mark.parametrize(
    ("given_at", "day"),
    [
        (utc("2026-10-24T23:20"), AUTUMN),  # 00:20 in summer time: the day before by UTC
        (utc("2026-10-25T00:30"), AUTUMN),  # 01:30, the first time
        (utc("2026-10-25T01:30"), AUTUMN),  # 01:30, the second time
        (utc("2027-03-28T00:30"), SPRING),  # 00:30, in winter time
        (utc("2027-03-28T01:20"), SPRING),  # 02:20: there is no 01:20
        (utc("2027-03-28T21:30"), SPRING),  # 22:30 in summer time
    ],
)
def test_a_dose_counts_from_the_units_own_day(
    ward: Ward, clock: time_machine.Traveller, given_at: datetime, day: date
) -> None:
    given = give(ward, day, given_at, clock)
    assert (given.given_on, given.given_at) == (day, given_at)
    following = Dose.objects.get(plan=given.dose.plan, sequence=given.dose.sequence + 1)
    assert following.target_on == day + timedelta(days=28)
    check = given.follow_ups.get(kind=FollowUp.Kind.CHECK)
    assert (check.due_from, check.due_by) == (
        ward.at(day + timedelta(days=7), "00:00"),
        ward.at(day + timedelta(days=8), "00:00"),
    )
    call = given.follow_ups.get(kind=FollowUp.Kind.CALL)
    assert (call.due_from - given_at, call.due_by - given_at) == (timedelta(hours=24), timedelta(hours=48))


@pytest.mark.parametrize(
    ("given_at", "says"),
    [
        (utc("2026-10-24T09:00"), "Dose given Sat 24 Oct, 10:00. Ring by Mon 26 Oct, 09:00."),
        (utc("2026-10-25T01:30"), "Dose given Sun 25 Oct, 01:30. Ring by Tue 27 Oct, 01:30."),
        (utc("2027-03-27T10:00"), "Dose given Sat 27 Mar, 10:00. Ring by Mon 29 Mar, 11:00."),
    ],
)
def test_the_call_is_due_after_hours_that_passed_not_hours_on_the_clock(
    ward: Ward, clock: time_machine.Traveller, given_at: datetime, says: str
) -> None:
    give(ward, given_at.date(), given_at, clock)
    assert WorklistItem.objects.get(title="Follow-up call").detail == says


@pytest.mark.parametrize(("day", "hours"), [(AUTUMN, 25), (SPRING, 23)])
def test_the_check_lasts_the_whole_of_a_long_or_short_day(
    ward: Ward, clock: time_machine.Traveller, day: date, hours: int
) -> None:
    given = give(ward, day - timedelta(days=7), ward.at(day - timedelta(days=7), "23:05"), clock)
    check = given.follow_ups.get(kind=FollowUp.Kind.CHECK)
    assert ward.unit.local(check.due_from).date() == day
    assert check.due_by - check.due_from == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("day", "times", "given_at"),
    [
        # Half past one on paper is the first one: a wall clock cannot say which.
        (AUTUMN, ("00:40", "01:10", "01:30", "02:40"), utc("2026-10-25T00:30")),
        (SPRING, ("00:40", "00:50", "02:30", "03:40"), utc("2027-03-28T01:30")),
    ],
)
def test_a_paper_night_is_entered_by_the_wards_clock(
    ward: Ward, clock: time_machine.Traveller, day: date, times: tuple[str, ...], given_at: datetime
) -> None:
    dose = next_dose(maintenance_patient(ward, due=day))
    clock.move_to(ward.at(day, "12:00"))
    names = ("arrived_at", "started_at", "given_at", "discharged_at")
    posted = {**dict(zip(names, times, strict=True)), "given_on": day.isoformat(), "operator": "Dr Malik"}
    page = reverse("desk:paper", args=[dose.public_id])
    response = signed_in(ward.cast.nurse).post(page, {**posted, "reason": "Network down"})
    assert response.status_code == 302
    given = dose.administrations.get()
    assert (given.given_on, given.given_at) == (day, given_at)
    visit = dose.appointments.get()
    local = [ward.unit.local(instant) for instant in (visit.arrived_at, visit.discharged_at) if instant]
    assert [(instant.date(), f"{instant:%H:%M}") for instant in local] == [(day, times[0]), (day, times[3])]


def test_a_time_that_no_clock_showed_is_asked_again(ward: Ward, clock: time_machine.Traveller) -> None:
    dose = next_dose(maintenance_patient(ward, due=SPRING))
    clock.move_to(ward.at(SPRING, "12:00"))
    posted = {"given_on": SPRING.isoformat(), "arrived_at": "00:40", "started_at": "00:50", "given_at": "01:30"}
    posted |= {"discharged_at": "03:40", "operator": "Dr Malik", "reason": "Network down"}
    response = signed_in(ward.cast.nurse).post(reverse("desk:paper", args=[dose.public_id]), posted)
    assert response.status_code == 422
    assert "there was no 01:30" in response.content.decode()
    assert not dose.administrations.exists()
