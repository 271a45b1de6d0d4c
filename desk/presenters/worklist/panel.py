"""One thing of the worklist, opened beside it: whom to reach, who sees to it, what ends it."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from desk.looks import Badge
from desk.presenters.listing import address
from desk.presenters.messages.page import again_url
from desk.presenters.patients.page import contacts_of
from desk.presenters.people import banner, escalation_lines, patient_url
from desk.presenters.reader import Reader
from desk.presenters.visits.steps import visit_url
from desk.presenters.worklist.page import EVERYTHING, LOOKS, Kind, Listing, detail_words, due_words
from desk.viewmodels import Action, Line
from desk.viewmodels.tasks import ReplyNote, TaskPanel
from doseplans.models import DosePlan
from patients.models import Carer, WorklistItem
from patients.services.worklist import ENDED_BY_ITS_RECORD, RUNG
from reminders.about_tasks import recipient_of_item
from reminders.models import Reply
from scheduling.engine.answers import PATIENT, carer_key
from scheduling.models import Appointment
from units.policy import Act


def task_panel(
    item: WorklistItem,
    reader: Reader,
    *,
    carers: Sequence[Carer],
    escalations: Sequence[WorklistItem] = (),
    replies: Sequence[Reply] = (),
    listing: Listing = EVERYTHING,
    visit: Appointment | None = None,
    held: DosePlan | None = None,
) -> TaskPanel:
    """The item with the people to reach. `visit` is what it is about, where it is about one; `held` the plan whose
    hold is to be reviewed.
    """
    patient = item.patient
    look = LOOKS[item.kind]
    words, tone = due_words(item, reader)
    return TaskPanel(
        key=str(item.public_id),
        banner=banner(patient, patient.flags.all(), alerts=escalation_lines(escalations)) if patient else None,
        title=item.title,
        detail=detail_words(item, visit, reader),
        tried=item.tried,
        unreached=_unreached(item, listing),
        due=words,
        badge=Badge(tone if tone != "plain" else look.tone, look.icon, str(item.get_kind_display())),
        contacts=contacts_of(patient, carers) if patient else (),
        finish_url=address(reverse("desk:finish_task", args=[item.public_id]), listing.kept)
        if _may_tick_off(item, reader)
        else "",
        owner=_owner(item, reader),
        owner_actions=_owner_actions(item, reader, listing),
        note=_note(item, visit, reader),
        close_url=address(reverse("desk:worklist"), listing.kept),
        is_led=_is_led(item, visit, reader),
        replies=[reply_note(reply, carers, reader) for reply in replies],
        links=[
            *(_move_links(item, visit, reader) if visit and item.kind == Kind.MOVE else ()),
            *(_visit_links(item, visit, reader) if visit else ()),
            *(_hold_links(held) if held and reader.may(Act.HOLD_PLAN) else ()),
            *([_to_the_waiting_list()] if item.key.startswith("offer:") else ()),
            *([Action(_("Open the patient"), patient_url(patient), icon="user")] if patient else ()),
        ],
    )


def _is_stranded(item: WorklistItem) -> bool:
    """Only the list of its visit is gone, nobody's window."""
    return item.key.startswith("stranded:")


def _is_for_doctor(item: WorklistItem, reader: Reader) -> bool:
    return item.kind == Kind.ESCALATION and not reader.may(Act.HOLD_PLAN)


def _may_tick_off(item: WorklistItem, reader: Reader) -> bool:
    """Whether a word about what came of it ends the item, besides what ends it by itself."""
    if item.kind == Kind.MOVE:
        return _is_stranded(item)  # staff who know that it goes ahead all the same
    return item.kind not in ENDED_BY_ITS_RECORD and not _is_for_doctor(item, reader)


def _unreached(item: WorklistItem, listing: Listing) -> Action | None:
    """For who rang in vain."""
    if item.kind not in RUNG or item.patient is None:
        return None
    url = address(reverse("desk:unreached_task", args=[item.public_id]), listing.kept)
    return Action(_("Could not reach"), url, "post", icon="phone-missed", about=item.title)


def _note(item: WorklistItem, visit: Appointment | None, reader: Reader) -> Line | None:
    """How the item is settled, where that is not plain."""
    if item.kind == Kind.MOVE and _is_here(visit):
        return _here_note(item, reader)
    if item.kind == Kind.MOVE:
        return _stranded_note() if _is_stranded(item) else _move_note(reader)
    if item.kind == Kind.UNWRITTEN:
        return _unwritten_note(reader)
    if item.kind == Kind.HOLD_REVIEW:
        return _review_note(reader)
    if item.kind == Kind.ESCALATION:
        return _doctor_note() if _is_for_doctor(item, reader) else _hold_note()
    return None


def _owner(item: WorklistItem, reader: Reader) -> Line:
    if item.owner is None:
        return Line(_("Nobody has taken it yet."), icon="user")
    if item.owner_id == reader.actor.user_id:
        return Line(_("You see to it."), "action", "user")
    return Line(_("%(name)s sees to it.") % {"name": item.owner.name}, icon="user")


