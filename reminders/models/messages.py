"""Messages to patients and carers, and the texts they are made of."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from patients.models import Carer, Channel, Patient
from reminders.triggers import used_words_are_fixed
from scheduling.models import Appointment, AppointmentEvent
from units.models import Unit, tracked


class Purpose(models.TextChoices):
    """What a message is for."""

    INVITE = "invite", _("Invite")
    UPDATE = "update", _("New time")
    CANCEL = "cancel", _("Cancellation")
    REMINDER_7D = "reminder_7d", _("Reminder, 7 days before")
    REMINDER_48H = "reminder_48h", _("Reminder, 48 hours before")
    REMINDER_24H = "reminder_24h", _("Reminder, 24 hours before")
    OFFER = "offer", _("Earlier time offered")
    OFFER_OVER = "offer_over", _("Earlier time gone")
    ASK_BACK = "ask_back", _("Question about an answer")


CALENDAR_PURPOSES = (Purpose.INVITE, Purpose.UPDATE, Purpose.CANCEL)
REQUEST_PURPOSES = (Purpose.INVITE, Purpose.UPDATE)
OFFER_PURPOSES = (Purpose.OFFER, Purpose.OFFER_OVER)
LINKED_PURPOSES = (
    *REQUEST_PURPOSES,
    Purpose.REMINDER_7D,
    Purpose.REMINDER_48H,
    Purpose.REMINDER_24H,
    Purpose.OFFER,
    Purpose.ASK_BACK,
)
"""What asks for an answer, and so leads to the reader's own page."""


@tracked
class MessageText(models.Model):
    """The words of one kind of message. A new version is a new row; the highest active one is used.

    Words that a message was made of never change (trigger): what somebody was told can always be read again.
    """

    class Variant(models.TextChoices):
        """For whom the words are written. Large print has the words of the standard text, in larger type."""

        STANDARD = "standard", _("Standard and large print")
        EASY_READ = "easy_read", _("Easy read")
        SHORT = "short", _("Text message (SMS)")

    unit = models.ForeignKey(
        Unit,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="message_texts",
        verbose_name=_("unit"),
        help_text=_("Empty: for every unit that has no text of its own."),
    )
    purpose = models.CharField(_("for"), max_length=16, choices=Purpose.choices)
    variant = models.CharField(_("written as"), max_length=10, choices=Variant.choices, default=Variant.STANDARD)
    language = models.CharField(_("language"), max_length=8, default="en")
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    subject = models.CharField(_("subject"), max_length=78, blank=True)
    body = models.TextField(_("text"))
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("message text")
        verbose_name_plural = _("message texts")
        ordering = ["purpose", "variant", "language", "unit", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "purpose", "variant", "language", "version"],
                name="message_text_version_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=~Q(subject="") | Q(variant="short"), name="message_text_has_subject"),
        ]
        triggers = [used_words_are_fixed()]

    def __str__(self) -> str:
        variant = "" if self.variant == self.Variant.STANDARD else f", {self.get_variant_display().lower()}"
        return f"{self.get_purpose_display()}{variant} ({self.language}) v{self.version}"


class Message(models.Model):
    """One message to one person, derived from an appointment event under a key that makes deriving it twice harmless.

    Bytes sent twice are the same bytes: everything they are made of is on this row or on its event.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        SKIPPED = "skipped", _("Not sent")
        FAILED = "failed", _("Failed")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    purpose_key = models.CharField(max_length=160, unique=True, help_text="uid:sequence:event:purpose:recipient")
    event = models.ForeignKey(
        AppointmentEvent, on_delete=models.PROTECT, related_name="messages", verbose_name=_("what happened")
    )
    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, related_name="messages", verbose_name=_("visit")
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="messages", verbose_name=_("patient"))
    carer = models.ForeignKey(
        Carer, on_delete=models.SET_NULL, null=True, blank=True, related_name="messages", verbose_name=_("carer")
    )
    purpose = models.CharField(_("for"), max_length=16, choices=Purpose.choices)
    channel = models.CharField(_("sent by"), max_length=8, choices=Channel.choices, default=Channel.EMAIL)
    recipient = models.CharField(
        max_length=40,
        help_text="“patient” or “carer:12”: who it is for, also after the carer's row is gone. Messages keep their "
        "order within (uid, recipient).",
    )
    recipient_name = models.CharField(_("to"), max_length=120)
    address = models.CharField(_("address"), max_length=254)
    uid = models.UUIDField(_("invite's UID"))
    ical_sequence = models.PositiveIntegerField(_("invite's SEQUENCE"))
    dtstamp = models.DateTimeField(_("invite's DTSTAMP"))
    language = models.CharField(_("language"), max_length=8, default="en")
    text = models.ForeignKey(
        MessageText,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("made of the text"),
    )
    subject = models.CharField(_("subject"), max_length=120, blank=True)
    body_text = models.TextField(_("text"), blank=True)
    facts = models.JSONField(
        default=dict, blank=True, help_text="What else its bytes are made of, fixed before the first try."
    )
    dated_at = models.DateTimeField(
        _("dated"), null=True, blank=True, help_text=_("The mail's Date, fixed before the first try.")
    )
    is_large_print = models.BooleanField(_("large print"), default=False)
    mime_message_id = models.CharField(_("Message-ID"), max_length=120, blank=True)
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PENDING)
    why = models.CharField(_("why not"), max_length=200, blank=True, help_text=_("Why it was not sent, in words."))
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    lease_until = models.DateTimeField(_("being sent until"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    provider_id = models.CharField(
        _("the provider's name for it"),
        max_length=80,
        blank=True,
        default="",
        db_default="",
        help_text=_("What the provider of text messages calls it; reports come under it."),
    )
    is_possibly_out = models.BooleanField(
        _("may have left"),
        default=False,
        help_text=_("It may have reached the mail server, for all we know. A cancellation follows only these."),
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["due_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="message_sent_has_instant"
            ),
            models.CheckConstraint(
                condition=~Q(state="sending") | Q(lease_until__isnull=False), name="message_sending_has_lease"
            ),
            models.CheckConstraint(
                condition=Q(is_possibly_out=False) | Q(dated_at__isnull=False), name="message_out_is_composed"
            ),
        ]
        indexes = [
            models.Index("due_at", "id", condition=Q(state__in=["pending", "sending"]), name="message_due"),
            models.Index("due_at", condition=Q(state="pending", channel="letter"), name="message_to_print"),
            models.Index("provider_id", condition=~Q(provider_id=""), name="message_by_provider"),
            models.Index("uid", "id", name="message_by_uid"),
            models.Index("patient", F("created_at").desc(), name="message_by_patient"),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}, {self.get_state_display()}"

    @property
    def is_calendar(self) -> bool:
        """Whether it carries a calendar object; reminders do not."""
        return self.purpose in CALENDAR_PURPOSES
