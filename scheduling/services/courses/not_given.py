"""A record that a dose was not given, itself recorded in error: taken back in one step, the old version kept."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from doseplans.errors import DoseNotGiven as NothingOnRecord
from doseplans.models import Dose, DoseNotGiven
from doseplans.services.not_given import withdraw_not_given as withdraw_record
from patients.services import close_items
from scheduling.errors import SlotTaken
from scheduling.locking import patient_key
from scheduling.models import LIVE, Appointment, AppointmentEvent
from scheduling.placing import Claim, insert_claims
from scheduling.selectors.plan_states import plan_state
from scheduling.services.courses.doses import NOT_GIVEN_AT, Changed
from scheduling.services.courses.proposals import recount
from scheduling.services.visits.booking import refuse_overlap, reread
from scheduling.services.visits.events import claims_from, write_event
from scheduling.services.visits.taking_again import with_free_place
from scheduling.services.visits.wanted import dose_for, keys_of
from units.actors import Actor
from units.history import recorded_as
from units.policy import Act

Kind = AppointmentEvent.Kind
Status = Appointment.Status


@dataclass(frozen=True, slots=True)
class NotGivenSeen:
    """A record that stands, the visit it ended (None for one of before such events), and what that visit had taken.

    `goes_on`: the visit is back at “arrived” once the record is taken back; else it is marked as entered in error.
    """

    attempt: DoseNotGiven
    visit: Appointment | None
    claims: tuple[Claim, ...]
    goes_on: bool


def not_given_of(actor: Actor, *, dose: Dose, at: datetime) -> NotGivenSeen:
    """The last record that stands of the dose not having been given. `dose` comes from `dose_for`.

    Raises: NotAllowed; DoseNotGiven where none stands.
    """
    actor.require(Act.RECORD_ADMINISTRATION, dose.plan.patient.unit_id)
    attempt = DoseNotGiven.objects.filter(dose=dose, is_entered_in_error=False).order_by("-at", "-pk").first()
    if attempt is None:
        raise NothingOnRecord(f"It does not stand on record that {str(dose).lower()} was not given.")
    event = (
        AppointmentEvent.objects.filter(
            Q(at=attempt.at) | Q(**{f"snapshot__previous__{NOT_GIVEN_AT}": attempt.at.astimezone(UTC).isoformat()}),
            appointment__dose=dose,
            kind=Kind.NOT_GIVEN,
        )
        .select_related("appointment__unit", "appointment__patient")
        .first()
    )
    if event is None:
        return NotGivenSeen(attempt, None, (), goes_on=False)
    visit, before = event.appointment, event.snapshot["previous"]
    return NotGivenSeen(
        attempt, visit, tuple(claims_from(before["placing"])) if before else (), goes_on=_goes_on(dose, visit, at=at)
    )


def _goes_on(dose: Dose, visit: Appointment, *, at: datetime) -> bool:
    """Whether the patient may still be here for the dose: today, and nothing else has become of dose or plan since."""
    unit = visit.unit
    if visit.status != Status.CANCELLED or unit.local_date(visit.starts_at) != unit.local_date(at):
        return False
    plan = plan_state(dose.plan_id, unit)
    own = next(state for state in plan.doses if state.sequence == dose.sequence)
    is_open = own.expected_on is None and own.omitted_on is None
    return is_open and plan.facts.ended_on is None and not plan.facts.has_died


def withdraw_not_given(actor: Actor, *, dose_id: UUID, reason: str) -> Changed:
    """That the dose was not given stands as entered in error, and nobody is asked any more how it goes on.

    On its own day the visit is back at “arrived”, with those of its places that are still free, and the dose can be
    recorded; later, or once the dose is booked, given or left out otherwise, the visit is marked as entered in error.
    Raises: NotAllowed, InvalidInput without a reason, DoseNotGiven where no such record stands, PatientElsewhere.
    """
    dose = dose_for(actor, dose_id)
    seen = not_given_of(actor, dose=dose, at=timezone.now())
    keys = {patient_key(dose.plan.patient_id)} | (keys_of(seen.visit) if seen.visit else set())
    with recorded_as(actor, act="withdraw_not_given", reason=reason, locks=keys):
        at = timezone.now()
        seen = not_given_of(actor, dose=dose, at=at)
        withdraw_record(actor, attempt=seen.attempt, reason=reason)
        visit = reread(seen.visit, version=None) if seen.visit else None
        if visit is not None:
            _put_right(actor, visit, seen, reason=reason, at=at)
        unit = dose.plan.patient.unit
        proposals = recount(dose.plan, unit=unit, at=at)
    return Changed(dose, visit, tuple(proposals))


def _put_right(actor: Actor, visit: Appointment, seen: NotGivenSeen, *, reason: str, at: datetime) -> None:
    claims: Sequence[Claim] = ()
    if seen.goes_on:
        refuse_overlap(visit, visit.arrives_at, visit.ends_at)
        visit.status, visit.cancelled_by, visit.cancellation_reason = Status.ARRIVED, "", ""
    elif visit.status == Status.CANCELLED:
        visit.status = Status.ENTERED_IN_ERROR
    visit.version += 1
    visit.save()
    if visit.status in LIVE:
        claims = _take_what_is_free(visit, seen.claims)
    write_event(actor, visit, Kind.CORRECTED, at=at, claims=claims, reason=reason[:300])
    close_items(
        patient=visit.patient,
        outcome="That the dose was not given was recorded in error.",
        at=at,
        key_starts=f"not_given:{visit.public_id}",
    )


def _take_what_is_free(visit: Appointment, before: Sequence[Claim]) -> list[Claim]:
    """The visit's places, of those that nobody else has taken since: the patient is here, whatever is full."""
    taken = []
    for claim in sorted(with_free_place(visit, one) for one in before):
        with suppress(SlotTaken):
            insert_claims([claim], dose_id=visit.dose_id, appointment_id=visit.pk)
            taken.append(claim)
    return taken
