"""Consents, checks, authorisations and medicines as rows; the year of dates of a plan to begin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from desk.looks import Badge, badge_for
from desk.presenters.reader import Reader
from desk.viewmodels import Action, Line
from desk.viewmodels.courses import ComingDose, DatesView
from desk.viewmodels.papers import PaperRow
from doseplans.calculus import explain
from doseplans.models import Protocol
from doseplans.selectors import year_of
from patients.models import AntithromboticUse, Authorisation, Check, Consent, Patient


def _act(url: str, act: str, row: int, label: str, about: str) -> Action:
    return Action(label, url, "post", fields=(("act", act), ("row", str(row))), about=about)


def _url(name: str, patient: Patient) -> str:
    return reverse(f"desk:{name}", args=[patient.public_id])


def consent_rows(consents: Iterable[Consent], reader: Reader, *, may: bool) -> list[PaperRow]:
    """The latest first; one that stands can be withdrawn."""
    rows = []
    for consent in consents:
        detail = _("given %(day)s") % {"day": reader.day(consent.given_on)}
        badge = badge_for("valid")
        if consent.withdrawn_on is not None:
            badge = badge_for("expired", _("Withdrawn %(day)s") % {"day": reader.day(consent.withdrawn_on)})
        elif consent.expires_on is not None:
            detail += _(", to %(day)s") % {"day": reader.day(consent.expires_on)}
            badge = badge_for("expired") if consent.expires_on < reader.today else badge
        title = _("%(kind)s consent") % {"kind": consent.get_kind_display()}
        url = _url("consents", consent.patient)
        acts = [_act(url, "withdraw", consent.pk, _("Withdrawn today"), title)]
        rows.append(PaperRow(title, detail, badge, acts if may and consent.withdrawn_on is None else []))
    return rows


def check_rows(checks: Iterable[Check], reader: Reader, *, may: bool) -> list[PaperRow]:
    """The latest first; a wrong one is struck out with a reason, and stays."""
    rows = []
    for check in checks:
        parts = [reader.day(check.done_on), check.result, check.recorded_by_name]
        badge = badge_for("valid", _("In order")) if check.is_acceptable else badge_for("attention", _("Not in order"))
        if check.is_entered_in_error:
            badge = badge_for("entered-in-error")
        title = str(check.get_kind_display())
        strike = _act(_url("checks", check.patient), "strike", check.pk, _("Entered in error"), title)
        rows.append(
            PaperRow(
                title,
                ", ".join(part for part in parts if part),
                badge,
                strike=strike if may and not check.is_entered_in_error else None,
            )
        )
    return rows


def authorisation_rows(rows: Iterable[Authorisation], patient: Patient, reader: Reader, *, may: bool) -> list[PaperRow]:
    """The one that lasts longest first."""
    return [
        PaperRow(
            str(row.get_funding_source_display()),
            authorisation_words(row, reader),
            authorisation_badge(row, reader),
            [Action(_("Change"), f"{_url('authorisations', patient)}?row={row.pk}", about=str(row))] if may else [],
        )
        for row in rows
    ]


def authorisation_words(row: Authorisation, reader: Reader) -> str:
    """From when to when, for how much, and the note."""
    parts = [
        _("requested %(day)s") % {"day": reader.day(row.requested_on)} if row.requested_on else "",
        _("approved %(day)s") % {"day": reader.day(row.approved_on)} if row.approved_on else "",
        _("from %(day)s") % {"day": reader.day(row.valid_from)} if row.valid_from else "",
        _("to %(day)s") % {"day": reader.day(row.valid_to)} if row.valid_to else "",
        _("%(n)d doses") % {"n": row.doses_approved} if row.doses_approved else "",
        _("%(n)d units") % {"n": row.units_approved} if row.units_approved else "",
        row.note,
    ]
    return ", ".join(part for part in parts if part)


def authorisation_badge(row: Authorisation, reader: Reader) -> Badge:
    """Out of date, fine, or to be looked at."""
    if row.valid_to is not None and row.valid_to < reader.today:
        return badge_for("expired")
    is_fine = row.status in {Authorisation.Status.APPROVED, Authorisation.Status.NOT_REQUIRED}
    return badge_for("valid" if is_fine else "attention", str(row.get_status_display()))


def medicine_rows(uses: Iterable[AntithromboticUse], reader: Reader, *, may: bool) -> list[PaperRow]:
    """What is taken now first; a pause is agreed for the next visit only."""
    rows = []
    for use in uses:
        parts = [
            _("since %(day)s") % {"day": reader.day(use.since)} if use.since else "",
            _("pause agreed %(day)s") % {"day": reader.day(use.hold_agreed_on)} if use.hold_agreed_on else "",
        ]
        url = _url("medicines", use.patient)
        badge = badge_for("active", _("Taken"))
        acts = [
            _act(url, "agree", use.pk, _("Pause agreed today"), use.medicine),
            _act(url, "stop", use.pk, _("Stopped today"), use.medicine),
        ]
        if use.stopped_on is not None:
            badge = badge_for("ended", _("Stopped %(day)s") % {"day": reader.day(use.stopped_on)})
        detail = ", ".join(part for part in parts if part)
        rows.append(PaperRow(use.medicine, detail, badge, acts if may and use.stopped_on is None else []))
    return rows


def year_view(protocol: Protocol, starts_on: date, reader: Reader) -> DatesView:
    """A year of the protocol, given on time from that day."""
    doses = [
        ComingDose(
            label=dose.name,
            target_on=date.fromordinal(dose.target),
            earliest_on=date.fromordinal(dose.earliest),
            latest_on=date.fromordinal(dose.latest),
            why=explain(dose),
        )
        for dose in year_of(protocol, starts_on=starts_on)
    ]
    return DatesView(_("A year of it, given on time from %(day)s") % {"day": reader.day(starts_on)}, doses)


def effects_of_start(protocol: Protocol | None, missing: Sequence[str] = ()) -> list[Line]:
    """What a start does, what the protocol asks for before a dose can be booked, and what of it is missing still."""
    if protocol is None:
        return [Line(_("Nothing is saved yet: the year of dates is shown first."), icon="calendar-days")]
    asked = [
        _("genetic test report") if protocol.needs_genetic_test else "",
        _("prescriber") if protocol.needs_prescriber else "",
        _("date of the next review") if protocol.needs_review else "",
        _("pregnancy discussion") if protocol.needs_pregnancy_discussion else "",
    ]
    lines = [Line(_("The first doses stand among the doses to book."), icon="calendar-plus")]
    if names := ", ".join(name for name in asked if name):
        lines.append(Line(_("Booking needs: %(names)s.") % {"names": names}, icon="clipboard-list"))
    return [*lines, *(Line(_("Stops booking: %(what)s.") % {"what": what}, "warn", "ban") for what in missing)]
