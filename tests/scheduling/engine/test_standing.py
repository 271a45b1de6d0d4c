"""Which visits a change of hours leaves without a list, and why: one worked example for each way to lose it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.hours import DayPattern, Misfit, open_hours
from scheduling.engine.standing import Closing, Lack, Lost, Openings, Standing, stranded
from scheduling.engine.visit import Phases

from .boards import LONDON, MONDAY, tick

WEEKLY = DayPattern(
    room_id=1, operator_ids=(11, 12), weekday=1, opens=time(9), closes=time(13), last_out=time(15), first_in=time(8)
)
PHASES = Phases.of_minutes(before=60, procedure=45, recovery=90, discharge=0)
BEFORE = Openings(LONDON, (WEEKLY,))


def a_visit(clock: str = "10:00", on: date = MONDAY, key: int = 1) -> Standing:
    start = tick(on, clock)
    taken = ((1, start, start + 11), (11, start, start + 9), (21, start + 9, start + 27))
    return Standing(key, on, 1, 11, start, PHASES, taken)


def lists(**changes: object) -> Openings:
    return replace(BEFORE, patterns=(replace(WEEKLY, **changes),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("after", "lost"),
    [
        (BEFORE, None),
        (replace(BEFORE, patterns=()), Lost(Lack.NO_LIST, 1)),
        (lists(room_id=2), Lost(Lack.NO_LIST, 1)),
        (lists(weekday=2), Lost(Lack.NO_LIST, 1)),
        (lists(valid_to=MONDAY - timedelta(days=1)), Lost(Lack.NO_LIST, 1)),
        (lists(valid_to=MONDAY), None),
        (lists(every_weeks=2, valid_from=MONDAY - timedelta(days=7)), Lost(Lack.NO_LIST, 1)),
        (lists(opens=time(10, 5)), Lost(Lack.NO_LIST, 1)),
        (lists(closes=time(10, 40)), Lost(Lack.NO_LIST, 1)),
        (lists(fixed_starts=(time(9), time(12))), None),  # a hand-picked start, as bookings may have
        (lists(operator_ids=(12,)), Lost(Lack.NO_OPERATOR, 11)),
        (lists(breaks=((time(10, 30), time(11)),)), Lost(Misfit.BREAK, 1)),
        (lists(breaks=((time(10, 45), time(11)),)), None),
        (lists(first_in=time(9, 5)), Lost(Misfit.FIRST_IN, 1)),
        (lists(last_out=time(12, 10)), Lost(Misfit.LAST_OUT, 1)),
        (replace(BEFORE, closed_on={MONDAY}), Lost(Lack.NO_LIST, 1)),
        (replace(lists(is_extra=True), closed_on={MONDAY}), None),
        (replace(BEFORE, out_of_use=frozenset({21})), Lost(Lack.OUT_OF_USE, 21)),
        (
            replace(BEFORE, closings=(Closing(11, tick(MONDAY, "09:00"), tick(MONDAY, "10:05"), "Leave"),)),
            Lost(Lack.CLOSED_FOR, 11, "Leave"),
        ),
        (replace(BEFORE, closings=(Closing(11, tick(MONDAY, "09:00"), tick(MONDAY, "10:00"), "Leave"),)), None),
        (
            replace(BEFORE, closings=(Closing(None, tick(MONDAY, "12:00"), tick(MONDAY, "13:00"), "Water off"),)),
            Lost(Lack.CLOSED_FOR, 21, "Water off"),
        ),
    ],
)
def test_a_visit_is_stranded_by_what_it_loses(after: Openings, lost: Lost | None) -> None:
    assert stranded([a_visit()], BEFORE, after) == ({} if lost is None else {1: lost})


def test_another_list_of_the_room_takes_the_visit_over() -> None:
    split = (replace(WEEKLY, closes=time(10), operator_ids=(12,)), replace(WEEKLY, opens=time(10), operator_ids=(11,)))
    assert stranded([a_visit()], BEFORE, replace(BEFORE, patterns=split)) == {}


def test_a_visit_that_no_list_carried_before_is_not_stranded_anew() -> None:
    squeezed_in = a_visit("07:00")
    assert stranded([squeezed_in], BEFORE, replace(BEFORE, patterns=())) == {}


def test_the_clock_s_hour_counts_on_both_sides_of_the_change_of_clocks() -> None:
    """09:00 is another instant from 25 October on; a visit at 09:00 stands, one an hour too early does not."""
    sundays = replace(BEFORE, patterns=(replace(WEEKLY, weekday=7),))
    for sunday in (date(2026, 10, 18), date(2026, 10, 25), date(2026, 3, 29)):
        assert sundays.lost(a_visit("09:00", sunday)) is None
        assert sundays.lost(a_visit("08:00", sunday)) == Lost(Lack.NO_LIST, 1)


patterns = st.builds(
    replace,
    st.just(WEEKLY),
    weekday=st.integers(1, 7),
    every_weeks=st.integers(1, 3),
    opens=st.sampled_from([time(8), time(9), time(9, 30)]),
    closes=st.sampled_from([time(10), time(12), time(0)]),
    last_out=st.sampled_from([time(13), time(0)]),
    operator_ids=st.sampled_from([(11,), (12,), (11, 12), ()]),
    breaks=st.sampled_from([(), ((time(10), time(10, 30)),)]),
    valid_from=st.dates(date(2026, 11, 1), date(2026, 12, 1)),
)
openings: Callable[..., st.SearchStrategy[Openings]] = st.builds
unit_hours = openings(Openings, st.just(LONDON), st.lists(patterns, max_size=3).map(tuple))


@given(unit_hours, unit_hours, st.integers(0, 20), st.sampled_from(["08:00", "09:00", "09:30", "10:00", "11:15"]))
def test_what_is_stranded_is_on_a_day_that_differs_and_stands_again_once_it_is_taken_back(
    before: Openings, after: Openings, days: int, clock: str
) -> None:
    visit = a_visit(clock, MONDAY + timedelta(days=days))
    lost = stranded([visit], before, after)
    if not lost:
        return
    assert before.differs_on(visit.on, after)
    assert list(stranded([visit], after, before)) == []
    until = visit.on + timedelta(days=1)
    carried = [
        hours
        for hours in open_hours(after.patterns, visit.on, until, LONDON)
        if 11 in hours.operator_ids and not hours.refuses(PHASES, visit.procedure)
    ]
    assert carried == []
