"""What is wrong with a set of visits, derived anew from plain rows in aware UTC. Shares no code with the engine.

A test builds the rows from a plan of the engine (`plans.py`) or from the tables of the database, and asks `faults`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations, product
from zoneinfo import ZoneInfo

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenList:
    """A room's hours on one day. `closes_at` ends the last procedure; `last_out_at` is when all have left."""

    room_id: int
    operator_ids: frozenset[int]
    opens_at: datetime
    closes_at: datetime
    last_out_at: datetime
    first_in_at: datetime | None = None
    breaks: tuple[Stretch, ...] = ()
    turnover: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit as it stands in the rows: what it takes, and what its dose and patient ask for.

    Dates are local to `zone`; None means that nothing limits it. `soonest_at` is when the notice needed is over, for a
    visit that was given a new time; one that stays where it was has None. The recovery place is taken from the end of
    the procedure until leaving; `help_ids`, an assistant or a device, for the procedure.
    """

    key: int
    patient_id: int
    arrives_at: datetime
    procedure_at: datetime
    procedure_ends_at: datetime
    leaves_at: datetime
    room_id: int
    operator_id: int
    place_id: int | None
    zone: ZoneInfo
    earliest_on: date | None = None
    latest_on: date | None = None
    minimum_on: date | None = None
    soonest_at: datetime | None = None
    room_skills: frozenset[str] = frozenset()
    operator_skills: frozenset[str] = frozenset()
    place_skills: frozenset[str] = frozenset()
    needs_place: bool = True
    help_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """A resource that something else has: a closure, leave, a reservation, a visit that is not looked at."""

    resource_id: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Nursing:
    """No more patients than so many in recovery at once during a stretch."""

    during: Stretch
    most: int


def faults(
    visits: Iterable[Visit],
    lists: Iterable[OpenList],
    taken: Iterable[Taken] = (),
    *,
    pool: Iterable[int],
    skills: Mapping[int, frozenset[str]] | None = None,
    patients_taken: Mapping[int, Iterable[Stretch]] | None = None,
    nursing: Iterable[Nursing] = (),
) -> list[str]:
    """One line a fault, with the keys of the visits; an empty list where everything holds."""
    visits, lists, pool = list(visits), list(lists), frozenset(pool)
    found: list[str] = []
    for visit in visits:
        found += (f"visit {visit.key}: {words}" for words in _own(visit, lists, pool, skills or {}))
        for starts_at, ends_at in (patients_taken or {}).get(visit.patient_id, ()):
            if _share((visit.arrives_at, visit.leaves_at), (starts_at, ends_at)):
                found.append(f"visit {visit.key}: patient has another visit then")
    for one, other in combinations(visits, 2):
        for claim, theirs in product(_takes(one, lists), _takes(other, lists)):
            if claim.same_as(theirs) and _share(claim.stretch, theirs.stretch):
                found.append(f"visits {one.key} and {other.key}: {claim.what} {claim.of} taken twice")
    for visit in visits:
        for claim in _takes(visit, lists):
            rows = [row for row in taken if row.resource_id == claim.of and claim.what != "patient"]
            if any(_share(claim.stretch, (row.starts_at, row.ends_at)) for row in rows):
                found.append(f"visit {visit.key}: {claim.what} {claim.of} was taken before")
    for duty in nursing:
        stays = [_cut((v.procedure_ends_at, v.leaves_at), duty.during) for v in visits if v.place_id is not None]
        begins = [stay[0] for stay in stays if stay[0] < stay[1]]
        if any(sum(stay[0] <= at < stay[1] for stay in stays) > duty.most for at in begins):
            found.append(f"more than {duty.most} patients in recovery")
    return found


@dataclass(frozen=True, slots=True)
class _Claim:
    what: str
    of: int
    stretch: Stretch

    def same_as(self, other: _Claim) -> bool:
        """The same patient, or the same resource in whatever part: who operates here cannot assist there."""
        return self.of == other.of and (self.what == "patient") == (other.what == "patient")


def _takes(visit: Visit, lists: list[OpenList]) -> list[_Claim]:
    """Everything a visit takes, each with its stretch: the room with its turnover, the place until leaving."""
    turnover = next((one.turnover for one in lists if _holds(one, visit)), timedelta(0))
    procedure = visit.procedure_at, visit.procedure_ends_at
    found = [
        _Claim("patient", visit.patient_id, (visit.arrives_at, visit.leaves_at)),
        _Claim("room", visit.room_id, (visit.procedure_at, visit.procedure_ends_at + turnover)),
        _Claim("operator", visit.operator_id, procedure),
        *(_Claim("help", resource_id, procedure) for resource_id in visit.help_ids),
    ]
    if visit.place_id is not None:
        found.append(_Claim("place", visit.place_id, (visit.procedure_ends_at, visit.leaves_at)))
    return found


def _own(
    visit: Visit, lists: list[OpenList], pool: frozenset[int], skills: Mapping[int, frozenset[str]]
) -> Iterator[str]:
    on = visit.procedure_at.astimezone(visit.zone).date()
    if visit.earliest_on is not None and on < visit.earliest_on:
        yield f"before its window, {on}"
    if visit.latest_on is not None and on > visit.latest_on:
        yield f"past its latest, {on}"
    if visit.minimum_on is not None and on < visit.minimum_on:
        yield f"under its minimum interval, {on}"
    if visit.soonest_at is not None and visit.arrives_at < visit.soonest_at:
        yield "sooner than the notice needed"
    if not any(_holds(one, visit) for one in lists):
        yield "no list holds it"
    if visit.needs_place != (visit.place_id is not None):
        yield "a recovery place too few or too many"
    if visit.place_id is not None and visit.place_id not in pool:
        yield "its recovery place is none of the pool"
    for resource_id, needed in (
        (visit.room_id, visit.room_skills),
        (visit.operator_id, visit.operator_skills),
        (visit.place_id, visit.place_skills),
    ):
        if resource_id is not None and not needed <= skills.get(resource_id, frozenset()):
            yield f"{resource_id} lacks a skill"


def _holds(one: OpenList, visit: Visit) -> bool:
    return (
        one.room_id == visit.room_id
        and visit.operator_id in one.operator_ids
        and one.opens_at <= visit.procedure_at
        and visit.procedure_ends_at <= one.closes_at
        and visit.leaves_at <= one.last_out_at
        and (one.first_in_at is None or visit.arrives_at >= one.first_in_at)
        and not any(_share((visit.procedure_at, visit.procedure_ends_at), pause) for pause in one.breaks)
    )


def _share(one: Stretch, other: Stretch) -> bool:
    return max(one[0], other[0]) < min(one[1], other[1])


def _cut(one: Stretch, to: Stretch) -> Stretch:
    return max(one[0], to[0]), min(one[1], to[1])
