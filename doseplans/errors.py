"""Refusals about plans and doses, each with a code that never changes and a sentence a clerk can act on."""

from units.errors import ClinicError


class PlanOnHold(ClinicError):
    """A doctor has put the plan on hold: nothing of it is booked, offered or reminded of."""

    code = "plan_on_hold"


class PlanNotOnHold(ClinicError):
    """There is no hold to lift."""

    code = "plan_not_on_hold"


class PlanEnded(ClinicError):
    """The plan is over, or the patient has died."""

    code = "plan_ended"


class PlanNotEnded(ClinicError):
    """There is no end to take back."""

    code = "plan_not_ended"


class PlanAlreadyRunning(ClinicError):
    """The patient has a live plan of the same protocol."""

    code = "plan_already_running"


class ProtocolNotInUse(ClinicError):
    """No plan can be started on a draft or a retired version."""

    code = "protocol_not_in_use"


class ProtocolIncomplete(ClinicError):
    """A version that no visit could be planned from is not put in use."""

    code = "protocol_incomplete"


class EligibilityMissing(ClinicError):
    """Something the protocol asks of the patient is not met or not on record."""

    code = "eligibility_missing"


class DoseTooEarly(ClinicError):
    """The day breaks the minimum interval since the dose before."""

    code = "dose_too_early"


class DoseAlreadyGiven(ClinicError):
    """The dose is on record as given."""

    code = "dose_already_given"


class DoseNotGiven(ClinicError):
    """There is no record of the dose to put right."""

    code = "dose_not_given"


class DoseOutOfOrder(ClinicError):
    """Doses are recorded one after the other, and their days follow each other."""

    code = "dose_out_of_order"


class ListOvertaken(ClinicError):
    """A ward's list met records that somebody changed while it was being imported."""

    code = "list_overtaken"


class DoseLeftOut(ClinicError):
    """A clinician left the dose out: it is neither booked nor given."""

    code = "dose_left_out"


class DecisionNotStanding(ClinicError):
    """Nobody has decided anything about the dose that still holds."""

    code = "decision_not_standing"
