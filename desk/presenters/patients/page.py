"""One patient's page: the plan against its ideal, visits, messages, contacts, papers, history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import gettext as _

from desk.presenters.messages.page import links_box, message_rows
from desk.presenters.notes import notes_box
from desk.presenters.patients.papers import authorisation_rows, check_rows, consent_rows, medicine_rows
from desk.presenters.patients.plan import PlanRead, mend_url, next_to_book, plan_view, stops_booking
from desk.presenters.people import banner, banner_note, escalation_lines
from desk.presenters.reader import Reader
from desk.presenters.visits.readiness import ready_box
from desk.presenters.visits.records import act_rows, event_rows, look_rows, visit_row
from desk.presenters.worklist.aftercare import asked_rows
from desk.selectors import NextVisit
from desk.viewmodels import Action, Contact, Fact, HistoryRow, Line, MenuLink, Paper, PatientPage
from desk.viewmodels.papers import PaperRow
from desk.viewmodels.records import PaperGroup
from doseplans.models import Dose, FollowUp
from patients.models import (
    AccessEntry,
    AntithromboticUse,
    Authorisation,
    Carer,
    Check,
    Consent,
    Flag,
    Patient,
    WorklistItem,
)
from reminders.models import FeedToken, PersonalLink
from reminders.selectors import MessageLine
from scheduling.engine.answers import carer_key
from scheduling.models import Appointment, AppointmentEvent, Note
from scheduling.selectors.records import ActDone
from units.policy import Act


@dataclass(frozen=True)
class PatientRead:
    """What was read about the patient, each with its own selector."""

    patient: Patient
    flags: Sequence[Flag]
    carers: Sequence[Carer]
    consents: Sequence[Consent]
    authorisations: Sequence[Authorisation]
    checks: Sequence[Check]
    antithrombotics: Sequence[AntithromboticUse]
    plans: Sequence[PlanRead]
    visits: Sequence[Appointment]
    messages: Sequence[MessageLine]
    events: Sequence[AppointmentEvent]
    acts: Sequence[ActDone]
    looked: Sequence[AccessEntry]
    escalations: Sequence[WorklistItem] = ()
    follow_ups: Sequence[FollowUp] = ()
    follow_up_items: Mapping[str, WorklistItem] = field(default_factory=dict)
    links: Sequence[PersonalLink] = ()
    feeds: Sequence[FeedToken] = ()
    notes: Sequence[Note] = ()
    next_visit: NextVisit | None = None


def patient_page(read: PatientRead, reader: Reader, *, all_doses: bool = False) -> PatientPage:
    """The whole page."""
    patient, names = read.patient, {carer_key(carer.pk): carer.name for carer in read.carers}
    notes = [note for note in read.notes if note.ended_at is None]
    notes_url = reverse("desk:patient_notes", args=[patient.public_id])
    coming = [visit for visit in read.visits if reader.unit.local_date(visit.starts_at) >= reader.today]
    return PatientPage(
        key=str(patient.public_id),
        banner=banner(
            patient,
            read.flags,
            note=banner_note(patient, read.carers),
            alerts=escalation_lines(read.escalations),
        ),
        plans=[plan_view(plan, reader, all_doses=all_doses) for plan in read.plans],
        visits=[visit_row(visit, reader, names) for visit in reversed(coming)],
        earlier_visits=[visit_row(visit, reader, names) for visit in read.visits[len(coming) :]],
        messages=message_rows(read.messages[:MESSAGES_SHOWN], reader, name_visit=True),
        older_messages=message_rows(read.messages[MESSAGES_SHOWN:], reader, name_visit=True),
        links=links_box(patient, read.links, read.feeds, reader),
        contacts=contacts_of(patient, read.carers),
        papers=_papers(read, reader),
        history=_history(read, reader),
        looked=look_rows(read.looked, reader),
        facts=_facts(patient, read.flags),
        actions=_actions(read, reader),
        menu=_menu(read, reader),
        comments=patient.comments,
        asked=asked_rows(read.follow_ups, read.follow_up_items, reader),
        contact_actions=_contact_actions(patient, reader),
        notes=notes_box(notes[:NOTES_SHOWN], reader, url=notes_url, name_visit=True),
        older_notes=len(read.notes) - len(notes[:NOTES_SHOWN]),
        ready=ready_box(read.next_visit.visit, read.next_visit.readiness, reader) if read.next_visit else None,
    )


def _actions(read: PatientRead, reader: Reader) -> list[Action]:
    """The next dose to book, for those who book; a red flag for whoever hears of one."""
    actions = []
    if (dose := _dose_to_book(read, reader)) is not None:
        url = reverse("desk:slots", args=[dose.public_id])
        label = _("Find a slot for %(dose)s") % {"dose": str(dose).lower()}
        actions.append(Action(label, url, kind="primary", icon="calendar-plus"))
    elif (mend := _mend_action(read, reader)) is not None:
        actions.append(mend)
    if (start := _start_action(read, reader)) is not None:
        actions.append(start)
    if read.patient.deceased_at is None and reader.may(Act.BOOK):
        url = reverse("desk:choose_visit", args=[read.patient.public_id])
        actions.append(Action(_("Book another visit…"), url, icon="plus"))
    if read.patient.deceased_at is None and reader.may(Act.WORK_WORKLIST):
        url = reverse("desk:red_flag", args=[read.patient.public_id])
        actions.append(Action(_("Red flag…"), url, kind="danger", icon="flag"))
    return actions


def _dose_to_book(read: PatientRead, reader: Reader) -> Dose | None:
    """The first that waits in a plan that is not held and lacks nothing; None for who books nothing."""
    if not reader.may(Act.BOOK):
        return None
    bookable = (one for one in read.plans if one.hold is None and not stops_booking(one, reader.today))
    lines = (next_to_book(one) for one in bookable)
    return next((line.dose for line in lines if line is not None and line.dose is not None), None)


def _mend_action(read: PatientRead, reader: Reader) -> Action | None:
    """Where a dose waits and something is missing: a doctor's way to write it down."""
    if read.patient.deceased_at is not None:
        return None
    waiting = (one.plan for one in read.plans if one.hold is None and stops_booking(one, reader.today))
    url = next((url for plan in waiting if (url := mend_url(plan, reader))), "")
    return Action(_("Write down what is missing"), url, kind="primary", icon="clipboard-list") if url else None


