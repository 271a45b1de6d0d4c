"""What lateness adds up to."""

from fractions import Fraction

from doseplans.calculus import Given, drift, project
from tests.doseplans.calculus.protocols import TOFERSEN, count


def test_nothing_given_is_nothing_late() -> None:
    assert drift(count(TOFERSEN, starts_on="2026-01-05")) == (0, 0, None, 0, None)


def test_doses_on_their_day_lose_nothing() -> None:
    assert drift(count(TOFERSEN, "2026-01-05", "2026-01-19", "2026-02-02", "2026-03-02")) == (4, 0, 28, 0, Fraction(0))


def test_three_days_late_each_time_loses_a_dose_in_nine_to_ten_cycles() -> None:
    days = [1000, 1014, 1028]
    days += [1028 + 31 * cycle for cycle in range(1, 20)]
    given = [Given(sequence, day) for sequence, day in enumerate(days, start=1)]
    late = drift(project(TOFERSEN, given, starts_on=1000, expected={}, at=days[-1]))
    assert (late.given, late.days_behind, late.longest_interval, late.late_intervals) == (22, 57, 31, 19)
    assert late.doses_a_year_lost == Fraction(36525, 2800) - Fraction(36525, 3100)


def test_being_early_is_ahead_and_costs_no_dose() -> None:
    early = drift(count(TOFERSEN, "2026-01-05", "2026-01-19", "2026-02-02", "2026-02-28"))
    assert (early.days_behind, early.doses_a_year_lost) == (-2, Fraction(0))
