"""Where a visit is, told from its record and the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from desk.rules import Progress, countdown, progress_of

TEN = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Visit:
    status: str
    starts_at: datetime = TEN
    ends_at: datetime = TEN + timedelta(hours=3)
    procedure_started_at: datetime | None = None
    recovery_started_at: datetime | None = None
    discharged_at: datetime | None = None


@pytest.mark.parametrize(
    ("visit", "minutes", "progress"),
    [
        (Visit("booked"), -30, Progress.DUE),
        (Visit("booked"), 9, Progress.DUE),
        (Visit("booked"), 10, Progress.LATE),
        (Visit("booked"), 180, Progress.UNCLOSED),
        (Visit("arrived"), 30, Progress.ARRIVED),
        (Visit("arrived", procedure_started_at=TEN), 70, Progress.PROCEDURE),
        (Visit("fulfilled", recovery_started_at=TEN), 120, Progress.RECOVERY),
        (Visit("fulfilled", discharged_at=TEN), 200, Progress.DISCHARGED),
        (Visit("noshow"), 200, Progress.NOSHOW),
        (Visit("cancelled"), -200, Progress.CANCELLED),
        (Visit("entered-in-error"), -200, Progress.UNDONE),
    ],
)
def test_progress(visit: Visit, minutes: int, progress: Progress) -> None:
    assert progress_of(visit, at=TEN + timedelta(minutes=minutes)) is progress


@pytest.mark.parametrize(
    ("minutes", "left", "done", "is_over"),
    [(0, 60, 0, False), (45, 15, 75, False), (60, 0, 100, True), (67, -7, 100, True)],
)
def test_countdown(minutes: int, left: int, done: int, is_over: bool) -> None:
    running = countdown(TEN, timedelta(hours=1), at=TEN + timedelta(minutes=minutes))
    assert (running.left, running.done_percent, running.is_over) == (timedelta(minutes=left), done, is_over)


def test_every_state_has_a_look() -> None:
    from desk.looks import LOOKS
    from scheduling.models import Appointment

    assert {progress.value for progress in Progress} <= LOOKS.keys()
    assert set(Appointment.Status.values) <= LOOKS.keys()
