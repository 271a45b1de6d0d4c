"""When a day breaks: where the stranded visits go, step by step, and what cannot be placed.

The steps are those of a senior coordinator. Pack the same day first; then the nearest day with lists on either side;
then the least shift anywhere inside the window. Loading doses come first, then whoever's window closes first.

Two claims, since two things are scarce:

- A place at all. It goes by the clinical claim alone (loading, then nearest closing): nobody loses a place inside the
  window to a visit that could wait longer, confirmed or not.
- A small change. It goes to those who have said yes and come within 48 hours: they claim their own day before the
  unconfirmed (after loading doses and visits that have no later day), and their move weighs more when two ways to
  pack a day are compared. So "confirmed visits move last" decides how far somebody moves, never whether a dose is
  given in its window.

No visit outside those handed in is moved, but for its recovery place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import combinations

from scheduling.engine.board import Board
from scheduling.engine.free import Refusal, check
from scheduling.engine.need import Need
from scheduling.engine.refusals import Why
from scheduling.engine.replan.admissible import is_admissible, is_against_wish
from scheduling.engine.replan.asks import NO_LIMITS, Limits, Stranded, claim, day_claim
from scheduling.engine.replan.days import Days
from scheduling.engine.replan.plan import PRIORITIES, Placed, Plan, Priorities, Step, Unplaced, toll
from scheduling.engine.replan.tastes import (
    Taste,
    days_apart,
    from_the_morning,
    is_same,
    least_change,
    minutes_moved,
    tight,
    with_its_operator,
)
from scheduling.engine.replan.words import (
    NO_PLACE,
    OUTSIDE,
    Names,
    choice_refused,
    effect_of,
    reasons_for,
    why_not,
)
from scheduling.engine.visit import Slot

REPAIRS = 60
"""Visits tried out of their place for one that has none, the least claim first. A limit a visit and not a whole plan,
so that planning again from a plan finds nothing that planning did not."""

SLOTS_TRIED = 12
"""Slots tried in each such place, the best first: the first may be the very one the other needs."""

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

Pinned = Mapping[int, Slot | None]
"""What a person has chosen: the slot of a visit (its recovery place is chosen anew), or None for a clinician."""


def replan(
    board: Board,
    stranded: Iterable[Stranded],
    *,
    pinned: Pinned | None = None,
    preferred: Mapping[int, Slot] | None = None,
    names: Names | None = None,
    priorities: Priorities = PRIORITIES,
    limits: Limits = NO_LIMITS,
) -> Plan:
    """A place for every stranded visit that can have one, and why the others cannot.

    `board` covers the days that may be used; its `busy` and `held` have all that stays, the closure with it, and
    nothing of the stranded visits. `preferred` slots are tried before anything else but pins, and dropped where they
    do not hold. The same question has the same answer in whatever order the visits come, and a plan that was applied
    is answered with itself. A visit whose slot is free keeps it, whatever its window says.
    """
    planning = Replanning(board, stranded, names or {}, priorities, limits)
    planning.pin(pinned or {})
    planning.keep()
    planning.prefer(preferred or {})
    planning.pack_days()
    planning.go_to_nearest_days()
    planning.shift_least()
    while planning.repair():
        planning.ease()
    planning.swap()
    return planning.plan()


class Replanning:
    """The visits, the days, and who has found a place so far."""

    def __init__(
        self,
        board: Board,
        stranded: Iterable[Stranded],
        names: Names,
        priorities: Priorities = PRIORITIES,
        limits: Limits = NO_LIMITS,
    ) -> None:
        self.visits = {visit.key: visit for visit in sorted(stranded, key=claim)}
        self.days = Days(board, limits)
        self.names, self.priorities = names, priorities
        self._before = {
            v.next_visit.key: v for v in self.visits.values() if v.next_visit and v.next_visit.key is not None
        }
        self._refused: dict[int, Why | None] = {}
        self._fixed: set[int] = set()

    def pin(self, pinned: Pinned) -> None:
        """What a person chose stands; what does not hold is left to a clinician with the reason."""
        for visit in self.visits.values():
            if visit.key in pinned:
                slot = pinned[visit.key]
                self._fixed.add(visit.key)
                if slot is None:
                    self._refused[visit.key] = None
                elif refusal := self._keep(visit) if is_same(slot, visit.slot) else self._take(visit, slot, visit.need):
                    self._refused[visit.key] = choice_refused(refusal, slot)

    def keep(self) -> None:
        """Whoever's slot is free stays. No notice is needed for it, and no window is asked: nothing changes."""
        for visit in self.homeless():
            self._keep(visit)

    def prefer(self, preferred: Mapping[int, Slot]) -> None:
        """Slots that somebody worked out beforehand, where they hold."""
        for visit in self.homeless():
            if visit.key in preferred:
                self._take(visit, preferred[visit.key], visit.need)

    def pack_days(self) -> None:
        """Each broken day packed: with the least change, tightly, or from the morning on, whichever serves best."""
        for on in sorted({visit.slot.on for visit in self.homeless()}):
            here = sorted((visit for visit in self.homeless() if visit.slot.on == on), key=day_claim)
            best: tuple[tuple[int, ...], Days] | None = None
            for taste in (least_change, tight, from_the_morning):
                days = self.days.fork()
                left = [visit for visit in here if not self._settle(days, visit, [on], taste)]
                cost = self._day_cost(days, here, left)
                if best is None or cost < best[0]:
                    best = cost, days
                if not left:
                    break
            if best is not None:
                self.days = best[1]

    def go_to_nearest_days(self) -> None:
        """Those left over go to the next day with lists, before or after theirs."""
        for visit in self.homeless():
            self._settle(self.days, visit, self._nearest(visit), least_change)

    def shift_least(self) -> None:
        """Those still left over go as few days away as they can."""
        for visit in self.homeless():
            self._settle(self.days, visit, self.dates_for(self.days, visit), least_change)

    def repair(self) -> bool:
        """Somebody without a place got one that another can leave; whether anything changed.

        The other either finds a new place or has the lesser clinical claim and takes over the waiting.
        """
        changed = False
        for visit in self.homeless():
            if self._settle(self.days, visit, self.dates_for(self.days, visit), least_change):
                changed = True
                continue
            found = self._instead_of_another(visit)
            if found is not None:
                self.days, changed = found, True
        return changed

    def ease(self) -> None:
        """Whoever could now have a smaller change gets it, in the order of the claims."""
        for visit in self.visits.values():
            slot = self.days.placed.get(visit.key)
            if slot is None or visit.key in self._fixed or slot.on == visit.slot.on:
                continue
            days = self.days.fork()
            days.take_out(visit)
            nearer = [on for on in self.dates_for(days, visit) if days_apart(visit, on) < days_apart(visit, slot.on)]
            if self._settle(days, visit, nearer, least_change):
                self.days = days

    def swap(self) -> None:
        """Two visits of a day that are alike have each other's times where both together then move less."""
        alike: dict[tuple[object, ...], list[Stranded]] = {}
        for visit in self.visits.values():
            slot = self.days.placed.get(visit.key)
            if slot is not None and visit.key not in self._fixed and self._step(visit, slot) is not Step.KEPT:
                alike.setdefault((slot.on, visit.phases), []).append(visit)
        for group in alike.values():
            improved = True
            while improved:
                improved = any(self._swap(one, other) for one, other in combinations(group, 2))

    def homeless(self) -> list[Stranded]:
        """Who has no place and is not left to a clinician by choice, the best claim first."""
        return [v for v in self.visits.values() if v.key not in self.days.placed and v.key not in self._refused]

    def dates_for(self, days: Days, visit: Stranded) -> list[date]:
        """The dates with lists on which a visit may be, nearest to its own first, a later one before an earlier one."""
        found = [on for on in days.dates if is_admissible(visit.need, on) and self._is_apart(days, visit, on)]
        return sorted(found, key=lambda on: days_apart(visit, on))

    def plan(self) -> Plan:
        """The plan as it stands."""
        moves = self.days.moves()
        placed = tuple(self._placed(v, self.days.placed[v.key]) for v in self.visits.values() if self._is_placed(v))
        unplaced = tuple(
            Unplaced(visit.key, visit.slot, self._why(visit), visit.is_loading)
            for visit in self.visits.values()
            if not self._is_placed(visit)
        )
        return Plan(placed, unplaced, moves, toll(placed, unplaced, self.priorities))

    def _is_placed(self, visit: Stranded) -> bool:
        return visit.key in self.days.placed

    def _keep(self, visit: Stranded) -> Refusal | str | None:
        need = replace(visit.need, not_before=_LONG_AGO)
        return self._take(visit, visit.slot, need, keeps_place=True, keeps=True)

    def _take(
        self, visit: Stranded, slot: Slot, need: Need, *, keeps_place: bool = False, keeps: bool = False
    ) -> Refusal | str | None:
        """The visit takes a slot with just that room, time and operator; else what refuses it."""
        if not keeps and not is_admissible(need, slot.on):
            return OUTSIDE
        if not keeps and not self._is_apart(self.days, visit, slot.on):
            return "It is too near to another visit of the same plan."
        if slot.on not in self.days.hours:
            return "No list is held on that day."
        only, just = need.only_operator_ids, frozenset((slot.operator_id,))
        asked = replace(self.days.need_of(visit, need), only_operator_ids=just if only is None else just & only)
        board = self.days.board_on(slot.on, visit)
        answer = check(board, visit.phases, asked, room_id=slot.room_id, procedure_at=slot.procedure_at)
        if isinstance(answer, Refusal):
            return answer
        if not keeps and is_against_wish(need, answer):
            return "The patient cannot come at that time."
        if keeps_place and answer.recovery_id is not None:
            answer = replace(answer, recovery_id=slot.recovery_id)
        return None if self.days.put(visit, need, answer, keeps_place=keeps_place) else NO_PLACE

    def _settle(self, days: Days, visit: Stranded, dates: Sequence[date], taste: Taste) -> bool:
        """The visit takes its best slot on the first of these dates that has one."""
        for on in dates:
            if not (is_admissible(visit.need, on) and self._is_apart(days, visit, on)):
                continue
            if any(days.put(visit, visit.need, slot) for slot in self._slots(days, visit, on, taste)):
                return True
        return False

    def _slots(self, days: Days, visit: Stranded, on: date, taste: Taste) -> list[Slot]:
        free = days.slots(on, visit, with_its_operator(visit))
        slots = [slot for slot in free if not is_against_wish(visit.need, slot)]
        return sorted(slots, key=lambda slot: taste(visit, slot))

    def _nearest(self, visit: Stranded) -> list[date]:
        around = [on for on in self.days.dates if on != visit.slot.on]
        after = [on for on in around if on > visit.slot.on][:1]
        before = [on for on in around if on < visit.slot.on][-1:]
        return sorted(after + before, key=lambda on: days_apart(visit, on))

    def _is_apart(self, days: Days, visit: Stranded, on: date) -> bool:
        """Whether the plan's own visits that move with this one leave it this date."""
        following, before = visit.next_visit, self._before.get(visit.key)
        next_slot = None if following is None or following.key is None else days.placed.get(following.key)
        if following is not None and next_slot is not None and next_slot.on < following.soonest_on(on):
            return False
        if before is None or before.next_visit is None or before.key not in days.placed:
            return True
        return on >= before.next_visit.soonest_on(days.placed[before.key].on)

    def _swap(self, one: Stranded, other: Stranded) -> bool:
        first, second = self.days.placed[one.key], self.days.placed[other.key]
        before = self._moved(one, first) + self._moved(other, second)
        if self._moved(one, second) + self._moved(other, first) >= before:
            return False
        kept = self.days
        self.days = kept.fork()
        self.days.take_out(one)
        self.days.take_out(other)
        if self._takes_over(one, second) and self._takes_over(other, first):
            return True
        self.days = kept
        return False

    def _takes_over(self, visit: Stranded, slot: Slot) -> bool:
        return self._take(visit, slot, visit.need, keeps_place=True) is None

    def _moved(self, visit: Stranded, slot: Slot) -> int:
        """Minutes by the clock, those of confirmed visits weighted."""
        weight = self.priorities.confirmed if visit.is_confirmed else 1
        return weight * abs(minutes_moved(visit, slot))

    def _day_cost(self, days: Days, here: Sequence[Stranded], left: Sequence[Stranded]) -> tuple[int, ...]:
        """What leaving these over costs: loading, without another day, in all, confirmed; then the minutes moved."""
        return (
            sum(visit.is_loading for visit in left),
            sum(visit.need.latest_on <= visit.slot.on for visit in left),
            len(left),
            sum(visit.is_confirmed for visit in left),
            sum(self._moved(visit, days.placed[visit.key]) for visit in here if visit.key in days.placed),
        )

    def _instead_of_another(self, visit: Stranded) -> Days | None:
        """The days with this visit in another's place: first of one who finds a new place, then of a lesser claim."""
        lesser: Days | None = None
        dates = set(self.dates_for(self.days, visit))
        placed = [o for o in self.visits.values() if o.key in self.days.placed and o.key not in self._fixed]
        others = [other for other in reversed(placed) if self.days.placed[other.key].on in dates]
        for other in others[:REPAIRS]:
            on = self.days.placed[other.key].on
            without = self.days.fork()
            without.take_out(other)
            for slot in self._slots(without, visit, on, least_change)[:SLOTS_TRIED]:
                days = without.fork()
                if not days.put(visit, visit.need, slot):
                    continue
                if self._settle(days, other, self.dates_for(days, other), least_change):
                    return days
                if lesser is None and claim(visit).outranks(claim(other)):
                    lesser = days
        return lesser

    def _placed(self, visit: Stranded, slot: Slot) -> Placed:
        return Placed(
            key=visit.key,
            was=visit.slot,
            slot=slot,
            step=self._step(visit, slot),
            effect=effect_of(visit.slot, slot, visit.need),
            reasons=reasons_for(visit.slot, slot, visit.need, self.names, visit.next_visit),
            is_loading=visit.is_loading,
            is_confirmed=visit.is_confirmed,
        )

    def _step(self, visit: Stranded, slot: Slot) -> Step:
        if visit.key in self._fixed:
            return Step.PINNED
        if slot.on == visit.slot.on:
            return Step.KEPT if is_same(slot, visit.slot) else Step.SAME_DAY
        return Step.NEAREST_DAY if slot.on in self._nearest(visit) else Step.LEAST_SHIFT

    def _why(self, visit: Stranded) -> Why | None:
        if visit.key in self._refused:
            return self._refused[visit.key]
        return why_not(self.days, visit, visit.need)
