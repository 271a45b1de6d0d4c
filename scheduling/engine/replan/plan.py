"""The answer of a re-plan: for each visit where it goes and what that costs, and by what two answers are compared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from scheduling.engine.ranking import Reason, lateness_words
from scheduling.engine.recovery import Move
from scheduling.engine.refusals import Why
from scheduling.engine.visit import Slot


class Step(StrEnum):
    """How a visit came to its slot, mildest first; the last two are a person's choice and a dose's first slot."""

    KEPT = "kept"
    SAME_DAY = "same_day"
    NEAREST_DAY = "nearest_day"
    LEAST_SHIFT = "least_shift"
    PINNED = "pinned"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class Priorities:
    """How much more a loading dose's lateness, and a confirmed visit's move, weigh in comparing two plans.

    Local policy; the defaults are ours.
    """

    loading: int = 3
    confirmed: int = 2


PRIORITIES = Priorities()


@dataclass(frozen=True, slots=True)
class Effect:
    """What a new slot means for its visit.

    `days` from the old date to the new one and `minutes` from the old time of arrival to the new one, by the clock on
    the wall; both are negative where it is sooner. `days_off_target` and the drifts (deviation from the ideal
    calendar, in days) are as in `RankedSlot`: `drift_before` with the old slot, `drift_after` with the new one.
    """

    days: int
    minutes: int
    days_off_target: int
    drift_before: int
    drift_after: int
    is_inside: bool

    @property
    def lateness(self) -> str:
        """The days off target in words."""
        return lateness_words(self.days_off_target)


@dataclass(frozen=True, slots=True)
class Placed:
    """A visit with its new slot. `was` is None for a dose that had none. `reasons` begin with the change in words."""

    key: int
    was: Slot | None
    slot: Slot
    step: Step
    effect: Effect
    reasons: tuple[Reason, ...]
    is_loading: bool = False
    is_confirmed: bool = False

    @property
    def words(self) -> str:
        """The change, as a coordinator reads it: "Same day, 45 min later, Room 2"."""
        return self.reasons[0].words

    @property
    def is_change(self) -> bool:
        """Whether anybody has to be told: the recovery place alone is nobody's business."""
        return self.was is None or _told(self.was) != _told(self.slot)


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A visit that goes to a clinician: because nothing fits (`why`), or because somebody chose so (None)."""

    key: int
    was: Slot | None
    why: Why | None
    is_loading: bool = False

    @property
    def words(self) -> str:
        """Why, for a coordinator and a clinician."""
        return "Left to a clinician by choice." if self.why is None else self.why.words


class Toll(NamedTuple):
    """What a plan costs; of two plans the one with the lower toll is the better one, the earlier field deciding.

    Loading doses unplaced, all unplaced, lateness (days late, loading doses weighted), days moved and minutes moved
    (confirmed visits weighted). For doses that had no slot the days moved are the days off target.
    """

    unplaced_loading: int
    unplaced: int
    lateness: int
    days: int
    minutes: int


NO_TOLL = Toll(0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Plan:
    """Where everybody goes: `placed` and `unplaced` in the order of the claims.

    `moves` are changes of recovery place by visits that are not part of the plan; nobody needs to be told of them.
    """

    placed: tuple[Placed, ...]
    unplaced: tuple[Unplaced, ...]
    moves: tuple[Move, ...] = ()
    toll: Toll = NO_TOLL

    @property
    def slots(self) -> dict[int, Slot]:
        """The slot of each visit placed, by its key."""
        return {one.key: one.slot for one in self.placed}


def toll(placed: Iterable[Placed], unplaced: Iterable[Unplaced], priorities: Priorities) -> Toll:
    """What placing and leaving so costs."""
    lateness = days = minutes = 0
    for one in placed:
        late = max(one.effect.days_off_target, 0)
        weight = priorities.confirmed if one.is_confirmed else 1
        lateness += late * (priorities.loading if one.is_loading else 1)
        days += weight * abs(one.effect.days if one.was is not None else one.effect.days_off_target)
        minutes += weight * abs(one.effect.minutes)
    left = list(unplaced)
    return Toll(sum(one.is_loading for one in left), len(left), lateness, days, minutes)


class Better(NamedTuple):
    """The plan that won, and why, in words."""

    plan: Plan
    is_optimised: bool
    words: str


_FIELD_WORDS = (
    ("{gain} fewer loading {doses} without a place", "loading doses without a place"),
    ("{gain} fewer {visits} without a place", "visits without a place"),
    ("doses are less late ({less} instead of {more} weighted days)", "lateness"),
    ("visits change day by less ({less} instead of {more} days in all)", "days moved"),
    ("visits change time by less ({less} instead of {more} min in all)", "minutes moved"),
)


def better_of(greedy: Plan, optimised: Plan | None, faults: Iterable[str] = ()) -> Better:
    """The plan with the lower toll; the stepwise one where they are equal, since its choices are easier to follow.

    `faults` are what `faults.faults_of` has against the optimised plan: with any it does not count.
    """
    if optimised is None:
        return Better(greedy, False, "The stepwise plan: the optimiser found none in its time.")
    wrong = list(faults)
    if wrong:
        return Better(greedy, False, f"The stepwise plan: the optimised one was not valid ({wrong[0]}).")
    if optimised.toll >= greedy.toll:
        return Better(greedy, False, f"The stepwise plan: {_against(greedy.toll, optimised.toll)}.")
    return Better(optimised, True, f"The optimised plan: {_against(optimised.toll, greedy.toll)}.")


def _against(winner: Toll, loser: Toll) -> str:
    for (words, _), less, more in zip(_FIELD_WORDS, winner, loser, strict=True):
        if less != more:
            gain = more - less
            one = gain == 1
            return words.format(
                gain=gain, less=less, more=more, doses="dose" if one else "doses", visits="visit" if one else "visits"
            )
    return "the optimised one costs the same, and what is known already stays"


def _told(slot: Slot) -> tuple[object, ...]:
    return slot.on, slot.arrive, slot.leave, slot.room_id, slot.operator_id
