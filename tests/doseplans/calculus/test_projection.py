"""What later doses count from, and the rules other protocols bring: months, other anchors, gaps."""

import pytest

from doseplans.calculus import Counted, Given, HistoryInvalid, project
from tests.doseplans.calculus.protocols import (
    DIAGNOSTIC,
    NATALIZUMAB,
    NUSINERSEN,
    OCRELIZUMAB,
    TOFERSEN,
    count,
    given,
    iso,
    on,
    targets,
)

LOADED = ("2026-01-05", "2026-01-19", "2026-02-02")


def test_doses_after_a_booked_visit_count_from_the_booked_day() -> None:
    doses = count(TOFERSEN, *LOADED, expected={4: "2026-03-05"}, steps=3)
    assert targets(doses)[3:] == ["2026-03-02", "2026-04-02", "2026-04-30"]
    assert [dose.counted for dose in doses[3:]] == [Counted.BOOKED, Counted.DUE, Counted.DUE]


def test_a_booked_visit_further_on_is_counted_from_too() -> None:
    doses = count(TOFERSEN, *LOADED, expected={5: "2026-04-01"}, steps=3)
    assert targets(doses)[3:] == ["2026-03-02", "2026-03-30", "2026-04-29"]


def test_an_overdue_dose_keeps_its_target_and_later_doses_count_from_today() -> None:
    doses = count(TOFERSEN, *LOADED, at="2026-03-10", steps=2)
    assert targets(doses)[3:] == ["2026-03-02", "2026-04-07"]
    assert (doses[3].counted, doses[3].lateness, doses[3].drift) == (Counted.OVERDUE, 8, 8)


def test_a_dose_due_today_is_not_overdue() -> None:
    doses = count(TOFERSEN, *LOADED, at="2026-03-02", steps=2)
    assert (doses[3].counted, iso(doses[4].target)) == (Counted.DUE, "2026-03-30")


def test_a_booking_that_does_not_follow_the_dose_before_is_not_counted_from() -> None:
    doses = count(TOFERSEN, *LOADED, expected={4: "2026-02-02"}, steps=2)
    assert targets(doses)[3:] == ["2026-03-02", "2026-03-30"]


def test_a_plan_not_begun_in_time_is_overdue_without_drift() -> None:
    doses = count(TOFERSEN, starts_on="2026-01-05", at="2026-01-15", steps=2)
    assert targets(doses) == ["2026-01-05", "2026-01-29"]
    assert [(dose.lateness, dose.drift) for dose in doses] == [(None, 0), (0, 0)]


def test_the_ideal_calendar_begins_with_the_first_dose_given() -> None:
    doses = count(TOFERSEN, "2026-01-08", starts_on="2026-01-05", steps=2)
    assert [iso(day) for day in doses.ideal] == ["2026-01-08", "2026-01-22", "2026-02-05"]
    assert (iso(doses[0].target), doses[0].drift) == ("2026-01-05", 0)


def test_no_steps_ahead_of_an_empty_history_is_an_empty_projection() -> None:
    assert list(count(TOFERSEN, starts_on="2026-01-05", steps=0)) == []


def test_a_projection_is_a_sequence_of_doses() -> None:
    doses = count(TOFERSEN, *LOADED, steps=2)
    assert len(doses) == 5
    assert doses[-1] == doses[4] == list(doses)[4]
    assert doses[1:3] == (doses[1], doses[2])
    with pytest.raises(IndexError):
        doses[5]


@pytest.mark.parametrize(
    "history",
    [
        pytest.param([Given(1, 1000), Given(3, 1028)], id="a dose is missing"),
        pytest.param([Given(1, 1000), Given(1, 1014)], id="a dose twice"),
        pytest.param([Given(2, 1014)], id="the first is missing"),
        pytest.param([Given(1, 1014), Given(2, 1000)], id="against time"),
        pytest.param([Given(1, 1000), Given(2, 1000)], id="two on one day"),
    ],
)
def test_a_history_that_is_no_sequence_is_refused(history: list[Given]) -> None:
    with pytest.raises(HistoryInvalid):
        project(TOFERSEN, history, starts_on=1000, expected={}, at=1000)


