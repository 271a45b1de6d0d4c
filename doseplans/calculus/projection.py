"""A plan's dates, counted from what was given, what is booked, and what is still due.

Dates are ordinals (`date.toordinal`), and a projection is columns of them: a thousand plans of sixty doses
are counted in one request, where chained timedeltas and an object a dose would take most of a second.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from operator import lt
from types import MappingProxyType
from typing import NamedTuple, overload

from doseplans.calculus.protocol import Anchor, Distances, GapTier, ProtocolRule, StepRule


class Counted(StrEnum):
    """Why a dose counts from its day: it was given then, is booked, is due, or is overdue and counts from today.

    A clinician may have left it out, with a day that later doses count from. DECIDED is the kind of a basis only: a
    clinician chose the day that a dose is due.
    """

    GIVEN = "given"
    BOOKED = "booked"
    DUE = "due"
    OVERDUE = "overdue"
    OMITTED = "omitted"
    DECIDED = "decided"


NOBODY_DECIDED: Mapping[int, int] = MappingProxyType({})


class HistoryInvalid(ValueError):
    """The doses given do not form one sequence in time, so nothing can be counted from them."""


class Given(NamedTuple):
    """A dose that was given: its sequence in the plan and the ordinal of the day."""

    sequence: int
    on: int


class Basis(NamedTuple):
    """What a target was counted from: a dose, its day, and what kind of day that is.

    `sequence` None means the plan's planned start. `tier` is the gap rule whose interval was taken.
    """

    sequence: int | None
    on: int
    counted: Counted
    tier: GapTier | None = None


class ProjectedDose(NamedTuple):
    """One dose of a plan with its dates, and with all that is needed to say why they are so.

    `counted_on` is the day later doses count from, and `counted` says what kind of day that is. `previous_on`
    is the same of the dose before, None before the first. `last_taken_on` is the day of the last dose before that
    was not left out, None where there is none.
    """

    protocol: ProtocolRule
    sequence: int
    earliest: int
    target: int
    latest: int
    ideal: int
    counted_on: int
    counted: Counted
    previous_on: int | None
    last_taken_on: int | None
    basis: Basis

    @property
    def step(self) -> StepRule:
        return self.protocol.steps[self.protocol.step_index(self.sequence)]

    @property
    def name(self) -> str:
        return self.protocol.name(self.sequence)

    @property
    def label(self) -> str:
        return self.protocol.label(self.sequence)

    @property
    def lateness(self) -> int | None:
        """Days between target and the day the dose counts from; negative is early, None for the first dose."""
        return None if self.previous_on is None else self.counted_on - self.target

    @property
    def drift(self) -> int:
        """Days the course is behind the ideal calendar; negative is ahead.

        A dose left out is a dose fewer, not a delay: the course is as far behind as the day later doses count from.
        """
        return self.counted_on - self.ideal

    @property
    def interval(self) -> int | None:
        """Days since the last dose that was not left out; None for the first dose."""
        return None if self.last_taken_on is None else self.counted_on - self.last_taken_on


@dataclass(slots=True)
class Projection(Sequence[ProjectedDose]):
    """The doses of a plan in order. Columns of ordinals inside; a `ProjectedDose` is made when asked for."""

    protocol: ProtocolRule
    earliest: list[int] = field(default_factory=list)
    target: list[int] = field(default_factory=list)
    latest: list[int] = field(default_factory=list)
    ideal: list[int] = field(default_factory=list)
    counted_on: list[int] = field(default_factory=list)
    counted: list[Counted] = field(default_factory=list)
    bases: dict[int, Basis] = field(default_factory=dict)
    """By sequence, where a target is not simply counted from the dose before."""

    def __len__(self) -> int:
        return len(self.target)

    @overload
    def __getitem__(self, position: int) -> ProjectedDose: ...
    @overload
    def __getitem__(self, position: slice) -> tuple[ProjectedDose, ...]: ...
    def __getitem__(self, position: int | slice) -> ProjectedDose | tuple[ProjectedDose, ...]:
        indices = range(len(self.target))[position]
        if isinstance(indices, range):
            return tuple(map(self._dose, indices))
        return self._dose(indices)

    def __iter__(self) -> Iterator[ProjectedDose]:
        return map(self._dose, range(len(self.target)))

    def taken_before(self, index: int) -> int | None:
        """The day of the last dose before that index that was not left out; None where there is none."""
        while index and self.counted[index - 1] is Counted.OMITTED:
            index -= 1
        return self.counted_on[index - 1] if index else None

    def _dose(self, index: int) -> ProjectedDose:
        basis = self.bases.get(index + 1)
        return ProjectedDose(
            protocol=self.protocol,
            sequence=index + 1,
            earliest=self.earliest[index],
            target=self.target[index],
            latest=self.latest[index],
            ideal=self.ideal[index],
            counted_on=self.counted_on[index],
            counted=self.counted[index],
            previous_on=self.counted_on[index - 1] if index else None,
            last_taken_on=self.taken_before(index),
            basis=basis or Basis(index, self.counted_on[index - 1], self.counted[index - 1]),
        )


def project(
    protocol: ProtocolRule,
    history: Sequence[Given],
    *,
    starts_on: int,
    expected: Mapping[int, int],
    at: int,
    steps: int = 13,
    decided: Mapping[int, int] = NOBODY_DECIDED,
    omitted: Mapping[int, int] = NOBODY_DECIDED,
) -> Projection:
    """Every dose given and the next `steps`, each with the window it may be given in.

    A dose counts from the day it was given; else from the day it is booked for (`expected`: sequence to
    ordinal); else from its target, or from `at` once the target has passed, because it cannot be given
    earlier any more. A booking that is not after the dose before it cannot stand and is not counted from.

    A clinician may have set the day a dose is due (`decided`: sequence to ordinal), below the minimum too; the step's
    window lies around it. Or have left a dose out (`omitted`: sequence to the day later doses count from): minima and
    gaps are then counted from the dose before it.

    The ideal calendar is what the protocol gives if every dose after the first is given on its target; no decision
    changes it.

    Source: tofersen label, missed or late doses are always followed from the actual day. Here loading 2
    is three days late, so that loading 3 comes 14 days and the first maintenance 28 days after the actual
    days:

    >>> from doseplans.calculus.protocol import Interval, StepKind
    >>> tofersen = ProtocolRule((
    ...     StepRule(StepKind.LOADING, 3, Interval(14)), StepRule(StepKind.MAINTENANCE, None, Interval(28))))
    >>> doses = project(tofersen, [Given(1, 1000), Given(2, 1017)], starts_on=1000, expected={}, at=1018, steps=3)
    >>> [(dose.label, dose.target, dose.ideal) for dose in doses[2:]]
    [('Loading 3', 1031, 1028), ('Maintenance 1', 1059, 1056), ('Maintenance 2', 1087, 1084)]

    Maintenance 1 is left out on its day, and a clinician sets maintenance 3 for a week later than the rule has it:

    >>> loaded = [Given(1, 1000), Given(2, 1014), Given(3, 1028)]
    >>> doses = project(
    ...     tofersen, loaded, starts_on=1000, expected={}, at=1030, steps=3, omitted={4: 1056}, decided={6: 1119})
    >>> [(dose.label, dose.target, dose.counted.value, dose.drift) for dose in doses[3:]]
    ... # doctest: +NORMALIZE_WHITESPACE
    [('Maintenance 1', 1056, 'omitted', 0), ('Maintenance 2', 1084, 'due', 0), ('Maintenance 3', 1119, 'due', 7),
     ('Maintenance 4', 1147, 'due', 7)]

    Raises: HistoryInvalid where doses are missing, repeated, or not one after the other.
    """
    days = _given_days(history) if not omitted else _dealt_with_days(history, omitted)
    last = len(days) + steps
    if protocol.length is not None:
        last = min(last, protocol.length)
    doses = Projection(protocol)
    if last < 1:
        return doses
    counts_from = partial(_counts_from, days, expected, omitted, at)
    begins_on = decided.get(1, starts_on)
    _begin(doses, begins_on, *counts_from(1, begins_on, 0))
    if 1 in decided:
        doses.bases[1] = Basis(None, begins_on, Counted.DECIDED)
    is_plain = not decided and not omitted
    firsts = protocol.first_sequences
    for index, first in enumerate(firsts):
        end = min(firsts[index + 1] - 1, last) if index + 1 < len(firsts) else last
        sequences = range(max(first, 2), end + 1)
        if not sequences:
            continue
        distances = protocol.distances[index]
        if distances and is_plain:
            _count_evenly(doses, distances, sequences, days[sequences.start - 1 : end], expected, at)
        else:
            _count_by_rule(doses, index, sequences, counts_from, starts_on, decided)
    return doses


def _given_days(history: Sequence[Given]) -> list[int]:
    """The ordinals of the days in order of sequence, in whatever order they were typed."""
    if not history:
        return []
    in_turn = tuple(range(1, len(history) + 1))
    sequences, days = zip(*history, strict=True)
    if sequences != in_turn:
        sequences, days = zip(*sorted(history), strict=True)
    if sequences != in_turn:
        raise HistoryInvalid("The doses given are not numbered one after the other from the first.")
    if not all(map(lt, days, days[1:])):
        raise HistoryInvalid("The doses given are not in order of time.")
    return list(days)


def _dealt_with_days(history: Sequence[Given], omitted: Mapping[int, int]) -> list[int]:
    """The days that doses given or left out count from, as far as they go on from the first without a gap.

    A dose left out counts from the day a clinician chose, kept between the doses given around it.
    """
    given = dict(history)
    if len(given) != len(history) or given.keys() & omitted.keys():
        raise HistoryInvalid("A dose is given once, and not both given and left out.")
    days: list[int] = []
    while (sequence := len(days) + 1) in given or sequence in omitted:
        if sequence in given:
            days.append(given[sequence])
            continue
        following = min((day for later, day in given.items() if later > sequence), default=omitted[sequence])
        days.append(max(min(omitted[sequence], following), days[-1] if days else 0))
    if any(sequence > len(days) for sequence in given):
        raise HistoryInvalid("The doses given are not numbered one after the other from the first.")
    in_turn = [given[sequence] for sequence in sorted(given)]
    if not all(map(lt, in_turn, in_turn[1:])):
        raise HistoryInvalid("The doses given are not in order of time.")
    return days


def _counts_from(
    given: list[int],
    expected: Mapping[int, int],
    omitted: Mapping[int, int],
    at: int,
    sequence: int,
    target: int,
    previous_on: int,
) -> tuple[int, Counted]:
    """The day later doses count from, and why. `given` are the days of the doses dealt with."""
    if sequence in omitted:
        on = given[sequence - 1] if sequence <= len(given) else max(omitted[sequence], previous_on)
        return on, Counted.OMITTED
    if sequence <= len(given):
        return given[sequence - 1], Counted.GIVEN
    booked_on = expected.get(sequence)
    if booked_on is not None and booked_on > previous_on:
        return booked_on, Counted.BOOKED
    return (target, Counted.DUE) if target >= at else (at, Counted.OVERDUE)


def _begin(doses: Projection, starts_on: int, counted_on: int, counted: Counted) -> None:
    window = doses.protocol.steps[0].window
    doses.earliest.append(starts_on - (window.before if window else 0))
    doses.target.append(starts_on)
    doses.latest.append(starts_on + (window.after if window else 0))
    doses.ideal.append(counted_on)
    doses.counted_on.append(counted_on)
    doses.counted.append(counted)
    doses.bases[1] = Basis(None, starts_on, Counted.DUE)


def _count_evenly(
    doses: Projection,
    distances: Distances,
    sequences: range,
    given: list[int],
    expected: Mapping[int, int],
    at: int,
) -> None:
    """Adds the doses of a step with constant distances from the dose before: nearly all there are.

    Whole columns are made at once instead of a dose at a time; `_count_by_rule` gives the same, slower.
    `given` are the days of this step's doses only.
    """
    to_earliest, to_target, to_latest = distances
    days, reasons = given, [Counted.GIVEN] * len(given)
    before = doses.counted_on[-1]
    day = days[-1] if days else before
    last_booked = max(expected, default=0)
    for sequence in sequences[len(days) :]:
        if sequence > last_booked and day + to_target >= at:
            break
        day, reason = _counts_from([], expected, NOBODY_DECIDED, at, sequence, day + to_target, day)
        days.append(day)
        reasons.append(reason)
    undisturbed = len(sequences) - len(days)
    days.extend(range(day + to_target, day + to_target * undisturbed + 1, to_target))
    reasons.extend([Counted.DUE] * undisturbed)
    previous = [before, *days[:-1]]
    doses.earliest.extend([day + to_earliest for day in previous])
    doses.target.extend([day + to_target for day in previous])
    doses.latest.extend([day + to_latest for day in previous])
    ideal = doses.ideal[-1]
    doses.ideal.extend(range(ideal + to_target, ideal + to_target * len(sequences) + 1, to_target))
    doses.counted_on.extend(days)
    doses.counted.extend(reasons)


def _count_by_rule(
    doses: Projection,
    index: int,
    sequences: range,
    counts_from: Callable[[int, int, int], tuple[int, Counted]],
    starts_on: int,
    decided: Mapping[int, int],
) -> None:
    """Adds the doses of any step, one after the other: months, other anchors, gap rules, decisions."""
    step = doses.protocol.steps[index]
    before, after = (step.window.before, step.window.after) if step.window else (0, 0)
    tier, owed = None, 0
    for sequence in sequences:
        previous_on = doses.counted_on[-1]
        taken_on = doses.taken_before(sequence - 1)
        # Between two doses really taken: one left out is no dose to keep a distance from.
        floor = previous_on if taken_on is None else doses.protocol.floor_after(taken_on, index)
        target, ideal, basis = _due(doses, index, sequence, starts_on, tier if owed else None)
        target = max(target, floor)
        if sequence in decided:
            target = max(decided[sequence], previous_on + 1)
            floor = min(floor, target)
            basis = Basis(None, target, Counted.DECIDED)
        counted_on, counted = counts_from(sequence, target, previous_on)
        doses.earliest.append(max(target - before, floor))
        doses.target.append(target)
        doses.latest.append(target + after)
        doses.ideal.append(max(ideal, doses.protocol.floor_after(doses.ideal[-1], index)))
        doses.counted_on.append(counted_on)
        doses.counted.append(counted)
        if basis:
            doses.bases[sequence] = basis
        if counted is Counted.OMITTED:
            continue
        owed = max(owed - 1, 0)
        if taken_on is not None and (entered := step.tier_of(taken_on, counted_on)):
            tier, owed = entered, entered.doses - 1


def _due(
    doses: Projection, index: int, sequence: int, starts_on: int, tier: GapTier | None
) -> tuple[int, int, Basis | None]:
    """The target and the ideal day before any minimum, and the basis where it is not simply the dose before."""
    protocol, step = doses.protocol, doses.protocol.steps[index]
    interval = protocol.interval_of(index)
    if step.anchor is Anchor.FIRST_DOSE:
        first_on = doses.counted_on[0]
        day = interval.after(first_on, protocol.times(sequence))
        return day, day, Basis(1, first_on, doses.counted[0])
    if step.anchor is Anchor.ORIGINAL_SCHEDULE:
        day = protocol.original_day(sequence, starts_on)
        return day, day, Basis(None, starts_on, Counted.DUE)
    previous_on, ideal = doses.counted_on[-1], interval.after(doses.ideal[-1])
    if tier:
        basis = Basis(sequence - 1, previous_on, doses.counted[-1], tier)
        return tier.interval.after(previous_on), ideal, basis
    return interval.after(previous_on), ideal, None
