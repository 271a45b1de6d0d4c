"""A visit on a page of its own, and the panel in which it is cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.looks import Badge, Words
from desk.presenters.booking.slots import in_words
from desk.presenters.messages.page import again_url, message_rows, untold_rows
from desk.presenters.people import banner, name_of, patient_url
from desk.presenters.reader import Reader
from desk.presenters.visits.readiness import ready_box
from desk.presenters.visits.records import event_rows, visit_badge
from desk.presenters.visits.steps import Taken, phase_words
from desk.viewmodels import Action, Fact, Line, MenuLink, VisitPage, VisitPanel
from desk.viewmodels.handover import NotesBox
from doseplans.readiness import GateState
from patients.models import Carer, Flag
from reminders.people import Person
from reminders.selectors import MessageLine
from reminders.untold import untold_of
from scheduling.engine.answers import PATIENT, carer_key
from scheduling.models import (
    Allocation,
    Appointment,
    AppointmentEvent,
    AppointmentResponse,
    MoveProposal,
    Part,
    Resource,
)
from units.policy import Act

IN_PROCEDURE: Mapping[str, Words] = MappingProxyType(
    {
        Resource.Kind.ROOM: gettext_lazy("Room"),
        Resource.Kind.PERSON: gettext_lazy("Operator"),
        Resource.Kind.IMAGING: gettext_lazy("Imaging"),
    }
)


def visit_page(
    visit: Appointment,
    reader: Reader,
    *,
    flags: Sequence[Flag],
    messages: Sequence[MessageLine],
    events: Sequence[AppointmentEvent],
    people: Sequence[Person],
    notes: NotesBox | None = None,
    steps: VisitPanel | None = None,
    readiness: Sequence[GateState] = (),
    proposal: MoveProposal | None = None,
) -> VisitPage:
    """Everything about one visit. `people` are those who would be told of a change; its steps say its readiness.

    `proposal` is there while somebody has to move it, or to keep it outside its window.
    """
    return VisitPage(
        key=str(visit.public_id),
        banner=banner(visit.patient, flags),
        title=_("%(what)s, visit") % {"what": visit.purpose},
        arrives_at=visit.arrives_at,
        leaves_at=visit.ends_at,
        badge=_badge(visit, reader),
        reason=_reason(visit),
        facts=facts_of(visit, reader),
        messages=message_rows(messages, reader),
        untold=untold_rows(untold_of(visit, people, messages, at=reader.at)),
        send_again=_send_again(visit, reader),
        history=event_rows(reversed(events), name_visit=False, reader=reader),
        actions=[*_keep(proposal, visit, reader), *_actions(visit, reader)],
        menu=_menu(visit, reader),
        steps=steps,
        cancel_url=reverse("desk:cancel", args=[visit.public_id]),
        answer_url=reverse("desk:answer", args=[visit.public_id]),
        cancel_effects=cancel_effects(visit, people),
        back=MenuLink(name_of(visit.patient), patient_url(visit.patient)),
        notes=notes,
        ready=None if steps else ready_box(visit, readiness, reader),
        to_decide=_to_decide(proposal, reader) if proposal else None,
    )


def _to_decide(proposal: MoveProposal, reader: Reader) -> Line:
    """Why it cannot just stand, and who settles it how."""
    way = _("Move it. Only a doctor may keep it outside its window, with a reason.")
    if reader.may(Act.OVERRIDE_DOSE_LIMITS):
        way = _("Move it, or keep it where it is with a reason.")
    return Line(f"{proposal.cause} {way}", "warn", "triangle-alert")


def _keep(proposal: MoveProposal | None, visit: Appointment, reader: Reader) -> list[Action]:
    if proposal is None or not reader.may(Act.OVERRIDE_DOSE_LIMITS):
        return []
    return [Action(_("Keep…"), reverse("desk:keep_visit", args=[visit.public_id]), icon="check")]


def _send_again(visit: Appointment, reader: Reader) -> Action | None:
    """For who may book it, while it stands and is to come."""
    if visit.status != Appointment.Status.BOOKED or visit.arrives_at <= reader.at or not reader.may(Act.BOOK):
        return None
    return Action(_("Send again…"), again_url(visit.public_id), icon="send", panel=True)


def _badge(visit: Appointment, reader: Reader) -> Badge:
    return visit_badge(visit, reader)


def _reason(visit: Appointment) -> str:
    if visit.status != Appointment.Status.CANCELLED:
        decided = visit.override_reason
        return _("Outside its limits by decision: “%(why)s”") % {"why": decided} if decided else ""
    by = str(visit.get_cancelled_by_display())
    return f"{by}: {visit.cancellation_reason}" if visit.cancellation_reason else by


def facts_of(visit: Appointment, reader: Reader) -> list[Fact]:
    """Times, places and people of the visit, and where it stands to its dose's window."""
    taken = Taken.of(visit)
    facts = [
        _arrival(visit, reader),
        Fact(_("Home about"), reader.clock(visit.ends_at)),
        *_answer(visit, reader),
    ]
    for row in (*taken.in_procedure, *([taken.place] if taken.place else ())):
        times = f"{reader.clock(row.starts_at)}–{reader.clock(row.ends_at)}"
        facts.append(Fact(_taken_for(row), row.resource.name, times))
    if visit.dose:
        on, dose = reader.unit.local_date(visit.starts_at), visit.dose
        is_outside = visit.is_live and not dose.earliest_on <= on <= dose.latest_on
        facts.append(Fact(_("Target"), reader.day(dose.target_on)))
        facts.append(
            Fact(
                _("Window"),
                f"{reader.day(dose.earliest_on)} – {reader.day(dose.latest_on)}",
                _("this visit is outside it") if is_outside else "",
                "warn" if is_outside else "plain",
            )
        )
    facts.append(Fact(_("Booked"), reader.moment(visit.booked_at), visit.booked_by_name))
    return facts


