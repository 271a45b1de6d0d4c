"""Protocols: a medicine's rules as versioned data."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from doseplans.calculus import ProtocolRule
from doseplans.rules import protocol_rule
from doseplans.triggers import part_of_used_protocol_is_fixed, used_protocol_is_fixed
from units.models import tracked


class Provenance(models.TextChoices):
    """Where a figure comes from: the medicine's licensed text, or a local choice shown as such."""

    LABEL = "label", _("Label")
    POLICY = "policy", _("Local policy")


class IntervalUnit(models.TextChoices):
    """What an interval is counted in."""

    DAYS = "days", _("days")
    MONTHS = "months", _("calendar months")


class Route(models.TextChoices):
    """How the medicine gets into the patient."""

    INTRATHECAL = "intrathecal", _("Intrathecal, by lumbar puncture")
    INTRAVENOUS = "intravenous", _("Intravenous")
    NONE = "none", _("No medicine is given")


@tracked
class Protocol(models.Model):
    """A medicine's rules as versioned data. Once a plan uses a version it is never edited: make the next one."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ACTIVE = "active", _("In use")
        RETIRED = "retired", _("Retired")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.SlugField(_("code"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    name = models.CharField(_("name"), max_length=80)
    medicine = models.CharField(_("medicine"), max_length=120, blank=True)
    status = models.CharField(_("state"), max_length=8, choices=Status.choices, default=Status.DRAFT)
    dose_amount = models.DecimalField(_("dose"), max_digits=8, decimal_places=2, null=True, blank=True)
    dose_unit = models.CharField(_("unit of dose"), max_length=8, default="mg")
    volume_ml = models.DecimalField(_("volume, mL"), max_digits=6, decimal_places=2, null=True, blank=True)
    csf_removed_ml = models.DecimalField(_("CSF removed, mL"), max_digits=6, decimal_places=2, null=True, blank=True)
    minimum_interval_days = models.PositiveSmallIntegerField(
        _("minimum days since the last dose"), null=True, blank=True
    )
    minimum_interval_provenance = models.CharField(
        _("minimum from"), max_length=6, choices=Provenance.choices, default=Provenance.POLICY
    )
    route = models.CharField(_("route"), max_length=12, choices=Route.choices, default=Route.INTRATHECAL)
    needs_genetic_test = models.BooleanField(_("needs a genetic confirmation"), default=False)
    needs_prescriber = models.BooleanField(_("needs a named prescriber"), default=False)
    needs_review = models.BooleanField(
        _("needs a dated review"), default=False, help_text=_("Booking stops when the plan's review date has passed.")
    )
    needs_pregnancy_discussion = models.BooleanField(_("needs the pregnancy discussion"), default=False)
    needs_registry_return = models.BooleanField(_("needs a yearly registry return"), default=False)
    minimum_age_years = models.PositiveSmallIntegerField(_("youngest age"), null=True, blank=True)
    needs_second_check = models.BooleanField(_("two-person check"), default=False)
    starts_from = models.TimeField(
        _("procedures begin from"), null=True, blank=True, help_text=_("Local time. Empty: whenever a list is open.")
    )
    starts_before = models.TimeField(_("and before"), null=True, blank=True, help_text=_("Local time."))
    start_weekdays = ArrayField(
        models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(7)]),
        verbose_name=_("on the weekdays"),
        default=list,
        blank=True,
        help_text=_("1 (Monday) to 7 (Sunday), such as 1,2,3,4,5. Empty: any."),
    )
    ordered_by = models.TimeField(
        _("ordered, the day before, by"),
        null=True,
        blank=True,
        help_text=_("Local time. Later than that nothing is booked for the next day. Empty: no such limit."),
    )
    kept_apart_as = models.SlugField(
        _("kept apart as"),
        max_length=40,
        blank=True,
        help_text=_(
            "Procedures of two protocols with different words here are never in one area at the same time. "
            "Empty: beside any."
        ),
    )
    source = models.TextField(_("source"), blank=True, help_text=_("The label or document the figures come from."))

    class Meta:
        verbose_name = _("protocol")
        verbose_name_plural = _("protocols")
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="protocol_version_once"),
            models.UniqueConstraint(fields=["code"], condition=Q(status="active"), name="protocol_one_active_version"),
            models.CheckConstraint(
                condition=Q(starts_from__isnull=True)
                | Q(starts_before__isnull=True)
                | Q(starts_from__lt=F("starts_before")),
                name="protocol_start_hours_ordered",
            ),
            models.CheckConstraint(
                condition=Q(start_weekdays__contained_by=[1, 2, 3, 4, 5, 6, 7]), name="protocol_start_weekdays_known"
            ),
        ]
        triggers = [used_protocol_is_fixed()]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @cached_property
    def rule(self) -> ProtocolRule:
        """The steps as the calculus reads them; two queries, or none where steps and gap tiers are prefetched.

        Raises: ProtocolInvalid, which an admin's form has ruled out.
        """
        return protocol_rule(
            self.steps.all(),
            self.minimum_interval_days,
            self.minimum_interval_provenance,
            gap_tiers=self.gap_tiers.all(),
        )


@tracked
class ProtocolStep(models.Model):
    """A stretch of like doses: three loading doses, then maintenance without end."""

    class Kind(models.TextChoices):
        LOADING = "loading", _("Loading")
        MAINTENANCE = "maintenance", _("Maintenance")
        SINGLE = "single", _("Single")

    class Anchor(models.TextChoices):
        """What the interval is counted from."""

        PREVIOUS_ACTUAL = "previous_actual", _("dose before")
        FIRST_DOSE = "first_dose", _("first dose")
        ORIGINAL_SCHEDULE = "original_schedule", _("original calendar")

    protocol = models.ForeignKey(Protocol, on_delete=models.CASCADE, related_name="steps", verbose_name=_("protocol"))
    ordinal = models.PositiveSmallIntegerField(_("order"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    count = models.PositiveSmallIntegerField(
        _("how many"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: without planned end."),
    )
    interval = models.PositiveSmallIntegerField(
        _("interval"), help_text=_("Before each dose of this step; the first dose of all has none.")
    )
    interval_unit = models.CharField(_("in"), max_length=6, choices=IntervalUnit.choices, default=IntervalUnit.DAYS)
    anchor = models.CharField(_("counted from"), max_length=20, choices=Anchor.choices, default=Anchor.PREVIOUS_ACTUAL)
    interval_provenance = models.CharField(
        _("interval from"), max_length=6, choices=Provenance.choices, default=Provenance.LABEL
    )
    window_before_days = models.PositiveSmallIntegerField(_("days early"), default=0)
    window_after_days = models.PositiveSmallIntegerField(_("days late"), default=0)
    window_provenance = models.CharField(
        _("window from"), max_length=6, choices=Provenance.choices, default=Provenance.POLICY
    )

    minimum_interval = models.PositiveSmallIntegerField(
        _("least time before"), null=True, blank=True, help_text=_("Of this step; empty: the protocol's own minimum.")
    )
    minimum_interval_unit = models.CharField(
        _("least time in"), max_length=6, choices=IntervalUnit.choices, default=IntervalUnit.DAYS
    )
    minimum_interval_provenance = models.CharField(
        _("least time from"), max_length=6, choices=Provenance.choices, default=Provenance.POLICY
    )
    dose_amount = models.DecimalField(
        _("dose"),
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Of this step; empty: the protocol's own dose."),
    )

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["ordinal"]
        constraints = [models.UniqueConstraint(fields=["protocol", "ordinal"], name="protocol_step_once")]
        triggers = [part_of_used_protocol_is_fixed()]

    def __str__(self) -> str:
        return f"{self.ordinal}. {self.get_kind_display()}"


@tracked
class ProtocolGapTier(models.Model):
    """What a long gap before a step's dose costs: so many doses so far apart, the late dose being the first of them."""

    protocol = models.ForeignKey(
        Protocol, on_delete=models.CASCADE, related_name="gap_tiers", verbose_name=_("protocol")
    )
    step_ordinal = models.PositiveSmallIntegerField(_("of step"))
    at_least = models.PositiveSmallIntegerField(_("gap of at least"), validators=[MinValueValidator(1)])
    below = models.PositiveSmallIntegerField(_("and less than"), null=True, blank=True)
    gap_unit = models.CharField(_("in"), max_length=6, choices=IntervalUnit.choices, default=IntervalUnit.MONTHS)
    doses = models.PositiveSmallIntegerField(_("doses"), validators=[MinValueValidator(2)])
    interval = models.PositiveSmallIntegerField(_("apart by"), validators=[MinValueValidator(1)])
    interval_unit = models.CharField(
        _("apart in"), max_length=6, choices=IntervalUnit.choices, default=IntervalUnit.DAYS
    )
    provenance = models.CharField(_("from"), max_length=6, choices=Provenance.choices, default=Provenance.LABEL)

    class Meta:
        verbose_name = _("gap tier")
        verbose_name_plural = _("gap tiers")
        ordering = ["step_ordinal", "at_least"]
        constraints = [
            models.UniqueConstraint(fields=["protocol", "step_ordinal", "at_least"], name="protocol_gap_tier_once"),
            models.CheckConstraint(
                condition=Q(below__isnull=True) | Q(below__gt=F("at_least")), name="protocol_gap_tier_ordered"
            ),
        ]
        triggers = [part_of_used_protocol_is_fixed()]

    def __str__(self) -> str:
        return f"step {self.step_ordinal}, gap from {self.at_least} {self.get_gap_unit_display()}"


