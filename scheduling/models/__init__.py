"""Resources, hours and closures; reservations; appointments with their allocations, and the events about them."""

from scheduling.models.changes import AppointmentEvent, MoveProposal
from scheduling.models.expressions import AllBefore, ClockTimes, Instants, NoneBefore, SameKey
from scheduling.models.resources import Closure, Resource, Schedule, ScheduleBreak
from scheduling.models.visits import LIVE, Allocation, Appointment, Reservation, VisitKind

__all__ = [
    "LIVE",
    "AllBefore",
    "Allocation",
    "Appointment",
    "AppointmentEvent",
    "ClockTimes",
    "Closure",
    "Instants",
    "MoveProposal",
    "NoneBefore",
    "Reservation",
    "Resource",
    "SameKey",
    "Schedule",
    "ScheduleBreak",
    "VisitKind",
]
