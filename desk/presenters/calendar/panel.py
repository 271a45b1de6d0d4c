"""What stands beside the calendar: a visit or a dose, the start asked for it, its price, or why it cannot be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from desk.presenters.booking.slots import (
    Told,
    facts_of,
    length_facts,
)
from desk.presenters.calendar.asked import Beside, Nearest, asked_start, refused_start
from desk.presenters.people import banner, patient_url
from desk.presenters.reader import Reader
from desk.presenters.visits.readiness import gate_lines
from desk.presenters.visits.steps import Taken, badge_of, panel_url, visit_url, where_of
from desk.viewmodels import Action, Refusal
from desk.viewmodels.calendar import CalendarPanel, RefusedStart, StartForm
from doseplans.models import Dose
from scheduling.models import Appointment, Resource
from scheduling.selectors.errands import Errand
from scheduling.selectors.readiness import Readiness
from scheduling.services.visits.weighing import Weighed
from units.policy import Act


def visit_beside(visit: Appointment, readiness: Readiness, beside: Beside, reader: Reader) -> CalendarPanel:
    """A visit opened beside the calendar: what it is, what is missing, and the form that asks for another time."""
    taken = Taken.of(visit)
    procedure_at = taken.room.starts_at if taken.room else visit.starts_at
    can_move = visit.status == Appointment.Status.BOOKED and reader.may(Act.BOOK)
    can_move = can_move and (visit.dose is not None or visit.visit_kind is not None)
    url = reverse("desk:calendar_ask_visit", args=[beside.on, visit.public_id])
    foot = [
        Action(_("Open the visit"), visit_url(visit), icon="arrow-right"),
        Action(_("Day board"), panel_url(visit, reader), icon="calendar-days"),
    ]
    if can_move:
        best = Action(_("Best slots"), reverse("desk:move", args=[visit.public_id]), icon="search")
        cancel = Action(_("Cancel…"), reverse("desk:cancel", args=[visit.public_id]), kind="danger", icon="calendar-x")
        foot = [foot[0], best, cancel]
    return CalendarPanel(
        key=str(visit.public_id),
        banner=banner(visit.patient, visit.patient.flags.all()),
        title=visit.purpose,
        detail=where_of(visit, taken, reader),
        close_url=beside.close_url,
        badge=badge_of(visit, taken, reader),
        lines=gate_lines(readiness, visit.patient),
        form=_form(url, procedure_at, taken.room.resource if taken.room else None, beside, reader, visit.version)
        if can_move
        else None,
        foot=foot,
    )


def dose_beside(
    dose: Dose, errand: Errand, beside: Beside, reader: Reader, *, refusal: Refusal | None
) -> CalendarPanel:
    """A dose without a visit opened beside the calendar; `refusal` is what no day would mend."""
    url = reverse("desk:calendar_ask_dose", args=[beside.on, dose.public_id])
    at = reader.unit.local(reader.at).replace(hour=9, minute=0, second=0, microsecond=0)
    foot = [Action(_("Best slots"), reverse("desk:slots", args=[dose.public_id]), icon="search")]
    foot.append(Action(_("Patient"), patient_url(dose.plan.patient), icon="arrow-right"))
    return CalendarPanel(
        key=str(dose.public_id),
        banner=banner(dose.plan.patient, dose.plan.patient.flags.all()),
        title=str(dose),
        detail=dose.plan.protocol.name,
        close_url=beside.close_url,
        facts=[*facts_of(dose, reader), *length_facts(errand)],
        refused=RefusedStart(refusal) if refusal is not None else None,
        form=_form(url, at, None, beside, reader, None) if refusal is None and reader.may(Act.BOOK) else None,
        foot=foot,
    )


def _form(
    url: str, at: datetime, room: Resource | None, beside: Beside, reader: Reader, version: int | None
) -> StartForm:
    return StartForm(
        url=url,
        on=beside.on if version is None else reader.unit.local_date(at),
        clock=reader.clock(at),
        rooms=[(str(one.public_id), one.name) for one in beside.rooms],
        room=str(room.public_id) if room else "",
        version=version,
    )


@dataclass(frozen=True)
class Answer:
    """What was said to a start, who would be told, the nearest that works, and the reason written so far."""

    weighed: Weighed
    told: Told
    nearest: Nearest
    reason: str = ""


def with_answer(panel: CalendarPanel, answer: Answer, beside: Beside, reader: Reader) -> CalendarPanel:
    """The panel with what was said to the start: the press that takes it, or why not and the nearest that works."""
    weighed, form = answer.weighed, panel.form
    if form is not None and weighed.room is not None:
        on = reader.unit.local_date(weighed.start.procedure_at)
        clock, room = reader.clock(weighed.start.procedure_at), str(weighed.room.public_id)
        form = replace(form, on=on, clock=clock, room=room)
    if weighed.refusal is not None:
        return replace(panel, form=form, refused=refused_start(weighed, panel, answer.nearest, reader))
    return replace(panel, form=form, asked=asked_start(weighed, answer.told, beside, reader, reason=answer.reason))
