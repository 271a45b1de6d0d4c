"""What pages read across apps: the menu's figures, a visit with all that its page shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    prefetch_related_objects,
)

from doseplans.models import Administration, Dose, DosePlan
from patients.models import Flag, Patient
from patients.selectors import Found, Namesake, first_found, namesakes_of, patients_of, waits_for, worklist_of
from scheduling.models import LIVE, Allocation, Appointment, AppointmentEvent
from scheduling.selectors.appointments import appointment_for, visits_of
from scheduling.selectors.day_board import BEFORE
from scheduling.selectors.handover import unread_of
from scheduling.selectors.readiness import Readiness, readiness
from scheduling.selectors.to_book import HORIZON, unbooked
from units.actors import Actor
from units.models import Membership, Unit
from units.policy import POLICY, Act
from units.rows import Composed
from units.scope import scoped

MOST_UNREAD = 20
"""More changes than that are not counted: every page pays for them."""


def open_counts(actor: Actor, *, unit: Unit, at: datetime) -> tuple[int | None, int | None, int | None]:
    """Doses to book, open worklist items for the actor, and what others changed since they read it last, in the unit.

    None for what the actor's role does not show. Of the changes one more than MOST_UNREAD means more than that.

    One query: the day board has twelve to spend in all. It is composed once, because every page asks it.
    """
    opens_by, user = unit.local_date(at) + HORIZON, actor.user_id or 0
    ((doses, items, events, notes),) = _COUNTS.rows(unit=unit.pk, user=user, opens_by=opens_by, at=at)
    unread = events + (notes if actor.may(Act.VIEW_PATIENTS, unit.pk) else 0)
    return (
        (doses or 0) if actor.may(Act.VIEW_PLANS, unit.pk) else None,
        (items or 0) if actor.may(Act.WORK_WORKLIST, unit.pk) else None,
        min(unread, MOST_UNREAD + 1) if actor.may(Act.VIEW_SCHEDULE, unit.pk) else None,
    )


def _counts(*, unit: int, user: int, opens_by: date, at: datetime) -> QuerySet[Any]:
    system, asked = Actor.system("Counts of a page"), Unit(pk=unit)
    doses = unbooked(system, asked, opens_by - HORIZON)
    items = worklist_of(system, unit=asked, at=at).select_related(None).filter(waits_for(user, at=at))
    unread = [_first(rows) for rows in unread_of(unit=unit, user=user)]
    return Unit.objects.filter(pk=unit).values_list(_counted(doses), _counted(items), *unread)


def _first(rows: QuerySet[Any]) -> Func:
    """How many of the first rows there are: the database looks for no more than are shown."""
    found = ArraySubquery(rows.order_by().values("pk")[: MOST_UNREAD + 1])
    return Func(found, function="CARDINALITY", output_field=IntegerField())


def _counted(rows: QuerySet[Any]) -> Subquery:
    """How many rows, as a part of another query; NULL for none."""
    return Subquery(
        rows.order_by().annotate(all_alike=Value(1)).values("all_alike").annotate(n=Count("pk")).values("n")
    )


_COUNTS = Composed(_counts, unit=-1, user=-2, opens_by=date(1900, 1, 1), at=datetime(1900, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class VisitRead:
    """A visit with what its panel and page show: allocations, flags and answers read; events in order; the dose's
    record; its gates until the procedure starts."""

    visit: Appointment
    events: tuple[AppointmentEvent, ...]
    given: Administration | None
    readiness: Readiness = ()


def visit_read(actor: Actor, visit_id: UUID, *, at: datetime) -> VisitRead:
    """The visit as it stands at `at`; seven queries. Raises NotFound outside the actor's units."""
    visit = appointment_for(actor, visit_id)
    prefetch_related_objects(
        [visit],
        Prefetch("allocations", queryset=Allocation.objects.select_related("resource")),
        Prefetch("patient__flags", queryset=Flag.objects.order_by("kind", "pk")),
        "responses",
    )
    given = Administration.objects.filter(dose=visit.dose, is_entered_in_error=False).first() if visit.dose else None
    is_before = visit.status in BEFORE and visit.procedure_started_at is None
    gates = readiness(visit, at=at) if is_before else ()
    return VisitRead(visit, tuple(visit.events.order_by("pk")), given, gates)


@dataclass(frozen=True, slots=True)
class NextVisit:
    """The first of a patient's visits that is still to be got ready for, and how far it is."""

    visit: Appointment
    readiness: Readiness


def next_visit(actor: Actor, patient: Patient, *, at: datetime) -> NextVisit | None:
    """None where the patient has no dose booked; two queries."""
    coming = visits_of(actor, patient).prefetch_related(None).order_by("starts_at")
    visit = coming.filter(
        status__in=BEFORE, procedure_started_at__isnull=True, dose__isnull=False, ends_at__gt=at
    ).first()
    return NextVisit(visit, readiness(visit, at=at)) if visit else None


def checkers_in(unit: Unit) -> list[str]:
    """Names of the unit's people who may check a dose with somebody else: those who may record one."""
    roles = [role.value for role, acts in POLICY.items() if Act.RECORD_ADMINISTRATION in acts]
    people = Membership.objects.filter(unit=unit, role__in=roles, user__is_active=True)
    return list(people.order_by("user__name").values_list("user__name", flat=True).distinct())


def live_visit_of(dose: Dose) -> Appointment | None:
    """The visit that the dose is booked for, if any."""
    return Appointment.objects.filter(dose=dose, status__in=LIVE).first()


