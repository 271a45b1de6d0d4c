"""What a protocol says about dates, as immutable data: steps, intervals, anchors, windows and their provenance."""

from bisect import bisect_right
from dataclasses import dataclass, field
from enum import StrEnum

from doseplans.calculus.months import add_months


class IntervalUnit(StrEnum):
    DAYS = "days"
    MONTHS = "months"


class Anchor(StrEnum):
    """The day an interval is counted from."""

    PREVIOUS_ACTUAL = "previous_actual"
    FIRST_DOSE = "first_dose"
    ORIGINAL_SCHEDULE = "original_schedule"


class Provenance(StrEnum):
    """Who says so: the medicine's licensed text, or a local choice."""

    LABEL = "label"
    POLICY = "policy"


class StepKind(StrEnum):
    LOADING = "loading"
    MAINTENANCE = "maintenance"
    SINGLE = "single"


class ProtocolInvalid(ValueError):
    """The steps contradict each other, so no dates can be counted from them."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A length of time in whole days or calendar months.

    >>> str(Interval(28)), str(Interval(1)), str(Interval(4, IntervalUnit.MONTHS))
    ('28 days', '1 day', '4 months')
    """

    value: int
    unit: IntervalUnit = IntervalUnit.DAYS

    def __post_init__(self) -> None:
        if self.value < 1:
            raise ProtocolInvalid("An interval is at least one day or one month.")

    def after(self, ordinal: int, times: int = 1) -> int:
        """The ordinal of the day this interval, taken `times`, after another day.

        Months are added in one go, so that three single months after 31 January end on 30 April.

        >>> from datetime import date
        >>> date.fromordinal(Interval(1, IntervalUnit.MONTHS).after(date(2026, 1, 31).toordinal(), 3)).isoformat()
        '2026-04-30'
        """
        if self.unit is IntervalUnit.DAYS:
            return ordinal + self.value * times
        return add_months(ordinal, self.value * times)

    def __str__(self) -> str:
        return f"{self.value} {self.unit.value if self.value != 1 else self.unit.value[:-1]}"


@dataclass(frozen=True, slots=True)
class Window:
    """Days before and after the target on which the dose may be given without anybody's reason."""

    before: int
    after: int
    provenance: Provenance

    def __post_init__(self) -> None:
        if self.before < 0 or self.after < 0:
            raise ProtocolInvalid("A window counts days before and after the target; neither is negative.")

    def __str__(self) -> str:
        """In words, around the day the dose is due.

        >>> for before, after in ((2, 5), (0, 3), (20, 0), (1, 1), (0, 0)):
        ...     print(Window(before, after, Provenance.POLICY))
        2 days before to 5 days after
        that day to 3 days after
        20 days before to that day
        1 day before to 1 day after
        that day only
        """
        if not self.before and not self.after:
            return "that day only"
        opens = f"{Interval(self.before)} before" if self.before else "that day"
        closes = f"{Interval(self.after)} after" if self.after else "that day"
        return f"{opens} to {closes}"


@dataclass(frozen=True, slots=True)
class Minimum:
    """The least time between two doses. Below it only a clinician may decide, with a written reason."""

    interval: Interval
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class GapTier:
    """What a long gap costs: `doses` doses `interval` apart, the late dose being the first of them.

    The tier holds for a gap of at least `at_least` and, where `below` is given, less than that.
    """

    at_least: Interval
    below: Interval | None
    doses: int
    interval: Interval
    provenance: Provenance

    def __post_init__(self) -> None:
        if self.doses < 2:
            raise ProtocolInvalid("A gap tier repeats doses: it has at least two of them.")

    @property
    def in_words(self) -> str:
        return f"{self.at_least} or more" + (f" and less than {self.below}" if self.below else "")

    def covers(self, previous: int, on: int) -> bool:
        """True where the gap between the two days belongs to this tier."""
        if on < self.at_least.after(previous):
            return False
        return self.below is None or on < self.below.after(previous)


