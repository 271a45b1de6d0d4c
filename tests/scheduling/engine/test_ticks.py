"""Ticks, and the two nights on which the clocks change."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scheduling.engine
from scheduling.engine.ticks import (
    ceil_tick,
    days_as_ticks,
    floor_tick,
    instant_at,
    is_shown,
    overlaps,
    wall_clock,
)

from .boards import LONDON, NEW_YORK

MODULES = sorted(module.name for module in pkgutil.iter_modules(scheduling.engine.__path__, "scheduling.engine."))


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("name", ["scheduling.engine", *MODULES])
def test_the_engine_imports_no_django(name: str) -> None:
    module = importlib.import_module(name)
    assert not any("django" in str(getattr(value, "__module__", "")) for value in vars(module).values())


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.sampled_from([UTC, LONDON, NEW_YORK])))
def test_a_tick_holds_its_instant(instant: datetime) -> None:
    assert instant_at(floor_tick(instant)) <= instant < instant_at(floor_tick(instant) + 1)
    assert instant_at(ceil_tick(instant) - 1) < instant <= instant_at(ceil_tick(instant))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        floor_tick(datetime(2026, 11, 24, 9))


@pytest.mark.parametrize(
    ("zone", "on", "hours"),
    [
        (LONDON, date(2026, 3, 29), 23),
        (LONDON, date(2026, 10, 25), 25),
        (LONDON, date(2026, 11, 24), 24),
        (NEW_YORK, date(2026, 3, 8), 23),
        (NEW_YORK, date(2026, 11, 1), 25),
    ],
)
def test_a_day_is_as_long_as_it_is(zone: object, on: date, hours: int) -> None:
    since, until = days_as_ticks(on, on + timedelta(days=1), zone)  # type: ignore[arg-type]
    assert (until - since) * 5 == hours * 60


@pytest.mark.parametrize(
    ("zone", "on", "at", "utc"),
    [
        (LONDON, date(2026, 3, 29), time(0, 30), "2026-03-29T00:30"),
        (LONDON, date(2026, 3, 29), time(1, 30), "2026-03-29T01:30"),  # never shown: counted on from before
        (LONDON, date(2026, 3, 29), time(2, 30), "2026-03-29T01:30"),
        (LONDON, date(2026, 3, 29), time(9), "2026-03-29T08:00"),
        (LONDON, date(2026, 10, 25), time(0, 30), "2026-10-24T23:30"),
        (LONDON, date(2026, 10, 25), time(1, 30), "2026-10-25T00:30"),  # shown twice: the first
        (LONDON, date(2026, 10, 25), time(2, 30), "2026-10-25T02:30"),
        (LONDON, date(2026, 10, 25), time(9), "2026-10-25T09:00"),
        (NEW_YORK, date(2026, 3, 8), time(2, 30), "2026-03-08T07:30"),
        (NEW_YORK, date(2026, 3, 8), time(9), "2026-03-08T13:00"),
        (NEW_YORK, date(2026, 11, 1), time(1, 30), "2026-11-01T05:30"),
        (NEW_YORK, date(2026, 11, 1), time(9), "2026-11-01T14:00"),
    ],
)
def test_wall_clock_times_on_the_nights_the_clocks_change(zone: object, on: date, at: time, utc: str) -> None:
    assert wall_clock(on, at, zone) == datetime.fromisoformat(f"{utc}+00:00")  # type: ignore[arg-type]


def test_a_skipped_time_is_never_shown_and_a_doubled_one_is() -> None:
    assert not is_shown(date(2026, 3, 29), time(1, 30), LONDON)
    assert not is_shown(date(2026, 3, 8), time(2, 30), NEW_YORK)
    assert is_shown(date(2026, 10, 25), time(1, 30), LONDON)


@given(*[st.integers(0, 20)] * 4)
def test_overlap_is_a_shared_moment(a: int, a_length: int, b: int, b_length: int) -> None:
    a_ends, b_ends = a + a_length + 1, b + b_length + 1
    shared = set(range(a, a_ends)) & set(range(b, b_ends))
    assert overlaps(a, a_ends, b, b_ends) == bool(shared) == overlaps(b, b_ends, a, a_ends)


def test_overlap_asks_instants_as_it_asks_ticks() -> None:
    nine = datetime(2026, 11, 24, 9, tzinfo=UTC)
    ten = datetime(2026, 11, 24, 11, tzinfo=timezone(timedelta(hours=1)))
    assert not overlaps(nine, ten, ten, ten + timedelta(hours=1))
    assert overlaps(nine, ten, ten - timedelta(seconds=1), ten + timedelta(hours=1))
