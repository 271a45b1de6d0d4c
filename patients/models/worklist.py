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
        UNWRITTEN = "unwritten", _("Not written down")
        HOLD_REVIEW = "hold_review", _("Hold to review")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="worklist_items", verbose_name=_("unit"))
    patient = models.ForeignKey(
        Patient, on_delete=models.CASCADE, null=True, related_name="worklist_items", verbose_name=_("patient")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    key = models.CharField(_("known as"), max_length=120)
    title = models.CharField(_("what to do"), max_length=120)
    detail = models.CharField(_("in words"), max_length=300, blank=True)
    tried = models.CharField(_("what was tried"), max_length=300, blank=True)
    due_at = models.DateTimeField(_("due"))
    opened_at = models.DateTimeField(_("opened"), auto_now_add=True)
    owner = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("seen to by")
    )
    done_at = models.DateTimeField(_("done"), null=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("done by"))
    outcome = models.CharField(_("what came of it"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
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

    at = models.DateTimeField(_("when"), auto_now_add=True)
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="access_entries", verbose_name=_("patient")
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("account"))
    actor_name = models.CharField(_("who"), max_length=120)
    page = models.CharField(_("page"), max_length=40)

    class Meta:
        verbose_name = _("look at a record")
        verbose_name_plural = _("looks at records")
        ordering = ["-at"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]
        indexes = [models.Index("patient", F("at").desc(), name="access_by_patient")]

    def __str__(self) -> str:
        return f"{self.actor_name}, {self.page}"
