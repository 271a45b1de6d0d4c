"""Where a dose's window lies on the axis that all rows of *Doses to book* share."""

from datetime import date

import pytest

from desk.axis import Axis, axis_around, ticks, window_bar

TODAY = date(2026, 11, 24)
AXIS = axis_around(TODAY)


def test_axis_around_whole_weeks_from_a_monday() -> None:
    assert Axis(date(2026, 11, 16), date(2026, 12, 27)) == AXIS
    assert AXIS.days == 42


def test_window_bar_inside_the_axis() -> None:
    bar = window_bar(
        Axis(date(2026, 11, 16), date(2026, 11, 25)),
        earliest_on=date(2026, 11, 18),
        latest_on=date(2026, 11, 21),
        target_on=date(2026, 11, 19),
        today=date(2026, 11, 20),
        tone="warn",
        reserved_on=date(2026, 11, 21),
    )
    assert (bar.x, bar.width, bar.target, bar.today, bar.reserved) == ("20.00%", "40.00%", "35.00%", "45.00%", "55.00%")
    assert bar.overdue_x == ""
    assert not bar.is_cut_left
    assert not bar.is_cut_right


def test_window_bar_closed_window_is_dotted_from_its_end_to_today() -> None:
    bar = window_bar(
        AXIS,
        earliest_on=date(2026, 11, 19),
        latest_on=date(2026, 11, 22),
        target_on=date(2026, 11, 19),
        today=TODAY,
        tone="stop",
    )
    assert bar.overdue_x == "16.67%"


@pytest.mark.parametrize(
    ("earliest", "latest", "cut"),
    [(date(2025, 1, 1), date(2025, 1, 9), "left"), (date(2028, 1, 1), date(2028, 1, 9), "right")],
)
def test_window_bar_far_away_leaves_a_mark_at_the_edge(earliest: date, latest: date, cut: str) -> None:
    bar = window_bar(AXIS, earliest_on=earliest, latest_on=latest, target_on=earliest, today=TODAY, tone="action")
    assert bar.width == "1.00%"
    assert bar.x == ("0.00%" if cut == "left" else "99.00%")
    assert (bar.is_cut_left, bar.is_cut_right) == (cut == "left", cut == "right")


def test_ticks_labels_keep_clear_of_today_and_of_the_end() -> None:
    marks = ticks(AXIS, TODAY)
    assert [mark.day for mark in marks if mark.has_label] == [date(2026, 12, 7)]
    assert [mark.x for mark in marks] == ["0.00%", "16.67%", "33.33%", "50.00%", "66.67%", "83.33%"]