def _start_action(read: PatientRead, reader: Reader) -> Action | None:
    """A doctor's way to a plan, while the patient has no live one."""
    if read.patient.deceased_at is not None or not reader.may(Act.EDIT_PLANS):
        return None
    if any(one.plan.ended_on is None for one in read.plans):
        return None
    return Action(_("Start a plan"), reverse("desk:start_plan", args=[read.patient.public_id]), icon="calendar-plus")


def _contact_actions(patient: Patient, reader: Reader) -> list[Action]:
    """Details, needs and carers are put on record by whoever may edit the patient."""
    if not reader.may(Act.EDIT_PATIENTS):
        return []
    return [
        Action(_("Details…"), reverse("desk:details", args=[patient.public_id])),
        Action(_("Needs…"), reverse("desk:needs", args=[patient.public_id])),
        Action(_("Times…"), reverse("desk:no_go", args=[patient.public_id]), about=_("that do not suit")),
        Action(_("Carers…"), reverse("desk:carers", args=[patient.public_id])),
    ]


def _menu(read: PatientRead, reader: Reader) -> list[MenuLink]:
    """What is rarely needed, and not to be pressed by mistake."""
    patient, links = read.patient, []
    if (dose := _dose_to_book(read, reader)) is not None:
        url = reverse("desk:series", args=[dose.public_id])
        links.append(MenuLink(_("Book the series…"), url, "calendar-days"))
    if patient.deceased_at is None and reader.may(Act.RECORD_DEATH):
        links.append(MenuLink(_("Record a death…"), reverse("desk:record_death", args=[patient.public_id])))
    if patient.deceased_at is not None and reader.may(Act.UNDO_DEATH):
        url = reverse("desk:undo_death", args=[patient.public_id])
        links.append(MenuLink(_("Death recorded in error…"), url, "undo-2"))
    return links


