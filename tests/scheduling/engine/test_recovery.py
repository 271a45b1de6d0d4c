"""The recovery pool: who gets which place, and who changes so that one more fits."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.engine.bits import Busy
from scheduling.engine.recovery import Held, Move, Repacked, pick_recovery, repack

from . import naive
from .boards import DAY_TICKS, FIRST, PLACES, held_rows, stretches


def after(held: list[Held], packed: Repacked, starts: int, ends: int) -> list[tuple[int, int, int]]:
    """The pool once the moves are made and the new stretch is in."""
    to = {move.key: move.to_place_id for move in packed.moves}
    return [
        *((to.get(item.key, item.place_id), item.starts, item.ends) for item in held),
        (packed.place_id, starts, ends),
    ]


@given(held_rows(2, 6), stretches())
def test_packing_again_never_overlaps_moves_the_fewest_and_finds_whatever_fits(
    held: list[Held], new: tuple[int, int]
) -> None:
    assert_packed_well(held, new)


def assert_packed_well(held: list[Held], new: tuple[int, int]) -> None:
    """Free of overlaps, nobody moved who may not be, as few moves as there can be, and None only where nothing fits."""
    packed = repack(PLACES, held, *new)
    fewest = naive.fewest_moves(PLACES, held, *new)
    if packed is None:
        assert fewest is None
        return
    assert len(packed.moves) == fewest
    assert naive.is_disjoint(after(held, packed, *new))
    by_key = {item.key: item for item in held}
    for move in packed.moves:
        item = by_key[move.key]
        assert item.movable
        assert item.places is None or move.to_place_id in item.places
        assert move.from_place_id == item.place_id != move.to_place_id
    assert [move.key for move in packed.moves] == sorted({move.key for move in packed.moves})


@given(held_rows(2, 6), stretches(), st.integers(1, 12))
def test_with_little_effort_an_answer_is_still_free_of_overlaps(
    held: list[Held], new: tuple[int, int], effort: int
) -> None:
    packed = repack(PLACES, held, *new, effort=effort)
    if packed is not None:
        assert naive.is_disjoint(after(held, packed, *new))
        assert all(next(item for item in held if item.key == move.key).movable for move in packed.moves)


@given(held_rows(0, 6), stretches(), st.randoms())
def test_packing_does_not_hang_on_the_order_of_rows(held: list[Held], new: tuple[int, int], random: object) -> None:
    shuffled = list(held)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert repack(PLACES, shuffled, *new) == repack(PLACES, held, *new)


@given(held_rows(0, 6), stretches())
def test_a_pick_is_the_packing_in_which_nobody_moves(held: list[Held], new: tuple[int, int]) -> None:
    busy = Busy.of(FIRST - 300, FIRST + DAY_TICKS + 300, [(item.place_id, item.starts, item.ends) for item in held])
    picked = pick_recovery(PLACES, busy, *new)
    packed = repack(PLACES, held, *new)
    if picked is None:
        assert packed is None or packed.moves
    else:
        assert packed == Repacked(picked)


@pytest.mark.deep
@settings(max_examples=3_000, deadline=None)
@given(held_rows(2, 6), stretches())
def test_a_long_sweep_of_packings(held: list[Held], new: tuple[int, int]) -> None:
    assert_packed_well(held, new)


def test_the_pick_is_the_place_with_the_least_idle_time_and_then_the_pools_first() -> None:
    busy = Busy.of(0, 100, [(21, 0, 10), (22, 0, 18), (23, 40, 60)])
    assert pick_recovery((21, 22, 23), busy, 20, 38) == 22
    assert pick_recovery((22, 21), Busy.of(0, 100, []), 20, 38) == 22
    assert pick_recovery((21, 22), busy, 5, 12) is None
    assert pick_recovery((21,), busy, 90, 101) is None


def test_one_visit_changes_place_so_that_another_fits() -> None:
    held = [Held(1, 21, 0, 10, movable=True), Held(2, 22, 10, 20, movable=True)]
    assert repack((21, 22), held, 5, 15) == Repacked(21, (Move(1, 21, 22),))
    held = [Held(1, 21, 0, 8, movable=True), Held(2, 22, 10, 20, movable=True)]
    assert repack((21, 22), held, 8, 20) == Repacked(21)
    held = [Held(1, 21, 0, 8, movable=True), Held(2, 22, 8, 20, movable=True), Held(3, 21, 14, 20, movable=False)]
    assert repack((21, 22), held, 0, 8) == Repacked(22)


def test_a_patient_who_has_arrived_and_a_closure_stay_where_they_are() -> None:
    held = [Held(1, 21, 0, 8, movable=False), Held(2, 22, 12, 20, movable=True)]
    assert repack((21, 22), held, 6, 14) == Repacked(22, (Move(2, 22, 21),))
    assert repack((21, 22), [replace(item, movable=False) for item in held], 6, 14) is None


def test_a_place_of_the_right_kind_is_cleared_for_who_needs_it() -> None:
    held = [Held(1, 21, 0, 10, movable=True)]
    assert repack((21, 22), held, 0, 10) == Repacked(22)
    assert repack((21, 22), held, 0, 10, places=frozenset({21})) == Repacked(21, (Move(1, 21, 22),))
    assert repack((21, 22), [replace(held[0], places=frozenset({21}))], 0, 10, places=frozenset({21})) is None


def test_a_pool_whose_gaps_are_all_too_short_is_dealt_out_anew_when_capacity_is_there() -> None:
    # Twelve places with four visits each; the gaps between them are 4 ticks and never where the next place's are.
    pool = tuple(range(12))
    held = [
        Held(place * 4 + part, place, place * 3 + part * 25, place * 3 + part * 25 + 21, movable=True)
        for place in pool
        for part in range(4)
    ]
    packed = repack(pool, held, 30, 51)
    assert packed is not None
    assert len(packed.moves) > 4
    assert naive.is_disjoint(after(held, packed, 30, 51))


def test_a_crowded_moment_is_refused_at_once() -> None:
    held = [Held(key, place, 0, 10, movable=True) for key, place in enumerate(PLACES)]
    assert repack(PLACES, held, 9, 20) is None
    assert repack(PLACES, held, 10, 20) == Repacked(21)
