"""Two visits change places: choose the other one, see what follows for both, one press."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from desk.pages import StaffRequest, form_page, go, page
from desk.presenters.booking.slots import day_of
from desk.presenters.people import name_of
from desk.presenters.visits.steps import visit_url
from desk.presenters.visits.swapping import swap_choices_page, swap_page, with_new_times
from desk.refusals import refusal_of
from desk.selectors import VisitRead
from desk.toasts import say
from desk.views.day.acts import PASSED_ON
from desk.views.visits.showing import reader_of, visit_here
from scheduling.models import Appointment
from scheduling.selectors.appointments import booked_on
from scheduling.services.visits.swapping import Change, Seen, preview_swap, swap_appointments
from units.errors import ClinicError
from units.http import status_of
from units.policy import Act


@page(Act.BOOK)
def choose(request: StaffRequest, visit_id: UUID) -> HttpResponse:
    """The booked visits of a day, by default the visit's own."""
    read = visit_here(request, visit_id)
    if read.visit.status != Appointment.Status.BOOKED:
        say(request, _("Only a visit that is still to come changes places."), tone="stop")
        return go(request, visit_url(read.visit))
    reader = reader_of(request)
    on = day_of(request.GET.get("on", "")) or reader.unit.local_date(read.visit.starts_at)
    others = booked_on(request.actor, unit=request.unit, on=on).exclude(patient=read.visit.patient)
    shown = swap_choices_page(read.visit, list(others), on, reader)
    return render(request, "desk/visits/swap.html", {"page": shown})


@form_page(Act.BOOK)
def swap(request: StaffRequest, visit_id: UUID, other_id: UUID) -> HttpResponse:
    """What would follow for both, and the swap."""
    read, other = visit_here(request, visit_id), visit_here(request, other_id)
    if request.method != "POST":
        return _show(request, read, other)
    try:
        one, two = swap_appointments(
            request.actor,
            first=Seen(visit_id, _version(request.POST.get("version", ""))),
            second=Seen(other_id, _version(request.POST.get("other_version", ""))),
        )
    except PASSED_ON:
        raise
    except ClinicError as error:
        return _show(request, read, other, refused=error)
    reader = reader_of(request)
    words = _("Swapped: %(one)s now %(when)s, %(two)s now %(then)s. The new times are sent in %(n)d s.")
    if not with_new_times([read.visit, other.visit], [one, two]):
        words = _(
            "Swapped: %(one)s still %(when)s, %(two)s still %(then)s. Both times are the same, so nobody is told."
        )
    words %= {
        "one": name_of(one.visit.patient),
        "when": reader.moment(one.visit.arrives_at),
        "two": name_of(two.visit.patient),
        "then": reader.moment(two.visit.arrives_at),
        "n": one.visit.unit.undo_seconds,
    }
    undo_url = reverse("desk:undo", args=[one.visit.public_id])
    say(request, words, undo_url=undo_url, seconds=one.visit.unit.undo_seconds)
    return go(request, visit_url(one.visit))


def _version(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 9 else None


def _show(
    request: StaffRequest, read: VisitRead, other: VisitRead, *, refused: ClinicError | None = None
) -> HttpResponse:
    """Old and new of both; where they cannot change places, which of them does not fit and why."""
    changes: Sequence[Change] = ()
    visit, with_visit = read.visit, other.visit
    try:
        changes = preview_swap(request.actor, first=Seen(visit.public_id), second=Seen(with_visit.public_id))
    except PASSED_ON:
        raise
    except ClinicError as error:
        refused = refused or error
    context = {
        "page": swap_page(visit, with_visit, changes, reader_of(request)),
        "refusal": refusal_of(refused) if refused else None,
    }
    # Looking is no failure: only what was pressed and refused is answered as one.
    status = status_of(refused) if refused and request.method == "POST" else 200
    return render(request, "desk/visits/swap.html", context, status=status)
