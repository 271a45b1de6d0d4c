"""Doses without a visit, nearest closing first: the coordinator's list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Exists, OuterRef, Prefetch, QuerySet, Subquery

from doseplans.models import Administration, Dose, DoseDecision, PlanHold
from doseplans.rules import eligibility_problems
from patients.models import Flag
from scheduling.engine.ticks import day_words
from scheduling.models import LIVE, Appointment, Reservation
from units.actors import Actor
from units.models import Unit
from units.policy import Act
from units.scope import scoped

HORIZON = timedelta(days=28)
"""Doses whose window opens within four weeks are on the list."""


class Urgency(StrEnum):
    """Where a dose stands to its window; what the list's badge says."""

    OVERDUE = "overdue"
    ON_HOLD = "on_hold"
    BLOCKED = "blocked"
    CLOSING = "closing"
    OPEN = "open"
    COMING = "coming"


@dataclass(frozen=True, slots=True)
class DoseToBook:
    """A row of the list. `problems` are what stops its booking, in words, besides a hold."""

    dose: Dose
    urgency: Urgency
    days_left: int
    hold: PlanHold | None
    problems: tuple[str, ...]
    reservation: Reservation | None
    last_given_on: date | None


def doses_to_book(actor: Actor, *, unit: Unit, at: datetime) -> list[DoseToBook]:
    """The first unbooked dose of each live plan whose window is open or opens within four weeks; five queries.

    Order: overdue first, then by the day the window closes, loading before maintenance.
    """
    today = unit.local_date(at)
    return sorted(
        (_row(dose, unit, today=today, at=at) for dose in unbooked(actor, unit, today)),
        key=lambda row: (
            row.urgency is not Urgency.OVERDUE,
            row.dose.latest_on,
            row.dose.kind != "loading",
            row.dose.target_on,
            row.dose.pk,
        ),
    )


def unbooked(actor: Actor, unit: Unit, today: date) -> QuerySet[Dose]:
    """The doses of the list, in no order; for counting as well as for showing."""
    given = Administration.objects.filter(dose=OuterRef("pk"), is_entered_in_error=False)
    visited = Appointment.objects.filter(dose=OuterRef("pk"), status__in=LIVE)
    left_out = DoseDecision.objects.filter(dose=OuterRef("pk"), kind=DoseDecision.Kind.OMIT, withdrawn_at__isnull=True)
    # The first open dose of every plan, found once for all. Asked again for each dose it would depend on an index
    # scan, which a table that has just been filled is not given: three hundred plans then took minutes.
    first_open = (
        Dose.objects.filter(plan__patient__unit=unit, plan__ended_on__isnull=True)
        .filter(~Exists(given), ~Exists(visited), ~Exists(left_out))
        .order_by("plan_id", "sequence")
        .distinct("plan_id")
        .values("pk")
    )
    later = Appointment.objects.filter(
        dose__plan=OuterRef("plan"), dose__sequence__gt=OuterRef("sequence"), status__in=LIVE
    )
    last_given = Administration.objects.filter(dose__plan=OuterRef("plan"), is_entered_in_error=False)
    doses = (
        scoped(Dose.objects.all(), actor, Act.VIEW_PLANS, through="plan__patient__unit_id")
        .filter(
            plan__patient__unit=unit,
            plan__ended_on__isnull=True,
            plan__patient__deceased_at__isnull=True,
            earliest_on__lte=today + HORIZON,
        )
        .filter(pk__in=first_open)
        .annotate(
            last_given_on=Subquery(last_given.order_by("-given_on").values("given_on")[:1]),
            next_at=Subquery(later.order_by("dose__sequence").values("starts_at")[:1]),
        )
    )
    return doses.select_related("plan__patient", "plan__protocol", "reservation").prefetch_related(
        Prefetch("plan__holds", queryset=PlanHold.objects.filter(lifted_at__isnull=True)),
        Prefetch("plan__patient__flags", queryset=Flag.objects.order_by("kind", "pk")),
    )


def _row(dose: Dose, unit: Unit, *, today: date, at: datetime) -> DoseToBook:
    hold = next(iter(dose.plan.holds.all()), None)
    problems = (*eligibility_problems(dose.plan, on=dose.target_on, today=today), *_too_close(dose, unit, today))
    reservation = getattr(dose, "reservation", None)
    if reservation is not None and reservation.expires_at <= at:
        reservation = None
    return DoseToBook(
        dose=dose,
        urgency=_urgency(dose, today, is_held=hold is not None, is_blocked=bool(problems)),
        days_left=(dose.latest_on - today).days,
        hold=hold,
        problems=problems,
        reservation=reservation,
        last_given_on=dose.last_given_on,  # type: ignore[attr-defined]  # annotated above
    )


def _too_close(dose: Dose, unit: Unit, today: date) -> Iterable[str]:
    """The visit of the next dose, where even the first possible day is nearer to it than the minimum interval."""
    next_at: datetime | None = dose.next_at  # type: ignore[attr-defined]  # annotated above
    if next_at is None:
        return
    next_on, rule = unit.local_date(next_at), dose.plan.rule
    last = rule.last_before(next_on.toordinal(), rule.step_index(dose.sequence + 1))
    if max(dose.earliest_on, today).toordinal() > last:
        yield f"too close to the next visit on {day_words(next_on)}: move that one first"


def _urgency(dose: Dose, today: date, *, is_held: bool, is_blocked: bool) -> Urgency:
    if is_held:
        return Urgency.ON_HOLD
    if is_blocked:
        return Urgency.BLOCKED
    if dose.latest_on < today:
        return Urgency.OVERDUE
    if dose.latest_on <= today + timedelta(days=7):
        return Urgency.CLOSING
    return Urgency.OPEN if dose.earliest_on <= today else Urgency.COMING


def tally(rows: Sequence[DoseToBook]) -> dict[Urgency, int]:
    """How many rows stand in each state."""
    counted = dict.fromkeys(Urgency, 0)
    for row in rows:
        counted[row.urgency] += 1
    return counted
