"""Refusals of the booking desk, each with a code that never changes and a sentence a clerk can act on."""

from units.errors import ClinicError


class SlotTaken(ClinicError):
    """Something or somebody has the room, the operator or every recovery place at that time."""

    code = "slot_taken"


class SlotNotOffered(ClinicError):
    """No list is open there and then, or a closure stands in the way."""

    code = "slot_not_offered"


class PatientElsewhere(ClinicError):
    """The patient has another visit that overlaps."""

    code = "patient_elsewhere"


class DoseAlreadyBooked(ClinicError):
    """The dose has a live visit."""

    code = "dose_already_booked"


class DoseReservedByOther(ClinicError):
    """A colleague is choosing a slot for the same dose."""

    code = "dose_reserved_by_other"


class OutsideWindow(ClinicError):
    """The day lies outside the dose's window and no reason was given by somebody who may."""

    code = "outside_window"


class NeighbourTooClose(ClinicError):
    """The next booked visit of the plan would come before its minimum interval."""

    code = "neighbour_too_close"


class StalePage(ClinicError):
    """The visit changed since the page was loaded."""

    code = "stale_page"


class NotInThatState(ClinicError):
    """The act does not fit what has already happened to the visit."""

    code = "not_in_that_state"


class UndoTooLate(ClinicError):
    """The seconds for an undo are over, or the message has left."""

    code = "undo_too_late"


class EarlierDoseUnbooked(ClinicError):
    """A dose before this one has neither been given nor booked, so nothing can be counted from it."""

    code = "earlier_dose_unbooked"


class NotReady(ClinicError):
    """A red gate stops the procedure; `facts["gates"]` names those that are."""

    code = "not_ready"


class CannotOffer(ClinicError):
    """The slot is free no more, or somebody chosen may not have it."""

    code = "cannot_offer"


class OfferOver(ClinicError):
    """The offer was accepted by another, withdrawn or has run out, or this patient has answered already."""

    code = "offer_over"


class ReplanOutdated(ClinicError):
    """A line of the re-plan no longer fits; nothing was moved and the draft was planned again."""

    code = "replan_outdated"


class NothingSelected(ClinicError):
    """Of what was planned nothing was selected; nothing was changed."""

    code = "nothing_selected"


class DoseBeforeNotSelected(ClinicError):
    """A later dose of a course was selected without one before it, from which it is counted; nothing was changed."""

    code = "dose_before_not_selected"


class SwapRefused(ClinicError):
    """One of two visits would not fit in the other's place; `facts` name it and say why. Nothing was changed."""

    code = "swap_refused"


class SeriesRefused(ClinicError):
    """A dose of a series cannot be booked as chosen; `facts` name it and say why. Nothing was booked."""

    code = "series_refused"
