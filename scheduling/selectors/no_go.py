"""When patients had better not be in the unit, as the engine wants it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, time
from typing import Any

from django.db import connection

from scheduling.engine.need import NoGo
from units.rows import Question

_NO_GO = """
    SELECT patient_id, words, starts_at, ends_at, weekdays, since, until
    FROM patients_nogotime
    WHERE patient_id = ANY(%(patients)s::bigint[]) AND (until IS NULL OR until >= %(since)s)
    ORDER BY id
"""


def no_go_of(patient_ids: Iterable[int], *, since: date) -> dict[int, tuple[NoGo, ...]]:
    """The times that do not suit from a day on, by the patient's key; one query."""
    with connection.cursor() as cursor:
        cursor.execute(*no_go_question(patient_ids, since=since))
        return no_go_from(cursor.fetchall())


def no_go_question(patient_ids: Iterable[int], *, since: date) -> Question:
    """What `no_go_of` asks; for a search, which asks it with other things."""
    return _NO_GO, {"patients": list(patient_ids), "since": since}


def no_go_from(rows: Iterable[tuple[Any, ...]]) -> dict[int, tuple[NoGo, ...]]:
    """The times of the rows that `no_go_question` found."""
    found: dict[int, list[NoGo]] = defaultdict(list)
    for patient_id, words, starts_at, ends_at, weekdays, first_on, last_on in rows:
        found[patient_id].append(
            NoGo(
                words=words,
                starts=starts_at or time.min,
                ends=ends_at or time.max,
                weekdays=frozenset(weekdays),
                since=first_on or date.min,
                until=last_on or date.max,
            )
        )
    return {key: tuple(wishes) for key, wishes in found.items()}