# --- contacts, papers, history ---------------------------------------------------------------------------------------
def contacts_of(patient: Patient, carers: Iterable[Carer]) -> list[Contact]:
    """The patient first, then carers; how each wants to be told."""
    prefers = _("Prefers %(channel)s") % {"channel": str(patient.get_preferred_channel_display()).lower()}
    notes = [Line(prefers)]
    if not patient.accepts_email:
        notes.append(Line(_("Does not want e-mail"), "warn", "mail-x"))
    own = Contact(
        name=f"{patient.given_name} {patient.family_name}",
        relation=_("Patient"),
        phone=str(patient.phone or ""),
        email=patient.email,
        address=", ".join(line.strip() for line in patient.postal_address.splitlines() if line.strip()),
        notes=notes,
    )
    return [own, *(_carer(carer) for carer in carers)]


def _carer(carer: Carer) -> Contact:
    return Contact(
        name=carer.name,
        relation=carer.relationship or _("Carer"),
        phone=str(carer.phone or ""),
        email=carer.email,
        notes=[_how_told(carer)] if carer.receives_invites else [],
    )


def _how_told(carer: Carer) -> Line:
    if carer.email:
        return Line(_("Gets invites and reminders, by e-mail only"), "ok", "mail-check")
    return Line(_("Is to be told, but carers are told by e-mail only and no address is on record"), "warn", "mail-x")


def _facts(patient: Patient, flags: Sequence[Flag]) -> list[Fact]:
    needs = [flag.text for flag in flags if flag.kind == Flag.Kind.NEED]
    facts = [Fact(_("Needs"), ", ".join(needs) if needs else _("None recorded"))]
    if patient.consultant_name:
        facts.append(Fact(_("Consultant"), patient.consultant_name))
    return facts


MESSAGES_SHOWN = 8
"""The latest; the others are folded away below them."""

NOTES_SHOWN = 8
"""The pinned, then the latest; all of them are on their own page."""

PAPERS_SHOWN = 5
"""Of each kind; all of them are on the page where they are written down."""


def _papers(read: PatientRead, reader: Reader) -> list[PaperGroup]:
    """What readiness asks for, kind by kind, each with the way to its page."""
    patient = read.patient

    def group(key: str, title: str, rows: Sequence[PaperRow], act: Act, label: str, *, anchor: str = "") -> PaperGroup:
        may = reader.may(act) and patient.deceased_at is None
        link = Action(label if may else _("See all"), reverse(f"desk:{key}", args=[patient.public_id]), about=title)
        return PaperGroup(title, [Paper(row.title, row.detail, row.badge) for row in rows[:PAPERS_SHOWN]], link, anchor)

    checks = [row for row in read.checks if not row.is_entered_in_error]
    uses = [row for row in read.antithrombotics if row.stopped_on is None]
    return [
        group(
            "consents", _("Consents"), consent_rows(read.consents, reader, may=False), Act.RECORD_CONSENT, _("Record")
        ),
        group("checks", _("Checks"), check_rows(_latest(checks), reader, may=False), Act.RECORD_CHECK, _("Record")),
        group(
            "authorisations",
            _("Authorisations"),
            authorisation_rows(read.authorisations, patient, reader, may=False),
            Act.RECORD_AUTHORISATION,
            _("Record"),
        ),
        group(
            "medicines",
            _("Medicines against clotting"),
            medicine_rows(uses, reader, may=False),
            Act.RECORD_MEDICINES,
            _("Record"),
            anchor="antithrombotics",
        ),
    ]


def _latest(checks: Iterable[Check]) -> list[Check]:
    """The latest of each kind; they come latest first."""
    found: dict[str, Check] = {}
    for check in checks:
        found.setdefault(check.kind, check)
    return list(found.values())


def _history(read: PatientRead, reader: Reader) -> list[HistoryRow]:
    """Changes of visits, plans, papers and the record itself; newest first."""
    rows = event_rows(read.events, name_visit=True, reader=reader) + act_rows(read.acts)
    return sorted(rows, key=lambda row: row.at, reverse=True)
