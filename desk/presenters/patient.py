"""One patient's page: the plan against its ideal, visits, messages, contacts, papers, history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.looks import Badge, badge_for
from desk.presenters.aftercare import asked_rows
from desk.presenters.people import banner, banner_note, escalation_lines
from desk.presenters.reader import Reader
from desk.presenters.records import event_rows, message_rows, visit_row
from desk.presenters.steps import visit_url
from desk.viewmodels import Action, Contact, Fact, HistoryRow, Line, MenuLink, Paper, PatientPage, PlanDose, PlanView
from doseplans.models import DosePlan, FollowUp, PlanHold
from doseplans.selectors import DoseLine
from doseplans.selectors import Line as PlanLine
from patients.models import AccessEntry, Authorisation, Carer, Consent, Flag, Patient, WorklistItem
from reminders.selectors import MessageLine
from scheduling.models import Appointment, AppointmentEvent
from units.policy import Act

SHOWN_GIVEN = 5
SHOWN_AHEAD = 6
"""Doses of a plan that the page opens with; all of them are one link away."""


@dataclass(frozen=True)
class PlanRead:
    """A plan as it was read: its doses, the hold that stands, and its live visits by dose."""

    plan: DosePlan
    line: PlanLine
    hold: PlanHold | None
    visits: Mapping[int, Appointment]


@dataclass(frozen=True)
class PatientRead:
    """What was read about the patient, each with its own selector."""

    patient: Patient
    flags: Sequence[Flag]
    carers: Sequence[Carer]
    consents: Sequence[Consent]
    authorisations: Sequence[Authorisation]
    plans: Sequence[PlanRead]
    visits: Sequence[Appointment]
    messages: Sequence[MessageLine]
    events: Sequence[AppointmentEvent]
    looked: Sequence[AccessEntry]
    escalations: Sequence[WorklistItem] = ()
    follow_ups: Sequence[FollowUp] = ()
    follow_up_items: Mapping[str, WorklistItem] = field(default_factory=dict)


def patient_page(read: PatientRead, reader: Reader, *, all_doses: bool = False) -> PatientPage:
    """The whole page."""
    patient = read.patient
    return PatientPage(
        key=str(patient.public_id),
        banner=banner(
            patient,
            read.flags,
            note=banner_note(patient, read.carers),
            alerts=escalation_lines(read.escalations),
        ),
        plans=[plan_view(plan, reader, all_doses=all_doses) for plan in read.plans],
        visits=[visit_row(visit, reader) for visit in read.visits],
        messages=message_rows(read.messages),
        contacts=contacts_of(patient, read.carers),
        papers=[*_consents(read.consents, reader), *_authorisations(read.authorisations, reader)],
        history=_history(read, reader),
        facts=_facts(patient, read.flags),
        actions=_actions(read, reader),
        menu=_menu(patient, reader),
        comments=patient.comments,
        asked=asked_rows(read.follow_ups, read.follow_up_items, reader),
    )


def _actions(read: PatientRead, reader: Reader) -> list[Action]:
    """The next dose to book, for those who book; a red flag for whoever hears of one."""
    actions = []
    if read.patient.deceased_at is None and reader.may(Act.WORK_WORKLIST):
        url = reverse("desk:red_flag", args=[read.patient.public_id])
        actions.append(Action(_("Red flag…"), url, kind="danger", icon="flag"))
    for one in read.plans:
        line = next_to_book(one)
        if line is not None and line.dose is not None and one.hold is None and reader.may(Act.BOOK):
            url = reverse("desk:slots", args=[line.dose.public_id])
            label = _("Find a slot for %(dose)s") % {"dose": str(line.dose).lower()}
            actions.append(Action(label, url, kind="primary", icon="calendar-plus"))
            break
    return actions


def _menu(patient: Patient, reader: Reader) -> list[MenuLink]:
    """What is rarely needed, and not to be pressed by mistake."""
    if patient.deceased_at is None and reader.may(Act.RECORD_DEATH):
        return [MenuLink(_("Record a death…"), reverse("desk:record_death", args=[patient.public_id]))]
    if patient.deceased_at is not None and reader.may(Act.UNDO_DEATH):
        return [MenuLink(_("Death recorded in error…"), reverse("desk:undo_death", args=[patient.public_id]), "undo-2")]
    return []


def next_to_book(read: PlanRead) -> DoseLine | None:
    """The plan's first dose that is neither given nor booked; None in a plan that has ended."""
    if read.plan.ended_on is not None:
        return None
    waiting = (line for line in read.line.doses if not line.is_given and line.dose and line.dose.pk not in read.visits)
    return next(waiting, None)


