"""All unbooked doses of the coming weeks at once, the visits already booked staying where they are.

Greedy in the order of the claims: loading doses first, then whoever's window closes first, so that the days fill as
they come. A dose's window follows from the day of the one before it in its plan, so it joins the queue once that has
its day. Each dose takes the slot that ranking puts first, days being asked only while they could still be better.
One that finds nothing asks whether another dose placed here can give way inside its own window. What a person chose
comes first, with the doses it is counted from.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from scheduling.engine.board import Board
from scheduling.engine.free import Refusal, check
from scheduling.engine.need import Need
from scheduling.engine.ranking import WEIGHTS, Score, Standing, Weights, day_cost, score
from scheduling.engine.refusals import Why
from scheduling.engine.replan.admissible import is_admissible, is_against_wish
from scheduling.engine.replan.asks import NO_LIMITS, Claim, Limits, Unbooked
from scheduling.engine.replan.days import Days
from scheduling.engine.replan.plan import PRIORITIES, Placed, Plan, Priorities, Step, Unplaced, toll
from scheduling.engine.replan.words import (
    NO_PLACE,
    OUTSIDE,
    Names,
    choice_refused,
    effect_of,
    reasons_for,
    waits_for_dose_before,
    why_not,
)
from scheduling.engine.visit import Slot

GIVING_WAY = 60
"""Doses asked to give way for one that finds nothing."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is to be kept, by dose: slots that a person chose (`pinned`; refused where they do not hold), slots and days
    to be tried before others (`preferred`, `days`; dropped where they do not hold). A recovery place is chosen anew.
    """

    pinned: Mapping[int, Slot] = field(default_factory=dict)
    preferred: Mapping[int, Slot] = field(default_factory=dict)
    days: Mapping[int, date] = field(default_factory=dict)


NO_WISHES = Wishes()


def plan_ahead(
    board: Board,
    doses: Iterable[Unbooked],
    *,
    wishes: Wishes = NO_WISHES,
    names: Names | None = None,
    weights: Weights = WEIGHTS,
    priorities: Priorities = PRIORITIES,
    limits: Limits = NO_LIMITS,
) -> Plan:
    """A slot inside its window for every dose that can have one, and why the others have none.

    `board` covers the weeks with all that is booked. The same question has the same answer in whatever order the doses
    come.
    """
    horizon = Horizon(board, doses, wishes, weights, limits)
    horizon.place_all()
    return horizon.plan(names or {}, priorities)


class _Due(NamedTuple):
    """A dose in the queue, with the date of the one before it that its claim was counted from."""

    claim: Claim
    after: date | None


class Horizon:
    """The doses, the days, and what has been placed so far."""

    def __init__(
        self,
        board: Board,
        doses: Iterable[Unbooked],
        wishes: Wishes = NO_WISHES,
        weights: Weights = WEIGHTS,
        limits: Limits = NO_LIMITS,
    ) -> None:
        ordered = sorted(doses, key=lambda dose: (dose.plan_id, dose.sequence, dose.key))
        self.doses = {dose.key: dose for dose in ordered}
        self.days, self.wishes, self.weights = Days(board, limits), wishes, weights
        self.needs: dict[int, Need] = {}
        self._chosen_plans = {self.doses[key].plan_id for key in wishes.pinned if key in self.doses}
        self._refused: dict[int, Why] = {}
        self._before: dict[int, Unbooked] = {}
        self._after: dict[int, Unbooked] = {}
        for dose, following in pairwise(ordered):
            if dose.plan_id == following.plan_id:
                self._after[dose.key] = following
                self._before[following.key] = dose
        self._queue: list[_Due] = []

    def place_all(self) -> None:
        """Every dose has a slot, or none was found for it and for those counted from it.

        Those without are asked again as long as others give way: what they left may serve.
        """
        waiting = [dose for dose in self.doses.values() if dose.key not in self._before]
        while waiting:
            for dose in waiting:
                self._join(dose)
            changed, waiting = self._work_off()
            if not changed:
                break

    def plan(self, names: Names, priorities: Priorities) -> Plan:
        """The plan as it stands."""
        moves, slots = self.days.moves(), self.days.placed
        order = sorted(self.doses.values(), key=self._claim)
        placed = tuple(
            _placed(dose, slots[dose.key], self.needs[dose.key], names, self._step(dose))
            for dose in order
            if dose.key in slots
        )
        unplaced = tuple(
            Unplaced(dose.key, None, self._why(dose), dose.is_loading) for dose in order if dose.key not in slots
        )
        return Plan(placed, unplaced, moves, toll(placed, unplaced, priorities))

    def _work_off(self) -> tuple[bool, list[Unbooked]]:
        """The queue is empty; whether anything was placed, and who found nothing."""
        changed, left = False, []
        while self._queue:
            due = heapq.heappop(self._queue)
            dose = self.doses[due.claim.key]
            if self._date_before(dose) != due.after:
                # The dose before it gave way to another in the meantime.
                self._join(dose)
            elif self._settle(dose, self.needs[dose.key]):
                changed = True
                if dose.key in self._after:
                    self._join(self._after[dose.key])
            else:
                left.append(dose)
        return changed, left

    def _join(self, dose: Unbooked) -> None:
        after = self._date_before(dose)
        self.needs[dose.key] = dose.need_after(after)
        heapq.heappush(self._queue, _Due(self._claim(dose), after))

    def _claim(self, dose: Unbooked) -> Claim:
        if dose.plan_id in self._chosen_plans:
            return Claim(False, date.min, dose.key)
        need = self.needs.get(dose.key)
        return Claim(not dose.is_loading, need.latest_on if need else date.max, dose.key)

    def _date_before(self, dose: Unbooked) -> date | None:
        before = self._before.get(dose.key)
        slot = None if before is None else self.days.placed.get(before.key)
        return None if slot is None else slot.on

    def _dates_for(self, dose: Unbooked, need: Need) -> list[tuple[int, date]]:
        """Days with lists inside the window, each with the least a slot on it can cost, in order of that."""
        following = dose.next_visit
        found = [
            (day_cost(on, need, self.weights), on)
            for on in self.days.dates
            if is_admissible(need, on) and (following is None or following.on >= following.soonest_on(on))
        ]
        return sorted(found)

    def _settle(self, dose: Unbooked, need: Need) -> bool:
        """The dose has the slot that was chosen, else the one to be tried first, else the best, else another's."""
        chosen = self.wishes.pinned.get(dose.key)
        if chosen is not None:
            refusal = self._take(dose, need, chosen)
            if refusal is not None:
                self._refused[dose.key] = choice_refused(refusal, chosen)
            return refusal is None
        slot = self.wishes.preferred.get(dose.key)
        if slot is not None and self._take(dose, need, slot) is None:
            return True
        return self._place(self.days, dose, need) or self._place_instead(dose)

    def _take(self, dose: Unbooked, need: Need, slot: Slot) -> Refusal | str | None:
        """The dose has a slot with just that room, time and operator; else what refuses it."""
        if slot.on not in self.days.hours:
            return "No list is held on that day."
        if all(on != slot.on for _, on in self._dates_for(dose, need)):
            return OUTSIDE
        answer = check(
            self.days.board_on(slot.on, dose),
            dose.phases,
            self.days.need_of(dose, need),
            room_id=slot.room_id,
            procedure_at=slot.procedure_at,
            operator_id=slot.operator_id,
        )
        if isinstance(answer, Refusal):
            return answer
        if is_against_wish(need, answer):
            return "The patient cannot come at that time."
        return None if self.days.put(dose, need, answer) else NO_PLACE

    def _step(self, dose: Unbooked) -> Step:
        return Step.PINNED if dose.key in self.wishes.pinned else Step.PLANNED

    def _place(self, days: Days, dose: Unbooked, need: Need) -> bool:
        """The dose has the slot that ranking puts first, on its preferred day where that has one."""
        dates = self._dates_for(dose, need)
        preferred = self.wishes.days.get(dose.key)
        best: tuple[Score, Slot] | None = None
        for least, on in sorted(dates, key=lambda one: (one[1] != preferred, one)):
            if best is not None and (best[1].on == preferred or least >= best[0].cost):
                break
            scored = score(days.slots(on, dose, need), need, self.weights)
            if scored and scored[0][0].standing is Standing.INSIDE and (best is None or scored[0][0] < best[0]):
                best = scored[0]
        return best is not None and days.put(dose, need, best[1])

    def _place_instead(self, dose: Unbooked) -> bool:
        """The dose has the place of another, which has found a new one. Only doses that none is counted from yet."""
        need = self.needs[dose.key]
        dates = {on: least for least, on in self._dates_for(dose, need)}
        others = [
            key
            for key, slot in self.days.placed.items()
            if slot.on in dates
            and key not in self.wishes.pinned
            and (key not in self._after or self._after[key].key not in self.days.placed)
        ]
        others.sort(key=lambda key: (dates[self.days.placed[key].on], self.days.placed[key].procedure, key))
        for key in others[:GIVING_WAY]:
            other, days = self.doses[key], self.days.fork()
            days.take_out(other)
            if self._place(days, dose, need) and self._place(days, other, self.needs[key]):
                self.days = days
                return True
        return False

    def _why(self, dose: Unbooked) -> Why:
        if dose.key in self._refused:
            return self._refused[dose.key]
        if dose.key in self.needs:
            return why_not(self.days, dose, self.needs[dose.key])
        return waits_for_dose_before(self.days)


def _placed(dose: Unbooked, slot: Slot, need: Need, names: Names, step: Step) -> Placed:
    return Placed(
        key=dose.key,
        was=None,
        slot=slot,
        step=step,
        effect=effect_of(None, slot, need),
        reasons=reasons_for(None, slot, need, names),
        is_loading=dose.is_loading,
    )
