"""A re-plan in words: what changes for a visit, and why it found no place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from scheduling.engine.free import Masks, Refusal
from scheduling.engine.need import Need
from scheduling.engine.ranking import Reason, Standing, Tone, explained, score
from scheduling.engine.refusals import Lack, Why, explain, window_closed
from scheduling.engine.replan.asks import Asked, NextVisit
from scheduling.engine.replan.days import Days
from scheduling.engine.replan.plan import Effect
from scheduling.engine.ticks import day_words, instant_at, length_words
from scheduling.engine.visit import Slot

Names = Mapping[int, str]
"""What people call a resource, by its key: "Room 2"."""

OUTSIDE = "It is outside the dose's window or under the minimum interval."
NO_PLACE = "No recovery place is free for long enough after the procedure."

_PASSING = frozenset({"no_gap", "repacked"})
"""Ranking's reasons that the next visit placed may make untrue."""


@lru_cache(maxsize=4096)
def clock_minutes(tick: int, zone: ZoneInfo) -> int:
    """Minutes past midnight on the clocks of the zone."""
    local = instant_at(tick).astimezone(zone)
    return local.hour * 60 + local.minute


def effect_of(was: Slot | None, slot: Slot, need: Need) -> Effect:
    """What the slot means beside the old one; without one nothing has moved and the drift before is the plan's own."""
    off_target = (slot.on - need.target_on).days
    drift_before = need.drift_days + ((was.on - need.target_on).days if was else 0)
    return Effect(
        days=(slot.on - was.on).days if was else 0,
        minutes=clock_minutes(slot.arrive, need.zone) - clock_minutes(was.arrive, need.zone) if was else 0,
        days_off_target=off_target,
        drift_before=drift_before,
        drift_after=need.drift_days + off_target,
        is_inside=need.earliest_on <= slot.on <= need.latest_on,
    )


def reasons_for(
    was: Slot | None, slot: Slot, need: Need, names: Names, next_visit: NextVisit | None = None
) -> tuple[Reason, ...]:
    """The change first, then what becomes of the next visit, then ranking's reasons."""
    found = [Reason("change", Tone.OK, change_words(was, slot, need.zone, names), slot.on)]
    if was is not None and was.operator_id != slot.operator_id:
        name = names.get(slot.operator_id)
        found.append(Reason("operator_changed", Tone.WARN, f"With {name}" if name else "Another operator"))
    if next_visit is not None and next_visit.key is None and next_visit.on < next_visit.soonest_on(slot.on):
        words = f"The next visit, {day_words(next_visit.on)}, is then under its minimum interval: it must move too"
        found.append(Reason("next_too_early", Tone.WARN, words, next_visit.on))
    said = {"other_operator"} if len(found) > 1 and found[1].code == "operator_changed" else set()
    ranked = explained(score([slot], need)[0], need, None)
    return (*found, *(reason for reason in ranked.reasons if reason.code not in _PASSING | said))


def change_words(was: Slot | None, slot: Slot, zone: ZoneInfo, names: Names) -> str:
    """What changes, in the order in which a coordinator asks: day, time, room."""
    at = f"{instant_at(slot.arrive).astimezone(zone):%H:%M}"
    if was is None:
        room = names.get(slot.room_id)
        return ", ".join(part for part in (day_words(slot.on), at, room) if part)
    if (was.on, was.arrive, was.room_id) == (slot.on, slot.arrive, slot.room_id):
        return "Stays where it is"
    room = "same room" if was.room_id == slot.room_id else names.get(slot.room_id, "another room")
    minutes = clock_minutes(slot.arrive, zone) - clock_minutes(was.arrive, zone)
    moved = f"{length_words(abs(minutes))} {'later' if minutes > 0 else 'earlier'}"
    time_words = moved if minutes else "same time"
    days = (slot.on - was.on).days
    if not days:
        return f"Same day, {time_words}, {room}"
    days_words = f"{abs(days)} day{'' if abs(days) == 1 else 's'} {'later' if days > 0 else 'earlier'}"
    return f"{day_words(slot.on)}, {days_words}, at {at}{' as before' if not minutes else ''}, {room}"


def why_not(days: Days, visit: Asked, need: Need) -> Why:
    """What stands in the way of a visit in all of its window, as the days stand now.

    `admissible` are the dates that the plan's own other visits leave it.
    """
    first_on, last_on = max(need.earliest_on, need.soonest_on), need.latest_on
    if first_on > last_on:
        return window_closed(need.earliest_on, last_on, need.soonest_on)
    asked = days.need_of(visit, need)
    boards = [days.board_in_words(on, visit) for on in days.dates if on >= first_on]
    free: Counter[date] = Counter()
    wished: Counter[date] = Counter()
    for on in (on for on in days.dates if first_on <= on <= last_on):
        scored = score(days.slots(on, visit, need), need)
        free[on] += len(scored)
        wished[on] += sum(by.standing is Standing.INSIDE for by, _ in scored)
    if any(wished.values()):
        return Why(
            Lack.NEXT_VISIT,
            "Every free day is too near to another visit of the same plan.",
            "Move the plan's other visit first.",
            first_on,
            last_on,
        )
    if any(free.values()):
        between = f"on {day_words(first_on)}" if first_on == last_on else f"until {day_words(last_on)}"
        return Why(
            Lack.AGAINST_WISH,
            f"All free times {between} are times at which the patient cannot come.",
            "Ask the patient about one of these times, and book it by hand.",
            first_on,
            last_on,
            on=min(on for on, count in free.items() if count),
        )
    if not boards:
        boards = [days.board]
    return explain([Masks(board, visit.phases, asked) for board in boards], free, first_on, last_on)


def choice_refused(refusal: Refusal | str, slot: Slot) -> Why:
    """A slot that somebody chose does not hold."""
    words = refusal if isinstance(refusal, str) else refusal.words
    return Why(
        Lack.CHOICE,
        f"The chosen time does not hold. {words}",
        "Choose another time, or let the plan choose.",
        slot.on,
        slot.on,
    )


def waits_for_dose_before(days: Days) -> Why:
    """The dose before it in the same plan found no place, so that nothing can be counted from it."""
    return Why(
        Lack.DOSE_BEFORE,
        "The dose before it has no place yet, and this one is counted from it.",
        "Place the dose before it first.",
        days.dates[0] if days.dates else date.min,
        days.dates[-1] if days.dates else date.max,
    )
