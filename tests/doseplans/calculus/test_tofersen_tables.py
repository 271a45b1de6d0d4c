"""Worked by hand from the prescribing text, not from the code.

Source: tofersen (Qalsody) prescribing information, dosage: "three doses administered at 14-day intervals,
followed by maintenance doses once every 28 days"; a missed dose is given as soon as possible, the next one
counted from it: loading 3 14 days after a late loading 2; the first maintenance dose 28 days after a late
loading 3; a maintenance dose 28 days after a late maintenance dose. The US and EU texts agree.
"""

import pytest

from tests.doseplans.calculus.protocols import TOFERSEN, count, iso, targets

# Day of the course, dose, date: a course begun on Mon 5 Jan 2026 with every dose on its day.
YEAR = [
    (0, "Loading 1", "2026-01-05"),
    (14, "Loading 2", "2026-01-19"),
    (28, "Loading 3", "2026-02-02"),
    (56, "Maintenance 1", "2026-03-02"),
    (84, "Maintenance 2", "2026-03-30"),
    (112, "Maintenance 3", "2026-04-27"),
    (140, "Maintenance 4", "2026-05-25"),
    (168, "Maintenance 5", "2026-06-22"),
    (196, "Maintenance 6", "2026-07-20"),
    (224, "Maintenance 7", "2026-08-17"),
    (252, "Maintenance 8", "2026-09-14"),
    (280, "Maintenance 9", "2026-10-12"),
    (308, "Maintenance 10", "2026-11-09"),
    (336, "Maintenance 11", "2026-12-07"),
    (364, "Maintenance 12", "2027-01-04"),
]

# What happened; the days given; the next targets, by hand.
LATE = [
    pytest.param(
        ["2026-01-05", "2026-01-22"],
        ["2026-02-05", "2026-03-05", "2026-04-02"],
        id="loading 2 three days late: loading 3 14 days after it, then 28",
    ),
    pytest.param(
        ["2026-01-05", "2026-01-19", "2026-02-06"],
        ["2026-03-06", "2026-04-03", "2026-05-01"],
        id="loading 3 four days late: first maintenance 28 days after it",
    ),
    pytest.param(
        ["2026-01-05", "2026-01-19", "2026-02-02", "2026-03-02", "2026-04-13"],
        ["2026-05-11", "2026-06-08", "2026-07-06"],
        id="maintenance 2 a fortnight late: 28 days after it",
    ),
    pytest.param(
        ["2026-01-05", "2026-02-16"],
        ["2026-03-02", "2026-03-30", "2026-04-27"],
        id="loading 2 missed for four weeks: no loading starts again",
    ),
    pytest.param(
        ["2026-01-05", "2026-01-19", "2026-02-02", "2026-02-28"],
        ["2026-03-28", "2026-04-25", "2026-05-23"],
        id="maintenance 1 two days early: 28 days after it",
    ),
]


def test_a_year_on_time_is_fifteen_doses_from_day_0_to_day_364() -> None:
    doses = count(TOFERSEN, starts_on="2026-01-05", steps=15)
    assert [(dose.target - doses[0].target, dose.label, iso(dose.target)) for dose in doses] == YEAR
    assert doses.ideal == doses.target


@pytest.mark.parametrize(("days", "coming"), LATE)
def test_the_next_doses_count_from_the_day_really_given(days: list[str], coming: list[str]) -> None:
    doses = count(TOFERSEN, *days, steps=3)
    assert targets(doses)[len(days) :] == coming


def test_the_first_maintenance_dose_comes_28_days_after_loading_3() -> None:
    doses = count(TOFERSEN, "2026-01-05", "2026-01-19", "2026-02-02", steps=1)
    assert (doses[3].label, iso(doses[3].target)) == ("Maintenance 1", "2026-03-02")


def test_windows_are_the_policy_of_the_step() -> None:
    doses = count(TOFERSEN, "2026-01-05", "2026-01-19", steps=2)
    assert [(iso(dose.earliest), iso(dose.target), iso(dose.latest)) for dose in doses[2:]] == [
        ("2026-02-02", "2026-02-02", "2026-02-05"),
        ("2026-02-28", "2026-03-02", "2026-03-07"),
    ]


def test_a_leap_day_is_a_day_like_any_other() -> None:
    doses = count(TOFERSEN, "2028-02-01", "2028-02-15", "2028-02-29", steps=2)
    assert targets(doses) == ["2028-02-01", "2028-02-15", "2028-02-29", "2028-03-28", "2028-04-25"]


def test_the_days_are_counted_across_the_turn_of_the_year() -> None:
    doses = count(TOFERSEN, "2026-12-05", "2026-12-19", steps=2)
    assert targets(doses)[2:] == ["2027-01-02", "2027-01-30"]


def test_lateness_of_each_interval_adds_up_to_the_drift() -> None:
    # As on the patient's page: L3 one day late, M2 two, M4 three; six days behind, longest interval 31 days.
    days = ["05-05", "05-19", "06-03", "07-01", "07-31", "08-28", "09-28", "10-26"]
    doses = count(TOFERSEN, *(f"2026-{day}" for day in days), expected={9: "2026-11-25"}, at="2026-11-24", steps=2)
    assert [dose.lateness for dose in doses] == [None, 0, 1, 0, 2, 0, 3, 0, 2, 0]
    assert [dose.drift for dose in doses] == [0, 0, 1, 1, 3, 3, 6, 6, 8, 8]
    assert iso(doses[9].target) == "2026-12-23"
