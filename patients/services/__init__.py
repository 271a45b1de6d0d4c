"""Use cases around patients' records and the worklist."""

from patients.services.access import record_access
from patients.services.records import add_flag, create_patient, remove_flag, update_patient
from patients.services.worklist import finish_item, open_item

__all__ = [
    "add_flag",
    "create_patient",
    "finish_item",
    "open_item",
    "record_access",
    "remove_flag",
    "update_patient",
]
