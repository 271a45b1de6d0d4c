"""Free starts against a search that tries everything, and the cases a coordinator knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings

from scheduling.engine.bits import Busy
from scheduling.engine.board import Board
from scheduling.engine.free import Obstacle, Refusal, check, free_starts
from scheduling.engine.hours import DayPattern, open_hours
from scheduling.engine.recovery import Held, repack
from scheduling.engine.ticks import days_as_ticks, instant_at
from scheduling.engine.visit import Phase, Phases, Slot, Span

from . import naive
from .boards import LONDON, MONDAY, PLACES, Instance, a_need, crowded_instances, instances, tick

VISIT = Phases.of_minutes(before=60, procedure=45, recovery=90, discharge=15)
LIST = DayPattern(
    room_id=1,
    operator_ids=(11, 12),
    weekday=1,
    opens=time(9),
    closes=time(13),
    last_out=time(16),
    step_minutes=30,
    turnover_minutes=15,
)


def board(
    *rows: tuple[int, str, str], pattern: DayPattern = LIST, held: tuple[Held, ...] = (), **more: object
) -> Board:
    """Monday 23 November with one list and the rows taken, in local time."""
    since, until = days_as_ticks(MONDAY, MONDAY + timedelta(days=1), LONDON)
    taken = [(key, tick(MONDAY, starts), tick(MONDAY, ends)) for key, starts, ends in rows]
    taken += [(item.place_id, item.starts, item.ends) for item in held]
    hours = open_hours([pattern], MONDAY, MONDAY + timedelta(days=1), LONDON)
    return Board(hours, Busy.of(since, until, taken), PLACES, held, **more)  # type: ignore[arg-type]


def times(slots: list[Slot]) -> list[str]:
    return [f"{slot.procedure_at:%H:%M}" for slot in slots]


def assert_as_naive(instance: Instance, *, repacking: bool) -> None:
    """The engine finds the starts that trying everything finds, each once and in order."""
    found = free_starts(instance.board, instance.phases, instance.need, repacking=repacking)
    wanted = naive.free_starts(instance.board, instance.rows, instance.phases, instance.need, repacking=repacking)
    order = [hours.room_id for hours in instance.board.hours]
    assert [(slot.room_id, slot.procedure) for slot in found] == sorted(
        wanted, key=lambda one: (order.index(one[0]), one[1])
    )


@given(instances())
def test_free_starts_are_those_of_naive_search(instance: Instance) -> None:
    assert_as_naive(instance, repacking=False)


@given(crowded_instances())
def test_free_starts_with_packing_are_those_of_naive_search(instance: Instance) -> None:
    assert_as_naive(instance, repacking=True)


@given(instances())
def test_every_slot_takes_only_what_is_free(instance: Instance) -> None:
    for slot in free_starts(instance.board, instance.phases, instance.need):
        hours = next(hours for hours in instance.board.hours if hours.room_id == slot.room_id)
        assert slot.operator_id in hours.operator_ids
        assert slot.leave <= hours.last_out
        taken = [
            (key, starts, ends)
            for key, starts, ends in [
                (slot.room_id, slot.procedure, slot.procedure + slot.phases.procedure + slot.turnover),
                (slot.operator_id, slot.procedure, slot.procedure + slot.phases.procedure),
                (slot.recovery_id, *slot.recovery_ticks),
            ]
            if key is not None and not (slot.displaced and key == slot.recovery_id)
        ]
        clashes = [
            (row, mine)
            for row in instance.rows
            for mine in taken
            if row[0] == mine[0] and row[1] < mine[2] and mine[1] < row[2]
        ]
        assert clashes == []
        assert (slot.recovery_id is None) == (slot.phases.recovery == 0)
        spans = [(span.resource_id, span.starts_at, span.ends_at) for span in slot.spans]
        assert spans == sorted(spans)


@given(instances())
def test_check_agrees_with_the_search(instance: Instance) -> None:
    found = {
        (slot.room_id, slot.procedure): slot for slot in free_starts(instance.board, instance.phases, instance.need)
    }
    for hours in instance.board.hours:
        for at in range(hours.closes - hours.opens):
            start = hours.opens + at
            answer = check(
                instance.board, instance.phases, instance.need, room_id=hours.room_id, procedure_at=instant_at(start)
            )
            if (hours.room_id, start) in found:
                slot = found[hours.room_id, start]
                assert isinstance(answer, Slot)
                assert (answer.operator_id, answer.displaced) == (slot.operator_id, slot.displaced)
            else:
                assert isinstance(answer, Refusal) or not hours.grid & (1 << at)


@given(instances())
def test_gaps_are_the_rooms_empty_ticks_beside_the_visit(instance: Instance) -> None:
    for slot in free_starts(instance.board, instance.phases, instance.need):
        hours = next(hours for hours in instance.board.hours if hours.room_id == slot.room_id)

        def is_empty(at: int, hours=hours, slot=slot) -> bool:  # type: ignore[no-untyped-def]
            shut = hours.breaks & (1 << (at - hours.opens)) if at >= hours.opens else True
            taken = any(key == slot.room_id and first <= at < last for key, first, last in instance.rows)
            return hours.opens <= at < hours.closes and at < instance.board.busy.until and not shut and not taken

        before = after = 0
        while is_empty(slot.procedure - before - 1):
            before += 1
        ends = slot.procedure + slot.phases.procedure + slot.turnover
        while is_empty(ends + after):
            after += 1
        assert slot.gap_before == before
        assert slot.gap_after == after or instance.board.busy.until < hours.closes


@pytest.mark.deep
@settings(max_examples=2_000, deadline=None)
@given(instances(), crowded_instances())
def test_a_long_sweep_finds_no_difference_from_naive_search(plain: Instance, crowded: Instance) -> None:
    assert_as_naive(plain, repacking=False)
    assert_as_naive(crowded, repacking=True)


def test_a_free_list_offers_every_step_that_ends_in_time() -> None:
    assert times(free_starts(board(), VISIT, a_need())) == [
        "09:00",
        "09:30",
        "10:00",
        "10:30",
        "11:00",
        "11:30",
        "12:00",
    ]


def test_the_room_is_free_while_recovery_goes_on_but_not_while_it_is_cleaned() -> None:
    taken = board((1, "09:00", "10:00"))
    assert times(free_starts(taken, VISIT, a_need())) == ["10:00", "10:30", "11:00", "11:30", "12:00"]
    cleaning_would_run_over = board((1, "09:50", "10:00"))
    assert "09:00" not in times(free_starts(cleaning_would_run_over, VISIT, a_need()))


def test_the_last_patient_is_out_in_time() -> None:
    early = replace(LIST, last_out=time(13))
    assert times(free_starts(board(pattern=early), VISIT, a_need())) == ["09:00", "09:30", "10:00", "10:30"]


def test_nobody_arrives_before_the_doors_open_or_within_the_notice() -> None:
    doors = replace(LIST, first_in=time(9))
    assert times(free_starts(board(pattern=doors), VISIT, a_need()))[0] == "10:00"
    soon = a_need(not_before=datetime(2026, 11, 23, 9, 1, tzinfo=UTC))
    assert times(free_starts(board(), VISIT, soon))[0] == "10:30"


def test_a_break_holds_no_procedure() -> None:
    pausing = replace(LIST, breaks=((time(10, 30), time(11)),))
    assert times(free_starts(board(pattern=pausing), VISIT, a_need())) == ["09:00", "09:30", "11:00", "11:30", "12:00"]


def test_the_patients_own_visits_are_respected_from_arrival_to_leaving() -> None:
    other = a_need(taken=((tick(MONDAY, "12:00"), tick(MONDAY, "14:00")),))
    assert times(free_starts(board(), VISIT, other)) == ["09:00", "09:30"]


def test_the_usual_operator_is_named_where_free_else_the_lists_first() -> None:
    busy = board((12, "10:00", "11:00"))
    slots = free_starts(busy, VISIT, a_need(usual_operator_id=12))
    assert [(f"{slot.procedure_at:%H:%M}", slot.operator_id) for slot in slots][:4] == [
        ("09:00", 12),
        ("09:30", 11),
        ("10:00", 11),
        ("10:30", 11),
    ]


def test_only_those_with_the_skills_serve() -> None:
    skilled = board(skills={1: frozenset({"fluoroscopy"}), 12: frozenset({"loading"}), 23: frozenset({"stretcher"})})
    need = a_need(
        room_skills=frozenset({"fluoroscopy"}),
        operator_skills=frozenset({"loading"}),
        place_skills=frozenset({"stretcher"}),
    )
    assert {(slot.operator_id, slot.recovery_id) for slot in free_starts(skilled, VISIT, need)} == {(12, 23)}
    assert free_starts(board(), VISIT, need) == []


def test_asking_for_one_person_leaves_only_their_times() -> None:
    busy = board((11, "09:00", "11:30"))
    assert times(free_starts(busy, VISIT, a_need(only_operator_ids=frozenset({11})))) == ["11:30", "12:00"]
    assert free_starts(busy, VISIT, a_need(only_room_ids=frozenset({2}))) == []


def held(key: int, place_id: int, starts: str, ends: str, *, movable: bool = True) -> Held:
    return Held(key, place_id, tick(MONDAY, starts), tick(MONDAY, ends), movable)


CROWDED = (
    held(1, 21, "09:45", "11:30"),
    held(2, 22, "11:30", "13:15"),
    held(3, 23, "09:00", "13:15", movable=False),
    held(4, 21, "12:30", "14:30"),
)
"""Between 10:45 and 12:30 places 21 and 22 are free for a part only; moving one visit makes one free for all of it."""


def test_a_start_that_needs_others_to_change_place_is_found_and_said() -> None:
    one = replace(LIST, fixed_starts=(time(10),))
    assert free_starts(board(pattern=one, held=CROWDED), VISIT, a_need(), repacking=False) == []
    (slot,) = free_starts(board(pattern=one, held=CROWDED), VISIT, a_need())
    packed = repack(PLACES, CROWDED, *slot.recovery_ticks)
    assert packed is not None
    assert (slot.recovery_id, slot.displaced) == (packed.place_id, len(packed.moves)) == (21, 1)


def test_a_visit_without_recovery_takes_no_place() -> None:
    full = tuple(held(key, place, "08:00", "18:00", movable=False) for key, place in enumerate(PLACES))
    infusion = Phases.of_minutes(before=15, procedure=120, recovery=0, discharge=15)
    slots = free_starts(board(held=full), infusion, a_need())
    assert times(slots) == ["09:00", "09:30", "10:00", "10:30", "11:00"]
    assert {slot.recovery_id for slot in slots} == {None}
    assert [span.phase for span in slots[0].spans] == [Phase.PROCEDURE, Phase.PROCEDURE]


def test_booking_takes_the_room_with_cleaning_the_operator_and_the_place_until_leaving() -> None:
    slot = free_starts(board(), VISIT, a_need())[2]

    def at(words: str) -> datetime:
        return instant_at(tick(MONDAY, words))

    assert (slot.arrive_at, slot.procedure_at, slot.leave_at) == (at("09:00"), at("10:00"), at("12:30"))
    assert slot.spans == (
        Span(1, Phase.PROCEDURE, at("10:00"), at("11:00")),
        Span(11, Phase.PROCEDURE, at("10:00"), at("10:45")),
        Span(21, Phase.RECOVERY, at("10:45"), at("12:30")),
    )


@pytest.mark.parametrize(
    ("rows", "at", "obstacle"),
    [
        ((), "08:30", Obstacle.OUTSIDE_HOURS),
        ((), "12:30", Obstacle.OUTSIDE_HOURS),
        (((1, "10:00", "11:00"),), "10:15", Obstacle.ROOM_TAKEN),
        (((11, "10:00", "11:00"), (12, "10:30", "12:00")), "10:15", Obstacle.NO_OPERATOR),
        (tuple((place, "11:00", "12:00") for place in PLACES), "10:15", Obstacle.NO_RECOVERY),
    ],
)
def test_a_picked_start_is_refused_for_the_first_thing_in_the_way(
    rows: tuple[tuple[int, str, str], ...], at: str, obstacle: Obstacle
) -> None:
    answer = check(board(*rows), VISIT, a_need(), room_id=1, procedure_at=instant_at(tick(MONDAY, at)))
    assert isinstance(answer, Refusal)
    assert answer.obstacle is obstacle
    assert answer.words.endswith(".")


def test_a_picked_start_is_refused_for_the_patient_and_for_notice() -> None:
    at = instant_at(tick(MONDAY, "10:15"))
    elsewhere = a_need(taken=((tick(MONDAY, "09:00"), tick(MONDAY, "09:30")),))
    assert check(board(), VISIT, elsewhere, room_id=1, procedure_at=at) == Refusal(
        Obstacle.PATIENT_BUSY, "The patient has another visit at that time."
    )
    late = a_need(not_before=datetime(2026, 11, 23, 11, tzinfo=UTC))
    answer = check(board(), VISIT, late, room_id=1, procedure_at=at)
    assert isinstance(answer, Refusal)
    assert answer.obstacle is Obstacle.TOO_SOON


def test_a_picked_start_may_lie_between_the_bookable_ones_and_name_its_operator() -> None:
    answer = check(board(), VISIT, a_need(), room_id=1, procedure_at=instant_at(tick(MONDAY, "10:20")), operator_id=12)
    assert isinstance(answer, Slot)
    assert (f"{answer.procedure_at:%H:%M}", answer.operator_id) == ("10:20", 12)


def test_a_picked_start_takes_the_place_that_fits_best() -> None:
    beside = board((22, "08:00", "10:45"), (22, "12:30", "14:00"), (21, "08:00", "09:00"))
    answer = check(beside, VISIT, a_need(), room_id=1, procedure_at=instant_at(tick(MONDAY, "10:00")))
    assert isinstance(answer, Slot)
    assert answer.recovery_id == 22


def test_nothing_is_offered_beyond_what_was_read() -> None:
    since, _ = days_as_ticks(MONDAY, date(2026, 11, 24), LONDON)
    whole = board()
    cut = replace(whole, busy=Busy.of(since, tick(MONDAY, "12:45"), []))
    assert times(free_starts(cut, VISIT, a_need())) == ["09:00", "09:30", "10:00"]
