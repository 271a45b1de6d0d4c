"""Patients, carers, flags, consents and authorisations; worklist items; who looked at whose record."""

from patients.models.names import WRITE_NAME_KEYS, NameKey, NameSpelling
from patients.models.papers import (
    AntithromboticRow,
    AntithromboticTable,
    AntithromboticUse,
    Authorisation,
    Check,
    Consent,
)
from patients.models.people import (
    Carer,
    Channel,
    Flag,
    NeedAllowance,
    NoGoTime,
    Patient,
    validate_nhs_number,
)
from patients.models.worklist import AccessEntry, WorklistItem

__all__ = [
    "WRITE_NAME_KEYS",
    "AccessEntry",
    "AntithromboticRow",
    "AntithromboticTable",
    "AntithromboticUse",
    "Authorisation",
    "Carer",
    "Channel",
    "Check",
    "Consent",
    "Flag",
    "NameKey",
    "NameSpelling",
    "NeedAllowance",
    "NoGoTime",
    "Patient",
    "WorklistItem",
    "validate_nhs_number",
]
