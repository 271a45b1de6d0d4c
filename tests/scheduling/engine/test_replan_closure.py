"""Closures a coordinator knows, worked out by hand."""

from __future__ import annotations

from datetime import timedelta

from scheduling.engine.need import NoGo
from scheduling.engine.ranking import Tone
from scheduling.engine.recovery import Held, Move
from scheduling.engine.refusals import Lack
from scheduling.engine.replan import Plan, Step, Stranded, replan
from scheduling.engine.replan.asks import Limits
from scheduling.engine.visit import Phases

from .plans import DATES, LIST_TICKS, WEDNESDAY, board, faults, lists, next_after, opens, slot, stranded

TUESDAY, THURSDAY, SATURDAY = DATES[0], DATES[2], DATES[3]
NAMES = {1: "Room 1", 2: "Room 2", 11: "Dr Okafor", 12: "Dr Lindqvist"}


def shut(*days_and_rooms: tuple[object, int]) -> list[tuple[int, int, int]]:
    """Rooms taken for the whole of their lists."""
    return [(room, opens(on), opens(on) + LIST_TICKS) for on, room in days_and_rooms]  # type: ignore[arg-type]


ROOM_1_SHUT = shut((WEDNESDAY, 1))
ALL_WEDNESDAY = shut((WEDNESDAY, 1), (WEDNESDAY, 2))


def planned(rows: list[tuple[int, int, int]], *visits: Stranded, **more: object) -> Plan:
    """The plan, which the checker has nothing against."""
    there = board(rows)
    plan = replan(there, visits, names=NAMES, **more)  # type: ignore[arg-type]
    assert faults(there, rows, visits, plan) == []
    return plan


def where(plan: Plan) -> dict[int, tuple[object, ...]]:
    """Key: date, ticks after opening, room."""
    return {key: (one.on, one.procedure - opens(one.on), one.room_id) for key, one in plan.slots.items()}


def test_the_other_room_at_the_same_time() -> None:
    plan = planned(ROOM_1_SHUT, stranded(1, slot(at=6)))
    (one,) = plan.placed
    assert where(plan) == {1: (WEDNESDAY, 6, 2)}
    assert (one.step, one.words) == (Step.SAME_DAY, "Same day, same time, Room 2")
    assert (one.effect.days, one.effect.minutes, one.effect.is_inside) == (0, 0, True)
    assert plan.toll == (0, 0, 0, 0, 0)


def test_later_on_the_same_day_in_words() -> None:
    taken = [(2, opens(WEDNESDAY), opens(WEDNESDAY) + 15)]
    plan = planned(ROOM_1_SHUT + taken, stranded(1, slot(at=6), target_on=TUESDAY, drift_days=2))
    (one,) = plan.placed
    assert where(plan) == {1: (WEDNESDAY, 15, 2)}
    assert one.words == "Same day, 45 min later, Room 2"
    assert [reason.words for reason in one.reasons[1:]] == ["Inside the window"]
    effect = one.effect
    assert (effect.days, effect.minutes, effect.days_off_target) == (0, 45, 1)
    assert (effect.drift_before, effect.drift_after, effect.lateness) == (3, 3, "1 day late")
    assert plan.toll == (0, 0, 1, 0, 45)


def test_the_nearest_day_and_a_later_one_before_an_earlier_one() -> None:
    plan = planned(ALL_WEDNESDAY, stranded(1, slot(at=6)))
    (one,) = plan.placed
    assert where(plan) == {1: (THURSDAY, 6, 1)}
    assert (one.step, one.words) == (Step.NEAREST_DAY, "Thu 26 Nov, 1 day later, at 09:20 as before, same room")
    assert (one.effect.days, one.effect.days_off_target, one.effect.drift_after) == (1, 1, 1)


def test_an_earlier_day_only_where_the_minimum_allows() -> None:
    rows = ALL_WEDNESDAY + shut((THURSDAY, 1), (THURSDAY, 2))
    assert where(planned(rows, stranded(1, slot(at=6)))) == {1: (TUESDAY, 6, 1)}
    plan = planned(rows, stranded(1, slot(at=6), minimum_on=WEDNESDAY))
    (one,) = plan.placed
    assert where(plan) == {1: (SATURDAY, 6, 1)}
    assert (one.step, one.effect.days) == (Step.LEAST_SHIFT, 3)


def test_nothing_past_the_latest_goes_to_a_clinician_with_the_reason() -> None:
    plan = planned(ALL_WEDNESDAY, stranded(1, earliest_on=WEDNESDAY, latest_on=WEDNESDAY))
    (left,) = plan.unplaced
    assert left.why is not None
    assert (left.why.lack, left.words) == (Lack.ROOMS_TAKEN, "All rooms are taken until Thu 26 Nov.")
    assert plan.toll == (0, 1, 0, 0, 0)


