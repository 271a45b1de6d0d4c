"""Days of the calendar: what the day board reads, with reservations and what shared people do elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db import connection
from django.db.models import Prefetch

from doseplans.models import Protocol
from scheduling.engine.hours import OpenHours
from scheduling.engine.room_left import more_fit
from scheduling.engine.ticks import TICK_MINUTES, ceil_tick, floor_tick
from scheduling.models import Allocation, Closure, Reservation, Resource, Schedule
from scheduling.selectors.day_board import DayBoard, bounds_of, day_board
from scheduling.selectors.lists import bank_holiday_names, phases_of
from scheduling.selectors.stamps import day_stamp
from units.actors import Actor
from units.models import Unit
from units.policy import Act


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Somebody who works here too is taken in another unit. Nothing says by whom."""

    person_id: int
    starts_at: datetime
    ends_at: datetime


class Lacking(StrEnum):
    """What a unit must have before there is anything to draw."""

    ROOMS = "rooms"
    LISTS = "lists"


@dataclass(frozen=True, slots=True)
class CalendarDays:
    """The day board of `days` days from `board.on` on, the reservations that stand, and who is taken elsewhere.

    Reservations have their allocations, dose, plan and patient read. `holidays` are the bank holidays with their names,
    whether the unit closes on them or not. `lacking` is what a unit that never worked must set up first.
    """

    board: DayBoard
    days: int
    reservations: tuple[Reservation, ...]
    elsewhere: tuple[Elsewhere, ...]
    holidays: Mapping[date, str]
    lacking: Lacking | None

    @property
    def dates(self) -> list[date]:
        return [self.board.on + timedelta(days=n) for n in range(self.days)]


def calendar_days(actor: Actor, *, unit: Unit, on: date, days: int, at: datetime) -> CalendarDays:
    """So many days of the unit from `on` as they stand at `at`; thirteen queries, one more where no list is held."""
    board = day_board(actor, unit=unit, on=on, at=at, days=days)
    since, until = bounds_of(unit, on, days)
    reservations = (
        Reservation.objects.filter(unit=unit, expires_at__gt=at, starts_at__lt=until, ends_at__gt=since)
        .select_related("dose__plan__patient", "dose__plan__protocol")
        .prefetch_related(Prefetch("allocations", queryset=Allocation.objects.select_related("resource")))
        .order_by("starts_at", "pk")
    )
    return CalendarDays(
        board=board,
        days=days,
        reservations=tuple(reservations),
        elsewhere=_elsewhere(unit, board.people, since=since, until=until, at=at),
        holidays=bank_holiday_names(unit, on, on + timedelta(days=days)),
        lacking=_lacking(board, unit),
    )


def _lacking(board: DayBoard, unit: Unit) -> Lacking | None:
    """None where anything is booked, and for days without a list by chance; a query only where none is held."""
    if board.visits or board.lists:
        return None
    if not board.rooms:
        return Lacking.ROOMS
    return None if Schedule.objects.filter(unit=unit).exists() else Lacking.LISTS


_ELSEWHERE = """
    SELECT allocation.resource_id, allocation.starts_at, allocation.ends_at
    FROM scheduling_allocation allocation
    LEFT JOIN scheduling_appointment appointment ON appointment.id = allocation.appointment_id
    LEFT JOIN scheduling_reservation reservation ON reservation.id = allocation.reservation_id
    WHERE allocation.resource_id = ANY(%(people)s)
      AND allocation.starts_at < %(until)s AND allocation.starts_at >= %(since)s - interval '1 day'
      AND allocation.ends_at > %(since)s
      AND coalesce(appointment.unit_id, reservation.unit_id) <> %(unit)s
      AND (reservation.id IS NULL OR reservation.expires_at > %(at)s)
    ORDER BY allocation.resource_id, allocation.starts_at
"""


def _elsewhere(
    unit: Unit, people: Iterable[int], *, since: datetime, until: datetime, at: datetime
) -> tuple[Elsewhere, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_ELSEWHERE, {"people": list(people), "unit": unit.pk, "since": since, "until": until, "at": at})
        return tuple(Elsewhere(*row) for row in cursor.fetchall())


