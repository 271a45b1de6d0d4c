"""The worklist: what is due now, today and later, one action each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from desk.looks import Badge, Tone, Words
from desk.presenters.listing import address
from desk.presenters.messages import again_url
from desk.presenters.patient import contacts_of
from desk.presenters.people import banner, escalation_lines, name_of, patient_url
from desk.presenters.reader import Reader
from desk.presenters.steps import visit_url
from desk.rules import minutes_words
from desk.templatetags.clinic_ui import nhs_number
from desk.viewmodels import Action, Chip, Empty, Line, Task, TaskSection, WorklistPage
from desk.viewmodels.tasks import ReplyNote, TaskPanel
from patients.models import Carer, WorklistItem
from reminders.about_tasks import recipient_of_item
from reminders.models import Reply
from scheduling.engine.answers import PATIENT, carer_key
from scheduling.models import Appointment
from units.policy import Act

Items = Sequence[WorklistItem]
Kind = WorklistItem.Kind


@dataclass(frozen=True)
class KindLook:
    """How a kind of item is drawn, and what its one button says."""

    icon: str
    tone: Tone
    label: Words


LOOKS: Mapping[str, KindLook] = MappingProxyType(
    {
        Kind.CALL: KindLook("phone", "action", gettext_lazy("Call")),
        Kind.MESSAGE_FAILED: KindLook("mail-x", "stop", gettext_lazy("Tell them")),
        Kind.NO_ADDRESS: KindLook("mail", "warn", gettext_lazy("Call")),
        Kind.NO_NEXT_VISIT: KindLook("calendar-plus", "booked", gettext_lazy("Look at it")),
        Kind.CLINICAL: KindLook("flag", "stop", gettext_lazy("Look at it")),
        Kind.ESCALATION: KindLook("flag", "stop", gettext_lazy("Look at it")),
        Kind.FOLLOW_UP: KindLook("phone", "action", gettext_lazy("Call")),
        Kind.MOVE: KindLook("calendar-clock", "warn", gettext_lazy("Decide")),
        Kind.REGISTRY: KindLook("list", "booked", gettext_lazy("Look at it")),
        Kind.NOT_READY: KindLook("triangle-alert", "warn", gettext_lazy("Look at it")),
        Kind.UNANSWERED: KindLook("phone", "action", gettext_lazy("Call")),
        Kind.DECLINED: KindLook("calendar-x", "warn", gettext_lazy("Move or cancel")),
        Kind.TENTATIVE: KindLook("circle-question-mark", "warn", gettext_lazy("Call")),
        Kind.BOUNCED: KindLook("mail-x", "warn", gettext_lazy("Mend it")),
        Kind.UNMATCHED_REPLY: KindLook("message-square", "action", gettext_lazy("Read it")),
    }
)


def worklist_page(items: Items, reader: Reader, *, kind: str = "") -> WorklistPage:
    """The open items, `kind` alone where one is chosen."""
    shown = [item for item in items if not kind or item.kind == kind]
    path = reverse("desk:worklist")
    return WorklistPage(
        summary=ngettext("%(n)d open", "%(n)d open", len(items)) % {"n": len(items)},
        chips=_chips(items, path, kind),
        sections=_sections(shown, reader, kind),
        total=len(shown),
        empty=None if shown else _empty(items, path),
    )


def _chips(items: Items, path: str, current: str) -> list[Chip]:
    chips = [Chip(_("All"), path, len(items), is_current=not current)]
    for kind in Kind:
        count = sum(1 for item in items if item.kind == kind)
        if count or kind == current:
            look = LOOKS[kind]
            chips.append(
                Chip(kind.label, address(path, {}, kind=kind), count, look.icon, look.tone, is_current=kind == current)
            )
    return chips


def _empty(items: Items, path: str) -> Empty:
    if items:
        return Empty(_("Nothing of this kind is open."), Action(_("Show all"), path))
    return Empty(
        _("Nothing is waiting for anybody."),
        Action(_("See who comes today"), reverse("desk:today"), icon="calendar-days"),
    )


def _sections(items: Items, reader: Reader, kind: str) -> list[TaskSection]:
    # A red flag waits behind nothing.
    items = sorted(items, key=lambda item: item.kind != Kind.ESCALATION)
    now = [item for item in items if item.due_at <= reader.at]
    rest = [item for item in items if item.due_at > reader.at]
    today = [item for item in rest if reader.unit.local_date(item.due_at) == reader.today]
    later = [item for item in rest if reader.unit.local_date(item.due_at) != reader.today]
    sections = (
        (_("Now"), _("somebody is waiting"), now),
        (_("Today"), _("before the unit closes"), today),
        (_("Later"), _("nothing is late yet"), later),
    )
    return [
        TaskSection(title, hint, [task(item, reader, kind) for item in found])
        for title, hint, found in sections
        if found
    ]


def task(item: WorklistItem, reader: Reader, kind: str) -> Task:
    """One line of the list."""
    look = LOOKS[item.kind]
    words, tone = due_words(item, reader)
    patient = item.patient
    return Task(
        key=str(item.public_id),
        icon=look.icon,
        tone=look.tone,
        title=item.title,
        detail=item.detail,
        patient_name=name_of(patient) if patient else "",
        patient_url=patient_url(patient) if patient else "",
        patient_note=nhs_number(patient.nhs_number) if patient else "",
        due=words,
        due_tone=tone,
        action=Action(
            look.label,
            address(reverse("desk:task", args=[item.public_id]), {}, kind=kind),
            panel=True,
            about=name_of(patient) if patient else item.title,
        ),
    )


def due_words(item: WorklistItem, reader: Reader) -> tuple[str, Tone]:
    """Until when, or how long it has been open past that."""
    over = reader.at - item.due_at
    if item.kind == Kind.FOLLOW_UP and timedelta() <= over < timedelta(days=1):
        # It came due with its day or its 24 hours, which are not over yet.
        return _("Due now"), "plain"
    if over >= timedelta(days=1):
        return _("Since %(day)s") % {"day": reader.day(item.due_at)}, "stop"
    if over >= timedelta(minutes=1):
        return _("Due %(length)s ago") % {"length": minutes_words(over)}, "warn"
    if over >= timedelta():
        return _("Due now"), "warn"
    if reader.unit.local_date(item.due_at) == reader.today:
        return _("By %(clock)s") % {"clock": reader.clock(item.due_at)}, "plain"
    return _("By %(day)s") % {"day": reader.day(item.due_at)}, "plain"


def task_panel(
    item: WorklistItem,
    reader: Reader,
    *,
    carers: Sequence[Carer],
    escalations: Sequence[WorklistItem] = (),
    replies: Sequence[Reply] = (),
    kind: str = "",
    visit: Appointment | None = None,
) -> TaskPanel:
    """The item with the people to reach. `visit` is what the item is about, where it is about one."""
    is_for_doctor = item.kind == Kind.ESCALATION and not reader.may(Act.HOLD_PLAN)
    patient = item.patient
    look = LOOKS[item.kind]
    words, tone = due_words(item, reader)
    visit_id = item.key.partition(":")[2] if item.kind == Kind.MOVE else ""
    # Where only the list is gone, nobody's window is: staff who know that it goes ahead all the same tick it off.
    is_stranded = item.key.startswith("stranded:")
    return TaskPanel(
        key=str(item.public_id),
        banner=banner(patient, patient.flags.all(), alerts=escalation_lines(escalations)) if patient else None,
        title=item.title,
        detail=item.detail,
        due=words,
        badge=Badge(tone if tone != "plain" else look.tone, look.icon, str(item.get_kind_display())),
        contacts=contacts_of(patient, carers) if patient else (),
        finish_url=""
        if is_for_doctor or (visit_id and not is_stranded)
        else address(reverse("desk:finish_task", args=[item.public_id]), {}, kind=kind),
        note=_stranded_note()
        if is_stranded
        else _move_note(reader)
        if visit_id
        else _doctor_note()
        if is_for_doctor
        else None,
        close_url=address(reverse("desk:worklist"), {}, kind=kind),
        is_led=_is_led(item, visit, reader),
        replies=[reply_note(reply, carers, reader) for reply in replies],
        links=[
            *(_move_links(visit_id, reader, may_keep=not is_stranded) if visit_id else ()),
            *(_visit_links(item, visit, reader) if visit else ()),
            *([_to_the_waiting_list()] if item.key.startswith("offer:") else ()),
            *([Action(_("Open the patient"), patient_url(patient), icon="user")] if patient else ()),
        ],
    )


def reply_note(reply: Reply, carers: Sequence[Carer], reader: Reader) -> ReplyNote:
    """A mail as the one who rings reads it: by name where the address is on record, else by the address."""
    names = {carer_key(carer.pk): carer.name for carer in carers}
    who = _("The patient") if reply.respondent == PATIENT else names.get(reply.respondent, "")
    return ReplyNote(
        who=_("%(name)s, %(address)s") % {"name": who, "address": reply.sender} if who else reply.sender,
        when=reader.moment(reply.received_at),
        text=reply.text,
        why=reply.why,
    )


def _to_the_waiting_list() -> Action:
    """Where the patient's answer is written down, which also closes the call."""
    return Action(_("Write down the answer"), reverse("desk:waiting"), kind="primary", icon="hourglass")


