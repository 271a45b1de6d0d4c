"""A plan's year as one line: where each dose was ideal, may be given, is booked or was given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from django.utils.translation import gettext as _

from desk.axis import Axis, percent
from desk.presenters.reader import Reader
from desk.viewmodels.plan_line import PlanLineView, StripDose, StripMonth
from doseplans.selectors import DoseLine
from doseplans.selectors import Line as PlanLine
from scheduling.models import Appointment

BACK, AHEAD = timedelta(days=56), timedelta(days=365)
"""How far the line reaches: the last doses, and the next year."""


def plan_line(line: PlanLine, visits: Mapping[int, Appointment], reader: Reader) -> PlanLineView | None:
    """The line around today; None where no dose falls on it."""
    axis = Axis(reader.today - BACK, reader.today + AHEAD)
    shown = [dose for dose in line.doses if axis.first_on <= dose.counted_on <= axis.last_on]
    if not shown:
        return None
    return PlanLineView(
        doses=[_dose(dose, visits, axis, reader) for dose in shown],
        months=list(_months(axis)),
        today=percent(axis.middle_of(reader.today)),
    )


def _dose(dose: DoseLine, visits: Mapping[int, Appointment], axis: Axis, reader: Reader) -> StripDose:
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
        ideal=percent(axis.middle_of(dose.ideal_on)),
        mark=percent(axis.middle_of(dose.counted_on)),
        state=state,
        words=said % {"dose": dose.label, "day": reader.day(dose.counted_on), "latest": reader.day(dose.latest_on)},
    )


def _state(dose: DoseLine, *, is_booked: bool, today: date) -> str:
    fits = dose.earliest_on <= dose.counted_on <= dose.latest_on
    if dose.is_given:
        return "given-late" if dose.counted_on > dose.latest_on and dose.sequence > 1 else "given"
    if dose.is_left_out:
        return "omitted"
    if is_booked:
        return "booked" if fits else "booked-outside"
    return "overdue" if dose.latest_on < today else "due"


def _months(axis: Axis) -> list[StripMonth]:
    """The first of each month on the line; every second one is written."""
    months, day = [], axis.first_on.replace(day=1)
    while day <= axis.last_on:
        if day >= axis.first_on:
            has_label = day.month % 2 == 1 and (axis.last_on - day).days > 25
            months.append(StripMonth(percent(axis.start_of(day)), day, has_label=has_label))
        day = (day + timedelta(days=32)).replace(day=1)
    return months
