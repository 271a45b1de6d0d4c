"""Notes as boxes and pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import uuid4

from django.urls import reverse
from django.utils.translation import gettext as _

from desk.presenters.reader import Reader
from desk.viewmodels import Action
from desk.viewmodels.handover import NoteRow, NotesBox
from scheduling.models import Note
from units.policy import Act


def notes_box(
    notes: Iterable[Note], reader: Reader, *, url: str, back: str = "", key: str = "", name_visit: bool = False
) -> NotesBox:
    """The notes that stand, with the form for one more where the reader may write it."""
    may = reader.may(Act.WRITE_NOTES)
    return NotesBox(
        rows=[note_row(note, reader, back=back, name_visit=name_visit) for note in notes if note.ended_at is None],
        page_url=url,
        url=url if may else "",
        key=(key or str(uuid4())) if may else "",
        back=back,
    )


def note_row(note: Note, reader: Reader, *, back: str = "", name_visit: bool = False) -> NoteRow:
    """One note. `name_visit` says which visit it is about."""
    end, ended, about = None, "", ""
    if note.ended_at is not None:
        ended = _("Ended by %(name)s, %(when)s") % {"name": note.ended_by_name, "when": reader.moment(note.ended_at)}
    elif reader.may(Act.WRITE_NOTES):
        url = reverse("desk:end_note", args=[note.public_id])
        words = _("the note of %(name)s, %(when)s")
        words %= {"name": note.written_by_name, "when": reader.moment(note.written_at)}
        end = Action(_("End"), url, "post", "quiet", fields=(("back", back),), about=words)
    if name_visit and note.appointment is not None:
        about = _("about the visit of %(when)s") % {"when": reader.moment(note.appointment.arrives_at)}
    return NoteRow(
        str(note.public_id), note.text, note.written_by_name, note.written_at, note.is_pinned, about, end, ended
    )
