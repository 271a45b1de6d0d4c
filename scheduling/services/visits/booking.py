"""Reserve, book and move: every placement goes through here, the one way it is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

from django.db.models.functions import Coalesce
from django.utils import timezone

from doseplans.models import Dose
from doseplans.services.projecting import write_dates
from scheduling.engine.ticks import day_words
from scheduling.errors import NotInThatState, PatientElsewhere, StalePage
from scheduling.models import LIVE, Appointment, AppointmentEvent, MoveProposal, Reservation
from scheduling.placing import Claim, insert_claims, insert_visit
from scheduling.selectors.appointments import appointment_for
from scheduling.selectors.errands import errand_for_dose, errand_for_kind, errand_of_visit
from scheduling.selectors.plan_states import PlanState, plan_question, plan_state, state_from
from scheduling.services.courses.proposals import close_proposal, count_again, propose, recount
from scheduling.services.opening.hours import close_stranded
from scheduling.services.visits.events import announce, event_of, next_dtstamp, state_of, write_event
from scheduling.services.visits.fitting import refuse_start
from scheduling.services.visits.gates import check_gates, refuse_dead
from scheduling.services.visits.placement import (
    Day,
    check_not_past,
    claims_for,
    clear_the_way,
    day_from,
    day_questions,
    in_the_way,
)
from scheduling.services.visits.wanted import Visit, Wanted, dose_for, keys_of, visit_for
from scheduling.services.waiting.endings import end_offers_about
from units.actors import Actor
from units.history import recorded_as
from units.policy import Act
from units.rows import ask_together


def reserve_slot(actor: Actor, *, dose_id: UUID, wanted: Wanted, override_reason: str = "") -> Reservation:
    """The slot is kept for the actor for the unit's reservation time; an earlier reservation of theirs is let go.

    Raises: every refusal of `book_appointment`.
    """
    errand = errand_for_dose(actor, dose_id)
    visit = visit_for(actor, errand, wanted)
    at = timezone.now()
    asking = [in_the_way(visit, at=at)]
    with recorded_as(actor, act="reserve_slot", reason=override_reason, locks=visit.keys(), asking=asking) as (rows,):
        refusal = clear_the_way(actor, visit, at=at, rows=rows)
        if refusal is None:
            plan, day = _read(visit)
            check_placing(actor, visit, plan, override_reason=override_reason, at=at)
            reservation = Reservation.objects.create(
                unit=visit.unit,
                dose=errand.dose,
                reserved_by_id=actor.user_id,
                reserved_by_name=actor.name,
                starts_at=visit.slot.arrive_at,
                ends_at=visit.slot.leave_at,
                expires_at=at + timedelta(minutes=visit.unit.reservation_minutes),
            )
            insert_claims(claims_for(visit, day), dose_id=errand.dose_pk, reservation_id=reservation.pk)
            return reservation
    raise refusal


def release_reservation(actor: Actor, *, dose_id: UUID) -> bool:
    """The actor's reservation for the dose is gone and its slot free; False where there was none of theirs."""
    dose = dose_for(actor, dose_id)
    actor.require(Act.BOOK, dose.plan.patient.unit_id)
    deleted, _ = Reservation.objects.filter(dose=dose, reserved_by_id=actor.user_id).delete()
    return bool(deleted)


def book_appointment(actor: Actor, *, dose_id: UUID, wanted: Wanted, override_reason: str = "") -> Appointment:
    """The dose has a visit, and its invite goes out after the unit's seconds to undo.

    `override_reason` counts only for somebody who may override dose limits. Raises: SlotTaken, SlotNotOffered,
    PatientElsewhere, DoseReservedByOther, and what the gates refuse (`check_gates`).
    """
    return book(actor, visit_for(actor, errand_for_dose(actor, dose_id), wanted), override_reason=override_reason)


