"""Letters to print: what waits, one PDF of it, and what became of the pile."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.pages import StaffRequest, action, go, page, stay_in
from desk.presenters.messages.letters import Pile, letters_page, posted_words, run_page
from desk.toasts import say
from desk.viewmodels import Line
from desk.views.visits.showing import reader_of
from reminders.errors import LettersChanged
from reminders.models import PrintRun
from reminders.services.printing import (
    confirm_posted,
    letters_of,
    letters_waiting,
    make_print_run,
    pdf_of,
    run_for,
    runs_of,
    spoil,
    why_out,
    with_dead_link,
)
from units.http import status_of
from units.policy import Act


def _list(**_named: UUID) -> str:
    return reverse("desk:letters")


def _run(run_id: UUID) -> str:
    return reverse("desk:print_run", args=[run_id])


@page(Act.PRINT_LETTERS)
def letters(request: StaffRequest) -> HttpResponse:
    """What waits for the printer, and the last runs."""
    waiting, total = letters_waiting(request.actor, unit=request.unit, at=request.at)
    shown = letters_page(waiting, total, runs_of(request.actor, unit=request.unit), reader_of(request))
    return render(request, "desk/messages/letters.html", {"page": shown})


@action(Act.PRINT_LETTERS, page_of_it=_list)
def make_run(request: StaffRequest) -> HttpResponse:
    """One PDF of what waits."""
    run = make_print_run(request.actor, unit=request.unit)
    if run is None:
        say(request, _("No letter waits to be printed any more."), tone="plain")
        return go(request, reverse("desk:letters"))
    return go(request, _run(run.public_id))


@page(Act.PRINT_LETTERS)
def print_run(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """One run, its pile and what became of it."""
    return _show(request, run_id)


def _show(request: StaffRequest, run_id: UUID, *, notice: Line | None = None, status: int = 200) -> HttpResponse:
    run = run_for(request.actor, run_id)
    stay_in(request, run.unit)
    papers = letters_of(run)
    pile = Pile(run, papers, [why_out(paper) for paper in papers], with_dead_link(run, papers))
    shown = run_page(pile, reader_of(request))
    return render(request, "desk/messages/print_run.html", {"page": shown, "refused": notice}, status=status)


@page(Act.PRINT_LETTERS)
def pdf(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """The letters for the printer."""
    run: PrintRun = run_for(request.actor, run_id)
    stay_in(request, run.unit)
    raw = pdf_of(request.actor, run_id=run_id)
    headers = {"Content-Disposition": 'inline; filename="letters.pdf"'}
    return HttpResponse(raw, content_type="application/pdf", headers=headers)


@action(Act.PRINT_LETTERS, page_of_it=_run)
def posted(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """The pile is in the post, without what the page said to take out."""
    stay_in(request, run_for(request.actor, run_id).unit)
    try:
        run = confirm_posted(request.actor, run_id=run_id, taken_out=_numbers(request, "taken_out"))
    except LettersChanged as refusal:
        return _show(request, run_id, notice=Line(refusal.sentence, "stop", "circle-alert"), status=status_of(refusal))
    say(request, posted_words(letters_of(run)))
    return go(request, reverse("desk:letters"))


@action(Act.PRINT_LETTERS, page_of_it=_run)
def spoilt(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """A letter, or all of the run, waits to be printed again."""
    stay_in(request, run_for(request.actor, run_id).unit)
    numbers = _numbers(request, "number") if "number" in request.POST else None
    n = spoil(request.actor, run_id=run_id, numbers=numbers)
    words = ngettext("%(n)d letter waits to be printed again.", "%(n)d letters wait to be printed again.", n)
    say(request, words % {"n": n})
    return go(request, reverse("desk:letters"))


def _numbers(request: StaffRequest, name: str) -> set[int]:
    return {int(number) for number in request.POST.getlist(name) if number.isdecimal() and len(number) < 6}
