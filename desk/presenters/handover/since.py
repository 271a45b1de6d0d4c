"""What changed in the unit since the reader left: by patient, the latest first, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from desk.presenters.people import name_of, patient_url
from desk.presenters.reader import Reader
from desk.presenters.visits.records import event_rows
from desk.presenters.visits.steps import visit_url
from desk.viewmodels import Action, Choice, Empty
from desk.viewmodels.handover import SinceGroup, SincePage, SinceRow
from patients.models import Patient
from scheduling.engine.ticks import wall_clock
from scheduling.models import Note
from scheduling.selectors.handover import MOST, Changes, ClosureChange, HoldChange

SHIFT_BEGAN = time(7, 30)
DAY_ENDED = time(17, 0)
"""Times offered beside the reader's own mark; any other can be typed. Local policy."""

FURTHEST = timedelta(days=31)


@dataclass(frozen=True)
class Since:
    """From when on it is looked. `key` names one of the choices; empty for a time that was typed."""

    at: datetime
    key: str = ""
    problem: str = ""


def choices_of(reader: Reader, read_until: datetime | None) -> dict[str, tuple[str, datetime]]:
    """The times to choose among, by key, with their words; the reader's own mark first, as it is the likely one."""
    found: dict[str, tuple[str, datetime]] = {}
    if read_until is not None and read_until >= reader.at - FURTHEST:
        found["read"] = _("I last read it, %(when)s") % {"when": _when(read_until, reader)}, read_until
    shift = wall_clock(reader.today, SHIFT_BEGAN, reader.unit.zone)
    if shift < reader.at:
        found["shift"] = _("%(clock)s today") % {"clock": reader.clock(shift)}, shift
    ended = wall_clock(reader.today - timedelta(days=1), DAY_ENDED, reader.unit.zone)
    found["evening"] = _("%(clock)s yesterday") % {"clock": reader.clock(ended)}, ended
    found["day"] = _("24 hours ago"), reader.at - timedelta(days=1)
    return found


def since_asked(asked: str, reader: Reader, read_until: datetime | None) -> Since:
    """From when on the reader wants to know: a choice's key, a time by the unit's clock, or what is likely."""
    choices = choices_of(reader, read_until)
    key = next(iter(choices))
    if asked in choices:
        key = asked
    elif asked and asked not in {"read", "shift"}:
        typed = _typed(asked, reader)
        if typed is not None:
            return typed
        return Since(choices[key][1], key, _("Write a day and a time, such as 24/11/2026 07:30."))
    return Since(choices[key][1], key)


def _typed(text: str, reader: Reader) -> Since | None:
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return None
    if local.tzinfo is not None or not 2000 <= local.year < 2100:
        return None
    at = wall_clock(local.date(), local.time(), reader.unit.zone)
    if at > reader.at:
        return Since(reader.at, problem=_("That time is still to come."))
    if at < reader.at - FURTHEST:
        words = _("No further back than %(n)d days. A patient's history is on their own page.") % {"n": FURTHEST.days}
        return Since(reader.at - FURTHEST, problem=words)
    return Since(at)


def since_page(changes: Changes, since: Since, reader: Reader, *, read_until: datetime | None) -> SincePage:
    """The whole page."""
    path = reverse("desk:since")
    groups = groups_of(changes, reader)
    local = reader.unit.local
    until = ("until", reader.at.isoformat())
    mark = Action(_("I have read this"), reverse("desk:since_read"), "post", icon="check", fields=(until,))
    return SincePage(
        since=since.at,
        fresh_at=reader.at,
        choices=[
            Choice(words, f"{path}?since={key}", is_current=key == since.key)
            for key, (words, _at) in choices_of(reader, read_until).items()
        ],
        typed=f"{local(since.at):%Y-%m-%dT%H:%M}",
        latest=f"{local(reader.at):%Y-%m-%dT%H:%M}",
        total=sum(len(group.rows) for group in groups),
        groups=groups,
        mark=mark,
        problem=since.problem,
        more=_("There are more: of each kind only the latest %(n)d are shown.") % {"n": MOST} if changes.is_cut else "",
        empty=None if groups else Empty(_("Nothing has changed since then.")),
    )


def _when(at: datetime, reader: Reader) -> str:
    """The clock alone where it was today."""
    return reader.clock(at) if reader.unit.local_date(at) == reader.today else reader.moment(at)


def groups_of(changes: Changes, reader: Reader) -> list[SinceGroup]:
    """What changed about the unit itself, then each patient; whoever had the latest change comes first."""
    told = sorted(_told(changes, reader), key=lambda one: one[1].at, reverse=True)
    by_patient: dict[int | None, tuple[Patient | None, list[SinceRow]]] = {}
    for patient, row in told:
        by_patient.setdefault(patient.pk if patient else None, (patient, []))[1].append(row)
    unit = by_patient.pop(None, None)
    groups = [SinceGroup(_("The unit"), unit[1])] if unit else []
    for patient, rows in by_patient.values():
        if patient is not None:
            groups.append(
                SinceGroup(name_of(patient), rows, patient_url(patient), patient.birth_date, patient.hospital_number)
            )
    return groups


def _told(changes: Changes, reader: Reader) -> Iterator[tuple[Patient | None, SinceRow]]:
    rows = event_rows(changes.events, name_visit=True, reader=reader)
    for event, row in zip(changes.events, rows, strict=True):
        url = visit_url(event.appointment)
        yield event.appointment.patient, SinceRow(row.at, row.who, row.text, row.reason, url)
    for hold in changes.holds:
        yield (
            hold.patient,
            SinceRow(hold.at, hold.actor_name, _hold_words(hold), hold.reason, patient_url(hold.patient)),
        )
    for closure in changes.closures:
        text = _closure_words(closure, reader)
        yield None, SinceRow(closure.at, closure.actor_name, text, closure.reason, reverse("desk:closures"))
    for note in changes.notes:
        yield from _notes(note, changes.since, reader)
    for flag in changes.red_flags:
        if flag.patient is not None:
            yield (
                flag.patient,
                SinceRow(flag.opened_at, "", _("Red flag, open"), flag.detail, patient_url(flag.patient)),
            )


def _hold_words(hold: HoldChange) -> str:
    if hold.is_lifted:
        return _("lifted the hold on the plan")
    return _("put the plan on hold") if hold.label == "insert" else _("reviewed the hold")


def _closure_words(closure: ClosureChange, reader: Reader) -> str:
    what = closure.resource.name if closure.resource else _("the unit")
    words = {
        "insert": _("closed %(what)s, %(since)s to %(until)s"),
        "delete": _("opened %(what)s again, %(since)s to %(until)s"),
    }.get(closure.label, _("changed a closure of %(what)s, %(since)s to %(until)s"))
    return words % {"what": what, "since": reader.moment(closure.starts_at), "until": reader.moment(closure.ends_at)}


def _notes(note: Note, since: datetime, reader: Reader) -> Iterable[tuple[Patient | None, SinceRow]]:
    """That it was written and that it was ended, as far as each was since then."""
    if note.patient is not None:
        url, about = reverse("desk:patient_notes", args=[note.patient.public_id]), ""
    else:
        url = reverse("desk:day", args=[note.on])
        about = _(" for %(day)s") % {"day": reader.day(note.on)} if note.on else ""
    if note.written_at >= since:
        yield note.patient, SinceRow(note.written_at, note.written_by_name, _("wrote a note%s") % about, note.text, url)
    if note.ended_at is not None and note.ended_at >= since:
        yield note.patient, SinceRow(note.ended_at, note.ended_by_name, _("ended a note%s") % about, note.text, url)
