"""From a closure to a draft of where its visits go: planned, changed by people, planned again around their choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from scheduling.engine.refusals import Lack
from scheduling.engine.replan import Placed, Plan, Unplaced, better_of, faults_of
from scheduling.engine.replan import replan as plan_visits
from scheduling.engine.replan.changes import told
from scheduling.engine.replan.plan import NO_TOLL
from scheduling.engine.ticks import ceil_tick, day_words, floor_tick, ticks_in
from scheduling.engine.visit import Slot
from scheduling.errors import NotInThatState, SlotNotOffered
from scheduling.models import Appointment, Closure, Replan, ReplanLine, Resource
from scheduling.selectors.replans import closure_for, replan_for, visits_hit_by
from scheduling.services.planning.replan_question import Asking, ask_about
from scheduling.services.planning.runs import end_runs, start_run
from scheduling.services.visits.wanted import Wanted
from units.actors import Actor
from units.errors import NotFound, invalid
from units.history import recorded_as
from units.models import Unit
from units.policy import Act

Decision = ReplanLine.Decision
State = Replan.State

KEPT = "Stays where it is by choice, although it is closed."
SAID_YES = "The patient has said yes to the old time"

_WRITTEN = [
    "version",
    "decision",
    "is_pinned",
    "was_starts_at",
    "was_ends_at",
    "was_room",
    "was_operator",
    "room",
    "operator",
    "starts_at",
    "procedure_at",
    "ends_at",
    "effect",
    "reasons",
]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person wants to become of a line's visit; `wanted` with a move. None: let the plan choose."""

    decision: str | None
    wanted: Wanted | None = None


def plan_closure(actor: Actor, *, closure_id: UUID) -> Replan:
    """A draft of where the closure's visits go; nothing is moved. A draft that is open already is planned again.

    Where something in it could be better, a worker is asked to look for that. Raises NotFound, NotAllowed.
    """
    closure = closure_for(actor, closure_id, act=Act.BOOK)
    at = timezone.now()
    made = Replan(
        unit=closure.unit,
        closure=closure,
        cause=_cause(closure),
        made_at=at,
        planned_at=at,
        made_by_id=actor.user_id,
        made_by_name=actor.name,
    )
    with recorded_as(actor, act="plan_closure"):
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError:
            # Somebody has begun it, perhaps at this moment: both work on the one draft.
            made = Replan.objects.get(closure=closure, unit=closure.unit, state=State.DRAFT)
        draft = locked_draft(made.pk)
        if plan_again(actor, draft=draft, at=at).toll != NO_TOLL:
            start_run(actor, draft, at=at)
    return replan_for(actor, made.public_id)


def change_line(actor: Actor, *, line_id: UUID, choice: Choice) -> Replan:
    """The line is as the person chose, and the rest of the draft is planned again around it.

    Raises NotFound, NotAllowed, NotInThatState for a draft that is over, SlotNotOffered where the time does not hold.
    """
    seen = ReplanLine.objects.filter(public_id=line_id).select_related("replan").first()
    if seen is None:
        raise NotFound("There is no such line in your units.")
    replan_for(actor, seen.replan.public_id, act=Act.BOOK)
    if choice.decision not in {None, *Decision.values}:
        raise invalid("decision", "Choose one of: move, keep, clinician.")
    with recorded_as(actor, act="change_line"):
        draft = locked_draft(seen.replan_id)
        line = draft.lines.select_related("appointment__unit").get(pk=seen.pk)
        _choose(line, choice.decision)
        if choice.decision == Decision.MOVE:
            _aim(line, choice.wanted)
        line.save(update_fields=_WRITTEN)
        at = timezone.now()
        plan_again(actor, draft=draft, at=at, insisted=line.appointment_id)
        end_runs(draft, "Somebody changed the draft.", at=at)
    return replan_for(actor, seen.replan.public_id)


def _choose(line: ReplanLine, decision: str | None) -> None:
    line.is_pinned, line.decision = decision is not None, decision or Decision.KEEP
    line.room = line.operator = line.starts_at = line.procedure_at = line.ends_at = None


