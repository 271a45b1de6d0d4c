"""Doses, what clinicians decided about them, administrations and what is asked after them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from doseplans.models.plans import AccessRoute, DosePlan
from doseplans.models.protocols import ProtocolStep
from units.models import User, tracked

PLANNED_AHEAD = 13
"""How many coming steps of a plan have rows: a year of 28-day doses."""


@tracked
class Dose(models.Model):
    """One step of a plan, keyed (plan, sequence). Re-projection changes its dates, never its identity.

    Whether it is booked is asked of the appointment, whether it was given of the administration: not stored here.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    plan = models.ForeignKey(DosePlan, on_delete=models.CASCADE, related_name="doses", verbose_name=_("dose plan"))
    sequence = models.PositiveSmallIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=12, choices=ProtocolStep.Kind.choices)
    number_in_kind = models.PositiveSmallIntegerField(_("of its kind"))
    ideal_on = models.DateField(_("ideal"))
    target_on = models.DateField(_("due"))
    earliest_on = models.DateField(_("window opens"))
    latest_on = models.DateField(_("window closes"))
    rule = models.CharField(_("why"), max_length=300, help_text=_("In words: what the dates are counted from."))

    class Meta:
        verbose_name = _("dose")
        verbose_name_plural = _("doses")
        ordering = ["plan", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "sequence"], name="dose_sequence_once"),
            models.CheckConstraint(
                condition=Q(earliest_on__lte=F("target_on")) & Q(target_on__lte=F("latest_on")),
                name="dose_window_ordered",
            ),
        ]
        indexes = [models.Index("earliest_on", "plan", name="dose_by_window")]

    def __str__(self) -> str:
        """As staff name it: Loading dose 2 of 3, Maintenance 5. Nothing of it goes into a patient's message."""
        if self.kind == ProtocolStep.Kind.LOADING:
            return self.plan.rule.name(self.sequence)
        return f"{self.get_kind_display()} {self.number_in_kind}"

    @property
    def total_in_kind(self) -> int | None:
        """How many loading doses the plan has; None for doses that are not counted down."""
        return self.plan.rule.loading_doses if self.kind == ProtocolStep.Kind.LOADING else None


@tracked
class DoseDecision(models.Model):
    """A clinician's explicit choice about one dose, with a reason: leave it out, or give it on a day of their own."""

    class Kind(models.TextChoices):
        OMIT = "omit", _("Left out")
        DATE = "date", _("Date set by a clinician")

    dose = models.ForeignKey(Dose, on_delete=models.CASCADE, related_name="decisions", verbose_name=_("dose"))
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices)
    on = models.DateField(
        _("day"), help_text=_("Set: the day the dose is due. Left out: the day later doses count from.")
    )
    reason = models.CharField(_("reason"), max_length=300)
    decided_at = models.DateTimeField(_("decided"))
    decided_by_name = models.CharField(_("by"), max_length=120)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("decision about a dose")
        verbose_name_plural = _("decisions about doses")
        ordering = ["-decided_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["dose"], condition=Q(withdrawn_at__isnull=True), name="dose_decision_one_live"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="dose_decision_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reason}"


@tracked
class DoseNotGiven(models.Model):
    """The patient was here and the dose was not given. It stays due. FHIR MedicationAdministration, not-done."""

    class Reason(models.TextChoices):
        UNWELL = "unwell", _("Patient unwell")
        ACCESS = "access", _("Lumbar puncture not possible")
        RESULT = "result", _("Test result")
        DECLINED = "declined", _("Patient declined")
        MEDICINE = "medicine", _("Medicine not available or not fit")
        STAFF = "staff", _("No operator, room or equipment")
        OTHER = "other", _("Other reason")

    dose = models.ForeignKey(Dose, on_delete=models.PROTECT, related_name="not_given", verbose_name=_("dose"))
    at = models.DateTimeField(_("when"))
    reason = models.CharField(_("reason"), max_length=8, choices=Reason.choices)
    note = models.CharField(_("in words"), max_length=300, blank=True)
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)
    recorded_by_name = models.CharField(_("by"), max_length=120)
    is_entered_in_error = models.BooleanField(_("entered in error"), default=False)

    class Meta:
        verbose_name = _("dose not given")
        verbose_name_plural = _("doses not given")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}, {self.at:%d/%m/%Y}"


