"""A day that was worked on paper, entered on one page: each visit is saved, or refused, by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.forms.courses import LONGEST_REASON
from desk.forms.paper_day import DoseRow, Outcome, PlainRow, outcomes_of
from desk.pages import StaffRequest, form_page, uuid_or_none
from desk.presenters.day.paper import Entered, paper_day_page
from desk.presenters.people import name_of
from desk.selectors import checkers_in
from desk.toasts import say
from desk.viewmodels import Line
from desk.views.day.acts import PASSED_ON
from desk.views.visits.showing import reader_of
from doseplans.models import Administration
from scheduling.models import Appointment
from scheduling.selectors.paper_day import paper_day
from scheduling.services import record_noshow
from scheduling.services.day.paper import (
    discharge_from_paper,
    finish_from_paper,
    record_from_paper,
    record_not_given_from_paper,
)
from units.actors import Actor
from units.errors import ClinicError
from units.http import status_of
from units.policy import Act

Row = DoseRow | PlainRow


@form_page(Act.RECORD_ADMINISTRATION)
def enter(request: StaffRequest, on: date) -> HttpResponse:
    """The day with a row a visit. Its own button saves one row, the page's all that were filled in."""
    if on > reader_of(request).today:
        return _show(request, on, (), Entered())
    visits = [one.visit for one in paper_day(request.actor, unit=request.unit, on=on)]
    rows = _Rows(request, checkers_in(request.unit), is_today=on == reader_of(request).today)
    if request.method != "POST":
        return _show(request, on, rows, Entered())
    key = uuid_or_none(request.POST.get("save", ""))
    sent = {visit.public_id: rows.sent(visit) for visit in visits}
    work = _Saving(request.actor, request.POST.get("reason", "").strip()[:LONGEST_REASON])
    for visit in visits:
        row = sent[visit.public_id]
        if visit.public_id == key or (key is None and row is not None and row.is_touched):
            work.save(visit, row)
    entered = Entered(
        forms=work.refused,
        typed={
            seen: row.typed()
            for seen, row in sent.items()
            if row is not None and row.is_touched and seen not in work.done
        },
        notices=work.notices,
        reason=work.reason,
        is_reason_missing=work.is_reason_missing,
    )
    if work.saved:
        n = len(work.saved)
        words = ngettext("Saved: %(name)s.", "%(n)d visits are saved.", n)
        say(request, words % {"n": n, "name": work.saved[0]})
    if request.htmx and key is not None:
        return _show(request, on, rows, entered, key=key, status=work.status)
    if not work.notices and not entered.typed:
        if not work.saved:
            say(request, _("Nothing was filled in, so nothing was saved."), tone="plain")
        return HttpResponseRedirect(reverse("desk:paper_day", args=[on]))
    return _show(request, on, rows, entered, status=work.status)


