"""When a reminder is due: published nights by date, and properties over every zone we serve."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reminders.rules import (
    ON_THE_WAY,
    Defer,
    DueStep,
    QuietHours,
    SendNow,
    Step,
    TooLate,
    judge_reminder,
    needs_call_as_well,
    reminder_due_at,
    reminders_ahead,
)

LONDON = ZoneInfo("Europe/London")
QUIET = QuietHours()
ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/London",
        "Europe/Berlin",
        "America/New_York",
        "America/Los_Angeles",
        "America/St_Johns",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "Asia/Tokyo",
        "Pacific/Chatham",
        "America/Sao_Paulo",
    )
]


def local(text: str, zone: ZoneInfo = LONDON, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


@pytest.mark.parametrize(
    ("step", "arrives", "due"),
    [
        # An ordinary week.
        (Step.SEVEN_DAYS, "2026-11-24T10:30", "2026-11-17T10:30"),
        (Step.TWO_DAYS, "2026-11-24T10:30", "2026-11-22T10:30"),
        (Step.ONE_DAY, "2026-11-24T10:30", "2026-11-23T10:30"),
        # 08:00 is awake, 07:59 is not, and goes on the evening before.
        (Step.ONE_DAY, "2026-11-24T08:00", "2026-11-23T08:00"),
        (Step.ONE_DAY, "2026-11-24T07:59", "2026-11-22T19:30"),
        (Step.TWO_DAYS, "2026-11-24T07:30", "2026-11-21T19:30"),
        (Step.SEVEN_DAYS, "2026-11-24T07:30", "2026-11-16T19:30"),
        # An evening arrival: 20:00 is quiet, so the same evening's 19:30.
        (Step.ONE_DAY, "2026-11-24T20:00", "2026-11-23T19:30"),
        (Step.ONE_DAY, "2026-11-24T19:59", "2026-11-23T19:59"),
        # Clocks go forward on Sunday 29 March 2026: 24 hours before 09:30 BST is 08:30 GMT.
        (Step.ONE_DAY, "2026-03-29T09:30", "2026-03-28T08:30"),
        (Step.ONE_DAY, "2026-03-29T08:30", "2026-03-27T19:30"),
        (Step.TWO_DAYS, "2026-03-30T09:30", "2026-03-28T08:30"),
        # Seven days are counted on the calendar: the clock time stays.
        (Step.SEVEN_DAYS, "2026-04-02T09:30", "2026-03-26T09:30"),
        # Clocks go back on Sunday 25 October 2026: 24 hours before 07:30 GMT is 08:30 BST, awake.
        (Step.ONE_DAY, "2026-10-25T07:30", "2026-10-24T08:30"),
        # ... and 24 hours before 19:30 GMT is 20:30 BST, quiet: half an hour before the quiet hours began.
        (Step.ONE_DAY, "2026-10-25T19:30", "2026-10-24T19:30"),
        (Step.SEVEN_DAYS, "2026-10-29T09:30", "2026-10-22T09:30"),
    ],
)
def test_reminder_is_due_at_its_step_outside_quiet_hours(step: Step, arrives: str, due: str) -> None:
    assert reminder_due_at(step, local(arrives), LONDON, QUIET) == local(due)


@given(
    arrives=st.datetimes(datetime(2025, 1, 1), datetime(2030, 12, 31)),
    zone=st.sampled_from(ZONES),
    step=st.sampled_from(list(Step)),
    quiet_from=st.times(),
    quiet_until=st.times(),
)
def test_reminder_is_never_late_and_never_in_quiet_hours(
    arrives: datetime, zone: ZoneInfo, step: Step, quiet_from: time, quiet_until: time
) -> None:
    quiet = QuietHours(quiet_from.replace(fold=0), quiet_until.replace(fold=0))
    arrive_at = arrives.replace(tzinfo=zone).astimezone(UTC)
    # Skip quiet hours that begin inside an hour the clocks skip or repeat: no unit sleeps from 2 to 3.
    assume(not quiet.starts.hour < 5)
    due_at = reminder_due_at(step, arrive_at, zone, quiet)
    hours = {Step.SEVEN_DAYS: 167, Step.TWO_DAYS: 48, Step.ONE_DAY: 24}[step]
    assert due_at <= arrive_at - timedelta(hours=hours)
    assert due_at >= arrive_at - timedelta(hours=hours + 27)
    assert due_at.astimezone(zone) not in quiet


@pytest.mark.parametrize(
    ("booked", "steps"),
    [
        ("2026-11-01T12:00", [Step.SEVEN_DAYS, Step.TWO_DAYS, Step.ONE_DAY]),
        ("2026-11-17T10:29", [Step.SEVEN_DAYS, Step.TWO_DAYS, Step.ONE_DAY]),
        ("2026-11-17T10:30", [Step.TWO_DAYS, Step.ONE_DAY]),
        ("2026-11-22T11:00", [Step.ONE_DAY]),
        ("2026-11-23T10:31", []),
        ("2026-11-25T10:31", []),
    ],
)
def test_steps_already_past_at_booking_are_left_out(booked: str, steps: list[Step]) -> None:
    ahead = reminders_ahead(local("2026-11-24T10:30"), LONDON, QUIET, at=local(booked))
    assert [one.step for one in ahead] == steps


def test_reminders_ahead_are_soonest_first() -> None:
    assert reminders_ahead(
        local("2026-11-24T10:30"),
        LONDON,
        QUIET,
        at=local("2026-11-20T09:00"),
        steps=[Step.ONE_DAY, Step.TWO_DAYS],
    ) == [
        DueStep(Step.TWO_DAYS, local("2026-11-22T10:30").astimezone(UTC)),
        DueStep(Step.ONE_DAY, local("2026-11-23T10:30").astimezone(UTC)),
    ]


@pytest.mark.parametrize(
    ("due", "now", "verdict"),
    [
        ("2026-11-23T10:30", "2026-11-23T10:30", SendNow()),
        ("2026-11-23T10:30", "2026-11-23T16:30", SendNow()),
        ("2026-11-23T10:30", "2026-11-23T16:31", TooLate()),
        # Held up into the evening: it waits for the morning, and the night does not count as lateness.
        ("2026-11-22T19:30", "2026-11-22T20:05", Defer(local("2026-11-23T08:00").astimezone(UTC))),
        ("2026-11-22T19:30", "2026-11-23T08:00", SendNow()),
        ("2026-11-22T19:30", "2026-11-23T13:31", TooLate()),
        # So close to the arrival that the morning would be too late.
        ("2026-11-23T19:30", "2026-11-24T03:00", Defer(local("2026-11-24T08:00").astimezone(UTC))),
        ("2026-11-23T19:30", "2026-11-24T08:31", TooLate()),
        ("2026-11-24T10:00", "2026-11-24T10:45", TooLate()),
    ],
)
def test_held_up_reminder_goes_waits_or_is_dropped(due: str, now: str, verdict: object) -> None:
    assert judge_reminder(local(due), local("2026-11-24T10:30"), LONDON, QUIET, at=local(now)) == verdict


def test_reminder_held_up_on_both_nights_the_clocks_change() -> None:
    spring = judge_reminder(
        local("2026-03-28T19:30"), local("2026-03-29T14:00"), LONDON, QUIET, at=local("2026-03-28T23:00")
    )
    assert spring == Defer(datetime(2026, 3, 29, 7, 0, tzinfo=UTC))
    autumn = judge_reminder(
        local("2026-10-24T19:30"),
        local("2026-10-25T14:00"),
        LONDON,
        QUIET,
        at=local("2026-10-25T01:30", fold=1),
    )
    assert autumn == Defer(datetime(2026, 10, 25, 8, 0, tzinfo=UTC))


def test_quiet_hours_that_end_in_the_repeated_hour_end_once_more() -> None:
    quiet = QuietHours(time(20), time(1, 30))
    second_pass = local("2026-10-25T01:15", fold=1)
    verdict = judge_reminder(
        second_pass - timedelta(minutes=1), local("2026-10-25T14:00"), LONDON, quiet, at=second_pass
    )
    assert verdict == Defer(datetime(2026, 10, 25, 1, 30, tzinfo=UTC))


@given(
    arrives=st.datetimes(datetime(2025, 1, 1), datetime(2030, 12, 31)),
    held_up=st.timedeltas(timedelta(0), timedelta(days=9)),
    zone=st.sampled_from(ZONES),
    step=st.sampled_from(list(Step)),
)
def test_nothing_ever_leaves_in_quiet_hours_or_on_the_way(
    arrives: datetime, held_up: timedelta, zone: ZoneInfo, step: Step
) -> None:
    arrive_at = arrives.replace(tzinfo=zone).astimezone(UTC)
    due_at = reminder_due_at(step, arrive_at, zone, QUIET)
    at = due_at + held_up
    match judge_reminder(due_at, arrive_at, zone, QUIET, at=at):
        case SendNow():
            assert at.astimezone(zone) not in QUIET
            assert at < arrive_at - ON_THE_WAY
        case Defer(until):
            assert at < until < arrive_at - ON_THE_WAY
            assert judge_reminder(due_at, arrive_at, zone, QUIET, at=until) == SendNow()


@pytest.mark.parametrize(
    ("told", "call"),
    [
        ("2026-11-22T10:29", False),
        ("2026-11-22T10:30", True),
        ("2026-11-24T03:00", True),
        ("2026-11-24T10:30", False),
    ],
)
def test_cancellation_close_to_the_arrival_wants_a_call(told: str, call: bool) -> None:
    assert needs_call_as_well(local("2026-11-24T10:30"), at=local(told)) is call


def test_equal_quiet_times_mean_none() -> None:
    quiet = QuietHours(time(0), time(0))
    assert reminder_due_at(Step.ONE_DAY, local("2026-11-24T03:00"), LONDON, quiet) == local("2026-11-23T03:00")
    assert (
        judge_reminder(
            local("2026-11-23T03:00"), local("2026-11-24T03:00"), LONDON, quiet, at=local("2026-11-23T03:01")
        )
        == SendNow()
    )


def test_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        reminder_due_at(Step.ONE_DAY, datetime(2026, 11, 24, 9), LONDON, QUIET)
