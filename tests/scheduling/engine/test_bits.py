"""Bitsets against lists of true and false."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.bits import ENDLESS, Busy, gaps, ones, positions, runs, stretch, window

BITS = st.integers(0, 2**40 - 1)
STARTS, LENGTHS = st.integers(-20, 60), st.integers(0, 30)
ROWS = st.lists(st.tuples(st.integers(1, 3), STARTS, LENGTHS).map(lambda row: (row[0], row[1], row[1] + row[2])))


@given(BITS)
def test_positions_are_the_set_bits_in_order(bits: int) -> None:
    assert positions(bits) == [at for at in range(40) if bits & (1 << at)]


@given(BITS, st.integers(1, 12))
def test_runs_begin_where_so_many_bits_in_a_row_are_set(bits: int, length: int) -> None:
    assert positions(runs(bits, length)) == [
        at for at in range(40) if all(bits & (1 << (at + further)) for further in range(length))
    ]


@given(BITS, st.integers(-10, 40), st.integers(0, 20))
def test_a_window_reads_nothing_before_the_beginning(bits: int, offset: int, size: int) -> None:
    assert positions(window(bits, offset, size)) == [
        at for at in range(size) if at + offset >= 0 and bits & (1 << (at + offset))
    ]


@given(BITS, st.integers(0, 39), st.integers(0, 12))
def test_gaps_end_at_the_next_set_bit(bits: int, starts: int, length: int) -> None:
    ends = starts + length
    before = next((back for back in range(starts) if bits & (1 << (starts - 1 - back))), ENDLESS)
    after = next((on for on in range(60) if bits & (1 << (ends + on))), ENDLESS)
    assert gaps(bits, starts, ends) == (before, after)


def test_stretches_and_ones_are_empty_where_there_is_nothing() -> None:
    assert (ones(0), ones(-3), stretch(5, 5), stretch(7, 5), stretch(-5, 2)) == (0, 0, 0, 0, 0b11)


@given(ROWS, st.integers(0, 10), st.integers(0, 50))
def test_busy_is_what_the_rows_say_within_the_horizon(rows: list[tuple[int, int, int]], since: int, size: int) -> None:
    busy = Busy.of(since, since + size, rows)
    for resource_id in (1, 2, 3, 4):
        for at in range(-5, 70):
            taken = any(key == resource_id and starts <= at < ends for key, starts, ends in rows)
            is_known = since <= at < since + size
            assert busy.is_free(resource_id, at, at + 1) == (is_known and not taken)
            assert bool(is_known and busy.taken(resource_id) >> (at - since) & 1) == (is_known and taken)
