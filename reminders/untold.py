"""Why there is no message where one might be looked for, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from reminders.models import Purpose
from reminders.people import PATIENT, Person
from reminders.rules import QuietHours, Step, reminder_due_at
from reminders.selectors import MessageLine
from scheduling.models import Appointment


@dataclass(frozen=True, slots=True)
class Untold:
    """Something that was not written to somebody, and why."""

    what: str
    who: str
    why: str


def untold_of(
    visit: Appointment, people: Sequence[Person], lines: Iterable[MessageLine], *, at: datetime
) -> list[Untold]:
    """What nobody was written about a visit that stands and is to come; nothing for any other.

    Either the reader cannot be written to, or the reminder's time was past when the visit came to its day.
    """
    if visit.status != Appointment.Status.BOOKED or visit.arrives_at <= at:
        return []
    known = {(line.recipient, line.purpose) for line in lines}
    told = {recipient for recipient, _purpose in known}
    found = [
        Untold(_("Invite and reminders"), person.name, f"{person.why_not}.")
        for person in people
        if person.key not in told and person.why_not
    ]
    unit = visit.unit
    quiet = QuietHours(unit.quiet_from, unit.quiet_until)
    too_soon = _("Its time was past when the visit was booked or moved to this day.")
    name = next((person.name for person in people if person.key == PATIENT), "")
    for step in Step:
        is_past = reminder_due_at(step, visit.arrives_at, unit.zone, quiet) <= at
        if is_past and PATIENT in told and (PATIENT, step.value) not in known:
            found.append(Untold(str(Purpose(step.value).label), name, too_soon))
    return found
