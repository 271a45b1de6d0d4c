"""Small random units that break, and a plan turned into the plain rows that the checker reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from scheduling.engine.bits import Busy
from scheduling.engine.board import Board
from scheduling.engine.hours import OpenHours
from scheduling.engine.need import NoGo
from scheduling.engine.recovery import Held
from scheduling.engine.replan import NextVisit, Plan, Stranded, Unbooked
from scheduling.engine.ticks import TICK_MINUTES, days_as_ticks, instant_at
from scheduling.engine.visit import Phases, Slot

from . import checker
from .boards import LONDON, a_need

ROOMS, PEOPLE, PLACES = (1, 2), (11, 12), (21, 22, 23)
DATES = tuple(date(2026, 11, 24) + timedelta(days=day) for day in (0, 1, 2, 4))
"""Tuesday, Wednesday, Thursday and Saturday of one week; Friday has no list."""
WEDNESDAY = DATES[1]
VISIT = Phases(2, 3, 4, 1)
LIST_TICKS = 24


def opens(on: date) -> int:
    """Nine o'clock: the tick at which each list opens."""
    return days_as_ticks(on, on + timedelta(days=1), LONDON)[0] + 9 * 12


def lists(rooms: Iterable[int] = ROOMS, dates: Iterable[date] = DATES) -> tuple[OpenHours, ...]:
    """A list of two hours a room and day, with the room's own operator and one who serves all."""
    every = 2**LIST_TICKS - 1
    return tuple(
        OpenHours(
            on=on,
            room_id=room_id,
            operator_ids=(PEOPLE[room_id - 1], PEOPLE[0]),
            opens=opens(on),
            closes=opens(on) + LIST_TICKS,
            last_out=opens(on) + LIST_TICKS + 5,
            grid=every,
            turnover=1,
        )
        for on in dates
        for room_id in rooms
    )


def board(
    rows: Iterable[tuple[int, int, int]] = (),
    held: Iterable[Held] = (),
    *,
    hours: tuple[OpenHours, ...] | None = None,
    skills: dict[int, frozenset[str]] | None = None,
) -> Board:
    """The week with what is taken; `held` rows take their place without being named in `rows`."""
    held = tuple(held)
    since, until = days_as_ticks(DATES[0], DATES[-1] + timedelta(days=1), LONDON)
    busy = Busy.of(since, until, [*rows, *((item.place_id, item.starts, item.ends) for item in held)])
    return Board(lists() if hours is None else hours, busy, PLACES, held, skills or {})


def slot(on: date = WEDNESDAY, at: int = 2, room_id: int = 1, *, place_id: int = 21, phases: Phases = VISIT) -> Slot:
    """A slot so many ticks after opening."""
    return Slot(on, opens(on) + at, room_id, PEOPLE[room_id - 1], place_id, phases, turnover=1)


def stranded(key: int, was: Slot | None = None, **changes: object) -> Stranded:
    """A maintenance visit on Wednesday, window Tuesday to Saturday, due on its own day."""
    was = was or slot()
    need: dict[str, object] = {"target_on": was.on, "earliest_on": DATES[0], "latest_on": DATES[-1]}
    names = Stranded.__dataclass_fields__
    need |= {name: value for name, value in changes.items() if name not in names}
    own: dict[str, object] = {"patient_id": 100 + key, "phases": was.phases, "slot": was}
    own |= {name: value for name, value in changes.items() if name in names}
    return Stranded(key=key, need=a_need(**need), **own)


def applied(before: Board, visits: Sequence[Stranded], plan: Plan) -> tuple[Board, list[Stranded]]:
    """The board and the visits as they are once the plan stands."""
    to = {move.key: move.to_place_id for move in plan.moves}
    held = [replace(item, place_id=to.get(item.key, item.place_id)) for item in before.held]
    bits = {key: bits for key, bits in before.busy.bits.items() if key not in before.recovery_ids}
    after = Board(
        before.hours,
        Busy(before.busy.since, before.busy.until, bits | place_bits(before, held)),
        before.recovery_ids,
        tuple(held),
        before.skills,
    )
    return after, [replace(visit, slot=plan.slots.get(visit.key, visit.slot)) for visit in visits]


def place_bits(before: Board, held: Iterable[Held]) -> dict[int, int]:
    """The pool as the held rows take it; nothing else takes places in these units."""
    rows = [(item.place_id, item.starts, item.ends) for item in held]
    return dict(Busy.of(before.busy.since, before.busy.until, rows).bits)


def faults(
    before: Board, rows: Iterable[tuple[int, int, int]], visits: Sequence[Stranded | Unbooked], plan: Plan
) -> list[str]:
    """What the checker has against the plan; `rows` are those the board was built from, but for its held places."""
    asked = {visit.key: visit for visit in visits}
    to = {move.key: move.to_place_id for move in plan.moves}
    taken = [checker.Taken(key, instant_at(starts), instant_at(ends)) for key, starts, ends in rows]
    taken += [
        checker.Taken(to.get(item.key, item.place_id), instant_at(item.starts), instant_at(item.ends))
        for item in before.held
    ]
    return checker.faults(
        [_visit(asked[one.key], one.slot, plan, kept=not one.is_change) for one in plan.placed],
        [_open_list(hours) for hours in before.hours],
        taken,
        pool=before.recovery_ids,
        skills=before.skills,
        patients_taken={
            visit.patient_id: [(instant_at(starts), instant_at(ends)) for starts, ends in need_of(visit, plan).taken]
            for visit in visits
            if visit.key in plan.slots
        },
    )


