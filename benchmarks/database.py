"""A migrated database with a working unit, for the figures that need one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import connection

from doseplans.services import reproject_plan
from tests.cast import assemble, make_patient
from tests.databases import create_migrated
from tests.ward import TODAY, Ward, open_ward, start_plan

_ready: list[Ward] = []


def ward() -> Ward:
    """The unit all figures share, made once a run."""
    if not _ready:
        create_migrated("bench")
        connection.close()
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = "bench"
        _ready.append(open_ward(assemble(), rooms=2, places=6, operators=2))
    return _ready[0]


def patients_due(days: Sequence[int], *, prefix: str) -> list[str]:
    """A patient for each entry, with four doses given and the fifth due so many days after `TODAY`.

    Returns the public ids of those doses. Dates are as the product projects them, so that a booking on the due day
    changes what the next dose says it counts from and nothing else, in ours as in the reference.
    """
    doses = []
    for number, ahead in enumerate(days):
        patient = make_patient(ward().unit, f"{prefix}{number:05}", f"{prefix}{number:05}")
        due = TODAY + timedelta(days=ahead)
        plan = start_plan(patient, given=[due - timedelta(days=n) for n in (84, 70, 56, 28)], next_on=due, doses=1)
        reproject_plan(plan, expected={}, on=TODAY)
        doses.append(str(plan.doses.get(sequence=5).public_id))
    return doses


def analyze() -> None:
    """Fresh statistics: plans of a loaded table, not of an empty one."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
