"""What a re-plan is asked to place: stranded visits, or doses without a visit; and who comes before whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from scheduling.engine.need import Need
from scheduling.engine.visit import Phases, Slot


@dataclass(frozen=True, slots=True)
class Limits:
    """What many visits share beside rooms, people and places.

    `areas` names the area of each room, for visits that are kept apart. `nursed` has the ticks in which the nurses on
    duty can take one more patient into recovery, two more, and so on, as bits counted from the board's first tick; as
    many as there are recovery places are enough (None: the board's own `nursed`, and no more than one more at a time).
    """

    areas: Mapping[int, int] = field(default_factory=dict)
    nursed: tuple[int, ...] | None = None


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class NextVisit:
    """The visit the same plan has booked after this one.

    `soonest_on` gives the first date on which its dose may be given, from the date of this one (its hard minimum).
    `key` names it where it is stranded too, so that the two are placed with that minimum between them. A next visit
    that stays where it is stops nothing: the plan says in words that it would have to move as well.
    """

    on: date
    soonest_on: Callable[[date], date]
    key: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranded:
    """A booked visit that has lost its slot, or may have.

    `slot` is where it stands now; a visit whose slot turns out to be free keeps it. `need` is the dose's window and
    the patient's circumstances, without the visit itself; its `not_before` holds the notice a new time must leave.
    `is_confirmed` means that the patient has said yes and would come within 48 hours. Visits of one `patient_id` never
    overlap. `barred` is as in `Board`, for this visit; `apart_from` are the keys of others handed in that it must not
    meet in one area.
    """

    key: int
    patient_id: int
    phases: Phases
    need: Need
    slot: Slot
    is_loading: bool = False
    is_confirmed: bool = False
    next_visit: NextVisit | None = None
    barred: Mapping[int, int] = field(default_factory=dict)
    apart_from: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbooked:
    """A dose without a visit. `plan_id` and `sequence` chain the doses of one plan.

    `need_after` gives its need from the date of the dose before it in the chain; it is asked with None where that is
    not among the doses handed in. It must answer the same for the same date. `next_visit` is one the plan has booked
    already after this dose: no date is chosen that would put it under its minimum. `barred` and `apart_from` are as in
    `Stranded`.
    """

    key: int
    plan_id: int
    sequence: int
    patient_id: int
    phases: Phases
    need_after: Callable[[date | None], Need]
    is_loading: bool = False
    next_visit: NextVisit | None = None
    barred: Mapping[int, int] = field(default_factory=dict)
    apart_from: frozenset[int] = frozenset()


Asked = Stranded | Unbooked


class Claim(NamedTuple):
    """Who has the better claim to a place; a lower one comes first. A total order, since keys differ.

    It asks nothing about the slot a visit has, so that applying a plan changes nobody's claim.
    """

    is_maintenance: bool
    latest_on: date
    key: int

    def outranks(self, other: Claim) -> bool:
        """Whether it is better for a clinical reason; the key alone takes nobody's place away."""
        return self[:2] < other[:2]


class DayClaim(NamedTuple):
    """Who has the better claim to stay on a day; a lower one comes first."""

    is_maintenance: bool
    has_other_days: bool
    is_unconfirmed: bool
    latest_on: date
    key: int


def claim(visit: Stranded) -> Claim:
    """The clinical claim: loading before maintenance, then whose window closes first, then the lower key."""
    return Claim(not visit.is_loading, visit.need.latest_on, visit.key)


def day_claim(visit: Stranded) -> DayClaim:
    """The claim to stay on the visit's own day.

    Leaving the day costs most whoever has no later day in the window; among the others, whoever has said yes for
    this day and has arranged to come.
    """
    latest_on = visit.need.latest_on
    return DayClaim(
        not visit.is_loading,
        latest_on > visit.slot.on,
        not visit.is_confirmed,
        latest_on,
        visit.key,
    )