def keep_lines(lines: Sequence[ReplanLine]) -> None:
    """Their visits stay where they are, by choice. Under the draft's lock; nothing is planned again."""
    for line in lines:
        _choose(line, Decision.KEEP)
        line.effect, line.reasons = KEPT, []
    ReplanLine.objects.bulk_update(lines, _WRITTEN)


def give_up_replan(actor: Actor, *, replan_id: UUID) -> Replan:
    """The draft is put aside: its visits stay where they are, on the worklist. Raises NotFound, NotInThatState."""
    seen = replan_for(actor, replan_id, act=Act.BOOK)
    with recorded_as(actor, act="give_up_replan"):
        draft = locked_draft(seen.pk)
        draft.state, draft.ended_at, draft.ended_by_name = State.GIVEN_UP, timezone.now(), actor.name
        draft.save(update_fields=["state", "ended_at", "ended_by_name"])
        end_runs(draft, "The draft was given up.", at=draft.ended_at)
    return replan_for(actor, replan_id)


def plan_again(
    actor: Actor,
    *,
    draft: Replan,
    at: datetime,
    insisted: int | None = None,
    wished: Mapping[int, Slot] | None = None,
) -> Plan:
    """The draft's lines follow from what is booked and open now; `changes` says what is different from before.

    Under the draft's lock. A choice that no longer holds is given up, but for that of the visit `insisted`, which
    raises SlotNotOffered. `wished` are slots that an optimiser worked out: the plan with them is taken where it holds
    and is better than the stepwise one, and it stays taken when the draft is planned again, as long as it is.
    """
    before = lines_of(draft)
    visits, asked = question_of(actor, draft, before, at=at)
    pinned = {key: line for key, line in before.items() if line.is_pinned}
    plan, pins = _planned(asked, pinned, insisted=insisted)
    wished = slots_of(before, asked) if wished is None and draft.is_optimised else wished
    if wished:
        other = plan_of(asked, pins, wished)
        better = better_of(plan, other, faults_of(asked.around.board, asked.stranded, other, asked.limits))
        plan, draft.is_optimised, draft.comparison = better.plan, better.is_optimised, better.words[:300]
    elif draft.comparison:
        draft.is_optimised, draft.comparison = False, ""
    now = [_line(draft, visit, plan, asked, before.get(visit.pk)) for visit in visits]
    was_planned = {key: line.effect for key, line in before.items() if not (insisted and key == insisted)}
    _write(draft, now, before)
    draft.changes = _changes(was_planned, before, now)
    draft.planned_at = at
    draft.save(update_fields=["changes", "planned_at", "is_optimised", "comparison"])
    return plan


def lines_of(draft: Replan) -> dict[int, ReplanLine]:
    """The draft's lines by their visit."""
    lines = draft.lines.select_related("appointment__unit", "appointment__patient", "room", "operator")
    return {line.appointment_id: line for line in lines}


def question_of(
    actor: Actor, draft: Replan, lines: Mapping[int, ReplanLine], *, at: datetime
) -> tuple[list[Appointment], Asking]:
    """The draft's visits, and what is asked about those that nobody chose to keep where they are."""
    visits = [] if draft.closure is None else visits_hit_by(draft.closure, draft.unit, at=at)
    kept = {key for key, line in lines.items() if line.is_pinned and line.decision == Decision.KEEP}
    return visits, ask_about(actor, unit=draft.unit, visits=[visit for visit in visits if visit.pk not in kept], at=at)


def pins_of(asked: Asking, lines: Mapping[int, ReplanLine]) -> dict[int, Slot | None]:
    """What people chose, as the engine takes it."""
    chosen = {key: line for key, line in lines.items() if line.is_pinned}
    return {
        one.key: _pin(chosen[one.key], one.slot, one.phases.before)
        if chosen[one.key].decision == Decision.MOVE
        else None
        for one in asked.stranded
        if one.key in chosen
    }


