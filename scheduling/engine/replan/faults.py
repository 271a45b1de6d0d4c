"""What is wrong with a plan: it is held against the board anew, by no code that made it.

An optimised plan counts only where nothing is found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from scheduling.engine.bits import ones, stretch
from scheduling.engine.board import Board
from scheduling.engine.need import Need
from scheduling.engine.replan.admissible import is_admissible, is_against_wish
from scheduling.engine.replan.asks import NO_LIMITS, Asked, Limits, Stranded, Unbooked
from scheduling.engine.replan.plan import Placed, Plan, Step
from scheduling.engine.ticks import ceil_tick, overlaps
from scheduling.engine.visit import Slot


def faults_of(board: Board, asked: Iterable[Asked], plan: Plan, limits: Limits = NO_LIMITS) -> tuple[str, ...]:
    """What is wrong with the plan, in words for a log (no patient in them); nothing where it holds."""
    visits: dict[int, Asked] = {one.key: one for one in asked}
    answered = [one.key for one in plan.placed] + [one.key for one in plan.unplaced]
    if sorted(answered) != sorted(visits):
        return ("not every visit is answered once",)
    slots = plan.slots
    found = []
    for one in plan.placed:
        visit = visits[one.key]
        need = visit.need if isinstance(visit, Stranded) else visit.need_after(_date_before(visit, visits, slots))
        if one.slot.phases != visit.phases:
            found.append("lengths: not those of the visit")
        found += _against_need(one, need)
        found += _against_board(board, one.slot, need)
        found += _kept_apart(board, visit, slots, limits)
        following = visit.next_visit
        moves_too = following is not None and following.key in slots
        if following is not None and (moves_too or isinstance(visit, Unbooked)):
            next_on = slots[following.key].on if following.key in slots else following.on
            if next_on < following.soonest_on(one.slot.on):
                found.append("minimum: too near to the plan's next visit")
    return (
        *found,
        *_overlaps(board, plan),
        *_patients_overlap(visits, slots),
        *_beyond_nurses(board, plan, limits),
    )


def _date_before(dose: Unbooked, doses: Mapping[int, Asked], slots: Mapping[int, Slot]) -> date | None:
    before = [
        other
        for other in doses.values()
        if isinstance(other, Unbooked) and other.plan_id == dose.plan_id and other.sequence < dose.sequence
    ]
    if not before:
        return None
    latest = max(before, key=lambda other: other.sequence)
    return slots[latest.key].on if latest.key in slots else None


def _against_need(one: Placed, need: Need) -> Iterator[str]:
    slot = one.slot
    if one.step is not Step.KEPT:
        if not is_admissible(need, slot.on):
            yield "window: outside it, or under the minimum interval"
        if slot.arrive < ceil_tick(need.not_before):
            yield "notice: sooner than needed"
        if is_against_wish(need, slot):
            yield "patient: cannot come then"
    if any(overlaps(slot.arrive, slot.leave, *other) for other in need.taken):
        yield "patient: has another visit then"


def _against_board(board: Board, slot: Slot, need: Need) -> Iterator[str]:
    if not any(
        hours.on == slot.on
        and hours.room_id == slot.room_id
        and slot.operator_id in hours.operator_ids
        and hours.turnover == slot.turnover
        and not hours.refuses(slot.phases, slot.procedure)
        for hours in board.hours
    ):
        yield "hours: no list holds it"
    only_rooms, only_people = need.only_room_ids, need.only_operator_ids
    if only_rooms is not None and slot.room_id not in only_rooms:
        yield "room: not one of those asked for"
    if only_people is not None and slot.operator_id not in only_people:
        yield "operator: not one of those asked for"
    if not board.able(slot.room_id, need.room_skills) or not board.able(slot.operator_id, need.operator_skills):
        yield "skills: missing in room or operator"
    starts_at = slot.procedure_at.astimezone(need.zone).time()
    if need.start_hours is not None and not need.start_hours.allows(slot.on, starts_at):
        yield "hours: outside those of the protocol"
    if need.is_assisted and (
        slot.assistant_id in (None, slot.operator_id) or not board.able(slot.assistant_id or 0, need.assistant_skills)
    ):
        yield "assistant: nobody who may"
    if not any(board.able(key, need.imaging_skills) for key in (slot.room_id, slot.imaging_id) if key is not None):
        yield "imaging: neither in the room nor brought"
    if slot.phases.stay and slot.recovery_id not in board.recovery_ids:
        yield "recovery: no place of the pool"
    if slot.recovery_id is not None and not board.able(slot.recovery_id, need.place_skills):
        yield "skills: missing in the recovery place"


def _overlaps(board: Board, plan: Plan) -> Iterator[str]:
    """Everything laid onto the board's integers, one after the other."""
    bits, since = dict(board.busy.bits), board.busy.since
    known = ones(board.busy.until - since)
    held = {item.key: item for item in board.held}
    moving = {move.key for move in plan.moves}
    for move in plan.moves:
        item = held[move.key]
        bits[item.place_id] &= ~stretch(item.starts - since, item.ends - since)
        if not item.movable or (item.places is not None and move.to_place_id not in item.places):
            yield "recovery: somebody moved who may not"
    for item in board.held:
        if item.key not in moving and item.place_id in bits:
            bits[item.place_id] |= stretch(item.starts - since, item.ends - since)
    rows = [(move.to_place_id, held[move.key].starts, held[move.key].ends) for move in plan.moves]
    for one in plan.placed:
        slot, ends = one.slot, one.slot.procedure + one.slot.phases.procedure
        rows += [(slot.room_id, slot.procedure, ends + slot.turnover), (slot.operator_id, slot.procedure, ends)]
        rows += [(key, slot.procedure, ends) for key in (slot.assistant_id, slot.imaging_id) if key is not None]
        if slot.recovery_id is not None:
            rows.append((slot.recovery_id, *slot.recovery_ticks))
    for resource_id, starts, ends in rows:
        taken = bits.get(resource_id, 0)
        mask = stretch(starts - since, ends - since)
        if mask & taken or mask & ~known or starts < since:
            yield "overlap: something is taken twice"
        bits[resource_id] = taken | mask


