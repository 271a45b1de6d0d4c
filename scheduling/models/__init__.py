"""Resources, hours and closures; reservations; appointments, what they take up and events about them; notes."""

from scheduling.models.answers import AppointmentResponse
from scheduling.models.changes import AppointmentEvent, MoveProposal
from scheduling.models.expressions import AllBefore, ClockTimes, Instants, NoneBefore, SameKey, Staying
from scheduling.models.horizons import Horizon, HorizonLine
from scheduling.models.notes import LONGEST_NOTE, HandoverMark, Note
from scheduling.models.planning import PlanningRun
from scheduling.models.replans import Replan, ReplanLine
from scheduling.models.resources import Closure, Resource, Schedule, ScheduleBreak
from scheduling.models.skills import NurseShift, OnlyOperator, Skill, SkillRule
from scheduling.models.visits import LIVE, Allocation, Appointment, Part, Reservation, VisitKind
from scheduling.models.waiting import EarlierWish, Offer, OfferedVisit

__all__ = [
    "LIVE",
    "LONGEST_NOTE",
    "AllBefore",
    "Allocation",
    "Appointment",
    "AppointmentEvent",
    "AppointmentResponse",
    "ClockTimes",
    "Closure",
    "EarlierWish",
    "HandoverMark",
    "Horizon",
    "HorizonLine",
    "Instants",
    "MoveProposal",
    "NoneBefore",
    "Note",
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
