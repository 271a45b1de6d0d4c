"""One mail that came in is dealt with in one transaction: an answer is on record, a bounce noted, or it is read.

A mail that cannot be dealt with is quarantined, whatever is wrong with it, and nothing of it is in the log.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from reminders.ical.reading import ReadReply
from reminders.inbound.asking_back import ask_back
from reminders.inbound.authentication import Sender, sender_of
from reminders.inbound.fates import note_report
from reminders.inbound.judging import Apply, Asked, Hold, OnRecord, Reason, Reject, judge
from reminders.inbound.limits import TookTooLong, at_most
from reminders.inbound.on_record import Writer, addresses_of, state_of, visit_of, writer_of
from reminders.inbound.reading import ReadMail, UnreadableMail, read_head, read_mail
from reminders.inbound.tasks_for_staff import ask_to_read
from reminders.models import Reply
from reminders.people import PATIENT
from scheduling.engine.ticks import day_words
from scheduling.errors import NotInThatState, StalePage
from scheduling.models import Appointment, AppointmentResponse
from scheduling.services.answers.responses import Answer, record_answer
from units.actors import Actor

log = logging.getLogger(__name__)

Kind, Outcome = Reply.Kind, Reply.Outcome
READING_TIME_S = 10.0
TRIES = 3
OWN_NAMES = {True: "Patient", False: "Carer"}


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail's octets, and when the mail server took it. `why_cut`: why there is only its header; empty: all is."""

    raw: bytes
    received_at: datetime
    why_cut: str = ""

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()


def handle(arrived: Arrived) -> Reply:
    """The mail is dealt with, now or before: the same octets change nothing a second time.

    Raises only where the database does not answer; then nothing has happened, and the mail is tried again.
    """
    known = Reply.objects.filter(digest=arrived.digest).first()
    if known is not None:
        return known
    for _ in range(TRIES):
        try:
            return _dealt_with(arrived, _settle)
        except StalePage:
            continue  # the visit was moved in this moment: the answer is judged by how it stands now
        except (OperationalError, InterfaceError):
            raise
        except UnreadableMail as error:
            return _quarantined(arrived, str(error))
        except TookTooLong:
            return _quarantined(arrived, "It took too long to read.")
        except Exception as error:  # noqa: BLE001  whatever one mail raises, those after it are dealt with
            # Its words, and the trace, may quote the mail; the kind of error says enough.
            log.error("incoming mail could not be dealt with: %s", type(error).__name__)  # noqa: TRY400
            break
    return _quarantined(arrived, "It could not be dealt with.")


def _dealt_with(arrived: Arrived, settle: Callable[[Arrived, Reply], None]) -> Reply:
    at = timezone.now()
    with transaction.atomic():
        reply = Reply(digest=arrived.digest, received_at=min(arrived.received_at, at), handled_at=at)
        settle(arrived, reply)
        reply.save()
    return reply


def _settle(arrived: Arrived, reply: Reply) -> None:
    """The row says what became of the mail, and it has become so."""
    with at_most(READING_TIME_S):
        mail = read_head(arrived.raw) if arrived.why_cut else read_mail(arrived.raw)
    reply.mime_message_id, reply.sender = mail.message_id, mail.from_address[:254]
    if arrived.why_cut:
        raise UnreadableMail(arrived.why_cut)
    if mail.report is not None:
        reply.kind = Kind.REPORT
        note_report(reply, mail.report)
    elif mail.calendar is not None:
        reply.kind = Kind.ANSWER
        _answer(reply, mail)
    elif mail.is_automatic:
        reply.kind, reply.outcome = Kind.AUTOMATIC, Outcome.SET_ASIDE
    else:
        reply.kind, reply.text = Kind.TEXT, mail.text
        _written(reply, mail)


def _vouched(mail: ReadMail) -> Sender:
    return sender_of(mail.authentication, our_id=settings.INBOUND_AUTHSERV_ID, domain=mail.domain)