# Reservations of any day, which take doses off the tray as the unit's coming bookings do: all by an index.
_TRAY = """
    SELECT
      (SELECT concat_ws('.', count(*), max(claim.id)) FROM scheduling_reservation claim
       WHERE claim.unit_id = %(unit)s AND claim.expires_at > %(at)s),
      (SELECT concat_ws('.', count(*), max(visit.id), sum(visit.version)) FROM scheduling_appointment visit
       WHERE visit.unit_id = %(unit)s AND visit.starts_at >= %(at)s AND visit.starts_at < %(until)s)
"""
_TRAY_DAYS = 63
"""A dose of the tray is booked within its window or soon after it."""


def calendar_stamp(actor: Actor, *, unit: Unit, on: date, days: int, at: datetime) -> str:
    """A word that changes when the days, their reservations, or the tray's bookings and holds do; two queries."""
    actor.require(Act.VIEW_SCHEDULE, unit.pk)
    since, until = bounds_of(unit, on, days)
    with connection.cursor() as cursor:
        cursor.execute(_TRAY, {"unit": unit.pk, "at": at, "until": at + timedelta(days=_TRAY_DAYS)})
        tray = cursor.fetchone() or ()
    drawn = day_stamp(unit, on=on, since=since, until=until)
    return "-".join([str(unit.pk), f"{on:%Y%m%d}", drawn, *map(str, tray)])


@dataclass(frozen=True, slots=True)
class Load:
    """How full a room's lists are on a day: visits and reservations in it, and how many more usual ones would fit."""

    taken: int
    more: int


def usual_protocol(days: CalendarDays, others: Iterable[Protocol] = ()) -> Protocol | None:
    """The protocol that most visits of the days follow, else the first of the others; None where there is none."""
    seen = [visit.dose.plan.protocol for visit in days.board.visits if visit.dose is not None]
    protocols = seen or list(others)[:1]
    return max(protocols, key=protocols.count, default=None)


def procedure_minutes(protocols: Iterable[Protocol]) -> dict[int, int]:
    """How long the procedure of each protocol takes, by its key; a query for each that no plan has asked for yet."""
    once = {protocol.pk: protocol for protocol in protocols}
    return {key: phases_of(protocol).procedure * TICK_MINUTES for key, protocol in once.items()}


def loads_of(days: CalendarDays, protocol: Protocol | None) -> dict[tuple[int, date], Load]:
    """How full each room's lists are, by room and day; `protocol` is what "one more" is counted in."""
    board = days.board
    claims = [row for visit in board.visits for row in visit.allocations.all()]
    claims += [row for claim in days.reservations for row in claim.allocations.all()]
    phases = phases_of(protocol) if protocol is not None else None
    found: dict[tuple[int, date], Load] = {}
    for room in board.rooms:
        mine = [row for row in claims if row.resource_id == room.pk]
        for on in days.dates:
            lists = [hours for hours in board.lists if hours.room_id == room.pk and hours.on == on]
            taken = [row for row in mine if board.unit.local_date(row.starts_at) == on]
            if not lists and not taken:
                continue
            shut = [*_ticks(taken), *_ticks(_closing(room, board.closures))]
            more = sum(more_fit(hours, shut, phases) for hours in lists) if phases is not None else 0
            found[room.pk, on] = Load(len(taken), more)
    return found


def _closing(room: Resource, closures: Iterable[Closure]) -> list[Closure]:
    return [closure for closure in closures if closure.resource_id in {None, room.pk}]


def _ticks(rows: Sequence[Allocation] | Sequence[Closure]) -> list[tuple[int, int]]:
    return [(floor_tick(row.starts_at), ceil_tick(row.ends_at)) for row in rows]


def open_lists(days: CalendarDays, room_id: int, on: date) -> list[OpenHours]:
    """The room's lists on a day, in order of opening."""
    return [hours for hours in days.board.lists if hours.room_id == room_id and hours.on == on]
