"""What a carer reads in place of what the patient does: the appointment is not the reader's own.

Paragraph by paragraph and by the patient's words, so that a text that a unit has changed in part is said so too. A
subject names nobody, as for the patient. Carers get standard e-mail only.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TO_CARERS: Mapping[str, str] = MappingProxyType(
    {
        "Your hospital appointment on {arrive_day}": "Hospital appointment on {arrive_day}",
        "New time: your hospital appointment is now on {arrive_day}": (
            "New time: hospital appointment now on {arrive_day}"
        ),
        "Cancelled: your hospital appointment on {arrive_day}": "Cancelled: hospital appointment on {arrive_day}",
        "Reminder: your hospital appointment on {arrive_day}": "Reminder: hospital appointment on {arrive_day}",
        "Can you come? Your hospital appointment on {arrive_day}": (
            "Please answer: hospital appointment on {arrive_day}"
        ),
        "An earlier time for your hospital appointment": "An earlier time for a hospital appointment",
        "The earlier time for your hospital appointment is gone": (
            "The earlier time for a hospital appointment is gone"
        ),
        "Was it you? An answer about your hospital appointment": "Was it you? An answer about a hospital appointment",
        "You have a hospital appointment.": "{patient} has a hospital appointment.",
        "Your hospital appointment has changed. Please use this time and forget the earlier one.": (
            "{patient}'s hospital appointment has changed. Please use this time and forget the earlier one."
        ),
        "Your hospital appointment on {arrive_day} at {arrive_time} is cancelled. Please do not travel for it.": (
            "{patient}'s hospital appointment on {arrive_day} at {arrive_time} is cancelled. Please do not travel "
            "for it."
        ),
        "This is a reminder of your hospital appointment next week.": (
            "This is a reminder of {patient}'s hospital appointment next week."
        ),
        "Your hospital appointment is soon. Please let us know whether you can come.": (
            "{patient}'s hospital appointment is soon. Please let us know whether {patient} can come."
        ),
        "This is the last reminder of your hospital appointment.": (
            "This is the last reminder of {patient}'s hospital appointment."
        ),
        "If you cannot come, or need help to get here, please tell us as soon as you can.": (
            "If {patient} cannot come, or needs help to get here, please tell us as soon as you can."
        ),
        "If you cannot come at this time, or need help to get here, please tell us as soon as you can.": (
            "If {patient} cannot come at this time, or needs help to get here, please tell us as soon as you can."
        ),
        "If you cannot come, or need help to get here, please tell us now, so that we can find another time for you.": (
            "If {patient} cannot come, or needs help to get here, please tell us now, so that we can find another time."
        ),
        "If you cannot come, please tell us at once.": "If {patient} cannot come, please tell us at once.",
        "You asked us for an earlier time. One has become free.": (
            "{patient} asked us for an earlier time. One has become free."
        ),
        "If you would like this time, please tell us at once. Others may have been asked too: whoever answers "
        "first has it.": (
            "If {patient} would like this time, please tell us at once. Others may have been asked too: whoever "
            "answers first has it."
        ),
        "If you do not want it, you need not do anything. Your appointment on {booked_day} at {booked_time} stands.": (
            "If {patient} does not want it, you need not do anything. The appointment on {booked_day} at "
            "{booked_time} stands."
        ),
        "Your appointment on {booked_day} at {booked_time} stands. If another time becomes free, we will ask you "
        "again.": (
            "{patient}'s appointment on {booked_day} at {booked_time} stands. If another time becomes free, we "
            "will ask again."
        ),
        "Somebody has answered our invite to your hospital appointment. We could not make sure that the answer "
        "came from you, so we have not changed anything.": (
            "Somebody has answered our invite to {patient}'s hospital appointment. We could not make sure that the"
            " answer came from you, so we have not changed anything."
        ),
        "Please tell us yourself whether you can come.": "Please tell us yourself whether {patient} can come.",
    }
)
