"""The minimum interval."""

import pytest

from doseplans.calculus import too_early
from tests.doseplans.calculus.protocols import NATALIZUMAB, OCRELIZUMAB, TOFERSEN, iso, on


@pytest.mark.parametrize(("candidate", "allowed"), [("2026-01-18", False), ("2026-01-19", True), ("2026-01-20", True)])
def test_tofersen_keeps_fourteen_days(candidate: str, allowed: bool) -> None:
    assert (too_early(on("2026-01-05"), on(candidate), TOFERSEN) is None) is allowed


def test_what_is_too_early_says_from_when_it_is_allowed() -> None:
    problem = too_early(on("2026-01-05"), on("2026-01-10"), TOFERSEN)
    assert problem is not None
    assert (problem.days_between, problem.days_short, iso(problem.allowed_from)) == (5, 9, "2026-01-19")


def test_a_step_may_have_a_minimum_of_its_own_in_months() -> None:
    first, soon = on("2026-08-31"), on("2027-01-30")
    assert too_early(first, soon, OCRELIZUMAB) is None
    problem = too_early(first, soon, OCRELIZUMAB, sequence=3)
    assert problem is not None
    assert iso(problem.allowed_from) == "2027-01-31"


def test_without_a_minimum_two_doses_are_never_on_one_day() -> None:
    assert too_early(1000, 1000, NATALIZUMAB) is not None
    assert too_early(1000, 1001, NATALIZUMAB) is None
