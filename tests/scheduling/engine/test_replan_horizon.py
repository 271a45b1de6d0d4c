"""Weeks of unbooked doses at once: chains counted from where the dose before was put, and what is always kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.bits import Busy
from scheduling.engine.board import Board
from scheduling.engine.need import Need
from scheduling.engine.refusals import Lack
from scheduling.engine.replan import Plan, Step, Unbooked, Wishes, faults_of, plan_ahead
from scheduling.engine.ticks import days_as_ticks
from scheduling.engine.visit import Phases

from .boards import a_need
from .plans import LIST_TICKS, PLACES, VISIT, faults, lists, next_after, opens

MONDAY = date(2026, 11, 23)
DATES = tuple(MONDAY + timedelta(days=day) for day in range(18) if (MONDAY + timedelta(days=day)).weekday() < 5)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def weeks(rows: list[tuple[int, int, int]], rooms: tuple[int, ...] = (1,)) -> Board:
    """Two and a half weeks of two-hour lists."""
    since, until = days_as_ticks(DATES[0], DATES[-1] + timedelta(days=1), a_need().zone)
    return Board(lists(rooms, DATES), Busy.of(since, until, rows), PLACES)


def shut(*days: date) -> list[tuple[int, int, int]]:
    return [(1, opens(on), opens(on) + LIST_TICKS) for on in days]


def needs(first: date, interval: int, before: int, after: int) -> Callable[[date | None], Need]:
    """The window around a date, or around so many days after the dose before; the minimum is the interval less two."""

    def need_after(on: date | None) -> Need:
        target = first if on is None else on + timedelta(days=interval)
        return a_need(
            target_on=target,
            earliest_on=target - timedelta(days=before),
            latest_on=target + timedelta(days=after),
            minimum_on=None if on is None else on + timedelta(days=interval - 2),
            not_before=LONG_AGO,
        )

    return need_after


def plan_of(
    plan_id: int, first: date, count: int = 2, *, interval: int = 7, before: int = 0, after: int = 3, **more: object
) -> list[Unbooked]:
    """A plan's doses; their keys follow each other."""
    own = {"phases": VISIT, "need_after": needs(first, interval, before, after), "patient_id": plan_id} | more
    return [
        Unbooked(key=plan_id * 10 + sequence, plan_id=plan_id, sequence=sequence, **own)  # type: ignore[arg-type]
        for sequence in range(count)
    ]


def planned(rows: list[tuple[int, int, int]], *plans: list[Unbooked]) -> Plan:
    doses = [dose for doses in plans for dose in doses]
    plan = plan_ahead(weeks(rows), doses)
    assert faults(weeks(rows), rows, doses, plan) == []
    return plan


def dates(plan: Plan) -> dict[int, date]:
    return {key: slot.on for key, slot in plan.slots.items()}


def test_each_dose_is_counted_from_where_the_one_before_was_put() -> None:
    plan = planned(shut(day(0)), plan_of(1, day(0), 3))
    assert dates(plan) == {10: day(1), 11: day(8), 12: day(15)}
    assert {one.step for one in plan.placed} == {Step.PLANNED}
    assert [one.effect.days_off_target for one in plan.placed] == [1, 0, 0]
    assert plan.placed[0].words == "Tue 24 Nov, 08:50"


def test_a_dose_without_a_place_leaves_those_counted_from_it_waiting() -> None:
    plan = planned(shut(day(0), day(1), day(2), day(3)), plan_of(1, day(0)))
    assert dates(plan) == {}
    first, second = plan.unplaced
    assert first.why is not None
    assert (first.key, first.why.lack) == (10, Lack.ROOMS_TAKEN)
    assert second.words == "The dose before it has no place yet, and this one is counted from it."


def test_loading_comes_first_and_another_gives_way_inside_its_window() -> None:
    taken = [(1, opens(day(0)) + 7, opens(day(0)) + LIST_TICKS), *shut(day(1))]
    wide = plan_of(1, day(0), 1, after=3)
    narrow = plan_of(2, day(0), 1, after=1)
    assert dates(planned(taken, wide, narrow)) == {10: day(2), 20: day(0)}
    loading = plan_of(3, day(0), 1, after=3, is_loading=True)
    plan = planned(taken, narrow, loading)
    assert dates(plan) == {20: day(0), 30: day(2)}
    assert plan.unplaced == ()


def test_a_visit_booked_later_in_the_plan_keeps_its_minimum() -> None:
    doses = plan_of(1, day(2), 1, before=2, next_visit=next_after(14, day(14)))
    assert dates(planned([], doses)) == {10: day(0)}
    doses = [replace(doses[0], next_visit=next_after(14, day(13)))]
    plan = planned([], doses)
    assert plan.unplaced[0].why is not None
    assert plan.unplaced[0].why.lack is Lack.NEXT_VISIT


