"""What people tell those who come after them, and up to when somebody has read it."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from patients.models import Patient
from scheduling.models.visits import Appointment
from units.models import Unit, User, tracked

LONGEST_NOTE = 1000


@tracked
class Note(models.Model):
    """A few sentences about a patient, one of their visits, or a day of the unit.

    Part of the record: what was written stands as it was (triggers and privilege); it may be ended, once.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="notes")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, related_name="notes")
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, null=True, related_name="notes")
    on = models.DateField(_("about the day"), null=True)
    text = models.TextField(_("note"), max_length=LONGEST_NOTE)
    is_pinned = models.BooleanField(_("pinned"), default=False)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    written_by_name = models.CharField(max_length=120)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    ended_by_name = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-is_pinned", "-written_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(patient__isnull=False, on__isnull=True)
                | Q(patient__isnull=True, appointment__isnull=True, on__isnull=False),
                name="note_about_one_thing",
            ),
            models.CheckConstraint(
                condition=~Q(text="") & Q(LessThanOrEqual(Length("text"), LONGEST_NOTE)), name="note_length"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by_name="")
                | (Q(ended_at__isnull=False) & ~Q(ended_by_name="")),
                name="note_ended_by_somebody",
            ),
        ]
        indexes = [
            models.Index("unit", "on", condition=Q(on__isnull=False), name="note_by_day"),
            models.Index("unit", "written_at", name="note_by_writing"),
            models.Index("unit", "ended_at", condition=Q(ended_at__isnull=False), name="note_by_ending"),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="as_written", exclude=["ended_at", "ended_by", "ended_by_name"]),
            pgtrigger.Protect(
                name="ended_once", operation=pgtrigger.Update, condition=pgtrigger.Q(old__ended_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(_("Note of %(name)s") % {"name": self.written_by_name})


class HandoverMark(models.Model):
    """Up to when somebody has read what changed in a unit. A bookmark, not a record: nothing is decided by it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="handover_marks")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+")
    read_until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "unit"], name="handover_mark_once")]

    def __str__(self) -> str:
        return f"{self.read_until:%d/%m/%Y %H:%M}"
