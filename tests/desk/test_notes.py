"""Notes: written, read where they matter, ended, and never lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from patients.models import Patient
from scheduling.models import Appointment, Note
from tests.desk.conftest import words
from tests.ward import TODAY

if TYPE_CHECKING:
    from tests.ward import Ward

Staff = Callable[[str], Client]


def posted(text: str = "Ring the door bell", **more: str) -> dict[str, str]:
    return {"key": str(uuid4()), "text": text, **more}


def test_a_note_of_the_patient_is_pinned_and_ended(patient: Patient, staff: Staff) -> None:
    url, page = f"/patients/{patient.public_id}/notes/", f"/patients/{patient.public_id}/"
    nurse = staff("nurse")
    nurse.post(url, posted("Prefers mornings"))
    pinned = posted("Ring Ola\r\non arrival", is_pinned="on")
    assert nurse.post(url, pinned).headers["Location"] == f"{page}#note-{pinned['key']}"
    read = staff("manager").get(page)
    assert [(note.text, note.is_pinned) for note in read.context["page"].notes.rows] == [
        ("Ring Ola\non arrival", True),
        ("Prefers mornings", False),
    ]
    assert "wrote a note" in words(read)
    note = Note.objects.get(is_pinned=True)
    end = f"/notes/{note.public_id}/end/"
    assert staff("manager").post(end).status_code == 403
    assert staff("other_nurse").post(end).status_code == 404
    assert staff("pharmacist").post(end).headers["Location"] == f"{page}#notes"
    assert [note.text for note in nurse.get(page).context["page"].notes.rows] == ["Prefers mornings"]
    assert "Ended by Ada Pharmacist" in words(nurse.get(url))
    ended_at = Note.objects.get(pk=note.pk).ended_at
    nurse.post(end)
    assert Note.objects.get(pk=note.pk).ended_at == ended_at


def test_a_form_sent_twice_is_one_note(patient: Patient, staff: Staff) -> None:
    url, form = f"/patients/{patient.public_id}/notes/", posted()
    nurse = staff("nurse")
    assert [nurse.post(url, form).status_code for _ in range(2)] == [302, 302]
    assert Note.objects.count() == 1
    other = nurse.post(url, {**form, "text": "Something else"})
    assert other.status_code == 422
    assert "Something else" in other.content.decode()
    assert Note.objects.get().text == "Ring the door bell"


@pytest.mark.parametrize(
    ("text", "said"), [("  ", "Write the note."), ("x" * 1001, "A note has at most 1000 characters.")]
)
def test_what_is_no_note_is_refused_with_what_was_typed(text: str, said: str, patient: Patient, staff: Staff) -> None:
    response = staff("nurse").post(f"/patients/{patient.public_id}/notes/", posted(text))
    assert (response.status_code, Note.objects.count()) == (422, 0)
    assert said in words(response)


def test_a_note_of_the_visit_is_in_its_panel_and_on_its_page(visit: Appointment, staff: Staff) -> None:
    nurse = staff("nurse")
    panel, page = f"/today/{TODAY}/visits/{visit.public_id}/", f"/visits/{visit.public_id}/"
    form = posted("Bring the hoist", back="day")
    assert nurse.post(f"{page}notes/", form).headers["Location"] == f"{panel}#note-{form['key']}"
    nurse.post(f"/patients/{visit.patient.public_id}/notes/", posted("Latex!", is_pinned="on"))
    nurse.post(f"/patients/{visit.patient.public_id}/notes/", posted("Not for today"))
    for url in (panel, page):
        told = words(nurse.get(url))
        assert ("Bring the hoist" in told, "Latex!" in told, "Not for today" in told) == (True, True, False)
    rows = nurse.get(f"/patients/{visit.patient.public_id}/").context["page"].notes.rows
    assert [str(row.about) for row in rows if row.text == "Bring the hoist"] == ["about the visit of Tue 24 Nov, 10:00"]


def test_a_note_of_the_day_is_on_top_of_its_board(ward: Ward, clock: Any, staff: Staff) -> None:
    coordinator = staff("coordinator")
    before = coordinator.get(f"/today/{TODAY}/live/").headers["ETag"]
    form = posted("Lift out of order")
    answer = coordinator.post(f"/today/{TODAY}/notes/", form)
    assert answer.headers["Location"] == f"/today/{TODAY}/#note-{form['key']}"
    assert "Lift out of order" in words(staff("nurse").get("/today/"))
    assert "Lift out of order" not in words(staff("nurse").get("/today/2026-11-25/"))
    live = coordinator.get(f"/today/{TODAY}/live/")
    assert "Lift out of order" in words(live)
    coordinator.post(f"/notes/{Note.objects.get().public_id}/end/")
    ended = coordinator.get(f"/today/{TODAY}/live/")
    assert len({before, live.headers["ETag"], ended.headers["ETag"]}) == 3
    assert "Lift out of order" not in words(ended)


def test_who_only_reads_has_no_form(patient: Patient, staff: Staff) -> None:
    manager = staff("manager")
    assert manager.get(f"/patients/{patient.public_id}/").context["page"].notes.url == ""
    assert manager.post(f"/patients/{patient.public_id}/notes/", posted()).status_code == 403
    assert Note.objects.count() == 0


def test_a_note_stands_as_it_was_written(patient: Patient, staff: Staff) -> None:
    staff("nurse").post(f"/patients/{patient.public_id}/notes/", posted())
    note = Note.objects.get()
    for change in (lambda: Note.objects.update(text="Another"), note.delete, lambda: Note.objects.update(unit_id=0)):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert note.history.count() == 1
