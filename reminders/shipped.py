"""The texts that ship, in English. A text in the database goes before them; where none is, these are used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class ShippedText:
    """Subject and body of one kind of message, with variables as in `reminders.texts`."""

    subject: str
    body: str


_PLACE = """\
Where: {site}
Address: {address}
How to find us: {directions}"""

_REACH = """\
Telephone: {phone}
E-mail: {email}"""

LANGUAGE = "en"
SHIPPED: Mapping[str, ShippedText] = MappingProxyType(
    {
        "invite": ShippedText(
            "Your hospital appointment on {arrive_day}",
            f"""\
Dear {{name}}

You have a hospital appointment.

Day: {{arrive_day}}
Please arrive at: {{arrive_time}}
Expect to leave at: {{leave_time}} ({{length}})

{_PLACE}

What to bring: {{bring}}

{{calendar}}

If you cannot come, or need help to get here, please tell us as soon as you can.

{{answer_link}}

{_REACH}""",
        ),
        "update": ShippedText(
            "New time: your hospital appointment is now on {arrive_day}",
            f"""\
Dear {{name}}

Your hospital appointment has changed. Please use this time and forget the earlier one.

Day: {{arrive_day}}
Please arrive at: {{arrive_time}}
Expect to leave at: {{leave_time}} ({{length}})

{_PLACE}

What to bring: {{bring}}

{{calendar}}

If you cannot come at this time, or need help to get here, please tell us as soon as you can.

{{answer_link}}

{_REACH}""",
        ),
        "cancel": ShippedText(
            "Cancelled: your hospital appointment on {arrive_day}",
            f"""\
Dear {{name}}

Your hospital appointment on {{arrive_day}} at {{arrive_time}} is cancelled. Please do not travel for it.

{{calendar}}

If you did not expect this, or have a question, please get in touch.

{_REACH}""",
        ),
        "reminder_7d": ShippedText(
            "Reminder: your hospital appointment on {arrive_day}",
            f"""\
Dear {{name}}

This is a reminder of your hospital appointment next week.

Day: {{arrive_day}}
Please arrive at: {{arrive_time}}
Expect to leave at: {{leave_time}} ({{length}})

{_PLACE}

What to bring: {{bring}}

If you cannot come, or need help to get here, please tell us now, so that we can find another time for you.

{{answer_link}}

{_REACH}""",
        ),
        "reminder_48h": ShippedText(
            "Can you come? Your hospital appointment on {arrive_day}",
            f"""\
Dear {{name}}

Your hospital appointment is soon. Please let us know whether you can come.

{{answer_link}}

{_REACH}

Day: {{arrive_day}}
Please arrive at: {{arrive_time}}
Expect to leave at: {{leave_time}} ({{length}})

{_PLACE}

What to bring: {{bring}}""",
        ),
        "reminder_24h": ShippedText(
            "Reminder: your hospital appointment on {arrive_day}",
            f"""\
Dear {{name}}

This is the last reminder of your hospital appointment.

Day: {{arrive_day}}
Please arrive at: {{arrive_time}}
Expect to leave at: {{leave_time}} ({{length}})

{_PLACE}

What to bring: {{bring}}

If you cannot come, please tell us at once.

{{answer_link}}

{_REACH}""",
        ),
        "offer": ShippedText(
            "An earlier time for your hospital appointment",
            f"""\
Dear {{name}}

You asked us for an earlier time. One has become free.

Day: {{arrive_day}}
Please arrive at: {{arrive_time}}
Expect to leave at: {{leave_time}} ({{length}})
Please answer by: {{answer_by}}

{_PLACE}

If you would like this time, please tell us at once. Others may have been asked too: whoever answers first has it.

{{answer_link}}

If you do not want it, you need not do anything. Your appointment on {{booked_day}} at {{booked_time}} stands.

{_REACH}""",
        ),
        "offer_over": ShippedText(
            "The earlier time for your hospital appointment is gone",
            f"""\
Dear {{name}}

The earlier time that we wrote to you about, {{arrive_day}} at {{arrive_time}}, is no longer free. We are sorry.

Your appointment on {{booked_day}} at {{booked_time}} stands. If another time becomes free, we will ask you again.

{_REACH}""",
        ),
        "ask_back": ShippedText(
            "Was it you? An answer about your hospital appointment",
            f"""\
Dear {{name}}

Somebody has answered our invite to your hospital appointment. We could not make sure that the answer came from you, \
so we have not changed anything.

Day: {{arrive_day}}
Please arrive at: {{arrive_time}}

Please tell us yourself whether you can come.

{{answer_link}}

{_REACH}""",
        ),
    }
)
