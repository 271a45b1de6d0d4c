"""Changing when a unit is open: whatever is changed, the visits it would strand are shown first and never lost."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from patients.models import WorklistItem
from patients.services import close_items, open_item
from scheduling.engine.standing import Openings
from scheduling.locking import unit_day_key
from scheduling.models import Appointment, Resource
from scheduling.selectors.standing import (
    Stranded,
    days_that_differ,
    in_one_line,
    openings_of,
    stranded_by,
    without_list,
)
from units.actors import Actor
from units.history import recorded_as
from units.models import Unit

LOCKED_DAYS = 400
"""A booking that is just being placed waits for a change of hours within so many days: a lock a day."""

MOVED = "No longer needed: the visit was moved."
STANDS_AGAIN = "No longer needed: the hours carry the visit again."


@dataclass(frozen=True, slots=True)
class HoursBefore:
    """How the units stood before a change that is about to be made."""

    at: datetime
    openings: Mapping[Unit, Openings]


class WouldStrand(Exception):
    """The change takes lists from booked visits that nobody has looked at yet; it must be given up, or confirmed."""

    def __init__(self, stranded: tuple[Stranded, ...]) -> None:
        super().__init__(f"{len(stranded)} booked visits would stand without a list")
        self.stranded = stranded


def units_of(resource: Resource) -> set[Unit]:
    """The units whose visits may take the resource: its own, and those a person also works in."""
    works_in = Q(pk=resource.unit_id) | Q(visiting_people=resource) | Q(schedules__operators=resource)
    return set(Unit.objects.filter(works_in).distinct())


def note_hours(units: Iterable[Unit], *, at: datetime) -> HoursBefore:
    """What `settle_hours` compares with. Call it in the transaction of the change, before anything is written."""
    # Read anew: a page that changes a unit has its new values in the record already.
    stored = Unit.objects.filter(pk__in=[unit.pk for unit in units])
    return HoursBefore(at, {unit: openings_of(unit, at=at) for unit in stored})


def settle_hours(actor: Actor, *, before: HoursBefore, act: str, seen: str | None = None) -> tuple[Stranded, ...]:
    """After a change was written: each visit it strands is on its unit's worklist, and what stands again is off it.

    Called inside the use case or the admin's page that made the change, which has asked for the right, in its
    transaction. Takes the locks of every day that changed, so that no booking slips in beside it. `seen` is the
    `mark_of` the visits the actor was shown ("" for none): where others are stranded, WouldStrand is raised. None asks
    nothing.
    """
    after = {unit: openings_of(Unit.objects.get(pk=unit.pk), at=before.at) for unit in before.openings}
    days = {
        unit_day_key(unit.pk, day)
        for unit, old in before.openings.items()
        for day in days_that_differ(unit, old, after[unit], at=before.at, days=LOCKED_DAYS)
    }
    stranded: list[Stranded] = []
    with recorded_as(actor, act=act, locks=days):
        for unit, old in before.openings.items():
            found = stranded_by(unit, old, after[unit], at=before.at)
            stranded += found.stranded
            for visit in found.regained:
                _close(visit, STANDS_AGAIN, at=before.at)
        if seen is not None and mark_of(stranded) != seen:
            raise WouldStrand(tuple(stranded))
        for one in stranded:
            _open(one, at=before.at)
    return tuple(stranded)


def mark_of(stranded: Iterable[Stranded]) -> str:
    """A word for exactly these visits; "" for none."""
    keys = sorted(str(one.visit.public_id) for one in stranded)
    return hashlib.sha256(" ".join(keys).encode()).hexdigest()[:16] if keys else ""


def item_key(visit: Appointment) -> str:
    """The key of the worklist item that points to a visit without a list."""
    return f"stranded:{visit.public_id}"


def declined_key(visit: Appointment) -> str:
    """The key of the worklist item that says that the patient cannot come."""
    return f"declined:{visit.public_id}"


def tentative_key(visit: Appointment) -> str:
    """The key of the worklist item that says that the patient is not sure to come."""
    return f"tentative:{visit.public_id}"


def unanswered_key(visit: Appointment) -> str:
    """The key of the worklist item that says that nobody has said whether the patient will come."""
    return f"unanswered:{visit.public_id}"


def unwritten_key(visit: Appointment) -> str:
    """The key of the worklist item that asks what became of the visit."""
    return f"unwritten:{visit.public_id}"


def answer_keys(visit: Appointment) -> tuple[str, str, str]:
    """The keys of what an answer, or the lack of one, to the visit as it stands may have opened."""
    return declined_key(visit), tentative_key(visit), unanswered_key(visit)


def close_stranded(visit: Appointment, *, at: datetime) -> None:
    """The visit was moved to where a list carries it and at a time not declined yet, so that is dealt with.

    Part of the use case that moves.
    """
    _close(visit, MOVED, at=at)
    for key in answer_keys(visit):
        close_items(patient=visit.patient, outcome=MOVED, at=at, key_starts=key)


def reopen_stranded(visit: Appointment, *, closed_at: datetime) -> None:
    """What a move of that instant dealt with is to be done again, unless it has been asked for anew."""
    for key in (item_key(visit), *answer_keys(visit)):
        items = WorklistItem.objects.filter(patient=visit.patient_id, key=key)
        if not items.filter(done_at__isnull=True).exists():
            items.filter(done_at=closed_at, done_by__isnull=True, outcome=MOVED).update(done_at=None, outcome="")


def look_again(visit: Appointment, *, at: datetime) -> None:
    """A visit back where it stood is on the worklist if no list carries it there by now, and off it if one does.

    Part of the use case that brings it back, under the lock of its day.
    """
    stranded = without_list(visit, at=at)
    if stranded is not None:
        _open(stranded, at=at)
    elif not visit.squeezed_in_reason:  # that may have had a list and lost it: what was asked of it stands
        _close(visit, STANDS_AGAIN, at=at)


def _close(visit: Appointment, outcome: str, *, at: datetime) -> None:
    close_items(patient=visit.patient, outcome=outcome, at=at, key_starts=item_key(visit))


def _open(one: Stranded, *, at: datetime) -> None:
    detail = in_one_line(one)[:300]
    is_new = open_item(
        unit=one.visit.unit,
        patient=one.visit.patient,
        kind=WorklistItem.Kind.MOVE,
        key=item_key(one.visit),
        title="Visit without a list",
        detail=detail,
        due_at=min(one.visit.starts_at, at + timedelta(days=1)),
    )
    if not is_new:
        WorklistItem.objects.filter(key=item_key(one.visit), done_at__isnull=True).update(detail=detail)
