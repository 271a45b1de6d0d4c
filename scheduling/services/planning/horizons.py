"""The coming weeks planned at once: a draft of all unbooked doses, changed by people, planned again around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from doseplans.models import Dose
from scheduling.engine.refusals import Lack
from scheduling.engine.replan import Placed, Plan, Unbooked, Unplaced, Wishes, better_of, faults_of, plan_ahead
from scheduling.engine.replan.changes import told
from scheduling.engine.replan.plan import NO_TOLL
from scheduling.engine.ticks import ceil_tick, floor_tick, ticks_in
from scheduling.engine.visit import Slot
from scheduling.errors import NotInThatState, SlotNotOffered
from scheduling.models import Horizon, HorizonLine, Resource
from scheduling.models.horizons import MOST_WEEKS
from scheduling.selectors.horizons import horizon_for
from scheduling.services.planning.horizon_question import AskedAhead, ask_ahead
from scheduling.services.planning.replans import Choice
from scheduling.services.planning.runs import end_runs, start_run
from scheduling.services.visits.wanted import Wanted
from units.actors import Actor
from units.errors import NotFound, invalid
from units.history import recorded_as
from units.models import Unit
from units.policy import Act

Decision = HorizonLine.Decision
State = Horizon.State

_WRITTEN = [
    "decision",
    "is_pinned",
    "target_on",
    "drift_days",
    "room",
    "operator",
    "starts_at",
    "ends_at",
    "effect",
    "reasons",
    "refusal",
]
_COMPARED = ("decision", "is_pinned", "target_on", "drift_days", "room_id", "operator_id", "starts_at", "ends_at")
_COMPARED_WORDS = ("effect", "reasons", "refusal")
_LEFT_OUT = "Left out by choice."


@dataclass(frozen=True, slots=True)
class Changed:
    """One dose as a person has just chosen. `wanted` None with `is_left_out` False: let the plan choose."""

    dose_id: int
    is_left_out: bool
    wanted: Wanted | None


def plan_horizon(actor: Actor, *, unit: Unit, weeks: int) -> Horizon:
    """A draft of where all unbooked doses of the next weeks go; nothing is booked. An open draft is planned again.

    What people chose in it stands where it holds. Where something could be better, a worker is asked to look for that.
    Raises NotAllowed, InvalidInput.
    """
    actor.require(Act.BOOK, unit.pk)
    if not 1 <= weeks <= MOST_WEEKS:
        raise invalid("weeks", f"Choose 1 to {MOST_WEEKS} weeks.")
    at = timezone.now()
    made = Horizon(unit=unit, weeks=weeks, made_at=at, planned_at=at, made_by_id=actor.user_id, made_by_name=actor.name)
    with recorded_as(actor, act="plan_horizon"):
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError:
            # Somebody has begun it, perhaps at this moment: both work on the one draft.
            made = Horizon.objects.get(unit=unit, state=State.DRAFT)
        draft = locked_horizon(made.pk)
        draft.weeks = weeks
        plan = plan_horizon_again(actor, draft=draft, at=at)
        if plan.toll != NO_TOLL:
            start_run(actor, draft, at=at)
    return horizon_for(actor, made.public_id)


def change_horizon_line(actor: Actor, *, line_id: UUID, choice: Choice) -> Horizon:
    """The dose is as the person chose; the others keep their slots where they still can.

    Raises NotFound, NotAllowed, NotInThatState for a draft that is over or a dose that is booked, SlotNotOffered where
    the time does not hold.
    """
    seen = HorizonLine.objects.filter(public_id=line_id).select_related("horizon").first()
    if seen is None:
        raise NotFound("There is no such line in your units.")
    horizon_for(actor, seen.horizon.public_id, act=Act.BOOK)
    if choice.decision not in {None, Decision.BOOK, Decision.LEAVE_OUT}:
        raise invalid("decision", "Choose one of: book, leave_out.")
    if choice.decision == Decision.BOOK and choice.wanted is None:
        raise invalid("starts_at", "Choose a time, a room and a person.")
    with recorded_as(actor, act="change_horizon_line"):
        draft = locked_horizon(seen.horizon_id)
        if HorizonLine.objects.filter(pk=seen.pk, appointment__isnull=False).exists():
            raise NotInThatState("This dose is booked. Move its visit instead.")
        wanted = choice.wanted if choice.decision == Decision.BOOK else None
        changed = Changed(seen.dose_id, choice.decision == Decision.LEAVE_OUT, wanted)
        at = timezone.now()
        plan_horizon_again(actor, draft=draft, at=at, changed=changed)
        end_runs(draft, "Somebody changed the draft.", at=at)
    return horizon_for(actor, seen.horizon.public_id)


def give_up_horizon(actor: Actor, *, horizon_id: UUID) -> Horizon:
    """The draft is put aside: what was booked of it stays booked. Raises NotFound, NotAllowed, NotInThatState."""
    seen = horizon_for(actor, horizon_id, act=Act.BOOK)
    with recorded_as(actor, act="give_up_horizon"):
        draft = locked_horizon(seen.pk)
        draft.state, draft.ended_at, draft.ended_by_name = State.GIVEN_UP, timezone.now(), actor.name
        draft.save(update_fields=["state", "ended_at", "ended_by_name"])
        end_runs(draft, "The draft was given up.", at=draft.ended_at)
    return horizon_for(actor, horizon_id)


def locked_horizon(key: int) -> Horizon:
    """The draft, nobody else's to change until the transaction ends. Raises NotInThatState for one that is over."""
    draft = Horizon.objects.select_for_update(of=("self",)).select_related("unit").get(pk=key)
    if draft.state != State.DRAFT:
        raise NotInThatState(f"This plan is {draft.get_state_display().lower()}: nothing more is changed in it.")
    return draft


