"""One visit on its own page: look, move, cancel, take back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from desk.forms.booking import CancelForm, reason_in, wish_of
from desk.pages import StaffRequest, action, form_page, go, is_for_panel, page
from desk.presenters.booking.slots import Choosing, Told, day_of, slots_panel
from desk.presenters.listing import place_in
from desk.presenters.people import name_of, patient_url
from desk.presenters.visits.records import last_change
from desk.presenters.visits.steps import visit_url
from desk.selectors import VisitRead
from desk.toasts import say
from desk.views.calendar.panels import back_query, back_to_calendar, is_back, refused_move
from desk.views.day.acts import PASSED_ON, page_of_visit, with_version
from desk.views.visits.showing import dose_read, reader_of, show_visit, visit_here, what_else_moves
from patients.services import record_access
from reminders.people import people_of
from scheduling import services
from scheduling.errors import NotInThatState, StalePage
from scheduling.models import Appointment
from scheduling.selectors.appointments import open_proposal_of
from scheduling.selectors.errands import errand_of_visit
from scheduling.selectors.slots import Proposals, find_slots, find_slots_without_plan
from units.errors import ClinicError
from units.http import status_of
from units.policy import Act


@page(Act.VIEW_SCHEDULE)
def visit(request: StaffRequest, visit_id: UUID) -> HttpResponse:
    """Everything about one visit."""
    read = visit_here(request, visit_id)
    record_access(request.actor, patient=read.visit.patient, page="visit")
    return show_visit(request, read)


@form_page(Act.BOOK)
def move(request: StaffRequest, visit_id: UUID) -> HttpResponse:
    """Another time for the visit: the same slots, one click each; an update goes to whoever had the invite."""
    read = visit_here(request, visit_id)
    if request.method != "POST":
        return _move_panel(request, read)
    try:
        wish = wish_of(request.POST)
        proposal = open_proposal_of(request.actor, read.visit)
        moved = services.move_appointment(
            request.actor,
            appointment_id=visit_id,
            wanted=wish.wanted,
            version=wish.version,
            reason=proposal.cause if proposal and not wish.reason else "",
            override_reason=wish.reason,
        )
    except PASSED_ON:
        raise
    except ClinicError as error:
        if is_back(request.POST):
            return refused_move(request, visit_id, error)
        return _move_panel(request, visit_here(request, visit_id), refused=error)
    reader = reader_of(request)
    words = _("Moved: %(name)s, now %(when)s. The new time is sent in %(n)d s.")
    if is_back(request.POST):  # which shows procedures, not arrivals
        words = _("Moved: %(name)s, now to arrive %(when)s. The new time is sent in %(n)d s.")
    if (moved.starts_at, moved.ends_at) == (read.visit.starts_at, read.visit.ends_at):
        words = _("Moved: %(name)s, still %(when)s. The time is the same, so nobody is told.")
    words %= {
        "name": name_of(moved.patient),
        "when": reader.moment(moved.starts_at),
        "n": moved.unit.undo_seconds,
    }
    _say_with_undo(request, moved, words + what_else_moves(request, moved))
    return back_to_calendar(request, moved) if is_back(request.POST) else go(request, visit_url(moved))


@form_page(Act.BOOK)
def cancel(request: StaffRequest, visit_id: UUID) -> HttpResponse:
    """Who asked and why; what follows is said before the button."""
    read = visit_here(request, visit_id)
    if request.method != "POST":
        if read.visit.status != Appointment.Status.BOOKED:
            return go(request, visit_url(read.visit))
        form = CancelForm(initial={"version": read.visit.version})
        return show_visit(request, read, cancel_form=form)
    form = CancelForm(request.POST)
    if not form.is_valid():
        return show_visit(request, read, cancel_form=form, status=422)
    try:
        cancelled = services.cancel_appointment(
            request.actor,
            appointment_id=visit_id,
            cancelled_by=form.cleaned_data["asked_by"],
            reason=form.cleaned_data["reason"],
            version=form.cleaned_data["version"],
        )
    except PASSED_ON:
        raise
    except ClinicError as error:
        return _not_cancelled(request, visit_id, form, error)
    words = _("Cancelled: %(name)s, %(when)s. The cancellation is sent in %(n)d s.") % {
        "name": name_of(cancelled.patient),
        "when": reader_of(request).moment(cancelled.starts_at),
        "n": cancelled.unit.undo_seconds,
    }
    _say_with_undo(request, cancelled, words)
    return go(request, visit_url(cancelled))


@action(Act.BOOK, page_of_it=page_of_visit)
def undo(request: StaffRequest, visit_id: UUID) -> HttpResponse:
    """The last booking, move or cancellation is taken back before anybody was told."""
    try:
        undone = services.undo_change(request.actor, appointment_id=visit_id)
    except PASSED_ON:
        raise
    except ClinicError as error:
        say(request, error.sentence, tone="stop")
        return go(request, page_of_visit(visit_id))
    say(request, _("Taken back: %(name)s. Nothing was sent.") % {"name": name_of(undone.patient)})
    if is_back(request.GET):
        return back_to_calendar(request, undone)
    if undone.status != Appointment.Status.ENTERED_IN_ERROR:
        return go(request, visit_url(undone))
    if undone.dose is None:
        return go(request, patient_url(undone.patient))
    return go(request, place_in(reverse("desk:doses"), request.GET, str(undone.dose.public_id)))


def _say_with_undo(request: StaffRequest, changed: Appointment, words: str) -> None:
    undo_url = reverse("desk:undo", args=[changed.public_id]) + back_query(request)
    say(request, words, undo_url=undo_url, seconds=changed.unit.undo_seconds)


def _move_panel(request: StaffRequest, read: VisitRead, *, refused: ClinicError | None = None) -> HttpResponse:
    """The slots beside the visit, or the visit alone where it can be moved no more."""
    booked = read.visit
    status = status_of(refused) if refused else 200
    if booked.status != Appointment.Status.BOOKED or (booked.dose is None and booked.visit_kind is None):
        cause = refused or NotInThatState(_("This visit cannot be moved any more."))
        return _nothing_to_move(request, read, cause)
    looked_from = day_of(request.GET.get("from", ""))
    found = _slots_for(request, booked, looked_from)
    proposals = _elsewhere(found, booked)
    url = reverse("desk:move", args=[booked.public_id])
    proposal = open_proposal_of(request.actor, booked)
    choosing = Choosing(
        key=str(booked.public_id),
        choose_url=url,
        choose_label=_("Move here"),
        title=_("Another time for %(what)s") % {"what": booked.purpose.lower()},
        look_from_url=url,
        close_url=visit_url(booked),
        fields=(("version", str(booked.version)),),
        because=proposal.cause if proposal else "",
    )
    reader = reader_of(request)
    if isinstance(refused, StalePage):
        refused = StalePage(f"{refused.sentence} {last_change(read.events, reader)}")
    told = Told(people_of(booked.patient), reader.unit.undo_seconds)
    panel = slots_panel(proposals, choosing, reader, told, refused=refused, reason=reason_in(request.POST))
    if is_for_panel(request):
        return render(
            request, "desk/booking/_slots_panel_answer.html", {"panel": panel, "on_record": True}, status=status
        )
    return show_visit(request, read, slots=panel, status=status)


def _slots_for(request: StaffRequest, booked: Appointment, looked_from: date | None) -> Proposals:
    """Slots for what the visit is for; its own place does not stand in its way."""
    if booked.dose is not None:
        dose = dose_read(request, booked.dose.public_id)
        return find_slots(request.actor, dose=dose, at=request.at, not_before_on=looked_from)
    return find_slots_without_plan(
        request.actor,
        errand=errand_of_visit(request.actor, booked),
        at=request.at,
        not_before_on=looked_from,
        moving_id=booked.pk,
    )


def _elsewhere(proposals: Proposals, booked: Appointment) -> Proposals:
    """The proposals but for the visit's own slot, where it stands already."""
    taken = {row.resource_id for row in booked.allocations.all()}
    others = tuple(
        one
        for one in proposals.found.proposals
        if one.slot.arrive_at != booked.starts_at or not {one.slot.room_id, one.slot.operator_id} <= taken
    )
    total = proposals.found.total - (len(proposals.found.proposals) - len(others))
    return replace(proposals, found=replace(proposals.found, proposals=others, total=max(total, len(others))))


def _nothing_to_move(request: StaffRequest, read: VisitRead, cause: ClinicError) -> HttpResponse:
    say(request, cause.sentence, tone="stop")
    return go(request, visit_url(read.visit))


def _not_cancelled(request: StaffRequest, visit_id: UUID, form: CancelForm, error: ClinicError) -> HttpResponse:
    """The refusal beside what was typed; the form carries the visit's version of now, to be sent again knowingly."""
    fresh = visit_here(request, visit_id)
    form.data = with_version(form.data, fresh.visit.version)
    if fresh.visit.status != Appointment.Status.BOOKED:
        say(request, error.sentence, tone="stop")
        return go(request, visit_url(fresh.visit))
    form.add_error(None, error.sentence)
    if isinstance(error, StalePage):
        form.add_error(None, last_change(fresh.events, reader_of(request)))
    return show_visit(request, fresh, cancel_form=form, status=status_of(error))
