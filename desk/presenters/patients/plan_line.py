"""A plan's year as one line: where each dose was ideal, may be given, is booked or was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.utils import formats
from django.utils.translation import gettext as _

from desk.axis import Axis, percent
from desk.presenters.reader import Reader
from desk.templatetags.clinic_ui import signed
from desk.viewmodels.plan_line import DriftStep, PlanLineView, StripDose, StripMonth
from doseplans.models import ProtocolStep
from doseplans.selectors import DoseLine
from doseplans.selectors import Line as PlanLine
from scheduling.models import Appointment

BACK, LENGTH = timedelta(weeks=23), timedelta(weeks=46)
"""How far back the line begins, and what it spans: the last doses as they were given, and the next ones."""

BEFORE_THE_FIRST = timedelta(weeks=2)
"""How far before its first dose the line of a young plan begins, to show more of what is to come."""

DRIFT_BASE, DRIFT_HEIGHT = 214, 32
"""Where the row of the drift ends, and how high its highest step is; pixels."""

ROOM_FOR_A_MONTH = timedelta(days=20)
"""How far a dose must stand from the one before for its date to be written with the month."""

ROOM_BEFORE_TODAY, ROOM_AFTER_TODAY = timedelta(days=28), timedelta(days=12)
"""How far from today a month must begin for its name to be written."""


def plan_line(line: PlanLine, visits: Mapping[int, Appointment], reader: Reader) -> PlanLineView | None:
    """The line around today; None where no dose falls on it."""
    axis = _axis(line, reader.today)
    shown = [dose for dose in line.doses if axis.first_on <= dose.counted_on <= axis.last_on]
    if not shown:
        return None
    doses = [
        _dose(dose, visits, axis, reader, before=before)
        for before, dose in zip([None, *(one.counted_on for one in shown)], shown, strict=False)
    ]
    begins = axis.middle_of(line.doses[0].counted_on)
    return PlanLineView(
        doses=doses,
        months=_months(axis, reader.today),
        begins=percent(begins),
        today=percent(axis.middle_of(reader.today)),
        has_begun=line.doses[0].counted_on < reader.today,
        key=_key({dose.state for dose in doses}),
        drift=_drift(shown, visits, axis, reader.today),
    )


def _axis(line: PlanLine, today: date) -> Axis:
    first_on = today - BACK
    if line.doses:
        first_on = max(first_on, min(line.doses[0].counted_on, today) - BEFORE_THE_FIRST)
    return Axis(first_on, first_on + LENGTH)


def _drift(shown: Sequence[DoseLine], visits: Mapping[int, Appointment], axis: Axis, today: date) -> list[DriftStep]:
    """The days behind, from each dose given to the next and to today; beyond, what they would be as booked.

    Nothing for a plan that never was behind and is not going to be.
    """
    given = [(dose.counted_on, max(0, dose.drift)) for dose in shown if dose.is_given]
    if not given:
        return []
    to_come = (dose for dose in shown if _is_booked(dose, visits) and not dose.is_given and dose.counted_on >= today)
    planned = [(today, given[-1][1]), *((dose.counted_on, max(0, dose.drift)) for dose in to_come)]
    points = [*given, *planned]
    most = max(behind for _on, behind in points)
    befores = [0, *(behind for _on, behind in points)]
    ends = [*(on for on, _behind in points[1:]), axis.last_on]
    return [
        _step(on, until, behind, before, most, axis, is_planned=n >= len(given))
        for n, ((on, behind), before, until) in enumerate(zip(points, befores, ends, strict=False))
        if most
    ]


def _step(on: date, until: date, behind: int, before: int, most: int, axis: Axis, *, is_planned: bool) -> DriftStep:
    left, right = axis.middle_of(on), axis.middle_of(until)
    height = round(DRIFT_HEIGHT * behind / most)
    words = _("%(days)s if given on %(day)s") if is_planned else "%(days)s"
    return DriftStep(
        x=percent(left),
        width=percent(max(right - left, 0)),
        end=percent(max(left, right)),
        y=DRIFT_BASE - height,
        height=height,
        before=DRIFT_BASE - round(DRIFT_HEIGHT * before / most),
        words=words % {"days": signed(behind), "day": _day_and_month(on)} if behind != before else "",
        is_planned=is_planned,
    )


def _is_booked(dose: DoseLine, visits: Mapping[int, Appointment]) -> bool:
    return dose.dose is not None and dose.dose.pk in visits


def _key(states: set[str]) -> list[tuple[str, str]]:
    """What each kind of dot means, of those on the line."""
    words = {
        "given": _("given"),
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
    is_booked = _is_booked(dose, visits)
    state = _state(dose, is_booked=is_booked, today=reader.today)
    left, right = axis.start_of(dose.earliest_on), axis.start_of(dose.latest_on + timedelta(days=1))
    said = {
        "given": _("%(dose)s, given %(day)s"),
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
        late=dose.lateness if dose.is_given or is_booked else None,
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
    return f"{on.day}" if is_close else _day_and_month(on)


def _day_and_month(on: date) -> str:
    return formats.date_format(on, "j M")


def _state(dose: DoseLine, *, is_booked: bool, today: date) -> str:
    fits = dose.earliest_on <= dose.counted_on <= dose.latest_on
    if dose.is_given:
        return "given"
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
        is_clear = (axis.last_on - day) > ROOM_FOR_A_MONTH
        if day >= axis.first_on and is_clear and not -ROOM_BEFORE_TODAY < day - today < ROOM_AFTER_TODAY:
            has_label = day.month % 2 == 1
            months.append(StripMonth(percent(axis.start_of(day)), day, has_label=has_label))
        day = (day + timedelta(days=32)).replace(day=1)
    return months