# --- the plan --------------------------------------------------------------------------------------------------------
def plan_view(read: PlanRead, reader: Reader, *, all_doses: bool) -> PlanView:
    """The plan as a table of doses."""
    plan = read.plan
    given = [line for line in read.line.doses if line.is_given]
    ahead = [line for line in read.line.doses if not line.is_given] if plan.ended_on is None else []
    shown = [*given, *ahead] if all_doses else [*given[-SHOWN_GIVEN:], *ahead[:SHOWN_AHEAD]]
    is_cut = len(shown) < len(given) + len(ahead)
    to_book = next_to_book(read)
    return PlanView(
        title=plan.protocol.name,
        note=_note(plan, given, reader),
        doses=[_dose(line, read, reader, is_next=line is to_book) for line in shown],
        badge=_plan_badge(read, reader),
        drift=drift_summary(read.line),
        hold=_hold(read.hold),
        earlier_url=f"{reverse('desk:patient', args=[plan.patient.public_id])}?doses=all#plan" if is_cut else "",
        actions=_plan_actions(read, reader),
    )


def _plan_actions(read: PlanRead, reader: Reader) -> list[Action]:
    """Hold, resume, end, open again: whatever fits how the plan stands, for those who may."""
    plan = read.plan

    def to(label: str, name: str, icon: str) -> Action:
        return Action(label, reverse(f"desk:{name}", args=[plan.public_id]), icon=icon, about=plan.protocol.name)

    actions = []
    if plan.ended_on is None and reader.may(Act.HOLD_PLAN):
        actions.append(to(_("Resume…"), "resume", "check") if read.hold else to(_("Hold…"), "hold", "circle-pause"))
    if plan.ended_on is None and reader.may(Act.EDIT_PLANS):
        actions.append(to(_("End…"), "end_plan", "x"))
    if plan.ended_on is not None and plan.end_reason != DosePlan.EndReason.DIED and reader.may(Act.EDIT_PLANS):
        actions.append(to(_("Ended in error…"), "reopen_plan", "undo-2"))
    return actions


def _note(plan: DosePlan, given: Sequence[DoseLine], reader: Reader) -> str:
    parts = [ngettext("%(n)d given", "%(n)d given", len(given)) % {"n": len(given)}]
    if given:
        parts.append(_("first on %(day)s") % {"day": reader.day(given[0].counted_on)})
    else:
        parts.append(_("starts %(day)s") % {"day": reader.day(plan.starts_on)})
    if plan.consultant_name:
        parts.append(plan.consultant_name)
    if plan.ended_on:
        parts.append(_("ended %(day)s") % {"day": reader.day(plan.ended_on)})
    return ", ".join(parts)


def _plan_badge(read: PlanRead, reader: Reader) -> Badge:
    if read.plan.ended_on is not None:
        return badge_for("ended", str(read.plan.get_end_reason_display()))
    return badge_for("hold", _hold_words(read.hold, reader)) if read.hold else badge_for("active")


def _hold_words(hold: PlanHold, reader: Reader) -> str:
    """On hold since Tue 24 Nov, review Tue 1 Dec."""
    since = _("On hold since %(day)s") % {"day": reader.day(hold.placed_on)}
    if hold.review_on is None:
        return since
    words = _("%(since)s, review %(day)s") if hold.review_on > reader.today else _("%(since)s, review due %(day)s")
    return words % {"since": since, "day": reader.day(hold.review_on)}


def _hold(hold: PlanHold | None) -> Line | None:
    if hold is None:
        return None
    words = _("Held by %(name)s: %(reason)s. Nothing is booked, offered or reminded of.") % {
        "name": hold.placed_by_name,
        "reason": hold.reason.rstrip("."),
    }
    return Line(words, "stop", "circle-pause")


def drift_summary(line: PlanLine) -> str:
    """How far the plan is behind its ideal calendar, and its longest interval."""
    given = [dose for dose in line.doses if dose.is_given]
    if not given:
        return ""
    behind = given[-1].drift
    if behind > 0:
        words = ngettext("%(n)d day behind the ideal calendar", "%(n)d days behind the ideal calendar", behind)
    elif behind < 0:
        words = ngettext("%(n)d day ahead of the ideal calendar", "%(n)d days ahead of the ideal calendar", -behind)
    else:
        words = _("On the ideal calendar")
    words %= {"n": abs(behind)}
    intervals = [dose.interval for dose in given if dose.interval is not None]
    if intervals:
        words += _(", longest interval %(n)d days") % {"n": max(intervals)}
    return words


