"""Lists as a unit keeps them: the same from the database as from the engine, and nothing stored that cannot be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduling.engine.hours import DayPattern, open_hours
from scheduling.engine.ticks import instant_at
from scheduling.errors import SlotNotOffered
from scheduling.models import Schedule, ScheduleBreak
from scheduling.selectors.lists import lists_of, patterns_of
from scheduling.selectors.slots import find_slots
from scheduling.selectors.weeks import hours_in_words, next_dates, pattern_of
from scheduling.services import book_appointment
from scheduling.services.visits.wanted import dose_for
from tests.ward import NOW, TODAY, dose_id, maintenance_patient

if TYPE_CHECKING:
    from time_machine import Traveller

    from tests.ward import Ward

DUE = TODAY + timedelta(days=6)  # Monday 30 November 2026


def keep(ward: Ward, *, breaks: tuple[tuple[time, time], ...] = (), **fields: object) -> Schedule:
    """A list of Room 1, 08:00 to 17:00 on Mondays unless the test says otherwise, instead of all the ward's lists."""
    Schedule.objects.all().delete()
    return add(ward, breaks=breaks, **fields)


def add(ward: Ward, *, breaks: tuple[tuple[time, time], ...] = (), **fields: object) -> Schedule:
    values: dict[str, object] = {
        "unit": ward.unit,
        "room": ward.rooms[0],
        "weekday": 1,
        "opens_at": time(8),
        "closes_at": time(17),
        "last_out_at": time(20),
        "valid_from": date(2026, 11, 2),
    }
    schedule = Schedule.objects.create(**values | fields)
    schedule.operators.set(ward.operators)
    for starts_at, ends_at in breaks:
        ScheduleBreak.objects.create(schedule=schedule, starts_at=starts_at, ends_at=ends_at)
    return schedule


