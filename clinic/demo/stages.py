"""At which stage of their course each demo patient stands, told by distance from the day the demo is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Stage:
    """A patient's course so far.

    `given` days of doses given, oldest first. `starts_on` where none is. `next_visit` says what is to be made of the
    next dose: `book` it near its target, `leave` it to be booked, or `noshow` for a visit the patient missed.
    """

    given: tuple[date, ...]
    starts_on: date
    next_visit: str = "book"
    hold: tuple[str, int] | None = None
    has_genetic_report: bool = True


MAINTENANCE = (
    # (doses given, days until the next target, what becomes of the next dose)
    (4, 0, "book"), (7, 0, "book"), (9, 0, "book"), (11, 0, "book"), (15, 0, "book"), (18, 0, "book"),
    (22, 0, "book"), (5, 0, "book"), (30, 0, "book"),
    (6, 1, "book"), (8, 1, "book"), (13, 1, "leave"), (4, 2, "leave"), (27, 2, "book"), (10, 3, "leave"),
    (5, 5, "book"), (17, 6, "leave"), (12, 8, "book"), (20, 9, "leave"), (6, 12, "book"), (14, 14, "leave"),
    (24, 21, "leave"),  # given a week ago: the check is due today
    # Given two days ago and yesterday: whatever the time of day, the call after one of the two is due.
    (9, 26, "book"), (16, 27, "book"),
)  # fmt: skip


def stages(today: date) -> list[Stage]:
    """Forty of them: 4 new, 6 loading, 24 in maintenance, 3 held, 2 late, 1 who did not come."""

    def ago(days: int) -> date:
        return today - timedelta(days=days)

    new = [
        Stage((), today + timedelta(days=3)),
        Stage((), today + timedelta(days=6), "leave", has_genetic_report=False),
        Stage((), today + timedelta(days=10), "leave"),
        Stage((), today + timedelta(days=13)),
    ]
    loading = [
        Stage((ago(14),), ago(14)),
        Stage((ago(13),), ago(13), "leave"),
        Stage((ago(10),), ago(10)),
        Stage((ago(29), ago(14)), ago(29)),
        Stage((ago(28), ago(13)), ago(28), "leave"),
        Stage((ago(20), ago(6)), ago(20)),
    ]
    maintenance = [
        Stage(_days(today + timedelta(days=ahead), count, number), ago(0), plan)
        for number, (count, ahead, plan) in enumerate(MAINTENANCE)
    ]
    held = [
        Stage(_days(ago(8), 8, 1), ago(0), "leave", hold=("CSF white cells raised", 6)),
        Stage(_days(today + timedelta(days=4), 5, 2), ago(0), "leave", hold=("Chest infection", 9)),
        Stage(_days(today + timedelta(days=11), 19, 3), ago(0), "leave", hold=("Patient asked for time to decide", 20)),
    ]
    late = [Stage(_days(ago(9), 6, 4), ago(0), "leave"), Stage(_days(ago(14), 12, 5), ago(0), "leave")]
    missed = [Stage(_days(ago(3), 9, 6), ago(0), "noshow")]
    return [*new, *loading, *maintenance, *held, *late, *missed]


def _days(next_target: date, count: int, salt: int) -> tuple[date, ...]:
    """`count` days of doses, the last 28 days before the next target, some intervals a little late.

    >>> [str(day) for day in _days(date(2026, 11, 24), 5, 0)]
    ['2026-08-02', '2026-08-16', '2026-09-01', '2026-09-29', '2026-10-27']
    """
    days = [next_target - timedelta(days=28)]
    for sequence in range(count, 1, -1):
        interval = 14 if sequence <= 3 else 28
        late = (salt + sequence * 7) % 11
        days.append(days[-1] - timedelta(days=interval + (late - 8 if late > 8 else 0)))
    return tuple(reversed(days))
