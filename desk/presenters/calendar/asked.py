"""A start that was asked for: its price and the press that takes it, or why it cannot be and what could."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.looks import Tone
from desk.presenters.booking.slots import (
    TONES,
    Told,
    drift_words,
    in_words,
    told_lines,
    wish_fields,
)
from desk.presenters.reader import Reader
from desk.refusals import refusal_of, title_of
from desk.viewmodels import Action, Line
from desk.viewmodels.calendar import AskedStart, CalendarPanel, RefusedStart, StartForm
from scheduling.engine import ranking
from scheduling.engine.ranking import lateness_words
from scheduling.engine.visit import Slot
from scheduling.models import Resource
from scheduling.services.visits.gates import WHATEVER_THE_DAY
from scheduling.services.visits.weighing import Step, Weighed

UNTOLD = frozenset({"no_gap", "on_target", "inside_window", "first_free_day", "before_window", "after_window"})
"""Reasons of a ranking that say nothing here: the window is among the checks, gaps were not looked at."""


@dataclass(frozen=True)
class Beside:
    """Which calendar the panel stands beside, and the rooms its form offers."""

    on: date
    rooms: Sequence[Resource]
    is_week: bool = False

    @property
    def close_url(self) -> str:
        return reverse("desk:calendar_week" if self.is_week else "desk:calendar_day", args=[self.on])

    @property
    def back(self) -> str:
        return "week" if self.is_week else "calendar"


@dataclass(frozen=True)
class Nearest:
    """The nearest start that works, with its room; None where there is none, or none was looked for."""

    slot: Slot | None = None
    room: Resource | None = None


def asked_start(weighed: Weighed, told: Told, beside: Beside, reader: Reader, *, reason: str = "") -> AskedStart:
    """A free start with its price. The button says what pressing it does."""
    room, operator, moving = weighed.room, weighed.operator, weighed.moving
    if room is None or operator is None:
        raise ValueError("a free start has a room and an operator")
    on = reader.unit.local_date(weighed.start.procedure_at)
    is_shown = on == beside.on and not beside.is_week
    said = reader.clock if is_shown else reader.moment  # the day where the page does not say it
    clock = said(weighed.start.procedure_at)
    fields = (*wish_fields(weighed.arrives_at, room, operator), ("back", beside.back))
    if moving is not None:
        url, label = reverse("desk:move", args=[moving.public_id]), _("Move to %(clock)s")
        fields = (*fields, ("version", str(moving.version)))
    else:
        dose = weighed.errand.dose
        url, label = reverse("desk:book", args=[dose.public_id]) if dose else "", _("Book %(clock)s")
    choice, dose = weighed.choice, weighed.errand.dose
    return AskedStart(
        title=_("%(moment)s in %(room)s") % {"moment": reader.moment(weighed.start.procedure_at), "room": room.name},
        where=_("Arrives %(arrives)s, home %(home)s, %(operator)s")
        % {
            "arrives": reader.clock(weighed.arrives_at),
            "home": reader.clock(weighed.leaves_at),
            "operator": operator.name,
        },
        confirm=Action(label % {"clock": clock}, url, "post", "primary", panel=True, fields=fields),
        checks=[*check_lines(weighed, reader), *_reasons(weighed)],
        told=_told(weighed, told),
        cost=choice.lateness if choice and dose else "",
        cost_detail=drift_words(choice.drift_before, choice.drift_after) if choice and dose else "",
        reason_label=_("Your reason to leave the dose's limits") if weighed.needs_reason else "",
        reason=reason,
        starts=_wall(weighed.start.procedure_at, reader),
        ends=_wall(weighed.procedure_ends_at, reader),
        room=str(room.public_id),
    )


def _told(weighed: Weighed, told: Told) -> list[Line]:
    """Who is told of it; of a move that changes no time, nobody."""
    moving = weighed.moving
    if moving is None:
        return list(told_lines(told))
    if (moving.starts_at, moving.ends_at) == (weighed.arrives_at, weighed.leaves_at):
        return [Line(_("The patient's times stay the same, so nobody is told."), icon="mail")]
    names = [person.name for person in told.people if person.address]
    words = _("The new time goes to %(names)s, %(n)d s after moving.") % {"names": in_words(names), "n": told.seconds}
    lines = (
        [Line(words, icon="mail")] if names else [Line(_("Nobody can be e-mailed: ring, or write."), "warn", "mail-x")]
    )
    return lines + [
        Line(f"{person.name}: {person.why_not}", "warn", "mail-x") for person in told.people if person.why_not
    ]


def _reasons(weighed: Weighed) -> list[Line]:
    """What the search would have said of such a slot: the usual person, the patient's wishes, the doses after it."""
    if weighed.choice is None or weighed.errand.dose is None:
        return []
    kept = (one for one in weighed.choice.reasons if one.code not in UNTOLD and one.tone is not ranking.Tone.STOP)
    return [Line(one.words, *TONES[one.tone]) for one in kept]


def check_lines(weighed: Weighed, reader: Reader) -> list[Line]:
    """What was asked, each with its answer: ticks and crosses."""
    lines = [*_plan_lines(weighed, reader)]
    for step, words in (
        (Step.STATE, ""),
        (Step.TIME, _("Time of day")),
        (Step.ROOM, _room_words(weighed)),
        (Step.PATIENT, _("Patient free")),
        (Step.RECOVERY, _recovery_words(weighed, reader)),
    ):
        if step in weighed.refusals:
            crossed = str(title_of(weighed.refusals[step])) if step in {Step.STATE, Step.PATIENT} else words
            lines.append(Line(crossed, "stop", "x"))
        elif words and step is not Step.TIME and _was_asked(step, weighed):
            lines.append(Line(words, "ok", "check"))
    return lines


