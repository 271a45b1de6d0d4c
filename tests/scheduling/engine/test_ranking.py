"""Which slot comes first, and what is said for and against it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.need import NextBooked, NoGo, after_days
from scheduling.engine.ranking import (
    Reason,
    Standing,
    Tone,
    Weights,
    choose,
    lateness_words,
    rank,
    score,
)
from scheduling.engine.visit import Phases, Slot

from .boards import a_need, tick

VISIT = Phases.of_minutes(before=60, procedure=45, recovery=90, discharge=15)
CHRISTMAS = frozenset({date(2026, 12, 25), date(2026, 12, 28)})


def a_slot(on: date, at: str = "10:00", *, room: int = 1, operator: int = 11, **more: int) -> Slot:
    """Far from its neighbours, so that nothing is said of gaps."""
    values = {"turnover": 3, "gap_before": 40, "gap_after": 40} | more
    return Slot(on, tick(on, at), room, operator, 21, VISIT, **values)


def november(day: int) -> date:
    return date(2026, 11, day)


def codes(slot: Slot, **need: object) -> dict[str, tuple[Tone, str]]:
    (ranked,) = rank([slot], a_need(**need))
    return {reason.code: (reason.tone, reason.words) for reason in ranked.reasons}


@pytest.mark.parametrize(
    ("day", "code", "tone", "words"),
    [
        (25, "on_target", Tone.OK, "Inside the window, on the target day"),
        (26, "first_free_day", Tone.OK, "Inside the window, first free day"),
        (30, "first_free_day", Tone.OK, "Inside the window, first free day"),
        (22, "before_window", Tone.STOP, "Before the window: needs a reason"),
        (15, "too_early", Tone.STOP, "Under the minimum interval: only a clinician may allow it"),
    ],
)
def test_where_a_slot_stands_to_the_window(day: int, code: str, tone: Tone, words: str) -> None:
    assert codes(a_slot(november(day)), minimum_on=november(20))[code] == (tone, words)


def test_after_the_window_a_reason_is_needed() -> None:
    (ranked,) = rank([a_slot(date(2026, 12, 1))], a_need(drift_days=6))
    assert ranked.reasons == (Reason("after_window", Tone.STOP, "After the window: needs a reason", november(30)),)
    assert (ranked.days_late, ranked.drift_before, ranked.drift_after, ranked.is_inside) == (6, 6, 12, False)
    assert ranked.lateness == "6 days late"


def test_only_the_first_day_with_a_slot_is_the_first_free_one() -> None:
    ranked = rank([a_slot(november(27)), a_slot(november(26)), a_slot(november(22))], a_need())
    assert [(one.slot.on.day, one.reasons[0].code) for one in ranked] == [
        (26, "first_free_day"),
        (27, "inside_window"),
        (22, "before_window"),
    ]


def test_nearer_the_target_comes_first_and_what_wins_back_drift_before_what_adds_to_it() -> None:
    slots = [a_slot(november(day)) for day in (23, 24, 25, 26, 27)]
    assert [one.slot.on.day for one in rank(slots, a_need())] == [25, 24, 26, 23, 27]
    assert [one.slot.on.day for one in rank(slots, a_need(drift_days=6))] == [25, 24, 26, 23, 27]
    assert [one.slot.on.day for one in rank(slots, a_need(drift_days=-6))] == [25, 26, 24, 27, 23]


def test_everything_inside_comes_before_a_wish_hurt_before_late_before_early() -> None:
    early = NoGo(words="school run until 09:30", ends=time(9, 30))
    slots = [
        a_slot(november(19)),
        a_slot(november(22)),
        a_slot(date(2026, 12, 1)),
        a_slot(november(25), "10:00"),
        a_slot(november(30), "12:00"),
    ]
    ranked = rank(slots, a_need(no_go=(early,), minimum_on=november(20)))
    assert [(one.slot.on.day, one.standing) for one in ranked] == [
        (30, Standing.INSIDE),
        (25, Standing.INSIDE_AGAINST_WISH),
        (1, Standing.AFTER),
        (22, Standing.BEFORE),
        (19, Standing.TOO_EARLY),
    ]


def test_the_usual_weekday_time_and_operator_are_named() -> None:
    usual = {"usual_weekday": 3, "usual_time": time(9), "usual_operator_id": 11}
    assert codes(a_slot(november(25)), **usual) == {
        "on_target": (Tone.OK, "Inside the window, on the target day"),
        "usual_operator": (Tone.OK, "Usual operator"),
        "usual_weekday": (Tone.OK, "Usual weekday, Wednesday"),
        "usual_time": (Tone.OK, "Usual time, 09:00"),
    }
    assert codes(a_slot(november(26), "14:00", operator=12), **usual) == {
        "first_free_day": (Tone.OK, "Inside the window, first free day"),
        "other_operator": (Tone.WARN, "Not the usual operator"),
        "other_half": (Tone.WARN, "Afternoon, not the usual morning"),
    }
    assert codes(a_slot(november(25), "10:45"), usual_time=time(9))["near_usual_time"] == (
        Tone.OK,
        "Near the usual time, 09:00",
    )
    assert codes(a_slot(november(25), "11:30"), usual_time=time(9))["usual_half"] == (Tone.OK, "Usual morning")


def test_the_nearer_to_the_usual_time_the_better() -> None:
    day = [a_slot(november(25), at) for at in ("09:00", "09:45", "10:30", "12:30", "14:00")]
    ranked = rank(day, a_need(usual_time=time(9, 30)))
    assert [f"{one.slot.arrive_at:%H:%M}" for one in ranked] == ["09:30", "08:45", "08:00", "11:30", "13:00"]


def test_times_are_told_in_the_units_zone_across_the_change_of_clocks() -> None:
    # 09:00 on the wall both days, though an hour apart in UTC.
    for on in (date(2026, 3, 27), date(2026, 3, 30)):
        window = {"target_on": on, "earliest_on": on, "latest_on": on, "usual_time": time(9)}
        assert codes(a_slot(on, "10:00"), **window)["usual_time"] == (Tone.OK, "Usual time, 09:00")


def test_a_wish_is_hurt_by_any_part_of_the_visit_on_its_days_only() -> None:
    transport = NoGo(words="transport leaves at 15:30", starts=time(15, 30), weekdays=frozenset({3, 4}))
    away = NoGo(words="on holiday", since=november(27), until=november(28))
    wishes = {"no_go": (transport, away)}
    assert "against_wish" not in codes(a_slot(november(25), "13:00"), **wishes)
    assert codes(a_slot(november(25), "13:05"), **wishes)["against_wish"] == (
        Tone.WARN,
        "Afternoon: transport leaves at 15:30",
    )
    assert "against_wish" not in codes(a_slot(november(24), "14:00"), **wishes)
    assert codes(a_slot(november(27), "10:00"), **wishes)["against_wish"] == (Tone.WARN, "Morning: on holiday")


def test_the_doses_after_are_kept_clear_of_bank_holidays() -> None:
    ahead = {"next_doses": after_days(28, 28, 28), "bank_holidays": CHRISTMAS}
    assert codes(a_slot(november(25)), **ahead)["next_dose_clear"] == (Tone.OK, "Next dose Wed 23 Dec, no clash")
    assert codes(a_slot(november(27)), **ahead)["next_dose_holiday"] == (
        Tone.WARN,
        "Next dose Fri 25 Dec, a bank holiday",
    )
    later = ahead | {"next_doses": after_days(14, 14)}
    assert codes(a_slot(november(27)), **later)["next_dose_holiday"] == (
        Tone.WARN,
        "A later dose Fri 25 Dec, a bank holiday",
    )
    both = [a_slot(november(27)), a_slot(november(26))]
    need = a_need(target_on=november(26), earliest_on=november(26), **ahead)
    assert [one.slot.on.day for one in rank(both, need)] == [26, 27]
    assert [one.slot.on.day for one in rank(both, replace(need, target_on=november(27)), Weights(holiday=20))] == [
        26,
        27,
    ]


def booked_next(on: date, *, last_before: date, interval: int = 28) -> NextBooked:
    """Tofersen's window around its interval, -2/+5 days."""

    def window(day: date) -> tuple[date, date, date]:
        due = day + timedelta(days=interval)
        return due - timedelta(days=2), due, due + timedelta(days=5)

    return NextBooked(on, last_before, window)


