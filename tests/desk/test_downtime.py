"""The list of a day on paper: what stands in it, who gets it, and that it is there when nothing else is."""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pypdf import PdfReader

from desk.downtime import downtime_list, forget_old_lists, pdf_of_list
from desk.tasks import keep_downtime_lists
from doseplans.models import PlanHold
from patients.models import AccessEntry, Carer, Flag, Patient
from scheduling.models import Appointment
from tests.desk.conftest import words
from tests.ward import TODAY

if TYPE_CHECKING:
    import time_machine

    from tests.ward import Ward

Staff = Callable[[str], Client]
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """The folder of the lists, not made yet."""
    settings.DOWNTIME_DIR = tmp_path / "downtime"
    return tmp_path / "downtime"


def text_of(raw: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(raw)).pages).split())


def kept(folder: Path) -> list[str]:
    """The days whose lists are there."""
    return sorted(path.name[:10] for path in folder.iterdir())


def test_list_says_who_comes_when_for_what_and_whom_to_ring(ward: Ward, visit: Appointment, staff: Staff) -> None:
    patient = visit.patient
    Flag.objects.create(patient=patient, kind=Flag.Kind.NEED, code=Flag.Code.HOIST, text="Hoist")
    Carer.objects.create(patient=patient, name="Noor Example", relationship="wife", phone="+447700900777")
    response = staff("nurse").get(f"/downtime/{TODAY}/list.pdf")
    assert response.headers["Content-Type"] == "application/pdf"
    said = text_of(response.content)
    wanted = [
        "PATIENT001, Ines",
        "10:00 arrives",
        f"Hospital {patient.hospital_number}",
        "born 2 Jul 1971",
        " Room 1",
        "Dr Malik",
        "Hoist",
        "Patient: 07700 900123",
        "Noor Example (wife): 07700 900777",
        "Harbour Day Unit, Harbour Hospital",
        "Confidential",
        "1 visit",
        "Page 1 of 1",
    ]
    assert [part for part in wanted if part not in said] == []
    assert PdfReader(BytesIO(response.content)).metadata.title == f"Harbour Day Unit, Harbour Hospital, {_long()}"


def _long() -> str:
    return f"{TODAY:%A} {TODAY.day} {TODAY:%B %Y}"


def test_whoever_opens_the_list_is_on_each_patients_record(visit: Appointment, staff: Staff) -> None:
    staff("coordinator").get(f"/downtime/{TODAY}/list.pdf")
    assert list(AccessEntry.objects.values_list("patient", "actor_name", "page")) == [
        (visit.patient_id, "Ada Coordinator", "downtime")
    ]


def test_list_says_what_is_not_ready_and_what_is_on_record_already(
    ward: Ward, visit: Appointment, clock: time_machine.Traveller
) -> None:
    assert visit.dose is not None
    PlanHold.objects.create(plan=visit.dose.plan, reason="Fever", placed_on=TODAY, placed_by_name="Dr Malik")
    Appointment.objects.filter(pk=visit.pk).update(status="arrived", arrived_at=ward.at(TODAY, "10:04"))
    made = downtime_list(ward.cast.actor("doctor"), unit=ward.unit, on=TODAY, at=ward.at(TODAY, "10:10"))
    (entry,) = made.entries
    assert [line for line in entry.not_ready if "hold" in line] == ["The plan is on hold: Fever"]
    assert [(stage.label, stage.known) for stage in entry.stages][:2] == [("Arrived", "10:04"), ("Started", "")]


def test_empty_day_and_odd_letters_still_have_a_list(ward: Ward, visit: Appointment) -> None:
    actor, at = ward.cast.actor("nurse"), ward.at(TODAY, "08:00")
    empty = downtime_list(actor, unit=ward.unit, on=TODAY + timedelta(days=200), at=at)
    assert "Nobody was booked on this day" in text_of(pdf_of_list(empty))
    Patient.objects.filter(pk=visit.patient_id).update(given_name="\N{CJK UNIFIED IDEOGRAPH-738B}")
    said = text_of(pdf_of_list(downtime_list(actor, unit=ward.unit, on=TODAY, at=at)))
    assert "PATIENT001, ?" in said


def test_each_evening_the_next_days_list_is_kept_once_and_for_its_owner_only(
    ward: Ward, visit: Appointment, clock: time_machine.Traveller, folder: Path
) -> None:
    days = [str(TOMORROW)]
    clock.move_to(ward.at(TODAY, "18:01"))
    assert keep_downtime_lists() == 2  # the ward's and the other unit's
    (path, _other) = sorted(folder.iterdir(), key=lambda file: "harbour" not in file.name)
    assert {stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(folder.stat().st_mode)} == {0o600, 0o700}
    assert kept(folder) == days * 2
    clock.move_to(ward.at(TODAY, "18:11"))
    assert keep_downtime_lists() == 0
    path.unlink()
    clock.move_to(ward.at(TOMORROW, "06:00"))
    assert keep_downtime_lists() == 1  # was missed overnight
    assert kept(folder) == days * 2
    assert not AccessEntry.objects.exists()


def test_list_of_the_next_day_with_visits_is_kept_where_nobody_comes_tomorrow(
    ward: Ward, visit: Appointment, clock: time_machine.Traveller, folder: Path
) -> None:
    clock.move_to(ward.at(TODAY - timedelta(days=3), "18:01"))
    keep_downtime_lists()
    ours = [path.name[:10] for path in sorted(folder.glob("*harbour*"))]
    assert ours == [str(TODAY - timedelta(days=2)), str(TODAY)]


def test_old_lists_are_forgotten_and_nothing_else(folder: Path) -> None:
    folder.mkdir()
    names = [f"{TODAY - timedelta(days=days)}-harbour-1b9d6bcf.pdf" for days in (7, 8)]
    for name in (*names, "holiday.pdf"):
        (folder / name).write_bytes(b"%PDF")
    assert forget_old_lists(TODAY) == 1
    assert sorted(path.name for path in folder.iterdir()) == [names[0], "holiday.pdf"]


def test_command_says_where_the_list_is(ward: Ward, visit: Appointment, folder: Path) -> None:
    out = StringIO()
    call_command("downtime_list", "harbour day unit", str(TODAY), stdout=out)
    assert "PATIENT001" in text_of(Path(out.getvalue().strip()).read_bytes())
    with pytest.raises(CommandError, match="There is no unit “Elsewhere”"):
        call_command("downtime_list", "Elsewhere", str(TODAY))


def test_page_offers_today_and_the_next_days(visit: Appointment, staff: Staff) -> None:
    page = staff("doctor").get("/downtime/")
    assert [link.url for link in page.context["page"].lists] == [
        f"/downtime/{TODAY}/list.pdf",
        f"/downtime/{TOMORROW}/list.pdf",
    ]
    assert "18:00" in words(page)
    assert "Downtime list" in words(staff("nurse").get("/today/"))
    assert "Downtime list" not in words(staff("manager").get("/today/"))
