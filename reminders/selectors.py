"""What staff read about messages, and which text is used. Every question is asked by an actor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from patients.models import Channel, WorklistItem
from reminders.models import DeliveryReport, Message, MessageText, Reply
from reminders.people import PATIENT
from reminders.rules import MOST_TRIES
from reminders.shipped import LANGUAGE, ShippedText
from reminders.shipping import said_to_carer, shipped_text, translated_text
from reminders.standing import standing_of, why_stale
from scheduling.models import Appointment
from units.actors import Actor
from units.errors import NotFound
from units.models import Unit
from units.policy import Act
from units.scope import scoped

Variant = MessageText.Variant
MOST_LINES = 200
Fate = DeliveryReport.Fate
FATES = (Fate.BOUNCED, Fate.GIVEN_UP, Fate.ARRIVED, Fate.DELAYED)
"""What counts first where several things were heard."""


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message as a person reads it: what, to whom, when, and how it stands, in words.

    `fate` is what was heard of it since it left (`DeliveryReport.Fate`), empty where nothing was. `is_standing`: its
    visit is booked and yet to come.
    """

    public_id: UUID
    what: str
    purpose: str
    recipient_name: str
    is_to_carer: bool
    address: str
    channel: str
    state: str
    state_words: str
    why_not: str
    due_at: datetime
    sent_at: datetime | None
    appointment_id: UUID
    arrives_at: datetime
    subject: str
    recipient: str = PATIENT
    fate: str = ""
    fate_words: str = ""
    is_standing: bool = False
    channel_code: str = Channel.EMAIL


@dataclass(frozen=True, slots=True)
class ChosenText:
    """The text used for a message; `pk` is None for the one that ships."""

    pk: int | None
    language: str
    version: int
    subject: str
    body: str


def messages_of_appointment(actor: Actor, appointment_id: UUID) -> list[MessageLine]:
    """Everything sent or to be sent about a visit, oldest first; empty outside the actor's units."""
    rows = _visible(actor).filter(appointment__public_id=appointment_id).order_by("due_at", "pk")
    return _lines(rows)


def messages_of_patient(actor: Actor, patient_id: UUID) -> list[MessageLine]:
    """Everything about a patient's visits, newest first, the last 200."""
    rows = _visible(actor).filter(patient__public_id=patient_id).order_by("-created_at", "-pk")
    return _lines(rows)


def message_for(actor: Actor, message_id: UUID) -> Message:
    """One message with its visit, its text and what was heard of it. Raises NotFound."""
    known = _visible(actor).select_related("event", "text", "appointment__unit", "appointment__dose__plan", "carer")
    known = known.select_related("patient__unit", "appointment__patient").prefetch_related("delivery_reports")
    message = known.filter(public_id=message_id).first()
    if message is None:
        raise NotFound("There is no such message in your units.")
    return message


def line_of(message: Message, *, at: datetime) -> MessageLine:
    """The message as a person reads it."""
    return _line(message, at=at)


def _visible(actor: Actor) -> QuerySet[Message]:
    return scoped(Message.objects.all(), actor, Act.VIEW_MESSAGES, through="patient__unit_id")


def _lines(rows: QuerySet[Message]) -> list[MessageLine]:
    now = timezone.now()
    known = rows.select_related("appointment__unit", "appointment__patient", "appointment__dose__plan")
    known = known.prefetch_related("delivery_reports")
    return [_line(row, at=now) for row in known[:MOST_LINES]]


def _line(row: Message, *, at: datetime) -> MessageLine:
    """As it stands: what can never leave any more reads as not sent, also before a worker has put that down."""
    if row.state == Message.State.PENDING:
        standing = standing_of(row.appointment, is_on_hold=False)
        if why := why_stale(row, standing, is_event_undone=False):
            row.state, row.why = Message.State.SKIPPED, why
    fate, fate_words = fate_of(row)
    return MessageLine(
        public_id=row.public_id,
        what=row.get_purpose_display(),
        purpose=row.purpose,
        recipient_name=row.recipient_name,
        is_to_carer=row.recipient != PATIENT,
        address=row.address,
        channel=row.get_channel_display(),
        state=row.state,
        state_words=state_words(row, row.appointment.unit, at=at),
        why_not=row.why,
        due_at=row.due_at,
        sent_at=row.sent_at,
        appointment_id=row.appointment.public_id,
        arrives_at=row.appointment.arrives_at,
        subject=row.subject,
        recipient=row.recipient,
        channel_code=row.channel,
        fate=fate,
        fate_words=fate_words,
        is_standing=row.appointment.status == Appointment.Status.BOOKED and row.appointment.arrives_at > at,
    )


