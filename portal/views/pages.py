"""The page behind a personal link. Opening it changes nothing, so that whatever scans a mail may follow its links."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.forms import LONGEST_NOTE, AnswerForm, BirthdayForm
from portal.presenters import buttons_for, has_become, offer_card, over_words, place_of, visit_card
from portal.reading import languages, remember_reading
from portal.selectors import is_to_be_rung, own_offers, own_visit, own_visits
from portal.services.answers import answer_offer as say_to_offer
from portal.services.answers import answer_visit, ask_to_be_rung, need_no_call
from portal.services.gate import Gate, try_birthday
from portal.session import forget, remember
from portal.views.own import READING, OwnRequest, by_link, gone, page_url
from reminders.people import PATIENT
from reminders.services.feeds import address_of_feed, make_feed, own_feed
from reminders.services.files import file_of
from scheduling.errors import NotInThatState, StalePage
from scheduling.selectors.waiting import offered_for
from units.errors import ClinicError, NotFound
from units.sign_in import client_address

POST = frozenset({"POST"})


@by_link(methods=READING | POST, is_gated=False)
def page(request: OwnRequest, token: str) -> HttpResponse:
    """The visits, for somebody who has shown the birthday; the gate for everybody else."""
    if request.method == "POST" and not request.is_open:
        return _try(request, token)
    if request.method == "POST":
        return HttpResponseRedirect(page_url(token, request.POST), status=303)
    return _show(request, token) if request.is_open else _gate(request, token, BirthdayForm(initial=_kept(request)))


def _kept(request: OwnRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "") for name in ("answer", "visit", "s")}


def _gate(request: OwnRequest, token: str, form: BirthdayForm, *, wrong: str = "", status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "wrong": wrong,
        "token": token,
        "reading": request.reading,
        "languages": languages(),
        "is_carer": request.link.recipient != PATIENT,
    }
    return render(request, "portal/gate.html", context, status=status)


def _try(request: OwnRequest, token: str) -> HttpResponse:
    form = BirthdayForm(request.POST)
    if not form.is_valid():
        wrong = _("Write a date of birth, such as 31 3 1980.")
        return _gate(request, token, form, wrong=wrong, status=422)
    born_on = form.cleaned_data["born_on"]
    match try_birthday(request.link, born_on, address=client_address(request), at=request.at):
        case Gate.OPEN:
            response: HttpResponse = HttpResponseRedirect(page_url(token, form.cleaned_data), status=303)
            remember(response, request.link)
            return response
        case Gate.ENDED:
            return gone(request)
        case Gate.LOCKED:
            wrong = _("There were too many tries. Please wait 15 minutes, or ring the number in your letter or e-mail.")
            return _gate(request, token, form, wrong=wrong, status=429)
    wrong = _("That is not the date of birth that we have. Please try again, or ring us.")
    return _gate(request, token, form, wrong=wrong, status=422)


def _show(request: OwnRequest, token: str, *, notice: str = "", status: int = 200) -> HttpResponse:
    """The visit that was asked for, else the link's, in full; the others as a list; offers and the calendar."""
    asked = request.POST or request.GET
    link, language = request.link, request.reading.language
    visits = own_visits(request.own, also=link.appointment_id, at=request.at)
    cards = {
        str(visit.public_id): visit_card(visit, link=link, token=token, language=language, at=request.at)
        for visit in visits
    }
    chosen = next((visit for visit in visits if str(visit.public_id) == asked.get("visit")), None)
    visit = chosen or next(visit for visit in visits if visit.pk == link.appointment_id)
    card = cards[str(visit.public_id)]
    is_rung = is_to_be_rung(request.own, link=link)
    wanted = asked.get("answer", "") if status == 200 else ""
    feed = own_feed(request.own, recipient=link.recipient)
    buttons = buttons_for(visit, link=link, asked=wanted, is_rung=is_rung)
    offers = own_offers(request.own, at=request.at)
    # Said beside the visit that it became; another visit may be the one shown.
    taken = next((offered for offered, _is_open in offers if has_become(offered, visit)), None)
    context: dict[str, Any] = {
        "card": card,
        "taken": over_words(taken) if taken else "",
        "buttons": buttons,
        "asked": next((button.label for button in buttons if button.is_asked), ""),
        "is_rung": is_rung,
        "notice": notice or _news(request, card.sequence),
        "place": place_of(visit.unit, language),
        "others": [other for key, other in cards.items() if key != card.public_id and other.is_coming],
        "offers": [
            offer_card(offered, is_open=is_open, token=token, language=language)
            for offered, is_open in offers
            if offered is not taken
        ],
        "about": link.patient.given_name if link.recipient != PATIENT else "",
        "feed_url": address_of_feed(feed) if feed else "",
        "longest_note": LONGEST_NOTE,
        "token": token,
        "reading": request.reading,
        "languages": languages(),
    }
    return render(request, "portal/page.html", context, status=status)