def _taken_for(row: Allocation) -> Words:
    """What a resource is in the visit: several of them are taken for the procedure."""
    return IN_PROCEDURE.get(row.resource.kind, "") if row.phase == Part.PROCEDURE else phase_words(row)


def _answer(visit: Appointment, reader: Reader) -> list[Fact]:
    """What the patient and their carers said to the visit as it stands; asked of a visit to come only."""
    answers = [one for one in visit.answers if one.participant_status != AppointmentResponse.Status.NEEDS_ACTION]
    if not answers:
        return [Fact(_("Will they come?"), _("No answer yet"))] if visit.status == Appointment.Status.BOOKED else []
    is_by_carer = any(one.respondent != PATIENT for one in answers)
    carers = {carer_key(carer.pk): carer for carer in visit.patient.carers.all()} if is_by_carer else {}
    return [_answer_of(said, carers, reader) for said in answers]


def _answer_of(said: AppointmentResponse, carers: Mapping[str, Carer], reader: Reader) -> Fact:
    """One reader's answer; a carer is named."""
    values = {
        "how": str(said.get_channel_display()).lower(),
        "when": reader.moment(said.answered_at),
        "who": said.recorded_by_name,
    }
    is_well = said.participant_status == AppointmentResponse.Status.ACCEPTED
    note = _("%(how)s, %(when)s, %(who)s") % values
    label = _("Will they come?")
    if said.respondent != PATIENT:
        carer = carers.get(said.respondent)
        label = _("%(carer)s says") % {"carer": carer.name} if carer else _("A carer said")
    return Fact(label, str(said), note, "plain" if is_well else "warn")


def _arrival(visit: Appointment, reader: Reader) -> Fact:
    if visit.admitted_at is None:
        return Fact(_("Arrive"), reader.clock(visit.starts_at))
    on_day = _("admitted the day before; ready at %(clock)s") % {"clock": reader.clock(visit.starts_at)}
    return Fact(_("Arrive"), reader.moment(visit.admitted_at), on_day)


def _actions(visit: Appointment, reader: Reader) -> list[Action]:
    """Move and cancel while the visit is booked, for those who may."""
    if visit.status != Appointment.Status.BOOKED or not reader.may(Act.BOOK):
        return []
    actions = []
    if _is_movable(visit):
        url = reverse("desk:move", args=[visit.public_id])
        actions.append(Action(_("Move…"), url, icon="calendar-clock", panel=True))
    url = reverse("desk:answer", args=[visit.public_id])
    actions.append(Action(_("Will they come…"), url, icon="message-square", panel=True))
    url = reverse("desk:cancel", args=[visit.public_id])
    actions.append(Action(_("Cancel…"), url, kind="danger", icon="calendar-x", panel=True))
    return actions


def _menu(visit: Appointment, reader: Reader) -> list[Action]:
    """What is pressed more rarely."""
    menu = []
    if visit.status == Appointment.Status.BOOKED and reader.may(Act.BOOK):
        if _is_movable(visit):
            menu.append(Action(_("Swap…"), reverse("desk:swap", args=[visit.public_id]), icon="refresh-cw"))
        if visit.dose is not None and visit.starts_at > reader.at:
            url = reverse("desk:earlier_wish", args=[visit.dose.public_id])
            menu.append(Action(_("Would come earlier…"), url, icon="hourglass"))
    on = reader.unit.local_date(visit.starts_at)
    return [*menu, Action(_("Day board"), reverse("desk:day", args=[on]), icon="calendar-days")]


def _is_movable(visit: Appointment) -> bool:
    """Whether what it is for says how long it takes."""
    return visit.dose is not None or visit.visit_kind is not None


def cancel_effects(visit: Appointment, people: Sequence[Person]) -> list[Line]:
    """What cancelling does, said before the button."""
    names = [person.name for person in people if person.address]
    told = _("%(names)s will be told, %(n)d s after.") if names else _("Nobody can be e-mailed: ring, or write.")
    values = {"names": in_words(names), "n": visit.unit.undo_seconds}
    lines = [Line(told % values, "plain" if names else "warn", "mail" if names else "mail-x")]
    lines += [Line(f"{person.name}: {person.why_not}", "warn", "mail-x") for person in people if person.why_not]
    lines.append(Line(_("Room, operator and recovery place are free at once."), icon="calendar-x"))
    if visit.dose:
        lines.append(Line(_("%(dose)s goes back to the doses to book.") % {"dose": visit.dose}, icon="list"))
    return lines
