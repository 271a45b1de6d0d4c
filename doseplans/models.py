"""Protocols, dose plans, doses and administrations."""

from __future__ import annotations

import uuid

from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from doseplans.calculus import ProtocolRule
from doseplans.rules import protocol_rule
from doseplans.triggers import part_of_used_protocol_is_fixed, plan_locks_its_protocol, used_protocol_is_fixed
from patients.models import Patient
from units.models import Unit, User, tracked

PLANNED_AHEAD = 13
"""How many coming steps of a plan have rows: a year of 28-day doses."""


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
    source = models.TextField(_("source"), blank=True, help_text=_("The label or document the figures come from."))

    class Meta:
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="protocol_version_once"),
            models.UniqueConstraint(fields=["code"], condition=Q(status="active"), name="protocol_one_active_version"),
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

    protocol = models.ForeignKey(Protocol, on_delete=models.CASCADE, related_name="steps")
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
        ordering = ["ordinal"]
        constraints = [models.UniqueConstraint(fields=["protocol", "ordinal"], name="protocol_step_once")]
        triggers = [part_of_used_protocol_is_fixed()]

    def __str__(self) -> str:
        return f"{self.ordinal}. {self.get_kind_display()}"


@tracked
class ProtocolGapTier(models.Model):
    """What a long gap before a step's dose costs: so many doses so far apart, the late dose being the first of them."""

    protocol = models.ForeignKey(Protocol, on_delete=models.CASCADE, related_name="gap_tiers")
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

    protocol = models.ForeignKey(Protocol, on_delete=models.CASCADE, related_name="gates")
    ordinal = models.PositiveSmallIntegerField(_("order"))
    code = models.SlugField(_("what is looked at"), max_length=40)
    validity_days = models.PositiveSmallIntegerField(
        _("valid for days"), null=True, blank=True, help_text=_("Empty: no time limit is set.")
    )
    provenance = models.CharField(_("from"), max_length=6, choices=Provenance.choices, default=Provenance.POLICY)

    class Meta:
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

    protocol = models.ForeignKey(Protocol, on_delete=models.CASCADE, related_name="phases")
    ordinal = models.PositiveSmallIntegerField(_("order"))
    phase = models.CharField(_("phase"), max_length=12, choices=Phase.choices)
    minutes = models.PositiveSmallIntegerField(_("minutes"), validators=[MinValueValidator(1)])
    needs_room = models.BooleanField(_("procedure room"), default=False)
    needs_operator = models.BooleanField(_("operator"), default=False)
    needs_recovery_place = models.BooleanField(_("recovery place"), default=False)
    provenance = models.CharField(_("length from"), max_length=6, choices=Provenance.choices, default=Provenance.POLICY)

    class Meta:
        ordering = ["ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["protocol", "ordinal"], name="protocol_phase_once"),
            models.UniqueConstraint(fields=["protocol", "phase"], name="protocol_phase_kind_once"),
            models.CheckConstraint(condition=Q(minutes__gte=1), name="protocol_phase_lasts"),
        ]
        triggers = [part_of_used_protocol_is_fixed()]

    def __str__(self) -> str:
        return f"{self.get_phase_display()} {self.minutes} min"


class AccessRoute(models.TextChoices):
    """How the needle is guided."""

    UNGUIDED = "unguided", _("Unguided")
    ULTRASOUND = "ultrasound", _("Ultrasound")
    FLUOROSCOPY = "fluoroscopy", _("Fluoroscopy")
    CT = "ct", _("CT")


@tracked
class DosePlan(models.Model):
    """A patient's course of one protocol, from its first dose until it ends. FHIR CarePlan."""

    class EndReason(models.TextChoices):
        STOPPED = "stopped", _("Stopped")
        TRANSFERRED = "transferred", _("Transferred")
        WITHDREW = "withdrew", _("Withdrew")
        DIED = "died", _("Died")
        COMPLETED = "completed", _("Completed")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="plans")
    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="plans")
    starts_on = models.DateField(_("first dose planned for"))
    access_route = models.CharField(
        _("needle guided by"), max_length=12, choices=AccessRoute.choices, default=AccessRoute.UNGUIDED
    )
    consultant_name = models.CharField(_("consultant"), max_length=120, blank=True)
    genetic_test_note = models.CharField(
        _("genetic test"),
        max_length=120,
        blank=True,
        help_text=_("Result as reported; empty when no report is on record."),
    )
    prescriber_name = models.CharField(
        _("prescriber"), max_length=120, blank=True, help_text=_("A doctor experienced in the disease.")
    )
    review_on = models.DateField(_("next review"), null=True, blank=True)
    pregnancy_discussed_on = models.DateField(
        _("pregnancy discussed on"),
        null=True,
        blank=True,
        help_text=_("Contraception, pregnancy and breastfeeding, with the consultant."),
    )
    taken_over_on = models.DateField(
        _("taken over on"),
        null=True,
        blank=True,
        help_text=_("A course begun elsewhere: who may have it was settled there, before its first dose here."),
    )
    registry_returned_on = models.DateField(_("last registry return"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    end_reason = models.CharField(_("how it ended"), max_length=12, choices=EndReason.choices, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "protocol"], condition=Q(ended_on__isnull=True), name="dose_plan_one_live"
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, end_reason="") | (Q(ended_on__isnull=False) & ~Q(end_reason="")),
                name="dose_plan_end_has_reason",
            ),
        ]
        triggers = [plan_locks_its_protocol()]

    def __str__(self) -> str:
        return f"{self.protocol.name}, from {self.starts_on:%d/%m/%Y}"

    @property
    def rule(self) -> ProtocolRule:
        """The rule the plan follows, kept in memory: a trigger keeps the steps of a used protocol as they are.

        Kept only once the transaction that read it is committed: until then the plan itself may be taken back, and
        its protocol be free to change.
        """
        key = self.protocol.public_id
        if key in _used_rules:
            return _used_rules[key]
        rule = self.protocol.rule
        transaction.on_commit(lambda: _used_rules.update({key: rule}))
        return rule