times = st.integers(0, 24 * 12 - 1).map(lambda n: time(n // 12, n % 12 * 5))
ends = st.one_of(st.just(time(0)), times)


@st.composite
def kept_patterns(draw: st.DrawFn) -> DayPattern:
    opens, closes, last_out = draw(st.tuples(times, ends, ends))
    if closes != time(0) and closes <= opens:
        opens, closes = min(opens, closes), time(0)
    if last_out != time(0) and (closes == time(0) or last_out < closes):
        last_out = time(0)
    clocks = draw(st.lists(times.filter(bool), max_size=4, unique=True).map(sorted))
    valid_from = draw(st.dates(date(2026, 9, 1), date(2026, 12, 31)))
    is_extra = draw(st.booleans())
    late = time.max if closes == time(0) else closes
    return DayPattern(
        room_id=0,
        operator_ids=(),
        weekday=valid_from.isoweekday() if is_extra else draw(st.integers(1, 7)),
        opens=opens,
        closes=closes,
        last_out=last_out,
        step_minutes=draw(st.integers(5, 60)),
        fixed_starts=tuple(at for at in draw(st.lists(times, max_size=3)) if opens <= at < late),
        breaks=tuple(zip(clocks[::2], clocks[1::2], strict=False)),
        first_in=draw(st.none() | times.filter(lambda at: at < late)),
        turnover_minutes=0,
        valid_from=valid_from,
        valid_to=valid_from if is_extra else draw(st.none() | st.just(valid_from + timedelta(days=40))),
        every_weeks=1 if is_extra else draw(st.integers(1, 4)),
        is_extra=is_extra,
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(kept_patterns(), min_size=1, max_size=3), st.booleans())
def test_hours_by_the_database_are_the_engine_s_hours(ward: Ward, patterns: list[DayPattern], is_closed: bool) -> None:
    """Both nights on which the clocks change, Christmas and the year's end lie in these days."""
    since, until = date(2026, 10, 20), date(2027, 4, 1)
    room = ward.rooms[0].pk
    with transaction.atomic():
        ward.unit.is_closed_on_bank_holidays = is_closed
        Schedule.objects.all().delete()
        for one in patterns:
            schedule = add(
                ward,
                breaks=one.breaks,
                weekday=one.weekday,
                opens_at=one.opens,
                closes_at=one.closes,
                last_out_at=one.last_out,
                first_in_at=one.first_in,
                step_minutes=one.step_minutes,
                fixed_starts=list(one.fixed_starts),
                valid_from=one.valid_from,
                valid_to=one.valid_to,
                every_weeks=one.every_weeks,
                is_extra=one.is_extra,
            )
            assert pattern_of(schedule) in patterns_of(ward.unit, since=one.valid_from, until=until)
        stored = lists_of(ward.unit, since=since, until=until)
        transaction.set_rollback(True)
    people = tuple(sorted(person.pk for person in ward.operators))
    kept = {date(2026, 12, day) for day in (25, 26, 28)} | {date(2027, 1, 1), date(2027, 3, 26), date(2027, 3, 29)}
    expected = open_hours(
        [replace(one, room_id=room, operator_ids=people) for one in patterns],
        since,
        until,
        ward.unit.zone,
        kept if is_closed else (),
    )
    assert sorted(stored, key=repr) == sorted(expected, key=repr)


def test_patterns_are_one_query_whatever_a_list_has(ward: Ward) -> None:
    keep(ward, breaks=((time(10), time(10, 30)), (time(13), time(14))), fixed_starts=[time(9)])
    with CaptureQueriesContext(
        connection,
    ) as queries:
        (pattern,) = patterns_of(ward.unit, since=DUE, until=DUE + timedelta(days=1))
    assert len(queries) == 1
    assert pattern.breaks == ((time(10), time(10, 30)), (time(13), time(14)))


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"opens_at": time(17)}, "schedule_hours_ordered"),
        ({"closes_at": time(20, 5)}, "schedule_hours_ordered"),
        ({"closes_at": time(0)}, "schedule_hours_ordered"),  # the patient would leave before the last procedure ends
        ({"every_weeks": 0}, "schedule_weeks_sensible"),
        ({"every_weeks": 53}, "schedule_weeks_sensible"),
        ({"first_in_at": time(17)}, "schedule_first_in_before_closing"),
        ({"fixed_starts": [time(9), time(17)]}, "schedule_starts_within_hours"),
        ({"fixed_starts": [time(7, 55)]}, "schedule_starts_within_hours"),
        ({"valid_to": date(2026, 11, 1)}, "schedule_dates_ordered"),
        ({"is_extra": True}, "schedule_extra_on_one_date"),
        ({"is_extra": True, "valid_to": date(2026, 11, 9)}, "schedule_extra_on_one_date"),
        ({"is_extra": True, "valid_to": date(2026, 11, 2), "weekday": 2}, "schedule_extra_on_one_date"),
        ({"is_extra": True, "valid_to": date(2026, 11, 2), "every_weeks": 2}, "schedule_extra_on_one_date"),
    ],
)
def test_the_database_refuses_a_list_that_cannot_be(ward: Ward, fields: dict[str, object], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        add(ward, **fields)


@pytest.mark.parametrize(
    ("breaks", "constraint"),
    [
        ([("13:00", "12:30")], "schedule_break_ordered"),
        ([("13:00", "13:00")], "schedule_break_ordered"),
        ([("12:00", "12:30"), ("12:25", "13:00")], "schedule_break_beside_others"),
        ([("23:00", "00:00"), ("23:30", "23:45")], "schedule_break_beside_others"),
    ],
)
def test_the_database_refuses_breaks_out_of_order(ward: Ward, breaks: list[tuple[str, str]], constraint: str) -> None:
    spans = tuple((time.fromisoformat(first), time.fromisoformat(last)) for first, last in breaks)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        add(ward, breaks=spans)


def test_breaks_may_touch_and_last_to_midnight(ward: Ward) -> None:
    late = keep(
        ward,
        closes_at=time(0),
        last_out_at=time(0),
        breaks=((time(12), time(12, 30)), (time(12, 30), time(13)), (time(23), time(0))),
    )
    (hours,) = lists_of(ward.unit, since=DUE, until=DUE + timedelta(days=1))
    assert instant_at(hours.closes) == ward.at(DUE + timedelta(days=1), "00:00")
    assert hours.breaks.bit_count() == 12 + 12
    assert hours_in_words(late) == "08:00–00:00, break 12:00–12:30, 12:30–13:00, 23:00–00:00, last out by 00:00"


def test_search_and_booking_agree_on_a_break(ward: Ward, clock: Traveller) -> None:
    keep(ward, breaks=((time(10, 30), time(12)),))
    patient = maintenance_patient(ward, due=DUE)
    actor = ward.cast.actor("coordinator")
    dose = dose_for(actor, dose_id(patient))
    offered = find_slots(actor, dose=dose, at=NOW, limit=40).found.proposals
    inside = {f"{ward.unit.local(one.slot.procedure_at):%H:%M}" for one in offered if one.slot.on == DUE}
    assert inside
    assert not any("09:45" < start < "12:00" for start in inside)  # the procedure takes 45 minutes
    # Patients arrive an hour before: the procedure would be at 11:00.
    with pytest.raises(SlotNotOffered, match="Room 1 has a break on Mon 30 Nov"):
        book_appointment(actor, dose_id=dose.public_id, wanted=ward.wanted(DUE, "10:00"))
    visit = book_appointment(actor, dose_id=dose.public_id, wanted=ward.wanted(DUE, "08:45"))
    assert visit.status == "booked"


@pytest.mark.parametrize(
    ("fields", "clock_time", "sentence"),
    [
        ({"every_weeks": 2, "valid_from": date(2026, 11, 9)}, "09:00", "Room 1 has no list on Mon 30 Nov at 10:00"),
        ({"first_in_at": time(9, 5)}, "09:00", "the first patient of Room 1 comes in later"),
        ({"last_out_at": time(17)}, "15:00", "the patient would leave Room 1 too late"),
    ],
)
def test_booking_says_what_of_the_hours_refuses(
    ward: Ward, clock: Traveller, fields: dict[str, object], clock_time: str, sentence: str
) -> None:
    keep(ward, **fields)
    patient = maintenance_patient(ward, due=DUE)
    with pytest.raises(SlotNotOffered, match=sentence):
        book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(DUE, clock_time))


