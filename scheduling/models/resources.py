"""Rooms, recovery places and people; when they are there, and when not."""

from __future__ import annotations

import uuid
from datetime import time

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import ExtractIsoWeekDay
from django.utils.translation import gettext_lazy as _

from scheduling.models.expressions import AllBefore, ClockTimes, NoneBefore, SameKey
from units.models import Unit, User, tracked

MIDNIGHT = time(0)
"""As the end of something: the midnight that ends the day."""


@tracked
class Resource(models.Model):
    """Anything that can be in one place at a time: a procedure room, a recovery place, a person, an imaging device."""

    class Kind(models.TextChoices):
        ROOM = "room", _("Procedure room")
        RECOVERY = "recovery", _("Recovery place")
        PERSON = "person", _("Person")
        IMAGING = "imaging", _("Imaging device")

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
    area = models.CharField(
        _("area"),
        max_length=40,
        blank=True,
        help_text=_("Rooms only: those with the same word are one area, for protocols that are kept apart."),
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("room, place or person")
        verbose_name_plural = _("rooms, places and people")
        ordering = ["unit", "kind", "ordinal", "name"]
        constraints = [models.UniqueConstraint(fields=["unit", "kind", "name"], name="resource_name_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def shut_words(self) -> str:
        """What a closure makes of it: rooms and places are closed, people are away."""
        return "is away" if self.kind == self.Kind.PERSON else "is closed"


@tracked
class Schedule(models.Model):
    """A list: a room is open on a weekday, with people who operate there. FHIR Schedule.

    Held every week or every nth, counted from the week of `valid_from`; or, an extra list, on one date only. Starts are
    every so many minutes, or exactly the fixed ones. An end at 00:00 is the midnight that ends the day.
    """

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
    is_extra = models.BooleanField(
        _("extra list"),
        default=False,
        help_text=_("Held on one date only, and on that date even if it is a bank holiday."),
    )
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    every_weeks = models.PositiveSmallIntegerField(
        _("every … weeks"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(52)],
        help_text=_("1: every week. 2: every second week, and so on, counted from the week of the date it begins."),
    )
    opens_at = models.TimeField(_("first procedure"), help_text=_("Local time."))
    closes_at = models.TimeField(_("procedures end by"), help_text=_("Local time. 00:00 is midnight."))
    first_in_at = models.TimeField(
        _("first patient in from"), null=True, blank=True, help_text=_("Local time. Empty: whenever the visit asks.")
    )
    last_out_at = models.TimeField(_("last patient out by"), help_text=_("Local time. 00:00 is midnight."))
    step_minutes = models.PositiveSmallIntegerField(
        _("a start every … minutes"), default=15, validators=[MinValueValidator(5)]
    )
    fixed_starts = ArrayField(
        models.TimeField(),
        verbose_name=_("or starts only at"),
        default=list,
        blank=True,
        help_text=_("Local times such as 09:00, 10:30, 13:00. Empty: a start every so many minutes."),
    )
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("list")
        verbose_name_plural = _("lists")
        ordering = ["unit", "weekday", "room__ordinal", "opens_at"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(closes_at=MIDNIGHT) | Q(opens_at__lt=F("closes_at")))
                & (Q(last_out_at=MIDNIGHT) | (~Q(closes_at=MIDNIGHT) & Q(closes_at__lte=F("last_out_at")))),
                name="schedule_hours_ordered",
            ),
            models.CheckConstraint(
                condition=Q(first_in_at__isnull=True) | Q(closes_at=MIDNIGHT) | Q(first_in_at__lt=F("closes_at")),
                name="schedule_first_in_before_closing",
            ),
            models.CheckConstraint(
                condition=Q(NoneBefore("opens_at", "fixed_starts"))
                & (Q(closes_at=MIDNIGHT) | Q(AllBefore("closes_at", "fixed_starts"))),
                name="schedule_starts_within_hours",
            ),
            models.CheckConstraint(condition=Q(weekday__gte=1, weekday__lte=7), name="schedule_weekday_known"),
            models.CheckConstraint(condition=Q(step_minutes__gte=5), name="schedule_step_sensible"),
            models.CheckConstraint(
                condition=Q(every_weeks__gte=1, every_weeks__lte=52), name="schedule_weeks_sensible"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_from__lte=F("valid_to")), name="schedule_dates_ordered"
            ),
            models.CheckConstraint(
                condition=Q(is_extra=False)
                | Q(
                    valid_to__isnull=False,
                    valid_to=F("valid_from"),
                    every_weeks=1,
                    weekday=ExtractIsoWeekDay("valid_from"),
                ),
                name="schedule_extra_on_one_date",
            ),
        ]

    def __str__(self) -> str:
        day = f"{self.valid_from:%d/%m/%Y}" if self.is_extra else self.get_weekday_display()
        return f"{self.room}, {day} {self.opens_at:%H:%M}–{self.closes_at:%H:%M}"


@tracked
class ScheduleBreak(models.Model):
    """A pause of a list, in which no procedure runs. Patients may arrive, recover and leave in it."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="breaks", verbose_name=_("list"))
    starts_at = models.TimeField(_("from"), help_text=_("Local time."))
    ends_at = models.TimeField(_("until"), help_text=_("Local time. 00:00 is midnight."))

    class Meta:
        verbose_name = _("break")
        verbose_name_plural = _("breaks")
        ordering = ["schedule", "starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=MIDNIGHT) | Q(starts_at__lt=F("ends_at")),
                name="schedule_break_ordered",
                violation_error_message=_("The break ends after it begins."),
            ),
            ExclusionConstraint(
                name="schedule_break_beside_others",
                # By the field's name, so that a form's check puts the row's own key in its place.
                expressions=[
                    (SameKey("schedule"), RangeOperators.OVERLAPS),
                    (ClockTimes(), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("Two breaks of a list do not overlap."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%H:%M}–{self.ends_at:%H:%M}"


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
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        ordering = ["starts_at"]
        constraints = [models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="closure_ordered")]
        indexes = [models.Index("unit", "ends_at", "starts_at", name="closure_by_time")]

    def __str__(self) -> str:
        return self.reason
