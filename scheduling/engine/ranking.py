"""Which of the free starts a senior coordinator would take first, and why, in words.

Order: inside the window; inside it but against the patient's no-go times; after it; before it; under the minimum
interval, its own or the next visit's. Within each by cost, then time, room and operator, so that the order is total and
the same every time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import IntEnum, StrEnum
from typing import NamedTuple

from scheduling.engine.need import Need, NextBooked
from scheduling.engine.ticks import TICK_MINUTES, day_words
from scheduling.engine.visit import Slot

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SAME_TIME_MINUTES = 15
_NEAR_TIME_MINUTES = 60
_APART_MINUTES = 120


class Tone(StrEnum):
    """How a reason is meant: met, look at it, needs a person with a reason."""

    OK = "ok"
    WARN = "warn"
    STOP = "stop"


class Standing(IntEnum):
    """Where a slot stands to the dose's window; a lower one always comes first."""

    INSIDE = 0
    INSIDE_AGAINST_WISH = 1
    AFTER = 2
    BEFORE = 3
    TOO_EARLY = 4
    TOO_NEAR_NEXT = 5

    @property
    def is_offered(self) -> bool:
        """Whether a search offers such a slot at all: none that breaks a minimum interval."""
        return self < Standing.TOO_EARLY


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for or against a slot: a stable code, a tone, a clerk's words, and the date they name."""

    code: str
    tone: Tone
    words: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Weights:
    """What each blemish costs, beside ten for each day off target. A unit's policy; the defaults are ours.

    `drift` counts for each day by which the plan would then deviate from its ideal calendar, so that of two equally
    distant days the one that wins time back is taken.
    """

    day: int = 10
    drift: int = 2
    other_weekday: int = 2
    half_hour_off: int = 1
    other_half: int = 5
    other_operator: int = 4
    holiday: int = 6
    later_holiday: int = 2
    next_visit: int = 6
    waste: int = 2
    loose: int = 1
    displaced: int = 1


WEIGHTS = Weights()


@dataclass(frozen=True, slots=True)
class RankedSlot:
    """A slot with its standing, its reasons, and what it costs: days off target and drift before and after."""

    slot: Slot
    standing: Standing
    cost: int
    days_late: int
    drift_before: int
    drift_after: int
    reasons: tuple[Reason, ...]

    @property
    def is_inside(self) -> bool:
        """Whether it lies in the window, so that booking it needs no reason."""
        return self.standing <= Standing.INSIDE_AGAINST_WISH

    @property
    def lateness(self) -> str:
        """The days off target in words."""
        return lateness_words(self.days_late)


class Score(NamedTuple):
    """The order of slots: a total one, since no two slots of a search share start, room and operator."""

    standing: Standing
    cost: int
    procedure: int
    room_id: int
    operator_id: int


Scored = tuple[Score, Slot]


def rank(slots: Iterable[Slot], need: Need, weights: Weights = WEIGHTS) -> list[RankedSlot]:
    """All slots, best first, each with its reasons."""
    scored = score(slots, need, weights)
    first = first_free_day(scored)
    return [explained(one, need, first) for one in scored]


def score(slots: Iterable[Slot], need: Need, weights: Weights = WEIGHTS) -> list[Scored]:
    """All slots with their scores, best first."""
    holidays: dict[date, int] = {}
    scored = []
    for slot in slots:
        if slot.on not in holidays:
            holidays[slot.on] = _holiday_cost(slot.on, need, weights)
        scored.append((_score(slot, need, weights, holidays[slot.on]), slot))
    scored.sort(key=lambda one: one[0])
    return scored


def choose(scored: Sequence[Scored], limit: int, per_day: int = 2) -> list[Scored]:
    """The `limit` best that differ usefully, best first; `scored` must be in order.

    First one for each day inside the window, then a second one on those days at least two hours apart, then one a day
    against a wish or outside the window. No two begin at the same moment.
    """
    chosen: list[Scored] = []
    inside = [one for one in scored if one[0].standing is Standing.INSIDE]
    rest = scored[len(inside) :]
    for candidates, most_a_day in ((inside, 1), (inside, per_day), (rest, 1)):
        for one in candidates:
            if len(chosen) >= limit:
                break
            same_day = [other for _, other in chosen if other.on == one[1].on]
            if len(same_day) < most_a_day and all(_is_apart(one[1], other) for other in same_day):
                chosen.append(one)
    return sorted(chosen, key=lambda one: one[0])


def first_free_day(scored: Sequence[Scored]) -> date | None:
    """The first day inside the window that has a slot at all."""
    return min((slot.on for by, slot in scored if by.standing <= Standing.INSIDE_AGAINST_WISH), default=None)