@pytest.mark.parametrize(
    ("day", "code", "tone", "words"),
    [
        (24, "next_visit_fits", Tone.OK, "The next visit, Wed 23 Dec, stays in its window"),
        (27, "next_visit_fits", Tone.OK, "The next visit, Wed 23 Dec, stays in its window"),
        (28, "next_visit_moves", Tone.WARN, "The next visit, Wed 23 Dec, is then 3 days early: it has to move too"),
        (19, "next_visit_moves", Tone.WARN, "The next visit, Wed 23 Dec, is then 6 days late: it has to move too"),
    ],
)
def test_what_becomes_of_the_next_visit_is_said_instead_of_when_its_dose_would_be_due(
    day: int, code: str, tone: Tone, words: str
) -> None:
    said = codes(
        a_slot(november(day)),
        earliest_on=november(18),
        next_booked=booked_next(date(2026, 12, 23), last_before=date(2026, 12, 9)),
        next_doses=after_days(28, 28),
        bank_holidays=CHRISTMAS,
    )
    assert said[code] == (tone, words)
    assert "next_dose_clear" not in said


def test_a_booked_day_is_no_clash_but_a_later_dose_may_be() -> None:
    following = booked_next(date(2026, 12, 25), last_before=date(2026, 12, 11))
    holidays = frozenset({date(2026, 12, 25), date(2027, 1, 22)})
    ahead = {"next_doses": lambda _: (date(2026, 12, 25), date(2027, 1, 22)), "bank_holidays": holidays}
    said = codes(a_slot(november(27)), next_booked=following, **ahead)
    assert said["next_visit_fits"][0] is Tone.OK
    assert said["next_dose_holiday"] == (Tone.WARN, "A later dose Fri 22 Jan, a bank holiday")


