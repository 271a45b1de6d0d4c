"""Applying a re-plan: every visit that it moves is moved, in one transaction, or none is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from patients.models import WorklistItem
from patients.services import open_item
from scheduling.engine.ticks import day_words
from scheduling.errors import NotInThatState, ReplanOutdated, StalePage
from scheduling.locking import person_key
from scheduling.models import Appointment, AppointmentEvent, MoveProposal, Replan, ReplanLine
from scheduling.placing import insert_claims
from scheduling.selectors.errands import errand_of_visit
from scheduling.selectors.replans import replan_for
from scheduling.services.booking import check_placing, free, refuse_overlap, reread, retime
from scheduling.services.events import state_of, write_event
from scheduling.services.gates import plan_state
from scheduling.services.hours import close_stranded, item_key
from scheduling.services.offer_endings import end_offers_about
from scheduling.services.placement import claims_for, clear_the_way
from scheduling.services.planning_runs import end_runs
from scheduling.services.proposals import close_proposal, recount
from scheduling.services.replans import plan_again
from scheduling.services.visits import Visit, Wanted, day_keys, keys_of, visit_for
from units.actors import Actor
from units.errors import ClinicError
from units.history import recorded_as
from units.policy import Act

Decision = ReplanLine.Decision
State = Replan.State


@dataclass(slots=True)
class _Moving:
    """One visit on its way: what it was, and where it goes once that is worked out."""

    line: ReplanLine
    appointment: Appointment
    previous: dict[str, Any]
    visit: Visit | None = None


class _Refused(Exception):
    """A line no longer fits; everything is given up."""

    def __init__(self, line: ReplanLine, error: ClinicError) -> None:
        super().__init__(error.code)
        self.line, self.error = line, error


def apply_replan(actor: Actor, *, replan_id: UUID, seen: datetime | None = None) -> Replan:
    """The visits stand at their new times, each with one update going out; what found no place is with a clinician.

    All of it or nothing: where a line no longer fits, the draft is planned again and ReplanOutdated names the line.
    A re-plan that is applied already is left as it is. `seen` is when the draft that the page showed was planned:
    another one raises StalePage. Raises also NotFound, NotAllowed, NotInThatState.
    """
    shown = replan_for(actor, replan_id, act=Act.BOOK)
    if shown.state == State.APPLIED:
        return shown
    at = timezone.now()
    try:
        with recorded_as(actor, act="apply_replan", reason=shown.cause, locks=_keys(shown.lines.all())):
            _apply(actor, shown, seen=seen or shown.planned_at, at=at)
    except _Refused as refused:
        with recorded_as(actor, act="plan_closure"):
            draft = Replan.objects.select_for_update(of=("self",)).select_related("unit", "closure").get(pk=shown.pk)
            if draft.state == State.DRAFT:
                plan_again(actor, draft=draft, at=timezone.now())
        raise ReplanOutdated(
            f"{_when(refused.line)} no longer fits: {refused.error.sentence} Nothing was moved. "
            "The draft has been planned again: look at it once more.",
            line=str(refused.line.public_id),
            because=refused.error.code,
        ) from refused
    return replan_for(actor, replan_id)


def _keys(lines: Iterable[ReplanLine]) -> set[int]:
    """Every lock under which the lines are placed: the old days and the new, the patients, people shared by units."""
    keys: set[int] = set()
    for line in lines:
        keys |= keys_of(line.appointment)
        if line.starts_at is None or line.ends_at is None:
            continue
        keys |= day_keys(line.appointment.unit, line.starts_at, line.ends_at)
        if line.operator is not None:
            keys.add(person_key(line.operator.pk))
    return keys


def _apply(actor: Actor, shown: Replan, *, seen: datetime, at: datetime) -> None:
    replan = Replan.objects.select_for_update(of=("self",)).select_related("unit", "closure").get(pk=shown.pk)
    if replan.state == State.APPLIED:
        return
    if replan.state != State.DRAFT or replan.closure is None:
        raise NotInThatState("This re-plan was given up, or the closure was lifted. Nothing was moved.")
    if (replan.planned_at, shown.planned_at) != (seen, seen):
        raise StalePage("The draft was planned again since your page was loaded. Look at it once more.")
    moving = [_begin(line) for line in shown.lines.all() if line.decision == Decision.MOVE]
    moving.sort(key=lambda one: (one.line.procedure_at, one.appointment.pk))
    for one in moving:
        with _told_of(one.line):
            _work_out(actor, one, at=at)
    for one in moving:
        with _told_of(one.line):
            _place(actor, one, replan, at=at)
    _count_on(moving, at=at)
    for line in shown.lines.all():
        if line.decision == Decision.CLINICIAN:
            _hand_over(line, at=at)
    replan.state, replan.ended_at, replan.ended_by_name = State.APPLIED, at, actor.name
    replan.save(update_fields=["state", "ended_at", "ended_by_name"])
    end_runs(replan, "The draft was applied.", at=at)


class _told_of:  # noqa: N801  reads as a phrase
    """A refusal inside is one of this line."""

    def __init__(self, line: ReplanLine) -> None:
        self.line = line

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _where: object) -> None:
        if isinstance(error, ClinicError):
            raise _Refused(self.line, error) from error


def _begin(line: ReplanLine) -> _Moving:
    """The visit as it stands under the locks, with nothing taken any more: others of the re-plan may have its slot."""
    with _told_of(line):
        appointment = reread(line.appointment, version=line.version)
        if appointment.status != Appointment.Status.BOOKED:
            raise NotInThatState(f"This visit is {appointment.get_status_display().lower()} and cannot be moved.")
        return _Moving(line, appointment, state_of(appointment, free(appointment)))


def _work_out(actor: Actor, one: _Moving, *, at: datetime) -> None:
    """The visit's own row has its new times; what it takes comes once all of them have."""
    line, appointment = one.line, one.appointment
    if line.starts_at is None or line.room is None or line.operator is None:
        raise NotInThatState("This line says nowhere to go.")
    is_admitted = appointment.admitted_at is not None
    wanted = Wanted(line.starts_at, line.room.public_id, line.operator.public_id, is_admitted)
    one.visit = visit_for(actor, errand_of_visit(actor, appointment), wanted, moving_id=appointment.pk)
    if (one.visit.slot.leave_at, one.visit.slot.procedure_at) != (line.ends_at, line.procedure_at):
        raise StalePage("The visit takes longer or shorter than when it was planned.")
    refusal = clear_the_way(actor, one.visit, at=at, moving_id=appointment.pk)
    if refusal is not None:
        raise refusal
    # A constraint keeps a patient out of two visits at once; asked first, it can be said.
    refuse_overlap(appointment, one.visit.arrives_at, one.visit.slot.leave_at)
    retime(appointment, one.visit, at=at, override_reason="")


