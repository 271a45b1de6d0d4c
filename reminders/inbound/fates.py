"""What a report says about a message of ours is on record; an address that takes no mail gets none."""

from __future__ import annotations

from patients.services.addresses import mark_bounced
from reminders.inbound.bounces import Fate, Report
from reminders.inbound.on_record import message_with
from reminders.inbound.tasks_for_staff import ask_to_mend
from reminders.models import DeliveryReport, Message, Reply
from reminders.people import PATIENT, reader_of
from reminders.services.routing import fall_back
from units.actors import Actor

WORST_FIRST = (Fate.BOUNCED, Fate.GIVEN_UP, Fate.DELAYED, Fate.ARRIVED)


def note_report(reply: Reply, report: Report) -> None:
    """The message of ours that it names has its fate on record.

    Only whoever had that mail knows its Message-ID; a report without it is set aside, whatever address it names.
    """
    message = message_with([report.message_id]) if report.message_id else None
    if message is None or not report.recipients:
        reply.outcome, reply.why = Reply.Outcome.SET_ASIDE, "It is about no message of ours."
        return
    reply.outcome = Reply.Outcome.NOTED
    reply.unit, reply.patient = message.appointment.unit, message.patient
    reply.appointment, reply.respondent = message.appointment, message.recipient
    _address, fate, status = min(report.recipients, key=lambda one: WORST_FIRST.index(one[1]))
    is_theirs = any(address == message.address.lower() for address, _fate, _status in report.recipients)
    if fate is Fate.BOUNCED and not is_theirs:
        fate = Fate.GIVEN_UP  # forwarded from their address, which does take mail
    reply.why = str(DeliveryReport.Fate(fate.value).label)
    _, is_news = DeliveryReport.objects.get_or_create(
        message=message, fate=fate.value, defaults={"status": status, "reported_at": reply.received_at}
    )
    if is_news and fate in {Fate.BOUNCED, Fate.GIVEN_UP}:
        _came_back(message, fate, status, reply)


def _came_back(message: Message, fate: Fate, status: str, reply: Reply) -> None:
    """The address gets no more mail, the next channel carries the message, and somebody asks for another address."""
    if fate is Fate.BOUNCED and (message.recipient == PATIENT or message.carer_id is not None):
        mark_bounced(
            Actor.system("Incoming mail"), patient=message.patient, carer_id=message.carer_id, address=message.address
        )
    message = Message.objects.select_related("patient", "carer", "appointment__unit", "event").get(pk=message.pk)
    if message.patient.deceased_at is None:
        ask_to_mend(message, status, other=_goes_otherwise(message), at=reply.handled_at)


def _goes_otherwise(message: Message) -> str:
    """The channel that carries it instead, in words, where the visit stands as it told; empty where there is none."""
    visit = message.appointment
    is_current = (message.ical_sequence, message.dtstamp) == (visit.ical_sequence, visit.dtstamp)
    return (fall_back(message, reader_of(message)) or "") if is_current and visit.status == visit.Status.BOOKED else ""
