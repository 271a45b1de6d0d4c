"""A plan's year as one line: where each dose was ideal, may be given, is booked or was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.utils import formats
from django.utils.translation import gettext as _

from desk.axis import Axis, percent
from desk.presenters.reader import Reader
from desk.viewmodels.plan_line import DriftStep, PlanLineView, StripDose, StripMonth
from doseplans.models import ProtocolStep
from doseplans.selectors import DoseLine
from doseplans.selectors import Line as PlanLine
from scheduling.models import Appointment

BACK, AHEAD = timedelta(days=175), timedelta(days=245)
"""How far the line reaches: the last doses as they were given, and the next ones."""

DRIFT_TOP, DRIFT_HEIGHT = 142, 24
"""Where the row of the drift begins, and how high its highest step is; pixels."""

ROOM_FOR_A_MONTH = timedelta(days=20)
"""How far a dose must stand from the one before for its date to be written with the month."""

ROOM_FOR_TODAY = timedelta(days=12)
"""How far after today a month must begin for its name to be written."""


def plan_line(line: PlanLine, visits: Mapping[int, Appointment], reader: Reader) -> PlanLineView | None:
    """The line around today; None where no dose falls on it."""
    axis = Axis(reader.today - BACK, reader.today + AHEAD)
    shown = [dose for dose in line.doses if axis.first_on <= dose.counted_on <= axis.last_on]
    if not shown:
        return None
    doses = [
        _dose(dose, visits, axis, reader, before=before)
        for before, dose in zip([None, *(one.counted_on for one in shown)], shown, strict=False)
    ]
    return PlanLineView(
        doses=doses,
        months=_months(axis, reader.today),
        today=percent(axis.middle_of(reader.today)),
        key=_key({dose.state for dose in doses}),
        drift=_drift([dose for dose in shown if dose.is_given], axis, reader.today),
    )


def _drift(given: Sequence[DoseLine], axis: Axis, today: date) -> list[DriftStep]:
    """The days behind, from each dose given to the next and to today; nothing for a plan that never was."""
    if not given:
        return []
    behind = [max(0, dose.drift or 0) for dose in given]
    most, steps = max(behind), []
    ends = [*(dose.counted_on for dose in given[1:]), today]
    for n, (dose, until) in enumerate(zip(given, ends, strict=True)):
        left, right = axis.middle_of(dose.counted_on), axis.middle_of(until)
        height = round(DRIFT_HEIGHT * behind[n] / most) if most else 0
        has_changed = behind[n] != (behind[n - 1] if n else 0)
        words = _("+%(n)d") % {"n": behind[n]} if has_changed and behind[n] else ""
        steps.append(
            DriftStep(percent(left), percent(max(right - left, 0)), DRIFT_TOP + DRIFT_HEIGHT - height, height, words)
        )
    return steps if most else []


def _key(states: set[str]) -> list[tuple[str, str]]:
    """What each kind of dot means, of those on the line."""
    words = {
        "given": _("given"),
        "given-late": _("given late"),
        "booked": _("booked"),
        "booked-outside": _("booked outside its window"),
        "due": _("due"),
        "overdue": _("overdue"),
        "omitted": _("left out"),
    }
    return [(state, said) for state, said in words.items() if state in states]


def _dose(
    dose: DoseLine, visits: Mapping[int, Appointment], axis: Axis, reader: Reader, *, before: date | None
) -> StripDose:
    is_booked = dose.dose is not None and dose.dose.pk in visits
    state = _state(dose, is_booked=is_booked, today=reader.today)
    left, right = axis.start_of(dose.earliest_on), axis.start_of(dose.latest_on + timedelta(days=1))
    said = {
        "given": _("%(dose)s, given %(day)s"),
        "given-late": _("%(dose)s, given late on %(day)s"),
        "omitted": _("%(dose)s, left out"),
        "booked": _("%(dose)s, booked %(day)s"),
        "booked-outside": _("%(dose)s, booked outside its window %(day)s"),
        "overdue": _("%(dose)s, overdue since %(latest)s"),
        "due": _("%(dose)s, due %(day)s"),
    }[state]
    return StripDose(
        x=percent(left),
        width=percent(max(right - left, 0.6)),
        ideal=percent(axis.middle_of(dose.ideal_on)) if dose.ideal_on >= axis.first_on else "",
        mark=percent(axis.middle_of(dose.counted_on)),
        state=state,
        words=said % {"dose": dose.label, "day": reader.day(dose.counted_on), "latest": reader.day(dose.latest_on)},
        short=_short(dose),
        date=_date(dose.counted_on, before),
        late=max(0, dose.lateness or 0) if dose.is_given or is_booked else 0,
    )


def _short(dose: DoseLine) -> str:
    """L1, M9: as a ward writes it; nothing for a plan of one dose."""
    if dose.dose is None:
        return ""
    letters = {ProtocolStep.Kind.LOADING: _("L%(n)d"), ProtocolStep.Kind.MAINTENANCE: _("M%(n)d")}
    return letters.get(ProtocolStep.Kind(dose.dose.kind), "") % {"n": dose.dose.number_in_kind}


def _date(on: date, before: date | None) -> str:
    """The date below a dose: without its month where the one before stands close.

    >>> _date(date(2026, 12, 9), date(2026, 11, 25)), _date(date(2026, 12, 23), date(2026, 11, 25))
    ('9', '23 Dec')
    """
    is_close = before is not None and on - before < ROOM_FOR_A_MONTH
    return f"{on.day}" if is_close else formats.date_format(on, "j M")


def _state(dose: DoseLine, *, is_booked: bool, today: date) -> str:
    fits = dose.earliest_on <= dose.counted_on <= dose.latest_on
    if dose.is_given:
        return "given-late" if dose.counted_on > dose.latest_on and dose.sequence > 1 else "given"
    if dose.is_left_out:
        return "omitted"
    if is_booked:
        return "booked" if fits else "booked-outside"
    return "overdue" if dose.latest_on < today else "due"


def _months(axis: Axis, today: date) -> list[StripMonth]:
    """The first of each month on the line; `has_label` where it is written even on a narrow screen."""
    months, day = [], axis.first_on.replace(day=1)
    while day <= axis.last_on:
        # A name is written from its line rightwards: clear of the end, and of the flag that says today.
        if day >= axis.first_on and not -ROOM_FOR_A_MONTH < day - today < ROOM_FOR_TODAY:
            has_label = day.month % 2 == 1 and (axis.last_on - day).days > 25
            months.append(StripMonth(percent(axis.start_of(day)), day, has_label=has_label))
        day = (day + timedelta(days=32)).replace(day=1)
    return months
