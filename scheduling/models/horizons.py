"""The coming weeks planned at once: where each unbooked dose would go, as a draft that people change, then booked."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from doseplans.models import Dose
from scheduling.models.resources import Resource
from scheduling.models.visits import Appointment
from units.models import Unit, User, tracked

WEEKS, MOST_WEEKS = 12, 26


@tracked
class Horizon(models.Model):
    """Where the unit's unbooked doses of some weeks go. Nothing is booked while it is looked at; one draft a unit.

    `changes` says what became different when a draft was planned again. `is_optimised` and `comparison` say which of
    the two ways to plan has won, and why.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        BOOKED = "booked", _("Booked")
        GIVEN_UP = "given_up", _("Given up")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="horizons")
    weeks = models.PositiveSmallIntegerField(
        _("weeks"), default=WEEKS, validators=[MinValueValidator(1), MaxValueValidator(MOST_WEEKS)]
    )
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.DRAFT)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_by_name = models.CharField(max_length=120)
    planned_at = models.DateTimeField(_("planned"))
    changes = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    is_optimised = models.BooleanField(_("the optimised plan"), default=False)
    comparison = models.CharField(_("which plan won, and why"), max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by_name = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = _("weeks planned at once")
        verbose_name_plural = _("weeks planned at once")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["unit"], condition=Q(state="draft"), name="horizon_one_draft_a_unit"),
            models.CheckConstraint(condition=Q(weeks__gte=1, weeks__lte=MOST_WEEKS), name="horizon_weeks_possible"),
            models.CheckConstraint(
                condition=Q(state="draft", ended_at__isnull=True) | (~Q(state="draft") & Q(ended_at__isnull=False)),
                name="horizon_ended_has_instant",
            ),
        ]
        indexes = [models.Index("unit", F("made_at").desc(), name="horizon_by_unit")]

    def __str__(self) -> str:
        return f"{self.weeks} weeks from {self.unit.local_date(self.made_at):%d/%m/%Y}"


@tracked
class HorizonLine(models.Model):
    """One dose: the slot it would have, and what that means, in words; or why it has none.

    `is_pinned` says that a person chose, and the plan goes around it. `appointment` is the visit once it is booked;
    `refusal` is what stopped its booking, when that was tried.
    """

    class Decision(models.TextChoices):
        BOOK = "book", _("Book")
        LEAVE_OUT = "leave_out", _("Leave out")
        CLINICIAN = "clinician", _("To a clinician")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    horizon = models.ForeignKey(Horizon, on_delete=models.CASCADE, related_name="lines")
    dose = models.ForeignKey(Dose, on_delete=models.PROTECT, related_name="horizon_lines")
    decision = models.CharField(_("what becomes of it"), max_length=9, choices=Decision.choices)
    is_pinned = models.BooleanField(_("chosen by a person"), default=False)
    target_on = models.DateField(_("due"))
    drift_days = models.SmallIntegerField(_("days behind the ideal calendar with it"), null=True, blank=True)
    room = models.ForeignKey(Resource, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    operator = models.ForeignKey(Resource, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    effect = models.CharField(_("effect"), max_length=300)
    reasons = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, null=True, blank=True, related_name="horizon_lines"
    )
    refusal = models.CharField(_("why it was not booked"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("dose of weeks planned at once")
        verbose_name_plural = _("doses of weeks planned at once")
        ordering = ["horizon", "target_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["horizon", "dose"], name="horizon_dose_once"),
            models.CheckConstraint(
                condition=Q(
                    decision="book",
                    room__isnull=False,
                    operator__isnull=False,
                    starts_at__isnull=False,
                    ends_at__isnull=False,
                )
                | (
                    ~Q(decision="book")
                    & Q(
                        room__isnull=True,
                        operator__isnull=True,
                        starts_at__isnull=True,
                        ends_at__isnull=True,
                        appointment__isnull=True,
                    )
                ),
                name="horizon_line_goes_where_it_books",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(starts_at__lt=F("ends_at")), name="horizon_line_ordered"
            ),
        ]

    def __str__(self) -> str:
        return self.effect
