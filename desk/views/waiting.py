"""The waiting list: wishes to come earlier, slots that came free, offers and their answers."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.forms.waiting import WishForm, offering_of
from desk.pages import StaffRequest, action, form_page, go, page, stay_in
from desk.presenters.listing import page_number, place_in
from desk.presenters.people import name_of
from desk.presenters.waiting import waiting_page, wish_page
from desk.selectors import live_visit_of
from desk.toasts import say
from desk.viewmodels import Line
from desk.views.day.acts import PASSED_ON
from desk.views.visits.showing import reader_of
from scheduling.selectors.waiting import live_wishes, offer_for, offered_for, offers_to_show, wish_for, wish_of_dose
from scheduling.services.visits.wanted import dose_for
from scheduling.services.waiting.backfill import backfills
from scheduling.services.waiting.offers import accept_offer, decline_offer, make_offer, withdraw_offer
from scheduling.services.waiting.wishes import ask_for_earlier, end_wish
from units.errors import ClinicError
from units.http import status_of
from units.policy import Act


def _page_of_it(**_named: UUID) -> str:
    return reverse("desk:waiting")


@page(Act.VIEW_SCHEDULE)
def waiting(request: StaffRequest) -> HttpResponse:
    """What is on offer, what came free and for whom, who waits."""
    return _show(request)


def _show(request: StaffRequest, *, notices: Sequence[Line] = (), status: int = 200) -> HttpResponse:
    actor, unit, at = request.actor, request.unit, request.at
    wishes = live_wishes(actor, unit=unit, at=at)
    shown = waiting_page(
        offers_to_show(actor, unit=unit, at=at),
        backfills(actor, unit=unit, at=at, wishes=wishes),
        wishes,
        reader_of(request),
        number=page_number(request.GET.get("page", "")),
        near=request.GET.get("near", ""),
        notices=notices,
    )
    return render(request, "desk/waiting.html", {"page": shown}, status=status)


def _back(request: StaffRequest, near: UUID | None = None) -> HttpResponse:
    """The list where it was left, with that row in view, or the one that the address names."""
    return go(request, place_in(reverse("desk:waiting"), request.GET, str(near or "")))


def _refused(request: StaffRequest, error: ClinicError) -> HttpResponse:
    """The list as it is now, with the refusal above it."""
    return _show(request, notices=[Line(error.sentence, "stop", "circle-x")], status=status_of(error))


@action(Act.BOOK, page_of_it=_page_of_it)
def offer(request: StaffRequest) -> HttpResponse:
    """The slot is offered to those ticked."""
    try:
        chosen = offering_of(request.POST)
        made = make_offer(request.actor, opening=chosen.opening, dose_ids=chosen.dose_ids, minutes=chosen.minutes)
    except PASSED_ON:
        raise
    except ClinicError as error:
        return _refused(request, error)
    n = len(chosen.dose_ids)
    words = ngettext("Offered to %(n)d patient until %(until)s.", "Offered to %(n)d patients until %(until)s.", n)
    say(request, words % {"n": n, "until": reader_of(request).moment(made.expires_at)})
    return _back(request, made.public_id)


@action(Act.BOOK, page_of_it=_page_of_it)
def accept(request: StaffRequest, offered_id: UUID) -> HttpResponse:
    """The patient said yes: their visit is moved, which can be undone within the unit's seconds."""
    seen = offered_for(request.actor, offered_id)
    stay_in(request, seen.offer.unit)
    try:
        visit = accept_offer(request.actor, offered_id=offered_id)
    except PASSED_ON:
        raise
    except ClinicError as error:
        return _refused(request, error)
    words = _("Accepted: %(name)s now comes %(when)s. The others are told.")
    undo_url = reverse("desk:undo", args=[visit.public_id])
    said = {"name": name_of(visit.patient), "when": reader_of(request).moment(visit.starts_at)}
    say(request, words % said, undo_url=undo_url, seconds=visit.unit.undo_seconds)
    return _back(request, seen.offer.public_id)


@action(Act.BOOK, page_of_it=_page_of_it)
def decline(request: StaffRequest, offered_id: UUID) -> HttpResponse:
    """The patient said no."""
    seen = offered_for(request.actor, offered_id)
    stay_in(request, seen.offer.unit)
    try:
        decline_offer(request.actor, offered_id=offered_id)
    except PASSED_ON:
        raise
    except ClinicError as error:
        return _refused(request, error)
    say(request, _("Declined: %(name)s. The visit stays as it is.") % {"name": name_of(seen.dose.plan.patient)})
    return _back(request, seen.offer.public_id)


@action(Act.BOOK, page_of_it=_page_of_it)
def withdraw(request: StaffRequest, offer_id: UUID) -> HttpResponse:
    """The slot is free again."""
    stay_in(request, offer_for(request.actor, offer_id).unit)
    try:
        withdraw_offer(request.actor, offer_id=offer_id)
    except PASSED_ON:
        raise
    except ClinicError as error:
        return _refused(request, error)
    say(request, _("Withdrawn. Whoever was asked and has not answered is told."))
    return _back(request, offer_id)


@form_page(Act.BOOK)
def earlier_wish(request: StaffRequest, dose_id: UUID) -> HttpResponse:
    """On what terms the patient would come earlier."""
    dose = dose_for(request.actor, dose_id)
    stay_in(request, dose.plan.patient.unit)
    reader = reader_of(request)
    wish = wish_of_dose(request.actor, dose_id)
    known = WishForm.known(wish, reader.unit, dose.latest_on, reader.today)
    form = WishForm(request.POST or None, initial=known)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                asked = ask_for_earlier(request.actor, dose_id=dose_id, terms=form.terms())
            except PASSED_ON:
                raise
            except ClinicError as error:
                form.refuse(error)
                status = status_of(error)
            else:
                say(request, _("On the waiting list: %(name)s.") % {"name": name_of(dose.plan.patient)})
                return _back(request, asked.public_id)
    shown = wish_page(dose, live_visit_of(dose), wish, reader, request.GET)
    return render(request, "desk/courses/course.html", {"page": shown, "form": form}, status=status)


@action(Act.BOOK, page_of_it=_page_of_it)
def end(request: StaffRequest, wish_id: UUID) -> HttpResponse:
    """The patient waits no longer."""
    wish = wish_for(request.actor, wish_id)
    stay_in(request, wish.dose.plan.patient.unit)
    try:
        end_wish(request.actor, wish_id=wish_id)
    except PASSED_ON:
        raise
    except ClinicError as error:
        return _refused(request, error)
    say(request, _("Off the waiting list: %(name)s.") % {"name": name_of(wish.dose.plan.patient)})
    return _back(request)
