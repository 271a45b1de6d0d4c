"""Proposals as the coordinator sees them, how far is looked for them, and why there are none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.bits import Busy
from scheduling.engine.board import Board
from scheduling.engine.free import free_starts
from scheduling.engine.hours import DayPattern, open_hours
from scheduling.engine.need import Need, NextBooked, NoGo, after_days
from scheduling.engine.ranking import Standing, rank
from scheduling.engine.refusals import Lack
from scheduling.engine.search import Found, find
from scheduling.engine.ticks import days_as_ticks
from scheduling.engine.visit import Phases

from .boards import LONDON, PLACES, a_need, tick

VISIT = Phases.of_minutes(before=60, procedure=45, recovery=90, discharge=15)
TODAY = date(2026, 11, 24)
CHRISTMAS = frozenset({date(2026, 12, 25), date(2026, 12, 28)})
WEEK = [
    DayPattern(
        room_id=room_id,
        operator_ids=(11, 12),
        weekday=weekday,
        opens=time(9),
        closes=time(16),
        last_out=time(18),
        step_minutes=30,
        turnover_minutes=15,
    )
    for weekday in range(1, 6)
    for room_id in (1, 2)
]


class Unit:
    """A unit in memory; `reads` has the stretches of days that a search asked for."""

    def __init__(self, patterns: list[DayPattern] = WEEK, rows: list[tuple[int, int, int]] | None = None) -> None:
        self.patterns, self.rows = patterns, rows or []
        self.reads: list[tuple[date, date]] = []
        self.skills: dict[int, frozenset[str]] = {}
        self.closed: list[tuple[int, int, int]] = []

    def close(self, resource_id: int, first: date, last: date) -> Unit:
        self.closed.append((resource_id, *days_as_ticks(first, last + timedelta(days=1), LONDON)))
        return self

    def take(self, resource_id: int, on: date, starts: str, ends: str) -> Unit:
        self.rows.append((resource_id, tick(on, starts), tick(on, ends)))
        return self

    def load(self, since: date, until: date) -> Board:
        self.reads.append((since, until))
        ticks = days_as_ticks(since, until, LONDON)
        busy, shut = Busy.of(*ticks, [*self.rows, *self.closed]), Busy.of(*ticks, self.closed).bits
        hours = open_hours(self.patterns, since, until, LONDON, CHRISTMAS)
        return Board(hours, busy, PLACES, skills=self.skills, shut=shut if self.closed else {})


def november(day: int) -> date:
    return date(2026, 11, day)


def kowalczyk(**changes: object) -> Need:
    """Due on Mon 23 November, seen on Tue 24 at 11:42 with the rest of today's notice gone."""
    return a_need(
        **{
            "target_on": november(23),
            "earliest_on": november(21),
            "latest_on": november(28),
            "not_before": datetime(2026, 11, 24, 11, 42, tzinfo=UTC) + timedelta(hours=12),
            "drift_days": 6,
            "usual_time": time(9),
            "usual_operator_id": 11,
            "next_doses": after_days(28),
            "bank_holidays": CHRISTMAS,
        }
        | changes
    )


def told(found: Found) -> list[tuple[str, str, tuple[str, ...]]]:
    return [
        (f"{one.slot.arrive_at.astimezone(LONDON):%a %d %H:%M}", one.lateness, tuple(r.words for r in one.reasons))
        for one in found.proposals
    ]


def test_the_proposals_of_a_late_patient() -> None:
    unit = Unit()
    unit.take(1, november(26), "09:00", "13:00").take(2, november(26), "09:00", "13:00")
    unit.close(11, november(27), november(27))
    assert told(find(unit.load, VISIT, kowalczyk(), per_day=1)) == [
        (
            "Wed 25 09:00",
            "2 days late",
            (
                "Inside the window, first free day",
                "Usual operator",
                "Usual time, 09:00",
                "Next dose Wed 23 Dec, no clash",
            ),
        ),
        (
            "Thu 26 12:00",
            "3 days late",
            (
                "Inside the window",
                "Usual operator",
                "Afternoon, not the usual morning",
                "Next dose Thu 24 Dec, no clash",
                "Leaves no gap in the list",
            ),
        ),
        (
            "Fri 27 09:00",
            "4 days late",
            (
                "Inside the window",
                "Not the usual operator",
                "Usual time, 09:00",
                "Next dose Fri 25 Dec, a bank holiday",
            ),
        ),
        (
            "Mon 30 09:00",
            "7 days late",
            (
                "After the window: needs a reason",
                "Usual operator",
                "Usual time, 09:00",
                "Next dose Mon 28 Dec, a bank holiday",
            ),
        ),
    ]