def slots_of(lines: Mapping[int, ReplanLine], asked: Asking) -> dict[int, Slot]:
    """Where the draft has its visits go, but for what people chose."""
    return {
        one.key: _pin(lines[one.key], one.slot, one.phases.before)
        for one in asked.stranded
        if one.key in lines and lines[one.key].decision == Decision.MOVE and not lines[one.key].is_pinned
    }


def locked_draft(key: int) -> Replan:
    """The draft, nobody else's to change until the transaction ends. Raises NotInThatState for one that is over."""
    draft = Replan.objects.select_for_update(of=("self",)).select_related("unit", "closure__resource").get(pk=key)
    if draft.state != State.DRAFT:
        raise NotInThatState(f"This re-plan is {draft.get_state_display().lower()}: nothing more is changed in it.")
    return draft


def _planned(
    asked: Asking, pinned: Mapping[int, ReplanLine], *, insisted: int | None
) -> tuple[Plan, dict[int, Slot | None]]:
    """The stepwise plan, and the choices that held in it."""
    pins = pins_of(asked, pinned)
    plan = plan_of(asked, pins)
    failed = {one.key: one.why for one in plan.unplaced if one.why is not None and one.why.lack is Lack.CHOICE}
    if insisted in failed:
        why = failed[insisted]
        raise SlotNotOffered(f"{why.words} {why.help_words}" if why else "The chosen time does not hold.")
    if not failed:
        return plan, pins
    held = {key: slot for key, slot in pins.items() if key not in failed}
    return plan_of(asked, held), held


def plan_of(asked: Asking, pins: Mapping[int, Slot | None], wished: Mapping[int, Slot] | None = None) -> Plan:
    """The plan for the question, stepwise but for what is chosen or wished."""
    around = asked.around
    return plan_visits(
        around.board, asked.stranded, pinned=pins, preferred=wished, names=around.names, limits=asked.limits
    )


def _pin(line: ReplanLine, slot: Slot, before: int) -> Slot:
    """The chosen slot, as far as the engine takes it from a person: when, in which room and with whom."""
    room, operator, arrives = line.room, line.operator, line.starts_at
    if room is None or operator is None or arrives is None:
        raise SlotNotOffered("A move needs a time, a room and a person.")
    return replace(
        slot,
        on=line.appointment.unit.local_date(arrives),
        procedure=floor_tick(arrives) + before,
        room_id=room.pk,
        operator_id=operator.pk,
        recovery_id=None,
        turnover=ticks_in(room.turnover_minutes),
    )


def _aim(line: ReplanLine, wanted: Wanted | None) -> None:
    """The line has the chosen time, room and person; the plan then says whether they hold."""
    if wanted is None:
        raise invalid("starts_at", "Choose a time, a room and a person.")
    if floor_tick(wanted.starts_at) != ceil_tick(wanted.starts_at):
        raise SlotNotOffered("Visits start on a full five minutes.")
    chosen = {one.public_id: one for one in Resource.objects.filter(public_id__in=[wanted.room, wanted.operator])}
    if wanted.room not in chosen or wanted.operator not in chosen:
        raise NotFound("That room or person is not in use any more. Choose another.")
    visit = line.appointment
    line.room, line.operator = chosen[wanted.room], chosen[wanted.operator]
    line.starts_at = line.procedure_at = wanted.starts_at
    line.ends_at = wanted.starts_at + visit.length


def _line(draft: Replan, visit: Appointment, plan: Plan, asked: Asking, before: ReplanLine | None) -> ReplanLine:
    """The visit's line as the plan has it; the same row as before where there was one."""
    rows = {row.resource.kind: row.resource.name for row in visit.allocations.all() if row.phase == "procedure"}
    line = ReplanLine(
        replan=draft,
        appointment=visit,
        version=visit.version,
        decision=Decision.CLINICIAN,
        was_starts_at=visit.starts_at,
        was_ends_at=visit.ends_at,
        was_room=rows.get(Resource.Kind.ROOM, ""),
        was_operator=rows.get(Resource.Kind.PERSON, ""),
    )
    if before is not None:
        line.pk, line.public_id, line.is_pinned = before.pk, before.public_id, before.is_pinned
    placed: Mapping[int, Placed] = {one.key: one for one in plan.placed}
    unplaced: Mapping[int, Unplaced] = {one.key: one for one in plan.unplaced}
    if visit.pk in placed:
        _place(line, placed[visit.pk], asked)
    elif visit.pk in unplaced:
        why = unplaced[visit.pk].why
        line.is_pinned = line.is_pinned and why is None
        line.effect = unplaced[visit.pk].words[:300]
        line.reasons = [] if why is None else [*_too_near(visit, asked), why.help_words[:300]]
    elif visit.pk in asked.hopeless:
        line.is_pinned, line.effect = False, asked.hopeless[visit.pk][:300]
    else:
        line.decision, line.effect = Decision.KEEP, KEPT
    return line


