"""For whom a page is drawn: what it may offer, which clock it shows, what it calls today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from desk.templatetags.clinic_ui import day, relative_day
from units.actors import Actor
from units.models import Unit
from units.policy import Act


@dataclass(frozen=True)
class Reader:
    """The actor in a unit at an instant."""

    actor: Actor
    unit: Unit
    at: datetime

    @property
    def today(self) -> date:
        """The unit's calendar day."""
        return self.unit.local_date(self.at)

    def may(self, act: Act) -> bool:
        """Whether a button for the act makes sense; the use case asks again."""
        return self.actor.may(act, self.unit.pk)

    def clock(self, instant: datetime) -> str:
        """09:00, by the unit's wall clock."""
        return f"{self.unit.local(instant):%H:%M}"

    def day(self, when: date | datetime) -> str:
        """Tue 24 Nov, with the year where it is far away."""
        on = self.unit.local_date(when) if isinstance(when, datetime) else when
        return day(on, self.today)

    def relative(self, when: date | datetime) -> str:
        """Tomorrow, in 3 days."""
        on = self.unit.local_date(when) if isinstance(when, datetime) else when
        return relative_day(on, self.today)

    def moment(self, instant: datetime) -> str:
        """Tue 24 Nov, 09:00."""
        return _("%(day)s, %(clock)s") % {"day": self.day(instant), "clock": self.clock(instant)}

    def hours_on(self, on: date, starts_at: datetime, ends_at: datetime) -> tuple[str, str]:
        """From when to when something takes of a day, by the unit's clock: 00:00 and 24:00 where it goes beyond."""
        first, last = self.unit.local(starts_at), self.unit.local(ends_at)
        since = "00:00" if first.date() < on else f"{first:%H:%M}"
        return since, "24:00" if last.date() > on else f"{last:%H:%M}"

    def minutes_to(self, instant: datetime) -> int:
        """Whole minutes from now, at least one."""
        return max(1, round((instant - self.at) / timedelta(minutes=1)))