def test_a_second_time_on_the_same_day_is_offered_before_one_that_needs_a_reason() -> None:
    found = find(Unit().load, VISIT, kowalczyk())
    assert [(one.slot.on.day, one.standing) for one in found.proposals] == [
        (25, Standing.INSIDE),
        (25, Standing.INSIDE),
        (26, Standing.INSIDE),
        (27, Standing.INSIDE),
    ]
    assert [f"{one.slot.arrive_at:%H:%M}" for one in found.proposals[:2]] == ["09:00", "11:00"]


def test_the_counts_are_of_different_times() -> None:
    found = find(Unit().load, VISIT, kowalczyk(), limit=3)
    # Three days, a start each half hour from 09:00 to 15:00, in either room.
    assert (found.inside, found.total) == (39, 39)
    assert found.why is None


def test_a_window_with_enough_is_read_once_and_nothing_else_is() -> None:
    unit = Unit()
    found = find(unit.load, VISIT, kowalczyk(), limit=3)
    assert unit.reads == [(november(25) - timedelta(days=1), november(29))]
    assert found.searched == (november(24), november(28))


def test_a_long_window_is_read_from_around_its_target() -> None:
    unit = Unit()
    need = kowalczyk(target_on=date(2027, 3, 10), earliest_on=date(2027, 1, 10), latest_on=date(2027, 5, 10))
    found = find(unit.load, VISIT, need)
    assert unit.reads == [(date(2027, 3, 3), date(2027, 3, 17))]
    # With six days of drift, a day early costs less than a day late.
    assert [one.slot.on.day for one in found.proposals] == [10, 9, 11, 8]


def test_each_day_is_read_at_most_once_and_the_number_of_reads_is_bounded() -> None:
    unit = Unit(patterns=[])
    need = kowalczyk(target_on=date(2027, 3, 10), earliest_on=date(2027, 1, 10), latest_on=date(2027, 5, 10))
    found = find(unit.load, VISIT, need, before_window=True)
    days = [since + timedelta(days=n) for since, until in unit.reads for n in range((until - since).days)]
    assert len(days) == len(set(days))
    assert len(unit.reads) == 7
    assert found.searched == (TODAY, date(2027, 5, 10) + timedelta(days=84))
    assert (found.proposals, found.total) == ((), 0)


def test_nothing_is_offered_before_the_window_unless_asked_and_never_under_the_minimum() -> None:
    need = kowalczyk(
        target_on=date(2026, 12, 12),
        earliest_on=date(2026, 12, 12),
        latest_on=date(2026, 12, 13),
        minimum_on=date(2026, 12, 10),
        next_doses=after_days(),
    )
    assert min(one.slot.on for one in find(Unit().load, VISIT, need).proposals) == date(2026, 12, 14)
    asked = find(
        Unit().close(1, date(2026, 12, 14), date(2027, 4, 1)).close(2, date(2026, 12, 14), date(2027, 4, 1)).load,
        VISIT,
        need,
        before_window=True,
    )
    assert [(one.slot.on.day, one.standing) for one in asked.proposals] == [
        (11, Standing.BEFORE),
        (10, Standing.BEFORE),
    ]


def a_visit_on(on: date, *, minimum: int = 14) -> NextBooked:
    """The next dose is booked for that day."""

    def window(day: date) -> tuple[date, date, date]:
        due = day + timedelta(days=28)
        return due - timedelta(days=2), due, due + timedelta(days=5)

    return NextBooked(on, on - timedelta(days=minimum), window)


def test_nothing_is_offered_or_read_that_the_next_visit_would_be_too_near_to() -> None:
    unit = Unit().close(11, november(25), november(28)).close(12, november(25), november(28))
    found = find(unit.load, VISIT, kowalczyk(next_booked=a_visit_on(date(2026, 12, 15))), limit=8)
    assert {one.slot.on for one in found.proposals} == {november(30), date(2026, 12, 1)}
    assert max(until for _, until in unit.reads) == date(2026, 12, 2)
    # Of a window that has free days the later ones are not offered either.
    near = find(Unit().load, VISIT, kowalczyk(next_booked=a_visit_on(date(2026, 12, 10))), limit=8)
    assert {one.slot.on for one in near.proposals} == {november(25), november(26)}
    assert near.why is None