def _answer(reply: Reply, mail: ReadMail) -> None:
    """A calendar's answer is on record, asked back, or changes nothing."""
    said = mail.calendar
    assert said is not None  # noqa: S101  the caller has looked
    visit = visit_of(said.uid)
    asked = Asked(
        method=said.method,
        sequence=said.sequence,
        dtstamp=said.dtstamp,
        attendees=tuple((one.address, one.answer) for one in said.attendees),
        from_address=mail.from_address,
        sender=_vouched(mail),
        received_at=reply.received_at,
    )
    on_record = state_of(visit) if visit else None
    verdict = judge(asked, on_record)
    reply.ical_sequence, reply.dtstamp = max(0, min(asked.sequence, 2**31 - 1)), asked.dtstamp
    reply.text = said.comment
    if visit is not None:
        reply.unit, reply.patient, reply.appointment = visit.unit, visit.patient, visit
    match verdict:
        case Reject(reason, is_to_read):
            if visit is not None:
                reply.respondent = addresses_of(visit.patient).get(mail.from_address.lower(), "")
            _changes_nothing(reply, _why(reason, said, visit), is_to_read=is_to_read)
        case Apply() if visit and on_record:
            _apply(reply, visit, verdict, on_record, note=said.comment)
        case Hold() if visit:
            reply.outcome, reply.why = Outcome.HELD, "Nobody vouches for its sender, so the person was asked."
            reply.respondent, reply.participant_status = verdict.respondent, verdict.status
            if not ask_back(visit, verdict.respondent, at=reply.handled_at):
                ask_to_read(reply, Writer(visit.unit, visit.patient, verdict.respondent))


def _why(reason: Reason, said: ReadReply, visit: Appointment | None) -> str:
    """Why the answer changes nothing; where another time is asked for, which."""
    if reason is not Reason.OTHER_TIME or visit is None or said.starts_at in {None, visit.arrives_at}:
        return reason.value
    assert said.starts_at is not None  # noqa: S101  just looked at
    wanted = visit.unit.local(said.starts_at)
    return f"They ask for {day_words(wanted.date())}, {wanted:%H:%M}."


def _apply(reply: Reply, visit: Appointment, said: Apply, on_record: OnRecord, *, note: str) -> None:
    assert reply.dtstamp is not None  # noqa: S101  judged by it
    reply.respondent, reply.participant_status = said.respondent, said.status
    answer = Answer(
        participant_status=said.status,
        channel=AppointmentResponse.Channel.EMAIL,
        note=note,
        # The state that was judged: should it be moved in this moment, this answers what stood before.
        ical_sequence=on_record.sequence,
        answered_at=min(reply.dtstamp, reply.received_at),
        respondent=said.respondent,
    )
    actor = Actor.own(OWN_NAMES[said.respondent == PATIENT], patient_id=visit.patient_id)
    try:
        record_answer(actor, appointment_id=visit.public_id, answer=answer)
    except NotInThatState as refused:
        _changes_nothing(reply, refused.sentence, is_to_read=False)
        return
    reply.outcome = Outcome.APPLIED


def _changes_nothing(reply: Reply, why: str, *, is_to_read: bool) -> None:
    reply.outcome, reply.why = Outcome.REJECTED, why[:200]
    if is_to_read and reply.unit is not None:
        ask_to_read(reply, Writer(reply.unit, reply.patient, reply.respondent))


def _written(reply: Reply, mail: ReadMail) -> None:
    """What a person wrote is read by a person, where we know who it is about; anything else is set aside."""
    writer = writer_of(mail.from_address, mail.answers_to)
    if writer is None:
        reply.outcome, reply.why, reply.text = Outcome.SET_ASIDE, "From nobody on record.", ""
    elif _vouched(mail) is Sender.FORGED:
        reply.outcome, reply.why, reply.text = Outcome.REJECTED, "The mail server says that it is forged.", ""
    else:
        reply.outcome = Outcome.TO_READ
        reply.unit, reply.patient, reply.respondent = writer.unit, writer.patient, writer.respondent
        ask_to_read(reply, writer)


def _quarantined(arrived: Arrived, why: str) -> Reply:
    """The mail is on record with the reason. Where its header says who wrote it, somebody rings them."""

    def settle(arrived: Arrived, reply: Reply) -> None:
        reply.kind, reply.outcome, reply.why = Kind.UNREADABLE, Outcome.QUARANTINED, why
        try:
            with at_most(READING_TIME_S):
                head = read_head(arrived.raw)
        except (UnreadableMail, TookTooLong):
            return
        reply.mime_message_id, reply.sender = head.message_id, head.from_address[:254]
        writer = writer_of(head.from_address, head.answers_to)
        if writer is not None and _vouched(head) is not Sender.FORGED:
            reply.unit, reply.patient, reply.respondent = writer.unit, writer.patient, writer.respondent
            ask_to_read(reply, writer)

    return _dealt_with(arrived, settle)
