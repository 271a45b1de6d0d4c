"""When patients had better not be in the unit, as the engine wants it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, time

from django.db.models import Q

from patients.models import NoGoTime
from scheduling.engine.need import NoGo


def no_go_of(patient_ids: Iterable[int], *, since: date) -> dict[int, tuple[NoGo, ...]]:
    """The times that do not suit from a day on, by the patient's key; one query."""
    rows = NoGoTime.objects.filter(Q(until__isnull=True) | Q(until__gte=since), patient__in=list(patient_ids))
    found: dict[int, list[NoGo]] = defaultdict(list)
    for row in rows.order_by("pk"):
        found[row.patient_id].append(
            NoGo(
                words=row.words,
                starts=row.starts_at or time.min,
                ends=row.ends_at or time.max,
                weekdays=frozenset(row.weekdays),
                since=row.since or date.min,
                until=row.until or date.max,
            )
        )
    return {key: tuple(wishes) for key, wishes in found.items()}
