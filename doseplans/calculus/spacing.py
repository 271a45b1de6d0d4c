"""The minimum interval: the one date rule that stops a booking."""

from typing import NamedTuple

from doseplans.calculus.protocol import Minimum, ProtocolRule


class TooEarly(NamedTuple):
    """A day that breaks the minimum since the dose before. Ordinals; `days_short` until `allowed_from`."""

    previous: int
    candidate: int
    allowed_from: int
    minimum: Minimum | None

    @property
    def days_between(self) -> int:
        return self.candidate - self.previous

    @property
    def days_short(self) -> int:
        return self.allowed_from - self.candidate


def too_early(previous: int, candidate: int, rule: ProtocolRule, *, sequence: int | None = None) -> TooEarly | None:
    """What is wrong with giving a dose on `candidate` after one on `previous`; None where nothing is.

    `sequence` is the dose to be given, for protocols whose steps have minima of their own; without it the
    protocol's minimum counts. Where there is none, two doses still never fall on the same day.

    >>> from doseplans.calculus.protocol import Interval, Minimum, Provenance, StepKind, StepRule
    >>> rule = ProtocolRule(
    ...     (StepRule(StepKind.MAINTENANCE, None, Interval(28)),), Minimum(Interval(14), Provenance.POLICY))
    >>> too_early(1000, 1014, rule) is None
    True
    >>> problem = too_early(1000, 1009, rule)
    >>> problem.days_between, problem.allowed_from, problem.days_short
    (9, 1014, 5)
    """
    least = rule.minimum if sequence is None else rule.minimum_before(sequence)
    allowed_from = least.interval.after(previous) if least else previous + 1
    return None if candidate >= allowed_from else TooEarly(previous, candidate, allowed_from, least)
