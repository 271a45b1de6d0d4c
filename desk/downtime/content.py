"""A unit's day in words, as it is worked with a pen: who comes when and where, what for, what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.presenters.handover.tomorrow import amount_words
from desk.presenters.people import namesake_words, telephone_lines
from desk.presenters.reader import Reader
from desk.presenters.visits.readiness import hold_of, waiting_gates
from desk.presenters.visits.steps import Taken
from desk.templatetags.clinic_ui import long_day, nhs_number, short_date
from doseplans.models import Administration
from patients.models import Flag, Patient
from patients.selectors import namesakes_of
from scheduling.models import Appointment
from scheduling.selectors.day_board import DayBoard, day_board
from scheduling.selectors.handover import amounts_of
from scheduling.selectors.notes import notes_of_day
from units.actors import Actor
from units.models import Unit
from units.policy import Act

NO_BREAK = "\N{NO-BREAK SPACE}"
LINES_FOR_OTHERS = 3
"""Empty rows for whoever comes without being on the list."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A moment of the visit to be written down; `known` is its time where it is on record already."""

    label: str
    known: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One visit. Each field is a column of the list, its lines from top to bottom."""

    clock: str
    times: Sequence[str]
    name: str
    identity: Sequence[str]
    alerts: Sequence[str]
    dose: Sequence[str]
    needs: Sequence[str]
    contacts: Sequence[str]
    not_ready: Sequence[str]
    stages: Sequence[Stage]


@dataclass(frozen=True, slots=True)
class DowntimeList:
    """The whole list. `patients` are those named in it, for the record of who looked at whom."""

    unit: str
    day: str
    made: str
    warning: str
    summary: str
    notes: Sequence[str]
    heads: Sequence[str]
    entries: Sequence[Entry]
    blank: Entry
    blanks: int
    nobody: str
    page_words: str
    arrives: str
    patients: Sequence[Patient]


def downtime_list(actor: Actor, *, unit: Unit, on: date, at: datetime) -> DowntimeList:
    """The unit's day as it stands at `at`; a fixed number of queries. Raises: NotAllowed."""
    actor.require(Act.PRINT_DOWNTIME_LIST, unit.pk)
    with timezone.override(unit.zone):
        board = day_board(actor, unit=unit, on=on, at=at)
        notes = [note.text for note in notes_of_day(actor, unit=unit, on=on)]
        return _in_words(board, Reader(actor, unit, at), notes)


def _in_words(board: DayBoard, reader: Reader, notes: Sequence[str]) -> DowntimeList:
    unit = board.unit
    patients = list({visit.patient_id: visit.patient for visit in board.visits}.values())
    prefetch_related_objects(patients, "carers")
    namesakes = namesakes_of(patients)
    amounts = amounts_of(reader.actor, board.visits)
    given = Administration.objects.filter(dose__in=[visit.dose_id for visit in board.visits if visit.dose_id])
    given_at = dict(given.filter(is_entered_in_error=False).values_list("dose_id", "given_at"))
    entries = [
        _entry(
            visit,
            reader,
            alike=namesake_words(namesakes[visit.patient_id]),
            amount=amount_words(amounts.get(visit.pk)),
            given_at=given_at.get(visit.dose_id) if visit.dose_id else None,
            not_ready=_not_ready(visit, board),
        )
        for visit in board.visits
    ]
    n = len(entries)
    return DowntimeList(
        unit=f"{unit.name}, {unit.site_name}" if unit.site_name else unit.name,
        day=f"{long_day(board.on)} {board.on:%Y}",
        made=_("Made on %(day)s at %(clock)s, for downtime")
        % {"day": short_date(reader.today), "clock": reader.clock(reader.at)},
        warning=_("Confidential. Keep it locked away, and destroy it once it has been entered."),
        summary=ngettext("%(n)d visit", "%(n)d visits", n) % {"n": n},
        notes=[*_lists(board, reader), *_closures(board, reader), *notes],
        heads=[
            _("Time and place"),
            _("Patient"),
            _("Dose and needs"),
            _("To ring"),
            _("Not ready"),
            _("True times, by the ward's clock"),
        ],
        entries=entries,
        blank=Entry("", (), "", (), (), (), (), (), (), _stages()),
        blanks=LINES_FOR_OTHERS,
        nobody="" if entries else _("Nobody was booked on this day when the list was made."),
        page_words=_("Page %(page)s of %(pages)s"),
        arrives=_("arrives"),
        patients=patients,
    )


