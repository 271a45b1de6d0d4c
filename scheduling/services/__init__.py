"""What people do at the booking desk and on the day, one function each. All take the actor first."""

from scheduling.services.day.noshows import correct_noshow
from scheduling.services.day.running_late import run_late
from scheduling.services.day.steps import (
    correct_arrival,
    discharge,
    finish_visit,
    record_administration,
    record_arrival,
    record_noshow,
    start_procedure,
)
from scheduling.services.opening.closures import close, reopen
from scheduling.services.visits.booking import (
    book_appointment,
    book_visit,
    move_appointment,
    release_reservation,
    reserve_slot,
)
from scheduling.services.visits.cancelling import cancel_appointment, undo_change
from scheduling.services.visits.squeezing import squeeze_in

__all__ = [
    "book_appointment",
    "book_visit",
    "cancel_appointment",
    "close",
    "correct_arrival",
    "correct_noshow",
    "discharge",
    "finish_visit",
    "move_appointment",
    "record_administration",
    "record_arrival",
    "record_noshow",
    "release_reservation",
    "reopen",
    "reserve_slot",
    "run_late",
    "squeeze_in",
    "start_procedure",
    "undo_change",
]
