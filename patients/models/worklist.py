"""What somebody has to do about a patient, and who looked at whose record."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from patients.models.people import Patient
from units.models import Unit, User, tracked


@tracked
class WorklistItem(models.Model):
    """Something a person must do: a call, an escalation, a message that failed. FHIR Task.

    Every app above may open one; `key` makes opening it twice harmless while it is open. `owner` has said that they
    see to it; anybody may still finish it.
    """

    class Kind(models.TextChoices):
        CALL = "call", _("Call")
        MESSAGE_FAILED = "message_failed", _("Message failed")
        NO_ADDRESS = "no_address", _("No address")
        NO_NEXT_VISIT = "no_next_visit", _("No next visit")
        CLINICAL = "clinical", _("For a clinician")
        ESCALATION = "escalation", _("Red flag")
        FOLLOW_UP = "follow_up", _("After a dose")
        MOVE = "move", _("Visit to move")
        REGISTRY = "registry", _("Registry return")
        NOT_READY = "not_ready", _("Not ready")
        UNANSWERED = "unanswered", _("No answer")
        DECLINED = "declined", _("Cannot come")
        TENTATIVE = "tentative", _("Not sure")
        BOUNCED = "bounced", _("Mail came back")
        UNMATCHED_REPLY = "unmatched_reply", _("Reply to read")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="worklist_items")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, null=True, related_name="worklist_items")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    key = models.CharField(max_length=120)
    title = models.CharField(max_length=120)
    detail = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField()
    opened_at = models.DateTimeField(auto_now_add=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(done_at__isnull=True), name="worklist_item_open_once")
        ]
        indexes = [
            models.Index("unit", "due_at", condition=Q(done_at__isnull=True), name="worklist_open"),
            models.Index("unit", "done_at", condition=Q(done_at__isnull=False), name="worklist_done"),
        ]

    def __str__(self) -> str:
        return self.title


class AccessEntry(models.Model):
    """Somebody opened a patient's record. Added to, never changed (trigger and privilege)."""

    at = models.DateTimeField(auto_now_add=True)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="access_entries")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=120)
    page = models.CharField(max_length=40)

    class Meta:
        verbose_name_plural = "access entries"
        ordering = ["-at"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]
        indexes = [models.Index("patient", F("at").desc(), name="access_by_patient")]

    def __str__(self) -> str:
        return f"{self.actor_name}, {self.page}"
