"""Skills, assistants, imaging, nurses and a protocol's own hours, in the search and in a picked start."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.bits import Busy, stretch
from scheduling.engine.board import Board
from scheduling.engine.free import Obstacle, Refusal, check, free_starts
from scheduling.engine.hours import DayPattern, open_hours
from scheduling.engine.need import StartHours
from scheduling.engine.nursing import Shift, has_nurse, nursed
from scheduling.engine.search import find
from scheduling.engine.ticks import days_as_ticks, instant_at
from scheduling.engine.visit import Phases, Slot

from .boards import LONDON, MONDAY, PLACES, a_need, tick

VISIT = Phases.of_minutes(before=60, procedure=45, recovery=90, discharge=15)
LIST = DayPattern(
    room_id=1, operator_ids=(11, 12, 13), weekday=1, opens=time(9), closes=time(13), last_out=time(16), step_minutes=60
)
TUESDAY = MONDAY + timedelta(days=1)


def board(*rows: tuple[int, str, str], **more: object) -> Board:
    """Monday 23 November with one list, 09:00 to 13:00, a start every hour, and the rows taken."""
    since, until = days_as_ticks(MONDAY, TUESDAY, LONDON)
    taken = [(key, tick(MONDAY, starts), tick(MONDAY, ends)) for key, starts, ends in rows]
    hours = open_hours([LIST], MONDAY, TUESDAY, LONDON)
    return Board(hours, Busy.of(since, until, taken), PLACES, **more)  # type: ignore[arg-type]


def times(slots: list[Slot]) -> list[str]:
    return [f"{slot.procedure_at:%H:%M}" for slot in slots]


def test_an_assistant_is_somebody_of_the_list_besides_the_operator() -> None:
    need = a_need(is_assisted=True, operator_skills=frozenset({"lumbar puncture"}))
    skills = {11: frozenset({"lumbar puncture"}), 12: frozenset({"lumbar puncture"})}
    rows = ((13, "10:00", "10:45"), (12, "11:00", "11:45"), (13, "12:00", "12:45"), (12, "12:00", "12:45"))
    slots = free_starts(board(*rows, skills=skills), VISIT, need)
    assert [(f"{one.procedure_at:%H:%M}", one.operator_id, one.assistant_id) for one in slots] == [
        ("09:00", 11, 13),  # who only assists is taken before who may operate
        ("10:00", 11, 12),
        ("11:00", 11, 13),
    ]
    taken = {(span.resource_id, span.phase.value) for span in slots[0].spans}
    assert {(11, "procedure"), (13, "assistance")} < taken


def test_a_visit_without_assistant_takes_nobody_else() -> None:
    slot = free_starts(board(), VISIT, a_need())[0]
    assert (slot.assistant_id, slot.imaging_id, len(slot.spans)) == (None, None, 3)


def test_imaging_is_the_rooms_own_or_a_device_that_is_brought() -> None:
    need = a_need(imaging_skills=frozenset({"fluoroscopy"}))
    assert free_starts(board(), VISIT, need) == []
    own = free_starts(board(skills={1: frozenset({"fluoroscopy"})}), VISIT, need)
    assert (times(own), own[0].imaging_id) == (["09:00", "10:00", "11:00", "12:00"], None)
    arm = frozenset({"fluoroscopy"})
    there = board((31, "10:00", "10:05"), imaging_ids=(31, 32), skills={31: arm})
    brought = free_starts(there, VISIT, need)
    assert (times(brought), {slot.imaging_id for slot in brought}) == (["09:00", "11:00", "12:00"], {31})


def test_a_protocols_own_hours_cut_the_list() -> None:
    hours = StartHours(since=time(10), before=time(12), weekdays=frozenset({1, 2}))
    assert times(free_starts(board(), VISIT, a_need(start_hours=hours))) == ["10:00", "11:00"]
    weekend = StartHours(weekdays=frozenset({6}))
    assert free_starts(board(), VISIT, a_need(start_hours=weekend)) == []
    too_late_to_order = StartHours(first_on=TUESDAY)
    assert free_starts(board(), VISIT, a_need(start_hours=too_late_to_order)) == []


def test_a_room_is_barred_while_its_area_has_what_must_not_meet() -> None:
    since, _ = days_as_ticks(MONDAY, TUESDAY, LONDON)
    barred = stretch(tick(MONDAY, "10:30") - since, tick(MONDAY, "11:00") - since)
    assert times(free_starts(board(barred={1: barred}), VISIT, a_need())) == ["09:00", "11:00", "12:00"]


@pytest.mark.parametrize(
    ("more", "need", "obstacle"),
    [
        ({}, {"imaging_skills": frozenset({"CT"})}, Obstacle.NO_IMAGING),
        ({}, {"is_assisted": True, "assistant_skills": frozenset({"sedation"})}, Obstacle.NO_ASSISTANT),
        ({}, {"start_hours": StartHours(since=time(12))}, Obstacle.START_HOURS),
        ({"barred": {1: stretch(0, 300)}}, {}, Obstacle.KEPT_APART),
        ({"nursed": 0}, {}, Obstacle.NO_NURSE),
    ],
)
def test_a_picked_start_is_refused_for_the_same(more: dict[str, Any], need: dict[str, Any], obstacle: Obstacle) -> None:
    starts_at = instant_at(tick(MONDAY, "09:00"))
    refused = check(board(**more), VISIT, a_need(**need), room_id=1, procedure_at=starts_at)
    assert isinstance(refused, Refusal)
    assert refused.obstacle is obstacle
    taken = check(board(), VISIT, a_need(), room_id=1, procedure_at=starts_at)
    assert isinstance(taken, Slot)


@pytest.mark.parametrize(
    ("more", "need", "words"),
    [
        (
            {"nursed": 0},
            {},
            "The nurses in recovery have as many patients as they may between Mon 23 Nov and Mon 30 Nov.",
        ),
        (
            {},
            {"only_operator_ids": frozenset({99}), "only_operator_name": "Dr Malik"},
            "A room is free, but not Dr Malik, the only operator the plan asks for, between Mon 23 Nov and Mon 30 Nov.",
        ),
        (
            {},
            {"is_assisted": True, "assistant_skills": frozenset({"sedation"})},
            "A room and an operator are free, but nobody to assist between Mon 23 Nov and Mon 30 Nov.",
        ),
    ],
)
def test_why_not_says_what_is_missing(more: dict[str, Any], need: dict[str, Any], words: str) -> None:
    def load(since: date, until: date) -> Board:
        first, last = days_as_ticks(since, until, LONDON)
        hours = open_hours([LIST], since, until, LONDON)
        return Board(hours, Busy.of(first, last, []), PLACES, **more)

    found = find(load, VISIT, a_need(**need))
    assert found.proposals == ()
    assert found.why is not None
    assert found.why.words == words
    # What the visit never asked for is not told as checked.
    assert len(found.why.checked) == len({step.code for step in found.why.checked}) <= 8


DAY = (MONDAY, TUESDAY)
SHIFTS = (Shift(1, time(8), time(13), 1), Shift(1, time(12), time(18), 2))


def at(clock: str) -> int:
    return tick(MONDAY, clock)


def test_nurses_times_ratio_is_the_most_in_recovery_and_shifts_add_up() -> None:
    stays = [(at("09:00"), at("10:00")), (at("12:00"), at("14:00"))]
    for wanted, is_free in (
        (("08:00", "09:00"), True),
        (("08:00", "09:05"), False),  # the one nurse has her one patient from nine
        (("10:00", "12:30"), True),  # the shifts overlap: three, and one is there
        (("12:00", "14:00"), True),
        (("17:00", "18:05"), False),  # nobody is on duty after six
        (("07:55", "08:30"), False),
    ):
        assert has_nurse(SHIFTS, DAY, LONDON, stays, (at(wanted[0]), at(wanted[1]))) is is_free, wanted


def test_a_weekday_without_shifts_has_no_limit() -> None:
    tuesday = (TUESDAY, TUESDAY + timedelta(days=1))
    stays = [days_as_ticks(*tuesday, LONDON)] * 9
    assert nursed(SHIFTS, tuesday, LONDON, stays) is None
    assert nursed((), DAY, LONDON, stays) is None
    both = nursed(SHIFTS, (MONDAY, TUESDAY + timedelta(days=1)), LONDON, stays)
    since, _ = days_as_ticks(*DAY, LONDON)
    assert both is not None
    assert both >> (tick(TUESDAY, "03:00") - since) & 1


@given(
    st.lists(st.tuples(st.integers(0, 280), st.integers(1, 60)), max_size=12),
    st.lists(st.tuples(st.integers(0, 23), st.integers(1, 8), st.integers(0, 4)), min_size=1, max_size=4),
)
def test_nurses_are_counted_as_tick_by_tick(stays: list[tuple[int, int]], duty: list[tuple[int, int, int]]) -> None:
    since, until = days_as_ticks(*DAY, LONDON)
    shifts = [Shift(1, time(hour), time(min(hour + hours, 23), 55), patients) for hour, hours, patients in duty]
    taken = [(since + start, since + start + length) for start, length in stays]
    free = nursed(shifts, DAY, LONDON, taken)
    assert free is not None
    for now in range(since, until):
        clock = instant_at(now).astimezone(LONDON).time()
        most = sum(shift.patients for shift in shifts if shift.starts <= clock < shift.ends)
        there = sum(starts <= now < ends for starts, ends in taken)
        assert (free >> (now - since) & 1) == (there < most), clock