def test_loading_comes_first_then_whose_window_closes_first() -> None:
    one_place = [(2, opens(WEDNESDAY), opens(WEDNESDAY) + 6), (2, opens(WEDNESDAY) + 10, opens(WEDNESDAY) + LIST_TICKS)]
    today = {"earliest_on": WEDNESDAY, "latest_on": WEDNESDAY}
    plan = planned(ROOM_1_SHUT + one_place, stranded(1, **today), stranded(2, is_loading=True, **today))
    assert where(plan) == {2: (WEDNESDAY, 6, 2)}
    assert [one.key for one in plan.unplaced] == [1]
    plan = planned(ROOM_1_SHUT + one_place, stranded(1), stranded(2, **today))
    assert where(plan) == {1: (THURSDAY, 2, 1), 2: (WEDNESDAY, 6, 2)}


def test_a_confirmed_visit_keeps_its_day_but_takes_nobodys_place() -> None:
    one_place = [(2, opens(WEDNESDAY), opens(WEDNESDAY) + 6), (2, opens(WEDNESDAY) + 10, opens(WEDNESDAY) + LIST_TICKS)]
    soon = stranded(1, latest_on=THURSDAY)
    plan = planned(ROOM_1_SHUT + one_place, soon, stranded(2, is_confirmed=True))
    assert where(plan) == {1: (THURSDAY, 2, 1), 2: (WEDNESDAY, 6, 2)}
    no_thursday = ROOM_1_SHUT + one_place + shut((THURSDAY, 1), (THURSDAY, 2), (TUESDAY, 1), (TUESDAY, 2))
    plan = planned(no_thursday, soon, stranded(2, is_confirmed=True))
    assert where(plan) == {1: (WEDNESDAY, 6, 2), 2: (SATURDAY, 2, 1)}


def test_like_visits_have_each_others_times_where_both_then_move_less() -> None:
    only_two = [
        (2, opens(WEDNESDAY), opens(WEDNESDAY) + 8),
        (2, opens(WEDNESDAY) + 16, opens(WEDNESDAY) + LIST_TICKS),
    ]
    first, second = stranded(1, slot(at=14), is_loading=True), stranded(2, slot(at=4))
    assert where(planned(ROOM_1_SHUT + only_two, first, second)) == {1: (WEDNESDAY, 12, 2), 2: (WEDNESDAY, 8, 2)}


def test_the_patients_other_visit_notice_and_times_are_kept() -> None:
    busy = ((opens(WEDNESDAY) - 10, opens(WEDNESDAY) + 20),)
    assert where(planned(ROOM_1_SHUT, stranded(1, slot(at=6), taken=busy))) == {1: (THURSDAY, 6, 1)}
    from datetime import UTC, datetime

    noon = datetime.fromtimestamp((opens(WEDNESDAY) + 10) * 300, UTC)
    assert where(planned(ROOM_1_SHUT, stranded(1, slot(at=6), not_before=noon))) == {1: (WEDNESDAY, 12, 2)}
    wednesdays = (NoGo(words="dialysis", weekdays=frozenset({3})),)
    assert where(planned(ROOM_1_SHUT, stranded(1, slot(at=6), no_go=wednesdays))) == {1: (THURSDAY, 6, 1)}
    plan = planned(ROOM_1_SHUT, stranded(1, no_go=(NoGo(words="never"),), latest_on=WEDNESDAY, earliest_on=WEDNESDAY))
    assert plan.unplaced[0].why is not None
    assert plan.unplaced[0].why.lack is Lack.AGAINST_WISH
    assert plan.unplaced[0].words == "All free times on Wed 25 Nov are times at which the patient cannot come."


def test_two_visits_of_a_patient_do_not_meet() -> None:
    both = [stranded(key, slot(at=6), patient_id=7) for key in (1, 2)]
    assert where(planned(ROOM_1_SHUT, *both)) == {1: (WEDNESDAY, 6, 2), 2: (WEDNESDAY, 16, 2)}


def test_a_recovery_place_is_made_by_moving_others_inside_the_pool() -> None:
    first = opens(WEDNESDAY) + 9
    held = [
        Held(1, 21, first, first + 2, movable=True),
        Held(2, 22, first + 3, first + 6, movable=True),
        Held(3, 23, first - 4, first + 9, movable=False),
    ]
    there = board([*ROOM_1_SHUT, (2, first, opens(WEDNESDAY) + LIST_TICKS), (2, opens(WEDNESDAY), first - 4)], held)
    visit = stranded(1, slot(at=5), earliest_on=WEDNESDAY, latest_on=WEDNESDAY)
    plan = replan(there, [visit])
    assert where(plan) == {1: (WEDNESDAY, 5, 2)}
    assert plan.moves in ((Move(1, 21, 22),), (Move(2, 22, 21),))
    assert faults(there, [], [visit], plan) == []


