"""Which lists for downtime can be fetched."""

from __future__ import annotations

from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from desk.presenters.reader import Reader
from desk.templatetags.clinic_ui import long_day
from desk.viewmodels.downtime import DowntimePage, ListLink
from units.policy import Act


def downtime_page(reader: Reader, coming: date | None) -> DowntimePage:
    """Today, tomorrow, and the next day with visits where that is later."""
    today = reader.today
    days = sorted({today, today + timedelta(days=1), coming or today})
    return DowntimePage(
        lists=[ListLink(long_day(on), reader.relative(on), reverse("desk:downtime_pdf", args=[on])) for on in days],
        kept=_("The list of the next day is kept on the server each evening at %(clock)s.")
        % {"clock": f"{reader.unit.downtime_list_at:%H:%M}"},
        today_url=reverse("desk:today"),
        entering=_entering(reader),
    )


def _entering(reader: Reader) -> list[ListLink]:
    """Today and the two days before; any other is reached from its own day board."""
    if not reader.may(Act.RECORD_ADMINISTRATION):
        return []
    days = [reader.today - timedelta(days=n) for n in range(3)]
    return [ListLink(long_day(on), reader.relative(on), reverse("desk:paper_day", args=[on])) for on in days]