def _owner_actions(item: WorklistItem, reader: Reader, listing: Listing) -> list[Action]:
    """To take it, to take it over from whom the page names, or to give it back."""
    take = address(reverse("desk:take_task", args=[item.public_id]), listing.kept)
    if item.owner is None:
        return [Action(_("I see to it"), take, "post", about=item.title)]
    if item.owner_id == reader.actor.user_id:
        back = address(reverse("desk:give_back_task", args=[item.public_id]), listing.kept)
        return [Action(_("Give it back"), back, "post", "quiet", about=item.title)]
    fields = (("taken_from", str(item.owner.public_id)),)
    return [Action(_("Take it over"), take, "post", "quiet", fields=fields, about=item.title)]


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
    """What the visit asks for: to be moved or cancelled where they cannot come, sent again where its message failed.

    Of one that nobody wrote down, its day to be entered.
    """
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
    if item.kind == Kind.UNWRITTEN and reader.may(Act.RECORD_ADMINISTRATION):
        url = f"{reverse('desk:paper_day', args=[reader.unit.local_date(visit.starts_at)])}#row-{visit.public_id}"
        links.append(Action(_("Write it down…"), url, kind="primary", icon="clipboard-list"))
    return [*links, Action(_("Open the visit"), visit_url(visit), icon="calendar-days")]


def _unwritten_note(reader: Reader) -> Line:
    """How a visit that nobody wrote down is settled: by its record, never by ticking it off."""
    if reader.may(Act.RECORD_ADMINISTRATION):
        return Line(_("Given, not given, did not come: once it is on record this is done."), "plain", "info")
    return Line(_("A nurse or a doctor who was there writes it down. Ask them."), "plain", "info")


def _review_note(reader: Reader) -> Line:
    """How a review is settled: by what becomes of the hold, never by ticking it off."""
    if reader.may(Act.HOLD_PLAN):
        return Line(_("Lift the hold, or leave it and set the next day of review. Either ends this."), "plain", "info")
    return Line(_("A doctor lifts the hold, or sets the next day of its review. Ask them."), "plain", "info")


def _hold_links(plan: DosePlan) -> list[Action]:
    """Both ways alike: which one is a clinician's decision."""
    key = plan.public_id
    return [
        Action(_("Lift the hold…"), reverse("desk:resume", args=[key]), icon="calendar-check"),
        Action(_("Leave it on hold…"), reverse("desk:review_hold", args=[key]), icon="circle-pause"),
    ]


def _doctor_note() -> Line:
    return Line(_("A doctor looks at it and closes it. Ring one now."), "stop", "phone")


def _hold_note() -> Line:
    return Line(
        _("Finishing this lifts no hold. A plan still on hold comes back here, to be reviewed."), "plain", "info"
    )


def _move_note(reader: Reader) -> Line:
    """How a visit that no longer fits is settled: by moving or keeping it, never by ticking it off."""
    if reader.may(Act.OVERRIDE_DOSE_LIMITS):
        return Line(_("Move the visit, or keep it where it is with a reason."), "plain", "info")
    return Line(_("Move the visit. Only a doctor may keep it outside the window, with a reason."), "plain", "info")


def _stranded_note() -> Line:
    return Line(_("Move the visit, or say who has agreed that it goes ahead."), "plain", "info")


def _is_here(visit: Appointment | None) -> bool:
    return visit is not None and visit.status == Appointment.Status.ARRIVED


def _here_note(item: WorklistItem, reader: Reader) -> Line:
    """What is left for a visit whose patient has come: no other time can be given to it."""
    if _is_stranded(item):
        words = _("The patient is here, so the visit is not moved. Say who has agreed that it goes ahead.")
    elif reader.may(Act.OVERRIDE_DOSE_LIMITS):
        words = _(
            "The patient is here, so the visit is not moved. Keep it with a reason, or record the dose not given."
        )
    else:
        words = _(
            "The patient is here, so the visit is not moved. Only a doctor may keep it outside the window. Ask one."
        )
    return Line(words, "plain", "info")


def _move_links(item: WorklistItem, visit: Appointment, reader: Reader) -> list[Action]:
    """Another time while the patient is still to come; then only what can be done with the visit where it is."""
    links, is_here = [], _is_here(visit)
    if reader.may(Act.BOOK) and not is_here:
        url = reverse("desk:move", args=[visit.public_id])
        links.append(Action(_("Move…"), url, kind="primary", icon="calendar-clock"))
    if not _is_stranded(item) and reader.may(Act.OVERRIDE_DOSE_LIMITS):
        look = "primary" if is_here else "secondary"
        links.append(Action(_("Keep…"), reverse("desk:keep_visit", args=[visit.public_id]), kind=look, icon="check"))
    return links
