"""Resources, hours and closures; reservations; appointments with their allocations, and the events about them."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from doseplans.models import Dose, ProtocolPhase
from patients.models import Patient
from units.models import Unit, User, tracked


class SameKey(Func):
    """A key as a one-element range: scalar equality in an exclusion constraint without the btree_gist extension.

    Never over a nullable column: int8range(NULL, NULL, '[]') is unbounded and conflicts with everything.
    """

    function = "int8range"

    def __init__(self, column: str) -> None:
        self._column = column
        super().__init__(F(column), F(column), Value("[]"))

    def deconstruct(self) -> tuple[str, tuple[str], dict[str, str]]:
        return f"{type(self).__module__}.SameKey", (self._column,), {}


class Instants(Func):
    """`[starts_at, ends_at)` as a range: half-open, so that one visit may begin as another ends."""

    function = "tstzrange"
    output_field = DateTimeRangeField()

    def __init__(self) -> None:
        super().__init__(F("starts_at"), F("ends_at"), RangeBoundary())

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, str]]:
        return f"{type(self).__module__}.Instants", (), {}


@tracked
class Resource(models.Model):
    """Anything that can be in one place at a time: a procedure room, a recovery place, a person."""

    class Kind(models.TextChoices):
        ROOM = "room", _("Procedure room")
        RECOVERY = "recovery", _("Recovery place")
        PERSON = "person", _("Person")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="resources", verbose_name=_("unit"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=80)
    ordinal = models.PositiveSmallIntegerField(_("order on the board"), default=0)
    user = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="resources",
        verbose_name=_("signs in as"),
    )
    also_works_in = models.ManyToManyField(
        Unit,
        blank=True,
        related_name="visiting_people",
        verbose_name=_("also works in"),
        help_text=_("A person shared between units is one person: booked in one, busy in the other."),
    )
    turnover_minutes = models.PositiveSmallIntegerField(
        _("minutes to clean after a procedure"), default=0, help_text=_("Rooms only. Local policy.")
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["unit", "kind", "ordinal", "name"]
        constraints = [models.UniqueConstraint(fields=["unit", "kind", "name"], name="resource_name_once")]

    def __str__(self) -> str:
        return self.name


@tracked
class Schedule(models.Model):
    """A weekly pattern: a room is open on a weekday, with people who operate there. FHIR Schedule."""

    class Weekday(models.IntegerChoices):
        """As in ISO 8601."""

        MONDAY = 1, _("Monday")
        TUESDAY = 2, _("Tuesday")
        WEDNESDAY = 3, _("Wednesday")
        THURSDAY = 4, _("Thursday")
        FRIDAY = 5, _("Friday")
        SATURDAY = 6, _("Saturday")
        SUNDAY = 7, _("Sunday")

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="schedules", verbose_name=_("unit"))
    room = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="schedules", verbose_name=_("room"))
    operators = models.ManyToManyField(Resource, related_name="operates_in", verbose_name=_("operators"))
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    opens_at = models.TimeField(_("first procedure"), help_text=_("Local time."))
    closes_at = models.TimeField(_("procedures end by"), help_text=_("Local time."))
    last_out_at = models.TimeField(_("last patient out by"), help_text=_("Local time."))
    step_minutes = models.PositiveSmallIntegerField(
        _("a start every … minutes"), default=15, validators=[MinValueValidator(5)]
    )
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        ordering = ["unit", "weekday", "room__ordinal", "opens_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_at__lt=F("closes_at")) & Q(closes_at__lte=F("last_out_at")),
                name="schedule_hours_ordered",
            ),
            models.CheckConstraint(condition=Q(weekday__gte=1, weekday__lte=7), name="schedule_weekday_known"),
            models.CheckConstraint(condition=Q(step_minutes__gte=5), name="schedule_step_sensible"),
        ]

    def __str__(self) -> str:
        return f"{self.room}, {self.get_weekday_display()} {self.opens_at:%H:%M}–{self.closes_at:%H:%M}"


@tracked
class Closure(models.Model):
    """A time when a resource, or the whole unit, takes nobody: leave, cleaning, a bank holiday."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="closures", verbose_name=_("unit"))
    resource = models.ForeignKey(
        Resource,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="closures",
        verbose_name=_("what"),
        help_text=_("Empty: the whole unit."),
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=120)

    class Meta:
        ordering = ["starts_at"]
        constraints = [models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="closure_ordered")]
        indexes = [models.Index("unit", "ends_at", "starts_at", name="closure_by_time")]

    def __str__(self) -> str:
        return self.reason


