"""A clinician's choices in the dates: a day set for a dose, a dose left out. Worked by hand."""

import pytest

from doseplans.calculus import Counted, Given, HistoryInvalid, Projection, drift, explain, project
from tests.doseplans.calculus.protocols import NUSINERSEN, TOFERSEN, given, iso, on, targets

LOADED = ("2026-01-05", "2026-01-19", "2026-02-02")


def decided_count(
    *days: str,
    at: str = "2026-02-02",
    decided: dict[int, str] | None = None,
    omitted: dict[int, str] | None = None,
    expected: dict[int, str] | None = None,
    steps: int = 3,
) -> Projection:
    return project(
        TOFERSEN,
        given(*(days or LOADED)),
        starts_on=on(LOADED[0]),
        expected={sequence: on(day) for sequence, day in (expected or {}).items()},
        at=on(at),
        steps=steps,
        decided={sequence: on(day) for sequence, day in (decided or {}).items()},
        omitted={sequence: on(day) for sequence, day in (omitted or {}).items()},
    )


def test_a_day_set_is_the_target_with_the_steps_window_around_it() -> None:
    doses = decided_count(decided={4: "2026-03-12"})
    assert (iso(doses[3].earliest), iso(doses[3].target), iso(doses[3].latest)) == (
        "2026-03-10",
        "2026-03-12",
        "2026-03-17",
    )
    assert targets(doses)[4:] == ["2026-04-09", "2026-05-07"]
    assert explain(doses[3]) == (
        "Set for Thu 12 Mar 2026 by a clinician; window: 2 days before to 5 days after (local policy)"
    )
    assert [iso(day) for day in doses.ideal[3:]] == ["2026-03-02", "2026-03-30", "2026-04-27"]
    assert [dose.drift for dose in doses[3:]] == [10, 10, 10]


def test_only_a_day_set_undercuts_the_minimum_and_no_further_than_it_says() -> None:
    doses = decided_count(decided={4: "2026-02-11"})
    assert (iso(doses[3].earliest), iso(doses[3].target)) == ("2026-02-11", "2026-02-11")
    assert iso(doses[4].target) == "2026-03-11"


def test_a_visit_booked_for_another_day_is_counted_from_but_does_not_move_the_day_set() -> None:
    doses = decided_count(decided={4: "2026-03-12"}, expected={4: "2026-03-13"})
    assert targets(doses)[3:] == ["2026-03-12", "2026-04-10", "2026-05-08"]


def test_a_day_set_that_has_passed_is_overdue() -> None:
    doses = decided_count(decided={4: "2026-03-12"}, at="2026-03-20")
    assert (doses[3].counted, iso(doses[4].target)) == (Counted.OVERDUE, "2026-04-17")


def test_a_first_dose_may_be_set_too() -> None:
    doses = project(
        TOFERSEN, [], starts_on=on("2026-01-05"), expected={}, at=on("2026-01-01"), decided={1: on("2026-01-12")}
    )
    assert targets(doses)[:2] == ["2026-01-12", "2026-01-26"]
    assert explain(doses[0]).startswith("Set for Mon 12 Jan 2026 by a clinician")


def test_the_dose_after_one_left_out_counts_from_the_day_chosen() -> None:
    doses = decided_count(omitted={4: "2026-03-05"}, steps=2)
    assert [dose.counted for dose in doses[3:]] == [Counted.OMITTED, Counted.DUE, Counted.DUE]
    assert targets(doses)[4:] == ["2026-04-02", "2026-04-30"]
    assert (
        explain(doses[4]) == "28 days after maintenance 1 was left out on Thu 5 Mar; "
        "window: 2 days before to 5 days after (local policy)"
    )


def test_two_doses_left_out_one_after_the_other() -> None:
    doses = decided_count(omitted={4: "2026-03-02", 5: "2026-03-30"}, steps=1)
    assert targets(doses)[5:] == ["2026-04-27"]
    assert doses[5].interval == 84


def test_the_minimum_is_counted_from_the_dose_before_the_one_left_out() -> None:
    doses = decided_count(omitted={4: "2026-02-03"}, steps=1)
    assert (iso(doses[4].earliest), iso(doses[4].target)) == ("2026-03-01", "2026-03-03")


def test_a_dose_left_out_stands_between_doses_given() -> None:
    history = [*given(*LOADED), Given(5, on("2026-03-31"))]
    doses = project(
        TOFERSEN,
        history,
        starts_on=on(LOADED[0]),
        expected={},
        at=on("2026-03-31"),
        steps=1,
        omitted={4: on("2026-03-02")},
    )
    assert [dose.counted for dose in doses[3:]] == [Counted.OMITTED, Counted.GIVEN, Counted.DUE]
    assert [dose.drift for dose in doses[3:]] == [0, 1, 1]
    assert targets(doses)[5:] == ["2026-04-28"]
    assert drift(doses).days_behind == 1
    assert drift(doses).longest_interval == 57


def test_a_gap_rule_sees_the_whole_gap_across_a_dose_left_out() -> None:
    # Nusinersen: a gap of 8 months or more costs two doses 14 days apart, whatever was left out in between.
    days = given("2026-01-01", "2026-01-15", "2026-01-29", "2026-03-05", "2026-07-05")
    history = [*days, Given(7, on("2027-03-10"))]
    doses = project(
        NUSINERSEN,
        history,
        starts_on=days[0].on,
        expected={},
        at=on("2027-03-10"),
        steps=2,
        omitted={6: on("2026-11-05")},
    )
    assert targets(doses)[7:] == ["2027-03-24", "2027-07-24"]


@pytest.mark.parametrize(
    ("history", "omitted"),
    [
        ([Given(1, 1000), Given(3, 1028)], {4: 1056}),
        ([Given(1, 1000), Given(2, 1014)], {2: 1014}),
        ([Given(1, 1000), Given(3, 1000)], {2: 1014}),
    ],
    ids=["one missing", "given and left out", "not one after the other"],
)
def test_a_history_that_contradicts_itself_is_refused(history: list[Given], omitted: dict[int, int]) -> None:
    with pytest.raises(HistoryInvalid):
        project(TOFERSEN, history, starts_on=1000, expected={}, at=1100, omitted=omitted)