def test_a_protocol_of_one_visit_ends_with_it() -> None:
    doses = count(DIAGNOSTIC, starts_on="2026-01-05")
    assert [(dose.label, iso(dose.target)) for dose in doses] == [("Single dose", "2026-01-05")]
    assert len(count(DIAGNOSTIC, "2026-01-05")) == 1


def test_nusinersen_loads_on_days_0_14_28_63_then_every_four_months() -> None:
    doses = count(NUSINERSEN, starts_on="2026-01-05", steps=7)
    assert targets(doses)[:4] == ["2026-01-05", "2026-01-19", "2026-02-02", "2026-03-09"]
    assert [dose.target - doses[0].target for dose in doses[:4]] == [0, 14, 28, 63]
    assert targets(doses)[4:] == ["2026-07-09", "2026-11-09", "2027-03-09"]
    assert [dose.label for dose in doses[2:5]] == ["Loading 3", "Loading 4", "Maintenance 1"]
    assert doses.ideal == doses.target


def test_day_63_is_put_off_where_loading_3_was_late_and_would_be_too_near() -> None:
    doses = count(NUSINERSEN, "2026-01-05", "2026-01-19", "2026-03-02", steps=1)
    assert iso(doses[3].target) == "2026-03-16"


@pytest.mark.parametrize(
    ("last", "late", "coming"),
    [
        # Worked by hand: 4 months after 9 Mar is 9 Jul; 8 months after is 9 Nov; 16 months after is 9 Jul 2027.
        ("2026-03-09", "2026-11-08", ["2027-03-08", "2027-07-08"]),
        ("2026-03-09", "2026-11-09", ["2026-11-23", "2027-03-23"]),
        ("2026-03-09", "2027-07-08", ["2027-07-22", "2027-11-22"]),
        ("2026-03-09", "2027-07-09", ["2027-11-09", "2028-03-09"]),
    ],
    ids=["under 8 months", "8 months", "under 16 months", "16 months"],
)
def test_a_gap_of_8_to_under_16_months_repeats_one_dose_after_14_days(last: str, late: str, coming: list[str]) -> None:
    doses = count(NUSINERSEN, "2026-01-05", "2026-01-19", "2026-02-02", last, late, steps=2)
    assert targets(doses)[5:] == coming


def test_months_are_clamped_at_the_month_end() -> None:
    loaded = ("2026-08-29", "2026-09-12", "2026-09-26", "2026-10-31")
    doses = count(NUSINERSEN, *loaded, steps=3)
    assert targets(doses)[4:] == ["2027-02-28", "2027-06-28", "2027-10-28"]


def test_months_end_on_the_leap_day_where_there_is_one() -> None:
    loaded = ("2027-08-29", "2027-09-12", "2027-09-26", "2027-10-31")
    assert targets(count(NUSINERSEN, *loaded, steps=1))[4:] == ["2028-02-29"]


def test_ocrelizumab_counts_six_months_from_the_first_infusion() -> None:
    doses = count(OCRELIZUMAB, "2026-08-31", "2026-09-17", steps=3)
    assert targets(doses)[2:] == ["2027-02-28", "2027-08-31", "2028-02-29"]


def test_ocrelizumab_given_late_keeps_five_months_to_the_next() -> None:
    doses = count(OCRELIZUMAB, "2026-01-05", "2026-01-19", "2026-09-20", steps=2)
    assert targets(doses)[3:] == ["2027-02-20", "2027-07-20"]
    assert [iso(day) for day in doses.ideal[3:]] == ["2027-01-05", "2027-07-05"]


def test_natalizumab_counts_every_four_weeks_from_the_first() -> None:
    assert targets(count(NATALIZUMAB, "2026-01-05", steps=2)) == ["2026-01-05", "2026-02-02", "2026-03-02"]


def test_the_typing_order_of_the_history_does_not_matter() -> None:
    history = given(*LOADED)
    forwards = project(TOFERSEN, history, starts_on=on(LOADED[0]), expected={}, at=on("2026-02-03"))
    backwards = project(TOFERSEN, history[::-1], starts_on=on(LOADED[0]), expected={}, at=on("2026-02-03"))
    assert forwards == backwards
