"""Letters that were printed: in which run, by whom, on which pages, and what became of them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from reminders.models.messages import Message
from units.models import Unit, User


class PrintRun(models.Model):
    """Letters put into one PDF. It is open until somebody says that they are in the post, or that it was spoilt."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="print_runs")
    letters = models.PositiveSmallIntegerField()
    pages = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_by_name = models.CharField(max_length=120)
    printed_at = models.DateTimeField(null=True)
    printed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    printed_by_name = models.CharField(max_length=120, blank=True)
    spoilt_at = models.DateTimeField(null=True)
    spoilt_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    spoilt_by_name = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(printed_at__isnull=True) | Q(spoilt_at__isnull=True), name="print_run_ends_one_way"
            ),
            models.CheckConstraint(condition=Q(letters__gt=0) & Q(pages__gte=F("letters")), name="print_run_has_pages"),
        ]
        indexes = [models.Index("unit", F("made_at").desc(), name="print_run_latest")]

    def __str__(self) -> str:
        return f"{self.made_at:%d/%m/%Y}, {self.letters}"

    @property
    def is_open(self) -> bool:
        """Whether nobody has said yet what became of it."""
        return self.printed_at is None and self.spoilt_at is None


class PrintedLetter(models.Model):
    """A message on paper. It is in one run at a time: only a spoilt one, or one taken out, may be printed again."""

    class State(models.TextChoices):
        MADE = "made"
        POSTED = "posted"
        SPOILT = "spoilt"
        TAKEN_OUT = "taken_out"

    run = models.ForeignKey(PrintRun, on_delete=models.PROTECT, related_name="printed")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="printed")
    number = models.PositiveSmallIntegerField()
    first_page = models.PositiveSmallIntegerField()
    pages = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.MADE)
    why = models.CharField(max_length=200, blank=True, help_text="Why it was taken out, in words.")

    class Meta:
        ordering = ["run", "number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="printed_letter_number_once"),
            models.UniqueConstraint(
                fields=["message"], condition=Q(state__in=["made", "posted"]), name="printed_letter_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"
