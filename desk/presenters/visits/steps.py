"""What can be done with a visit now, and the steps of its day as the panel shows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from desk.looks import Badge, badge_for
from desk.presenters.people import banner, name_of, patient_url
from desk.presenters.reader import Reader
from desk.presenters.visits.readiness import gate_lines
from desk.rules import Countdown, Progress, countdown, minutes_words, progress_of
from desk.viewmodels import Action, Line, Step, VisitPanel
from desk.viewmodels.handover import NotesBox
from doseplans.models import Administration
from doseplans.readiness import GateState, reds
from scheduling.models import Allocation, Appointment, AppointmentEvent, AppointmentResponse, Part, Resource
from units.policy import Act

Kind = AppointmentEvent.Kind


@dataclass(frozen=True)
class Taken:
    """What the visit takes, found among its prefetched allocations; None where it takes none (any more)."""

    room: Allocation | None
    person: Allocation | None
    place: Allocation | None
    assistant: Allocation | None = None
    device: Allocation | None = None

    @classmethod
    def of(cls, visit: Appointment) -> Taken:
        rows = visit.allocations.all()
        assistant = next((row for row in rows if row.phase == Part.ASSISTANCE), None)
        found = {row.resource.kind: row for row in rows if row is not assistant}
        kind = Resource.Kind
        return cls(
            found.get(kind.ROOM), found.get(kind.PERSON), found.get(kind.RECOVERY), assistant, found.get(kind.IMAGING)
        )

    @property
    def in_procedure(self) -> list[Allocation]:
        """Room, operator, assistant and device, as far as there are any."""
        return [row for row in (self.room, self.person, self.assistant, self.device) if row]

    def stay(self) -> timedelta:
        """How long the recovery place was planned for."""
        return self.place.ends_at - self.place.starts_at if self.place else timedelta()


def recovery_of(visit: Appointment, taken: Taken, reader: Reader) -> Countdown | None:
    """How far the stay in recovery has come; None while the visit is not there."""
    if progress_of(visit, at=reader.at) is not Progress.RECOVERY or visit.recovery_started_at is None:
        return None
    return countdown(visit.recovery_started_at, taken.stay(), at=reader.at)


def badge_of(visit: Appointment, taken: Taken, reader: Reader) -> Badge:
    """Where the visit is, with the figure that matters there."""
    progress = progress_of(visit, at=reader.at)
    return badge_for(progress.value, _badge_words(visit, taken, progress, reader))


def _badge_words(visit: Appointment, taken: Taken, progress: Progress, reader: Reader) -> str:
    words = ""
    match progress:
        case Progress.DUE if taken.room:
            words = _("Room at %(clock)s") % {"clock": reader.clock(taken.room.starts_at)}
        case Progress.LATE:
            words = _("Late %(length)s") % {"length": minutes_words(reader.at - visit.starts_at)}
        case Progress.UNCLOSED:
            words = _("Not recorded")
        case Progress.ARRIVED if visit.arrived_at:
            words = _("Arrived %(clock)s") % {"clock": reader.clock(visit.arrived_at)}
        case Progress.PROCEDURE if visit.procedure_started_at:
            words = _("In room %(length)s") % {"length": minutes_words(reader.at - visit.procedure_started_at)}
        case Progress.RECOVERY if taken.place:
            words = _("In recovery, %(place)s") % {"place": taken.place.resource.name}
        case Progress.DISCHARGED if visit.discharged_at:
            words = _("Discharged %(clock)s") % {"clock": reader.clock(visit.discharged_at)}
        case Progress.CANCELLED if visit.arrived_at:
            words = _("Dose not given")
    return words


@dataclass(frozen=True)
class Doing:
    """Where an act on a visit leads back to: the board it was done on, or the visit's own page."""

    back: str  # "day" or "visit"
    is_in_panel: bool = False

    @classmethod
    def in_panel(cls, back: str) -> Doing:
        """From the panel: beside the board it alone is renewed, on the visit's own page all of the page."""
        return cls(back, is_in_panel=back == "day")

    def act(
        self, name: str, visit: Appointment, label: str, *, kind: str = "secondary", icon: str = "", about: str = ""
    ) -> Action:
        """A button that does something to the visit as the page shows it."""
        return Action(
            label,
            reverse(f"desk:{name}", args=[visit.public_id]),
            "post",
            kind,
            icon,
            panel=self.is_in_panel,
            fields=(("version", str(visit.version)), ("back", self.back)),
            about=about,
        )