def book_visit(actor: Actor, *, patient_id: UUID, visit_kind_id: UUID, wanted: Wanted) -> Appointment:
    """The patient has a visit without a plan, under the same locks and constraints, with the same invite.

    No plan's gates apply, and no hold stops it. Raises: NotFound, SlotTaken, SlotNotOffered, PatientElsewhere, and
    PatientHasDied.
    """
    return book(actor, visit_for(actor, errand_for_kind(actor, patient_id, visit_kind_id), wanted))


def book(actor: Actor, visit: Visit, *, override_reason: str = "") -> Appointment:
    """The visit that `visit_for` worked out is booked. Raises what `book_appointment` does."""
    at = timezone.now()
    act = "squeeze_in" if visit.squeezed_in else "book_appointment"
    why, asking = _reasons(visit, override_reason), [in_the_way(visit, at=at)]
    with recorded_as(actor, act=act, reason=why, locks=visit.keys(), asking=asking) as (rows,):
        refusal = clear_the_way(actor, visit, at=at, rows=rows)
        if refusal is None:
            return _place(actor, visit, override_reason=override_reason, at=at)
    raise refusal


def _place(actor: Actor, visit: Visit, *, override_reason: str, at: datetime) -> Appointment:
    plan, day = _read(visit)
    check_placing(actor, visit, plan, override_reason=override_reason, at=at)
    claims, event = _prepared(actor, visit, day, override_reason=override_reason, at=at)
    if visit.dose is None or plan is None:
        _put_in(claims, event)
        return event.appointment
    moved = _days_from(visit, visit.dose)
    counted = count_again(visit.dose.plan, unit=visit.unit, at=at, state=plan, moved=moved)
    _put_in(claims, event, along=partial(write_dates, visit.dose.plan, counted.changed))
    propose(counted, at=at)
    return event.appointment


def put_in(actor: Actor, visit: Visit, *, at: datetime, together: UUID | None = None) -> Appointment:
    """The visit stands with what it takes and its first event, once everything has been asked (`check_placing`).

    The plan's dates are counted again by the caller. Raises: SlotTaken, SlotNotOffered, PatientElsewhere.
    """
    claims, event = _prepared(actor, visit, None, override_reason="", at=at, together=together)
    _put_in(claims, event)
    return event.appointment


def _prepared(
    actor: Actor, visit: Visit, day: Day | None, *, override_reason: str, at: datetime, together: UUID | None = None
) -> tuple[list[Claim], AppointmentEvent]:
    """What the visit takes, and its first event with the visit itself; none of them written down yet."""
    appointment = _appointment_of(actor, visit, override_reason=override_reason, at=at)
    claims = claims_for(visit, day)
    kind, reason = AppointmentEvent.Kind.BOOKED, _reasons(visit, override_reason)
    return claims, event_of(actor, appointment, kind, at=at, claims=claims, reason=reason, together=together)


def _put_in(claims: Sequence[Claim], event: AppointmentEvent, *, along: Callable[[], None] | None = None) -> None:
    appointment = event.appointment
    if not insert_visit(appointment, claims, event, along=along):
        refuse_overlap(appointment, appointment.arrives_at, appointment.ends_at)
        raise PatientElsewhere("The patient has another visit at that time. Choose another slot.")
    announce(event)


def _reasons(visit: Visit, override_reason: str) -> str:
    """Why the visit may be what it is, for the record."""
    return " ".join(reason for reason in (visit.squeezed_in, override_reason.strip()) if reason)[:300]


def _read(visit: Visit) -> tuple[PlanState | None, Day]:
    """The plan, if there is one, and the day, as they stand now that the locks are held."""
    about_the_day = day_questions(visit)
    if visit.dose is None:
        return None, day_from(visit, *ask_together(*about_the_day))
    plan, *day = ask_together(plan_question(visit.dose.plan_id), *about_the_day)
    return state_from(plan, visit.unit), day_from(visit, *day)


