"""How sending stands in a unit: figures without a name, for whoever looks after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from django.conf import settings
from django.db.models import Count, Min, Q

from patients.models import Channel
from reminders.models import DeliveryReport, MailboxState, Message
from scheduling.engine.ticks import wall_clock
from scheduling.models import AppointmentEvent
from units.actors import Actor
from units.models import Unit
from units.policy import Act

State = Message.State
Fate = DeliveryReport.Fate


@dataclass(frozen=True, slots=True)
class MessagingHealth:
    """`waiting` are due and have not left, the oldest since `oldest_due_at`; `unwritten` are changes of visits that
    have no messages yet. The mailbox is everybody's: `mailbox` is None where answers by mail are not read.
    """

    waiting: int
    oldest_due_at: datetime | None
    unwritten: int
    sent_today: int
    failed_today: int
    came_back_today: int
    letters_waiting: int
    is_mailbox_set: bool
    mailbox: MailboxState | None


def messaging_health(actor: Actor, *, unit: Unit, at: datetime) -> MessagingHealth:
    """How sending stands in the unit at `at`. Raises NotAllowed."""
    actor.require(Act.VIEW_MESSAGES, unit.pk)
    midnight = wall_clock(unit.local_date(at), time(0), unit.zone)
    messages = Message.objects.filter(appointment__unit=unit)
    open_ones = messages.filter(state__in=[State.PENDING, State.SENDING], due_at__lte=at)
    is_letter = Q(channel=Channel.LETTER)
    waiting = open_ones.aggregate(
        n=Count("pk", filter=~is_letter),
        oldest=Min("due_at", filter=~is_letter),
        letters=Count("pk", filter=is_letter & Q(state=State.PENDING)),
    )
    unwritten = AppointmentEvent.objects.filter(messages_derived_at__isnull=True, appointment__unit=unit)
    # No instant of its failure is kept on a message: one that failed today was last due today.
    failed = messages.filter(state=State.FAILED, due_at__gte=midnight, due_at__lte=at)
    reports = DeliveryReport.objects.filter(
        message__appointment__unit=unit, fate__in=[Fate.BOUNCED, Fate.GIVEN_UP], reported_at__gte=midnight
    )
    return MessagingHealth(
        waiting=waiting["n"],
        oldest_due_at=waiting["oldest"],
        unwritten=unwritten.count(),
        sent_today=messages.filter(state=State.SENT, sent_at__gte=midnight).count(),
        failed_today=failed.count(),
        came_back_today=reports.count(),
        letters_waiting=waiting["letters"],
        is_mailbox_set=settings.INBOUND_MAILBOX is not None,
        mailbox=MailboxState.objects.first(),
    )