@pytest.mark.parametrize("latest", [28, 24])
def test_where_every_day_left_is_too_near_to_the_next_visit_that_is_what_is_said(latest: int) -> None:
    need = kowalczyk(latest_on=november(latest), next_booked=a_visit_on(date(2026, 12, 7)))
    found = find(Unit().load, VISIT, need)
    assert (found.proposals, found.inside, found.total) == ((), 0, 0)
    assert found.why is not None
    assert (found.why.lack, found.why.words, found.why.help_words) == (
        Lack.NEXT_VISIT,
        "Every day that is left is too near to the next visit, Mon 7 Dec.",
        "Move that visit first.",
    )


def test_what_else_is_missing_is_said_of_the_days_that_the_next_visit_leaves() -> None:
    unit = Unit().close(11, november(24), november(26)).close(12, november(24), november(26))
    found = find(unit.load, VISIT, kowalczyk(next_booked=a_visit_on(date(2026, 12, 10))))
    assert found.proposals == ()
    assert found.why is not None
    assert (found.why.lack, found.why.last) == (Lack.NO_OPERATOR, november(26))


def test_the_place_proposed_is_the_one_that_fits_best() -> None:
    unit = Unit().take(22, november(25), "08:00", "09:45").take(21, november(25), "16:00", "18:00")
    found = find(unit.load, VISIT, kowalczyk(), limit=1)
    assert found.proposals[0].slot.recovery_id == 22


WINDOW = {"target_on": november(25), "earliest_on": november(25), "latest_on": november(27)}


def why(unit: Unit, **changes: object) -> tuple[Lack, str, str]:
    found = find(unit.load, VISIT, kowalczyk(**(WINDOW | changes)))
    assert found.inside == 0
    assert found.why is not None
    return found.why.lack, found.why.words, found.why.help_words


def test_why_not_nothing_is_open() -> None:
    assert why(Unit(), target_on=november(28), earliest_on=november(28), latest_on=november(29)) == (
        Lack.NOT_OPEN,
        "No room is open between Sat 28 Nov and Sun 29 Nov; the next list is on Mon 30 Nov.",
        "Open an extra list, or ask a doctor, who may book the first day after the window with a reason.",
    )
    assert why(Unit(patterns=[]))[1] == "No room is open between Wed 25 Nov and Fri 27 Nov."


def test_why_not_no_operator() -> None:
    unit = Unit().close(11, november(20), date(2026, 12, 3)).close(12, november(20), date(2026, 12, 8))
    assert why(unit) == (
        Lack.NO_OPERATOR,
        "A room is free, but no operator until Fri 4 Dec.",
        "Ask another operator onto the open list on Wed 25 Nov.",
    )


def test_why_not_rooms_taken() -> None:
    unit = Unit()
    for room in (1, 2):
        for day in range(20, 31):
            unit.take(room, november(day), "07:00", "20:00")
    assert why(unit) == (
        Lack.ROOMS_TAKEN,
        "All rooms are taken until Tue 1 Dec.",
        "Move a visit whose window stays open for longer, or open an extra list.",
    )


def test_why_not_rooms_closed() -> None:
    unit = Unit().close(1, november(20), november(30)).close(2, november(20), date(2026, 12, 1))
    assert why(unit) == (
        Lack.ROOMS_CLOSED,
        "All rooms are closed until Tue 1 Dec.",
        "Lift the closure, or open an extra list in another room.",
    )
    unit.take(1, november(24), "07:00", "20:00")
    unit.closed = unit.closed[1:]
    assert why(unit.close(1, november(25), november(30)))[0] is Lack.ROOMS_CLOSED


def test_why_not_no_place_for_long_enough() -> None:
    unit = Unit()
    for place in PLACES:
        unit.close(place, november(20), november(29))
    assert why(unit) == (
        Lack.NO_RECOVERY,
        "No recovery place is free for 1 h 45 min when a room and an operator are, until Mon 30 Nov.",
        "Open another recovery place, or move a visit that is in recovery then on Wed 25 Nov.",
    )


def test_why_not_the_visit_is_too_long() -> None:
    short = [replace(pattern, last_out=time(11)) for pattern in WEEK]
    short = [replace(pattern, closes=time(11)) for pattern in short]
    lack, words, _ = why(Unit(short))
    assert lack is Lack.TOO_LONG
    assert words == "The visit takes 3 h 30 min, and no list between Wed 25 Nov and Fri 27 Nov is long enough for it."


