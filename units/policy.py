"""Who may do what: one table, role by act, asked by pages, API, admin and tasks alike.

Local policy: a hospital may want it otherwise; it is code so that a change of it is reviewed and tested.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What somebody is in one unit. A person may be several, and different ones in different units."""

    COORDINATOR = "coordinator"
    NURSE = "nurse"
    DOCTOR = "doctor"
    PHARMACIST = "pharmacist"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


class Act(StrEnum):
    """Something a person does, named as in the use cases."""

    VIEW_PATIENTS = "view_patients"
    EDIT_PATIENTS = "edit_patients"
    IMPORT_PATIENTS = "import_patients"
    VIEW_PLANS = "view_plans"
    EDIT_PLANS = "edit_plans"
    HOLD_PLAN = "hold_plan"
    SWITCH_PROTOCOL = "switch_protocol"
    RECORD_DEATH = "record_death"
    UNDO_DEATH = "undo_death"
    OVERRIDE_DOSE_LIMITS = "override_dose_limits"
    VIEW_SCHEDULE = "view_schedule"
    BOOK = "book"
    CLOSE = "close"
    RECORD_ANSWER = "record_answer"
    SQUEEZE_IN = "squeeze_in"
    RECORD_ARRIVAL = "record_arrival"
    RECORD_ADMINISTRATION = "record_administration"
    RECORD_CONSENT = "record_consent"
    RECORD_CHECK = "record_check"
    RECORD_MEDICINES = "record_medicines"
    RECORD_AUTHORISATION = "record_authorisation"
    OVERRIDE_READINESS = "override_readiness"
    VIEW_MESSAGES = "view_messages"
    WORK_WORKLIST = "work_worklist"
    WRITE_NOTES = "write_notes"
    PRINT_LETTERS = "print_letters"
    PRINT_DOWNTIME_LIST = "print_downtime_list"
    VIEW_HISTORY = "view_history"
    SET_UP_UNIT = "set_up_unit"
    SET_UP_PROTOCOLS = "set_up_protocols"
    SET_UP_MESSAGES = "set_up_messages"
    SET_UP_STAFF = "set_up_staff"


_SEEING = frozenset({Act.VIEW_PATIENTS, Act.VIEW_PLANS, Act.VIEW_SCHEDULE})
_DESK = _SEEING | {
    Act.VIEW_MESSAGES,
    Act.WORK_WORKLIST,
    Act.WRITE_NOTES,
    Act.RECORD_ARRIVAL,
    Act.RECORD_ANSWER,
    Act.PRINT_DOWNTIME_LIST,
    Act.CLOSE,
}
_PAPERS = frozenset({Act.RECORD_CONSENT, Act.RECORD_CHECK, Act.RECORD_MEDICINES, Act.RECORD_AUTHORISATION})

POLICY: Mapping[Role, frozenset[Act]] = MappingProxyType(
    {
        Role.COORDINATOR: _DESK
        | {Act.RECORD_AUTHORISATION, Act.BOOK, Act.EDIT_PATIENTS, Act.IMPORT_PATIENTS, Act.PRINT_LETTERS},
        Role.NURSE: _DESK
        | _PAPERS
        | {
            Act.BOOK,
            Act.SQUEEZE_IN,
            Act.RECORD_ADMINISTRATION,
            Act.EDIT_PATIENTS,
            Act.RECORD_DEATH,
            Act.PRINT_LETTERS,
        },
        Role.DOCTOR: _DESK
        | _PAPERS
        | {
            Act.OVERRIDE_READINESS,
            Act.BOOK,
            Act.SQUEEZE_IN,
            Act.RECORD_ADMINISTRATION,
            Act.EDIT_PATIENTS,
            Act.EDIT_PLANS,
            Act.HOLD_PLAN,
            Act.SWITCH_PROTOCOL,
            Act.RECORD_DEATH,
            Act.UNDO_DEATH,
            Act.OVERRIDE_DOSE_LIMITS,
            Act.VIEW_HISTORY,
        },
        Role.PHARMACIST: _SEEING | {Act.RECORD_MEDICINES, Act.RECORD_AUTHORISATION, Act.WORK_WORKLIST, Act.WRITE_NOTES},
        Role.MANAGER: _SEEING | {Act.VIEW_MESSAGES, Act.VIEW_HISTORY},
        Role.ADMINISTRATOR: frozenset(
            {
                Act.VIEW_PATIENTS,
                Act.IMPORT_PATIENTS,
                Act.VIEW_PLANS,
                Act.VIEW_SCHEDULE,
                Act.VIEW_MESSAGES,
                Act.VIEW_HISTORY,
                Act.CLOSE,
                Act.SET_UP_UNIT,
                Act.SET_UP_PROTOCOLS,
                Act.SET_UP_MESSAGES,
                Act.SET_UP_STAFF,
            }
        ),
    }
)


OWN_ACTS = frozenset({Act.RECORD_ANSWER})
"""What a patient, or a carer the patient agreed to, may do: to that patient's own record, and nothing else."""


def acts_of(roles: frozenset[Role]) -> frozenset[Act]:
    """Every act that at least one of the roles carries.

    >>> Act.BOOK in acts_of(frozenset({Role.COORDINATOR}))
    True
    >>> Act.BOOK in acts_of(frozenset({Role.MANAGER}))
    False
    """
    return frozenset().union(*(POLICY[role] for role in roles))
