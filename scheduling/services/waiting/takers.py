"""Who could have a place that is free: doses that wait and visits that would come earlier, all asked at once.

What is said to each is what booking or moving would say, as far as it is known without a lock; whoever is chosen is
asked once more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from doseplans.models import Dose
from scheduling.engine.free import Refusal
from scheduling.models import Appointment, EarlierWish, Resource
from scheduling.selectors.demands import Asked, AskedOf
from scheduling.selectors.errands import Errand
from scheduling.selectors.to_book import DoseToBook, Urgency, doses_to_book
from scheduling.selectors.waiting import live_wishes
from scheduling.services.visits.weighing import GIVES_WAY
from scheduling.services.waiting.asked_starts import AskedStarts
from scheduling.services.waiting.backfill import terms_of
from units.actors import Actor
from units.errors import ClinicError
from units.models import Unit
from units.policy import Act

T = TypeVar("T")

_CANNOT = frozenset({Urgency.ON_HOLD, Urgency.BLOCKED})


@dataclass(frozen=True, slots=True)
class Fit:
    """What a start says to one dose. At most one of the first three is set, and then it does not fit.

    `gate` is what booking refuses that day, `lacking` what the room has not got, `obstacle` what else is in the way.
    What follows does not stop it: `needs_reason` is what a doctor's reason must override, `terms` why it is not on
    the terms of the wish to come earlier, `unwished` why the time does not suit the patient, `notice` how long before
    the patient's needs ask to be told, where it is sooner.
    """

    errand: Errand
    arrives_at: datetime
    gate: ClinicError | None = None
    lacking: Asked | None = None
    obstacle: Refusal | None = None
    needs_reason: ClinicError | None = None
    terms: str = ""
    unwished: str = ""
    notice: timedelta | None = None

    @property
    def is_stopped(self) -> bool:
        return bool(self.gate or self.lacking or self.obstacle)

    @property
    def is_plain(self) -> bool:
        """Whether nothing at all speaks against it."""
        return not (self.is_stopped or self.needs_reason or self.terms or self.unwished or self.notice)

    @property
    def rank(self) -> int:
        """What fits before what fits with a catch, and that before what does not."""
        return 0 if self.is_plain else 2 if self.is_stopped else 1


@dataclass(frozen=True, slots=True)
class Takers:
    """Those that fit come first, each group in the order of its own list."""

    doses: tuple[tuple[DoseToBook, Fit], ...]
    earlier: tuple[tuple[EarlierWish, Fit], ...]


def takers_of(actor: Actor, *, unit: Unit, room: Resource, procedure_at: datetime, at: datetime) -> Takers:
    """The doses whose window the day lies in, or that are overdue, and the visits whose patients would come earlier.

    Each with what the start says to it. The number of queries does not grow with them.
    """
    actor.require(Act.BOOK, unit.pk)
    rows = [row for row in doses_to_book(actor, unit=unit, at=at) if _may_be(row, unit, procedure_at, actor)]
    wishes = [one for one in live_wishes(actor, unit=unit, at=at) if at <= procedure_at < _booked_at(one)]
    if not rows and not wishes:
        return Takers((), ())
    doses = [*(row.dose for row in rows), *(one.dose for one in wishes)]
    asked = AskedStarts.read(actor, unit, doses, [procedure_at], [room.pk], at=at)
    return Takers(
        doses=_ranked((row, _fit(asked, row.dose, room, procedure_at)) for row in rows),
        earlier=_ranked((one, _fit(asked, one.dose, room, procedure_at, wish=one)) for one in wishes),
    )


def _ranked(found: Iterable[tuple[T, Fit]]) -> tuple[tuple[T, Fit], ...]:
    return tuple(sorted(found, key=lambda one: one[1].rank))


def _may_be(row: DoseToBook, unit: Unit, procedure_at: datetime, actor: Actor) -> bool:
    on = unit.local_date(procedure_at)
    if row.urgency in _CANNOT or on < row.dose.earliest_on:
        return False
    is_others = row.reservation is not None and row.reservation.reserved_by_id != actor.user_id
    return not is_others and (on <= row.dose.latest_on or row.urgency is Urgency.OVERDUE)


def _booked_at(wish: EarlierWish) -> datetime:
    """When the visit begins that would come earlier; of a dose that has none, never late enough."""
    visit: Appointment | None = wish.visit  # type: ignore[attr-defined]  # read with the wish
    return visit.starts_at if visit else wish.asked_at


def _fit(
    asked: AskedStarts, dose: Dose, room: Resource, procedure_at: datetime, *, wish: EarlierWish | None = None
) -> Fit:
    moving: Appointment | None = wish.visit if wish else None  # type: ignore[attr-defined]  # read with the wish
    errand = asked.errands[dose.pk]
    arrives, leaves = asked.stay(dose, procedure_at)
    gate, needs_reason = _gates(asked, dose, procedure_at, moving)
    if gate is not None:
        return Fit(errand, arrives, gate=gate)
    lacking = asked.lacking(errand.demands, room, AskedOf.ROOM)
    if lacking is not None:
        return Fit(errand, arrives, lacking=lacking)
    slot = asked.slot(dose, procedure_at, room=room, moving=moving, at_once=True)
    if isinstance(slot, Refusal):
        return Fit(errand, arrives, obstacle=slot)
    return Fit(
        errand,
        arrives,
        needs_reason=needs_reason,
        terms=terms_of(wish).problem(arrives, leaves, at=asked.at) if wish else "",
        unwished=asked.unwished(dose, procedure_at),
        notice=errand.notice if arrives < asked.at + errand.notice else None,
    )


def _gates(
    asked: AskedStarts, dose: Dose, procedure_at: datetime, moving: Appointment | None
) -> tuple[ClinicError | None, ClinicError | None]:
    """What stops it that day; or what only a doctor's reason overrides, where this actor may write one."""
    refused = asked.refusal(dose, procedure_at, moving=moving)
    if isinstance(refused, GIVES_WAY) and asked.actor.may(Act.OVERRIDE_DOSE_LIMITS, asked.unit.pk):
        stopped = asked.refusal(dose, procedure_at, moving=moving, override_reason="asked")
        return stopped, None if stopped else refused
    return refused, None