_used_rules: dict[uuid.UUID, ProtocolRule] = {}


@tracked
class PlanHold(models.Model):
    """While it stands nothing of the plan is booked, offered or reminded of."""

    plan = models.ForeignKey(DosePlan, on_delete=models.CASCADE, related_name="holds")
    reason = models.CharField(_("reason"), max_length=300)
    placed_on = models.DateField(_("held since"))
    placed_by_name = models.CharField(_("held by"), max_length=120)
    review_on = models.DateField(_("review on"), null=True, blank=True)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lifted_by_name = models.CharField(_("lifted by"), max_length=120, blank=True)
    lift_reason = models.CharField(_("why lifted"), max_length=300, blank=True)

    class Meta:
        ordering = ["-placed_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan"], condition=Q(lifted_at__isnull=True), name="plan_hold_one_live")
        ]

    def __str__(self) -> str:
        return self.reason


@tracked
class Dose(models.Model):
    """One step of a plan, keyed (plan, sequence). Re-projection changes its dates, never its identity.

    Whether it is booked is asked of the appointment, whether it was given of the administration: not stored here.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    plan = models.ForeignKey(DosePlan, on_delete=models.CASCADE, related_name="doses")
    sequence = models.PositiveSmallIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=12, choices=ProtocolStep.Kind.choices)
    number_in_kind = models.PositiveSmallIntegerField(_("of its kind"))
    ideal_on = models.DateField(_("ideal"))
    target_on = models.DateField(_("due"))
    earliest_on = models.DateField(_("window opens"))
    latest_on = models.DateField(_("window closes"))
    rule = models.CharField(_("why"), max_length=200, help_text="In words: what the dates are counted from.")

    class Meta:
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

    dose = models.ForeignKey(Dose, on_delete=models.CASCADE, related_name="decisions")
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices)
    on = models.DateField(
        _("day"), help_text=_("Set: the day the dose is due. Left out: the day later doses count from.")
    )
    reason = models.CharField(_("reason"), max_length=300)
    decided_at = models.DateTimeField(_("decided"))
    decided_by_name = models.CharField(_("by"), max_length=120)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
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

    dose = models.ForeignKey(Dose, on_delete=models.PROTECT, related_name="not_given")
    at = models.DateTimeField(_("when"))
    reason = models.CharField(_("reason"), max_length=8, choices=Reason.choices)
    note = models.CharField(_("in words"), max_length=300, blank=True)
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)
    recorded_by_name = models.CharField(_("by"), max_length=120)
    is_entered_in_error = models.BooleanField(_("entered in error"), default=False)

    class Meta:
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
    dose = models.ForeignKey(Dose, on_delete=models.PROTECT, related_name="administrations")
    given_on = models.DateField(
        _("day given"), help_text="The unit's calendar day of given_at; all intervals count from it."
    )
    given_at = models.DateTimeField(_("given"))
    is_time_known = models.BooleanField(
        _("time is known"), default=True, help_text="False where only the day is on record: given_at is then noon."
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
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    is_entered_in_error = models.BooleanField(_("entered in error"), default=False)

    class Meta:
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
    administration = models.ForeignKey(Administration, on_delete=models.CASCADE, related_name="follow_ups")
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices)
    due_from = models.DateTimeField(_("from"))
    due_by = models.DateTimeField(_("by"))
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    done_by_name = models.CharField(_("by"), max_length=120, blank=True)
    red_flags = models.JSONField(_("red flags"), default=list, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        ordering = ["due_by", "pk"]
        constraints = [models.UniqueConstraint(fields=["administration", "kind"], name="follow_up_once")]

    def __str__(self) -> str:
        return self.get_kind_display()


class WardListUpload(models.Model):
    """A ward's list from its upload until a person decides: the file waits here and is erased with the decision."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for a decision")
        IMPORTED = "imported", _("Imported")
        DISCARDED = "discarded", _("Discarded")

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+", verbose_name=_("unit"))
    file_name = models.CharField(_("file"), max_length=120)
    digest = models.CharField(_("SHA-256"), max_length=64, help_text=_("Tells two versions of a list apart."))
    content = models.BinaryField(null=True, editable=False)
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now)
    uploaded_by_name = models.CharField(_("by"), max_length=120)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.WAITING)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    summary = models.CharField(_("what came of it"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("ward list")
        verbose_name_plural = _("ward lists to import")
        ordering = ["-uploaded_at", "-pk"]
        constraints = [
            # Patients' details are kept nowhere longer than they are needed.
            models.CheckConstraint(
                condition=Q(state="waiting", content__isnull=False) | (~Q(state="waiting") & Q(content__isnull=True)),
                name="ward_list_erased_once_decided",
            )
        ]
        indexes = [models.Index("uploaded_at", condition=Q(state="waiting"), name="ward_list_waiting")]

    def __str__(self) -> str:
        return self.file_name