def fate_of(message: Message) -> tuple[str, str]:
    """What was heard of a mail since it left, and that in words. Most mail servers say nothing of what arrived.

    Reads `delivery_reports`: have them prefetched.
    """
    fates = {report.fate: report for report in message.delivery_reports.all()}
    for fate in FATES:
        if fate in fates:
            return fate, str(fates[fate])
    is_mailed = message.channel == Channel.EMAIL and message.state == Message.State.SENT
    return "", _("Nothing has come back") if is_mailed else ""


def state_words(message: Message, unit: Unit, *, at: datetime) -> str:
    """How a message stands, in words and in the unit's time."""

    def when(instant: datetime) -> str:
        local = unit.local(instant)
        if local.date() == unit.local_date(at):
            return _("at %(time)s") % {"time": date_format(local, "H:i")}
        return _("on %(day)s at %(time)s") % {"day": date_format(local, "D j M"), "time": date_format(local, "H:i")}

    if message.state == Message.State.SENT:
        return _("Sent %(when)s") % {"when": when(message.sent_at or message.due_at)}
    if message.state != Message.State.PENDING:
        return message.get_state_display()
    if message.attempts:
        tries = {"when": when(message.due_at), "tries": message.attempts, "most": MOST_TRIES}
        return _("Not gone yet; tried again %(when)s (%(tries)d of %(most)d tries)") % tries
    if message.due_at > at:
        return _("Goes %(when)s") % {"when": when(message.due_at)}
    return _("Waiting to be sent")


def text_for(
    unit_id: int, purpose: str, language: str, variant: str = Variant.STANDARD, *, is_to_carer: bool = False
) -> ChosenText:
    """The words for a message: the reader's language before English, easy read before standard where asked for.

    Then the unit's own before everybody's, and of these the highest version in use. Where the database has none in the
    reader's language, the text that ships in its translation; where there is no translation either, English. What
    ships is said to a carer of the patient, also where it stands in the database.
    """
    languages = list(dict.fromkeys([language, language.partition("-")[0], LANGUAGE]))
    variants = list(dict.fromkeys([variant, variant if variant == Variant.SHORT else Variant.STANDARD]))
    rows = MessageText.objects.filter(
        Q(unit_id=unit_id) | Q(unit__isnull=True),
        purpose=purpose,
        variant__in=variants,
        language__in=languages,
        is_active=True,
    )

    def rank(row: MessageText) -> tuple[int, int, bool, int]:
        return languages.index(row.language), variants.index(row.variant), row.unit_id is None, -row.version

    best = min(rows, key=rank, default=None)
    if (best is None or best.language == LANGUAGE) and languages[:-1]:
        translated = translated_text(purpose, variant, language, is_to_carer=is_to_carer)
        if translated is not None:
            return ChosenText(None, language, 0, translated.subject, translated.body)
    words = shipped_text(purpose, variant) if best is None else ShippedText(best.subject, best.body)
    if is_to_carer:
        words = said_to_carer(words)
    if best is None:
        return ChosenText(None, LANGUAGE, 0, words.subject, words.body)
    return ChosenText(best.pk, best.language, best.version, words.subject, words.body)


def replies_to_read(actor: Actor, item: WorklistItem) -> list[Reply]:
    """The mails that a worklist item asks somebody to read, the first first; none for who may not see messages."""
    replies = Reply.objects.filter(task=item).order_by("received_at", "pk")
    return list(scoped(replies, actor, Act.VIEW_MESSAGES))
