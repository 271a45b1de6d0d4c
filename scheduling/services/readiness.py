"""What is written down about a patient's readiness, and the worklist that warns while it is not complete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.utils import timezone

from doseplans.readiness import GateState, not_green, working_days_before
from doseplans.services import record_registry_return
from patients.models import Patient, WorklistItem
from patients.selectors import patient_by_public_id, worklist_item
from patients.services import finish_item, open_item
from patients.services import papers as written
from scheduling.engine.ticks import day_words, wall_clock
from scheduling.locking import patient_key
from scheduling.models import Appointment
from scheduling.selectors.lists import bank_holidays
from scheduling.selectors.readiness import readiness_of
from units.actors import Actor
from units.history import recorded_as
from units.models import Unit

WARNING_DAYS = 2
"""Working days before the visit from which on something missing is on the worklist."""

FURTHEST = timedelta(days=14)
"""No run of weekends and bank holidays is longer than this less two working days."""

KEY = "not_ready"


@dataclass(frozen=True, slots=True)
class Paper:
    """For whom and on which day something is written down."""

    patient: Patient
    on: date


@contextmanager
def paper(actor: Actor, patient_id: UUID, act: str) -> Iterator[Paper]:
    """What is written inside is on the record as `act`, and the worklist follows from it.

    Raises: NotFound, for a patient of another unit as for one that is not there.
    """
    patient = patient_by_public_id(actor, patient_id)
    at = timezone.now()
    with recorded_as(actor, act=act, locks=[patient_key(patient.pk)]):
        yield Paper(patient, patient.unit.local_date(at))
        watch_readiness(patient.unit, at=at, patient=patient)


def record_consent(
    actor: Actor, *, patient_id: UUID, kind: str, given_on: date, expires_on: date | None = None
) -> None:
    """The consent is on record."""
    with paper(actor, patient_id, "record_consent") as new:
        written.record_consent(
            actor, patient=new.patient, kind=kind, given_on=given_on, expires_on=expires_on, on=new.on
        )


def withdraw_consent(actor: Actor, *, patient_id: UUID, consent_id: int, withdrawn_on: date) -> None:
    """The patient has taken the consent back."""
    with paper(actor, patient_id, "withdraw_consent") as new:
        written.withdraw_consent(
            actor, patient=new.patient, consent_id=consent_id, withdrawn_on=withdrawn_on, on=new.on
        )


def record_check(
    actor: Actor, *, patient_id: UUID, kind: str, done_on: date, is_acceptable: bool, result: str = ""
) -> None:
    """The finding is on record."""
    with paper(actor, patient_id, "record_check") as new:
        written.record_check(
            actor,
            patient=new.patient,
            kind=kind,
            done_on=done_on,
            is_acceptable=is_acceptable,
            result=result,
            on=new.on,
        )


def strike_check(actor: Actor, *, patient_id: UUID, check_id: int, reason: str) -> None:
    """The check was entered in error."""
    with paper(actor, patient_id, "strike_check") as new:
        written.strike_check(actor, patient=new.patient, check_id=check_id, reason=reason)


def record_authorisation(
    actor: Actor, *, patient_id: UUID, authorisation_id: int | None = None, values: written.AuthorisationValues
) -> None:
    """Who pays is on record."""
    with paper(actor, patient_id, "record_authorisation") as new:
        written.record_authorisation(actor, patient=new.patient, authorisation_id=authorisation_id, **values)


def record_antithrombotic(actor: Actor, *, patient_id: UUID, medicine: str, since: date | None = None) -> None:
    """What the patient takes against clotting is on record."""
    with paper(actor, patient_id, "record_antithrombotic") as new:
        written.record_antithrombotic(actor, patient=new.patient, medicine=medicine, since=since, on=new.on)


def agree_pause(actor: Actor, *, patient_id: UUID, use_id: int, agreed_on: date) -> None:
    """The pause for the next visit is agreed."""
    with paper(actor, patient_id, "agree_pause") as new:
        written.agree_pause(actor, patient=new.patient, use_id=use_id, agreed_on=agreed_on, on=new.on)


def stop_antithrombotic(actor: Actor, *, patient_id: UUID, use_id: int, stopped_on: date) -> None:
    """The patient takes it no more."""
    with paper(actor, patient_id, "stop_antithrombotic") as new:
        written.stop_antithrombotic(actor, patient=new.patient, use_id=use_id, stopped_on=stopped_on, on=new.on)


def finish_worklist_item(actor: Actor, *, item_id: UUID, outcome: str = "") -> WorklistItem:
    """The item is done; a return to the registry is on the plan's record as of today.

    Raises: NotFound, NotAllowed, ItemAlreadyDone.
    """
    seen = worklist_item(actor, item_id)
    with recorded_as(actor, act="finish_item", reason=outcome):
        item = finish_item(actor, item_id=item_id, outcome=outcome)
        if seen.kind == WorklistItem.Kind.REGISTRY:
            today = seen.unit.local_date(timezone.now())
            plan_id = UUID(seen.key.split(":")[1])
            record_registry_return(actor, plan_id=plan_id, returned_on=today, on=today)
    return item


# --- the warning
def warned_from(unit: Unit, day: date) -> date:
    """The day from which on something missing for a visit is on the worklist: two working days before."""
    return working_days_before(day, WARNING_DAYS, bank_holidays(unit, day.year - 1, day.year))


def watch_readiness(unit: Unit, *, at: datetime, patient: Patient | None = None) -> int:
    """Each booked visit that comes near and is not ready is on the worklist, and nothing else is. Returns how many are.

    Of the unit, or of one patient. An item somebody has finished today does not come back before tomorrow: they know.
    """
    today = unit.local_date(at)
    visits = [visit for visit in _coming(unit, at, patient) if warned_from(unit, _day(visit)) <= today]
    states = readiness_of(visits, at=at)
    waiting = {f"{KEY}:{visit.public_id}": visit for visit in visits if not_green(states[visit.pk])}
    items = WorklistItem.objects.filter(unit=unit, kind=WorklistItem.Kind.NOT_READY)
    if patient is not None:
        items = items.filter(patient=patient)
    items.filter(done_at__isnull=True).exclude(key__in=waiting).update(
        done_at=at, outcome="Ready now, or no longer needed."
    )
    known = items.filter(key__in=waiting, done_by__isnull=False, done_at__gte=wall_clock(today, time(0), unit.zone))
    for key in set(waiting) - set(known.values_list("key", flat=True)):
        _open(waiting[key], key, not_green(states[waiting[key].pk]))
    return len(waiting)


def _coming(unit: Unit, at: datetime, patient: Patient | None) -> Iterable[Appointment]:
    """Booked visits from today on that could be near enough."""
    since = wall_clock(unit.local_date(at), time(0), unit.zone)
    visits = Appointment.objects.filter(
        unit=unit,
        status=Appointment.Status.BOOKED,
        starts_at__gte=since,
        starts_at__lt=since + FURTHEST,
        dose__isnull=False,
    )
    if patient is not None:
        visits = visits.filter(patient=patient)
    return visits.select_related("unit", "patient").order_by("starts_at")


def _day(visit: Appointment) -> date:
    return visit.unit.local_date(visit.starts_at)


def _open(visit: Appointment, key: str, states: Sequence[GateState]) -> None:
    detail = "; ".join(state.sentence for state in states)
    opened = open_item(
        unit=visit.unit,
        patient=visit.patient,
        kind=WorklistItem.Kind.NOT_READY,
        key=key,
        title=f"Not ready for {day_words(_day(visit))}",
        detail=detail,
        due_at=visit.starts_at,
    )
    if not opened:
        WorklistItem.objects.filter(key=key, done_at__isnull=True).exclude(detail=detail[:300]).update(
            detail=detail[:300], due_at=visit.starts_at, title=f"Not ready for {day_words(_day(visit))}"
        )