def plan_horizon_again(
    actor: Actor,
    *,
    draft: Horizon,
    at: datetime,
    changed: Changed | None = None,
    wished: Mapping[int, Slot] | None = None,
) -> Plan:
    """The draft's lines follow from what is booked and open now; `changes` says what is different from before.

    Under the draft's lock. A choice that no longer holds is given up, but for the one just made (`changed`), which
    raises SlotNotOffered. The other doses keep the slots that the draft has for them, as long as they hold and are due
    the same day. `wished` are slots that an optimiser worked out (none: it found none in its time): the plan with them
    is taken where it is better than the draft; else the draft stays as it is and says so.
    """
    before = open_lines(draft)
    asked, pins = question_ahead(actor, draft, before, at=at, changed=changed)
    kept = slots_ahead(asked, before)
    plan = plan_of_weeks(asked, Wishes(pinned=pins, preferred=kept))
    failed = {one.key: one.why for one in plan.unplaced if one.why is not None and one.why.lack is Lack.CHOICE}
    if changed is not None and (why := failed.get(changed.dose_id)) is not None:
        raise SlotNotOffered(f"{why.words} {why.help_words}")
    if failed:
        pins = {key: slot for key, slot in pins.items() if key not in failed}
        plan = plan_of_weeks(asked, Wishes(pinned=pins, preferred=kept))
    if wished is not None:
        other = plan_of_weeks(asked, Wishes(pinned=pins, preferred=wished)) if wished else None
        wrong = () if other is None else faults_of(asked.around.board, asked.doses, other, asked.limits)
        better = better_of(plan, other, wrong)
        plan = better.plan
        if not better.is_optimised:
            _say(draft, better.words)
            return plan
        draft.is_optimised, draft.comparison = True, better.words[:300]
    left_out = left_out_of(before, changed)
    placed = {one.key: one for one in plan.placed}
    unplaced = {one.key: one for one in plan.unplaced}
    now = []
    for dose in asked.due.values():
        line = _line(draft, dose, before.get(dose.pk))
        line.is_pinned = dose.pk in pins or dose.pk in left_out
        if dose.pk in left_out:
            line.decision, line.effect = Decision.LEAVE_OUT, _LEFT_OUT
        else:
            _fill(line, asked, placed.get(dose.pk), unplaced.get(dose.pk))
        now.append(line)
    _write(draft, now, before)
    draft.changes = _changes(before, now, besides=changed.dose_id if changed else None)
    draft.planned_at = at
    draft.save(update_fields=["weeks", "changes", "planned_at", "is_optimised", "comparison"])
    return plan


def _say(draft: Horizon, words: str) -> None:
    """What the comparison came to, unless the draft is an optimised one already and says why."""
    if not draft.is_optimised:
        draft.comparison = words[:300]
        draft.save(update_fields=["comparison"])


def open_lines(draft: Horizon) -> dict[int, HorizonLine]:
    """The draft's lines that are not booked yet, by their dose."""
    rows = draft.lines.filter(appointment__isnull=True).select_related("room", "operator")
    return {line.dose_id: line for line in rows}


def question_ahead(
    actor: Actor, draft: Horizon, lines: Mapping[int, HorizonLine], *, at: datetime, changed: Changed | None = None
) -> tuple[AskedAhead, dict[int, Slot]]:
    """What is asked about the draft's weeks, and the slots that people chose."""
    left_out = left_out_of(lines, changed)
    asked = ask_ahead(actor, unit=draft.unit, weeks=draft.weeks, at=at, left_out=left_out)
    pins = {
        one.key: slot_of(draft.unit, one, lines[one.key])
        for one in asked.doses
        if one.key in lines and lines[one.key].is_pinned and lines[one.key].decision == Decision.BOOK
    }
    if changed is not None:
        pins.pop(changed.dose_id, None)
        dose = next((one for one in asked.doses if one.key == changed.dose_id), None)
        if changed.wanted is not None:
            if dose is None:
                words = asked.hopeless.get(changed.dose_id, "This dose is not to be booked any more.")
                raise SlotNotOffered(words)
            pins[changed.dose_id] = _aimed(draft.unit, dose, changed.wanted)
    return asked, pins