def need_of(visit: Stranded | Unbooked, plan: Plan):  # type: ignore[no-untyped-def]
    """The need that held when the plan was made: a dose's is counted from where the dose before it was put."""
    if isinstance(visit, Stranded):
        return visit.need
    slots = plan.slots
    return visit.need_after(slots[visit.key - 1].on if visit.sequence else None)


def _visit(visit: Stranded | Unbooked, at: Slot, plan: Plan, *, kept: bool) -> checker.Visit:
    need, phases = need_of(visit, plan), visit.phases
    procedure_ends = at.procedure + phases.procedure
    return checker.Visit(
        key=visit.key,
        patient_id=visit.patient_id,
        arrives_at=instant_at(at.procedure - phases.before),
        procedure_at=instant_at(at.procedure),
        procedure_ends_at=instant_at(procedure_ends),
        leaves_at=instant_at(procedure_ends + phases.recovery + phases.discharge),
        room_id=at.room_id,
        operator_id=at.operator_id,
        place_id=at.recovery_id,
        zone=need.zone,
        earliest_on=None if kept else need.earliest_on,
        latest_on=None if kept else need.latest_on,
        minimum_on=None if kept else need.minimum_on,
        soonest_at=None if kept else need.not_before,
        room_skills=need.room_skills,
        operator_skills=need.operator_skills,
        place_skills=need.place_skills,
        needs_place=phases.recovery > 0,
        help_ids=tuple(key for key in (at.assistant_id, at.imaging_id) if key is not None),
    )


def _open_list(hours: OpenHours) -> checker.OpenList:
    pauses = [at for at in range(hours.closes - hours.opens) if hours.breaks >> at & 1]
    return checker.OpenList(
        room_id=hours.room_id,
        operator_ids=frozenset(hours.operator_ids),
        opens_at=instant_at(hours.opens),
        closes_at=instant_at(hours.closes),
        last_out_at=instant_at(hours.last_out),
        first_in_at=None if hours.first_in is None else instant_at(hours.first_in),
        breaks=tuple((instant_at(hours.opens + at), instant_at(hours.opens + at + 1)) for at in pauses),
        turnover=timedelta(minutes=hours.turnover * TICK_MINUTES),
    )


@dataclass(frozen=True)
class Broken:
    """A random unit whose room 1 is shut on Wednesday, or in part of it, with the visits that stood there."""

    board: Board
    rows: list[tuple[int, int, int]]
    visits: list[Stranded]


@st.composite
def broken_units(draw: st.DrawFn, most: int = 6) -> Broken:
    """Rooms and people taken here and there, places held, and up to so many visits of different urgency."""
    rows = [(1, opens(WEDNESDAY), opens(WEDNESDAY) + draw(st.sampled_from((10, LIST_TICKS, LIST_TICKS))))]
    for _ in range(draw(st.integers(0, 10))):
        start = opens(draw(st.sampled_from(DATES))) + draw(st.integers(0, LIST_TICKS - 1))
        rows.append((draw(st.sampled_from(ROOMS + PEOPLE)), start, start + draw(st.integers(1, 12))))
    held: list[Held] = []
    for key in range(draw(st.integers(0, 5))):
        start = opens(draw(st.sampled_from(DATES[:3]))) + draw(st.integers(3, LIST_TICKS - 4))
        item = Held(key, draw(st.sampled_from(PLACES)), start, start + draw(st.integers(2, 6)), draw(st.booleans()))
        if all(o.place_id != item.place_id or o.ends <= item.starts or item.ends <= o.starts for o in held):
            held.append(item)
    skills = {2: frozenset({"ct"}), 22: frozenset({"bed"}), 11: frozenset({"lp"}), 12: frozenset({"lp"})}
    visits = [draw(stranded_visits(key)) for key in range(draw(st.integers(1, most)))]
    return Broken(board(rows, held, skills=skills), rows, visits)


@st.composite
def stranded_visits(draw: st.DrawFn, key: int) -> Stranded:
    """A visit of Wednesday; its window, notice, skills and the patient's times at random."""
    phases = Phases(2, draw(st.sampled_from((3, 3, 5))), draw(st.sampled_from((4, 4, 0))), 1)
    was = slot(at=draw(st.integers(0, 18)), place_id=21, phases=phases)
    was = replace(was, recovery_id=21 if phases.recovery else None)
    early, late = draw(st.sampled_from(((WEDNESDAY, DATES[2]), (DATES[0], WEDNESDAY), (DATES[0], DATES[-1]))))
    busy = opens(WEDNESDAY) + draw(st.integers(0, LIST_TICKS))
    is_shared = draw(st.sampled_from((False, False, True)))
    return stranded(
        key,
        was,
        patient_id=100 if is_shared else 101 + key,
        earliest_on=early,
        latest_on=late,
        minimum_on=draw(st.sampled_from((None, None, WEDNESDAY))),
        not_before=datetime.fromtimestamp(draw(st.sampled_from((opens(DATES[0]), busy))) * 300, UTC),
        taken=() if is_shared else draw(st.sampled_from(((), (), ((busy, busy + 4),)))),
        room_skills=draw(st.sampled_from((frozenset(), frozenset(), frozenset({"ct"})))),
        operator_skills=draw(st.sampled_from((frozenset(), frozenset({"lp"})))),
        place_skills=draw(st.sampled_from((frozenset(), frozenset(), frozenset({"bed"})))),
        no_go=draw(st.sampled_from(((), (), (NoGo(words="dialysis", weekdays=frozenset({4})),)))),
        is_loading=draw(st.booleans()),
        is_confirmed=draw(st.booleans()),
    )


def next_after(days: int, on: date, key: int | None = None) -> NextVisit:
    """The plan's next visit, with a minimum of so many days."""
    return NextVisit(on, lambda earlier: earlier + timedelta(days=days), key)