class Reservation(models.Model):
    """Ten minutes' claim on a slot while somebody decides, under the same constraint as a visit."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="reservations")
    dose = models.OneToOneField(Dose, on_delete=models.CASCADE, related_name="reservation")
    reserved_by = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    reserved_by_name = models.CharField(max_length=120)
    starts_at = models.DateTimeField(help_text="When the patient would arrive.")
    ends_at = models.DateTimeField(help_text="When the patient would leave.")
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["expires_at"]
        indexes = [models.Index("unit", "expires_at", name="reservation_by_expiry")]

    def __str__(self) -> str:
        return f"reserved until {self.expires_at:%H:%M}"


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


@tracked
class Appointment(models.Model):
    """A visit. FHIR Appointment: one for the whole chain from arrival to leaving.

    `starts_at` is when to arrive, `ends_at` when to expect to leave (DTSTART and DTEND of the invite).
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
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="appointments")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="appointments")
    dose = models.ForeignKey(Dose, on_delete=models.PROTECT, null=True, blank=True, related_name="appointments")
    visit_kind = models.ForeignKey(
        VisitKind, on_delete=models.PROTECT, null=True, blank=True, related_name="appointments"
    )
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.BOOKED)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ical_sequence = models.PositiveIntegerField(default=0)
    dtstamp = models.DateTimeField()
    version = models.PositiveIntegerField(
        default=1, help_text="Plus one for each change; a stale page is recognised by it."
    )
    booked_at = models.DateTimeField()
    booked_by_name = models.CharField(max_length=120)
    override_reason = models.CharField(max_length=300, blank=True)
    cancelled_by = models.CharField(max_length=8, choices=CancelledBy.choices, blank=True)
    cancellation_reason = models.CharField(max_length=300, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)
    procedure_started_at = models.DateTimeField(null=True, blank=True)
    recovery_started_at = models.DateTimeField(null=True, blank=True)
    discharged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="appointment_ordered"),
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
                    (Instants(), RangeOperators.OVERLAPS),
                ],
                condition=Q(status__in=LIVE),
            ),
        ]
        indexes = [
            models.Index("unit", "starts_at", name="appointment_by_day"),
            models.Index("patient", F("starts_at").desc(), name="appointment_by_patient"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%d/%m/%Y %H:%M}"

    @property
    def purpose(self) -> str:
        """What the visit is for, as staff say it: its dose, or its kind. Never told outside the unit."""
        return str(self.dose or self.visit_kind or _("Visit"))

    @property
    def is_live(self) -> bool:
        """Whether the visit takes up its patient's time."""
        return self.status in LIVE

    @property
    def length(self) -> timedelta:
        """From arrival to leaving."""
        return self.ends_at - self.starts_at


class Allocation(models.Model):
    """A resource taken for a stretch of a visit or reservation. A row that exists is live; freeing deletes it."""

    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, null=True, blank=True, related_name="allocations"
    )
    reservation = models.ForeignKey(
        Reservation, on_delete=models.CASCADE, null=True, blank=True, related_name="allocations"
    )
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="allocations")
    phase = models.CharField(max_length=12, choices=ProtocolPhase.Phase.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
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
        return f"{self.get_phase_display()} {self.starts_at:%H:%M}–{self.ends_at:%H:%M}"


@tracked
class MoveProposal(models.Model):
    """A booked visit that no longer fits its dose's window: a person moves it, or keeps it with a reason."""

    class State(models.TextChoices):
        OPEN = "open", _("To decide")
        MOVED = "moved", _("Moved")
        KEPT = "kept", _("Kept")
        OVER = "over", _("No longer needed")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="move_proposals")
    cause = models.CharField(_("why"), max_length=300, help_text=_("In words: what changed, and what it means."))
    earliest_on = models.DateField(_("window opens"))
    latest_on = models.DateField(_("window closes"))
    state = models.CharField(_("state"), max_length=5, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField(_("since"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by_name = models.CharField(_("by"), max_length=120, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
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

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=120)
    reason = models.CharField(max_length=300, blank=True)
    uid = models.UUIDField()
    ical_sequence = models.PositiveIntegerField()
    dtstamp = models.DateTimeField()
    releases_at = models.DateTimeField(
        help_text="No message of this event leaves earlier, so that an undo sends nothing."
    )
    snapshot = models.JSONField()
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="undone_by")
    messages_derived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index("appointment", "id", name="event_by_appointment"),
            models.Index("id", condition=Q(messages_derived_at__isnull=True), name="event_underived"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="fixed", exclude=["messages_derived_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%d/%m/%Y %H:%M}"
