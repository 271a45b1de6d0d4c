"""A migrated database with a working unit, for the figures that need one."""

from __future__ import annotations

from datetime import timedelta

from django.core.management import call_command
from django.db import connection

from tests.cast import Cast, assemble, make_patient
from tests.ward import TODAY, Ward, open_ward, start_plan

_ready: list[Ward] = []


def ward() -> Ward:
    """The unit all figures share, made once a run."""
    if not _ready:
        call_command("migrate", verbosity=0, interactive=False)
        cast: Cast = assemble()
        _ready.append(open_ward(cast, rooms=2, places=6, operators=2))
    return _ready[0]


def patients_due(count: int, *, prefix: str, days_ahead: int = 1) -> list[str]:
    """So many patients with a dose due then; the public ids of those doses."""
    doses = []
    for number in range(count):
        patient = make_patient(ward().unit, f"{prefix}{number:05}", f"{prefix}{number:05}")
        due = TODAY + timedelta(days=days_ahead)
        plan = start_plan(patient, given=[due - timedelta(days=n) for n in (84, 70, 56, 28)], next_on=due, doses=2)
        doses.append(str(plan.doses.get(sequence=5).public_id))
    return doses


def analyze() -> None:
    """Fresh statistics: plans of a loaded table, not of an empty one."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