@tracked
class ProtocolGate(models.Model):
    """Something that must be in order before the procedure starts. `code` names the function that looks.

    A gate never stops a booking: it warns as the day comes near and, red, stops "start procedure".
    """

    protocol = models.ForeignKey(Protocol, on_delete=models.CASCADE, related_name="gates", verbose_name=_("protocol"))
    ordinal = models.PositiveSmallIntegerField(_("order"))
    code = models.SlugField(_("what is looked at"), max_length=40)
    validity_days = models.PositiveSmallIntegerField(
        _("valid for days"), null=True, blank=True, help_text=_("Empty: no time limit is set.")
    )
    provenance = models.CharField(_("from"), max_length=6, choices=Provenance.choices, default=Provenance.POLICY)

    class Meta:
        verbose_name = _("readiness gate")
        verbose_name_plural = _("readiness gates")
        ordering = ["ordinal"]
        constraints = [models.UniqueConstraint(fields=["protocol", "code"], name="protocol_gate_once")]
        triggers = [part_of_used_protocol_is_fixed()]

    def __str__(self) -> str:
        return self.code


@tracked
class ProtocolPhase(models.Model):
    """A stretch of the visit and the kinds of resource it needs, in order from arrival to leaving."""

    class Phase(models.TextChoices):
        ARRIVAL = "arrival", _("Arrival")
        PREPARATION = "preparation", _("Preparation")
        PROCEDURE = "procedure", _("Procedure")
        RECOVERY = "recovery", _("Recovery")
        DISCHARGE = "discharge", _("Discharge")

    protocol = models.ForeignKey(Protocol, on_delete=models.CASCADE, related_name="phases", verbose_name=_("protocol"))
    ordinal = models.PositiveSmallIntegerField(_("order"))
    phase = models.CharField(_("phase"), max_length=12, choices=Phase.choices)
    minutes = models.PositiveSmallIntegerField(_("minutes"), validators=[MinValueValidator(1)])
    needs_room = models.BooleanField(_("procedure room"), default=False)
    needs_operator = models.BooleanField(_("operator"), default=False)
    needs_assistant = models.BooleanField(
        _("assistant"), default=False, help_text=_("In the procedure: somebody of the list besides the operator.")
    )
    needs_recovery_place = models.BooleanField(_("recovery place"), default=False)
    provenance = models.CharField(_("length from"), max_length=6, choices=Provenance.choices, default=Provenance.POLICY)

    class Meta:
        verbose_name = _("phase of the visit")
        verbose_name_plural = _("phases of the visit")
        ordering = ["ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["protocol", "ordinal"], name="protocol_phase_once"),
            models.UniqueConstraint(fields=["protocol", "phase"], name="protocol_phase_kind_once"),
            models.CheckConstraint(condition=Q(minutes__gte=1), name="protocol_phase_lasts"),
        ]
        triggers = [part_of_used_protocol_is_fixed()]

    def __str__(self) -> str:
        return f"{self.get_phase_display()} {self.minutes} min"
