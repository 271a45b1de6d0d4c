"""Text messages handed to a table instead of a provider: another system fetches them there, or nobody does."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class OutgoingText(models.Model):
    """A text message waiting to be fetched. `reference` makes handing it over twice harmless."""

    reference = models.UUIDField(unique=True, help_text="The message's public identifier.")
    number = models.CharField(max_length=20)
    words = models.CharField(max_length=918, help_text="Six parts at most.")
    at = models.DateTimeField(auto_now_add=True)
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index("id", condition=Q(taken_at__isnull=True), name="outgoing_text_waiting")]

    def __str__(self) -> str:
        return f"{self.pk}"
