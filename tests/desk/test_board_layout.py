"""Cards on the day board: five-minute columns, and rows in which no card covers another."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from desk.board import NARROWEST, Hours, hours_of, rows_of, seats

DAY = datetime(2026, 11, 24, tzinfo=UTC)
HOURS = Hours(8, 18)


def at(hour: int, minute: int = 0) -> datetime:
    return DAY.replace(hour=hour, minute=minute)


def test_column_of_opening_is_the_first() -> None:
    assert HOURS.column(at(8)) == 1
    assert HOURS.column(at(8, 4)) == 1
    assert HOURS.column(at(8, 5)) == 2


def test_times_outside_the_board_stay_inside_it() -> None:
    assert HOURS.stretch(at(6), at(9)) == (1, 12)
    assert HOURS.stretch(at(17, 30), at(23)) == (115, 6)
    assert HOURS.percent(at(23)) == "100.00%"


def test_hours_of_widens_for_an_early_and_a_late_visit() -> None:
    assert hours_of(time(8, 30), time(17), [at(7, 45), at(18, 10)]) == Hours(7, 19)


def test_seats_a_card_shows_when_the_room_is_used() -> None:
    (seat,) = seats(HOURS, [(at(10), at(11), at(11, 45))])
    assert (seat.column, seat.span, seat.row) == (25, 21, 1)
    assert (seat.room_x, seat.room_width, seat.busy_width) == ("57.14%", "42.86%", "100.00%")


def test_seats_a_short_visit_is_wide_enough_for_a_name() -> None:
    (seat,) = seats(HOURS, [(at(17, 30), at(17, 30), at(17, 50))])
    assert (seat.column + seat.span - 1, seat.span) == (HOURS.columns, NARROWEST)


def test_rows_of_an_empty_lane_is_one() -> None:
    assert rows_of([]) == 1


minutes = st.integers(0, 599)


@given(st.lists(st.tuples(minutes, st.integers(5, 120), st.integers(5, 120)), max_size=12))
def test_seats_never_cover_each_other(drawn: list[tuple[int, int, int]]) -> None:
    visits = []
    for start, prepare, room in drawn:
        arrives_at = at(8) + timedelta(minutes=start)
        starts_at = arrives_at + timedelta(minutes=prepare)
        visits.append((arrives_at, starts_at, starts_at + timedelta(minutes=room)))
    visits = [visit for visit in visits if visit[2].date() == DAY.date()]
    taken: set[tuple[int, int]] = set()
    for seat in seats(HOURS, visits):
        cells = {(seat.row, column) for column in range(seat.column, seat.column + seat.span)}
        assert not taken & cells
        assert seat.column >= 1
        assert seat.column + seat.span - 1 <= HOURS.columns
        taken |= cells
