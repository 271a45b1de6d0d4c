"""Secret addresses: a person's page about a visit, and a calendar feed. The secret itself is stored nowhere."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from patients.models import Carer, Patient
from reminders.secret import digest_of, token_of
from scheduling.models import Appointment
from units.models import User

NONCE_BYTES = 16


def new_nonce() -> str:
    """Sixteen random octets, from which and the secret key an address is made."""
    return secrets.token_hex(NONCE_BYTES)


class SecretAddress(models.Model):
    """An unguessable address. Whoever reads the table cannot make one: that takes the secret key as well.

    The token is worked out of `nonce` whenever it is to be shown, so that a mail repeated is the same mail; a request
    is recognised by `digest`.
    """

    nonce = models.CharField(max_length=2 * NONCE_BYTES, default=new_nonce, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("made"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("ended"), null=True, blank=True)
    revoked_by_name = models.CharField(_("ended by"), max_length=120, blank=True)

    class Meta:
        abstract = True

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if not self.digest:
            self.digest = digest_of(self.token)

    @property
    def token(self) -> str:
        """What stands in the address. Never logged, never stored."""
        return token_of(type(self).__name__, self.nonce)


class PersonalLink(SecretAddress):
    """The way from the messages about a visit to one reader's own page: one at a time for a visit and a reader.

    It ends with the visit (`reminders.rules.link_ends_at`), or when staff end it, or after too many wrong birthdays.
    """

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="personal_links")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="personal_links")
    carer = models.ForeignKey(Carer, on_delete=models.SET_NULL, null=True, blank=True, related_name="personal_links")
    recipient = models.CharField(max_length=40, help_text="“patient” or “carer:12”, as on messages.")
    wrong_tries = models.PositiveSmallIntegerField(default=0, help_text="Wrong birthdays since the last right one.")
    locked_until = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(_("last opened"), null=True, blank=True)

    class Meta:
        verbose_name = _("personal link")
        verbose_name_plural = _("personal links")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "recipient"],
                condition=Q(revoked_at__isnull=True),
                name="personal_link_one_live",
            ),
            models.CheckConstraint(
                condition=Q(recipient__regex=r"^(patient|carer:[1-9][0-9]*)$"), name="personal_link_reader_known"
            ),
        ]
        indexes = [models.Index("patient", "recipient", name="personal_link_by_patient")]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class FeedToken(SecretAddress):
    """A calendar that a program reads: a patient's or carer's visits, or the visits a member of staff is booked on."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="feed_tokens")
    carer = models.ForeignKey(Carer, on_delete=models.SET_NULL, null=True, blank=True, related_name="feed_tokens")
    recipient = models.CharField(max_length=40, blank=True, help_text="“patient” or “carer:12”; empty for staff.")
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="feed_tokens")

    class Meta:
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(patient__isnull=False, user__isnull=True)
                & Q(recipient__regex=r"^(patient|carer:[1-9][0-9]*)$")
                | Q(patient__isnull=True, user__isnull=False, recipient=""),
                name="feed_token_of_one_reader",
            ),
            models.UniqueConstraint(
                fields=["patient", "recipient"],
                condition=Q(revoked_at__isnull=True, patient__isnull=False),
                name="feed_token_one_live_per_person",
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(revoked_at__isnull=True, user__isnull=False),
                name="feed_token_one_live_per_user",
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class GateAddress(models.Model):
    """Where wrong birthdays came from lately, by a keyed digest of the network address; gone after a day."""

    digest = models.CharField(max_length=64, unique=True)
    wrong_tries = models.PositiveSmallIntegerField(default=0)
    last_wrong_at = models.DateTimeField()
    locked_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index("last_wrong_at", name="gate_address_by_age")]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
