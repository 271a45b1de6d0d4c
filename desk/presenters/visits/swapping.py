"""Two visits that change places: which there are, and what would follow for both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from desk.presenters.people import banner, name_of, patient_url
from desk.presenters.reader import Reader
from desk.presenters.visits.steps import Taken, visit_url
from desk.viewmodels import Action, Empty, Line, MenuLink
from desk.viewmodels.parts import Choice
from desk.viewmodels.series import SwapChoice, SwapPage, SwapRow
from scheduling.engine.ranking import lateness_words
from scheduling.models import Appointment
from scheduling.services.visits.swapping import Change


def swap_choices_page(visit: Appointment, others: Sequence[Appointment], on: date, reader: Reader) -> SwapPage:
    """The booked visits of that day, each leading to what would follow."""
    url = reverse("desk:swap", args=[visit.public_id])
    choices = [
        SwapChoice(
            name=name_of(other.patient),
            detail=_detail(other, reader),
            url=reverse("desk:swap_with", args=[visit.public_id, other.public_id]),
        )
        for other in others
    ]
    near = (on + timedelta(days=n) for n in range(-3, 4))
    return SwapPage(
        banner=banner(visit.patient, visit.patient.flags.all()),
        title=_("Swap with another visit"),
        summary=_summary(visit, reader),
        back=MenuLink(_("Visit"), visit_url(visit)),
        url=url,
        on=on.isoformat(),
        choices=choices,
        days=[Choice(reader.day(day), f"{url}?on={day}", day == on) for day in near if day >= reader.today],
        empty=None if choices else Empty(_("Nobody else is booked that day. Choose another day.")),
    )


def swap_page(visit: Appointment, other: Appointment, changes: Sequence[Change], reader: Reader) -> SwapPage:
    """Old and new of both, and the press that swaps them; without it where they cannot be swapped."""
    fields = (("version", str(visit.version)), ("other_version", str(other.version)))
    url = reverse("desk:swap_with", args=[visit.public_id, other.public_id])
    return SwapPage(
        banner=banner(visit.patient, visit.patient.flags.all()),
        title=_("Swap with another visit"),
        summary=_summary(visit, reader),
        back=MenuLink(_("Choose another visit"), _choices_url(visit, other, reader)),
        url=url,
        rows=[_row(change, reader) for change in changes],
        effects=[
            Line(_("Room, operator and window were checked for both. Both are moved, or neither."), icon="check"),
            _told([visit, other], changes),
        ]
        if changes
        else (),
        swap=Action(_("Swap the two visits"), url, "post", "primary", fields=fields) if changes else None,
    )


def with_new_times(before: Sequence[Appointment], changes: Sequence[Change]) -> list[Appointment]:
    """The visits whose patients come or leave at another time than before: of another room alone nobody is told."""
    return [
        change.visit
        for was, change in zip(before, changes, strict=True)
        if was.ical_sequence != change.visit.ical_sequence
    ]


def _told(before: Sequence[Appointment], changes: Sequence[Change]) -> Line:
    told = with_new_times(before, changes)
    if not told:
        return Line(_("Both times stay the same, so nobody is told."), icon="info")
    values = {"n": told[0].unit.undo_seconds, "name": name_of(told[0].patient)}
    words = _("Each gets one message with the new time, %(n)d s after.")
    if len(told) == 1:
        words = _("%(name)s gets one message with the new time, %(n)d s after. The other time stays the same.")
    return Line(words % values, icon="mail")


def _choices_url(visit: Appointment, other: Appointment, reader: Reader) -> str:
    return f"{reverse('desk:swap', args=[visit.public_id])}?on={reader.unit.local_date(other.starts_at)}"


def _summary(visit: Appointment, reader: Reader) -> str:
    return f"{visit.purpose}, {reader.moment(visit.arrives_at)}"


def _detail(visit: Appointment, reader: Reader) -> str:
    rooms = ", ".join(row.resource.name for row in Taken.of(visit).in_procedure)
    return f"{reader.clock(visit.arrives_at)}, {visit.purpose}, {rooms}"


def _row(change: Change, reader: Reader) -> SwapRow:
    visit = change.visit
    return SwapRow(
        name=name_of(visit.patient),
        url=patient_url(visit.patient),
        purpose=visit.purpose,
        was=reader.moment(change.was_at),
        was_place=change.was,
        now=reader.moment(visit.arrives_at),
        now_place=change.now,
        effect=_effect(visit, reader),
    )


def _effect(visit: Appointment, reader: Reader) -> Line:
    """Where the new day stands to the target of the dose."""
    if visit.dose is None:
        return Line(_("No plan, so no window"), icon="info")
    days = (reader.unit.local_date(visit.starts_at) - visit.dose.target_on).days
    return Line(lateness_words(days), "ok" if not days else "warn", "check" if not days else "triangle-alert")
