"""A list that runs late: gaps soak up the delay, what does not fit is named, and brute force says the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.engine.delay import Delay, Late, Left, Listed, Rest, Shifted, Short, delay
from scheduling.engine.hours import OpenHours
from scheduling.engine.nursing import Shift
from scheduling.engine.recovery import Held
from scheduling.engine.visit import Phases
from tests.scheduling.engine import naive
from tests.scheduling.engine.boards import DAY_TICKS, FIRST, LONDON, MONDAY, PEOPLE, PLACES, ROOMS, open_lists

UNTIL = FIRST + DAY_TICKS + 20
DAYS = MONDAY, date(2026, 11, 25)


def listed(key: int, procedure: int, phases: Phases, *, room: int = 1, operator: int = 11, place: int = 21) -> Listed:
    """A visit as it is booked; its recovery, if it has one, is at that place."""
    ends = procedure + phases.procedure
    taken = ((room, procedure, ends), (operator, procedure, ends), (-key, procedure - phases.before, ends))
    stay = Held(key, place, ends, ends + phases.stay, movable=True) if phases.stay else None
    return Listed(key, room, operator, procedure, phases, taken, stay)


# --- worked examples -------------------------------------------------------------------------------------------------
SHORT = Phases(0, 3, 0, 0)
WITH_STAY = Phases(0, 3, 6, 0)


def hours(closes: int = 40, *, last_out: int = 60, breaks: int = 0) -> OpenHours:
    return OpenHours(MONDAY, 1, (11,), 0, closes, last_out, 2**closes - 1, breaks)


def rest(*lists: OpenHours, pool: tuple[int, ...] = PLACES, **more: object) -> Rest:
    values = {"busy": (), "pool": pool, "held": (), "until": 90, "days": DAYS, "zone": LONDON} | more
    return Rest(hours=lists or (hours(),), **values)  # type: ignore[arg-type]


def starts(found: Delay) -> dict[int, int]:
    return {one.key: one.procedure for one in found.shifted}


def test_gaps_soak_up_the_delay() -> None:
    visits = [listed(1, 0, SHORT), listed(2, 3, SHORT), listed(3, 8, SHORT), listed(4, 20, SHORT)]
    assert starts(delay(rest(), visits, Late(1, 4, blocked_id=1))) == {1: 4, 2: 7, 3: 10, 4: 20}


def test_others_go_before_a_patient_who_is_late_and_none_does_where_the_room_is() -> None:
    visits = [listed(1, 0, SHORT), listed(2, 3, SHORT)]
    assert starts(delay(rest(), visits, Late(1, 6))) == {1: 6, 2: 3}
    assert starts(delay(rest(), visits, Late(1, 6, blocked_id=1))) == {1: 6, 2: 9}


def test_a_break_is_kept_and_what_moves_past_the_list_is_named() -> None:
    closing = hours(14, breaks=0b11 << 5)
    visits = [listed(1, 0, SHORT), listed(2, 10, SHORT)]
    assert starts(delay(rest(closing), visits, Late(1, 3))) == {1: 7, 2: 10}
    late = delay(rest(closing), visits, Late(2, 2))
    assert (starts(late), late.left) == ({1: 0}, (Left(2, Short.HOURS, 12),))
    over = delay(rest(closing), visits, Late(2, 2, may_run_over=True))
    assert (starts(over), [one.is_over for one in over.shifted]) == ({1: 0, 2: 12}, [False, True])


def test_what_fits_nowhere_is_as_if_it_were_not_there_until_somebody_says_that_it_stays() -> None:
    visits = [listed(1, 0, SHORT), listed(2, 5, SHORT)]
    found = delay(rest(hours(8)), visits, Late(1, 4, blocked_id=1))
    assert (starts(found), [one.key for one in found.left]) == ({1: 4}, [2])
    stays = delay(rest(hours(8)), visits, Late(1, 4, blocked_id=1, standing=frozenset({2})))
    assert (starts(stays), [one.key for one in stays.left]) == ({}, [1])
    early = delay(rest(hours(8)), visits, Late(1, 2, blocked_id=1, standing=frozenset({2})))
    assert (starts(early), early.left) == ({1: 2}, ())


def test_last_patient_out_is_kept() -> None:
    late = delay(rest(hours(40, last_out=12)), [listed(1, 0, WITH_STAY)], Late(1, 4))
    assert late.left == (Left(1, Short.LAST_OUT, 4),)


def test_a_visit_that_stands_outside_the_hours_already_is_not_asked_to_keep_them() -> None:
    late = delay(rest(hours(12)), [listed(1, 15, SHORT)], Late(1, 3))
    assert late.shifted == (Shifted(1, 15, 18),)


def test_recovery_is_packed_again_and_named_where_it_is_full() -> None:
    other = Held(9, 22, 6, 16, movable=True)
    visit = listed(1, 0, WITH_STAY)
    fixed = Held(-1, 21, 12, 16, movable=False)
    late = delay(rest(pool=(21, 22), held=(other, fixed)), [visit], Late(1, 5))
    # The other has to stay at 22 as well, so it is only once that has left that there is a place.
    assert starts(late) == {1: 13}
    full = (Held(8, 21, 0, 80, movable=False), other)
    assert delay(rest(pool=(21, 22), held=full, until=16), [visit], Late(1, 5)).left == (Left(1, Short.NO_RECOVERY, 5),)
    swapped = delay(
        rest(pool=(21, 22), held=(Held(8, 22, 5, 10, movable=False), Held(7, 21, 12, 20, movable=True))),
        [visit],
        Late(1, 4),
    )
    assert [(one.key, one.procedure, one.place_id) for one in swapped.shifted] == [(1, 4, 21)]
    assert [(move.key, move.to_place_id) for move in swapped.moves] == [(7, 22)]


def test_nurses_protocol_hours_and_what_is_kept_apart_are_kept() -> None:
    nurse = rest(shifts=(Shift(1, time(0), time(0, 10), 1),))
    visit = replace(listed(1, FIRST, WITH_STAY))
    there = replace(nurse, hours=(replace(hours(), opens=FIRST, closes=FIRST + 40, last_out=FIRST + 60),))
    assert delay(replace(there, until=FIRST + 80), [visit], Late(1, 4)).left[0].short is Short.NO_NURSE
    timed = replace(listed(1, 0, SHORT), begins_before=3)
    assert delay(rest(), [timed], Late(1, 3)).left == (Left(1, Short.START_HOURS, 3),)
    apart = replace(listed(1, 0, SHORT), barred=((4, 9),))
    assert starts(delay(rest(), [apart], Late(1, 2))) == {1: 9}


# --- brute force -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Day:
    rest: Rest
    listed: list[Listed]
    late: Late


@st.composite
def days(draw: st.DrawFn) -> Day:
    """A short day as the database allows it: nothing that is booked overlaps."""
    visits: list[Listed] = []
    for key in range(1, 1 + draw(st.integers(1, 5))):
        phases = Phases(draw(st.integers(0, 2)), draw(st.integers(1, 4)), draw(st.integers(0, 5)), 0)
        visit = listed(
            key,
            FIRST + draw(st.integers(0, DAY_TICKS - 6)),
            phases,
            room=draw(st.sampled_from(ROOMS)),
            operator=draw(st.sampled_from(PEOPLE[:2])),
            place=draw(st.sampled_from(PLACES[:2])),
        )
        if naive.is_disjoint([row for one in (*visits, visit) for row in all_of(one)]):
            visits.append(visit)
    first = draw(st.sampled_from(visits))
    along = draw(st.sampled_from(("room", "operator", "patient")))
    after = [one for one in visits if one.procedure >= first.procedure]
    mine = [one for one in after if along != "operator" or one.operator_id == first.operator_id]
    mine = [one for one in mine if along == "operator" or one.room_id == first.room_id]
    others = [one for one in visits if one not in mine]
    busy = [row for one in others for row in one.takes]
    busy += [
        (draw(st.sampled_from(ROOMS + PEOPLE[:2])), at := FIRST + draw(st.integers(0, DAY_TICKS)), at + 3)
        for _ in range(draw(st.integers(0, 2)))
    ]
    held = [one.stay for one in others if one.stay is not None]
    keys = [one.key for one in mine if one is not first]
    standing = draw(st.frozensets(st.sampled_from(keys), max_size=1)) if keys else frozenset()
    blocked = {"room": first.room_id, "operator": first.operator_id, "patient": None}[along]
    return Day(
        Rest(draw(open_lists()), busy, PLACES[:2], held, UNTIL, DAYS, LONDON),
        mine,
        Late(first.key, draw(st.integers(1, 12)), blocked, draw(st.booleans()), standing),
    )


def all_of(one: Listed) -> list[tuple[int, int, int]]:
    return [*one.takes, *([(one.stay.place_id, one.stay.starts, one.stay.ends)] if one.stay else [])]


def in_hours(day: Day, one: Listed, at: int) -> bool:
    return any(
        hours.room_id == one.room_id
        and one.operator_id in hours.operator_ids
        and hours.opens <= at
        and naive._fits_hours(hours, one.phases, at)
        for hours in day.rest.hours
    )


def by_brute_force(day: Day) -> tuple[dict[int, int], list[int]]:
    """Starts, and the visits that fit nowhere."""
    standing = [one for one in day.listed if one.key in day.late.standing]
    busy = [*day.rest.busy, *(row for one in standing for row in one.takes)]
    held = [*day.rest.held, *(one.stay for one in standing if one.stay)]
    first = next(one for one in day.listed if one.key == day.late.key)
    if day.late.blocked_id is not None:
        busy.append((day.late.blocked_id, first.procedure, first.procedure + day.late.ticks))
    found: dict[int, int] = {}
    left: list[int] = []
    for one in sorted(day.listed, key=lambda one: (one.procedure, one.key)):
        if one in standing:
            continue
        at = first_fit(day, one, busy, held)
        if at is None:
            left.append(one.key)
            continue
        found[one.key] = at
        busy += one.taking(at)
        if (stay := one.staying(at)) is not None:
            held.append(stay)
    return found, left


def first_fit(day: Day, one: Listed, busy: list[tuple[int, int, int]], held: list[Held]) -> int | None:
    soonest = one.procedure + (day.late.ticks if one.key == day.late.key else 0)
    is_bound = in_hours(day, one, one.procedure)
    for keeps_hours in (True, False) if day.late.may_run_over and is_bound else (is_bound,):
        for at in range(soonest, UNTIL + 1):
            ends = at + one.phases.procedure + one.phases.after
            if ends > UNTIL and at != one.procedure:
                continue
            wanted = {(key, tick) for key, first, last in one.taking(at) for tick in range(first, last)}
            is_taken = any((key, tick) in wanted for key, first, last in busy for tick in range(first, last))
            if is_taken or (keeps_hours and not in_hours(day, one, at)):
                continue
            stay = one.staying(at)
            # Where the places of those that may change are now says nothing about which dealing-out there is.
            if stay is None or naive.fewest_moves(day.rest.pool, held, stay.starts, stay.ends) is not None:
                return at
    return None


def assert_as_brute_force(day: Day) -> None:
    found = delay(day.rest, day.listed, day.late)
    assert (starts(found), [one.key for one in found.left]) == by_brute_force(day)
    by_key = {one.key: one for one in day.listed}
    moved_to = {move.key: move.to_place_id for move in found.moves}
    places = [(moved_to.get(held.key, held.place_id), held.starts, held.ends) for held in day.rest.held]
    rows = []
    for one in found.shifted:
        visit = by_key[one.key]
        assert one.procedure >= visit.procedure
        rows += visit.taking(one.procedure)
        if (stay := visit.staying(one.procedure)) is not None:
            places.append((one.place_id, stay.starts, stay.ends))
    for key in day.late.standing:
        visit = by_key[key]
        rows += visit.takes
        if visit.stay is not None:
            places.append((moved_to.get(visit.stay.key, visit.stay.place_id), visit.stay.starts, visit.stay.ends))
    assert naive.is_disjoint(rows)
    assert naive.is_disjoint(places)


@given(days())
def test_brute_force_says_the_same_and_nothing_overlaps(day: Day) -> None:
    assert_as_brute_force(day)


@pytest.mark.deep
@settings(max_examples=5_000, deadline=None)
@given(days())
def test_a_long_sweep_of_late_days(day: Day) -> None:
    assert_as_brute_force(day)
