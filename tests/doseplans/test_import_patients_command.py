"""`manage.py import_patients`, as a person at a terminal meets it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.core.management import CommandError, call_command

from tests.doseplans.wardlist.lists import DATA, ward_list

if TYPE_CHECKING:
    from units.models import Unit

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def unit(db: None) -> Unit:
    from units.models import Unit

    return Unit.objects.create(name="Harbour Day Unit")


@pytest.fixture
def written(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes) -> Path:
        path = tmp_path / "list.csv"
        path.write_bytes(content)
        return path

    return write


def run(path: Path, *options: str) -> str:
    """What the command said; CommandError is what makes it exit with 1."""
    out = StringIO()
    with time_machine.travel(NOW, tick=False):
        call_command("import_patients", path, *options, stdout=out, no_color=True)
    return out.getvalue()


def refused(path: Path, *options: str) -> tuple[str, str]:
    """What the command said before it gave up, and its last word."""
    out = StringIO()
    with time_machine.travel(NOW, tick=False), pytest.raises(CommandError) as raised:
        call_command("import_patients", path, *options, stdout=out, no_color=True)
    return out.getvalue(), str(raised.value)


def number_of_patients() -> int:
    from patients.models import Patient

    return Patient.objects.count()


def test_the_main_job_in_one_command(unit: Unit) -> None:
    said = run(DATA / "ward_list.csv")
    assert number_of_patients() == 58
    lines = said.splitlines()
    assert lines[0] == ("ward_list.csv, as at 20/11/2026, read as UTF-8 separated by commas. Unit: Harbour Day Unit.")
    assert lines[-1] == "58 patients: 58 new, 0 changed, 0 unchanged; 835 doses given taken over."
    assert "Questions" not in said
    assert "  Row 16, Comments “?needs fluoro, failed LP x2 Sept”: The row has a comment." in lines


def test_a_second_run_changes_nothing(unit: Unit) -> None:
    run(DATA / "ward_list.csv")
    said = run(DATA / "ward_list.csv")
    assert said.splitlines()[-1] == "58 patients: 0 new, 0 changed, 58 unchanged; 0 doses given taken over."


def test_a_wrong_list_is_refused_row_by_row(unit: Unit) -> None:
    said, last_word = refused(DATA / "ward_list_with_errors.csv")
    assert number_of_patients() == 0
    assert last_word == "Nothing was saved: 13 rows are wrong. Mend the list and import it again."
    assert "Wrong (14)" in said
    assert "Questions (9)" in said
    assert (
        "  Row 6, NHS No “999 123 4567”: Its check digit does not fit: a digit is mistyped.\n"
        "    Compare it with a letter or the Spine and correct it; leave the cell empty if the number is not known.\n"
    ) in said
    assert "    Yes: --accept 11:email-wrong\n" in said
    for row in range(6, 26):
        assert f"  Row {row}, " in said


def test_questions_wait_for_a_yes(unit: Unit, written: Callable[[bytes], Path]) -> None:
    path = written(ward_list({"E-mail": "not an address", "Tel": "ring the ward"}))
    said, last_word = refused(path)
    assert last_word == "Nothing was saved: 2 questions need a yes (--accept), or the list needs mending."
    said, last_word = refused(path, "--accept", "2:email-wrong")
    assert last_word == "Nothing was saved: 1 question needs a yes (--accept), or the list needs mending."
    said = run(path, "--accept", "2:email-wrong", "2:telephone-wrong", "--accept", "7:other")
    assert number_of_patients() == 1
    assert "Said yes to (2)" in said
    assert "Not asked, so not answered: 7:other." in said


def test_dry_run_saves_nothing(unit: Unit) -> None:
    said = run(DATA / "ward_list.csv", "--dry-run")
    assert number_of_patients() == 0
    assert said.splitlines()[-1].startswith("Nothing saved, only looked. 58 patients: 58 new")


def test_details_are_written_on_request(unit: Unit, written: Callable[[bytes], Path]) -> None:
    path = written(ward_list())
    assert "  Row 2, Q300001, created, 5 doses given" in run(path, "--verbosity", "2")
    assert "To know" not in run(path, "--verbosity", "0")


def test_updates_are_named(unit: Unit, written: Callable[[bytes], Path]) -> None:
    run(written(ward_list({"Tel": ""})))
    assert "  Row 2, Q300001, updated: telephone" in run(written(ward_list()))


def test_the_unit_is_asked_for_where_there_are_several(unit: Unit) -> None:
    from units.models import Unit

    other = Unit.objects.create(name="Hilltop Day Unit")
    path = DATA / "ward_list.csv"
    assert refused(path)[1] == "Say which unit with --unit: “Harbour Day Unit”, “Hilltop Day Unit”."
    assert refused(path, "--unit", "Nowhere")[1] == "There is no unit “Nowhere”."
    run(path, "--unit", "harbour day unit")
    assert unit.patients.count() == 58
    assert refused(path, "--unit", str(other.public_id))[1].startswith("Nothing was saved: 56 rows are wrong.")


def test_without_any_unit(db: None) -> None:
    assert refused(DATA / "ward_list.csv")[1] == "There is no unit yet. Add one first."


def test_a_file_that_is_not_there(unit: Unit, tmp_path: Path) -> None:
    assert refused(tmp_path / "none.csv")[1].endswith("none.csv cannot be read: No such file or directory.")


def test_without_a_protocol_in_use(unit: Unit) -> None:
    from doseplans.models import Protocol

    Protocol.objects.update(status="retired")
    assert refused(DATA / "ward_list.csv")[1].startswith("No version of tofersen is in use.")