def move_appointment(
    actor: Actor,
    *,
    appointment_id: UUID,
    wanted: Wanted,
    version: int | None = None,
    reason: str = "",
    override_reason: str = "",
) -> Appointment:
    """The visit stands at its new time with the next SEQUENCE, and one update goes out.

    `version` is what the page showed: another one raises StalePage. A change of room or person alone moves nobody in
    time, so it keeps the SEQUENCE and sends nothing. Raises also what `book_appointment` does, and NotInThatState.
    """
    seen = appointment_for(actor, appointment_id, act=Act.BOOK)
    if wanted.is_admitted is None:
        wanted = replace(wanted, is_admitted=seen.admitted_at is not None)
    visit = visit_for(actor, errand_of_visit(actor, seen), wanted, moving_id=seen.pk)
    at = timezone.now()
    keys = visit.keys() | keys_of(seen)
    with recorded_as(actor, act="move_appointment", reason=reason or override_reason, locks=keys):
        appointment = reread(seen, version=version)
        refuse_unmovable(appointment)
        refusal = clear_the_way(actor, visit, at=at, moving_id=seen.pk)
        if refusal is None:
            _replace(actor, visit, appointment, reason=reason, override_reason=override_reason, at=at)
            return appointment
    raise refusal


def _replace(
    actor: Actor, visit: Visit, appointment: Appointment, *, reason: str, override_reason: str, at: datetime
) -> None:
    plan = plan_state(visit.dose.plan_id, visit.unit) if visit.dose else None
    check_placing(actor, visit, plan, override_reason=override_reason, at=at, moving=appointment)
    previous = state_of(appointment, free(appointment))
    retime(appointment, visit, at=at, override_reason=override_reason)
    claims = claims_for(visit)
    insert_claims(claims, dose_id=visit.errand.dose_pk, appointment_id=appointment.pk)
    words = reason or override_reason
    write_event(actor, appointment, AppointmentEvent.Kind.MOVED, at=at, claims=claims, previous=previous, reason=words)
    close_proposal(appointment, MoveProposal.State.MOVED, words or "The visit was moved.", at=at, by=actor.name)
    close_stranded(appointment, at=at)
    end_offers_about(appointment, "The visit was moved.", at=at)
    if visit.dose is not None and plan is not None:
        recount(visit.dose.plan, unit=visit.unit, at=at, state=plan, moved=_days_from(visit, visit.dose))


def reread(seen: Appointment, *, version: int | None) -> Appointment:
    """The visit as it stands now that the locks are held. Raises StalePage where somebody changed it meanwhile."""
    appointment = (
        Appointment.objects.select_for_update(of=("self",)).select_related("unit", "patient", "dose").get(pk=seen.pk)
    )
    has_moved = (appointment.arrives_at, appointment.starts_at, appointment.ends_at) != (
        seen.arrives_at,
        seen.starts_at,
        seen.ends_at,
    )
    refuse_stale(appointment, version=version, has_moved=has_moved)
    return appointment


def refuse_stale(appointment: Appointment, *, version: int | None, has_moved: bool = False) -> None:
    """Nothing, where the visit is as the page showed it (None: the page did not say). Raises StalePage."""
    if has_moved or (version is not None and version != appointment.version):
        last = appointment.events.order_by("-pk").first()
        by = f" by {last.actor_name}" if last else ""
        raise StalePage(f"This visit was changed{by} since your page was loaded. Look at it again before you go on.")


def refuse_unmovable(appointment: Appointment) -> None:
    """Nothing, where the visit is booked and no more. Raises NotInThatState."""
    if appointment.status != Appointment.Status.BOOKED:
        raise NotInThatState(f"This visit is {appointment.get_status_display().lower()} and cannot be moved.")


def free(appointment: Appointment) -> list[Claim]:
    """The visit's allocations are gone; returns what they were."""
    claims = [Claim(row.resource_id, row.phase, row.starts_at, row.ends_at) for row in appointment.allocations.all()]
    appointment.allocations.all().delete()
    return sorted(claims)


