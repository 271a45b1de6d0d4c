"""Who: patients, what they need, when they cannot come, and who looks after them."""

from __future__ import annotations

import uuid

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext_lazy as _

from patients.models.names import WRITE_NAME_KEYS
from patients.rules import nhs_number_problem
from units.models import Unit, tracked
from units.telephones import TelephoneField


def validate_nhs_number(value: str) -> None:
    """Ten digits with a fitting check digit; see `patients.rules.nhs_number_problem`."""
    if problem := nhs_number_problem(value):
        raise ValidationError(problem)


class Channel(models.TextChoices):
    """How somebody wants to be told."""

    EMAIL = "email", _("E-mail")
    TEXT = "text", _("Text message")
    LETTER = "letter", _("Letter")
    PHONE = "phone", _("Telephone")


@tracked
class Patient(models.Model):
    """A person under the care of one unit."""

    class Sex(models.TextChoices):
        """FHIR AdministrativeGender."""

        FEMALE = "female", _("Female")
        MALE = "male", _("Male")
        OTHER = "other", _("Other")
        UNKNOWN = "unknown", _("Not recorded")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="patients", verbose_name=_("unit"))
    family_name = models.CharField(_("surname"), max_length=80)
    given_name = models.CharField(_("forename"), max_length=80)
    birth_date = models.DateField(_("date of birth"))
    sex = models.CharField(_("sex"), max_length=8, choices=Sex.choices, default=Sex.UNKNOWN)
    nhs_number = models.CharField(
        _("NHS number"),
        max_length=10,
        null=True,
        blank=True,
        validators=[validate_nhs_number],
        help_text=_("Ten digits. Leave it empty when it is not known."),
    )
    hospital_number = models.CharField(_("hospital number"), max_length=20)
    phone = TelephoneField(_("telephone"), blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    bounced_email = models.EmailField(
        _("address that mail came back from"),
        blank=True,
        editable=False,
        help_text=_("Nothing more is mailed there, until the address is changed or somebody says to try again."),
    )
    postal_address = models.TextField(
        _("postal address"),
        blank=True,
        max_length=300,
        help_text=_("As it stands on an envelope, a line each; the name is put above it."),
    )
    preferred_channel = models.CharField(_("contact by"), max_length=8, choices=Channel.choices, default=Channel.EMAIL)
    language = models.CharField(_("language of messages"), max_length=8, default="en")
    accepts_email = models.BooleanField(_("may be e-mailed"), default=True)
    accepts_text = models.BooleanField(_("may be texted"), default=True)
    consultant_name = models.CharField(_("consultant"), max_length=120, blank=True)
    comments = models.TextField(_("comments"), blank=True)
    deceased_at = models.DateTimeField(_("died"), null=True, blank=True)
    created_at = models.DateTimeField(_("on record since"), auto_now_add=True)

    class Meta:
        verbose_name = _("patient")
        verbose_name_plural = _("patients")
        ordering = ["family_name", "given_name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "hospital_number"], name="patient_hospital_number_once"),
            models.UniqueConstraint(
                fields=["nhs_number"], condition=Q(nhs_number__isnull=False), name="patient_nhs_number_once"
            ),
            models.CheckConstraint(
                condition=Q(nhs_number__isnull=True) | Q(nhs_number__regex=r"^[0-9]{10}$"),
                name="patient_nhs_number_digits",
            ),
            models.CheckConstraint(condition=~Q(family_name="") & ~Q(hospital_number=""), name="patient_identified"),
        ]
        indexes = [
            models.Index("unit", "family_name", "given_name", name="patient_by_name"),
            models.Index(F("unit"), Lower("family_name"), Lower("given_name"), name="patient_by_folded_name"),
            models.Index("unit", "birth_date", name="patient_by_birth_date"),
            # A number is found by its beginning, whatever the database's collation.
            models.Index(OpClass(Upper("hospital_number"), "text_pattern_ops"), name="patient_by_hospital_number"),
            models.Index(OpClass("nhs_number", "varchar_pattern_ops"), name="patient_by_nhs_number"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="name_keys",
                when=pgtrigger.After,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf(
                    "unit_id", "family_name", "given_name", "birth_date", "nhs_number", "hospital_number"
                ),
                func=WRITE_NAME_KEYS,
            )
        ]

    def __str__(self) -> str:
        return f"{self.family_name}, {self.given_name}"


@tracked
class Flag(models.Model):
    """Something the banner says about a patient: an alert (amber) or a need (white). FHIR Flag."""

    class Kind(models.TextChoices):
        ALERT = "alert", _("Alert")
        NEED = "need", _("Need")

    class Code(models.TextChoices):
        """Needs that change how we write, how long a visit takes, or who must be there."""

        LARGE_PRINT = "large_print", _("Large print")
        EASY_READ = "easy_read", _("Easy read")
        INTERPRETER = "interpreter", _("Interpreter")
        BSL = "bsl", _("BSL interpreter")
        HOIST = "hoist", _("Hoist")
        STRETCHER = "stretcher", _("Stretcher")
        WHEELCHAIR = "wheelchair", _("Wheelchair")
        TRANSPORT = "transport", _("Hospital transport")
        NIV = "niv", _("Ventilation")
        COMMUNICATION_AID = "communication_aid", _("Communication aid")
        DIFFICULT_SPINE = "difficult_spine", _("Difficult spine")
        SEDATION = "sedation", _("Sedation")
        CARER_ATTENDS = "carer_attends", _("Carer attends")
        ALLERGY = "allergy", _("Allergy")
        ANTITHROMBOTIC = "antithrombotic", _("Antithrombotic")
        OTHER = "other", _("Other")

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="flags", verbose_name=_("patient"))
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices, default=Kind.NEED)
    code = models.CharField(_("what"), max_length=20, choices=Code.choices, default=Code.OTHER)
    text = models.CharField(_("in words"), max_length=60, help_text=_("As the banner shows it."))

    class Meta:
        verbose_name = _("need or alert")
        verbose_name_plural = _("needs and alerts")
        ordering = ["kind", "pk"]
        constraints = [models.UniqueConstraint(fields=["patient", "code", "text"], name="flag_once")]

    def __str__(self) -> str:
        return self.text