@dataclass(frozen=True, slots=True)
class PatientLine:
    """A patient in the list with the plan that counts, and what comes next for them."""

    patient: Patient
    plan: DosePlan | None
    given: int
    is_held: bool
    next_visit_at: datetime | None
    next_due_on: date | None
    is_near: bool = False
    namesakes: Sequence[Namesake] = ()


@dataclass(frozen=True, slots=True)
class PatientLines:
    """One page of the patients found, and how many there are of each kind among all found.

    `near` of all found have a name that is only like what was typed.
    """

    lines: tuple[PatientLine, ...]
    found: int
    total: int
    held: int
    unplanned: int
    near: int = 0


def patient_lines(
    actor: Actor, *, unit: Unit, at: datetime, search: str, show: str, by_visit: bool, bounds: Callable[[int], slice]
) -> PatientLines:
    """The unit's patients; or those of all the actor's units that fit what was typed, then those with a like name.

    Five queries whatever their number, and up to five more for what was typed. `show` narrows to "held" or
    "unplanned". `bounds` says which part of so many is wanted.
    """
    is_search = bool(search.strip())
    live = DosePlan.objects.filter(patient=OuterRef("pk"), ended_on__isnull=True)
    patients = patients_of(actor, unit=None if is_search else unit, search=search).annotate(
        has_plan=Exists(live),
        is_held=Exists(live.filter(holds__isnull=False, holds__lifted_at__isnull=True)),
        next_visit_at=Subquery(_coming(at).values("starts_at")[:1]),
    )
    tally = patients.order_by().aggregate(
        total=Count("pk"),
        held=Count("pk", filter=Q(is_held=True)),
        unplanned=Count("pk", filter=Q(has_plan=False)),
        **({"near": Count("pk", filter=Q(is_near=True))} if is_search else {}),
    )
    narrowed = {"held": patients.filter(is_held=True), "unplanned": patients.filter(has_plan=False)}.get(show, patients)
    found = tally[show] if show else tally["total"]
    if by_visit:
        nearness = [F("is_near").asc()] if is_search else []
        narrowed = narrowed.order_by(*nearness, F("next_visit_at").asc(nulls_last=True), "pk")
    page = list(narrowed[bounds(found)])
    namesakes = namesakes_of(page) if is_search else {}
    plans = {plan.patient_id: plan for plan in _plans_of(actor, page)}
    lines = tuple(_patient_line(each, plans.get(each.pk), namesakes.get(each.pk, ())) for each in page)
    return PatientLines(lines, found, tally["total"], tally["held"], tally["unplanned"], tally.get("near", 0))


@dataclass(frozen=True, slots=True)
class PatientHit:
    """Somebody who may be meant by what is being typed, and whom they might be taken for."""

    patient: Found
    unit: Unit
    namesakes: Sequence[Namesake]


# As `_coming`.
_NEXT_VISIT_AT = """
    SELECT visit.starts_at FROM scheduling_appointment visit
    WHERE visit.patient_id = patient.id AND visit.status = 'booked' AND visit.starts_at >= (SELECT %(now)s)
    ORDER BY visit.starts_at LIMIT 1
"""


def patient_hits(actor: Actor, *, at: datetime, search: str, most: int) -> tuple[tuple[PatientHit, ...], int]:
    """The first of those in all the actor's units that fit, then those with a like name; and how many there are.

    At most six queries (`first_found`).
    """
    found, total = first_found(actor, search=search, most=most, next_visit_at=(_NEXT_VISIT_AT, {"now": at}))
    units = {unit.pk: unit for unit in actor.units}
    return tuple(PatientHit(each, units[each.unit_id], each.namesakes) for each in found), total


def _coming(at: datetime) -> QuerySet[Appointment]:
    coming = Appointment.objects.filter(patient=OuterRef("pk"), status=Appointment.Status.BOOKED, starts_at__gte=at)
    return coming.order_by("starts_at")


def _plans_of(actor: Actor, patients: Sequence[Patient]) -> QuerySet[DosePlan]:
    """Each patient's plans, the one that counts last: live before ended, the latest before others."""
    given = Administration.objects.filter(dose=OuterRef("pk"), is_entered_in_error=False)
    booked = Appointment.objects.filter(dose=OuterRef("pk"), status__in=LIVE)
    waiting = Dose.objects.filter(~Exists(given), ~Exists(booked), plan=OuterRef("pk")).order_by("sequence")
    return (
        scoped(DosePlan.objects.all(), actor, Act.VIEW_PLANS, through="patient__unit_id")
        .filter(patient__in=patients)
        .select_related("protocol")
        .annotate(
            given=Count("doses__administrations", filter=Q(doses__administrations__is_entered_in_error=False)),
            next_due_on=Subquery(waiting.values("target_on")[:1]),
        )
        .order_by(F("ended_on").asc(nulls_last=True), "created_at")
    )


def _patient_line(patient: Any, plan: Any, namesakes: Sequence[Namesake]) -> PatientLine:
    """The annotated rows as a line."""
    return PatientLine(
        patient=patient,
        plan=plan,
        given=plan.given if plan else 0,
        is_held=patient.is_held,
        next_visit_at=patient.next_visit_at,
        next_due_on=plan.next_due_on if plan and plan.ended_on is None else None,
        is_near=getattr(patient, "is_near", False),
        namesakes=namesakes,
    )


def events_of(actor: Actor, patient: Patient, *, most: int = 60) -> list[AppointmentEvent]:
    """What happened to the patient's visits, latest first."""
    events = scoped(AppointmentEvent.objects.all(), actor, Act.VIEW_SCHEDULE, through="appointment__unit_id")
    return list(events.filter(appointment__patient=patient).order_by("-pk")[:most])