class Sedation(models.TextChoices):
    """What the patient had beside the local anaesthetic."""

    NONE = "none", _("None")
    ORAL = "oral", _("By mouth")
    IV = "iv", _("Into a vein")
    GENERAL = "general", _("General anaesthetic")


@tracked
class Administration(models.Model):
    """The record that a dose was given: the anchor of every date after it. FHIR MedicationAdministration."""

    class Source(models.TextChoices):
        DAY_BOARD = "day_board", _("Recorded here")
        PAPER = "paper", _("Entered from paper")
        IMPORT = "import", _("From the ward's list")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    dose = models.ForeignKey(Dose, on_delete=models.PROTECT, related_name="administrations", verbose_name=_("dose"))
    given_on = models.DateField(
        _("day given"), help_text=_("The day by the unit's clock; all intervals count from it.")
    )
    given_at = models.DateTimeField(_("given"))
    is_time_known = models.BooleanField(
        _("time is known"), default=True, help_text=_("No where only the day is on record: noon stands for the time.")
    )
    operator_name = models.CharField(_("operator"), max_length=120, blank=True)
    second_checker_name = models.CharField(_("checked by"), max_length=120, blank=True)
    access_route = models.CharField(_("needle guided by"), max_length=12, choices=AccessRoute.choices, blank=True)
    lot = models.CharField(_("lot"), max_length=40, blank=True)
    expires_on = models.DateField(_("expires"), null=True, blank=True)
    dose_amount = models.DecimalField(_("dose"), max_digits=8, decimal_places=2, null=True, blank=True)
    dose_unit = models.CharField(_("unit of dose"), max_length=8, blank=True)
    volume_ml = models.DecimalField(_("volume, mL"), max_digits=6, decimal_places=2, null=True, blank=True)
    csf_removed_ml = models.DecimalField(_("CSF removed, mL"), max_digits=6, decimal_places=2, null=True, blank=True)
    sedation = models.CharField(_("sedation"), max_length=8, choices=Sedation.choices, blank=True)
    is_blood_taken = models.BooleanField(_("blood sample taken"), null=True, blank=True)
    is_csf_kept = models.BooleanField(_("CSF sample taken"), null=True, blank=True)
    events = models.CharField(
        _("what happened"), max_length=300, blank=True, help_text=_("Anything untoward, in words.")
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    source = models.CharField(_("recorded from"), max_length=10, choices=Source.choices, default=Source.DAY_BOARD)
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)
    recorded_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )
    is_entered_in_error = models.BooleanField(_("entered in error"), default=False)

    class Meta:
        verbose_name = _("dose given")
        verbose_name_plural = _("doses given")
        ordering = ["given_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["dose"], condition=Q(is_entered_in_error=False), name="administration_one_per_dose"
            ),
            models.CheckConstraint(
                condition=Q(dose_amount__isnull=True) | Q(dose_amount__gt=0),
                name="administration_amount_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dose}, {self.given_on:%d/%m/%Y}"


@tracked
class FollowUp(models.Model):
    """Asking after a dose: the call after a day or two, the check after a week. Red flags are asked by name."""

    class Kind(models.TextChoices):
        CALL = "call", _("Follow-up call")
        CHECK = "check", _("Day-7 check")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    administration = models.ForeignKey(
        Administration, on_delete=models.CASCADE, related_name="follow_ups", verbose_name=_("dose given")
    )
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices)
    due_from = models.DateTimeField(_("from"))
    due_by = models.DateTimeField(_("by"))
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    done_by_name = models.CharField(_("by"), max_length=120, blank=True)
    red_flags = models.JSONField(_("red flags"), default=list, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("call or check after a dose")
        verbose_name_plural = _("calls and checks after doses")
        ordering = ["due_by", "pk"]
        constraints = [models.UniqueConstraint(fields=["administration", "kind"], name="follow_up_once")]

    def __str__(self) -> str:
        return self.get_kind_display()