@tracked
class NoGoTime(models.Model):
    """When the patient had better not be in the unit: some weekdays, hours and dates; what is left out is any.

    A wish, not a rule: slots that clash come after all others and say so.
    """

    class Weekday(models.IntegerChoices):
        MONDAY = 1, _("Monday")
        TUESDAY = 2, _("Tuesday")
        WEDNESDAY = 3, _("Wednesday")
        THURSDAY = 4, _("Thursday")
        FRIDAY = 5, _("Friday")
        SATURDAY = 6, _("Saturday")
        SUNDAY = 7, _("Sunday")

    patient = models.ForeignKey(
        Patient, on_delete=models.CASCADE, related_name="no_go_times", verbose_name=_("patient")
    )
    words = models.CharField(_("why"), max_length=120, help_text=_("Such as: transport leaves at 15:30."))
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(choices=Weekday.choices), verbose_name=_("days"), default=list, blank=True
    )
    starts_at = models.TimeField(_("from"), null=True, blank=True)
    ends_at = models.TimeField(_("until"), null=True, blank=True)
    since = models.DateField(_("first day"), null=True, blank=True)
    until = models.DateField(_("last day"), null=True, blank=True)

    class Meta:
        verbose_name = _("time that does not suit")
        verbose_name_plural = _("times that do not suit")
        ordering = ["patient", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(starts_at__lt=F("ends_at")),
                name="no_go_times_ordered",
            ),
            models.CheckConstraint(
                condition=Q(since__isnull=True) | Q(until__isnull=True) | Q(since__lte=F("until")),
                name="no_go_days_ordered",
            ),
            models.CheckConstraint(
                condition=Q(weekdays__contained_by=[1, 2, 3, 4, 5, 6, 7]), name="no_go_weekdays_known"
            ),
        ]

    def __str__(self) -> str:
        return self.words


@tracked
class Carer(models.Model):
    """Somebody who looks after a patient and, if the patient agreed, is told too."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="carers", verbose_name=_("patient"))
    name = models.CharField(_("name"), max_length=120)
    relationship = models.CharField(_("relationship"), max_length=60, blank=True)
    phone = TelephoneField(_("telephone"), blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    bounced_email = models.EmailField(
        _("address that mail came back from"),
        blank=True,
        editable=False,
        help_text=_("Nothing more is mailed there, until the address is changed or somebody says to try again."),
    )
    receives_invites = models.BooleanField(
        _("gets invites and reminders"), default=False, help_text=_("Only when the patient has agreed.")
    )

    class Meta:
        verbose_name = _("carer")
        verbose_name_plural = _("carers")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.relationship})" if self.relationship else self.name


@tracked
class NeedAllowance(models.Model):
    """What a need costs at this unit: minutes more before and after the procedure, another pair of hands, notice."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="need_allowances", verbose_name=_("unit"))
    code = models.CharField(_("need"), max_length=20, choices=Flag.Code.choices)
    minutes_before = models.PositiveSmallIntegerField(_("minutes more before"), default=0)
    minutes_after = models.PositiveSmallIntegerField(_("minutes more after"), default=0)
    needs_assistant = models.BooleanField(_("needs an assistant"), default=False)
    notice_hours = models.PositiveSmallIntegerField(
        _("hours of notice needed"),
        default=0,
        help_text=_("Such as transport that must be ordered: no slot is proposed sooner."),
    )

    class Meta:
        verbose_name = _("allowance for a need")
        verbose_name_plural = _("allowances for needs (local policy)")
        ordering = ["unit", "code"]
        constraints = [models.UniqueConstraint(fields=["unit", "code"], name="need_allowance_once")]

    def __str__(self) -> str:
        return str(self.get_code_display())
