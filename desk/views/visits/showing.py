"""A visit shown: in the panel beside its day's board, or on its own page. Asked by every view about visits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import ngettext

from desk.forms.booking import AnswerForm, CancelForm
from desk.forms.day import GivenForm, Prefill
from desk.forms.messages import AgainForm
from desk.pages import StaffRequest, is_for_panel, stay_in
from desk.presenters.courses.doses import follows_of
from desk.presenters.day.board import today_page
from desk.presenters.notes import notes_box
from desk.presenters.reader import Reader
from desk.presenters.visits.page import visit_page
from desk.presenters.visits.steps import may_record_given, visit_panel, visit_url
from desk.selectors import VisitRead, checkers_in, visit_read
from desk.toasts import say
from desk.viewmodels import Line, SlotsPanel, VisitPanel
from desk.viewmodels.doses import Follows
from desk.viewmodels.handover import NotesBox
from desk.viewmodels.messages import AgainPanel
from doseplans.models import Dose
from patients.models import Flag
from reminders.people import people_of
from reminders.selectors import messages_of_appointment
from scheduling.models import Appointment
from scheduling.selectors.appointments import open_proposal_of, proposals_beside
from scheduling.selectors.day_board import day_board
from scheduling.selectors.notes import notes_of_visit
from scheduling.services.courses.previews import What, preview
from scheduling.services.visits.wanted import dose_for


def reader_of(request: StaffRequest) -> Reader:
    """For whom the page is drawn."""
    return Reader(request.actor, request.unit, request.at)


def visit_here(request: StaffRequest, visit_id: UUID) -> VisitRead:
    """The visit with what its pages show. Raises NotFound outside the actor's units, InOtherUnit outside this one."""
    read = visit_read(request.actor, visit_id, at=request.at)
    stay_in(request, read.visit.unit)
    return read


def dose_read(request: StaffRequest, dose_id: UUID) -> Dose:
    """The dose with what the panel shows of its patient.

    Raises: NotFound outside the actor's units, InOtherUnit outside this one.
    """
    dose = dose_for(request.actor, dose_id)
    stay_in(request, dose.plan.patient.unit)
    prefetch_related_objects([dose.plan.patient], Prefetch("flags", queryset=Flag.objects.order_by("kind", "pk")))
    return dose


def follows_for(request: StaffRequest, dose: Dose, what: str, on: date | None) -> Follows | None:
    """What would follow for the plan; None until a day has been chosen. `dose` comes from `dose_for`."""
    if on is None:
        return None
    return follows_of(preview(request.actor, dose=dose, what=what, on=on, at=request.at), reader_of(request))


def _follows_given(request: StaffRequest, visit: Appointment, form: GivenForm | None) -> Follows | None:
    """What would follow from giving the dose, beside the form that records it."""
    if form is None or visit.dose is None:
        return None
    dose = dose_for(request.actor, visit.dose.public_id)
    return follows_for(request, dose, What.GIVEN, visit.unit.local_date(visit.starts_at))


def given_form(
    read: VisitRead, reader: Reader, posted: Mapping[str, Any] | None = None, *, back: str = "day"
) -> GivenForm | None:
    """The form that records the dose, prefilled, while that is the visit's next step for this actor.

    What was posted is always taken into a form, so that nothing typed is lost.
    """
    visit = read.visit
    if visit.dose is None or (posted is None and not may_record_given(visit, reader)):
        return None
    prefill = Prefill.of(visit, visit.dose.plan.protocol, reader, checkers_in(visit.unit))
    return GivenForm(prefill, posted, back=back)


def show_day(
    request: StaffRequest, on: date, context: Mapping[str, Any] | None = None, *, selected: str = "", status: int = 200
) -> HttpResponse:
    """The board of a day, with what is open beside it."""
    board = day_board(request.actor, unit=request.unit, on=on, at=request.at)
    page = today_page(board, reader_of(request), selected=selected)
    return render(request, "desk/day/board.html", {"page": page, **(context or {})}, status=status)


