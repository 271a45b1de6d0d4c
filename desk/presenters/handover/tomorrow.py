"""The coming day as whoever gets it ready needs it: patients in order of time, needs, medicines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.presenters.notes import notes_box
from desk.presenters.people import FLAG_ICONS, flag_lines, name_of
from desk.presenters.reader import Reader
from desk.presenters.visits.readiness import gate_lines, hold_of, waiting_gates
from desk.presenters.visits.records import visit_badge
from desk.presenters.visits.steps import Taken, answer_line, visit_url
from desk.templatetags.clinic_ui import long_day
from desk.viewmodels import Action, Empty, Line
from desk.viewmodels.handover import MedicineRow, ToArrange, TomorrowPage, TomorrowRow
from doseplans.readiness import reds
from patients.models import Flag
from scheduling.models import Appointment
from scheduling.selectors.day_board import DayBoard
from scheduling.selectors.handover import GoneVisit
from units.policy import Act

Amounts = Mapping[int, tuple[Decimal, str]]


@dataclass(frozen=True)
class DayRead:
    """What was read about the day, each with its own selector."""

    board: DayBoard
    amounts: Amounts
    gone: Sequence[GoneVisit] = ()


def tomorrow_page(read: DayRead, reader: Reader) -> TomorrowPage:
    """The whole page."""
    board = read.board
    coming = [visit for visit in board.visits if visit.is_live]
    rows = [_row(visit, read, reader) for visit in board.visits]
    return TomorrowPage(
        day=board.on,
        today=reader.today,
        previous_url=_url(board.on - timedelta(days=1)),
        next_url=_url(board.on + timedelta(days=1)),
        day_url=reverse("desk:day", args=[board.on]),
        summary=_summary(rows, coming),
        rows=rows,
        arrange=to_arrange(coming),
        medicines=medicine_rows(read, reader),
        notes=notes_box(board.notes, reader, url=reverse("desk:day_notes", args=[board.on]), back="tomorrow"),
        empty=None if rows else _empty(board.on, reader),
    )


def _url(on: date) -> str:
    return reverse("desk:tomorrow_day", args=[on])


def _summary(rows: Sequence[TomorrowRow], coming: Sequence[Appointment]) -> str:
    patients = ngettext("%(n)d patient", "%(n)d patients", len(coming)) % {"n": len(coming)}
    unready = sum(1 for row in rows if row.waiting)
    if not unready:
        return patients
    return _("%(patients)s, %(n)d not ready") % {"patients": patients, "n": unready}


def _empty(on: date, reader: Reader) -> Empty:
    action = None
    if reader.may(Act.BOOK):
        action = Action(_("See the doses to book"), reverse("desk:doses"), icon="calendar-plus")
    return Empty(_("Nobody is booked on %(day)s.") % {"day": long_day(on)}, action)


def _row(visit: Appointment, read: DayRead, reader: Reader) -> TomorrowRow:
    taken, patient = Taken.of(visit), visit.patient
    is_coming = visit.status == Appointment.Status.BOOKED
    needs = sorted(patient.flags.all(), key=lambda flag: flag.code == Flag.Code.OTHER)
    return TomorrowRow(
        name=name_of(patient),
        url=visit_url(visit),
        birth_date=patient.birth_date,
        hospital_number=patient.hospital_number,
        arrives_at=visit.arrives_at,
        in_room=f"{reader.clock(taken.room.starts_at)}–{reader.clock(taken.room.ends_at)}" if taken.room else "",
        room=taken.room.resource.name if taken.room else "",
        operator=taken.person.resource.name if taken.person else "",
        place=taken.place.resource.name if taken.place else "",
        dose=visit.purpose,
        amount=amount_words(read.amounts.get(visit.pk)),
        answer=answer_line(visit.participant_status) or Line(_("No answer yet")),
        alerts=flag_lines(needs, Flag.Kind.ALERT),
        needs=flag_lines(needs, Flag.Kind.NEED),
        waiting=_waiting(visit, read.board) if visit.is_live else (),
        badge=None if is_coming else visit_badge(visit, reader),
        is_admitted=visit.admitted_at is not None,
    )


def _waiting(visit: Appointment, board: DayBoard) -> list[Line]:
    """The hold and the gates that are not green, each with the place where it is mended."""
    lines = []
    if hold := hold_of(visit):
        words = _("The plan is on hold: %(why)s") % {"why": hold}
        lines.append(Line(words, "stop", "circle-pause", url=visit_url(visit), link=_("Keep or release the visit")))
    return [*lines, *gate_lines(waiting_gates(visit, board.readiness.get(visit.pk, ())), visit.patient)]


def amount_words(amount: tuple[Decimal, str] | None) -> str:
    """100 mg, without noughts that say nothing.

    >>> amount_words((Decimal("100.00"), "mg")), amount_words((Decimal("2.50"), "mg")), amount_words(None)
    ('100 mg', '2.5 mg', '')
    """
    if amount is None:
        return ""
    number, unit = amount
    return f"{number.normalize():f} {unit}".strip()


# --- needs -----------------------------------------------------------------------------------------------------------
TOLD_ELSEWHERE = frozenset({Flag.Code.OTHER, Flag.Code.ALLERGY, Flag.Code.ANTITHROMBOTIC, Flag.Code.LARGE_PRINT})
"""Not to be arranged for the day: alerts, and how letters are written."""


def to_arrange(visits: Iterable[Appointment]) -> list[ToArrange]:
    """Each kind of need once, with who has it."""
    found: dict[str, list[str]] = {}
    for visit in visits:
        for flag in visit.patient.flags.all():
            if flag.kind == Flag.Kind.NEED and flag.code not in TOLD_ELSEWHERE:
                code = Flag.Code(flag.code)
                said = "" if flag.text == str(code.label) else f" ({flag.text})"
                found.setdefault(code, []).append(f"{name_of(visit.patient)}{said}")
    return [ToArrange(str(Flag.Code(code).label), FLAG_ICONS.get(code, "accessibility"), found[code]) for code in found]


# --- medicines -------------------------------------------------------------------------------------------------------
def medicine_rows(read: DayRead, reader: Reader) -> list[MedicineRow]:
    """Doses of each strength, the largest number first: for whom, which are not ready, and what came free."""
    asked: dict[tuple[str, str], list[Appointment]] = {}
    order: dict[tuple[str, str], str] = {}
    for visit in read.board.visits:
        if visit.dose is not None and visit.is_live:
            key = _medicine_of(visit, read.amounts)
            asked.setdefault(key, []).append(visit)
            order[key] = _order_words(visit, reader)
    free: dict[tuple[str, str], list[str]] = {}
    for gone in read.gone:
        free.setdefault(_medicine_of(gone.visit, read.amounts), []).append(_gone_words(gone, reader))
    missed = [visit for visit in read.board.visits if visit.dose and visit.status == Appointment.Status.NOSHOW]
    for visit in missed:
        words = _("%(name)s, did not attend") % {"name": name_of(visit.patient)}
        free.setdefault(_medicine_of(visit, read.amounts), []).append(words)
    keys = sorted({*asked, *free}, key=lambda key: (-len(asked.get(key, ())), key))
    return [
        MedicineRow(
            medicine=key[0],
            amount=key[1],
            number=len(asked.get(key, ())),
            names=[name_of(visit.patient) for visit in asked.get(key, ())],
            unready=[name_of(visit.patient) for visit in asked.get(key, ()) if _is_stopped(visit, read.board)],
            gone=free.get(key, []),
            order=order.get(key, ""),
        )
        for key in keys
    ]


def _medicine_of(visit: Appointment, amounts: Amounts) -> tuple[str, str]:
    if visit.dose is None:
        raise ValueError("only a visit for a dose has a medicine")
    protocol = visit.dose.plan.protocol
    return protocol.medicine or protocol.name, amount_words(amounts.get(visit.pk))


def _is_stopped(visit: Appointment, board: DayBoard) -> bool:
    """Whether the procedure could not start as things stand: a hold or a red gate."""
    return bool(hold_of(visit) or reds(board.readiness.get(visit.pk, ())))


def _order_words(visit: Appointment, reader: Reader) -> str:
    """By when the protocol wants it ordered; empty where it says nothing."""
    ordered_by = visit.dose.plan.protocol.ordered_by if visit.dose else None
    if ordered_by is None:
        return ""
    before = reader.unit.local_date(visit.starts_at) - timedelta(days=1)
    return _("Order by %(clock)s on %(day)s") % {"clock": f"{ordered_by:%H:%M}", "day": reader.day(before)}


def _gone_words(gone: GoneVisit, reader: Reader) -> str:
    words = _("%(name)s, moved to %(to)s on %(when)s") if gone.is_moved else _("%(name)s, cancelled %(when)s")
    to = reader.day(gone.visit.starts_at)
    return words % {"name": name_of(gone.visit.patient), "to": to, "when": reader.moment(gone.at)}
