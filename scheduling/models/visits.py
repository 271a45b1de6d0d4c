"""Visits and reservations with what they take up, and the visits that no plan asks for."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from doseplans.models import Dose
from patients.models import Patient
from scheduling.engine.answers import PATIENT, standing_answer
from scheduling.models.expressions import Instants, SameKey, Staying
from scheduling.models.resources import Resource
from units.models import Unit, User, tracked

if TYPE_CHECKING:
    from scheduling.models.answers import AppointmentResponse

LIVE = ("booked", "arrived", "fulfilled")
"""States in which a visit takes up its patient's time and its dose."""


@tracked
class VisitKind(models.Model):
    """A visit without a plan: headache review, blood patch, diagnostic lumbar puncture. Lengths are local policy."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="visit_kinds", verbose_name=_("unit"))
    name = models.CharField(_("name"), max_length=80)
    minutes_before = models.PositiveSmallIntegerField(_("minutes before the procedure"), default=0)
    minutes_procedure = models.PositiveSmallIntegerField(_("minutes in the room"), validators=[MinValueValidator(5)])
    minutes_recovery = models.PositiveSmallIntegerField(_("minutes of recovery"), default=0)
    minutes_discharge = models.PositiveSmallIntegerField(_("minutes until leaving"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("visit without a plan")
        verbose_name_plural = _("visits without a plan")
        ordering = ["unit", "name"]
        constraints = [models.UniqueConstraint(fields=["unit", "name"], name="visit_kind_once")]

    def __str__(self) -> str:
        return self.name


class Reservation(models.Model):
    """A claim on a slot, under the same constraint as a visit: ten minutes' for a dose while somebody decides, or an
    offer's, which names no patient.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="reservations")
    dose = models.OneToOneField(Dose, on_delete=models.CASCADE, null=True, blank=True, related_name="reservation")
    offer = models.OneToOneField(
        "scheduling.Offer", on_delete=models.CASCADE, null=True, blank=True, related_name="reservation"
    )
    reserved_by = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    reserved_by_name = models.CharField(max_length=120)
    starts_at = models.DateTimeField(help_text="When the patient would arrive.")
    ends_at = models.DateTimeField(help_text="When the patient would leave.")
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["expires_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(dose__isnull=False, offer__isnull=True) | Q(dose__isnull=True, offer__isnull=False),
                name="reservation_for_one_thing",
            )
        ]
        indexes = [models.Index("unit", "expires_at", name="reservation_by_expiry")]

    def __str__(self) -> str:
        return f"reserved until {localtime(self.expires_at):%H:%M}"


