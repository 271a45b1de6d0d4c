"""A list that runs late, and an urgent visit squeezed in, as the desk shows them."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.looks import Badge
from desk.presenters.people import banner, name_of
from desk.presenters.reader import Reader
from desk.presenters.visits.steps import panel_url
from desk.rules import minutes_words
from desk.viewmodels import Line, MenuLink
from desk.viewmodels.broken_day import LatePage, LateRow, SqueezePage
from scheduling.models import Appointment
from scheduling.selectors.errands import Errand
from scheduling.services.day.running_late import Outcome, Outlook


def late_page(visit: Appointment, outcome: Outcome | None, reader: Reader) -> LatePage:
    """The form's page; `outcome` is None where what was asked cannot be worked out."""
    lines = outcome.lines if outcome is not None else ()
    moving = len(outcome.moving) if outcome is not None else 0
    is_open = outcome is None or outcome.unfitting
    return LatePage(
        banner=banner(visit.patient, visit.patient.flags.all()),
        title=_("Running late"),
        summary=_summary(outcome) if outcome is not None else "",
        back=MenuLink(_("Day board"), panel_url(visit, reader)),
        url=reverse("desk:late", args=[visit.public_id]),
        rows=[_row(one, reader, is_first=one.visit.pk == visit.pk) for one in lines],
        apply=""
        if is_open or not moving
        else ngettext("Move %(n)d visit", "Move %(n)d visits", moving) % {"n": moving},
        mark=outcome.mark if outcome is not None else "",
        notes=_notes(outcome) if outcome is not None else (),
    )


def _summary(outcome: Outcome) -> str:
    moving, told = len(outcome.moving), sum(one.is_told for one in outcome.lines)
    words = ngettext("%(n)d visit moves", "%(n)d visits move", moving) % {"n": moving}
    return words + ", " + ngettext("%(n)d patient is told", "%(n)d patients are told", told) % {"n": told}


def _notes(outcome: Outcome) -> list[Line]:
    found = []
    if outcome.unfitting:
        n = len(outcome.unfitting)
        words = ngettext(
            "%(n)d visit no longer fits. Decide about it first: nothing moves before.",
            "%(n)d visits no longer fit. Decide about each first: nothing moves before.",
            n,
        )
        found.append(Line(words % {"n": n}, "warn", "triangle-alert"))
    elif not outcome.moving:
        found.append(Line(_("Nothing of this list has to move."), "plain", "check"))
    if outcome.repacked:
        words = ngettext(
            "%(n)d other visit changes its recovery place; nobody is told.",
            "%(n)d other visits change their recovery place; nobody is told.",
            outcome.repacked,
        )
        found.append(Line(words % {"n": outcome.repacked}, icon="bed"))
    return found


def _row(one: Outlook, reader: Reader, *, is_first: bool) -> LateRow:
    """The visit that is late moves in any case; each other that would move may be left where it is."""
    visit, placed = one.visit, one.placed
    was, now = reader.clock(placed.operator.starts_at), reader.clock(one.procedure_at)
    stands = "" if one.short else _("Stays at %(clock)s") % {"clock": was}
    return LateRow(
        name=name_of(visit.patient),
        purpose=visit.purpose,
        old=_("Room at %(clock)s") % {"clock": was},
        new=_("Room at %(clock)s") % {"clock": now} if one.minutes else stands,
        place=f"{placed.room.resource}, {placed.operator.resource}",
        badge=_badge(one),
        lines=_lines(one, reader),
        stay_key=str(visit.public_id) if one.short or one.is_left or (one.minutes and not is_first) else "",
        stays=one.is_left,
        move_url=reverse("desk:move", args=[visit.public_id]) if one.short and _may_move(visit) else "",
    )


def _may_move(visit: Appointment) -> bool:
    return visit.status == Appointment.Status.BOOKED


def _badge(one: Outlook) -> Badge:
    if one.short:
        return Badge("stop", "x", _("Does not fit"))
    if one.is_left:
        return Badge("warn", "circle-alert", _("To move by hand"))
    if one.minutes:
        length = minutes_words(one.procedure_at - one.placed.operator.starts_at)
        return Badge("action", "arrow-right", _("%(length)s later") % {"length": length})
    return Badge("booked", "check", _("Stays"))


def _lines(one: Outlook, reader: Reader) -> Sequence[Line]:
    found = []
    if one.short:
        found.append(Line(f"{one.short} {one.way_out}", "stop", "circle-alert"))
    if one.is_over:
        found.append(Line(_("Past the hours of its list, squeezed in"), "warn", "timer"))
    if one.is_told:
        found.append(Line(_("Told to arrive at %(clock)s") % {"clock": reader.clock(one.arrives_at)}, icon="mail"))
    elif one.minutes:
        is_here = one.visit.status == Appointment.Status.ARRIVED
        words = _("Is here already: not told") if is_here else _("The time to arrive has passed: not told")
        found.append(Line(words, icon="info"))
    return found


def squeeze_page(
    errand: Errand, reader: Reader, *, url: str, back: MenuLink, leaves: Sequence[str] | None = None
) -> SqueezePage:
    """The form's page; `leaves` is what was found when it was looked at."""
    patient = errand.patient
    effects = [
        Line(_("Room, operator, recovery place and nurses must be free: nobody is booked over."), icon="check"),
        Line(_("The plan's own limits stay as they are."), icon="check") if errand.dose is not None else None,
        Line(_("The invite leaves in %(n)d s, as for any visit.") % {"n": reader.unit.undo_seconds}, icon="mail"),
    ]
    return SqueezePage(
        banner=banner(patient, patient.flags.all()),
        title=_("Squeeze in"),
        summary=str(errand),
        back=back,
        url=url,
        effects=[line for line in effects if line is not None],
        leaves=None if leaves is None else _leaves(leaves),
    )


def _leaves(leaves: Sequence[str]) -> list[Line]:
    if not leaves:
        return [Line(_("This time is inside the hours of the list: book it as any other."), "ok", "circle-check")]
    return [Line(words, "warn", "triangle-alert") for words in leaves]