def test_a_preferred_day_is_taken_where_it_is_inside_the_window() -> None:
    doses = plan_of(1, day(0))
    assert dates(plan_ahead(weeks([]), doses, wishes=Wishes(days={10: day(2)}))) == {10: day(2), 11: day(9)}
    assert dates(plan_ahead(weeks([]), doses, wishes=Wishes(days={10: day(4)}))) == {10: day(0), 11: day(7)}


@st.composite
def horizons(draw: st.DrawFn) -> tuple[list[tuple[int, int, int]], list[Unbooked]]:
    rows = [
        (1, start, start + draw(st.integers(2, LIST_TICKS)))
        for start in (
            opens(draw(st.sampled_from(DATES))) + draw(st.integers(0, 16)) for _ in range(draw(st.integers(0, 12)))
        )
    ]
    doses: list[Unbooked] = []
    for plan_id in range(1, draw(st.integers(2, 7))):
        doses += plan_of(
            plan_id,
            draw(st.sampled_from(DATES[:6])),
            draw(st.integers(1, 3)),
            interval=draw(st.sampled_from((5, 7))),
            before=draw(st.integers(0, 2)),
            after=draw(st.integers(0, 3)),
            phases=draw(st.sampled_from((VISIT, Phases(2, 6, 4, 1)))),
            is_loading=draw(st.booleans()),
        )
    return rows, doses


@given(horizons(), st.randoms())
def test_no_rule_is_broken_and_the_order_changes_nothing(unit, random) -> None:  # type: ignore[no-untyped-def]
    rows, doses = unit
    plan = plan_ahead(weeks(rows), doses)
    assert faults(weeks(rows), rows, doses, plan) == []
    assert faults_of(weeks(rows), doses, plan) == ()
    assert sorted([*plan.slots, *(one.key for one in plan.unplaced)]) == sorted(dose.key for dose in doses)
    shuffled = list(doses)
    random.shuffle(shuffled)
    assert plan_ahead(weeks(rows), shuffled) == plan


@given(horizons())
def test_planning_what_was_left_over_again_places_nothing_more(unit) -> None:  # type: ignore[no-untyped-def]
    rows, doses = unit
    plan = plan_ahead(weeks(rows), doses)
    taken = [(key, starts, ends) for one in plan.slots.values() for key, starts, ends in taken_by(one)]
    slots = plan.slots
    left = [dose for dose in doses if dose.key not in slots and (dose.sequence == 0 or dose.key - 1 in slots)]
    asked = [replace(dose, need_after=counted_from(dose, slots)) for dose in left]
    assert plan_ahead(weeks([*rows, *taken]), asked).placed == ()


def counted_from(dose: Unbooked, slots) -> Callable[[date | None], Need]:  # type: ignore[no-untyped-def]
    """The dose before it stands now, and is not asked for again."""
    on = slots[dose.key - 1].on if dose.sequence else None
    return lambda _: dose.need_after(on)


def taken_by(slot) -> list[tuple[int, int, int]]:  # type: ignore[no-untyped-def]
    ends = slot.procedure + slot.phases.procedure
    return [
        (slot.room_id, slot.procedure, ends + slot.turnover),
        (slot.operator_id, slot.procedure, ends),
        (slot.recovery_id, *slot.recovery_ticks),
    ]


def test_a_chosen_slot_stands_and_the_others_go_around_it() -> None:
    doses = [*plan_of(1, day(0)), *plan_of(2, day(0))]
    board = weeks([])
    first = plan_ahead(board, doses)
    theirs = first.slots[10]
    plan = plan_ahead(board, doses, wishes=Wishes(pinned={20: theirs}))
    assert (plan.slots[20].procedure, plan.slots[20].room_id) == (theirs.procedure, theirs.room_id)
    assert {one.key: one.step for one in plan.placed}[20] is Step.PINNED
    assert faults_of(board, doses, plan) == ()
    assert plan.unplaced == ()


def test_a_chosen_slot_that_does_not_hold_is_refused_with_words() -> None:
    doses = plan_of(1, day(0))
    there = plan_ahead(weeks([]), doses).slots[10]
    plan = plan_ahead(weeks(shut(there.on)), doses, wishes=Wishes(pinned={10: there}))
    assert [(one.key, one.why.lack) for one in plan.unplaced if one.why] == [
        (10, Lack.CHOICE),
        (11, Lack.DOSE_BEFORE),
    ]


def test_what_is_preferred_is_kept_where_it_holds() -> None:
    doses = [*plan_of(1, day(0)), *plan_of(2, day(0))]
    board = weeks([])
    later = {
        key: replace(slot, procedure=slot.procedure + 8) for key, slot in plan_ahead(board, doses[:2]).slots.items()
    }
    plan = plan_ahead(board, doses, wishes=Wishes(preferred=later))
    assert {key: plan.slots[key].procedure for key in later} == {key: slot.procedure for key, slot in later.items()}
    again = plan_ahead(board, doses, wishes=Wishes(preferred=plan.slots))
    assert again.slots == plan.slots
