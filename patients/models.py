"""Patients, carers, flags, consents and authorisations; worklist items; who looked at whose record."""

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

from patients.rules import nhs_number_problem
from patients.triggers import row_of_used_table_is_fixed, used_table_is_fixed
from units.models import Unit, User, tracked
from units.telephones import TelephoneField


def validate_nhs_number(value: str) -> None:
    """Ten digits with a fitting check digit; see `patients.rules.nhs_number_problem`."""
    if problem := nhs_number_problem(value):
        raise ValidationError(problem)


# Small letters without accents, as `patients.rules.folded` does it; here because bulk imports and plain SQL write names
# too. Each part of a name is a key, and so is the whole of what stands between spaces: O'Neill is found as neill and
# as oneill.
WRITE_NAME_KEYS = r"""
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM patients_namekey WHERE patient_id = NEW.id;
    END IF;
    INSERT INTO patients_namekey (patient_id, key)
    WITH folded AS (
        SELECT replace(replace(replace(replace(
            translate(
                lower(regexp_replace(
                    normalize(NEW.family_name || ' ' || NEW.given_name, NFD), '[\u0300-\u036f]', '', 'g'
                )),
                'łøđħı', 'lodhi'
            ), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th') AS name
    ), tokens AS (
        SELECT regexp_split_to_table(name, '\s+') AS token FROM folded
    )
    SELECT NEW.id, key FROM (
        SELECT regexp_split_to_table(token, '[^[:alnum:]]+') AS key FROM tokens
        UNION
        SELECT regexp_replace(token, '[^[:alnum:]]+', '', 'g') FROM tokens
    ) AS found WHERE key <> '';
    RETURN NULL;
"""


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
    preferred_channel = models.CharField(_("contact by"), max_length=8, choices=Channel.choices, default=Channel.EMAIL)
    language = models.CharField(_("language of messages"), max_length=8, default="en")
    accepts_email = models.BooleanField(_("may be e-mailed"), default=True)
    accepts_text = models.BooleanField(_("may be texted"), default=True)
    consultant_name = models.CharField(_("consultant"), max_length=120, blank=True)
    comments = models.TextField(_("comments"), blank=True)
    deceased_at = models.DateTimeField(_("died"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
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
        ]
        triggers = [
            pgtrigger.Trigger(
                name="name_keys",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("family_name", "given_name"),
                func=WRITE_NAME_KEYS,
            )
        ]

    def __str__(self) -> str:
        return f"{self.family_name}, {self.given_name}"


class NameKey(models.Model):
    """A part of a patient's name as it is searched for; written by a trigger, read by its beginning."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="name_keys")
    key = models.CharField(max_length=170)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["patient", "key"], name="name_key_once")]
        indexes = [models.Index(OpClass("key", "varchar_pattern_ops"), name="name_key_by_beginning")]

    def __str__(self) -> str:
        return self.key


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

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="flags")
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices, default=Kind.NEED)
    code = models.CharField(_("what"), max_length=20, choices=Code.choices, default=Code.OTHER)
    text = models.CharField(_("in words"), max_length=60, help_text=_("As the banner shows it."))

    class Meta:
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

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="no_go_times")
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
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="carers")
    name = models.CharField(_("name"), max_length=120)
    relationship = models.CharField(_("relationship"), max_length=60, blank=True)
    phone = TelephoneField(_("telephone"), blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    receives_invites = models.BooleanField(
        _("gets invites and reminders"), default=False, help_text=_("Only when the patient has agreed.")
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.relationship})" if self.relationship else self.name


@tracked
class Consent(models.Model):
    """A consent given on paper, recorded here. FHIR Consent."""

    class Kind(models.TextChoices):
        PROCEDURE = "procedure", _("Procedure")
        MAKER = "maker", _("Maker's access scheme")

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="consents")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    given_on = models.DateField(_("given on"))
    expires_on = models.DateField(_("valid to"), null=True, blank=True)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)

    class Meta:
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

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="checks")
    kind = models.CharField(_("check"), max_length=12, choices=Kind.choices)
    done_on = models.DateField(_("done on"))
    is_acceptable = models.BooleanField(_("in order"), help_text=_("As the clinician who looked at it decided."))
    result = models.CharField(_("result"), max_length=80, blank=True)
    recorded_by_name = models.CharField(_("recorded by"), max_length=120, blank=True)
    is_entered_in_error = models.BooleanField(_("entered in error"), default=False)

    class Meta:
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

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="antithrombotic_tables")
    version = models.PositiveSmallIntegerField(_("version"))
    status = models.CharField(_("state"), max_length=8, choices=Status.choices, default=Status.DRAFT)
    approved_by_name = models.CharField(_("approved by"), max_length=120, blank=True)
    approved_on = models.DateField(_("approved on"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
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

    table = models.ForeignKey(AntithromboticTable, on_delete=models.CASCADE, related_name="rows")
    medicine = models.CharField(_("medicine"), max_length=60)
    hours_before = models.PositiveSmallIntegerField(
        _("last dose, hours before"), null=True, blank=True, help_text=_("Empty: need not be held.")
    )
    needs_inr = models.BooleanField(_("needs an INR"), default=False)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        ordering = ["medicine"]
        constraints = [models.UniqueConstraint(fields=["table", "medicine"], name="antithrombotic_row_once")]
        triggers = [row_of_used_table_is_fixed()]

    def __str__(self) -> str:
        return self.medicine


@tracked
class AntithromboticUse(models.Model):
    """A medicine against clotting that the patient takes. FHIR MedicationStatement."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="antithrombotics")
    medicine = models.CharField(_("medicine"), max_length=60)
    since = models.DateField(_("since"), null=True, blank=True)
    stopped_on = models.DateField(_("stopped on"), null=True, blank=True)
    hold_agreed_on = models.DateField(
        _("pause agreed on"), null=True, blank=True, help_text=_("With the prescriber, for the next visit.")
    )

    class Meta:
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
class NeedAllowance(models.Model):
    """What a need costs at this unit: minutes more before and after the procedure, another pair of hands, notice."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="need_allowances")
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

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="authorisations")
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
        ordering = ["-valid_to", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_funding_source_display()}: {self.get_status_display()}"


@tracked
class WorklistItem(models.Model):
    """Something a person must do: a call, an escalation, a message that failed. FHIR Task.

    Every app above may open one; `key` makes opening it twice harmless while it is open.
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

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="worklist_items")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, null=True, related_name="worklist_items")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    key = models.CharField(max_length=120)
    title = models.CharField(max_length=120)
    detail = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField()
    opened_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(done_at__isnull=True), name="worklist_item_open_once")
        ]
        indexes = [models.Index("unit", "due_at", condition=Q(done_at__isnull=True), name="worklist_open")]

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
