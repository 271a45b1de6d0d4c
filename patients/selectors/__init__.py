"""What pages and the API read about patients: who is found, and one patient's record."""

from patients.selectors.finding import Namesake, found_by, namesakes_of, patients_of
from patients.selectors.hits import COUNTED, Found, first_found
from patients.selectors.records import (
    access_entries_of,
    antithrombotics_of,
    authorisations_of,
    carers_of,
    checks_of,
    consents_of,
    escalations_of,
    flags_of,
    medicines_of_table,
    no_go_times_of,
    patient_by_public_id,
)
from patients.selectors.worklist import waits_for, worklist_done, worklist_item, worklist_of, worklist_stamp

__all__ = [
    "COUNTED",
    "Found",
    "Namesake",
    "access_entries_of",
    "antithrombotics_of",
    "authorisations_of",
    "carers_of",
    "checks_of",
    "consents_of",
    "escalations_of",
    "first_found",
    "flags_of",
    "found_by",
    "medicines_of_table",
    "namesakes_of",
    "no_go_times_of",
    "patient_by_public_id",
    "patients_of",
    "waits_for",
    "worklist_done",
    "worklist_item",
    "worklist_of",
    "worklist_stamp",
]