def panel_url(visit: Appointment, reader: Reader) -> str:
    """The visit opened beside its day's board."""
    on = reader.unit.local_date(visit.starts_at)
    return reverse("desk:day_visit", args=[on, visit.public_id])


def visit_url(visit: Appointment) -> str:
    return reverse("desk:visit", args=[visit.public_id])


def next_actions(visit: Appointment, reader: Reader, doing: Doing) -> list[Action]:
    """What comes next for the visit, the likely thing first and filled; nothing the actor may not do."""
    who = name_of(visit.patient)
    is_its_day = reader.unit.local_date(visit.starts_at) == reader.today
    actions: list[Action] = []
    match progress_of(visit, at=reader.at):
        case Progress.DUE | Progress.LATE if reader.may(Act.RECORD_ARRIVAL) and is_its_day:
            actions.append(
                doing.act("arrive", visit, _("Mark as arrived"), kind="primary", icon="map-pin-check", about=who)
            )
        case Progress.UNCLOSED if reader.may(Act.RECORD_ARRIVAL) and is_its_day:
            actions.append(doing.act("arrive", visit, _("Mark as arrived"), icon="map-pin-check", about=who))
        case Progress.ARRIVED if reader.may(Act.RECORD_ADMINISTRATION):
            actions.append(doing.act("start", visit, _("In the room"), kind="primary", icon="door-open", about=who))
        case Progress.PROCEDURE if reader.may(Act.RECORD_ADMINISTRATION) and visit.dose is None:
            actions.append(doing.act("finish", visit, _("Procedure done"), kind="primary", icon="check", about=who))
        case Progress.RECOVERY if reader.may(Act.RECORD_ARRIVAL):
            actions.append(doing.act("discharge", visit, _("Discharge"), kind="primary", icon="house", about=who))
    if visit.status == Appointment.Status.BOOKED and reader.at >= visit.starts_at and reader.may(Act.RECORD_ARRIVAL):
        actions.append(doing.act("noshow", visit, _("Did not attend"), icon="phone-missed", about=who))
    return actions


def may_record_given(visit: Appointment, reader: Reader) -> bool:
    """Whether the panel shows the form that records the dose."""
    is_there = visit.status == Appointment.Status.ARRIVED and visit.dose is not None
    return is_there and reader.may(Act.RECORD_ADMINISTRATION)


def visit_panel(
    visit: Appointment,
    reader: Reader,
    *,
    events: Sequence[AppointmentEvent],
    given: Administration | None,
    close_url: str,
    back: str = "day",
    notices: Sequence[Line] = (),
    readiness: Sequence[GateState] = (),
    reason: str = "",
    notes: NotesBox | None = None,
) -> VisitPanel:
    """The visit with its steps; the form of the current one is the view's. `reason` is what was typed to go on."""
    taken = Taken.of(visit)
    return VisitPanel(
        key=str(visit.public_id),
        banner=banner(visit.patient, visit.patient.flags.all()),
        title=visit.purpose,
        detail=visit.dose.plan.protocol.name if visit.dose else "",
        where=where_of(visit, taken, reader),
        badge=badge_of(visit, taken, reader),
        steps=steps_of(visit, reader, taken, events=events, given=given, back=back),
        close_url=close_url,
        foot=_foot(visit, reader, back=back),
        notices=(*notices, *_why_over(visit), *squeezed_lines(visit), *_answer_lines(visit)),
        gates=gate_lines(readiness, visit.patient),
        override=_override(visit, reader, readiness, back=back),
        reason=reason,
        given_url=reverse("desk:given", args=[visit.public_id]),
        notes=notes,
    )


def _answer_lines(visit: Appointment) -> list[Line]:
    """What the patient answered, until they are here."""
    line = answer_line(visit.participant_status)
    return [line] if line and visit.status == Appointment.Status.BOOKED else []


def answer_line(status: str | None) -> Line | None:
    """Whether the patient will come, in words; None while they have not said."""
    match status:
        case AppointmentResponse.Status.ACCEPTED:
            return Line(_("Will come"), "ok", "circle-check")
        case AppointmentResponse.Status.DECLINED:
            return Line(_("Cannot come"), "warn", "calendar-x")
        case AppointmentResponse.Status.TENTATIVE:
            return Line(_("Not sure to come"), "warn", "circle-question-mark")
    return None


