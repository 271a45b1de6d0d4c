"""What a re-plan asks the engine: the visits with their windows, read in a constant number of queries. Parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from doseplans.models import Dose, ProtocolStep
from scheduling.engine.need import Need
from scheduling.engine.replan import NextVisit, Stranded
from scheduling.engine.replan.asks import Limits
from scheduling.engine.ticks import ceil_tick, floor_tick, ticks_in
from scheduling.engine.visit import Phase, Phases, Slot
from scheduling.errors import NotInThatState
from scheduling.models import LIVE, Allocation, Appointment, AppointmentResponse, Resource
from scheduling.selectors.errands import Errand, errand_of_visit, errands_of_doses
from scheduling.selectors.lists import bank_holidays
from scheduling.selectors.no_go import no_go_of
from scheduling.selectors.plan_states import PlanState, first_possible_on, last_before, next_taken, plan_states
from scheduling.selectors.replans import Around, around, barred_for
from scheduling.selectors.slots import SOON_DAYS, asking
from scheduling.services.visits.gates import WHATEVER_THE_DAY, check_gates
from units.actors import Actor
from units.errors import ClinicError
from units.models import Unit

CONFIRMED_WITHIN = timedelta(hours=48)
"""A visit to which the patient said yes moves last, if it is so near."""


@dataclass(frozen=True, slots=True)
class Asking:
    """The visits the engine may place, the days around them, and those that no day can help, with the reason."""

    around: Around
    stranded: tuple[Stranded, ...]
    hopeless: Mapping[int, str]

    @property
    def limits(self) -> Limits:
        """What the visits share."""
        return Limits(areas=areas_as_numbers(self.around), nursed=self.around.nursed)


def areas_as_numbers(there: Around) -> dict[int, int]:
    """The area of each room that lies in one, as the engine tells them apart."""
    areas = there.areas
    numbers = {name: number for number, name in enumerate(sorted(set(areas.values())))}
    return {room: numbers[name] for room, name in areas.items()}


def ask_about(actor: Actor, *, unit: Unit, visits: Sequence[Appointment], at: datetime) -> Asking:
    """The question, without locks: who applies the answer asks everything again."""
    errands = errands_of_doses(actor, [visit.dose.public_id for visit in visits if visit.dose is not None])
    plans = plan_states([visit.dose.plan_id for visit in visits if visit.dose is not None], unit)
    slots, hopeless = {}, {}
    needs: dict[int, tuple[Errand, Need]] = {}
    elsewhere = _elsewhere(visits, at=at)
    no_go = no_go_of({visit.patient_id for visit in visits}, since=unit.local_date(at))
    for visit in visits:
        slot = _slot_of(visit)
        try:
            errand = errands[visit.dose_id] if visit.dose_id is not None else errand_of_visit(actor, visit)
            _refuse_hopeless(actor, visit, plans, at=at)
            if slot is None:
                raise NotInThatState("Nobody wrote down which room and operator this visit has. Move it by hand.")
        except ClinicError as error:
            hopeless[visit.pk] = error.sentence
            continue
        slots[visit.pk] = _with_lengths(slot, errand.phases)
        need = replace(_need(visit, plans, elsewhere, at=at), no_go=no_go.get(visit.patient_id, ()))
        needs[visit.pk] = errand, asking(need, errand, at=at)
    today = unit.local_date(at)
    until = max((max(need.latest_on, slots[key].on) for key, (_, need) in needs.items()), default=today)
    ids = {key for slot in slots.values() for key in (slot.room_id, slot.operator_id)}
    found = around(unit, visits, since=today, until=until + timedelta(days=2), at=at, own=ids)
    barred = barred_for(unit, visits, found.board, at=at)
    stranded = tuple(
        Stranded(
            key=visit.pk,
            patient_id=visit.patient_id,
            phases=needs[visit.pk][0].phases,
            need=needs[visit.pk][1],
            slot=slots[visit.pk],
            is_loading=visit.dose is not None and visit.dose.kind == ProtocolStep.Kind.LOADING,
            is_confirmed=_is_confirmed(visit, at=at),
            next_visit=_next_visit(visit, plans, needs),
            barred=barred.get(visit.pk, {}),
            apart_from=_apart_from(visit, visits),
        )
        for visit in visits
        if visit.pk in needs
    )
    return Asking(found, stranded, hopeless)


def _is_confirmed(visit: Appointment, *, at: datetime) -> bool:
    """Whether the patient has said yes to the visit as it stands and comes so soon that they have arranged for it."""
    is_soon = visit.arrives_at - at <= CONFIRMED_WITHIN
    return is_soon and visit.participant_status == AppointmentResponse.Status.ACCEPTED


def _refuse_hopeless(actor: Actor, visit: Appointment, plans: Mapping[int, PlanState], *, at: datetime) -> None:
    """Nothing, unless the plan stops the visit whatever its day: a hold, an end, eligibility."""
    dose = visit.dose
    if dose is None:
        return
    try:
        today = visit.unit.local_date(at)
        check_gates(
            actor, dose, plans[dose.plan_id], on=dose.target_on, today=today, override_reason="", moving_id=visit.pk
        )
    except ClinicError as error:
        if error.code in WHATEVER_THE_DAY:
            raise


def _need(
    visit: Appointment,
    plans: Mapping[int, PlanState],
    elsewhere: Mapping[int, tuple[tuple[int, int], ...]],
    *,
    at: datetime,
) -> Need:
    """The dose's window, or the days after a visit without a plan (local policy).

    No usual day or time is asked: the slot it has is what the patient has arranged for.
    """
    unit, dose = visit.unit, visit.dose
    not_before = at + timedelta(hours=unit.notice_hours)
    need = Need(
        zone=unit.zone,
        target_on=unit.local_date(visit.starts_at),
        earliest_on=unit.local_date(at),
        latest_on=unit.local_date(visit.starts_at) + timedelta(days=SOON_DAYS),
        not_before=not_before,
        taken=elsewhere.get(visit.patient_id, ()),
        bank_holidays=bank_holidays(unit, at.year, at.year + 2),
    )
    if dose is None:
        return need
    latest_on = _latest_on(dose, plans[dose.plan_id])
    return replace(
        need,
        target_on=min(dose.target_on, latest_on),
        earliest_on=min(dose.earliest_on, latest_on),
        latest_on=latest_on,
        minimum_on=first_possible_on(plans[dose.plan_id], dose),
        drift_days=(dose.target_on - dose.ideal_on).days,
    )


def _latest_on(dose: Dose, plan: PlanState) -> date:
    """The window's last day, or the last that leaves the plan's next visit its minimum interval, if that is sooner."""
    following = next_taken(plan.doses, dose.sequence)
    if following is None or following.booked_on is None:
        return dose.latest_on
    return min(dose.latest_on, last_before(following, dose.plan.rule))


def _next_visit(
    visit: Appointment, plans: Mapping[int, PlanState], needs: Mapping[int, tuple[Errand, Need]]
) -> NextVisit | None:
    if visit.dose is None:
        return None
    following = next_taken(plans[visit.dose.plan_id].doses, visit.dose.sequence)
    if following is None or following.booked_on is None:
        return None
    least = visit.dose.plan.rule.minimum_before(following.sequence)

    def soonest_on(on: date) -> date:
        return on if least is None else date.fromordinal(least.interval.after(on.toordinal()))

    key = following.appointment_id if following.appointment_id in needs else None
    return NextVisit(following.booked_on, soonest_on, key)


def _elsewhere(visits: Sequence[Appointment], *, at: datetime) -> dict[int, tuple[tuple[int, int], ...]]:
    """The patients' other live visits from now on, in ticks; one query."""
    patients = {visit.patient_id for visit in visits}
    others = Appointment.objects.filter(patient__in=patients, status__in=LIVE, ends_at__gt=at)
    found: dict[int, tuple[tuple[int, int], ...]] = {}
    rows = others.exclude(pk__in=[visit.pk for visit in visits])
    for patient_id, starts_at, ends_at, admitted_at in rows.values_list(
        "patient_id", "starts_at", "ends_at", "admitted_at"
    ):
        taken = floor_tick(admitted_at or starts_at), ceil_tick(ends_at)
        found[patient_id] = (*found.get(patient_id, ()), taken)
    return found


