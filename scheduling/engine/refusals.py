"""Why a window has no free start: the first thing that runs out, until when, and what would help."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from scheduling.engine.free import Masks
from scheduling.engine.hours import OpenHours
from scheduling.engine.need import NextBooked
from scheduling.engine.ticks import TICK_MINUTES, day_words, length_words


class Lack(StrEnum):
    """What is missing. The order is that in which a search asks; the last but NEXT_VISIT only a re-plan meets."""

    WINDOW_CLOSED = "window_closed"
    NOT_OPEN = "not_open"
    NO_SUITABLE_ROOM = "no_suitable_room"
    TOO_LONG = "too_long"
    ROOMS_CLOSED = "rooms_closed"
    ROOMS_TAKEN = "rooms_taken"
    START_HOURS = "start_hours"
    NO_OPERATOR = "no_operator"
    NO_ASSISTANT = "no_assistant"
    NO_IMAGING = "no_imaging"
    KEPT_APART = "kept_apart"
    PATIENT_BUSY = "patient_busy"
    TOO_SOON = "too_soon"
    NO_NURSE = "no_nurse"
    NO_RECOVERY = "no_recovery"
    AGAINST_WISH = "against_wish"
    NEXT_VISIT = "next_visit"
    DOSE_BEFORE = "dose_before"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Checked:
    """One step of the search: how many starts of the window were left once it was asked for."""

    code: str
    words: str
    left: int


@dataclass(frozen=True, slots=True)
class Why:
    """What is missing between two dates, both included, in words; what was checked; and what would help.

    `until` is the first later date on which it is there again, as far as the search looked (None: not seen).
    `on` is the first date in the window on which everything asked before was there, so that help would count.
    """

    lack: Lack
    words: str
    help_words: str
    since: date
    last: date
    until: date | None = None
    on: date | None = None
    checked: tuple[Checked, ...] = ()


_STEPS = (
    (Lack.NOT_OPEN, "Lists held"),
    (Lack.NO_SUITABLE_ROOM, "In a suitable room"),
    (Lack.TOO_LONG, "Starts the visit fits around"),
    (Lack.START_HOURS, "Hours of the protocol kept"),
    (Lack.ROOMS_CLOSED, "Room not closed"),
    (Lack.ROOMS_TAKEN, "Room free"),
    (Lack.NO_OPERATOR, "Operator free"),
    (Lack.NO_ASSISTANT, "Assistant free"),
    (Lack.NO_IMAGING, "Imaging free"),
    (Lack.KEPT_APART, "Apart from what it must not meet"),
    (Lack.PATIENT_BUSY, "Patient free"),
    (Lack.TOO_SOON, "Notice kept"),
    (Lack.NO_NURSE, "Nurse in recovery free"),
    (Lack.NO_RECOVERY, "Recovery place free"),
)

_HELP = {
    Lack.WINDOW_CLOSED: "Take the first free day. Where it needs a reason, a doctor books it.",
    Lack.NOT_OPEN: "Open an extra list, or ask a doctor, who may book the first day after the window with a reason.",
    Lack.NO_SUITABLE_ROOM: "Open a list in a room that has what this patient needs.",
    Lack.TOO_LONG: "Let a list begin earlier or the last patient leave later.",
    Lack.ROOMS_CLOSED: "Lift the closure, or open an extra list in another room.",
    Lack.ROOMS_TAKEN: "Move a visit whose window stays open for longer, or open an extra list.",
    Lack.START_HOURS: "Open a list within those hours.",
    Lack.NO_OPERATOR: "Ask another operator onto the open list",
    Lack.NO_ASSISTANT: "Ask somebody onto the open list to assist",
    Lack.NO_IMAGING: "Open a list in a room that has the imaging, or move the visit that has the device",
    Lack.KEPT_APART: "Open a list in a room of another area.",
    Lack.PATIENT_BUSY: "Move the patient's other visit.",
    Lack.TOO_SOON: "Ask whether the patient can come at shorter notice.",
    Lack.NO_NURSE: "Ask another nurse into recovery",
    Lack.NEXT_VISIT: "Move that visit first.",
    Lack.NO_RECOVERY: "Open another recovery place, or move a visit that is in recovery then",
}

_SENTENCES = {
    Lack.NOT_OPEN: "No room is open {between}{next}.",
    Lack.NO_SUITABLE_ROOM: "No room that has what this patient needs is open {when}.",
    Lack.TOO_LONG: "The visit takes {visit}, and no list {between} is long enough for it.",
    Lack.ROOMS_CLOSED: "All rooms are closed {when}.",
    Lack.ROOMS_TAKEN: "All rooms are taken {when}.",
    Lack.START_HOURS: "Within the hours of its protocol no list is open {when}.",
    Lack.NO_OPERATOR: "A room is free, but {operator} {when}.",
    Lack.NO_ASSISTANT: "A room and an operator are free, but nobody to assist {when}.",
    Lack.NO_IMAGING: "No room that is free has the imaging that guides the needle, and no device is free {when}.",
    Lack.KEPT_APART: "A procedure that this one is kept apart from runs in the same area {when}.",
    Lack.PATIENT_BUSY: "All free times {between} overlap another visit of the patient.",
    Lack.TOO_SOON: "All free times {between} are sooner than the notice needed.",
    Lack.NO_NURSE: "The nurses in recovery have as many patients as they may {when}.",
    Lack.NO_RECOVERY: "No recovery place is free for {stay} when a room and an operator are, {when}.",
}


@dataclass(slots=True)
class _Tally:
    """What one step leaves of the window."""

    left: int = 0
    first: date | None = None
    later: date | None = None

    def add(self, on: date, count: int, first_on: date, last_on: date) -> None:
        if not count:
            return
        if first_on <= on <= last_on:
            self.left += count
            self.first = min(self.first or on, on)
        elif on > last_on:
            self.later = min(self.later or on, on)


def explain(searched: Sequence[Masks], free: Mapping[date, int], first_on: date, last_on: date) -> Why:
    """The first thing that runs out between two dates, both included, given all that was searched.

    `free` has the number of free starts found on each date: a pool that has capacity, but cannot be packed, has none.
    """
    tallies = _tallies(searched, free, first_on, last_on)
    step = next((index for index, tally in enumerate(tallies) if not tally.left), len(_STEPS) - 1)
    lack, until = _STEPS[step][0], tallies[step].later
    on = tallies[step - 1].first if step else None
    help_words = _HELP[lack]
    if not help_words.endswith("."):
        help_words += f" on {day_words(on)}." if on else "."
    return Why(
        lack=lack,
        words=_sentence(lack, first_on, last_on, until, searched[0]),
        help_words=help_words,
        since=first_on,
        last=last_on,
        until=until,
        on=on,
        checked=tuple(
            Checked(code.value, words, tally.left)
            for (code, words), tally in zip(_STEPS[: step + 1], tallies, strict=False)
            if code == lack or _is_asked(code, searched[0])
        ),
    )


def _is_asked(lack: Lack, masks: Masks) -> bool:
    """Whether the visit asks for the thing at all: what it never needed is not told as checked."""
    need, board = masks.need, masks.board
    asked = {
        Lack.START_HOURS: need.start_hours is not None,
        Lack.ROOMS_CLOSED: any(hours.room_id in board.shut for hours in board.hours),
        Lack.NO_ASSISTANT: need.is_assisted,
        Lack.NO_IMAGING: bool(need.imaging_skills),
        Lack.KEPT_APART: bool(board.barred),
        Lack.NO_NURSE: board.nursed is not None,
    }
    return asked.get(lack, True)


def window_closed(first_on: date, last_on: date, soonest_on: date) -> Why:
    """The window had closed before the patient could come."""
    return Why(
        lack=Lack.WINDOW_CLOSED,
        words=f"The window closed on {day_words(last_on)}; the soonest possible day is {day_words(soonest_on)}.",
        help_words=_HELP[Lack.WINDOW_CLOSED],
        since=first_on,
        last=last_on,
        until=soonest_on,
    )


def next_visit_near(first_on: date, last_on: date, following: NextBooked) -> Why:
    """Every day left breaks the minimum interval of the visit that is booked for the next dose."""
    return Why(
        lack=Lack.NEXT_VISIT,
        words=f"Every day that is left is too near to the next visit, {day_words(following.on)}.",
        help_words=_HELP[Lack.NEXT_VISIT],
        since=first_on,
        last=last_on,
    )


def _tallies(searched: Iterable[Masks], free: Mapping[date, int], first_on: date, last_on: date) -> list[_Tally]:
    tallies = [_Tally() for _ in _STEPS]
    for masks in searched:
        for hours in masks.board.hours:
            for tally, count in zip(tallies, _counts(masks, hours), strict=False):
                tally.add(hours.on, count, first_on, last_on)
    for on, count in free.items():
        tallies[-1].add(on, count, first_on, last_on)
    return tallies


def _counts(masks: Masks, hours: OpenHours) -> list[int]:
    """What one list has left after each step but the last; the list itself counts as one until times are asked."""
    if not masks.suits(hours):
        return [1]
    left = hours.starts(masks.phases)
    counts = [1, 1, left.bit_count()]
    left &= masks.started_within(hours)
    counts.append(left.bit_count())
    for mask in (
        masks.not_closed(hours),
        masks.room(hours),
        masks.any_operator(hours),
        masks.crew(hours),
        masks.imaging(hours),
        masks.apart(hours),
        masks.patient,
        masks.notice,
        masks.nurses,
    ):
        left &= masks.within(hours, mask)
        counts.append(left.bit_count())
    return counts


def _sentence(lack: Lack, first_on: date, last_on: date, until: date | None, masks: Masks) -> str:
    between = f"between {day_words(first_on)} and {day_words(last_on)}"
    if first_on == last_on:
        between = f"on {day_words(first_on)}"
    phases, only = masks.phases, masks.need.only_operator_name
    return _SENTENCES[lack].format(
        operator=f"not {only}, the only operator the plan asks for," if only else "no operator",
        between=between,
        when=f"until {day_words(until)}" if until else between,
        next=f"; the next list is on {day_words(until)}" if until else "",
        visit=length_words(phases.length * TICK_MINUTES),
        stay=length_words(phases.stay * TICK_MINUTES),
    )