def _show(
    request: StaffRequest,
    on: date,
    rows: _Rows | tuple[()],
    entered: Entered,
    *,
    key: UUID | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page as the day stands now, or one row of it; a row that was refused keeps what was typed."""
    visits = paper_day(request.actor, unit=request.unit, on=on) if isinstance(rows, _Rows) else ()
    forms: dict[UUID, Any] = {}
    for visit in (one.visit for one in visits):
        refused = entered.forms.get(visit.public_id)
        if not isinstance(rows, _Rows) or not outcomes_of(visit):
            continue
        if refused is not None:
            refused.carry(visit.version)
        forms[visit.public_id] = refused or rows.fresh(visit, entered.typed.get(visit.public_id, {}))
    page = paper_day_page(visits, on, reader_of(request), entered, forms)
    if key is None:
        return render(request, "desk/day/paper_day.html", {"page": page}, status=status)
    row = next((row for row in page.rows if row.key == str(key)), None)
    return render(request, "desk/day/_paper_row_answer.html", {"page": page, "row": row}, status=status)


@dataclass(frozen=True)
class _Rows:
    """Makes the rows' forms."""

    request: StaffRequest
    checkers: Sequence[str]
    is_today: bool

    def fresh(self, visit: Appointment, typed: dict[str, Any]) -> Row:
        """As nobody has sent it yet, with what was typed meanwhile."""
        return self._row(visit, None, typed)

    def sent(self, visit: Appointment) -> Row | None:
        """As it was sent; None where nothing is to be written down, or the page did not show it."""
        if not outcomes_of(visit) or f"{visit.public_id}-outcome" not in self.request.POST:
            return None
        return self._row(visit, self.request.POST, {})

    def _row(self, visit: Appointment, posted: Any, typed: dict[str, Any]) -> Row:
        unit = self.request.unit
        is_given_now = visit.dose is not None and visit.status != Appointment.Status.FULFILLED
        kind: Any = DoseRow if is_given_now else PlainRow
        return kind(
            visit,
            posted,
            unit=unit,
            checkers=self.checkers,
            is_today=self.is_today,
            prefix=str(visit.public_id),
            initial={**kind.initial_of(visit, unit), **typed},
        )


@dataclass
class _Saving:
    """Rows saved one after the other, and what came of each."""

    actor: Actor
    reason: str
    saved: list[str] = field(default_factory=list)
    done: set[UUID] = field(default_factory=set)
    refused: dict[UUID, Row] = field(default_factory=dict)
    notices: dict[UUID, list[Line]] = field(default_factory=dict)
    is_reason_missing: bool = False
    status: int = 200

    def save(self, visit: Appointment, row: Row | None) -> None:
        """The visit is on record as the row says, or the row says why not. No refusal touches another row."""
        key = visit.public_id
        if row is None:
            self._notice(key, Line(_("This was on record already: nothing was saved twice."), "plain", "info"))
            return
        is_valid = row.is_valid()
        if not self.reason and row.outcome != Outcome.HOME:
            is_valid, self.is_reason_missing = False, True
            row.add_error(None, _("Write at the top of the page why the day is entered later."))
        if not is_valid:
            self._refuse(key, row, 422)
            return
        try:
            said = self._record(visit, row)
        except PASSED_ON:
            raise
        except ClinicError as error:
            row.refuse(error)
            self._refuse(key, row, status_of(error))
            return
        self.saved.append(name_of(visit.patient))
        self.done.add(key)
        if said:
            self._notice(key, Line(said, "warn", "calendar-x"))

    def _refuse(self, key: UUID, row: Row, status: int) -> None:
        self.refused[key] = row
        self.status = status
        self._notice(key, Line(_("Not saved. What you wrote is still here."), "stop", "circle-x"))

    def _notice(self, key: UUID, line: Line) -> None:
        self.notices.setdefault(key, []).append(line)

    def _record(self, visit: Appointment, row: Row) -> str:
        """The one use case that the row asks for; what must be said about it besides."""
        actor, data = self.actor, row.cleaned_data
        seen: dict[str, Any] = {"appointment_id": visit.public_id, "version": data["version"]}
        match row.outcome:
            case Outcome.NOSHOW:
                record_noshow(actor, reason=self.reason, **seen)
            case Outcome.HOME:
                discharge_from_paper(actor, discharged_at=row.moment("discharged_at"), **seen)
            case Outcome.DONE:
                finish_from_paper(actor, times=row.times(), done_at=row.moment("given_at"), reason=self.reason, **seen)
            case Outcome.NOT_GIVEN:
                record_not_given_from_paper(
                    actor, reason=data["why"], note=data["note"], arrived_at=row.moment("arrived_at"), **seen
                )
            case _ if isinstance(row, DoseRow) and visit.dose is not None:
                changed = record_from_paper(
                    actor,
                    dose_id=visit.dose.public_id,
                    record=row.record(source=Administration.Source.PAPER.value, note=self.reason),
                    times=row.times(),
                    version=data["version"],
                )
                if changed.proposals:
                    return _("A booked visit no longer fits its window: it is on the worklist.")
        return ""