def _was_asked(step: Step, weighed: Weighed) -> bool:
    """Recovery is asked once there is a room and an operator."""
    return step is not Step.RECOVERY or not weighed.refusals.keys() & {Step.ROOM, Step.TIME}


def _plan_lines(weighed: Weighed, reader: Reader) -> list[Line]:
    """The window, and the days since the dose before: whichever the plan was asked."""
    dose, refusal = weighed.errand.dose, weighed.refusals.get(Step.DOSE)
    if dose is None:
        return []
    on = reader.unit.local_date(weighed.start.procedure_at)
    code = refusal.code if refusal else ""
    if refusal is not None and code in WHATEVER_THE_DAY:
        return [Line(str(title_of(refusal)), "stop", "x")]
    is_inside = dose.earliest_on <= on <= dose.latest_on
    lateness = lateness_words((on - dose.target_on).days).lower()
    if weighed.needs_reason or code == "outside_window":
        words = _("In window, %(late)s") if is_inside else _("Outside the window")
        lines = [
            Line(words % {"late": lateness} if is_inside else words, *_mark(ok=is_inside, soft=weighed.needs_reason))
        ]
    elif is_inside:
        lines = [Line(_("In window, %(late)s") % {"late": lateness}, "ok", "check")]
    else:
        lines = [Line(_("Window closed: as soon as possible"), "warn", "triangle-alert")] if not code else []
    if weighed.previous is not None:
        days = (on - weighed.previous[1]).days
        words = ngettext("%(n)d day since %(dose)s", "%(n)d days since %(dose)s", days)
        before = dose.plan.rule.label(weighed.previous[0]).lower()
        lines.append(Line(words % {"n": days, "dose": before}, *_mark(ok=code != "dose_too_early")))
    if code == "neighbour_too_close":
        lines.append(Line(_("Next visit too close"), "stop", "x"))
    return lines


def _mark(*, ok: bool, soft: bool = False) -> tuple[Tone, str]:
    if ok:
        return "ok", "check"
    return ("warn", "triangle-alert") if soft else ("stop", "x")


def _room_words(weighed: Weighed) -> str:
    names = [one.name for one in (weighed.room, weighed.operator) if one is not None]
    return in_words(names)


def _recovery_words(weighed: Weighed, reader: Reader) -> str:
    if weighed.stay_ends_at is None:
        return ""
    first, last = weighed.procedure_ends_at, weighed.stay_ends_at
    if weighed.full is not None:
        first, last = weighed.full.starts_at, weighed.full.ends_at
    return _("Recovery %(first)s–%(last)s") % {"first": reader.clock(first), "last": reader.clock(last)}


def refused_start(weighed: Weighed, panel: CalendarPanel, nearest: Nearest, reader: Reader) -> RefusedStart:
    """The cause in words, what was checked, and the nearest start that works."""
    error = weighed.refusal
    if error is None:
        raise ValueError("a free start is not refused")
    refusal = refusal_of(error, checks=tuple(check_lines(weighed, reader)))
    # Beside the calendar no list of slots is shown; the nearest start stands below.
    refusal = replace(refusal, sentence=error.sentence.removesuffix(" Choose one of the slots shown."))
    if weighed.full is not None and error is weighed.refusals.get(Step.RECOVERY):
        refusal = replace(refusal, title=_("Cannot go here: recovery is full"), sentence=_full_words(weighed, reader))
    slot, room = nearest.slot, nearest.room
    if slot is not None and room is not None and panel.form is not None:
        refusal = replace(refusal, nearest=_nearest_action(slot, room, panel.form, weighed, reader))
    full = weighed.full
    return RefusedStart(
        refusal,
        nearest_start=_wall(slot.procedure_at, reader) if slot else "",
        nearest_room=str(room.public_id) if room else "",
        full_from=_wall(full.starts_at, reader) if full else "",
        full_until=_wall(full.ends_at, reader) if full else "",
    )


def _nearest_action(slot: Slot, room: Resource, form: StartForm, weighed: Weighed, reader: Reader) -> Action:
    """Asks for the nearest start in turn; it is a question still, so a plain link."""
    clock = reader.clock(slot.procedure_at)
    words = _("Nearest that works: %(room)s at %(clock)s")
    if slot.on != reader.unit.local_date(weighed.start.procedure_at):
        words = _("Nearest that works: %(day)s, %(room)s at %(clock)s")
    query = urlencode(
        {
            "on": slot.on.isoformat(),
            "clock": clock,
            "room": str(room.public_id),
            **({"version": form.version} if form.version is not None else {}),
        }
    )
    label = words % {"room": room.name, "clock": clock, "day": reader.day(slot.on)}
    return Action(label, f"{form.url}?{query}", icon="corner-down-right", panel=True)


def _full_words(weighed: Weighed, reader: Reader) -> str:
    full = weighed.full
    if full is None:
        return ""
    taken = ngettext("%(n)d place is taken", "%(n)d places are taken", full.taken) % {"n": full.taken}
    closed = ngettext("%(n)d place is out of use", "%(n)d places are out of use", full.closed) % {"n": full.closed}
    what = f"{in_words([words for words, n in ((taken, full.taken), (closed, full.closed)) if n])}."
    said = {"first": reader.clock(full.starts_at), "last": reader.clock(full.ends_at), "what": what}
    return _("The room is free, recovery is not: from %(first)s to %(last)s, %(what)s") % said


def _wall(instant: datetime, reader: Reader) -> str:
    return f"{reader.unit.local(instant):%Y-%m-%dT%H:%M}"