def _entry(
    visit: Appointment, reader: Reader, *, alike: str, amount: str, given_at: datetime | None, not_ready: list[str]
) -> Entry:
    taken, patient = Taken.of(visit), visit.patient
    flags = list(patient.flags.all())
    medicine = visit.dose.plan.protocol.medicine if visit.dose else ""
    return Entry(
        clock=reader.clock(visit.starts_at),
        times=_times(visit, taken, reader),
        name=f"{patient.family_name.upper()}, {patient.given_name}",
        identity=[
            _("born %(on)s") % {"on": short_date(patient.birth_date)},
            _("NHS %(number)s") % {"number": nhs_number(patient.nhs_number)},
            _("Hospital %(number)s") % {"number": patient.hospital_number},
        ],
        alerts=[*([alike] if alike else []), *(flag.text for flag in flags if flag.kind == Flag.Kind.ALERT)],
        dose=[", ".join(part for part in (visit.purpose, amount) if part), *([medicine] if medicine else [])],
        needs=[flag.text for flag in flags if flag.kind == Flag.Kind.NEED],
        contacts=[_whole(line) for line in telephone_lines(patient)],
        not_ready=not_ready,
        stages=_stages(visit, reader, given_at),
    )


def _times(visit: Appointment, taken: Taken, reader: Reader) -> list[str]:
    lines = []
    if visit.admitted_at is not None:
        lines.append(_("Admitted %(when)s") % {"when": reader.moment(visit.admitted_at)})
    for row in (taken.room, taken.place):
        if row is not None:
            span = f"{reader.clock(row.starts_at)}–{reader.clock(row.ends_at)}"
            lines.append(f"{span} {row.resource.name}")
    lines += [row.resource.name for row in (taken.person, taken.assistant, taken.device) if row is not None]
    lines.append(_("leaves %(clock)s") % {"clock": reader.clock(visit.ends_at)})
    if visit.status == Appointment.Status.NOSHOW:
        lines.append(str(visit.get_status_display()))
    return lines


def _whole(line: str) -> str:
    """The number at its end is not broken in two: it is read off while dialling."""
    before, colon, number = line.rpartition(": ")
    return f"{before}{colon}{number.replace(' ', NO_BREAK)}"


def _not_ready(visit: Appointment, board: DayBoard) -> list[str]:
    """The hold, then the gates that are not green, as the pages say them."""
    if not visit.is_live:
        return []
    hold = hold_of(visit)
    held = [_("The plan is on hold: %(why)s") % {"why": hold}] if hold else []
    return [*held, *(state.sentence for state in waiting_gates(visit, board.readiness.get(visit.pk, ())))]


def _stages(
    visit: Appointment | None = None, reader: Reader | None = None, given_at: datetime | None = None
) -> list[Stage]:
    """What the pages ask for afterwards, in the order of the day."""

    def known(at: datetime | None) -> str:
        return reader.clock(at) if at is not None and reader is not None else ""

    return [
        Stage(_("Arrived"), known(visit.arrived_at if visit else None)),
        Stage(_("Started"), known(visit.procedure_started_at if visit else None)),
        Stage(_("Given"), known(given_at)),
        Stage(_("Recovery"), known(visit.recovery_started_at if visit else None)),
        Stage(_("Left"), known(visit.discharged_at if visit else None)),
        Stage(_("Lot")),
        Stage(_("By")),
    ]


def _lists(board: DayBoard, reader: Reader) -> list[str]:
    return [
        _("%(room)s: %(people)s, %(from)s–%(until)s")
        % {
            "room": held.room.name,
            "people": ", ".join(person.name for person in held.operators) or _("nobody named"),
            "from": reader.clock(held.opens_at),
            "until": reader.clock(held.closes_at),
        }
        for held in board.held_lists
    ]


def _closures(board: DayBoard, reader: Reader) -> list[str]:
    return [
        _("Closed: %(what)s, %(from)s to %(until)s. %(why)s").strip()
        % {
            "what": closure.resource.name if closure.resource else board.unit.name,
            "from": reader.moment(closure.starts_at),
            "until": reader.moment(closure.ends_at),
            "why": closure.reason,
        }
        for closure in board.closures
    ]
