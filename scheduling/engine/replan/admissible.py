"""What no re-plan may do, whoever is waiting: a date outside the window, a time the patient cannot come."""

from __future__ import annotations

from datetime import date

from scheduling.engine.need import Need
from scheduling.engine.visit import Slot


def is_admissible(need: Need, on: date) -> bool:
    """Whether a date is inside the window, not under the minimum interval, and not before the patient can come."""
    return need.earliest_on <= on <= need.latest_on and on >= need.from_on and (need.minimum_on or on) <= on


def is_against_wish(need: Need, slot: Slot) -> bool:
    """Whether the patient had better not be in the unit then. Booking by hand may ask; a plan for many does not."""
    if not need.no_go:
        return False
    arrives, leaves = slot.arrive_at.astimezone(need.zone), slot.leave_at.astimezone(need.zone)
    return any(wish.clashes(arrives, leaves) for wish in need.no_go)