def _apart_from(visit: Appointment, visits: Sequence[Appointment]) -> frozenset[int]:
    kept = "" if visit.dose is None else visit.dose.plan.protocol.kept_apart_as
    if not kept:
        return frozenset()
    others = ((other.pk, "" if other.dose is None else other.dose.plan.protocol.kept_apart_as) for other in visits)
    return frozenset(key for key, way in others if way not in {"", kept})


def _slot_of(visit: Appointment) -> Slot | None:
    """Where the visit stands, as its allocations tell it; None where it has no room or nobody operates."""
    rows = list(visit.allocations.all())
    room, operator = _taking(rows, Resource.Kind.ROOM), _taking(rows, Resource.Kind.PERSON)
    if room is None or operator is None:
        return None
    place = next((row for row in rows if row.phase == Phase.RECOVERY), None)
    arrive, leave = floor_tick(visit.starts_at), ceil_tick(visit.ends_at)
    procedure, ends = floor_tick(operator.starts_at), ceil_tick(operator.ends_at)
    before, lasts, after = procedure - arrive, ends - procedure, leave - ends
    return Slot(
        on=visit.unit.local_date(operator.starts_at),
        procedure=procedure,
        room_id=room.resource_id,
        operator_id=operator.resource_id,
        recovery_id=None if place is None else place.resource_id,
        phases=Phases(before, lasts, after, 0) if place else Phases(before, lasts, 0, after),
        turnover=ticks_in(room.resource.turnover_minutes),
    )


def _with_lengths(slot: Slot, phases: Phases) -> Slot:
    """Recovery and discharge told apart, where the visit is still as long as when it was booked."""
    booked = slot.phases
    is_same = (booked.before, booked.procedure, booked.after) == (phases.before, phases.procedure, phases.after)
    return replace(slot, phases=phases) if is_same else slot


def _taking(rows: Sequence[Allocation], kind: str) -> Allocation | None:
    mine = (row for row in rows if row.phase == Phase.PROCEDURE and row.resource.kind == kind)
    return next(mine, None)