def _patients_overlap(visits: Mapping[int, Asked], slots: Mapping[int, Slot]) -> Iterator[str]:
    last: dict[int, int] = {}
    for key, slot in sorted(slots.items(), key=lambda one: one[1].arrive):
        patient_id = visits[key].patient_id
        if slot.arrive < last.get(patient_id, slot.arrive):
            yield "patient: two visits at once"
        last[patient_id] = max(slot.leave, last.get(patient_id, slot.leave))


def _kept_apart(board: Board, visit: Asked, slots: Mapping[int, Slot], limits: Limits) -> Iterator[str]:
    slot = slots[visit.key]
    first = slot.procedure - board.busy.since
    barred = (visit.barred or board.barred).get(slot.room_id, 0)
    if barred & stretch(first, first + slot.phases.procedure):
        yield "apart: something it must not meet runs in the area"
    for key in visit.apart_from & slots.keys():
        other = slots[key]
        is_near = slot.room_id in limits.areas and limits.areas[slot.room_id] == limits.areas.get(other.room_id)
        ends, other_ends = slot.procedure + slot.phases.procedure, other.procedure + other.phases.procedure
        if is_near and overlaps(slot.procedure, ends, other.procedure, other_ends):
            yield "apart: two procedures that must not meet"


def _beyond_nurses(board: Board, plan: Plan, limits: Limits) -> Iterator[str]:
    """At each tick no more stays than the nurses can take."""
    masks = limits.nursed if limits.nursed is not None or board.nursed is None else (board.nursed,)
    if masks is None:
        return
    stays: Counter[int] = Counter()
    for one in plan.placed:
        stays.update(range(*one.slot.recovery_ticks))
    for at, count in stays.items():
        if count > sum(mask >> (at - board.busy.since) & 1 for mask in masks):
            yield "nurses: more patients in recovery than they may have"
            return
