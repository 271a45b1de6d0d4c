"""A planning run: a better plan being looked for in a worker, while the stepwise one is there already."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from scheduling.models.horizons import Horizon
from scheduling.models.replans import Replan
from units.models import Unit
from units.runs import IS_LIVE, Run, run_constraints


class PlanningRun(Run):
    """One try to better a draft. `planned_at` names the draft that it is to better: another one is left alone."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="planning_runs")
    replan = models.ForeignKey(Replan, on_delete=models.CASCADE, null=True, blank=True, related_name="runs")
    horizon = models.ForeignKey(Horizon, on_delete=models.CASCADE, null=True, blank=True, related_name="runs")
    planned_at = models.DateTimeField()
    seconds = models.PositiveSmallIntegerField(_("time limit in seconds"))

    class Meta:
        verbose_name = _("planning run")
        verbose_name_plural = _("planning runs")
        ordering = ["-queued_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(replan__isnull=False, horizon__isnull=True) | Q(replan__isnull=True, horizon__isnull=False),
                name="planning_run_of_one_draft",
            ),
            models.UniqueConstraint(fields=["replan"], condition=IS_LIVE, name="planning_run_one_live_a_replan"),
            models.UniqueConstraint(fields=["horizon"], condition=IS_LIVE, name="planning_run_one_live_a_horizon"),
            *run_constraints("planning_run"),
        ]
        indexes = [
            models.Index("queued_at", condition=IS_LIVE, name="planning_run_live"),
            models.Index("replan", F("queued_at").desc(), name="planning_run_by_replan"),
            models.Index("horizon", F("queued_at").desc(), name="planning_run_by_horizon"),
        ]
