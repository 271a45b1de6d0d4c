"""A day that was worked on paper: its visits, with what is on record and what is still to be written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.looks import badge_for
from desk.presenters.people import name_of
from desk.presenters.reader import Reader
from desk.presenters.visits.steps import visit_url
from desk.viewmodels import Action, Empty, Line
from desk.viewmodels.paper_day import PaperDayPage, PaperRow
from doseplans.models import Administration
from scheduling.models import Appointment
from scheduling.selectors.paper_day import PaperVisit

Status = Appointment.Status


@dataclass(frozen=True)
class Entered:
    """What was sent and what came of it, by visit: `forms` were refused, `typed` was not to be saved yet."""

    forms: Mapping[UUID, Any] = field(default_factory=dict)
    typed: Mapping[UUID, dict[str, Any]] = field(default_factory=dict)
    notices: Mapping[UUID, Sequence[Line]] = field(default_factory=dict)
    reason: str = ""
    is_reason_missing: bool = False


def paper_day_page(
    visits: Sequence[PaperVisit], on: date, reader: Reader, entered: Entered, forms: Mapping[UUID, Any]
) -> PaperDayPage:
    """The whole page; `visits` is empty for a day to come, `forms` are of those with something to write down."""
    rows = [_row(one, reader, entered, forms.get(one.visit.public_id)) for one in visits]
    left = sum(row.is_open for row in rows)
    return PaperDayPage(
        day=on,
        url=reverse("desk:paper_day", args=[on]),
        day_url=reverse("desk:day", args=[on]),
        draft_key=f"paper-{reader.actor.user_id}-{on:%Y%m%d}",
        rows=rows,
        tally=tally_words(len(rows), left),
        reason=entered.reason or _reason_before(visits),
        reason_error=_("Write a word or two about why.") if entered.is_reason_missing else "",
        empty=None if rows else _empty(on, reader),
    )


def tally_words(total: int, left: int) -> str:
    """How far the day has been entered.

    >>> tally_words(3, 0), tally_words(3, 2), tally_words(0, 0)
    ('3 visits, all on record', '3 visits, 2 to enter', 'no visits')
    """
    if not total:
        return _("no visits")
    visits = ngettext("%(n)d visit", "%(n)d visits", total) % {"n": total}
    if not left:
        return _("%(visits)s, all on record") % {"visits": visits}
    return _("%(visits)s, %(n)d to enter") % {"visits": visits, "n": left}


def _reason_before(visits: Sequence[PaperVisit]) -> str:
    """What was said when others of the day were entered."""
    paper = Administration.Source.PAPER
    return next((one.given.note for one in visits if one.given and one.given.source == paper), "")


def _empty(on: date, reader: Reader) -> Empty:
    if on > reader.today:
        words = _("This day has not come yet. A day is entered from paper on the day itself or afterwards.")
        return Empty(words, Action(_("Enter today"), reverse("desk:paper_day", args=[reader.today])))
    words = _("Nobody was booked on this day. Somebody who came all the same is entered from their own page.")
    return Empty(words, Action(_("Find the patient"), reverse("desk:patients"), icon="search"))


def _row(one: PaperVisit, reader: Reader, entered: Entered, form: Any) -> PaperRow:
    visit, patient = one.visit, one.visit.patient
    may_be_given = visit.dose is not None and visit.status in {Status.BOOKED, Status.ARRIVED, Status.NOSHOW}
    return PaperRow(
        key=str(visit.public_id),
        clock=reader.clock(visit.starts_at),
        name=name_of(patient),
        birth_date=patient.birth_date,
        nhs_number=patient.nhs_number or "",
        hospital_number=patient.hospital_number,
        purpose=visit.purpose,
        url=visit_url(visit),
        own_url=reverse("desk:paper", args=[visit.dose.public_id]) if visit.dose and may_be_given else "",
        badge=_badge(visit),
        facts=_facts(one, reader),
        notices=entered.notices.get(visit.public_id, ()),
        form=form,
    )


def _badge(visit: Appointment) -> Any:
    """What is on record of how the visit went; None while nothing is."""
    match visit.status:
        case Status.FULFILLED if visit.discharged_at is None:
            return badge_for("recovery")
        case Status.FULFILLED:
            return badge_for("given", "" if visit.dose else _("Took place"))
        case Status.NOSHOW:
            return badge_for("noshow")
        case Status.CANCELLED:
            return badge_for("cancelled", _("Dose not given"))
        case Status.ARRIVED:
            return badge_for("procedure" if visit.procedure_started_at else "arrived")
    return None


def _facts(one: PaperVisit, reader: Reader) -> list[Line]:
    """What is on record, in words."""
    visit, given = one.visit, one.given
    done_at = given.given_at if given else visit.recovery_started_at
    moments: list[tuple[str, datetime | None]] = [
        (_("Arrived %(clock)s"), visit.arrived_at),
        (_("in the room %(clock)s"), visit.procedure_started_at),
        ((_("given %(clock)s") if given else _("done %(clock)s")), done_at),
        (_("went home %(clock)s"), visit.discharged_at),
    ]
    lines = []
    if times := [words % {"clock": reader.clock(at)} for words, at in moments if at is not None]:
        lines.append(Line(", ".join(times), icon="clock"))
    if visit.status == Status.CANCELLED and visit.cancellation_reason:
        lines.append(Line(visit.cancellation_reason, icon="ban"))
    if given is not None:
        lines.append(Line(_record_words(given), icon="clipboard-list"))
        if given.recorded_by is not None:
            who = {"name": given.recorded_by.name, "when": reader.moment(given.recorded_at)}
            lines.append(Line(_("Entered by %(name)s, %(when)s") % who, icon="user"))
    return lines


def _record_words(given: Administration) -> str:
    parts = [
        _("lot %(lot)s") % {"lot": given.lot} if given.lot else _("no lot on record"),
        given.operator_name,
        _("checked by %(name)s") % {"name": given.second_checker_name} if given.second_checker_name else "",
    ]
    words = ", ".join(part for part in parts if part)
    return words[:1].upper() + words[1:]
