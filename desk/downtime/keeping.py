"""Lists in a folder of this machine, there when the network or the clinic is not."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils.text import slugify

from desk.downtime.content import downtime_list
from desk.downtime.rendering import pdf_of_list
from scheduling.engine.ticks import wall_clock
from scheduling.selectors.handover import next_day_with_visits
from units.actors import Actor
from units.models import Unit

KEPT_DAYS = 7
"""So long after its day a list is kept."""

OURS = re.compile(r"(\d{4}-\d{2}-\d{2})-[a-z0-9_-]+\.pdf")


def file_name(unit: Unit, on: date) -> str:
    """2026-11-24-harbour-day-unit-1b9d6bcf.pdf: by day, then unit; no patient in it."""
    return f"{on:%Y-%m-%d}-{slugify(unit.name) or 'unit'}-{unit.public_id.hex[:8]}.pdf"


def keep_lists(actor: Actor, *, unit: Unit, at: datetime) -> list[Path]:
    """The list of the day after the last evening is in the folder; where nobody comes then, the next one's too.

    Before the evening's hour that is today's: a worker that was down overnight makes up for it.
    """
    first = _evening_before(unit, at) + timedelta(days=1)
    coming = next_day_with_visits(actor, unit=unit, after=first - timedelta(days=1))
    return [keep_list(actor, unit=unit, on=on, at=at) for on in sorted({first, coming or first})]


def keep_list(actor: Actor, *, unit: Unit, on: date, at: datetime) -> Path:
    """The day's list is in the folder, in place of one made before; only the clinic's own account may read it."""
    raw = pdf_of_list(downtime_list(actor, unit=unit, on=on, at=at))
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / file_name(unit, on)
    made_at = at.timestamp()
    # Whole or not at all: a full disk must not cost the list of an hour ago. mkstemp makes it 0600.
    handle, half = tempfile.mkstemp(dir=folder, prefix=".", suffix=".half")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        os.utime(half, (made_at, made_at))
        Path(half).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(half).unlink()
        raise
    return path


def is_kept(unit: Unit, *, at: datetime) -> bool:
    """Whether the list that the last evening's hour asked for is there: tomorrow's from that hour on, else today's."""
    evening = _evening_before(unit, at)
    asked_at = wall_clock(evening, unit.downtime_list_at, unit.zone)
    try:
        made_at = (_folder() / file_name(unit, evening + timedelta(days=1))).stat().st_mtime
    except OSError:
        return False
    return made_at >= asked_at.timestamp()


def _evening_before(unit: Unit, at: datetime) -> date:
    """The last day on which the unit's hour for its list has struck."""
    now = unit.local(at)
    return now.date() if now.time() >= unit.downtime_list_at else now.date() - timedelta(days=1)


def forget_old_lists(today: date) -> int:
    """Lists of days more than a week ago are gone. Returns how many were there. Nothing else is touched."""
    gone = 0
    for path in _folder().glob("*.pdf"):
        found = OURS.fullmatch(path.name)
        if found and date.fromisoformat(found[1]) < today - timedelta(days=KEPT_DAYS):
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _folder() -> Path:
    return Path(settings.DOWNTIME_DIR)
