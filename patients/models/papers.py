"""What must be on paper: consents, checks, authorisations, medicines against clotting and the table about them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from patients.models.people import Patient
from patients.triggers import row_of_used_table_is_fixed, used_table_is_fixed
from units.models import Unit, tracked


@tracked
class Consent(models.Model):
    """A consent given on paper, recorded here. FHIR Consent."""

    class Kind(models.TextChoices):
        PROCEDURE = "procedure", _("Procedure")
        MAKER = "maker", _("Maker's access scheme")

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="consents", verbose_name=_("patient"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    given_on = models.DateField(_("given on"))
    expires_on = models.DateField(_("valid to"), null=True, blank=True)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["-given_on"]
        constraints = [models.UniqueConstraint(fields=["patient", "kind", "given_on"], name="consent_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.given_on:%d/%m/%Y}"


@tracked
class Check(models.Model):
    """A finding before a lumbar puncture, with the day it was made. FHIR Observation."""

    class Kind(models.TextChoices):
        PLATELETS = "platelets", _("Platelets")
        INR = "inr", _("INR")
        INFECTION = "infection", _("Infection")
        RAISED_ICP = "raised_icp", _("Raised intracranial pressure")
        SUPINE = "supine", _("Can lie flat")

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="checks", verbose_name=_("patient"))
    kind = models.CharField(_("check"), max_length=12, choices=Kind.choices)
    done_on = models.DateField(_("done on"))
    is_acceptable = models.BooleanField(_("in order"), help_text=_("As the clinician who looked at it decided."))
    result = models.CharField(_("result"), max_length=80, blank=True)
    recorded_by_name = models.CharField(_("recorded by"), max_length=120, blank=True)
    is_entered_in_error = models.BooleanField(_("entered in error"), default=False)

    class Meta:
        verbose_name = _("check")
        verbose_name_plural = _("checks")
        ordering = ["-done_on", "-pk"]
        indexes = [models.Index("patient", "kind", F("done_on").desc(), name="check_latest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.done_on:%d/%m/%Y}"


@tracked
class AntithromboticTable(models.Model):
    """How long before a lumbar puncture which medicine is last taken: approved by the site, versioned, never edited."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ACTIVE = "active", _("In use")
        RETIRED = "retired", _("Retired")

    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="antithrombotic_tables", verbose_name=_("unit")
    )
    version = models.PositiveSmallIntegerField(_("version"))
    status = models.CharField(_("state"), max_length=8, choices=Status.choices, default=Status.DRAFT)
    approved_by_name = models.CharField(_("approved by"), max_length=120, blank=True)
    approved_on = models.DateField(_("approved on"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("antithrombotic table")
        verbose_name_plural = _("antithrombotic tables")
        ordering = ["unit", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "version"], name="antithrombotic_table_version_once"),
            models.UniqueConstraint(
                fields=["unit"], condition=Q(status="active"), name="antithrombotic_table_one_active"
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | (~Q(approved_by_name="") & Q(approved_on__isnull=False)),
                name="antithrombotic_table_approved",
            ),
        ]
        triggers = [used_table_is_fixed()]

    def __str__(self) -> str:
        return f"v{self.version}"


@tracked
class AntithromboticRow(models.Model):
    """One medicine of the table. Hours of no source are not shipped: a site fills in its own. Local policy."""

    table = models.ForeignKey(
        AntithromboticTable, on_delete=models.CASCADE, related_name="rows", verbose_name=_("table")
    )
    medicine = models.CharField(_("medicine"), max_length=60)
    hours_before = models.PositiveSmallIntegerField(
        _("last dose, hours before"), null=True, blank=True, help_text=_("Empty: need not be held.")
    )
    needs_inr = models.BooleanField(_("needs an INR"), default=False)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("medicine of the table")
        verbose_name_plural = _("medicines of the table")
        ordering = ["medicine"]
        constraints = [models.UniqueConstraint(fields=["table", "medicine"], name="antithrombotic_row_once")]
        triggers = [row_of_used_table_is_fixed()]

    def __str__(self) -> str:
        return self.medicine


@tracked
class AntithromboticUse(models.Model):
    """A medicine against clotting that the patient takes. FHIR MedicationStatement."""

    patient = models.ForeignKey(
        Patient, on_delete=models.CASCADE, related_name="antithrombotics", verbose_name=_("patient")
    )
    medicine = models.CharField(_("medicine"), max_length=60)
    since = models.DateField(_("since"), null=True, blank=True)
    stopped_on = models.DateField(_("stopped on"), null=True, blank=True)
    hold_agreed_on = models.DateField(
        _("pause agreed on"), null=True, blank=True, help_text=_("With the prescriber, for the next visit.")
    )

    class Meta:
        verbose_name = _("medicine against clotting")
        verbose_name_plural = _("medicines against clotting")
        ordering = ["medicine"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "medicine"],
                condition=Q(stopped_on__isnull=True),
                name="antithrombotic_use_one_current",
            )
        ]

    def __str__(self) -> str:
        return self.medicine


@tracked
class Authorisation(models.Model):
    """Who pays, and until when."""

    class Status(models.TextChoices):
        NOT_REQUIRED = "not_required", _("Not required")
        REQUESTED = "requested", _("Requested")
        APPROVED = "approved", _("Approved")
        DENIED = "denied", _("Denied")
        APPEALED = "appealed", _("Appealed")

    class Source(models.TextChoices):
        MAKER = "maker", _("Maker's access scheme")
        PAYER = "payer", _("Payer")
        TRUST = "trust", _("Trust or individual request")
        PRIVATE = "private", _("Private")

    patient = models.ForeignKey(
        Patient, on_delete=models.CASCADE, related_name="authorisations", verbose_name=_("patient")
    )
    status = models.CharField(_("state"), max_length=12, choices=Status.choices)
    funding_source = models.CharField(_("funding"), max_length=8, choices=Source.choices)
    requested_on = models.DateField(_("requested on"), null=True, blank=True)
    approved_on = models.DateField(_("approved on"), null=True, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    units_approved = models.PositiveIntegerField(
        _("units approved"), null=True, blank=True, help_text=_("Billing units: J1304 counts 100 a dose of tofersen.")
    )
    doses_approved = models.PositiveSmallIntegerField(_("doses approved"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("authorisation")
        verbose_name_plural = _("authorisations")
        ordering = ["-valid_to", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_funding_source_display()}: {self.get_status_display()}"
