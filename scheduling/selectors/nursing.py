"""Nurses on duty in recovery, as the engine wants them."""

from __future__ import annotations

from django.db import connection

from scheduling.engine.nursing import Shift
from units.models import Unit


def shifts_of(unit: Unit) -> tuple[Shift, ...]:
    """The unit's shifts of nurses in recovery; none where it keeps no such data, and so no such limit. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT weekday, starts_at, ends_at, nurses * patients_each FROM scheduling_nurseshift WHERE unit_id = %s",
            [unit.pk],
        )
        return tuple(Shift(*row) for row in cursor.fetchall())
