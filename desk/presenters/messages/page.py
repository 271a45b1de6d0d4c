"""Messages: what became of each, one opened, one sent again, and the addresses that lead to a person's own page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.forms.messages import ALL
from desk.looks import Badge, Words, badge_for
from desk.presenters.people import banner
from desk.presenters.reader import Reader
from desk.presenters.visits.steps import visit_url
from desk.viewmodels import Action, Fact, Line, MenuLink, MessageRow
from desk.viewmodels.messages import AgainPanel, LinkRow, LinksBox, OpenedMessage
from patients.models import Channel, Flag, Patient
from reminders.gate import link_ends_at
from reminders.health import MessagingHealth
from reminders.models import DeliveryReport, FeedToken, Message, PersonalLink
from reminders.people import PATIENT
from reminders.selectors import MessageLine
from reminders.services.opening import calendar_of, is_written, text_of
from reminders.services.resending import AgainPreview, ReaderAgain
from reminders.untold import Untold
from units.policy import Act

LOOKS: Mapping[str, str] = MappingProxyType(
    {
        Message.State.PENDING: "planned",
        Message.State.SENDING: "waiting",
        Message.State.SENT: "sent",
        Message.State.SKIPPED: "withdrawn",
        Message.State.FAILED: "failed",
    }
)
Fate = DeliveryReport.Fate
CAME_BACK = frozenset({Fate.BOUNCED.value, Fate.GIVEN_UP.value})


def message_rows(lines: Iterable[MessageLine], reader: Reader, *, name_visit: bool = False) -> list[MessageRow]:
    """What was sent or will be, to whom, by which channel, and what became of it; each leads to the message itself.

    `name_visit` where those of several visits stand together.
    """
    return [
        MessageRow(
            title=line.what,
            recipient=_recipient(line),
            badge=badge_of(line),
            about=_("visit of %(when)s") % {"when": reader.moment(line.arrives_at)} if name_visit else "",
            icon="mail-x" if needs_a_look(line) else "mail",
            url=reverse("desk:message", args=[line.public_id]),
            details=[part for part in (line.channel, line.fate_words) if part],
            why=line.why_not,
            action=_again_action(line, reader) if needs_a_look(line) else None,
        )
        for line in lines
    ]


def untold_rows(found: Iterable[Untold]) -> list[MessageRow]:
    """What was not written to anybody, beside what was."""
    return [
        MessageRow(
            title=one.what,
            recipient=one.who,
            badge=badge_for("withdrawn", _("Not sent")),
            icon="mail-x",
            why=one.why,
        )
        for one in found
    ]


def badge_of(line: MessageLine) -> Badge:
    """How it stands; that it came back outweighs that it was sent."""
    if line.fate in CAME_BACK:
        return badge_for("failed", _("Came back"))
    if line.fate == Fate.ARRIVED:
        return badge_for("delivered", line.state_words)
    return badge_for(LOOKS[line.state], line.state_words)


def needs_a_look(line: MessageLine) -> bool:
    """Whether its reader does not have it although they should."""
    return line.state == Message.State.FAILED or line.fate in CAME_BACK


def _recipient(line: MessageLine) -> str:
    return _("%(name)s (carer)") % {"name": line.recipient_name} if line.is_to_carer else line.recipient_name


def again_url(appointment_id: object, *, to: str = "") -> str:
    """Where the invite of a visit is sent once more, to the reader with that key."""
    query = f"?{urlencode({'to': to})}" if to else ""
    return f"{reverse('desk:send_again', args=[appointment_id])}{query}"


def _again_action(line: MessageLine, reader: Reader) -> Action | None:
    if not line.is_standing or not reader.may(Act.BOOK):
        return None
    return Action(
        _("Send again…"),
        again_url(line.appointment_id, to=line.recipient),
        icon="send",
        about=f"{line.what}, {line.recipient_name}",
    )


def opened_message(message: Message, line: MessageLine, flags: Sequence[Flag], reader: Reader) -> OpenedMessage:
    """One message, as it went or as it waits."""
    is_mail, written = message.channel == Channel.EMAIL, is_written(message)
    return OpenedMessage(
        banner=banner(message.patient, flags),
        title=line.what,
        badge=badge_of(line),
        facts=_facts(message, line, reader),
        subject=message.subject,
        text=text_of(message) if written else "",
        page_url=reverse("desk:message_page", args=[message.public_id]) if written and is_mail else "",
        calendar=calendar_of(message),
        back=MenuLink(
            _("Visit of %(when)s") % {"when": reader.moment(message.appointment.arrives_at)},
            visit_url(message.appointment),
        ),
        actions=[action] if (action := _again_action(line, reader)) and message.is_calendar else [],
        notice=None if written else Line(_("It is put into words just before it leaves."), "plain", "info"),
    )


def _facts(message: Message, line: MessageLine, reader: Reader) -> list[Fact]:
    facts = [
        Fact(_("To"), _recipient(line), message.address),
        Fact(_("By"), line.channel, "" if message.state != Message.State.SENT else line.fate_words),
        Fact(_("State"), line.state_words, line.why_not, "stop" if needs_a_look(line) else "plain"),
        Fact(_("Meant for"), reader.moment(message.due_at)),
    ]
    if message.attempts:
        facts.append(Fact(_("Tries"), str(message.attempts)))
    facts += [
        Fact(str(report.get_fate_display()), reader.moment(report.reported_at), report.status)
        for report in message.delivery_reports.all()
    ]
    if is_written(message):
        facts.append(Fact(_("Words"), _words_version(message), _("language: %(code)s") % {"code": message.language}))
    facts += [
        Fact(_("Answered"), str(answer), reader.moment(answer.answered_at))
        for answer in message.appointment.answers
        if answer.respondent == message.recipient and answer.ical_sequence == message.ical_sequence
    ]
    if message.is_calendar:
        at = reader.unit.local(message.dtstamp)
        facts.append(
            Fact(_("Invite"), _("SEQUENCE %(n)d") % {"n": message.ical_sequence}, f"DTSTAMP {at:%d/%m/%Y %H:%M:%S}")
        )
    return facts


def _words_version(message: Message) -> str:
    version = message.facts.get("text_version")
    return _("Version %(n)d") % {"n": version} if version else _("As shipped")


def again_choices(preview: AgainPreview) -> list[tuple[str, Words]]:
    """To whom it may go, by key; all of them first, where there are several."""
    reached = [one for one in preview.readers if one.channels]
    choices: list[tuple[str, Words]] = [(one.person.key, _choice(one)) for one in reached]
    return [(ALL, _("All of them")), *choices] if len(reached) > 1 else choices


def again_panel(preview: AgainPreview) -> AgainPanel:
    """The question before an invite goes out once more."""
    return AgainPanel(
        title=_("Send the invite again"),
        url=reverse("desk:send_again", args=[preview.visit.public_id]),
        not_reached=[
            Line(f"{one.person.name}: {one.why_not}", "warn", "mail-x") for one in preview.readers if not one.channels
        ],
        subject=preview.words.subject if preview.words else "",
        body=preview.words.body if preview.words else "",
    )


def _choice(one: ReaderAgain) -> str:
    name = one.person.name if one.person.key == PATIENT else _("%(name)s (carer)") % {"name": one.person.name}
    return _("%(name)s: %(channels)s") % {"name": name, "channels": ", ".join(one.channel_words).lower()}


def links_box(patient: Patient, links: Iterable[PersonalLink], feeds: Iterable[FeedToken], reader: Reader) -> LinksBox:
    """Every personal link and calendar address that works now, and the one press that ends them all."""
    rows = [
        _link_row(link, reader)
        for link in links
        if link_ends_at(link.appointment.ends_at, link.appointment.unit.zone) > reader.at
    ]
    rows += [
        LinkRow(
            _("%(who)s: calendar address") % {"who": _whose(feed)},
            _("made %(when)s") % {"when": reader.moment(feed.made_at)},
        )
        for feed in feeds
    ]
    revoke = None
    if rows and reader.may(Act.EDIT_PATIENTS):
        url = reverse("desk:revoke_links", args=[patient.public_id])
        revoke = Action(_("End them all"), url, method="post", kind="danger", icon="ban")
    return LinksBox(rows, revoke)


def _link_row(link: PersonalLink, reader: Reader) -> LinkRow:
    used = link.last_used_at
    opened = _("opened %(when)s") % {"when": reader.moment(used)} if used else _("never opened")
    title = _("%(who)s: visit of %(when)s") % {
        "who": _whose(link),
        "when": reader.moment(link.appointment.arrives_at),
    }
    return LinkRow(title, _("made %(when)s, %(opened)s") % {"when": reader.moment(link.made_at), "opened": opened})


def _whose(address: PersonalLink | FeedToken) -> str:
    if address.recipient == PATIENT:
        return _("Patient")
    return address.carer.name if address.carer else _("A carer")


LATE = timedelta(minutes=15)
"""What is due for longer than this and has not left needs somebody's look. Local policy."""


