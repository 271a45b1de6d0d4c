"""What lateness adds up to. A rule that counts from the actual day forgets lateness; this does not."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from doseplans.calculus.projection import Counted, ProjectedDose

DAYS_A_YEAR = Fraction(36525, 100)


class Drift(NamedTuple):
    """A plan's lateness so far, over the doses given.

    `days_behind` the ideal calendar at the last dose given, negative when ahead. `longest_interval` in days,
    None before the second dose. `late_intervals` counts doses given after their target. `doses_a_year_lost`
    compares the last year's pace of the given doses with the ideal's; None before two doses, never negative.
    """

    given: int
    days_behind: int
    longest_interval: int | None
    late_intervals: int
    doses_a_year_lost: Fraction | None


def drift(doses: Sequence[ProjectedDose]) -> Drift:
    """The lateness of the doses given; those still to come are left out.

    Source: three days late each time makes a cycle of 31 days, so that a dose is lost every 9 to 10 cycles
    (28 / 3 = 9.3).

    >>> from doseplans.calculus.projection import Given, project
    >>> from doseplans.calculus.protocol import Interval, ProtocolRule, StepKind, StepRule
    >>> rule = ProtocolRule((StepRule(StepKind.MAINTENANCE, None, Interval(28)),))
    >>> given = [Given(n + 1, 1000 + 31 * n) for n in range(13)]
    >>> late = drift(project(rule, given, starts_on=1000, expected={}, at=1400))
    >>> late.days_behind, late.longest_interval, late.late_intervals, round(float(late.doses_a_year_lost), 2)
    (36, 31, 12, 1.26)
    """
    given = [dose for dose in doses if dose.counted is Counted.GIVEN]
    intervals = [dose.interval for dose in given if dose.interval is not None]
    return Drift(
        given=len(given),
        days_behind=given[-1].drift if given else 0,
        longest_interval=max(intervals, default=None),
        late_intervals=sum((dose.lateness or 0) > 0 for dose in given),
        doses_a_year_lost=_doses_a_year_lost(given),
    )


def _doses_a_year_lost(given: Sequence[ProjectedDose]) -> Fraction | None:
    """Doses a year at the ideal pace less those at the pace of the intervals that ended in the last year."""
    if len(given) < 2:
        return None
    recent = [dose for dose in given if dose.counted_on > given[-1].counted_on - DAYS_A_YEAR]
    first = max(recent[0].sequence - 1, 1)
    before, last = given[first - 1], given[-1]
    intervals = last.sequence - before.sequence
    actual, ideal = last.counted_on - before.counted_on, last.ideal - before.ideal
    lost = DAYS_A_YEAR * intervals / ideal - DAYS_A_YEAR * intervals / actual
    return max(lost, Fraction(0))
