"""A ward's list on its way in."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from units.models import Unit
from units.runs import IS_LIVE, Run, run_constraints


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


class ImportRun(Run):
    """One try to import a waiting list in a worker. `accepted` are the questions that were said yes to."""

    upload = models.ForeignKey(WardListUpload, on_delete=models.CASCADE, related_name="runs")
    accepted = models.JSONField(default=list, blank=True)

    seconds = 900  # with much to spare; then its worker counts as dead

    class Meta:
        verbose_name = _("import of a ward list")
        verbose_name_plural = _("imports of ward lists")
        ordering = ["-queued_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["upload"], condition=IS_LIVE, name="import_run_one_live_a_list"),
            *run_constraints("import_run"),
        ]
        indexes = [
            models.Index("queued_at", condition=IS_LIVE, name="import_run_live"),
            models.Index("upload", F("queued_at").desc(), name="import_run_by_upload"),
        ]