def show_panel(
    request: StaffRequest,
    read: VisitRead,
    *,
    notices: Sequence[Line] = (),
    form: GivenForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The visit's panel, alone for htmx, else beside its day's board."""
    reader = reader_of(request)
    on = reader.unit.local_date(read.visit.starts_at)
    close_url = reverse("desk:day", args=[on])
    panel = visit_panel(
        read.visit,
        reader,
        events=read.events,
        given=read.given,
        close_url=close_url,
        notices=notices,
        readiness=read.readiness,
        reason=request.POST.get("reason", ""),
        notes=_notes(request, read.visit, back="day"),
    )
    recording = form or given_form(read, reader)
    follows = _follows_given(request, read.visit, recording)
    context = {"panel": panel, "given_form": recording, "follows": follows}
    if is_for_panel(request):
        return render(request, "desk/visits/_visit_panel_answer.html", context, status=status)
    return show_day(request, on, context, selected=panel.key, status=status)


def what_else_moves(request: StaffRequest, visit: Appointment) -> str:
    """Which other visits of the course no longer fit, after the words that say what was done with this one."""
    found = proposals_beside(request.actor, visit)
    if not found:
        return ""
    names = ", ".join(str(one.appointment.dose) for one in found)
    words = ngettext(
        "%(names)s no longer fits its window: it is on the worklist.",
        "%(names)s no longer fit their windows: they are on the worklist.",
        len(found),
    )
    return " " + words % {"names": names}


def show_visit(
    request: StaffRequest,
    read: VisitRead,
    *,
    notices: Sequence[Line] = (),
    form: GivenForm | None = None,
    slots: SlotsPanel | None = None,
    cancel_form: CancelForm | None = None,
    answer_form: AnswerForm | None = None,
    again: tuple[AgainPanel, AgainForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The visit's own page with at most one thing open beside it; notices stand with its steps, else in toasts."""
    reader, visit = reader_of(request), read.visit
    steps = (
        _steps(read, reader, notices, reason=request.POST.get("reason", ""))
        if not any((slots, cancel_form, answer_form, again))
        else None
    )
    for line in () if steps else notices:
        say(request, line.text, tone="stop")
    page = visit_page(
        visit,
        reader,
        flags=list(visit.patient.flags.all()),
        messages=messages_of_appointment(request.actor, visit.public_id),
        events=read.events,
        people=people_of(visit.patient),
        notes=_notes(request, visit, back="visit"),
        steps=steps,
        readiness=read.readiness,
        proposal=open_proposal_of(request.actor, visit),
    )
    recording = (form or given_form(read, reader, back="visit")) if steps else None
    context = {
        "page": page,
        "panel": slots,
        "cancel_form": cancel_form,
        "answer_form": answer_form,
        "again": again[0] if again else None,
        "again_form": again[1] if again else None,
        "close_url": visit_url(visit),
        "given_form": recording,
        "follows": _follows_given(request, visit, recording),
    }
    if is_for_panel(request) and cancel_form is not None:
        return render(request, "desk/visits/_cancel_panel.html", context, status=status)
    if is_for_panel(request) and answer_form is not None:
        return render(request, "desk/visits/_answer_panel.html", context, status=status)
    if is_for_panel(request) and again is not None:
        return render(request, "desk/visits/_again_panel.html", context, status=status)
    return render(request, "desk/visits/page.html", context, status=status)


def _notes(request: StaffRequest, visit: Appointment, *, back: str) -> NotesBox:
    """The notes of the visit, and those pinned to its patient."""
    url = reverse("desk:visit_notes", args=[visit.public_id])
    notes = notes_of_visit(request.actor, visit)
    return notes_box(notes, reader_of(request), url=url, back=back)


def _steps(read: VisitRead, reader: Reader, notices: Sequence[Line], *, reason: str) -> VisitPanel | None:
    """The steps of the visit's day, on that day and afterwards; None before, and for a visit taken back."""
    visit = read.visit
    is_off = visit.status in {Appointment.Status.CANCELLED, Appointment.Status.ENTERED_IN_ERROR}
    if is_off or reader.unit.local_date(visit.starts_at) > reader.today:
        return None
    return visit_panel(
        visit,
        reader,
        events=read.events,
        given=read.given,
        close_url="",
        back="visit",
        notices=notices,
        readiness=read.readiness,
        reason=reason,
    )