def left_out_of(lines: Mapping[int, HorizonLine], changed: Changed | None = None) -> frozenset[int]:
    """The doses that are left out by choice."""
    found = {key for key, line in lines.items() if line.decision == Decision.LEAVE_OUT}
    if changed is not None:
        found = found | {changed.dose_id} if changed.is_left_out else found - {changed.dose_id}
    return frozenset(found)


def slots_ahead(asked: AskedAhead, lines: Mapping[int, HorizonLine]) -> dict[int, Slot]:
    """The slots that the draft has for its doses, but for those that people chose."""
    return {
        one.key: slot_of(asked.due[one.key].plan.patient.unit, one, line)
        for one in asked.doses
        if (line := lines.get(one.key)) is not None
        and line.decision == Decision.BOOK
        and not line.is_pinned
        and line.target_on == asked.due[one.key].target_on
    }


def plan_of_weeks(asked: AskedAhead, wishes: Wishes) -> Plan:
    """The plan for the question, stepwise but for what is chosen or wished."""
    there = asked.around
    return plan_ahead(there.board, asked.doses, wishes=wishes, names=there.names, limits=asked.limits)


def slot_of(unit: Unit, dose: Unbooked, line: HorizonLine) -> Slot:
    """Where the line has its dose."""
    room, operator, starts_at = line.room, line.operator, line.starts_at
    if room is None or operator is None or starts_at is None:
        raise SlotNotOffered("A booking needs a time, a room and a person.")
    return _slot(unit, dose, starts_at, room, operator)


def _slot(unit: Unit, dose: Unbooked, starts_at: datetime, room: Resource, operator: Resource) -> Slot:
    return Slot(
        on=unit.local_date(starts_at),
        procedure=floor_tick(starts_at) + dose.phases.before,
        room_id=room.pk,
        operator_id=operator.pk,
        recovery_id=None,
        phases=dose.phases,
        turnover=ticks_in(room.turnover_minutes),
    )


def _aimed(unit: Unit, dose: Unbooked, wanted: Wanted) -> Slot:
    if floor_tick(wanted.starts_at) != ceil_tick(wanted.starts_at):
        raise SlotNotOffered("Visits start on a full five minutes.")
    chosen = {one.public_id: one for one in Resource.objects.filter(public_id__in=[wanted.room, wanted.operator])}
    if wanted.room not in chosen or wanted.operator not in chosen:
        raise NotFound("That room or person is not in use any more. Choose another.")
    return _slot(unit, dose, wanted.starts_at, chosen[wanted.room], chosen[wanted.operator])


def _line(draft: Horizon, dose: Dose, before: HorizonLine | None) -> HorizonLine:
    line = HorizonLine(horizon=draft, dose=dose, decision=Decision.CLINICIAN, target_on=dose.target_on)
    if before is not None:
        line.pk, line.public_id, line.refusal = before.pk, before.public_id, before.refusal
    return line


def _fill(line: HorizonLine, asked: AskedAhead, placed: Placed | None, unplaced: Unplaced | None) -> None:
    """The line says where its dose goes, or why it has nowhere to go."""
    if placed is not None:
        slot = placed.slot
        line.decision = Decision.BOOK
        line.room, line.operator = asked.around.resources[slot.room_id], asked.around.resources[slot.operator_id]
        line.starts_at, line.ends_at = slot.arrive_at, slot.leave_at
        line.drift_days = placed.effect.drift_after
        line.effect = placed.words[:300]
        line.reasons = [reason.words[:300] for reason in placed.reasons[1:]]
    elif unplaced is not None:
        line.effect = unplaced.words[:300]
        line.reasons = [unplaced.why.help_words[:300]] if unplaced.why is not None else []
    else:
        line.effect = asked.hopeless[line.dose_id][:300]


def _write(draft: Horizon, now: Sequence[HorizonLine], before: Mapping[int, HorizonLine]) -> None:
    here = {line.dose_id for line in now}
    draft.lines.filter(appointment__isnull=True).exclude(dose__in=here).delete()
    changed = [line for line in now if line.dose_id in before and _differs(line, before[line.dose_id])]
    HorizonLine.objects.bulk_update(changed, _WRITTEN, batch_size=50)
    HorizonLine.objects.bulk_create([line for line in now if line.dose_id not in before])


def _differs(line: HorizonLine, before: HorizonLine) -> bool:
    return any(getattr(line, name) != getattr(before, name) for name in (*_COMPARED, *_COMPARED_WORDS))


def _changes(before: Mapping[int, HorizonLine], now: Sequence[HorizonLine], *, besides: int | None) -> list[str]:
    """What is different from the draft before, by patient, dose and old time; nothing of a first draft."""
    if not before:
        return []
    found = []
    for line in now:
        old = before.get(line.dose_id)
        if old is None or line.dose_id == besides or old.effect == line.effect:
            continue
        was, now_is = old.effect.rstrip("."), line.effect.rstrip(".")
        found.append(f"{line.dose.plan.patient}, {line.dose}. Before: {was}. Now: {now_is}.")
    return told(found)