def test_of_two_days_as_far_from_the_target_the_one_that_leaves_the_next_visit_alone_comes_first() -> None:
    slots = [a_slot(november(day)) for day in (24, 26)]
    assert [one.slot.on.day for one in rank(slots, a_need())] == [24, 26]
    late = booked_next(date(2026, 12, 28), last_before=date(2026, 12, 14))
    assert [one.slot.on.day for one in rank(slots, a_need(next_booked=late))] == [26, 24]


def test_too_near_to_the_next_visit_comes_last_and_says_which_is_to_move_first() -> None:
    need = a_need(next_booked=booked_next(date(2026, 12, 10), last_before=november(26)), minimum_on=november(24))
    ranked = rank([a_slot(november(day)) for day in (27, 26, 25, 23)], need)
    assert [(one.slot.on.day, one.standing) for one in ranked] == [
        (25, Standing.INSIDE),
        (26, Standing.INSIDE),
        (23, Standing.TOO_EARLY),
        (27, Standing.TOO_NEAR_NEXT),
    ]
    assert ranked[-1].reasons[0] == Reason(
        "too_near_next",
        Tone.STOP,
        "Too near to the next visit, Thu 10 Dec: move that one first",
        date(2026, 12, 10),
    )
    assert [one.standing.is_offered for one in ranked] == [True, True, False, False]


def test_a_slot_that_leaves_no_gap_is_taken_before_one_that_does() -> None:
    on = november(25)
    close = a_slot(on, "11:00", gap_before=0)
    wasteful = a_slot(on, "11:15", gap_before=3)
    loose = a_slot(on, "11:30")
    ranked = rank([loose, wasteful, close], a_need())
    assert [one.slot for one in ranked] == [close, loose, wasteful]
    assert [reason.words for reason in ranked[0].reasons][1:] == ["Leaves no gap in the list"]
    assert len(ranked[1].reasons) == len(ranked[2].reasons) == 1
    half = a_slot(on, "11:00", gap_before=0, gap_after=3)
    assert "no_gap" not in codes(half)


