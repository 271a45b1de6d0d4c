"""Refusals about patients' records and the worklist."""

from units.errors import ClinicError


class ItemAlreadyDone(ClinicError):
    """Somebody has finished the worklist item."""

    code = "item_already_done"


class ItemTaken(ClinicError):
    """A colleague has said that they see to the worklist item."""

    code = "item_taken"


class ItemAsksQuestions(ClinicError):
    """The worklist item is finished by answering its questions, not by a sentence."""

    code = "item_asks_questions"


class ItemIsNoCall(ClinicError):
    """Nobody is rung for the worklist item, so nobody can be missed."""

    code = "item_is_no_call"


class PatientExists(ClinicError):
    """Another patient has the NHS number, or the hospital number in this unit; `facts["field"]` says which."""

    code = "patient_exists"


class PatientHasDied(ClinicError):
    """The patient is on record as dead."""

    code = "patient_has_died"


class PatientNotDeceased(ClinicError):
    """There is no death on record to take back."""

    code = "patient_not_deceased"


class AlreadyOnRecord(ClinicError):
    """The same consent or medicine was written down before."""

    code = "already_on_record"
