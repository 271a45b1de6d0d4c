"""The texts that ship for text messages (SMS): a sentence a line, joined by spaces when they are sent.

With a site of up to 29 characters each fits into one message of 160 characters. A sentence whose variables are empty
is left out. The link to the reader's own page has no room: with "Answer:" it takes 66 characters where the address of
the clinic has 31, and beside the telephone number and STOP the texts leave 19 to 41.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_STOP = "Reply STOP to end texts."
_CANNOT = "Ring {phone} if you cannot come."

SHORT: Mapping[str, str] = MappingProxyType(
    {
        "invite": f"Hospital appointment: {{short_day}}, {{arrive_time}}, {{site}}.\n{_CANNOT}\n{_STOP}",
        "update": f"New time: hospital appointment {{short_day}}, {{arrive_time}}, {{site}}.\n{_CANNOT}\n{_STOP}",
        "cancel": "Your hospital appointment on {short_day} at {arrive_time} is cancelled.\nPlease do not travel.\n"
        f"Questions? Ring {{phone}}.\n{_STOP}",
        "reminder_7d": f"Reminder: hospital appointment {{short_day}}, {{arrive_time}}, {{site}}.\n{_CANNOT}\n{_STOP}",
        "reminder_48h": "Can you come? Hospital appointment {short_day}, {arrive_time}, {site}.\n"
        f"Please tell us: {{phone}}.\n{_STOP}",
        "reminder_24h": f"Reminder: hospital appointment {{short_day}}, {{arrive_time}}, {{site}}.\n{_CANNOT}\n{_STOP}",
        "offer": "An earlier hospital appointment is free: {short_day}, {arrive_time}.\n"
        f"To have it, ring {{phone}} by {{short_answer_by}}.\n{_STOP}",
        "offer_over": "The earlier hospital appointment on {short_day} is gone.\nYours on {short_booked_day} at "
        f"{{booked_time}} stands.\n{_STOP}",
        "ask_back": "Can you come to your hospital appointment on {short_day} at {arrive_time}?\n"
        f"Please tell us: {{phone}}.\n{_STOP}",
    }
)
