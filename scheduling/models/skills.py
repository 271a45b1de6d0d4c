"""What a unit's rooms, places, people and devices can do, and which visits ask for it. All of it is local policy."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from doseplans.models import AccessRoute, DosePlan
from patients.models import Flag
from scheduling.models.resources import Resource, Schedule
from scheduling.models.visits import VisitKind
from units.models import Unit, tracked


@tracked
class Skill(models.Model):
    """Something some of a unit's resources have or can do: fluoroscopy, hoist, lumbar puncture."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="skills", verbose_name=_("unit"))
    name = models.CharField(_("name"), max_length=40, help_text=_("As a refusal says it: fluoroscopy, hoist."))
    resources = models.ManyToManyField(
        Resource, blank=True, related_name="skills", verbose_name=_("resources that have it")
    )

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills (local policy)")
        ordering = ["unit", "name"]
        constraints = [models.UniqueConstraint(fields=["unit", "name"], name="skill_once")]

    def __str__(self) -> str:
        return self.name


@tracked
class SkillRule(models.Model):
    """Which visits ask for a skill, and of what. A rule that names no reason asks it of every visit of the unit."""

    class AskedOf(models.TextChoices):
        """What must have the skill. Imaging is the room's own, or else a device that is brought there."""

        ROOM = "room", _("The procedure room")
        OPERATOR = "operator", _("The operator")
        ASSISTANT = "assistant", _("An assistant")
        PLACE = "place", _("The recovery place")
        IMAGING = "imaging", _("The room, or an imaging device")

    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="rules", verbose_name=_("skill"))
    asked_of = models.CharField(_("asked of"), max_length=9, choices=AskedOf.choices)
    access_route = models.CharField(
        _("where the needle is guided by"), max_length=12, choices=AccessRoute.choices, blank=True
    )
    need = models.CharField(_("or for the need"), max_length=20, choices=Flag.Code.choices, blank=True)
    protocol_code = models.SlugField(
        _("or by the protocol"), max_length=40, blank=True, help_text=_("Its code; all of its versions.")
    )
    visit_kind = models.ForeignKey(
        VisitKind, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("or for the visit")
    )

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("which visits ask for it")
        ordering = ["skill", "asked_of", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(need="", protocol_code="", visit_kind__isnull=True)
                | Q(access_route="", protocol_code="", visit_kind__isnull=True)
                | Q(access_route="", need="", visit_kind__isnull=True)
                | Q(access_route="", need="", protocol_code=""),
                name="skill_rule_one_reason",
                violation_error_message=_("A rule names one reason at most: make a rule for each."),
            ),
            models.UniqueConstraint(
                fields=["skill", "asked_of", "access_route", "need", "protocol_code", "visit_kind"],
                nulls_distinct=False,
                name="skill_rule_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.skill}: {self.get_asked_of_display()}"


@tracked
class NurseShift(models.Model):
    """So many nurses are in recovery on a weekday between two times, each with so many patients at most."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="nurse_shifts", verbose_name=_("unit"))
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Schedule.Weekday.choices)
    starts_at = models.TimeField(_("from"), help_text=_("Local time."))
    ends_at = models.TimeField(_("until"), help_text=_("Local time, on the same day."))
    nurses = models.PositiveSmallIntegerField(_("nurses in recovery"))
    patients_each = models.PositiveSmallIntegerField(
        _("patients for each at most"), validators=[MinValueValidator(1)], help_text=_("4 is a ratio of 1:4.")
    )

    class Meta:
        verbose_name = _("nurses in recovery")
        verbose_name_plural = _("nurses in recovery (local policy)")
        ordering = ["unit", "weekday", "starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="nurse_shift_ordered"),
            models.CheckConstraint(condition=Q(weekday__gte=1, weekday__lte=7), name="nurse_shift_weekday_known"),
            models.CheckConstraint(condition=Q(patients_each__gte=1), name="nurse_shift_ratio_sensible"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts_at:%H:%M}–{self.ends_at:%H:%M}: {self.nurses}"


@tracked
class OnlyOperator(models.Model):
    """The one person who operates for a plan. Without it people are preferred, never fixed."""

    plan = models.OneToOneField(DosePlan, on_delete=models.CASCADE, related_name="only_operator")
    operator = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.operator)