@dataclass(frozen=True, slots=True)
class StepRule:
    """A run of doses counted alike. `interval` leads to each of them, the first included.

    So the first maintenance dose of tofersen comes 28 days after the last loading dose, because 28 days
    is the interval of the maintenance step. The first dose of a plan has nothing before it, and a step of
    one dose at the beginning needs no interval. `count` None means without a planned end, `window` None
    that nobody has set one.
    """

    kind: StepKind
    count: int | None
    interval: Interval | None
    anchor: Anchor = Anchor.PREVIOUS_ACTUAL
    interval_provenance: Provenance = Provenance.LABEL
    window: Window | None = None
    minimum: Minimum | None = None
    gap_tiers: tuple[GapTier, ...] = ()

    def __post_init__(self) -> None:
        if self.count is not None and self.count < 1:
            raise ProtocolInvalid("A step has at least one dose.")
        if self.gap_tiers and self.anchor is not Anchor.PREVIOUS_ACTUAL:
            raise ProtocolInvalid("Gap rules need doses counted from the previous one given.")

    def tier_of(self, previous: int, on: int) -> GapTier | None:
        """The gap rule that the days between two doses fall under; None for nearly every gap."""
        return next((tier for tier in self.gap_tiers if tier.covers(previous, on)), None)


Distances = tuple[int, int, int]
"""Days from the dose before to the earliest, the target and the latest day."""


