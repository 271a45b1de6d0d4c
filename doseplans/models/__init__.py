"""Protocols, dose plans, doses and administrations."""

from doseplans.models.doses import PLANNED_AHEAD, Administration, Dose, DoseDecision, DoseNotGiven, FollowUp, Sedation
from doseplans.models.plans import AccessRoute, DosePlan, PlanHold, PlanSwitch, _used_rules
from doseplans.models.protocols import (
    IntervalUnit,
    Protocol,
    ProtocolGapTier,
    ProtocolGate,
    ProtocolPhase,
    ProtocolStep,
    Provenance,
    Route,
)
from doseplans.models.ward_lists import ImportRun, WardListUpload

__all__ = [
    "PLANNED_AHEAD",
    "AccessRoute",
    "Administration",
    "Dose",
    "DoseDecision",
    "DoseNotGiven",
    "DosePlan",
    "FollowUp",
    "ImportRun",
    "IntervalUnit",
    "PlanHold",
    "PlanSwitch",
    "Protocol",
    "ProtocolGapTier",
    "ProtocolGate",
    "ProtocolPhase",
    "ProtocolStep",
    "Provenance",
    "Route",
    "Sedation",
    "WardListUpload",
    "_used_rules",
]