def refuse_overlap(appointment: Appointment, starts_at: datetime, ends_at: datetime) -> None:
    """Raises PatientElsewhere where the patient has another live visit in that stretch. Under the patient's lock."""
    # From the evening on of somebody who is admitted the day before.
    others = Appointment.objects.alias(from_at=Coalesce("admitted_at", "starts_at"))
    other = (
        others.filter(patient_id=appointment.patient_id, status__in=LIVE, from_at__lt=ends_at, ends_at__gt=starts_at)
        .exclude(pk=appointment.pk)
        .select_related("unit")
        .first()
    )
    if other is not None:
        starts = other.unit.local(other.arrives_at)
        raise PatientElsewhere(
            f"The patient has another visit on {day_words(starts.date())} at {starts:%H:%M}, which overlaps. "
            "Choose another slot."
        )


def check_placing(
    actor: Actor,
    visit: Visit,
    plan: PlanState | None,
    *,
    override_reason: str,
    at: datetime,
    moving: Appointment | None = None,
) -> None:
    """Everything that is asked again once the locks are held; `plan` is the plan as it stands, if there is one."""
    check_not_past(visit, at=at)
    refuse_start(visit)
    if visit.dose is None or plan is None:
        refuse_dead(visit.patient)
    else:
        check_gates(
            actor,
            visit.dose,
            plan,
            on=visit.on,
            today=visit.unit.local_date(at),
            override_reason=override_reason,
            moving_id=moving.pk if moving else None,
        )
    if moving is not None:
        refuse_overlap(moving, visit.arrives_at, visit.slot.leave_at)


def _appointment_of(actor: Actor, visit: Visit, *, override_reason: str, at: datetime) -> Appointment:
    return Appointment(
        public_id=uuid4(),
        unit=visit.unit,
        patient=visit.patient,
        dose=visit.dose,
        visit_kind=visit.errand.kind,
        status=Appointment.Status.BOOKED,
        starts_at=visit.slot.arrive_at,
        ends_at=visit.slot.leave_at,
        admitted_at=visit.admitted_at,
        uid=uuid4(),
        dtstamp=next_dtstamp(at, None),
        booked_at=at,
        booked_by_name=actor.name,
        override_reason=override_reason,
        squeezed_in_reason=visit.squeezed_in,
    )


def retime(appointment: Appointment, visit: Visit, *, at: datetime, override_reason: str) -> None:
    """The visit's own row has the new times; a change that its patient notices has the next SEQUENCE and a stamp."""
    slot = visit.slot
    if (visit.arrives_at, slot.leave_at) != (appointment.arrives_at, appointment.ends_at):
        appointment.ical_sequence += 1
        appointment.dtstamp = next_dtstamp(at, appointment.dtstamp)
    appointment.starts_at, appointment.ends_at = slot.arrive_at, slot.leave_at
    appointment.admitted_at = visit.admitted_at
    appointment.override_reason = override_reason or appointment.override_reason
    appointment.squeezed_in_reason = visit.squeezed_in
    appointment.version += 1
    fields = ["starts_at", "ends_at", "admitted_at", "ical_sequence", "dtstamp", "version", "override_reason"]
    fields.append("squeezed_in_reason")
    appointment.save(update_fields=fields)


def _days_from(visit: Visit, dose: Dose) -> dict[int, date]:
    """The day that later doses count from; their visits that no longer fit are proposed to be moved."""
    return {dose.sequence: visit.unit.local_date(visit.slot.arrive_at)}


def count_on(appointment: Appointment, *, at: datetime) -> list[MoveProposal]:
    """The plan's dates follow from what is given and booked now. Under the patient's lock. Returns what must move."""
    if appointment.dose is None:
        return []
    return recount(appointment.dose.plan, unit=appointment.unit, at=at)
