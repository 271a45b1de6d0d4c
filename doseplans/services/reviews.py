"""A hold is looked at again on its review day, or as soon as may be where it has none. Parts of use cases."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time

from doseplans.calculus import day_in_words
from doseplans.models import PlanHold
from patients.models import WorklistItem

REVIEW_AT = time(9)
"""When on its day a review of a hold is due. Local policy."""


def review_key(hold: PlanHold) -> str:
    """How the hold's review is known on the worklist."""
    return f"hold:{hold.pk}:review"


def ask_for_reviews(holds: Iterable[PlanHold], *, on: date) -> None:
    """Each hold's review is on the worklist: on its day, or as of `on` where nobody has set one.

    One query however many; a review that waits already is not asked for twice. Plans come with patient and unit.
    """
    WorklistItem.objects.bulk_create([_item(hold, on) for hold in holds], ignore_conflicts=True)


def _item(hold: PlanHold, on: date) -> WorklistItem:
    plan = hold.plan
    unit = plan.patient.unit
    since = day_in_words(hold.placed_on.toordinal(), beside=on.toordinal())
    unset = "" if hold.review_on else "No review day is set. "
    return WorklistItem(
        unit=unit,
        patient=plan.patient,
        kind=WorklistItem.Kind.HOLD_REVIEW,
        key=review_key(hold),
        title="Review the hold",
        detail=f"{unset}{plan.protocol.name} is on hold since {since}: {hold.reason}"[:300],
        due_at=datetime.combine(hold.review_on or on, REVIEW_AT, tzinfo=unit.zone),
    )
