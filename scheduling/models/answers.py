"""What patients answered about coming to a visit."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from scheduling.engine.answers import PATIENT
from scheduling.models.visits import Appointment
from units.models import User


class AppointmentResponse(models.Model):
    """An answer to one state of a visit: its SEQUENCE and DTSTART. FHIR AppointmentResponse, PARTSTAT.

    The patient answers, and so may each carer. Of what one `respondent` said to a state, the latest counts.

    Written once and never changed: who answers otherwise has another row. An answer to an older state counts no more,
    so that whatever moves a visit need not think of it (`Appointment.answer`).
    """

    class Status(models.TextChoices):
        NEEDS_ACTION = "needs-action", _("No answer yet")
        ACCEPTED = "accepted", _("Will come")
        DECLINED = "declined", _("Cannot come")
        TENTATIVE = "tentative", _("Not sure yet")

    class Channel(models.TextChoices):
        PHONE = "phone", _("By telephone")
        EMAIL = "email", _("By e-mail")
        IN_PERSON = "in-person", _("In person")
        PAGE = "page", _("On their own page")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="responses")
    respondent = models.CharField(
        max_length=40,
        default=PATIENT,
        help_text="“patient” or “carer:12”: who answered, also after the carer's row is gone.",
    )
    participant_status = models.CharField(max_length=12, choices=Status.choices)
    channel = models.CharField(max_length=9, choices=Channel.choices)
    answered_at = models.DateTimeField(help_text="When the patient said so.")
    ical_sequence = models.PositiveIntegerField(help_text="The invite's SEQUENCE that was answered.")
    arrives_at = models.DateTimeField(help_text="The invite's DTSTART that was answered.")
    note = models.CharField(max_length=300, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_by_name = models.CharField(max_length=120)

    class Meta:
        verbose_name = _("answer to a visit")
        verbose_name_plural = _("answers to visits")
        ordering = ["answered_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(participant_status__in=["needs-action", "accepted", "declined", "tentative"]),
                name="response_status_known",
            ),
            models.CheckConstraint(
                condition=Q(respondent__regex=r"^(patient|carer:[1-9][0-9]*)$"), name="response_respondent_known"
            ),
            models.CheckConstraint(condition=Q(answered_at__lte=F("recorded_at")), name="response_answered_before"),
        ]
        indexes = [models.Index("appointment", "ical_sequence", "answered_at", name="response_by_appointment")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return str(self.get_participant_status_display())