def squeezed_lines(visit: Appointment) -> list[Line]:
    """That the visit stands outside the hours of its list by somebody's leave, and why."""
    if not visit.squeezed_in_reason or not visit.is_live:
        return []
    return [Line(_("Squeezed in: %(why)s") % {"why": visit.squeezed_in_reason}, "plain", "timer")]


def may_run_late(visit: Appointment, reader: Reader) -> bool:
    """Whether the visit's list can be said to run late from it on: a visit of today that has not begun."""
    is_before = visit.status in {Appointment.Status.BOOKED, Appointment.Status.ARRIVED}
    is_today = reader.unit.local_date(visit.starts_at) == reader.today
    return is_before and visit.procedure_started_at is None and is_today and reader.may(Act.BOOK)


def _why_over(visit: Appointment) -> list[Line]:
    """Why the visit came to nothing; no step is left then."""
    if visit.status != Appointment.Status.CANCELLED or not visit.cancellation_reason:
        return []
    return [Line(visit.cancellation_reason, "plain", "calendar-x")]


def _override(visit: Appointment, reader: Reader, readiness: Sequence[GateState], *, back: str) -> Action | None:
    """A doctor's way past a red gate: with a reason, in the step that it stops."""
    is_next = visit.status == Appointment.Status.ARRIVED and visit.procedure_started_at is None
    if not is_next or not reds(readiness) or not reader.may(Act.OVERRIDE_READINESS):
        return None
    return Doing.in_panel(back).act("start", visit, _("Go on all the same"), kind="danger", icon="door-open")


def where_of(visit: Appointment, taken: Taken, reader: Reader) -> str:
    """Room, person and how the needle is guided."""
    parts = [row.resource.name for row in taken.in_procedure]
    if visit.dose:
        parts.append(str(visit.dose.plan.get_access_route_display()).lower())
    times = _("%(arrive)s to about %(leave)s") % {
        "arrive": reader.clock(visit.starts_at),
        "leave": reader.clock(visit.ends_at),
    }
    if visit.admitted_at is not None:
        times = _("%(times)s, admitted the day before") % {"times": times}
    return ", ".join([times, *parts])


def _foot(visit: Appointment, reader: Reader, *, back: str) -> list[Action]:
    foot = []
    may_record = visit.dose is not None and reader.may(Act.RECORD_ADMINISTRATION)
    if visit.status == Appointment.Status.ARRIVED and may_record:
        foot.append(Action(_("Not given…"), reverse("desk:not_given", args=[visit.public_id]), icon="ban"))
    if visit.dose is not None and may_record:
        if is_unclosed(visit, reader):
            url = reverse("desk:paper", args=[visit.dose.public_id])
            foot.append(Action(_("Enter from paper…"), url, icon="clipboard-list"))
        if visit.status == Appointment.Status.FULFILLED:
            foot.append(
                Action(_("Put right…"), reverse("desk:correct_given", args=[visit.dose.public_id]), icon="pencil")
            )
    if back == "day" and visit.status == Appointment.Status.BOOKED and reader.may(Act.BOOK):
        foot.append(Action(_("Swap…"), reverse("desk:swap", args=[visit.public_id]), icon="refresh-cw"))
    if may_run_late(visit, reader):
        foot.append(Action(_("Running late…"), reverse("desk:late", args=[visit.public_id]), icon="alarm-clock"))
    is_missed = visit.status == Appointment.Status.NOSHOW and reader.unit.local_date(visit.starts_at) == reader.today
    if is_missed and reader.may(Act.RECORD_ARRIVAL):
        foot.append(Doing.in_panel(back).act("came", visit, _("Put back to booked"), icon="undo-2"))
    if visit.status == Appointment.Status.ARRIVED and reader.may(Act.RECORD_ARRIVAL):
        foot.append(Doing.in_panel(back).act("put_back", visit, _("Put back to booked"), kind="quiet", icon="undo-2"))
    if back == "day":
        foot.append(Action(_("Visit"), visit_url(visit), icon="calendar-days"))
    foot.append(Action(_("Patient"), patient_url(visit.patient), icon="user"))
    return foot


