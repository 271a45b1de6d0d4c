"""Rooms, recovery places and people; when they are there, and when not."""

from __future__ import annotations

import uuid

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from units.models import Unit, User, tracked


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
