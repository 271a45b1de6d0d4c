"""By what a stranded visit's slots are ordered, and how they compare with the one it had."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from scheduling.engine.need import Need
from scheduling.engine.ranking import follows_on, wasted_sides
from scheduling.engine.replan.asks import Stranded
from scheduling.engine.replan.words import clock_minutes
from scheduling.engine.visit import Slot

Taste = Callable[[Stranded, Slot], tuple[int, ...]]
"""The slots of one day in order for a visit, the lowest first. Total: no two slots share start, room and operator."""


def least_change(visit: Stranded, slot: Slot) -> tuple[int, ...]:
    """The nearest time; a later one before an earlier one; the same operator; no useless gaps."""
    minutes = minutes_moved(visit, slot)
    other = slot.operator_id != visit.slot.operator_id
    return abs(minutes), minutes < 0, other, wasted_sides(slot), slot.displaced, *_place(slot)


def tight(visit: Stranded, slot: Slot) -> tuple[int, ...]:
    """Where it leaves no gap; among these the nearest time."""
    return wasted_sides(slot), not follows_on(slot), slot.displaced, abs(minutes_moved(visit, slot)), *_place(slot)


def from_the_morning(_visit: Stranded, slot: Slot) -> tuple[int, ...]:
    """The earliest start."""
    return slot.procedure, slot.displaced, *_place(slot)


def _place(slot: Slot) -> tuple[int, int, int]:
    return slot.procedure, slot.room_id, slot.operator_id


def minutes_moved(visit: Stranded, slot: Slot) -> int:
    """From the old time of arrival to the slot's, by the clock on the wall; negative where it is sooner."""
    zone = visit.need.zone
    return clock_minutes(slot.arrive, zone) - clock_minutes(visit.slot.arrive, zone)


def days_apart(visit: Stranded, on: date) -> tuple[int, bool]:
    """How far a date is from the visit's own; of two equally far the later one comes first."""
    return abs((on - visit.slot.on).days), on < visit.slot.on


def is_same(slot: Slot, other: Slot) -> bool:
    """Whether two slots differ in nothing but the recovery place."""
    return (slot.procedure, slot.room_id, slot.operator_id) == (other.procedure, other.room_id, other.operator_id)


def with_its_operator(visit: Stranded) -> Need:
    """Of several free operators the usual one is taken, or else the one the visit had."""
    if visit.need.usual_operator_id is not None:
        return visit.need
    return replace(visit.need, usual_operator_id=visit.slot.operator_id)
