"""Resources, hours and closures; reservations; appointments with their allocations, and the events about them."""

from scheduling.models.answers import AppointmentResponse
from scheduling.models.changes import AppointmentEvent, MoveProposal
from scheduling.models.expressions import AllBefore, ClockTimes, Instants, NoneBefore, SameKey, Staying
from scheduling.models.horizons import Horizon, HorizonLine
from scheduling.models.planning import PlanningRun
from scheduling.models.replans import Replan, ReplanLine
from scheduling.models.resources import Closure, Resource, Schedule, ScheduleBreak
from scheduling.models.skills import NurseShift, OnlyOperator, Skill, SkillRule
from scheduling.models.visits import LIVE, Allocation, Appointment, Part, Reservation, VisitKind
from scheduling.models.waiting import EarlierWish, Offer, OfferedVisit

__all__ = [
    "LIVE",
    "AllBefore",
    "Allocation",
    "Appointment",
    "AppointmentEvent",
    "AppointmentResponse",
    "ClockTimes",
    "Closure",
    "EarlierWish",
    "Horizon",
    "HorizonLine",
    "Instants",
    "MoveProposal",
    "NoneBefore",
    "NurseShift",
    "Offer",
    "OfferedVisit",
    "OnlyOperator",
    "Part",
    "PlanningRun",
    "Replan",
    "ReplanLine",
    "Reservation",
    "Resource",
    "SameKey",
    "Schedule",
    "ScheduleBreak",
    "Skill",
    "SkillRule",
    "Staying",
    "VisitKind",
]
