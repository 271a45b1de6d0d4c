"""What weekly lists come to on dates, the nights of changing clocks among them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.engine.bits import positions
from scheduling.engine.hours import DayPattern, Misfit, OpenHours, clash_on, open_hours
from scheduling.engine.ticks import instant_at
from scheduling.engine.visit import Phases

from .boards import LONDON, NEW_YORK, tick

SUNDAYS = DayPattern(
    room_id=1, operator_ids=(11,), weekday=7, opens=time(0), closes=time(4), last_out=time(6), step_minutes=60
)
SHORT = Phases.of_minutes(before=0, procedure=30, recovery=0, discharge=0)


def starts(hours: OpenHours | None, zone: ZoneInfo, phases: Phases = SHORT) -> list[str]:
    """Local times at which a visit may start."""
    assert hours is not None
    return [instant_at(hours.opens + at).astimezone(zone).strftime("%H:%M%z") for at in positions(hours.starts(phases))]


def test_a_plain_night_has_a_start_each_hour() -> None:
    hours = SUNDAYS.hours_on(date(2026, 11, 22), LONDON)
    assert starts(hours, LONDON) == ["00:00+0000", "01:00+0000", "02:00+0000", "03:00+0000"]


def test_the_night_in_spring_is_an_hour_shorter() -> None:
    assert starts(SUNDAYS.hours_on(date(2026, 3, 29), LONDON), LONDON) == ["00:00+0000", "02:00+0100", "03:00+0100"]
    assert starts(SUNDAYS.hours_on(date(2026, 3, 8), NEW_YORK), NEW_YORK) == ["00:00-0500", "01:00-0500", "03:00-0400"]


def test_the_night_in_autumn_is_an_hour_longer() -> None:
    assert starts(SUNDAYS.hours_on(date(2026, 10, 25), LONDON), LONDON) == [
        "00:00+0100",
        "01:00+0100",
        "01:00+0000",
        "02:00+0000",
        "03:00+0000",
    ]
    assert starts(SUNDAYS.hours_on(date(2026, 11, 1), NEW_YORK), NEW_YORK) == [
        "00:00-0400",
        "01:00-0400",
        "01:00-0500",
        "02:00-0500",
        "03:00-0500",
    ]


def test_a_fixed_start_at_a_skipped_time_is_left_out_and_a_doubled_one_comes_once() -> None:
    fixed = replace(SUNDAYS, fixed_starts=(time(0, 30), time(1, 30), time(2, 30)))
    assert starts(fixed.hours_on(date(2026, 3, 29), LONDON), LONDON) == ["00:30+0000", "02:30+0100"]
    assert starts(fixed.hours_on(date(2026, 10, 25), LONDON), LONDON) == ["00:30+0100", "01:30+0100", "02:30+0000"]


def test_a_list_that_the_clocks_swallow_is_not_held() -> None:
    skipped = replace(SUNDAYS, opens=time(1, 30), closes=time(2, 30), last_out=time(3))
    assert skipped.hours_on(date(2026, 3, 29), LONDON) is None


@pytest.mark.parametrize(
    ("on", "offset"), [(date(2026, 3, 28), 0), (date(2026, 3, 30), 1), (date(2026, 10, 24), 1), (date(2026, 10, 26), 0)]
)
def test_nine_o_clock_stays_nine_o_clock_across_the_change(on: date, offset: int) -> None:
    daily = replace(SUNDAYS, weekday=on.isoweekday(), opens=time(9), closes=time(17), last_out=time(18))
    hours = daily.hours_on(on, LONDON)
    assert hours is not None
    assert instant_at(hours.opens).hour == 9 - offset
    assert (hours.closes - hours.opens, hours.last_out - hours.closes) == (96, 12)


def test_midnight_closes_the_day_it_ends() -> None:
    late = replace(SUNDAYS, weekday=1, opens=time(20), closes=time(0), last_out=time(0), step_minutes=90)
    hours = late.hours_on(date(2026, 11, 23), LONDON)
    assert starts(hours, LONDON) == ["20:00+0000", "21:30+0000", "23:00+0000"]


def test_a_pattern_holds_on_its_weekday_within_its_dates_and_every_nth_week() -> None:
    fortnightly = replace(SUNDAYS, weekday=3, valid_from=date(2026, 11, 2), valid_to=date(2026, 12, 20), every_weeks=2)
    held = [day for day in (date(2026, 10, 1) + timedelta(n) for n in range(120)) if fortnightly.is_on(day)]
    assert held == [date(2026, 11, 4), date(2026, 11, 18), date(2026, 12, 2), date(2026, 12, 16)]


def test_every_second_week_goes_on_across_the_year_s_end() -> None:
    """The year 2026 has 53 ISO weeks: counting odd weeks would put two lists side by side."""
    fortnightly = replace(SUNDAYS, weekday=1, valid_from=date(2026, 12, 8), every_weeks=2)
    held = [day for day in (date(2026, 12, 1) + timedelta(n) for n in range(60)) if fortnightly.is_on(day)]
    assert held == [date(2026, 12, 21), date(2027, 1, 4), date(2027, 1, 18)]


@pytest.mark.parametrize(
    ("first", "last", "held"),
    [
        (date(2026, 11, 30), None, [date(2026, 11, 30), date(2026, 12, 7)]),
        (date(2026, 12, 1), None, [date(2026, 12, 7)]),
        (date(2026, 1, 1), date(2026, 11, 30), [date(2026, 11, 30)]),
        (date(2026, 1, 1), date(2026, 11, 29), []),
        (date(2026, 12, 7), date(2026, 12, 7), [date(2026, 12, 7)]),
    ],
)
def test_both_dates_of_a_pattern_are_its_own_at_a_month_s_end_too(
    first: date, last: date | None, held: list[date]
) -> None:
    mondays = replace(SUNDAYS, weekday=1, valid_from=first, valid_to=last)
    found = open_hours([mondays], date(2026, 11, 30), date(2026, 12, 8), LONDON)
    assert [hours.on for hours in found] == held


def test_an_extra_list_is_held_on_a_closed_date_and_a_weekly_one_is_not() -> None:
    christmas = date(2026, 12, 25)
    weekly = replace(SUNDAYS, weekday=5)
    extra = replace(weekly, room_id=2, valid_from=christmas, valid_to=christmas, is_extra=True)
    held = open_hours([weekly, extra], date(2026, 12, 18), date(2027, 1, 2), LONDON, closed_on={christmas})
    assert [(hours.on, hours.room_id) for hours in held] == [
        (date(2026, 12, 18), 1),
        (christmas, 2),
        (date(2027, 1, 1), 1),
    ]


@pytest.mark.parametrize(
    ("changes", "on"),
    [
        ({}, date(2026, 11, 22)),
        ({"opens": time(4), "closes": time(0)}, None),  # one begins as the other ends
        ({"opens": time(3, 55), "closes": time(0)}, date(2026, 11, 22)),
        ({"room_id": 2}, None),
        ({"weekday": 1}, None),
        ({"valid_from": date(2026, 12, 1)}, date(2026, 12, 6)),
        ({"valid_to": date(2026, 11, 19)}, None),
        ({"every_weeks": 2, "valid_from": date(2026, 11, 16)}, date(2026, 11, 22)),
        ({"every_weeks": 3, "valid_from": date(2026, 11, 23)}, date(2026, 11, 29)),
    ],
)
def test_two_lists_of_a_room_clash_on_the_first_day_both_are_open(changes: dict[str, object], on: date | None) -> None:
    assert clash_on(SUNDAYS, replace(SUNDAYS, **changes), date(2026, 11, 20)) == on  # type: ignore[arg-type]


def test_lists_of_alternating_weeks_share_a_room_without_a_clash() -> None:
    odd = replace(SUNDAYS, every_weeks=2, valid_from=date(2026, 11, 16))
    even = replace(odd, valid_from=date(2026, 11, 23))
    assert clash_on(odd, even, date(2026, 11, 20)) is None


def test_lists_come_in_order_and_never_on_a_closed_date() -> None:
    patterns = [
        replace(SUNDAYS, room_id=room_id, weekday=weekday, opens=time(opens), closes=time(17), last_out=time(18))
        for room_id, weekday, opens in ((2, 1, 9), (1, 1, 9), (3, 1, 8), (1, 2, 9), (1, 3, 9))
    ]
    held = open_hours(patterns, date(2026, 11, 23), date(2026, 11, 26), LONDON, closed_on={date(2026, 11, 24)})
    assert [(hours.on.day, hours.room_id) for hours in held] == [(23, 3), (23, 1), (23, 2), (25, 1)]


def test_steps_breaks_and_doors_bound_the_starts() -> None:
    monday = date(2026, 11, 23)
    pattern = DayPattern(
        room_id=1,
        operator_ids=(11,),
        weekday=1,
        opens=time(9),
        closes=time(13),
        last_out=time(14),
        first_in=time(8, 45),
        step_minutes=30,
        breaks=((time(10, 30), time(11)),),
        turnover_minutes=10,
    )
    visit = Phases.of_minutes(before=30, procedure=45, recovery=45, discharge=0)
    hours = pattern.hours_on(monday, LONDON)
    assert starts(hours, LONDON, visit) == ["09:30+0000", "11:00+0000", "11:30+0000", "12:00+0000"]
    assert hours is not None
    assert hours.turnover == 2
    assert hours.refuses(visit, tick(monday, "09:10"))
    assert not hours.refuses(visit, tick(monday, "09:20"))
    assert hours.refuses(visit, tick(monday, "08:50"))
    assert hours.refuses(visit, tick(monday, "12:20"))
    asked = {clock: hours.misfit(visit, tick(monday, clock)) for clock in ("08:50", "09:10", "09:20", "10:00", "12:20")}
    assert asked == {
        "08:50": Misfit.CLOSED,
        "09:10": Misfit.FIRST_IN,
        "09:20": None,
        "10:00": Misfit.BREAK,
        "12:20": Misfit.CLOSED,
    }
    assert hours.misfit(replace(visit, recovery=30), tick(monday, "12:00")) == Misfit.LAST_OUT


def test_a_visit_has_a_procedure_and_no_negative_phase() -> None:
    with pytest.raises(ValueError, match="procedure"):
        Phases(1, 0, 1, 1)
    with pytest.raises(ValueError, match="negative"):
        Phases(-1, 1, 1, 1)


def test_pauses_are_the_breaks_inside_the_hours_of_procedures() -> None:
    mondays = replace(
        SUNDAYS,
        weekday=1,
        opens=time(9),
        closes=time(13),
        breaks=((time(8), time(9, 10)), (time(10), time(10, 30)), (time(10, 30), time(11)), (time(12, 55), time(14))),
    )
    hours = mondays.hours_on(date(2026, 11, 23), LONDON)
    assert hours is not None
    told = [tuple(instant_at(end).strftime("%H:%M") for end in pause) for pause in hours.pauses]
    assert told == [("09:00", "09:10"), ("10:00", "11:00"), ("12:55", "13:00")]