def is_unclosed(visit: Appointment, reader: Reader) -> bool:
    """The visit's time is over and nobody has recorded how it went: paper may know."""
    is_open = visit.status in {Appointment.Status.BOOKED, Appointment.Status.ARRIVED}
    return is_open and visit.ends_at < reader.at


ORDER = ("arrived", "started", "given", "recovery", "discharged")


def steps_of(
    visit: Appointment,
    reader: Reader,
    taken: Taken,
    *,
    events: Sequence[AppointmentEvent],
    given: Administration | None,
    back: str,
) -> list[Step]:
    """The chain of the visit: what is done says when and by whom, the current step carries its buttons."""
    if visit.status in {Appointment.Status.CANCELLED, Appointment.Status.ENTERED_IN_ERROR}:
        return []
    current = _current_key(visit)
    who = {event.kind: event.actor_name for event in events}
    actions = tuple(next_actions(visit, reader, Doing.in_panel(back)))
    has_form = current == "given" and may_record_given(visit, reader)
    steps = []
    for key, label, note in _lines(visit, reader, taken, given, who):
        is_current = key == current
        steps.append(
            Step(
                key=key,
                label=label,
                state="current" if is_current else _state(key, current),
                note=note,
                form="given" if is_current and has_form else "",
                actions=actions if is_current else (),
            )
        )
    return steps


def _current_key(visit: Appointment) -> str:
    """The step that comes next; empty when all are done or none will be."""
    match visit.status:
        case "booked":
            return "arrived"
        case "arrived":
            return "given" if visit.procedure_started_at else "started"
        case "fulfilled":
            return "" if visit.discharged_at else "recovery"
    return "none"


def _state(key: str, current: str) -> str:
    if not current:
        return "done"
    if current == "none":
        return "future"
    return "done" if ORDER.index(key) < ORDER.index(current) else "future"


def _lines(
    visit: Appointment, reader: Reader, taken: Taken, given: Administration | None, who: dict[str, str]
) -> list[tuple[str, str, str]]:
    """Key, label and note of each step."""

    def note(instant: datetime | None, kind: str) -> str:
        if instant is None:
            return ""
        return ", ".join(part for part in (reader.clock(instant), who.get(kind, "")) if part)

    stay = minutes_words(taken.stay())
    place = taken.place.resource.name if taken.place else ""
    recovery = _("Recovery %(length)s") % {"length": stay} if taken.place else _("Recovery")
    return [
        ("arrived", _("Arrived"), note(visit.arrived_at, Kind.ARRIVED)),
        ("started", _("In procedure"), note(visit.procedure_started_at, Kind.STARTED)),
        _given_line(visit, given, note, who),
        ("recovery", recovery, _recovery_note(visit, reader, taken, place)),
        ("discharged", _("Discharged"), note(visit.discharged_at, Kind.DISCHARGED)),
    ]


def _given_line(
    visit: Appointment,
    given: Administration | None,
    note: Callable[[datetime | None, str], str],
    who: dict[str, str],
) -> tuple[str, str, str]:
    """The step in which the dose is given; of a visit without one, in which the procedure is done."""
    if visit.dose is None:
        return "given", _("Done"), note(visit.recovery_started_at, Kind.DONE) if Kind.DONE in who else ""
    return "given", _("Given"), note(given.given_at, Kind.GIVEN) if given else _prefilled(visit)


def _prefilled(visit: Appointment) -> str:
    """Where the form's figures come from, while it is open."""
    if visit.status != Appointment.Status.ARRIVED or visit.dose is None:
        return ""
    return _("Prefilled from %(protocol)s") % {"protocol": visit.dose.plan.protocol}


def _recovery_note(visit: Appointment, reader: Reader, taken: Taken, place: str) -> str:
    running = recovery_of(visit, taken, reader)
    if running is not None:
        return ", ".join(part for part in (place, left_words(running)) if part)
    if taken.place is None:
        return ""
    return _("%(place)s, to about %(clock)s") % {"place": place, "clock": reader.clock(taken.place.ends_at)}


def left_words(running: Countdown) -> str:
    """14 min left, or 7 min over."""
    if running.is_over:
        return _("%(length)s over") % {"length": minutes_words(-running.left)}
    return _("%(length)s left") % {"length": minutes_words(running.left)}


def phase_words(row: Allocation) -> str:
    """What a resource is taken for."""
    return str(Part(row.phase).label)