def health_lines(health: MessagingHealth, reader: Reader) -> list[Line]:
    """What is wrong with sending, worst first; one line that says so where nothing is."""
    lines = []
    if health.oldest_due_at is not None and reader.at - health.oldest_due_at > LATE:
        since = reader.moment(health.oldest_due_at)
        lines.append(Line(_("Something has waited to be sent since %(when)s.") % {"when": since}, "stop", "mail-x"))
    if health.failed_today or health.came_back_today:
        url = reverse("desk:worklist") if reader.may(Act.WORK_WORKLIST) else ""
        lines.append(Line(_("Some of today's messages did not arrive: see the worklist."), "warn", "mail-x", url))
    if health.mailbox is not None and health.mailbox.why:
        lines.append(Line(_("The mailbox could not be read: %(why)s") % {"why": health.mailbox.why}, "warn", "mail-x"))
    return lines or [Line(_("Nothing is held up."), "ok", "mail-check")]


def health_facts(health: MessagingHealth, reader: Reader) -> list[Fact]:
    """The figures; no name and no number of anybody."""
    oldest = reader.moment(health.oldest_due_at) if health.oldest_due_at else ""
    return [
        Fact(_("Waiting to be sent"), str(health.waiting), _("oldest: %(when)s") % {"when": oldest} if oldest else ""),
        Fact(_("Changes without messages yet"), str(health.unwritten)),
        Fact(_("Sent today"), str(health.sent_today)),
        Fact(_("Failed today"), str(health.failed_today), tone="warn" if health.failed_today else "plain"),
        Fact(_("Came back today"), str(health.came_back_today), tone="warn" if health.came_back_today else "plain"),
        Fact(
            _("Letters to print"),
            str(health.letters_waiting),
            url=reverse("desk:letters") if health.letters_waiting and reader.may(Act.PRINT_LETTERS) else "",
        ),
        _mailbox(health, reader),
    ]


def _mailbox(health: MessagingHealth, reader: Reader) -> Fact:
    label = _("Answers by e-mail last read")
    if not health.is_mailbox_set:
        return Fact(label, _("No mailbox is set"))
    if health.mailbox is None or health.mailbox.polled_at is None:
        return Fact(label, _("Not yet"), tone="warn")
    left = health.mailbox.waiting
    note = ngettext("%(n)d mail left for the next look", "%(n)d mails left for the next look", left) % {"n": left}
    return Fact(label, reader.moment(health.mailbox.polled_at), note if left else "")
