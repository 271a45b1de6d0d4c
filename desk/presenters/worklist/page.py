"""The worklist: what is due now, today and later, one action each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from desk.looks import Tone, Words
from desk.presenters.framing import initials
from desk.presenters.listing import address
from desk.presenters.people import name_of, patient_url
from desk.presenters.reader import Reader
from desk.rules import minutes_words
from desk.templatetags.clinic_ui import nhs_number
from desk.viewmodels import Action, Chip, Empty, Task, TaskSection, WorklistPage
from patients.models import WorklistItem
from reminders.about_tasks import RING
from scheduling.engine.ticks import day_words
from scheduling.models import Appointment

Items = Sequence[WorklistItem]
Visits = Mapping[int, Appointment]
Kind = WorklistItem.Kind
NO_VISITS: Visits = MappingProxyType({})
OFF = frozenset({Appointment.Status.CANCELLED, Appointment.Status.ENTERED_IN_ERROR})


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
        Kind.UNWRITTEN: KindLook("clipboard-list", "warn", gettext_lazy("Write it down")),
        Kind.HOLD_REVIEW: KindLook("circle-pause", "stop", gettext_lazy("Review it")),
    }
)


MINE, UNIT, DONE = "", "unit", "done"

GROUPS: Mapping[str, tuple[Words, str, frozenset[str]]] = MappingProxyType(
    {
        "calls": (
            gettext_lazy("Calls"),
            "phone",
            frozenset({Kind.CALL, Kind.FOLLOW_UP, Kind.UNANSWERED, Kind.NO_ADDRESS}),
        ),
        "replies": (
            gettext_lazy("Replies"),
            "message-square",
            frozenset({Kind.UNMATCHED_REPLY, Kind.DECLINED, Kind.TENTATIVE}),
        ),
        Kind.NOT_READY.value: (gettext_lazy("Not ready"), "triangle-alert", frozenset({Kind.NOT_READY})),
    }
)
OTHER = "other"

PAPERWORK = frozenset({Kind.REGISTRY})
"""What no patient waits for, however long it has been due."""


@dataclass(frozen=True)
class Listing:
    """What the list was asked for: `whose` items, of which `kind`: a group of kinds or a single one."""

    whose: str = MINE
    kind: str = ""

    @classmethod
    def asked(cls, whose: str, kind: str) -> Listing:
        """As the address says; what is no such thing is left out."""
        known = {*GROUPS, OTHER, *Kind.values}
        return cls(whose if whose in {UNIT, DONE} else MINE, kind if kind in known else "")

    @property
    def kept(self) -> dict[str, str]:
        """For the addresses on the page."""
        return {"whose": self.whose, "kind": self.kind}

    def has(self, item: WorklistItem) -> bool:
        return not self.kind or self.kind in {group_of(item), item.kind}


EVERYTHING = Listing()


def group_of(item: WorklistItem) -> str:
    """Which of the four chips the item falls under."""
    return next((name for name, (_label, _icon, kinds) in GROUPS.items() if item.kind in kinds), OTHER)


def is_mine(item: WorklistItem, reader: Reader) -> bool:
    """As `patients.selectors.waits_for`, by which the menu counts: theirs, nobody's, and what is everybody's."""
    owner = item.owner
    is_nobodys = owner is None or not owner.is_active
    is_everybodys = item.kind == Kind.ESCALATION or item.due_at <= reader.at
    return is_nobodys or is_everybodys or item.owner_id == reader.actor.user_id


def worklist_page(
    items: Items, done: Items, reader: Reader, listing: Listing, *, visits: Visits = NO_VISITS
) -> WorklistPage:
    """The open items, or those done today: of whom and of which kind the reader asked for.

    `visits` are those that calls were asked for about, by the items' keys in the database.
    """
    by_whose = {MINE: [item for item in items if is_mine(item, reader)], UNIT: items, DONE: done}
    here = by_whose[listing.whose]
    shown = [item for item in here if listing.has(item)]
    path, n = reverse("desk:worklist"), len(shown)
    is_done = listing.whose == DONE
    return WorklistPage(
        summary="",
        whose=_whose(by_whose, path, listing),
        chips=_chips(here, path, listing),
        sections=_done(shown, reader) if is_done else _sections(shown, reader, listing, visits),
        total=n,
        live_url=address(reverse("desk:worklist_live"), listing.kept),
        foot=ngettext("%(n)d task done today, the latest first", "All %(n)d done today, the latest first", n) % {"n": n}
        if is_done
        else ngettext("%(n)d task, most urgent first", "All %(n)d shown, most urgent first", n) % {"n": n},
        empty=None if shown else _empty(by_whose, path, listing),
    )


def _whose(by_whose: Mapping[str, Items], path: str, listing: Listing) -> list[Chip]:
    """The three lists; the kind stays as it is."""
    labels = {MINE: _("Mine and unclaimed"), UNIT: _("Whole unit"), DONE: _("Done today")}
    return [
        Chip(label, address(path, listing.kept, whose=whose), len(by_whose[whose]), is_current=whose == listing.whose)
        for whose, label in labels.items()
    ]


def _chips(items: Items, path: str, listing: Listing) -> list[Chip]:
    """The kinds; the one that is chosen leads back to all of them."""
    chips = []
    for name, (label, icon, _kinds) in {**GROUPS, OTHER: (_("Other"), "ellipsis", frozenset())}.items():
        count, is_current = sum(group_of(item) == name for item in items), listing.kind == name
        url = address(path, listing.kept, kind=None if is_current else name)
        chips.append(Chip(label, url, count, icon, is_current=is_current))
    return chips


def _empty(by_whose: Mapping[str, Items], path: str, listing: Listing) -> Empty:
    if by_whose[listing.whose]:
        label = _("Show all of today") if listing.whose == DONE else _("Show all")
        return Empty(_("Nothing of this kind is here."), Action(label, address(path, listing.kept, kind=None)))
    if listing.whose == DONE:
        return Empty(_("Nothing has been finished today."), Action(_("Show what is open"), path))
    if by_whose[UNIT]:
        words = _("Nothing waits for you: colleagues have taken what is open.")
        return Empty(words, Action(_("Show the whole unit"), address(path, {}, whose=UNIT)))
    return Empty(
        _("Nothing is waiting for anybody."),
        Action(_("See who comes today"), reverse("desk:today"), icon="calendar-days"),
    )


def _done(items: Items, reader: Reader) -> list[TaskSection]:
    hint = _("who, when, and what came of it")
    return [TaskSection(_("Done today"), hint, [done_task(item, reader) for item in items])] if items else []


def done_task(item: WorklistItem, reader: Reader) -> Task:
    """One line of what is over: nothing to press."""
    patient = item.patient
    return Task(
        key=str(item.public_id),
        icon=LOOKS[item.kind].icon,
        tone="plain",
        title=item.title,
        detail=item.outcome or _("Nothing was written down."),
        patient_name=name_of(patient) if patient else "",
        patient_url=patient_url(patient) if patient else "",
        patient_note=nhs_number(patient.nhs_number) if patient else "",
        due=reader.clock(item.done_at) if item.done_at else "",
        owner_name=item.done_by.name if item.done_by else _("By itself"),
        is_done=True,
    )


def _sections(items: Items, reader: Reader, listing: Listing, visits: Visits) -> list[TaskSection]:
    # A red flag waits behind nothing, and paper waits behind everything.
    items = sorted(items, key=lambda item: item.kind != Kind.ESCALATION)
    paper = [item for item in items if item.kind in PAPERWORK]
    people = [item for item in items if item.kind not in PAPERWORK]
    now = [item for item in people if item.due_at <= reader.at]
    rest = [item for item in people if item.due_at > reader.at]
    today = [item for item in rest if reader.unit.local_date(item.due_at) == reader.today]
    later = [item for item in rest if reader.unit.local_date(item.due_at) != reader.today]
    sections = (
        (_("Now"), _("somebody is waiting"), now),
        (_("Today"), _("before the unit closes"), today),
        (_("Later"), _("nothing is late yet"), later),
        (_("Paperwork"), _("no patient waits for it"), paper),
    )
    return [
        TaskSection(title, hint, [task(item, reader, listing, visits.get(item.pk)) for item in found])
        for title, hint, found in sections
        if found
    ]


def task(item: WorklistItem, reader: Reader, listing: Listing, visit: Appointment | None = None) -> Task:
    """One line of the list."""
    look = LOOKS[item.kind]
    words, tone = due_words(item, reader)
    patient = item.patient
    return Task(
        key=str(item.public_id),
        icon=look.icon,
        tone=look.tone,
        title=item.title,
        detail=detail_words(item, visit, reader),
        patient_name=name_of(patient) if patient else "",
        patient_url=patient_url(patient) if patient else "",
        patient_note=nhs_number(patient.nhs_number) if patient else "",
        due=words,
        due_tone=tone,
        tried=item.tried,
        owner_name=item.owner.name if item.owner else "",
        owner_initials=initials(item.owner.name) if item.owner else "",
        action=Action(
            look.label,
            address(reverse("desk:task", args=[item.public_id]), listing.kept),
            panel=True,
            about=name_of(patient) if patient else item.title,
        ),
    )


def detail_words(item: WorklistItem, visit: Appointment | None, reader: Reader) -> str:
    """What the item says, after what has become of the visit since somebody asked to be rung about it."""
    if visit is None or not item.key.startswith(f"{RING}:"):
        return item.detail
    local = visit.unit.local(visit.arrives_at)
    if visit.status in OFF:
        since = _("The visit is cancelled by now.")
    elif f"{day_words(local.date())}, {local:%H:%M}" in item.detail:
        return item.detail
    else:
        since = _("The visit is on %(moment)s by now.") % {"moment": reader.moment(visit.arrives_at)}
    return f"{since} {item.detail}"


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
