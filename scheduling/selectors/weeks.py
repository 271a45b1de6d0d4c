"""The lists as whoever sets them up reads them: a week in words, the days they come to, and where two meet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from django.utils.translation import gettext as _

from scheduling.engine.hours import DayPattern, clash_on
from scheduling.engine.ticks import day_words, days_between
from scheduling.models import Schedule
from scheduling.selectors.lists import closed_days

PREVIEW_DAYS = 28


@dataclass(frozen=True, slots=True)
class Clash:
    """Another list that has the same room open at the same time, and the first day on which it does."""

    other: Schedule
    on: date


def pattern_of(schedule: Schedule) -> DayPattern:
    """The list as the engine counts it; the same that `patterns_of` reads for all of a unit's."""
    return DayPattern(
        room_id=schedule.room_id,
        operator_ids=tuple(sorted(person.pk for person in schedule.operators.all() if person.is_active)),
        weekday=schedule.weekday,
        opens=schedule.opens_at,
        closes=schedule.closes_at,
        last_out=schedule.last_out_at,
        step_minutes=schedule.step_minutes,
        fixed_starts=tuple(schedule.fixed_starts),
        breaks=tuple((pause.starts_at, pause.ends_at) for pause in schedule.breaks.all()),
        first_in=schedule.first_in_at,
        turnover_minutes=schedule.room.turnover_minutes,
        valid_from=schedule.valid_from,
        valid_to=schedule.valid_to,
        every_weeks=schedule.every_weeks,
        is_extra=schedule.is_extra,
    )


def hours_in_words(schedule: Schedule) -> str:
    """One list in one line, as in "08:00–17:00, every 2nd week, break 12:30–13:00, last out by 18:30"."""
    said = [_span(schedule.opens_at, schedule.closes_at)]
    if schedule.is_extra:
        said.append(_("extra list"))
    elif schedule.every_weeks == 2:
        said.append(_("every 2nd week"))
    elif schedule.every_weeks > 2:
        said.append(_("every %(count)d weeks") % {"count": schedule.every_weeks})
    if schedule.fixed_starts:
        said.append(_("starts at %(times)s") % {"times": ", ".join(_clock(at) for at in schedule.fixed_starts)})
    pauses = ", ".join(_span(pause.starts_at, pause.ends_at) for pause in schedule.breaks.all())
    if pauses:
        said.append(_("break %(times)s") % {"times": pauses})
    if schedule.first_in_at:
        said.append(_("first in from %(clock)s") % {"clock": _clock(schedule.first_in_at)})
    said.append(_("last out by %(clock)s") % {"clock": _clock(schedule.last_out_at)})
    return ", ".join(said)


def next_dates(schedule: Schedule, *, today: date) -> list[str]:
    """The days of the next four weeks on which the list is held, in words; and those a bank holiday takes from it."""
    unit, pattern = schedule.unit, pattern_of(schedule)
    until = today + timedelta(days=PREVIEW_DAYS)
    closed = closed_days(unit, today, until)
    said = []
    for on in days_between(today, until):
        if not pattern.is_on(on):
            continue
        if on in closed and not pattern.is_extra:
            said.append(_("not on %(day)s, a bank holiday") % {"day": day_words(on)})
        elif pattern.hours_on(on, unit.zone) is None:
            said.append(_("not on %(day)s, when the clocks change") % {"day": day_words(on)})
        else:
            said.append(day_words(on))
    return said


def clashes(schedules: Iterable[Schedule], *, today: date) -> Mapping[int, Sequence[Clash]]:
    """For each list, by key, the others of its room that are open at the same time on some day to come."""
    by_room: dict[tuple[int, int], list[tuple[Schedule, DayPattern]]] = defaultdict(list)
    for schedule in schedules:
        by_room[schedule.room_id, schedule.weekday].append((schedule, pattern_of(schedule)))
    found: dict[int, list[Clash]] = defaultdict(list)
    for beside in by_room.values():
        for number, (one, pattern) in enumerate(beside):
            for other, other_pattern in beside[number + 1 :]:
                on = clash_on(pattern, other_pattern, today)
                if on is not None:
                    found[one.pk].append(Clash(other, on))
                    found[other.pk].append(Clash(one, on))
    return found


def _span(starts: time, ends: time) -> str:
    return f"{_clock(starts)}–{_clock(ends)}"


def _clock(at: time) -> str:
    return f"{at:%H:%M}"
