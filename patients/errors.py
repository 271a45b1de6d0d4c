"""Refusals about patients' records and the worklist."""

from units.errors import ClinicError


class ItemAlreadyDone(ClinicError):
    """Somebody has finished the worklist item."""

    code = "item_already_done"


class PatientExists(ClinicError):
    """Another patient has the NHS number, or the hospital number in this unit; `facts["field"]` says which."""

    code = "patient_exists"
