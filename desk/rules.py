"""Where a visit is on its day, told from its record and the clock. Plain functions; the clock is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

LATE_AFTER = timedelta(minutes=10)
"""A patient is late from here on. Local policy."""


class Progress(StrEnum):
    """The ward's words for where a visit is; the values name looks in `desk.looks`."""

    DUE = "due"
    LATE = "late"
    UNCLOSED = "attention"
    ARRIVED = "arrived"
    PROCEDURE = "procedure"
    RECOVERY = "recovery"
    DISCHARGED = "fulfilled"
    NOSHOW = "noshow"
    CANCELLED = "cancelled"
    UNDONE = "entered-in-error"


ACTIVE = frozenset({Progress.ARRIVED, Progress.PROCEDURE, Progress.RECOVERY})
"""The patient is in the unit."""


class VisitShape(Protocol):
    """A visit as stored."""

    @property
    def status(self) -> str: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...
    @property
    def procedure_started_at(self) -> datetime | None: ...
    @property
    def discharged_at(self) -> datetime | None: ...


def progress_of(visit: VisitShape, *, at: datetime) -> Progress:
    """Where the visit is at that instant.

    A booked visit whose end has passed was never closed: somebody must say what happened.
    """
    match visit.status:
        case "booked" if at >= visit.ends_at:
            return Progress.UNCLOSED
        case "booked" if at >= visit.starts_at + LATE_AFTER:
            return Progress.LATE
        case "booked":
            return Progress.DUE
        case "arrived":
            return Progress.PROCEDURE if visit.procedure_started_at else Progress.ARRIVED
        case "fulfilled":
            return Progress.DISCHARGED if visit.discharged_at else Progress.RECOVERY
    return Progress(visit.status)


@dataclass(frozen=True, slots=True)
class Countdown:
    """A stay in recovery: `left` is negative once it is over."""

    left: timedelta
    done_percent: int

    @property
    def is_over(self) -> bool:
        return self.left <= timedelta()


def countdown(started_at: datetime, length: timedelta, *, at: datetime) -> Countdown:
    """How far a stay of that length has come.

    >>> from datetime import UTC
    >>> began = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
    >>> countdown(began, timedelta(minutes=60), at=began + timedelta(minutes=45))
    Countdown(left=datetime.timedelta(seconds=900), done_percent=75)
    """
    passed = at - started_at
    share = passed / length if length else 1.0
    return Countdown(length - passed, min(100, max(0, round(share * 100))))


def minutes_words(length: timedelta) -> str:
    """A length in the ward's words, to the minute.

    >>> [minutes_words(timedelta(minutes=m)) for m in (0, 34, 72, 120)]
    ['0 min', '34 min', '1 h 12 min', '2 h']
    """
    hours, minutes = divmod(max(0, int(length.total_seconds() // 60)), 60)
    parts = [f"{hours} h"] if hours else []
    if minutes or not hours:
        parts.append(f"{minutes} min")
    return " ".join(parts)
