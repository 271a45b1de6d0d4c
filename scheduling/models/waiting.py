"""Patients who would come earlier, and offers of a freed slot to them."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from doseplans.models import Dose
from scheduling.models.changes import AppointmentEvent
from scheduling.models.resources import Resource, Schedule
from scheduling.models.visits import Appointment
from units.models import Unit, User, tracked

LONGEST_NOTICE_HOURS = 24 * 14


@tracked
class EarlierWish(models.Model):
    """A patient would rather have a dose earlier than it is booked, or as soon as may be while it is not.

    Counts until it is ended, until its last date has passed, or until the dose is given, whichever comes first.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    dose = models.ForeignKey(Dose, on_delete=models.PROTECT, related_name="earlier_wishes")
    notice_hours = models.PositiveSmallIntegerField(
        _("hours of notice needed"), default=24, validators=[MaxValueValidator(LONGEST_NOTICE_HOURS)]
    )
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(choices=Schedule.Weekday.choices, validators=[MinValueValidator(1)]),
        verbose_name=_("possible days"),
        default=list,
        blank=True,
        help_text=_("None chosen: any day."),
    )
    arrive_from = models.TimeField(_("can arrive from"), null=True, blank=True, help_text=_("Local time."))
    leave_by = models.TimeField(_("must leave by"), null=True, blank=True, help_text=_("Local time."))
    holds_until = models.DateField(_("until when the wish holds"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    asked_at = models.DateTimeField(_("since"))
    asked_by_name = models.CharField(_("written down by"), max_length=120)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    outcome = models.CharField(_("how it ended"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("wish to come earlier")
        verbose_name_plural = _("wishes to come earlier")
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["dose"], condition=Q(ended_at__isnull=True), name="earlier_wish_one_live"),
            models.CheckConstraint(
                condition=Q(arrive_from__isnull=True) | Q(leave_by__isnull=True) | Q(arrive_from__lt=F("leave_by")),
                name="earlier_wish_times_ordered",
            ),
            models.CheckConstraint(
                condition=Q(weekdays__contained_by=[1, 2, 3, 4, 5, 6, 7]), name="earlier_wish_weekdays_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dose}, {self.asked_at:%d/%m/%Y}"


@tracked
class Offer(models.Model):
    """A freed slot kept for whoever accepts it first. While it is open a reservation of no patient keeps the slot.

    `starts_at` and `ends_at` hold the visits of everybody it was offered to: needs differ, and so do lengths.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACCEPTED = "accepted", _("Accepted")
        EXPIRED = "expired", _("Expired")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        OVER = "over", _("No longer possible")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="offers")
    room = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="+")
    operator = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="+")
    procedure_at = models.DateTimeField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    expires_at = models.DateTimeField(_("stands until"))
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.OPEN)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_by_name = models.CharField(max_length=120)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by_name = models.CharField(max_length=120, blank=True)
    outcome = models.CharField(max_length=300, blank=True, help_text="In words, where the state does not say it all.")

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True) | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="offer_ended_has_instant",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__lte=F("procedure_at"), procedure_at__lt=F("ends_at")), name="offer_ordered"
            ),
            models.CheckConstraint(condition=Q(expires_at__lte=F("starts_at")), name="offer_expires_before_arrival"),
        ]
        indexes = [
            models.Index("unit", F("made_at").desc(), name="offer_by_unit"),
            models.Index("expires_at", condition=Q(state="open"), name="offer_open"),
        ]

    def __str__(self) -> str:
        return f"{self.room}, {self.procedure_at:%d/%m/%Y %H:%M}"


@tracked
class OfferedVisit(models.Model):
    """What an offer is to one patient: their visit at that time, and their answer.

    `appointment` is the visit that would be moved there; empty where the dose has none yet. `event` is the move or the
    booking that accepting it made.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("Waiting for an answer")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        MISSED = "missed", _("Too late")
        OVER = "over", _("No longer possible")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="offered")
    wish = models.ForeignKey(EarlierWish, on_delete=models.PROTECT, related_name="offered")
    dose = models.ForeignKey(Dose, on_delete=models.PROTECT, related_name="offered")
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, null=True, related_name="offered")
    rank = models.PositiveSmallIntegerField()
    starts_at = models.DateTimeField(help_text="When this patient would arrive.")
    ends_at = models.DateTimeField(help_text="When this patient would leave.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by_name = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=300, blank=True)
    event = models.OneToOneField(
        AppointmentEvent, on_delete=models.PROTECT, null=True, blank=True, related_name="accepted_offer"
    )

    class Meta:
        verbose_name = _("visit offered")
        verbose_name_plural = _("visits offered")
        ordering = ["offer", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["offer", "dose"], name="offered_once"),
            models.UniqueConstraint(fields=["offer"], condition=Q(state="accepted"), name="offer_accepted_once"),
            models.UniqueConstraint(fields=["dose"], condition=Q(state="asked"), name="offered_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(state="asked", answered_at__isnull=True)
                | (~Q(state="asked") & Q(answered_at__isnull=False)),
                name="offered_answer_has_instant",
            ),
        ]
        indexes = [models.Index("appointment", condition=Q(state="asked"), name="offered_waiting")]

    def __str__(self) -> str:
        return f"{self.dose}, {self.get_state_display()}"
