"""Small random units for the property tests, and the words every example uses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from scheduling.engine.bits import Busy
from scheduling.engine.board import Board
from scheduling.engine.hours import OpenHours
from scheduling.engine.need import Need, StartHours
from scheduling.engine.recovery import Held
from scheduling.engine.ticks import days_as_ticks, floor_tick, wall_clock
from scheduling.engine.visit import Phases

LONDON = ZoneInfo("Europe/London")
NEW_YORK = ZoneInfo("America/New_York")
ROOMS, PEOPLE, PLACES = (1, 2), (11, 12, 13), (21, 22, 23)
MONDAY = date(2026, 11, 23)
FIRST = days_as_ticks(MONDAY, date(2026, 11, 24), LONDON)[0]
DAY_TICKS = 40
"""The random units' day is short, so that naive search over all of it stays quick."""


def tick(on: date, at: str, zone: ZoneInfo = LONDON) -> int:
    """The tick at which clocks in the zone show a time."""
    return floor_tick(wall_clock(on, time.fromisoformat(at), zone))


def a_need(**changes: object) -> Need:
    """A dose due on Wednesday 25 November 2026, window 23 to 30, seen from the midnight that begins the 23rd."""
    values: dict[str, object] = {
        "zone": LONDON,
        "target_on": date(2026, 11, 25),
        "earliest_on": date(2026, 11, 23),
        "latest_on": date(2026, 11, 30),
        "not_before": datetime(2026, 11, 23, tzinfo=UTC),
    }
    return Need(**(values | changes))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Instance:
    """A random board with the rows it was built from."""

    board: Board
    rows: list[tuple[int, int, int]]
    phases: Phases
    need: Need


@st.composite
def stretches(draw: st.DrawFn, longest: int = 12) -> tuple[int, int]:
    starts = FIRST + draw(st.integers(0, DAY_TICKS - 1))
    return starts, starts + draw(st.integers(1, longest))


@st.composite
def held_rows(draw: st.DrawFn, least: int = 0, most: int = 5) -> list[Held]:
    """Stretches of the pool that do not overlap, some fixed, some only for certain places."""
    found: list[Held] = []
    for key in range(draw(st.integers(least, most))):
        starts, ends = draw(stretches())
        place_id = draw(st.sampled_from(PLACES))
        if all(h.place_id != place_id or h.ends <= starts or ends <= h.starts for h in found):
            movable = draw(st.sampled_from((True, True, True, False)))
            only = draw(st.none() | st.none() | st.frozensets(st.sampled_from(PLACES), min_size=1))
            found.append(Held(key, place_id, starts, ends, movable, only and only | {place_id}))
    return found


@st.composite
def open_lists(draw: st.DrawFn) -> tuple[OpenHours, ...]:
    """A list for each room, mostly plain, now and then with breaks, gaps in its starts, doors or nobody to operate."""
    lists = []
    for room_id in ROOMS:
        opens = FIRST + draw(st.integers(0, 6))
        closes = opens + draw(st.integers(1, 28))
        every = 2 ** (closes - opens) - 1
        lists.append(
            OpenHours(
                on=MONDAY,
                room_id=room_id,
                operator_ids=draw(st.sampled_from(((11, 12, 13), (13, 11), (12,), ()))),
                opens=opens,
                closes=closes,
                last_out=closes + draw(st.integers(0, 12)),
                grid=draw(st.just(every) | st.integers(0, every)),
                breaks=draw(st.sampled_from((0, 0, 0b1110000000))),
                first_in=draw(st.none() | st.integers(FIRST, FIRST + 12)),
                turnover=draw(st.integers(0, 2)),
            )
        )
    return tuple(sorted(lists, key=lambda hours: (hours.opens, hours.room_id)))


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    """A unit's short day with rooms, people and places taken at random."""
    lengths = st.integers(0, 5)
    phases = Phases(draw(lengths), draw(st.integers(1, 5)), draw(lengths), draw(lengths))
    rows = [(draw(st.sampled_from(ROOMS + PEOPLE)), *draw(stretches(8))) for _ in range(draw(st.integers(0, 6)))]
    held = draw(held_rows())
    rows += [(item.place_id, item.starts, item.ends) for item in held]
    busy = Busy.of(FIRST, FIRST + draw(st.integers(DAY_TICKS - 8, DAY_TICKS + 20)), rows)
    taken = tuple(draw(st.lists(stretches(6), max_size=1)))
    soonest = datetime.fromtimestamp((FIRST + draw(st.integers(-9, 6))) * 300 + draw(st.integers(0, 299)), UTC)
    return Instance(
        Board(draw(open_lists()), busy, PLACES, tuple(held)), rows, phases, a_need(taken=taken, not_before=soonest)
    )


@st.composite
def crowded_instances(draw: st.DrawFn) -> Instance:
    """A day whose rooms and people are free and whose recovery places are nearly full, all within the list's reach."""
    phases = Phases(0, 1, draw(st.integers(4, 9)), 0)
    last = FIRST + DAY_TICKS + 12
    every = 2**DAY_TICKS - 1
    hours = OpenHours(MONDAY, 1, (11,), FIRST, FIRST + DAY_TICKS, last, every)
    held = draw(held_rows(3, 6))
    rows = [(item.place_id, item.starts, item.ends) for item in held]
    return Instance(Board((hours,), Busy.of(FIRST, last, rows), PLACES, tuple(held)), rows, phases, a_need())


DEVICES = (31, 32)
SKILLS = ("ct", "lp")


@st.composite
def demanding_instances(draw: st.DrawFn, *, crowded: bool = False) -> Instance:
    """A unit whose visit asks for skills, help, imaging, its protocol's own hours, its area, nurses."""
    plain = draw(crowded_instances() if crowded else instances())
    board, size = plain.board, plain.board.busy.until - plain.board.busy.since
    some = st.frozensets(st.sampled_from(SKILLS), max_size=1)
    rows = plain.rows + [(draw(st.sampled_from(DEVICES)), *draw(stretches(8))) for _ in range(draw(st.integers(0, 2)))]
    everything = ROOMS + PEOPLE + PLACES + DEVICES
    stretched = st.lists(stretches(12), max_size=2).map(
        lambda found: sum({1 << at - FIRST for first, last in found for at in range(first, last)})
    )
    board = replace(
        board,
        busy=Busy.of(board.busy.since, board.busy.until, rows),
        skills={key: draw(st.frozensets(st.sampled_from(SKILLS))) for key in everything},
        imaging_ids=DEVICES,
        barred={room: draw(stretched) for room in draw(st.lists(st.sampled_from(ROOMS), max_size=1))},
        nursed=draw(st.none() | stretched.map(lambda bits: 2**size - 1 & ~bits)),
    )
    clocks = st.none() | st.times(max_value=time(3)).map(lambda at: at.replace(second=0, microsecond=0))
    hours = StartHours(
        since=draw(clocks),
        before=draw(st.none() | st.times(time(1), time(5)).map(lambda at: at.replace(second=0, microsecond=0))),
        weekdays=draw(st.sampled_from((frozenset(), frozenset({1}), frozenset({2})))),
        first_on=draw(st.sampled_from((None, MONDAY))),
    )
    need = replace(
        plain.need,
        operator_skills=draw(some),
        room_skills=draw(st.just(frozenset()) | some),
        place_skills=draw(some),
        assistant_skills=draw(some),
        imaging_skills=draw(some),
        is_assisted=draw(st.booleans()),
        start_hours=draw(st.none() | st.just(hours)),
        only_operator_ids=draw(st.sampled_from((None, None, frozenset({11, 12})))),
    )
    return Instance(board, rows, plain.phases, need)