def _is_led(item: WorklistItem, visit: Appointment | None, reader: Reader) -> bool:
    """Whether a link of the visit's is the thing to press."""
    if visit is None or item.kind not in {Kind.DECLINED, Kind.MESSAGE_FAILED} or not reader.may(Act.BOOK):
        return False
    return visit.status == Appointment.Status.BOOKED and visit.arrives_at > reader.at


def _visit_links(item: WorklistItem, visit: Appointment, reader: Reader) -> list[Action]:
    """What the visit asks for: to be moved or cancelled where they cannot come, sent again where its message failed."""
    is_to_come = visit.status == Appointment.Status.BOOKED and visit.arrives_at > reader.at
    links = []
    if is_to_come and reader.may(Act.BOOK):
        key = visit.public_id
        if item.kind in {Kind.DECLINED, Kind.TENTATIVE, Kind.UNANSWERED}:
            is_first = item.kind == Kind.DECLINED
            if visit.dose_id is not None or visit.visit_kind_id is not None:
                look = "primary" if is_first else "secondary"
                links.append(Action(_("Move…"), reverse("desk:move", args=[key]), kind=look, icon="calendar-clock"))
            links.append(Action(_("Cancel…"), reverse("desk:cancel", args=[key]), kind="danger", icon="calendar-x"))
        elif item.kind == Kind.MESSAGE_FAILED:
            url = again_url(key, to=recipient_of_item(item))
            links.append(Action(_("Send again…"), url, kind="primary", icon="send"))
    return [*links, Action(_("Open the visit"), visit_url(visit), icon="calendar-days")]


def _doctor_note() -> Line:
    return Line(_("A doctor looks at it and closes it. Ring one now."), "stop", "phone")


def _move_note(reader: Reader) -> Line:
    """How a visit that no longer fits is settled: by moving or keeping it, never by ticking it off."""
    if reader.may(Act.OVERRIDE_DOSE_LIMITS):
        return Line(_("Move the visit, or keep it where it is with a reason."), "plain", "info")
    return Line(_("Move the visit. Only a doctor may keep it outside the window, with a reason."), "plain", "info")


def _stranded_note() -> Line:
    return Line(_("Move the visit, or say who has agreed that it goes ahead."), "plain", "info")


def _move_links(visit_id: str, reader: Reader, *, may_keep: bool) -> list[Action]:
    links = []
    if reader.may(Act.BOOK):
        url = reverse("desk:move", args=[visit_id])
        links.append(Action(_("Move…"), url, kind="primary", icon="calendar-clock"))
    if may_keep and reader.may(Act.OVERRIDE_DOSE_LIMITS):
        links.append(Action(_("Keep…"), reverse("desk:keep_visit", args=[visit_id]), icon="check"))
    return links