def explained(scored: Scored, need: Need, first_free: date | None) -> RankedSlot:
    """The slot with its reasons in words."""
    (standing, cost, *_), slot = scored
    days_late = (slot.on - need.target_on).days
    return RankedSlot(
        slot=slot,
        standing=standing,
        cost=cost,
        days_late=days_late,
        drift_before=need.drift_days,
        drift_after=need.drift_days + days_late,
        reasons=tuple(_reasons(slot, standing, need, first_free)),
    )


def lateness_words(days: int) -> str:
    """Days off target in words.

    >>> [lateness_words(days) for days in (0, 2, -1)]
    ['On the target day', '2 days late', '1 day early']
    """
    if not days:
        return "On the target day"
    return f"{abs(days)} day{'' if abs(days) == 1 else 's'} {'late' if days > 0 else 'early'}"


def day_cost(on: date, need: Need, weights: Weights = WEIGHTS) -> int:
    """What any slot on a date costs at the least: its days off target, its drift and the bank holidays after it."""
    days = (on - need.target_on).days
    return weights.day * abs(days) + weights.drift * abs(need.drift_days + days) + _holiday_cost(on, need, weights)


def _holiday_cost(on: date, need: Need, weights: Weights) -> int:
    """What the doses after one on this date cost in bank holidays; asked once a date, since projecting takes time."""
    cost = 0
    for ahead, next_on in enumerate(need.next_doses(on)):
        if next_on in need.bank_holidays:
            cost += weights.later_holiday if ahead else weights.holiday
    return cost