def test_a_visit_whose_slot_is_free_stays() -> None:
    past = stranded(1, slot(at=6), target_on=TUESDAY, latest_on=TUESDAY)
    (one,) = planned([], past).placed
    assert (one.step, one.words, one.is_change) == (Step.KEPT, "Stays where it is", False)
    assert one.effect.is_inside is False


def test_a_choice_that_does_not_hold_is_said_and_planned_around() -> None:
    plan = planned(ROOM_1_SHUT, stranded(1), stranded(2, slot(at=8)), pinned={1: slot(at=6, room_id=1)})
    assert [(one.key, one.words) for one in plan.unplaced] == [
        (1, "The chosen time does not hold. The room is taken at that time.")
    ]
    assert where(plan) == {2: (WEDNESDAY, 8, 2)}
    plan = planned(ROOM_1_SHUT, stranded(1, latest_on=WEDNESDAY), pinned={1: slot(THURSDAY)})
    assert plan.unplaced[0].words.endswith("outside the dose's window or under the minimum interval.")
    plan = planned(ROOM_1_SHUT, stranded(1), stranded(2), pinned={1: None, 2: slot(SATURDAY, room_id=2)})
    assert [(one.key, one.why) for one in plan.unplaced] == [(1, None)]
    assert [(one.step, where(plan)[2]) for one in plan.placed] == [(Step.PINNED, (SATURDAY, 2, 2))]


def test_the_next_visit_is_named_where_it_would_be_too_early() -> None:
    fixed = stranded(1, slot(at=6), next_visit=next_after(14, WEDNESDAY + timedelta(days=14)))
    (one,) = planned(ALL_WEDNESDAY, fixed).placed
    warning = next(reason for reason in one.reasons if reason.code == "next_too_early")
    assert warning.tone is Tone.WARN
    assert warning.words == "The next visit, Wed 9 Dec, is then under its minimum interval: it must move too"


def test_two_doses_of_a_plan_that_both_move_keep_their_minimum() -> None:
    first = stranded(1, slot(TUESDAY), latest_on=THURSDAY, next_visit=next_after(2, THURSDAY, key=2))
    second = stranded(2, slot(THURSDAY), earliest_on=WEDNESDAY)
    rows = shut((TUESDAY, 1), (TUESDAY, 2), (THURSDAY, 1), (THURSDAY, 2))
    assert where(planned(rows, first, second)) == {1: (WEDNESDAY, 2, 1), 2: (SATURDAY, 2, 1)}


def test_procedures_that_must_not_meet_in_an_area_do_not() -> None:
    apart = [stranded(1, slot(at=6)), stranded(2, slot(at=6, room_id=2), apart_from=frozenset({1}))]
    apart[0] = stranded(1, slot(at=6), apart_from=frozenset({2}))
    together = replan(board(), apart)
    assert [one.step for one in together.placed] == [Step.KEPT, Step.KEPT]
    kept = replan(board(), apart, limits=Limits(areas={1: 1, 2: 1}))
    first, second = (kept.slots[key] for key in (1, 2))
    assert first.procedure == opens(WEDNESDAY) + 6
    assert abs(first.procedure - second.procedure) >= 3


def test_no_more_patients_in_recovery_than_the_nurses_may_have() -> None:
    visits = [stranded(key, slot(at=6)) for key in (1, 2)]
    free = board(ROOM_1_SHUT, hours=lists(dates=(WEDNESDAY,)))
    always = 2 ** (free.busy.until - free.busy.since) - 1
    plan = replan(free, visits, limits=Limits(nursed=(always, 0, 0)))
    stays = sorted(one.slot.recovery_ticks for one in plan.placed)
    assert len(stays) == 2
    assert stays[0][1] <= stays[1][0]
    plan = replan(free, visits, limits=Limits(nursed=(always, always, 0)))
    stays = sorted(one.slot.recovery_ticks for one in plan.placed)
    assert stays[0][1] > stays[1][0]


def test_a_longer_visit_needs_a_longer_gap() -> None:
    phases = Phases(2, 8, 4, 1)
    gap = [(2, opens(WEDNESDAY) + 8, opens(WEDNESDAY) + LIST_TICKS)]
    plan = planned(ROOM_1_SHUT + gap, stranded(1, slot(at=6, phases=phases)), stranded(2, slot(at=6)))
    assert where(plan)[1] == (THURSDAY, 6, 1)
    assert where(plan)[2] == (WEDNESDAY, 4, 2)
