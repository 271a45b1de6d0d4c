"""What happened to a visit, and what is proposed to happen to it."""

from __future__ import annotations

import uuid

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from scheduling.models.visits import Appointment
from units.models import User, tracked


@tracked
class MoveProposal(models.Model):
    """A booked visit that no longer fits its dose's window: a person moves it, or keeps it with a reason."""

    class State(models.TextChoices):
        OPEN = "open", _("To decide")
        MOVED = "moved", _("Moved")
        KEPT = "kept", _("Kept")
        OVER = "over", _("No longer needed")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="move_proposals", verbose_name=_("visit")
    )
    cause = models.CharField(_("why"), max_length=300, help_text=_("In words: what changed, and what it means."))
    earliest_on = models.DateField(_("window opens"))
    latest_on = models.DateField(_("window closes"))
    state = models.CharField(_("state"), max_length=5, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField(_("since"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by_name = models.CharField(_("by"), max_length=120, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("visit to move")
        verbose_name_plural = _("visits to move")
        ordering = ["opened_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["appointment"], condition=Q(state="open"), name="move_proposal_one_open")
        ]

    def __str__(self) -> str:
        return self.cause


class AppointmentEvent(models.Model):
    """What happened to a visit, written in the change's own transaction: the outbox from which messages are derived.

    Never changed afterwards, but for `messages_derived_at` (trigger). An undo is an event of its own that names the
    one it undoes.
    """

    class Kind(models.TextChoices):
        BOOKED = "booked", _("Booked")
        MOVED = "moved", _("Moved")
        DELAYED = "delayed", _("Delayed")
        CANCELLED = "cancelled", _("Cancelled")
        UNDONE = "undone", _("Undone")
        ARRIVED = "arrived", _("Arrived")
        STARTED = "started", _("Procedure started")
        GIVEN = "given", _("Dose given")
        DONE = "done", _("Procedure done")
        NOT_GIVEN = "not_given", _("Dose not given")
        DISCHARGED = "discharged", _("Discharged")
        NOSHOW = "noshow", _("Did not attend")
        CORRECTED = "corrected", _("Corrected")
        OFFERED = "offered", _("Earlier time offered")
        OFFER_OVER = "offer_over", _("Earlier time gone")
        ANSWERED = "answered", _("Answered")
        KEPT = "kept", _("Kept outside the window")
        TOLD_AGAIN = "told_again", _("Sent again")

    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, related_name="events", verbose_name=_("visit")
    )
    kind = models.CharField(_("what happened"), max_length=12, choices=Kind.choices)
    at = models.DateTimeField(_("when"))
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("account"))
    actor_name = models.CharField(_("by"), max_length=120)
    reason = models.CharField(_("why"), max_length=300, blank=True)
    uid = models.UUIDField(_("invite's UID"))
    ical_sequence = models.PositiveIntegerField(_("invite's SEQUENCE"))
    dtstamp = models.DateTimeField(_("invite's DTSTAMP"))
    releases_at = models.DateTimeField(
        _("messages leave from"), help_text=_("No message of this event leaves earlier, so that an undo sends nothing.")
    )
    snapshot = models.JSONField()
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="undone_by")
    together = models.UUIDField(
        null=True, help_text="The same for what one act did to several visits: it is taken back together."
    )
    messages_derived_at = models.DateTimeField(_("messages made"), null=True)

    class Meta:
        verbose_name = _("event of a visit")
        verbose_name_plural = _("events of visits")
        ordering = ["pk"]
        indexes = [
            models.Index("appointment", "id", name="event_by_appointment"),
            models.Index("id", condition=Q(messages_derived_at__isnull=True), name="event_underived"),
            # What changed since a time: rows come in order of time, so a few pages of the table are read and booking
            # pays next to nothing.
            BrinIndex(fields=["at"], pages_per_range=16, autosummarize=True, name="event_by_time"),
            models.Index("together", condition=Q(together__isnull=False), name="event_together"),
            # What freed a slot lately is looked for among ten years of visits.
            models.Index("at", condition=Q(kind__in=["moved", "cancelled", "noshow"]), name="event_that_freed"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="fixed", exclude=["messages_derived_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {localtime(self.at):%d/%m/%Y %H:%M}"