def _place(actor: Actor, one: _Moving, replan: Replan, *, at: datetime) -> None:
    """Everything is asked again, no limit of the dose overridden; then the visit takes its slot and it is told."""
    visit, appointment = one.visit, one.appointment
    if visit is None:
        return
    plan = plan_state(visit.dose.plan_id, visit.unit) if visit.dose else None
    check_placing(actor, visit, plan, override_reason="", at=at, moving=appointment)
    claims = claims_for(visit)
    insert_claims(claims, dose_id=visit.errand.dose_pk, appointment_id=appointment.pk)
    kind = AppointmentEvent.Kind.MOVED
    write_event(actor, appointment, kind, at=at, claims=claims, previous=one.previous, reason=replan.cause)
    close_proposal(appointment, MoveProposal.State.MOVED, replan.cause, at=at, by=actor.name)
    close_stranded(appointment, at=at)
    end_offers_about(appointment, "The visit was moved.", at=at)


def _count_on(moving: Iterable[_Moving], *, at: datetime) -> None:
    """Later doses of each plan count from the new days; other visits that no longer fit are proposed to be moved."""
    plans: dict[int, list[Visit]] = {}
    for one in moving:
        if one.visit is not None and one.visit.dose is not None:
            plans.setdefault(one.visit.dose.plan_id, []).append(one.visit)
    for visits in plans.values():
        moved = {visit.dose.sequence: visit.on for visit in visits if visit.dose is not None}
        dose = visits[0].dose
        if dose is not None:
            recount(dose.plan, unit=visits[0].unit, at=at, moved=moved)


def _hand_over(line: ReplanLine, *, at: datetime) -> None:
    """A clinician has the visit on the worklist with the reason, for as long as it stands without a list."""
    visit = line.appointment
    open_item(
        unit=visit.unit,
        patient=visit.patient,
        kind=WorklistItem.Kind.CLINICAL,
        key=f"{item_key(visit)}:clinician",
        title="Visit that a closure leaves without a place",
        detail=f"{_when(line)}: {line.effect}"[:300],
        due_at=min(visit.starts_at, at + timedelta(days=1)),
    )


def _when(line: ReplanLine) -> str:
    local = line.appointment.unit.local(line.was_starts_at)
    return f"The visit of {day_words(local.date())}, {local:%H:%M}"
