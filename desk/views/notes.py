"""Notes about a patient, a visit and a day: read, written, ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from desk.forms.notes import NoteForm
from desk.pages import StaffRequest, action, form_page, go, stay_in
from desk.presenters.notes import note_row, notes_box
from desk.presenters.people import banner, name_of, patient_url
from desk.presenters.reader import Reader
from desk.presenters.visits.steps import panel_url, visit_url
from desk.templatetags.clinic_ui import long_day
from desk.toasts import say
from desk.viewmodels import Banner, MenuLink
from desk.viewmodels.handover import NotesPage
from desk.views.day.acts import PASSED_ON
from desk.views.visits.showing import reader_of, visit_here
from patients.selectors import patient_by_public_id
from patients.services import record_access
from scheduling.models import Appointment, Note
from scheduling.selectors.notes import note_for, notes_of_day, notes_of_patient, notes_of_visit
from scheduling.services.notes import About, end_note, write_note
from units.errors import ClinicError
from units.http import status_of
from units.policy import Act


@form_page(Act.VIEW_PATIENTS)
def patient_notes(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """All notes about a patient and their visits, and one more."""
    patient = patient_by_public_id(request.actor, patient_id)
    stay_in(request, patient.unit)
    record_access(request.actor, patient=patient, page="notes")
    shown = NotesAbout(
        About.of_patient(patient),
        url=reverse("desk:patient_notes", args=[patient_id]),
        title=_("Notes"),
        back=MenuLink(name_of(patient), f"{patient_url(patient)}#notes"),
        banner=banner(patient, patient.flags.all()),
    )
    return _write_or_show(request, shown, list(notes_of_patient(request.actor, patient)))


@form_page(Act.VIEW_SCHEDULE)
def visit_notes(request: StaffRequest, visit_id: UUID) -> HttpResponse:
    """The notes of a visit, with what is pinned to its patient, and one more."""
    visit = visit_here(request, visit_id).visit
    record_access(request.actor, patient=visit.patient, page="notes")
    reader = reader_of(request)
    when = reader.moment(visit.arrives_at)
    shown = NotesAbout(
        About.of_visit(visit),
        url=reverse("desk:visit_notes", args=[visit_id]),
        title=_("Notes about the visit of %(when)s") % {"when": when},
        back=MenuLink(_("Visit of %(when)s") % {"when": when}, _page_of(visit, reader, request.POST.get("back", ""))),
        banner=banner(visit.patient, visit.patient.flags.all()),
    )
    return _write_or_show(request, shown, list(notes_of_visit(request.actor, visit)))


@form_page(Act.VIEW_SCHEDULE)
def day_notes(request: StaffRequest, on: date) -> HttpResponse:
    """What whoever works on that day has to know, and one more."""
    url = reverse("desk:day", args=[on])
    shown = NotesAbout(
        About.of_day(request.unit, on),
        url=reverse("desk:day_notes", args=[on]),
        title=_("Notes of the day"),
        back=MenuLink(long_day(on), url),
        words=long_day(on),
    )
    return _write_or_show(request, shown, list(notes_of_day(request.actor, unit=request.unit, on=on)))


def _home(**_named: Any) -> str:
    """Where the address of an act on a note leads who only opens it: what the note is about is nobody's to guess."""
    return reverse("desk:home")


@action(Act.VIEW_PATIENTS, page_of_it=_home)
def end(request: StaffRequest, note_id: UUID) -> HttpResponse:
    """The note stands no more; what it said stays on record."""
    stay_in(request, note_for(request.actor, note_id).unit)
    note = end_note(request.actor, note_id=note_id, at=request.at)
    say(request, _("The note has ended. It stays on record."))
    return go(request, _page_of_note(note, reader_of(request), request.POST.get("back", "")))


def _page_of_note(note: Note, reader: Reader, back: str) -> str:
    """The page on which the note was ended."""
    if note.on is not None:
        if back == "tomorrow":
            return reverse("desk:tomorrow_day", args=[note.on])
        return reverse("desk:day", args=[note.on]) + "#day-notes"
    if note.appointment is not None and back in {"day", "visit"}:
        return _page_of(note.appointment, reader, back)
    if note.patient is None:
        raise ValueError("a note is about a day or about a patient")
    if back == "notes":
        return reverse("desk:patient_notes", args=[note.patient.public_id])
    return f"{patient_url(note.patient)}#notes"


def _page_of(visit: Appointment, reader: Reader, back: str) -> str:
    return panel_url(visit, reader) if back == "day" else visit_url(visit)


@dataclass(frozen=True)
class NotesAbout:
    """A page of notes: what they are about and the words around them."""

    about: About
    url: str
    title: str
    back: MenuLink
    banner: Banner | None = None
    words: str = ""

    def page(self, notes: Sequence[Note], reader: Reader, key: str) -> NotesPage:
        """The notes that stand, and folded below them those that were ended."""
        is_patient = self.about.patient is not None and self.about.visit is None
        box = notes_box(notes, reader, url=self.url, back="notes" if is_patient else "", key=key, name_visit=is_patient)
        ended = [note_row(note, reader, name_visit=is_patient) for note in notes if note.ended_at is not None]
        return NotesPage(self.title, self.back, box, ended, self.banner, self.words)


def _at(note: Note, url: str) -> str:
    """The page where the note stands, so that the keyboard stands there too."""
    return f"{url.partition('#')[0]}#note-{note.public_id}"


def _write_or_show(request: StaffRequest, shown: NotesAbout, notes: Sequence[Note]) -> HttpResponse:
    form, status = NoteForm(initial={"key": uuid4()}), 200
    if request.method == "POST":
        request.actor.require(Act.WRITE_NOTES, shown.about.unit.pk)
        form, status = NoteForm(request.POST), 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                note = write_note(
                    request.actor,
                    about=shown.about,
                    text=data["text"],
                    is_pinned=data["is_pinned"],
                    key=data["key"],
                    at=request.at,
                )
            except PASSED_ON:
                raise
            except ClinicError as error:
                form.refuse(error)
                status = status_of(error)
            else:
                say(request, _("The note is on record."))
                return go(request, _at(note, shown.url if data["back"] == "notes" else shown.back.url))
    page = shown.page(notes, reader_of(request), str(form["key"].value() or ""))
    return render(request, "desk/notes/page.html", {"page": page, "form": form}, status=status)
