"""Dose plans and their holds."""

from __future__ import annotations

import uuid

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from doseplans.calculus import ProtocolRule
from doseplans.models.protocols import Protocol
from doseplans.triggers import one_live_plan_of_a_medicine, plan_locks_its_protocol
from patients.models import Patient
from units.models import tracked


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
        SWITCHED = "switched", _("Switched")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="plans", verbose_name=_("patient"))
    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="plans", verbose_name=_("protocol"))
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
    created_at = models.DateTimeField(_("on record since"), auto_now_add=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    end_reason = models.CharField(_("how it ended"), max_length=12, choices=EndReason.choices, blank=True)

    class Meta:
        verbose_name = _("dose plan")
        verbose_name_plural = _("dose plans")
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
        triggers = [plan_locks_its_protocol(), one_live_plan_of_a_medicine()]

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

    plan = models.ForeignKey(DosePlan, on_delete=models.CASCADE, related_name="holds", verbose_name=_("dose plan"))
    reason = models.CharField(_("reason"), max_length=300)
    placed_on = models.DateField(_("held since"))
    placed_by_name = models.CharField(_("held by"), max_length=120)
    review_on = models.DateField(_("review on"), null=True, blank=True)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lifted_by_name = models.CharField(_("lifted by"), max_length=120, blank=True)
    lift_reason = models.CharField(_("why lifted"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ["-placed_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan"], condition=Q(lifted_at__isnull=True), name="plan_hold_one_live")
        ]

    def __str__(self) -> str:
        return self.reason


@tracked
class PlanSwitch(models.Model):
    """A course goes on by another protocol, because a clinician says so.

    `from_plan` None: the plan itself follows the other version from then on, with all its doses. Else that plan ended,
    and `plan` is the one that took its place.
    """

    plan = models.ForeignKey(DosePlan, on_delete=models.CASCADE, related_name="switches", verbose_name=_("dose plan"))
    from_plan = models.ForeignKey(
        DosePlan,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="switched_to",
        verbose_name=_("from plan"),
    )
    from_protocol = models.ForeignKey(
        Protocol, on_delete=models.PROTECT, related_name="+", verbose_name=_("from protocol")
    )
    to_protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="+", verbose_name=_("to protocol"))
    switched_on = models.DateField(_("switched on"))
    switched_by_name = models.CharField(_("by"), max_length=120)
    reason = models.CharField(_("reason"), max_length=300)

    class Meta:
        verbose_name = _("switch of protocol")
        verbose_name_plural = _("switches of protocol")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="plan_switch_has_reason"),
            models.CheckConstraint(condition=~Q(from_protocol=F("to_protocol")), name="plan_switch_changes_protocol"),
            models.CheckConstraint(
                condition=Q(from_plan__isnull=True) | ~Q(from_plan=F("plan")), name="plan_switch_to_another_plan"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_protocol} to {self.to_protocol}, {self.switched_on:%d/%m/%Y}"
