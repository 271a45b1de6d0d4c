"""Days that somebody asks about as the engine sees them, for whichever visit; queries do not grow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from doseplans.models import Dose
from scheduling.engine.bits import Busy
from scheduling.engine.board import Board
from scheduling.engine.hours import OpenHours, open_hours
from scheduling.engine.nursing import Shift, nursed
from scheduling.engine.recovery import Held
from scheduling.engine.ticks import ceil_tick, days_as_ticks, floor_tick, instant_at
from scheduling.models import LIVE, Allocation
from scheduling.selectors.demands import Stay, kept_apart_from, places_asked, skills_of, with_own_places
from scheduling.selectors.lists import (
    TakenTicks,
    closed_days,
    closed_stretches,
    imaging_devices,
    patterns_of,
    recovery_pool,
    taken_ticks,
)
from scheduling.selectors.nursing import shifts_of
from scheduling.selectors.slots import barred_ticks
from units.models import Unit


@dataclass(frozen=True)
class AskedDays:
    """Lists, places, people and what takes them, from the first to the last day with a start that is asked about.

    `own` has what each dose's visit or claim takes itself; `barred` where a procedure kept apart as that may not run,
    by how it is kept apart and then by room.
    """

    unit: Unit
    first: int
    last: int
    hours: Sequence[OpenHours]
    pool: tuple[int, ...]
    devices: tuple[int, ...]
    taken: tuple[TakenTicks, ...]
    closed: tuple[TakenTicks, ...]
    skills: Mapping[int, frozenset[str]]
    places: Mapping[Stay, frozenset[str]]
    shifts: tuple[Shift, ...]
    barred: Mapping[str, Mapping[int, int]]
    own: Mapping[int, frozenset[tuple[int, int, int]]]

    @classmethod
    def read(
        cls, unit: Unit, starts: Iterable[datetime], doses: Sequence[Dose], named: Iterable[int], *, at: datetime
    ) -> AskedDays:
        """A dozen queries and one for each way of keeping apart, however many starts and doses there are.

        `named` are rooms and people that are asked for, on a list of those days or not.
        """
        on = [unit.local_date(start) for start in starts]
        since, until = min(on), max(on) + timedelta(days=1)
        first, last = days_as_ticks(since, until, unit.zone)
        since_at, until_at = instant_at(first), instant_at(last)
        patterns, pool = patterns_of(unit, since=since, until=until), recovery_pool(unit)
        skills, devices = skills_of(unit), imaging_devices(unit)
        people = {person for pattern in patterns for person in pattern.operator_ids}
        ids = [*(people | set(named)), *pool, *devices]
        closed = closed_stretches(unit, ids, since=since_at, until=until_at)
        ways = {dose.plan.protocol.kept_apart_as for dose in doses} - {""}
        clashes = {way: kept_apart_from(unit, way, (since_at, until_at), at=at, besides=()) for way in ways}
        return cls(
            unit=unit,
            first=first,
            last=last,
            hours=open_hours(patterns, since, until, unit.zone, closed_days(unit, since, until)),
            pool=pool,
            devices=devices,
            taken=tuple(taken_ticks(ids, since=since_at, until=until_at, at=at, besides_dose_id=None)),
            closed=tuple((key, floor_tick(starts), ceil_tick(ends), False) for key, starts, ends in closed),
            skills=skills,
            places=places_asked(unit, since=since_at, until=until_at),
            shifts=shifts_of(unit),
            barred={way: barred_ticks(rows, first) for way, rows in clashes.items()},
            own=_own(doses, since=since_at, until=until_at),
        )

    def board(self, procedure_at: datetime, dose: Dose) -> Board:
        """The board of the lists held then for a visit for the dose; what the dose has already is not in its way."""
        own = self.own.get(dose.pk, frozenset())
        taken = [row for row in self.taken if row[:3] not in own]
        rows = [*taken, *self.closed]
        places = frozenset(self.pool)
        held = [Held(key, *row[:3], movable=row[3]) for key, row in enumerate(rows) if row[0] in places]
        tick = floor_tick(procedure_at)
        return Board(
            hours=tuple(hours for hours in self.hours if hours.opens <= tick < hours.closes),
            busy=Busy.of(self.first, self.last, (row[:3] for row in rows)),
            recovery_ids=self.pool,
            held=tuple(with_own_places(held, self.places, self.skills, self.pool) if self.places else held),
            skills=self.skills,
            imaging_ids=self.devices,
            barred=self.barred.get(dose.plan.protocol.kept_apart_as, {}),
            nursed=self._nursed(procedure_at, [row[1:3] for row in taken if row[0] in places]),
        )

    def _nursed(self, procedure_at: datetime, stays: Sequence[tuple[int, int]]) -> int | None:
        """Of the start's own day and the next: no visit stays longer."""
        on = self.unit.local_date(procedure_at)
        days = on, on + timedelta(days=2)
        mask = nursed(self.shifts, days, self.unit.zone, stays)
        return None if mask is None else mask << days_as_ticks(*days, self.unit.zone)[0] - self.first


def _own(doses: Sequence[Dose], *, since: datetime, until: datetime) -> dict[int, frozenset[tuple[int, int, int]]]:
    own: dict[int, set[tuple[int, int, int]]] = defaultdict(set)
    keys = [dose.pk for dose in doses]
    visited = Q(appointment__dose__in=keys, appointment__status__in=LIVE)
    mine = Allocation.objects.filter(visited | Q(reservation__dose__in=keys), starts_at__gte=since, starts_at__lt=until)
    for visit_for, claim_for, key, starts, ends in mine.values_list(
        "appointment__dose_id", "reservation__dose_id", "resource_id", "starts_at", "ends_at"
    ):
        own[visit_for or claim_for].add((key, floor_tick(starts), ceil_tick(ends)))
    return {key: frozenset(rows) for key, rows in own.items()}