def test_that_others_change_place_is_said() -> None:
    assert codes(a_slot(november(25), displaced=2))["repacked"] == (Tone.OK, "Others change recovery place")


slots = st.builds(
    a_slot,
    st.dates(date(2026, 11, 15), date(2026, 12, 10)),
    st.times(time(8), time(16)).map(lambda at: f"{at.hour:02}:{at.minute // 5 * 5:02}"),
    room=st.integers(1, 2),
    operator=st.integers(11, 12),
    gap_before=st.integers(0, 12),
    gap_after=st.integers(0, 12),
    displaced=st.integers(0, 1),
)
needs = st.builds(
    a_need,
    drift_days=st.integers(-9, 9),
    minimum_on=st.none() | st.just(november(20)),
    usual_time=st.none() | st.just(time(9)),
    usual_weekday=st.none() | st.just(3),
    usual_operator_id=st.none() | st.just(11),
    no_go=st.just(()) | st.just((NoGo(words="school run", ends=time(10)),)),
    next_doses=st.just(after_days(28, 28)),
    bank_holidays=st.just(CHRISTMAS),
    next_booked=st.none() | st.just(booked_next(date(2026, 12, 23), last_before=date(2026, 12, 2))),
)
distinct = st.lists(slots, max_size=30, unique_by=lambda slot: (slot.procedure, slot.room_id, slot.operator_id))


@given(distinct, needs, st.randoms())
def test_the_order_is_total_and_the_same_every_time(found: list[Slot], need: object, random: object) -> None:
    ranked = rank(found, need)  # type: ignore[arg-type]
    assert sorted(map(id, found)) == sorted(id(one.slot) for one in ranked)
    random.shuffle(found)  # type: ignore[attr-defined]
    assert rank(found, need) == ranked  # type: ignore[arg-type]
    standings = [one.standing for one in ranked]
    assert standings == sorted(standings)
    for one in ranked:
        stops = [reason for reason in one.reasons if reason.tone is Tone.STOP]
        assert bool(stops) == (not one.is_inside)
        assert one.drift_after - one.drift_before == one.days_late


@given(distinct, needs, st.integers(1, 6))
def test_the_chosen_differ_and_none_outside_goes_before_a_day_inside(
    found: list[Slot], need: object, limit: int
) -> None:
    scored = score(found, need)  # type: ignore[arg-type]
    chosen = choose(scored, limit)
    assert len(chosen) <= limit
    assert chosen == [one for one in scored if one in chosen]
    days = [slot.on for _, slot in chosen]
    for at, (by, slot) in enumerate(chosen):
        same = [other for _, other in chosen[at + 1 :] if other.on == slot.on]
        assert len(same) <= 1
        assert all(abs(other.procedure - slot.procedure) >= 24 for other in same)
        if by.standing is not Standing.INSIDE:
            assert not same
    inside = {slot.on for by, slot in scored if by.standing is Standing.INSIDE}
    if len(inside) >= limit:
        assert len(set(days)) == limit
        assert set(days) <= inside
    elif scored:
        assert inside <= set(days)
        assert chosen[0] == scored[0]


def test_four_of_one_day_are_two_apart() -> None:
    on = november(25)
    day = [
        a_slot(on, f"{hour:02}:{minute:02}", room=room)
        for hour in range(9, 15)
        for minute in (0, 30)
        for room in (1, 2)
    ]
    chosen = choose(score(day, a_need()), 4)
    assert [f"{slot.procedure_at:%H:%M}" for _, slot in chosen] == ["09:00", "11:00"]
    more = choose(score(day, a_need()), 4, per_day=4)
    assert [f"{slot.procedure_at:%H:%M}" for _, slot in more] == ["09:00", "11:00", "13:00"]


def test_lateness_in_words() -> None:
    assert [lateness_words(days) for days in (-2, -1, 0, 1, 7)] == [
        "2 days early",
        "1 day early",
        "On the target day",
        "1 day late",
        "7 days late",
    ]