@dataclass(frozen=True)
class ProtocolRule:
    """All that is needed to count a plan's dates. `minimum` holds before every dose whose step has none.

    Derived: `first_sequences`, the sequence of each step's first dose; `numbers_before`, how many doses of
    the same kind earlier steps hold, so that the dose after three loading doses is "Loading 4" although it
    stands in a step of its own; `distances`, per step, None where they are not constant.
    """

    steps: tuple[StepRule, ...]
    minimum: Minimum | None = None
    first_sequences: tuple[int, ...] = field(init=False, repr=False, compare=False)
    numbers_before: tuple[int, ...] = field(init=False, repr=False, compare=False)
    distances: tuple[Distances | None, ...] = field(init=False, repr=False, compare=False)

    @property
    def loading_doses(self) -> int | None:
        """How many there are; None where there are none, or they go on without a planned end."""
        counts = [step.count for step in self.steps if step.kind is StepKind.LOADING]
        return sum(count for count in counts if count) if counts and None not in counts else None

    def __post_init__(self) -> None:
        if not self.steps:
            raise ProtocolInvalid("A protocol has at least one step.")
        firsts, befores, sequence = [], [], 1
        doses_of: dict[StepKind, int] = {}
        for index, step in enumerate(self.steps):
            self._check(index, step)
            firsts.append(sequence)
            befores.append(doses_of.get(step.kind, 0))
            sequence += step.count or 0
            doses_of[step.kind] = befores[-1] + (step.count or 0)
        object.__setattr__(self, "first_sequences", tuple(firsts))
        object.__setattr__(self, "numbers_before", tuple(befores))
        object.__setattr__(self, "distances", tuple(map(self._distances, self.steps)))

    def _check(self, index: int, step: StepRule) -> None:
        if step.count is None and index != len(self.steps) - 1:
            raise ProtocolInvalid("Only the last step can go on without a planned end.")
        if step.interval is None:
            if index > 0 or step.count != 1:
                raise ProtocolInvalid("Every step needs an interval, except a single dose at the beginning.")
            return
        least = step.minimum or self.minimum
        alike = least and least.interval.unit is step.interval.unit
        if least and alike and step.anchor is Anchor.PREVIOUS_ACTUAL and step.interval.value < least.interval.value:
            raise ProtocolInvalid(f"An interval of {step.interval} breaks the minimum of {least.interval}.")

    def _distances(self, step: StepRule) -> Distances | None:
        least = step.minimum or self.minimum
        days = IntervalUnit.DAYS
        if step.interval is None or step.interval.unit is not days or (least and least.interval.unit is not days):
            return None
        if step.anchor is not Anchor.PREVIOUS_ACTUAL or step.gap_tiers:
            return None
        target, floor = step.interval.value, least.interval.value if least else 1
        before, after = (step.window.before, step.window.after) if step.window else (0, 0)
        return max(target - before, floor), target, target + after

    @property
    def length(self) -> int | None:
        """How many doses the protocol has in all; None without a planned end."""
        last = self.steps[-1].count
        return None if last is None else self.first_sequences[-1] + last - 1

    def step_index(self, sequence: int) -> int:
        """The index of the step that holds a dose."""
        return bisect_right(self.first_sequences, sequence) - 1

    def minimum_before(self, sequence: int) -> Minimum | None:
        """The least time since the dose before `sequence`: the step's own, else the protocol's."""
        return self.steps[self.step_index(sequence)].minimum or self.minimum

    def floor_after(self, previous: int, index: int) -> int:
        """The first day on which a dose of a step may follow one given on `previous`; never the same day."""
        least = self.steps[index].minimum or self.minimum
        return least.interval.after(previous) if least else previous + 1

    def last_before(self, following: int, index: int) -> int:
        """The last day on which a dose may be given, so that one of a step may follow it on `following`.

        >>> from datetime import date
        >>> rule = ProtocolRule((StepRule(StepKind.MAINTENANCE, None, Interval(6, IntervalUnit.MONTHS)),), Minimum(
        ...     Interval(5, IntervalUnit.MONTHS), Provenance.LABEL))
        >>> date.fromordinal(rule.last_before(date(2027, 6, 1).toordinal(), 0)).isoformat()
        '2027-01-01'
        """
        day = following - 1
        while self.floor_after(day, index) > following:
            day -= 1
        return day

    def interval_of(self, index: int) -> Interval:
        """The interval that leads to the doses of a step.

        Raises: ProtocolInvalid for the single first dose, which nothing leads to.
        """
        if interval := self.steps[index].interval:
            return interval
        raise ProtocolInvalid("Nothing leads to the first dose.")

    def times(self, sequence: int) -> int:
        """How many intervals of its step lie between a dose and the end of the steps before (or the first dose)."""
        index = self.step_index(sequence)
        return sequence - self.first_sequences[index] + (1 if index else 0)

    def original_day(self, sequence: int, starts_on: int) -> int:
        """The day of a dose in the calendar as it was first drawn, whatever happened since."""
        day = starts_on
        for index in range(self.step_index(sequence)):
            last = self.first_sequences[index + 1] - 1
            if times := self.times(last):
                base = starts_on if self.steps[index].anchor is Anchor.FIRST_DOSE else day
                day = self.interval_of(index).after(base, times)
        return self.interval_of(self.step_index(sequence)).after(day, self.times(sequence))

    def kind_and_number(self, sequence: int) -> tuple[StepKind, int]:
        """A dose's kind and its number among the doses of that kind."""
        index = self.step_index(sequence)
        return self.steps[index].kind, sequence - self.first_sequences[index] + 1 + self.numbers_before[index]

    def name(self, sequence: int) -> str:
        """How staff call a dose; loading doses are counted down.

        >>> week = Interval(7)
        >>> rule = ProtocolRule((StepRule(StepKind.LOADING, 3, week), StepRule(StepKind.MAINTENANCE, None, week)))
        >>> rule.name(2), rule.name(5)
        ('Loading dose 2 of 3', 'Maintenance 2')
        """
        kind, number = self.kind_and_number(sequence)
        if kind is StepKind.LOADING and self.loading_doses:
            return f"Loading dose {number} of {self.loading_doses}"
        return self.label(sequence)

    def label(self, sequence: int) -> str:
        """A dose in short, where it is what another one counts from.

        >>> week = Interval(7)
        >>> rule = ProtocolRule((StepRule(StepKind.LOADING, 3, week), StepRule(StepKind.MAINTENANCE, None, week)))
        >>> [rule.label(sequence) for sequence in (1, 3, 4, 9)]
        ['Loading 1', 'Loading 3', 'Maintenance 1', 'Maintenance 6']
        """
        kind, number = self.kind_and_number(sequence)
        if kind is StepKind.SINGLE:
            return "Single dose" if self.length == 1 else f"Dose {number}"
        return f"{kind.value.capitalize()} {number}"