def _dose(line: DoseLine, read: PlanRead, reader: Reader, *, is_next: bool) -> PlanDose:
    visit = read.visits.get(line.dose.pk) if line.dose else None
    record = line.administration
    is_known = line.is_given or visit is not None
    return PlanDose(
        label=line.label,
        ideal_on=line.ideal_on,
        target_on=line.target_on,
        earliest_on=line.earliest_on,
        latest_on=line.latest_on,
        badge=_dose_badge(line, visit, reader.today),
        booked_at=visit.starts_at if visit else None,
        booked_url=visit_url(visit) if visit else "",
        given_at=record.given_at if record else None,
        late_days=line.lateness if is_known else None,
        drift_days=line.drift if is_known else None,
        action=_find_slot(line, reader) if is_next and read.hold is None else None,
    )


def _find_slot(line: DoseLine, reader: Reader) -> Action | None:
    if line.dose is None or not reader.may(Act.BOOK):
        return None
    return Action(_("Find a slot"), reverse("desk:slots", args=[line.dose.public_id]), about=line.label)


def _dose_badge(line: DoseLine, visit: Appointment | None, today: date) -> Badge:
    if line.is_given:
        return badge_for("given")
    if visit is not None:
        return badge_for("booked") if visit.status == Appointment.Status.BOOKED else badge_for("arrived")
    return badge_for("overdue") if line.latest_on < today else badge_for("none")


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
        notes=notes,
    )
    return [own, *(_carer(carer) for carer in carers)]


def _carer(carer: Carer) -> Contact:
    note = Line(_("Gets invites and reminders"), "ok", "mail-check") if carer.receives_invites else None
    return Contact(
        name=carer.name,
        relation=carer.relationship or _("Carer"),
        phone=str(carer.phone or ""),
        email=carer.email,
        notes=[note] if note else [],
    )


def _facts(patient: Patient, flags: Sequence[Flag]) -> list[Fact]:
    needs = [flag.text for flag in flags if flag.kind == Flag.Kind.NEED]
    facts = [Fact(_("Needs"), ", ".join(needs) if needs else _("None recorded"))]
    if patient.consultant_name:
        facts.append(Fact(_("Consultant"), patient.consultant_name))
    return facts


def _consents(consents: Iterable[Consent], reader: Reader) -> Iterable[Paper]:
    for consent in consents:
        until = consent.expires_on
        if consent.withdrawn_on is not None:
            badge, until = badge_for("expired", _("Withdrawn")), consent.withdrawn_on
        elif consent.expires_on is not None and consent.expires_on < reader.today:
            badge = badge_for("expired")
        else:
            badge = badge_for("valid")
        detail = _("given %(day)s") % {"day": reader.day(consent.given_on)}
        if until is not None:
            detail += _(", to %(day)s") % {"day": reader.day(until)}
        title = _("%(kind)s consent") % {"kind": consent.get_kind_display()}
        yield Paper(title, detail, badge)


def _authorisations(rows: Iterable[Authorisation], reader: Reader) -> Iterable[Paper]:
    for row in rows:
        is_over = row.valid_to is not None and row.valid_to < reader.today
        is_fine = row.status in {Authorisation.Status.APPROVED, Authorisation.Status.NOT_REQUIRED}
        state = "expired" if is_over else "valid" if is_fine else "attention"
        badge = badge_for(state) if is_over else badge_for(state, str(row.get_status_display()))
        parts = [row.note]
        if row.valid_to is not None:
            parts.insert(0, _("to %(day)s") % {"day": reader.day(row.valid_to)})
        yield Paper(str(row.get_funding_source_display()), ", ".join(part for part in parts if part), badge)


def _history(read: PatientRead, reader: Reader) -> list[HistoryRow]:
    """Changes of visits, and for those who may see it, who looked; newest first."""
    rows = event_rows(read.events, name_visit=True, reader=reader)
    rows += [HistoryRow(entry.at, entry.actor_name, _("looked at the record")) for entry in read.looked]
    return sorted(rows, key=lambda row: row.at, reverse=True)