def test_a_start_between_fixed_ones_may_be_picked_by_hand_but_is_not_offered(ward: Ward, clock: Traveller) -> None:
    keep(ward, fixed_starts=[time(9), time(13)])
    patient = maintenance_patient(ward, due=DUE)
    actor = ward.cast.actor("coordinator")
    dose = dose_for(actor, dose_id(patient))
    offered = find_slots(actor, dose=dose, at=NOW, limit=40).found.proposals
    assert {f"{ward.unit.local(one.slot.procedure_at):%H:%M}" for one in offered} == {"09:00", "13:00"}
    visit = book_appointment(actor, dose_id=dose.public_id, wanted=ward.wanted(DUE, "09:30"))
    assert visit.status == "booked"


def test_an_extra_list_is_held_on_a_bank_holiday_the_unit_keeps(ward: Ward, clock: Traveller) -> None:
    boxing_day = date(2026, 12, 28)  # the substitute day, a Monday
    keep(ward)
    ward.unit.is_closed_on_bank_holidays = True
    ward.unit.save()
    ends = {"since": boxing_day, "until": boxing_day + timedelta(days=1)}
    assert lists_of(ward.unit, **ends) == ()
    add(ward, is_extra=True, valid_from=boxing_day, valid_to=boxing_day, closes_at=time(12))
    (held,) = lists_of(ward.unit, **ends)
    assert instant_at(held.closes) == ward.at(boxing_day, "12:00")
    assert len(lists_of(ward.unit, since=date(2026, 12, 1), until=date(2027, 1, 10))) == 4 + 1


def test_a_list_is_told_in_one_line_with_its_next_days(ward: Ward, clock: Traveller) -> None:
    ward.unit.is_closed_on_bank_holidays = True
    ward.unit.save()
    fortnightly = keep(
        ward,
        every_weeks=2,
        breaks=((time(12, 30), time(13)),),
        first_in_at=time(7, 30),
        fixed_starts=[time(9), time(10, 30)],
    )
    assert hours_in_words(fortnightly) == (
        "08:00–17:00, every 2nd week, starts at 09:00, 10:30, break 12:30–13:00, first in from 07:30, last out by 20:00"
    )
    assert next_dates(fortnightly, today=date(2026, 12, 1)) == ["Mon 14 Dec", "not on Mon 28 Dec, a bank holiday"]
