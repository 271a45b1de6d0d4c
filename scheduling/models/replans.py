"""A re-plan: where the visits go that a closure strands, as a draft that people change, then applied all at once."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from scheduling.models.resources import Closure, Resource
from scheduling.models.visits import Appointment
from units.models import Unit, User, tracked


@tracked
class Replan(models.Model):
    """What is to become of the visits that a closure strands. Nothing is moved while it is a draft.

    `closure` is empty where it was lifted since; `cause` keeps its words. `changes` says what became different when a
    draft that no longer held was planned again. `is_optimised` and `comparison` say which of the two ways to plan has
    won, and why.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        APPLIED = "applied", _("Applied")
        GIVEN_UP = "given_up", _("Given up")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="replans")
    closure = models.ForeignKey(Closure, on_delete=models.SET_NULL, null=True, related_name="replans")
    cause = models.CharField(_("why"), max_length=300)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.DRAFT)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_by_name = models.CharField(max_length=120)
    planned_at = models.DateTimeField(_("planned"))
    changes = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    is_optimised = models.BooleanField(_("the optimised plan"), default=False)
    comparison = models.CharField(_("which plan won, and why"), max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by_name = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = _("re-plan")
        verbose_name_plural = _("re-plans")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["closure", "unit"], condition=Q(state="draft"), name="replan_one_draft_a_closure"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", ended_at__isnull=True) | (~Q(state="draft") & Q(ended_at__isnull=False)),
                name="replan_ended_has_instant",
            ),
        ]
        indexes = [models.Index("unit", F("made_at").desc(), name="replan_by_unit")]

    def __str__(self) -> str:
        return self.cause


@tracked
class ReplanLine(models.Model):
    """One visit of a re-plan: where it stands, where it is to go, and what that means, in words.

    `version` is the visit's as it was planned with: a visit that was changed since is planned again. `is_pinned` says
    that a person chose, and the plan goes around it.
    """

    class Decision(models.TextChoices):
        MOVE = "move", _("Move")
        KEEP = "keep", _("Keep where it is")
        CLINICIAN = "clinician", _("To a clinician")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    replan = models.ForeignKey(Replan, on_delete=models.CASCADE, related_name="lines")
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="replan_lines")
    version = models.PositiveIntegerField()
    decision = models.CharField(_("what becomes of it"), max_length=9, choices=Decision.choices)
    is_pinned = models.BooleanField(_("chosen by a person"), default=False)
    was_starts_at = models.DateTimeField()
    was_ends_at = models.DateTimeField()
    was_room = models.CharField(max_length=120)
    was_operator = models.CharField(max_length=120)
    room = models.ForeignKey(Resource, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    operator = models.ForeignKey(Resource, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    starts_at = models.DateTimeField(null=True, blank=True)
    procedure_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    effect = models.CharField(_("effect"), max_length=300)
    reasons = ArrayField(models.CharField(max_length=300), default=list, blank=True)

    class Meta:
        verbose_name = _("line of a re-plan")
        verbose_name_plural = _("lines of a re-plan")
        ordering = ["replan", "was_starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["replan", "appointment"], name="replan_visit_once"),
            models.CheckConstraint(
                condition=Q(
                    decision="move",
                    room__isnull=False,
                    operator__isnull=False,
                    starts_at__isnull=False,
                    procedure_at__isnull=False,
                    ends_at__isnull=False,
                )
                | (
                    ~Q(decision="move")
                    & Q(
                        room__isnull=True,
                        operator__isnull=True,
                        starts_at__isnull=True,
                        procedure_at__isnull=True,
                        ends_at__isnull=True,
                    )
                ),
                name="replan_line_goes_where_it_moves",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True)
                | Q(starts_at__lte=F("procedure_at"), procedure_at__lt=F("ends_at")),
                name="replan_line_ordered",
            ),
        ]

    def __str__(self) -> str:
        return self.effect