def _too_near(visit: Appointment, asked: Asking) -> list[str]:
    """Which days of the window its plan's next visit keeps it from, if any."""
    own = next(one for one in asked.stranded if one.key == visit.pk)
    if visit.dose is None or own.next_visit is None or visit.dose.latest_on <= own.need.latest_on:
        return []
    last, following = day_words(own.need.latest_on), day_words(own.next_visit.on)
    window = f"The window ends on {day_words(visit.dose.latest_on)}"
    return [f"{window}, but a day after {last} is too near to the next visit, {following}. Move that visit first."]


def _place(line: ReplanLine, placed: Placed, asked: Asking) -> None:
    slot, was = placed.slot, placed.was
    is_same = was is not None and (slot.procedure, slot.room_id, slot.operator_id) == (
        was.procedure,
        was.room_id,
        was.operator_id,
    )
    line.reasons = [reason.words[:300] for reason in placed.reasons[1:]]
    if placed.is_confirmed:
        line.reasons.insert(0, SAID_YES)
    line.effect = placed.words[:300]
    if is_same and was is not None and slot.recovery_id == was.recovery_id:
        line.decision = Decision.KEEP
        return
    if is_same:
        line.effect = "Same time and room, another recovery place"
    line.decision = Decision.MOVE
    line.room, line.operator = asked.around.resources[slot.room_id], asked.around.resources[slot.operator_id]
    line.starts_at, line.procedure_at, line.ends_at = slot.arrive_at, slot.procedure_at, slot.leave_at


def _write(draft: Replan, now: Sequence[ReplanLine], before: Mapping[int, ReplanLine]) -> None:
    here = {line.appointment_id for line in now}
    draft.lines.exclude(appointment__in=here).delete()
    ReplanLine.objects.bulk_update([line for line in now if line.appointment_id in before], _WRITTEN)
    ReplanLine.objects.bulk_create([line for line in now if line.appointment_id not in before])


def _changes(was: Mapping[int, str], before: Mapping[int, ReplanLine], now: Sequence[ReplanLine]) -> list[str]:
    """What is different from the draft before, by patient and old time; nothing of a first draft."""
    if not before:
        return []
    here = {line.appointment_id for line in now}
    gone = [f"{_when(before[key])}: no longer part of this re-plan." for key in was if key not in here]
    new = [f"{_when(line)}: now part of this re-plan." for line in now if line.appointment_id not in before]
    other = [
        f"{_when(line)}: {line.effect}"
        for line in now
        if line.appointment_id in was and line.effect != was[line.appointment_id]
    ]
    return told([*gone, *new, *other])


def _when(line: ReplanLine) -> str:
    local = line.appointment.unit.local(line.was_starts_at)
    return f"{line.appointment.patient}, {day_words(local.date())}, {local:%H:%M}"


def _cause(closure: Closure) -> str:
    """Room 2 closed Tue 24 Nov, 08:00 to 17:00: Ventilation."""
    unit: Unit = closure.unit
    since, until = unit.local(closure.starts_at), unit.local(closure.ends_at)
    last = f"{until:%H:%M}" if until.date() == since.date() else f"{day_words(until.date())}, {until:%H:%M}"
    what = closure.resource or unit
    return f"{what} closed {day_words(since.date())}, {since:%H:%M} to {last}: {closure.reason}"[:300]
