"""Mail that came in, whether ours arrived, and how the mailbox stands."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from patients.models import Patient, WorklistItem
from reminders.models.messages import Message
from scheduling.models import Appointment
from units.models import Unit


class Reply(models.Model):
    """A mail that came in, and what became of it. The mail itself stays in its mailbox for a while (local policy).

    `digest` makes handling the same mail twice harmless. Of what somebody wrote, only so much is kept as staff need to
    ring them, and no history of it.
    """

    class Kind(models.TextChoices):
        ANSWER = "answer", _("Answer of a calendar")
        TEXT = "text", _("Written by a person")
        REPORT = "report", _("Report about a mail of ours")
        AUTOMATIC = "automatic", _("Written by a program")
        UNREADABLE = "unreadable", _("Could not be read")

    class Outcome(models.TextChoices):
        APPLIED = "applied", _("On record")
        HELD = "held", _("Asked back")
        REJECTED = "rejected", _("Changes nothing")
        TO_READ = "to_read", _("Somebody reads it")
        NOTED = "noted", _("Noted on the message")
        SET_ASIDE = "set_aside", _("Set aside")
        QUARANTINED = "quarantined", _("In quarantine")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the mail's octets.")
    mime_message_id = models.CharField(max_length=255, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    outcome = models.CharField(max_length=11, choices=Outcome.choices)
    why = models.CharField(max_length=200, blank=True, help_text="Why it changed nothing, in words.")
    received_at = models.DateTimeField(help_text="When the mail server took it.")
    handled_at = models.DateTimeField()
    sender = models.CharField(max_length=254, blank=True, help_text="The address it says it is from.")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, related_name="replies")
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, null=True, related_name="replies")
    respondent = models.CharField(max_length=40, blank=True, help_text="“patient” or “carer:12”, where that is known.")
    participant_status = models.CharField(max_length=12, blank=True)
    ical_sequence = models.PositiveIntegerField(null=True)
    dtstamp = models.DateTimeField(null=True)
    text = models.TextField(blank=True, help_text="What somebody wrote: its first 2,000 characters.")
    task = models.ForeignKey(WorklistItem, on_delete=models.SET_NULL, null=True, related_name="replies")

    class Meta:
        verbose_name = _("incoming mail")
        verbose_name_plural = _("incoming mail")
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(outcome__in=["applied", "held"])
                | Q(appointment__isnull=False, dtstamp__isnull=False) & ~Q(respondent=""),
                name="reply_answer_is_whole",
            ),
        ]
        indexes = [
            models.Index("patient", F("received_at").desc(), name="reply_by_patient"),
            models.Index("appointment", "respondent", name="reply_by_appointment"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_outcome_display()}"


class DeliveryReport(models.Model):
    """What a mail server said about a message of ours (RFC 3464): it came back, is late, or has arrived."""

    class Fate(models.TextChoices):
        BOUNCED = "bounced", _("Came back: the address takes no mail")
        GIVEN_UP = "given_up", _("Came back: it could not be delivered in time")
        DELAYED = "delayed", _("Late, still being tried")
        ARRIVED = "arrived", _("Arrived")

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="delivery_reports")
    fate = models.CharField(max_length=8, choices=Fate.choices)
    status = models.CharField(max_length=12, blank=True, help_text="RFC 3463, such as 5.1.1.")
    reported_at = models.DateTimeField()

    class Meta:
        verbose_name = _("delivery report")
        ordering = ["reported_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["message", "fate"], name="delivery_report_once")]

    def __str__(self) -> str:
        return str(self.get_fate_display())


class MailboxState(models.Model):
    """How the mailbox was found at the last look; one row. `why` says in words what failed, without an address."""

    tried_at = models.DateTimeField()
    polled_at = models.DateTimeField(null=True, help_text="The last look that went through.")
    why = models.CharField(max_length=200, blank=True)
    waiting = models.PositiveIntegerField(default=0, help_text="Mails left for the next look.")

    class Meta:
        verbose_name = _("state of the mailbox")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="mailbox_state_one_row")]

    def __str__(self) -> str:
        return self.why or "ok"


class StuckMail(models.Model):
    """A mail that was tried in vain, by its UID, which counts within a UIDVALIDITY; gone once it is dealt with."""

    uid_validity = models.BigIntegerField()
    uid = models.BigIntegerField()
    tries = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(help_text="The last try.")

    class Meta:
        verbose_name = _("mail that cannot be fetched")
        verbose_name_plural = _("mails that cannot be fetched")
        constraints = [models.UniqueConstraint(fields=["uid_validity", "uid"], name="stuck_mail_once")]

    def __str__(self) -> str:
        return f"{self.uid}, {self.tries}"