def test_why_not_no_room_with_the_skill() -> None:
    unit = Unit()
    lack, words, _ = why(unit, room_skills=frozenset({"fluoroscopy"}))
    assert lack is Lack.NO_SUITABLE_ROOM
    assert words == "No room that has what this patient needs is open between Wed 25 Nov and Fri 27 Nov."


def test_why_not_the_patient_or_the_notice() -> None:
    elsewhere = days_as_ticks(november(24), november(28), LONDON)
    assert why(Unit(), taken=(elsewhere,))[:2] == (
        Lack.PATIENT_BUSY,
        "All free times between Wed 25 Nov and Fri 27 Nov overlap another visit of the patient.",
    )
    late = datetime(2026, 11, 27, 17, tzinfo=UTC)
    assert why(Unit(), not_before=late)[:2] == (
        Lack.TOO_SOON,
        "All free times on Fri 27 Nov are sooner than the notice needed.",
    )


def test_why_not_the_window_has_closed() -> None:
    window = {"target_on": november(19), "earliest_on": november(19), "latest_on": november(22)}
    found = find(Unit().load, VISIT, kowalczyk(**window))
    assert found.why is not None
    assert (found.why.lack, found.why.words) == (
        Lack.WINDOW_CLOSED,
        "The window closed on Sun 22 Nov; the soonest possible day is Tue 24 Nov.",
    )
    assert [one.slot.on.day for one in found.proposals] == [25, 26, 27, 30]


def test_what_was_checked_is_told_step_by_step() -> None:
    unit = Unit().close(11, november(20), date(2026, 12, 3)).close(12, november(20), date(2026, 12, 8))
    found = find(unit.load, VISIT, kowalczyk(**WINDOW))
    assert found.why is not None
    assert [(step.code, step.left) for step in found.why.checked] == [
        ("not_open", 6),
        ("no_suitable_room", 6),
        ("too_long", 78),
        ("rooms_taken", 78),
        ("no_operator", 0),
    ]
    assert (found.why.on, found.why.until) == (november(25), date(2026, 12, 4))


def test_a_wish_that_leaves_nothing_else_is_offered_against() -> None:
    wish = NoGo(words="carer works until 18:00")
    found = find(Unit().load, VISIT, kowalczyk(no_go=(wish,)))
    assert [one.standing for one in found.proposals] == [Standing.INSIDE_AGAINST_WISH] * 3 + [Standing.AFTER]
    assert found.why is None


@given(
    st.lists(st.tuples(st.sampled_from((1, 2, 11, 12, *PLACES)), st.integers(0, 40), st.integers(1, 12)), max_size=25),
    st.integers(-5, 25),
    st.integers(0, 6),
    st.integers(1, 5),
)
def test_the_best_proposal_is_the_best_of_all_there_is(
    closures: list[tuple[int, int, int]], target: int, slack: int, limit: int
) -> None:
    unit = Unit()
    for resource_id, day, days in closures:
        first = november(20) + timedelta(days=day)
        unit.close(resource_id, first, first + timedelta(days=days))
    on = TODAY + timedelta(days=target)
    need = kowalczyk(target_on=on, earliest_on=on - timedelta(days=2), latest_on=on + timedelta(days=slack))
    found = find(unit.load, VISIT, need, limit=limit)
    whole = unit.load(TODAY, TODAY + timedelta(days=70))
    everything = [one for one in rank(free_starts(whole, VISIT, need), need) if one.standing is not Standing.BEFORE]
    inside = [one for one in everything if one.is_inside]
    assert (found.why is None) == bool(inside)
    assert bool(found.proposals) == bool(everything)
    if everything:
        best, top = everything[0], found.proposals[0]
        assert (top.slot.procedure, top.slot.room_id, top.cost) == (
            best.slot.procedure,
            best.slot.room_id,
            best.cost,
        )
    if len({one.slot.on for one in inside}) >= limit:
        assert len(found.proposals) == limit
        assert all(one.is_inside for one in found.proposals)


@pytest.mark.parametrize("limit", [1, 4])
def test_the_same_question_has_the_same_answer(limit: int) -> None:
    assert find(Unit().load, VISIT, kowalczyk(), limit=limit) == find(Unit().load, VISIT, kowalczyk(), limit=limit)