@tracked
class Appointment(models.Model):
    """A visit. FHIR Appointment: one for the whole chain from arrival to leaving.

    `starts_at` is when the day's visit begins, `ends_at` when to expect to leave. `admitted_at` is set for a patient
    who is admitted the day before, and is then when to arrive (`arrives_at`: the invite's DTSTART).
    `uid` and `ical_sequence` are the invite's identity: stable for life, and plus one for each move.
    """

    class Status(models.TextChoices):
        BOOKED = "booked", _("Booked")
        ARRIVED = "arrived", _("Arrived")
        FULFILLED = "fulfilled", _("Given")
        CANCELLED = "cancelled", _("Cancelled")
        NOSHOW = "noshow", _("Did not attend")
        ENTERED_IN_ERROR = "entered-in-error", _("Undone")

    class CancelledBy(models.TextChoices):
        """Whose side asked; reports count them apart."""

        PATIENT = "patient", _("The patient or carer")
        UNIT = "unit", _("The unit")
        CLINICAL = "clinical", _("A clinical reason")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("unit"))
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("patient")
    )
    dose = models.ForeignKey(
        Dose, on_delete=models.PROTECT, null=True, blank=True, related_name="appointments", verbose_name=_("dose")
    )
    visit_kind = models.ForeignKey(
        VisitKind,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="appointments",
        verbose_name=_("visit without a plan"),
    )
    status = models.CharField(_("state"), max_length=16, choices=Status.choices, default=Status.BOOKED)
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    admitted_at = models.DateTimeField(_("admitted the day before"), null=True, blank=True)
    uid = models.UUIDField(_("invite's UID"), default=uuid.uuid4, unique=True, editable=False)
    ical_sequence = models.PositiveIntegerField(_("invite's SEQUENCE"), default=0)
    dtstamp = models.DateTimeField(_("invite's DTSTAMP"))
    version = models.PositiveIntegerField(
        _("changes"), default=1, help_text=_("Plus one for each change; a stale page is recognised by it.")
    )
    booked_at = models.DateTimeField(_("booked"))
    booked_by_name = models.CharField(_("booked by"), max_length=120)
    override_reason = models.CharField(_("why booked against a limit"), max_length=300, blank=True)
    squeezed_in_reason = models.CharField(
        _("why outside the list's hours"), max_length=300, blank=True, help_text=_("By somebody's leave.")
    )
    cancelled_by = models.CharField(_("who asked to cancel"), max_length=8, choices=CancelledBy.choices, blank=True)
    cancellation_reason = models.CharField(_("why cancelled"), max_length=300, blank=True)
    arrived_at = models.DateTimeField(_("arrived"), null=True, blank=True)
    procedure_started_at = models.DateTimeField(_("procedure started"), null=True, blank=True)
    recovery_started_at = models.DateTimeField(_("in recovery since"), null=True, blank=True)
    discharged_at = models.DateTimeField(_("went home"), null=True, blank=True)

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="appointment_ordered"),
            models.CheckConstraint(
                condition=Q(admitted_at__isnull=True) | Q(admitted_at__lt=F("starts_at")),
                name="appointment_admitted_before",
            ),
            models.CheckConstraint(
                condition=Q(dose__isnull=True) | Q(visit_kind__isnull=True), name="appointment_for_one_thing"
            ),
            models.UniqueConstraint(
                fields=["dose"], condition=Q(status__in=LIVE), name="appointment_one_live_per_dose"
            ),
            ExclusionConstraint(
                name="appointment_patient_in_one_place",
                expressions=[
                    (SameKey("patient_id"), RangeOperators.OVERLAPS),
                    (Staying(), RangeOperators.OVERLAPS),
                ],
                condition=Q(status__in=LIVE),
            ),
        ]
        indexes = [
            models.Index("unit", "starts_at", name="appointment_by_day"),
            models.Index("patient", F("starts_at").desc(), name="appointment_by_patient"),
        ]

    def __str__(self) -> str:
        return f"{localtime(self.starts_at):%d/%m/%Y %H:%M}"

    @property
    def purpose(self) -> str:
        """What the visit is for, as staff say it: its dose, or its kind. Never told outside the unit."""
        return str(self.dose or self.visit_kind or _("Visit"))

    @property
    def is_live(self) -> bool:
        """Whether the visit takes up its patient's time."""
        return self.status in LIVE

    @property
    def arrives_at(self) -> datetime:
        """When the patient is to come."""
        return self.admitted_at or self.starts_at

    @property
    def answers(self) -> list[AppointmentResponse]:
        """What the patient, and each carer, last said to the visit as it stands now: the patient first.

        Reads `responses`: have them prefetched.
        """
        now = (self.ical_sequence, self.arrives_at)
        said = [one for one in self.responses.all() if (one.ical_sequence, one.arrives_at) == now]
        said.sort(key=lambda one: (one.answered_at, one.pk))
        last = {one.respondent: one for one in said}
        return sorted(last.values(), key=lambda one: (one.respondent != PATIENT, one.respondent))

    @property
    def answer(self) -> AppointmentResponse | None:
        """The answer that decides how the visit stands, the latest of equals; None where nobody has said anything."""
        at_stake = [one for one in self.answers if one.participant_status == self.participant_status]
        return max(at_stake, key=lambda one: (one.answered_at, one.pk), default=None)

    @property
    def participant_status(self) -> str:
        """Whether the patient will come, as they and their carers answered: an `AppointmentResponse.Status`."""
        return standing_answer(one.participant_status for one in self.answers)

    @property
    def length(self) -> timedelta:
        """From arrival to leaving."""
        return self.ends_at - self.starts_at


class Part(models.TextChoices):
    """What of a visit a resource is taken for: a phase, or to assist in the procedure."""

    ARRIVAL = "arrival", _("Arrival")
    PREPARATION = "preparation", _("Preparation")
    PROCEDURE = "procedure", _("Procedure")
    ASSISTANCE = "assistance", _("Assistance")
    RECOVERY = "recovery", _("Recovery")
    DISCHARGE = "discharge", _("Discharge")


class Allocation(models.Model):
    """A resource taken for a stretch of a visit or reservation. A row that exists is live; freeing deletes it."""

    appointment = models.ForeignKey(
        Appointment,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="allocations",
        verbose_name=_("visit"),
    )
    reservation = models.ForeignKey(
        Reservation,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="allocations",
        verbose_name=_("reservation"),
    )
    resource = models.ForeignKey(
        Resource, on_delete=models.PROTECT, related_name="allocations", verbose_name=_("room, place or person")
    )
    phase = models.CharField(_("for"), max_length=12, choices=Part.choices)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("room, place or person taken")
        verbose_name_plural = _("rooms, places and people taken")
        ordering = ["starts_at", "resource_id"]
        constraints = [
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="allocation_ordered"),
            models.CheckConstraint(
                condition=Q(appointment__isnull=False, reservation__isnull=True)
                | Q(appointment__isnull=True, reservation__isnull=False),
                name="allocation_of_one_owner",
            ),
            ExclusionConstraint(
                name="allocation_resource_in_one_place",
                expressions=[
                    (SameKey("resource_id"), RangeOperators.OVERLAPS),
                    (Instants(), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [models.Index("resource", "starts_at", name="allocation_by_resource")]

    def __str__(self) -> str:
        return f"{self.get_phase_display()} {localtime(self.starts_at):%H:%M}–{localtime(self.ends_at):%H:%M}"
