"""A series as its page shows it before it is booked."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.presenters.booking.slots import TONES, Told, assistant_lines, drift_words, told_lines
from desk.presenters.people import banner, name_of, patient_url
from desk.presenters.reader import Reader
from desk.viewmodels import Line, MenuLink
from desk.viewmodels.series import SeriesPage, SeriesRow, SeriesSlot
from doseplans.models import Dose
from scheduling.engine.ranking import RankedSlot, Reason, Tone
from scheduling.models import Resource
from scheduling.services.planning.series import MOST, Series, SeriesLine
from scheduling.services.visits.gates import needs_reason


def series_page(
    series: Series, dose: Dose, reader: Reader, told: Told, *, count: int, changed: UUID | None = None
) -> SeriesPage:
    """Each dose with its slot; `changed` is the dose whose slot somebody has just chosen."""
    patient = series.errand.patient
    rows = [_row(line, series, reader, is_open=line.dose.public_id == changed) for line in series.lines]
    placed = len(series.placed)
    return SeriesPage(
        banner=banner(patient, patient.flags.all()),
        title=_("Book a series"),
        summary=_summary(series, reader),
        back=MenuLink(name_of(patient), patient_url(patient)),
        url=reverse("desk:series", args=[dose.public_id]),
        count=count,
        counts=range(1, MOST + 1),
        rows=rows,
        effects=_effects(told, placed),
        submit=_submit(placed, len(series.lines)),
    )


def _summary(series: Series, reader: Reader) -> str:
    slots = [line.slot for line in series.placed if line.slot is not None]
    if not slots:
        return _("No slot was found")
    values = {"first": reader.day(slots[0].slot.on), "last": reader.day(slots[-1].slot.on)}
    words = _("%(first)s to %(last)s") % values if len(slots) > 1 else values["first"]
    return f"{words}, {drift_words(slots[0].drift_before, slots[-1].drift_after)}"


def _submit(placed: int, shown: int) -> str:
    if not placed:
        return ""
    if placed < shown:
        words = ngettext("Book the %(n)d before it", "Book the %(n)d before it", placed)
    else:
        words = ngettext("Book %(n)d visit", "Book %(n)d visits", placed)
    return words % {"n": placed}


def _effects(told: Told, placed: int) -> list[Line]:
    if not placed:
        return []
    all_or_none = _("All of them are booked, or none. Nothing is kept for you while you look.")
    words = _("Each visit has an invite of its own.")
    return [Line(all_or_none, icon="info"), *told_lines(told), Line(words, icon="calendar-plus")]


def _row(line: SeriesLine, series: Series, reader: Reader, *, is_open: bool) -> SeriesRow:
    dose = line.dose
    return SeriesRow(
        key=str(dose.public_id),
        dose=str(dose),
        target=reader.day(dose.target_on),
        window=f"{reader.day(dose.earliest_on)} – {reader.day(dose.latest_on)}",
        slot=_slot(dose, line.slot, series, reader) if line.slot else None,
        others=[_slot(dose, one, series, reader) for one in _others(line, reader)],
        problem=line.problem,
        note=line.note,
        is_open=is_open,
    )


def _others(line: SeriesLine, reader: Reader) -> list[RankedSlot]:
    """The slots that the dose could have instead without a doctor's reason."""
    if line.slot is None:
        return []
    return [
        one
        for one in line.found.proposals
        if one.slot.procedure != line.slot.slot.procedure
        and not needs_reason(line.dose, on=one.slot.on, today=reader.today)
    ]


def _slot(dose: Dose, one: RankedSlot, series: Series, reader: Reader) -> SeriesSlot:
    slot, named = one.slot, series.resources
    room, operator = named[slot.room_id], named[slot.operator_id]
    return SeriesSlot(
        value=f"{dose.public_id}|{slot.arrive_at.isoformat()}|{room.public_id}|{operator.public_id}",
        when=reader.moment(slot.arrive_at),
        where=f"{room.name}, {operator.name}",
        cost=one.lateness,
        cost_detail=drift_words(one.drift_before, one.drift_after),
        reasons=[
            *(_reason(reason) for reason in one.reasons),
            *assistant_lines(
                series.errand,
                assistant=_name(named, slot.assistant_id),
                device=_name(named, slot.imaging_id),
            ),
        ],
    )


def _reason(reason: Reason) -> Line:
    """Nothing is shown here that would need a doctor: what lies after the window is overdue already."""
    if reason.tone is Tone.STOP:
        return Line(_("After the window: as soon as possible"), "warn", "triangle-alert")
    return Line(reason.words, *TONES[reason.tone])


def _name(named: Mapping[int, Resource], key: int | None) -> str:
    return "" if key is None else named[key].name