def _news(request: OwnRequest, sequence: int) -> str:
    """Said to somebody who comes from a message about an earlier time of the visit."""
    told = request.GET.get("s", "")
    if told.isdecimal() and len(told) < 9 and int(told) < sequence and not request.GET.get("visit"):
        return _("This appointment has changed since that message was sent. This is how it stands now.")
    return ""


@by_link(methods=POST)
def answer(request: OwnRequest, token: str) -> HttpResponse:
    """One of the answers is on record, or the page says why not and how things stand now."""
    form = AnswerForm(request.POST)
    if not form.is_valid():
        long = "note" in form.errors and len(form.errors) == 1
        words = _("Please keep it to %(most)d characters.") % {"most": LONGEST_NOTE} if long else _not_sent()
        return _show(request, token, notice=words, status=422)
    said = form.cleaned_data
    try:
        if said["answer"] == "ring":
            ask_to_be_rung(request.own, link=request.link, visit_id=said["visit"], at=request.at, note=said["note"])
        elif said["answer"] == "no_call":
            need_no_call(request.own, link=request.link, at=request.at)
        else:
            answer_visit(
                request.own,
                link=request.link,
                visit_id=said["visit"],
                status=said["answer"],
                sequence=said["sequence"],
                note=said["note"],
            )
    except StalePage:
        words = _("The time of this appointment has just changed. Please look at the new time, and answer again.")
        return _show(request, token, notice=words, status=409)
    except NotInThatState:
        return _show(request, token, notice=_("This appointment needs no answer any more."), status=409)
    except NotFound:
        return _show(request, token, notice=_not_sent(), status=404)
    except ClinicError:
        return _show(request, token, notice=_not_sent(), status=422)
    return HttpResponseRedirect(page_url(token, {"visit": said["visit"]}), status=303)


def _not_sent() -> str:
    return _("Your answer was not sent. Please try again, or ring us.")


@by_link(methods=POST)
def answer_offer(request: OwnRequest, token: str, offered_id: UUID) -> HttpResponse:
    """The earlier time is theirs, or somebody else's: then the page says so kindly."""
    try:
        taken = say_to_offer(request.own, offered_id=offered_id, is_wanted=request.POST.get("choice") == "accept")
    except NotFound:
        return _show(request, token, notice=_not_sent(), status=404)
    except ClinicError:
        # Whatever stands against it, to the patient it comes to one: they have answered already, or it is gone.
        words = over_words(offered_for(request.own, offered_id))
        return _show(request, token, notice=words, status=409)
    return HttpResponseRedirect(page_url(token, {"visit": taken.public_id} if taken else {}), status=303)


@by_link(methods=READING)
def visit_file(request: OwnRequest, token: str, visit_id: UUID) -> HttpResponse:
    """The visit for a calendar, as its invite has it, so that a later change finds it there."""
    try:
        visit = own_visit(request.own, visit_id)
    except NotFound:
        return gone(request)
    raw = file_of(visit, request.link, language=request.reading.language)
    if raw is None:
        return HttpResponseRedirect(page_url(token, {"visit": visit_id}), status=303)
    headers = {"Content-Disposition": 'attachment; filename="appointment.ics"'}
    return HttpResponse(raw, content_type="text/calendar; charset=utf-8", headers=headers)


@by_link(methods=POST)
def new_feed(request: OwnRequest, token: str) -> HttpResponse:
    """A calendar address of their own; an earlier one works no more."""
    make_feed(request.own, recipient=request.link.recipient, carer_id=request.link.carer_id)
    return HttpResponseRedirect(page_url(token, {}) + "#calendar", status=303)


@by_link(methods=POST, is_gated=False)
def reading(request: OwnRequest, token: str) -> HttpResponse:
    """Larger words, another language: kept by the browser."""
    response = HttpResponseRedirect(page_url(token, request.POST), status=303)
    remember_reading(
        response,
        request.reading,
        size=request.POST.get("size", ""),
        language=request.POST.get("language", ""),
    )
    return response


@by_link(methods=POST, is_gated=False)
def leave(request: OwnRequest, token: str) -> HttpResponse:
    """The page is shut: the next to open it shows the birthday again."""
    request.is_open = False
    response = HttpResponseRedirect(reverse("portal:page", args=[token]), status=303)
    forget(response)
    return response