def _score(slot: Slot, need: Need, weights: Weights, holidays: int) -> Score:
    arrives = slot.arrive_at.astimezone(need.zone)
    days = (slot.on - need.target_on).days
    cost = weights.day * abs(days) + weights.drift * abs(need.drift_days + days)
    if need.usual_weekday is not None and slot.on.isoweekday() != need.usual_weekday:
        cost += weights.other_weekday
    if need.usual_operator_id is not None and slot.operator_id != need.usual_operator_id:
        cost += weights.other_operator
    if need.usual_time is not None:
        if _half(arrives.time()) != _half(need.usual_time):
            cost += weights.other_half
        else:
            cost += weights.half_hour_off * (_minutes_off(arrives.time(), need.usual_time) // 30)
    if _next_visit_off(slot.on, need):
        cost += weights.next_visit
    cost += holidays + weights.waste * wasted_sides(slot) + weights.loose * (not follows_on(slot))
    cost += weights.displaced * bool(slot.displaced)
    return Score(_standing(slot, arrives, need), cost, slot.procedure, slot.room_id, slot.operator_id)


def _standing(slot: Slot, arrives: datetime, need: Need) -> Standing:
    if need.minimum_on is not None and slot.on < need.minimum_on:
        return Standing.TOO_EARLY
    if slot.on > need.last_on:
        return Standing.TOO_NEAR_NEXT
    if slot.on < need.earliest_on:
        return Standing.BEFORE
    if slot.on > need.latest_on:
        return Standing.AFTER
    if need.no_go and _wishes_hurt(slot, arrives, need):
        return Standing.INSIDE_AGAINST_WISH
    return Standing.INSIDE


def _wishes_hurt(slot: Slot, arrives: datetime, need: Need) -> list[str]:
    leaves = slot.leave_at.astimezone(need.zone)
    return [wish.words for wish in need.no_go if wish.clashes(arrives, leaves)]


def _reasons(slot: Slot, standing: Standing, need: Need, first_free: date | None) -> Iterable[Reason]:
    arrives = slot.arrive_at.astimezone(need.zone)
    yield _about_window(slot, standing, need, first_free)
    half = _half(arrives.time())
    for words in _wishes_hurt(slot, arrives, need):
        yield Reason("against_wish", Tone.WARN, f"{half.capitalize()}: {words}")
    if need.usual_operator_id is not None:
        if slot.operator_id == need.usual_operator_id:
            yield Reason("usual_operator", Tone.OK, "Usual operator")
        else:
            yield Reason("other_operator", Tone.WARN, "Not the usual operator")
    if need.usual_weekday is not None and slot.on.isoweekday() == need.usual_weekday:
        yield Reason("usual_weekday", Tone.OK, f"Usual weekday, {_DAYS[need.usual_weekday - 1]}")
    if need.usual_time is not None:
        if half != _half(need.usual_time):
            yield Reason("other_half", Tone.WARN, f"{half.capitalize()}, not the usual {_half(need.usual_time)}")
        else:
            yield _about_time(_minutes_off(arrives.time(), need.usual_time), need.usual_time, half)
    yield from _about_next_doses(slot, need)
    if follows_on(slot) and not wasted_sides(slot):
        yield Reason("no_gap", Tone.OK, "Leaves no gap in the list")
    if slot.displaced:
        yield Reason("repacked", Tone.OK, "Others change recovery place")


def _about_window(slot: Slot, standing: Standing, need: Need, first_free: date | None) -> Reason:
    if (outside := _outside(standing, need)) is not None:
        return outside
    if slot.on == need.target_on:
        return Reason("on_target", Tone.OK, "Inside the window, on the target day", slot.on)
    if slot.on == first_free:
        return Reason("first_free_day", Tone.OK, "Inside the window, first free day", slot.on)
    return Reason("inside_window", Tone.OK, "Inside the window", slot.on)


def _outside(standing: Standing, need: Need) -> Reason | None:
    """Why it needs a person with a reason; None inside the window."""
    if standing is Standing.TOO_EARLY:
        words = "Under the minimum interval: only a clinician may allow it"
        return Reason("too_early", Tone.STOP, words, need.minimum_on)
    if standing is Standing.TOO_NEAR_NEXT and need.next_booked is not None:
        words = f"Too near to the next visit, {day_words(need.next_booked.on)}: move that one first"
        return Reason("too_near_next", Tone.STOP, words, need.next_booked.on)
    if standing is Standing.BEFORE:
        return Reason("before_window", Tone.STOP, "Before the window: needs a reason", need.earliest_on)
    if standing is Standing.AFTER:
        return Reason("after_window", Tone.STOP, "After the window: needs a reason", need.latest_on)
    return None


def _about_time(minutes_off: int, usual: time, half: str) -> Reason:
    if minutes_off <= _SAME_TIME_MINUTES:
        return Reason("usual_time", Tone.OK, f"Usual time, {usual:%H:%M}")
    if minutes_off <= _NEAR_TIME_MINUTES:
        return Reason("near_usual_time", Tone.OK, f"Near the usual time, {usual:%H:%M}")
    return Reason("usual_half", Tone.OK, f"Usual {half}")


def _about_next_doses(slot: Slot, need: Need) -> Iterable[Reason]:
    ahead, following = list(need.next_doses(slot.on)), need.next_booked
    if following is not None and slot.on <= following.last_before:
        yield _about_next_visit(following, _next_visit_off(slot.on, need))
    for step, on in enumerate(ahead):
        # A day that somebody booked is one on which the unit works.
        if on in need.bank_holidays and (step or following is None):
            which = "Next dose" if step == 0 else "A later dose"
            yield Reason("next_dose_holiday", Tone.WARN, f"{which} {day_words(on)}, a bank holiday", on)
            return
    if ahead and following is None:
        yield Reason("next_dose_clear", Tone.OK, f"Next dose {day_words(ahead[0])}, no clash", ahead[0])


def _next_visit_off(on: date, need: Need) -> int:
    """The days by which the next visit, where it is booked, would miss its due date; 0 while it is in its window."""
    if need.next_booked is None:
        return 0
    earliest_on, due_on, latest_on = need.next_booked.window(on)
    return 0 if earliest_on <= need.next_booked.on <= latest_on else (need.next_booked.on - due_on).days


def _about_next_visit(following: NextBooked, days_off: int) -> Reason:
    on = day_words(following.on)
    if days_off:
        words = f"The next visit, {on}, is then {lateness_words(days_off)}: it has to move too"
        return Reason("next_visit_moves", Tone.WARN, words, following.on)
    return Reason("next_visit_fits", Tone.OK, f"The next visit, {on}, stays in its window", following.on)


def _half(at: time) -> str:
    if at.hour < 12:
        return "morning"
    return "afternoon" if at.hour < 17 else "evening"


def _minutes_off(at: time, usual: time) -> int:
    return abs(at.hour * 60 + at.minute - usual.hour * 60 - usual.minute)


def _is_apart(slot: Slot, other: Slot) -> bool:
    return abs(slot.procedure - other.procedure) * TICK_MINUTES >= _APART_MINUTES


def follows_on(slot: Slot) -> bool:
    """Whether the room's list goes on without a gap on at least one side of it."""
    return not slot.gap_before or not slot.gap_after


def wasted_sides(slot: Slot) -> int:
    """Sides on which the room would stand empty for less than another such procedure takes."""
    useful = slot.phases.procedure + slot.turnover
    return (0 < slot.gap_before < useful) + (0 < slot.gap_after < useful)
