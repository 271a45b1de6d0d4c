"""Resources, hours and closures; reservations; appointments with their allocations, and the events about them."""

from scheduling.models.changes import AppointmentEvent, MoveProposal
from scheduling.models.expressions import Instants, SameKey
from scheduling.models.resources import Closure, Resource, Schedule
from scheduling.models.visits import LIVE, Allocation, Appointment, Reservation, VisitKind

__all__ = [
    "LIVE",
    "Allocation",
    "Appointment",
    "AppointmentEvent",
    "Closure",
    "Instants",
    "MoveProposal",
    "Reservation",
    "Resource",
    "SameKey",
    "Schedule",
    "VisitKind",
]
