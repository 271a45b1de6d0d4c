"""Letters leave by the printer: claimed into a run, looked at a last time under a lock, counted, posted by a person.

A letter is in one run at a time, whoever else presses the button in the same moment. What changes before the run is in
the post is said on its page and taken out of the pile; what was spoilt waits for the next run.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from doseplans.models import PlanHold
from patients.models import Channel
from patients.services import record_access
from reminders.errors import LettersChanged, RunIsClosed
from reminders.letters import CannotPrint, pages_of, render_letters
from reminders.models import Message, PersonalLink, PrintedLetter, PrintRun, Purpose
from reminders.people import Person, reader_of
from reminders.rules import Kind
from reminders.selectors import text_for
from reminders.services.calls import ask_to_tell, report_lost_reminder
from reminders.services.claiming import LEASE, Claim, end
from reminders.services.composing import COMPOSED_FIELDS, compose, variant_for
from reminders.services.lettering import paper_of
from reminders.services.links import Key, links_for, with_link_ended
from reminders.services.preparing import fail, goes_otherwise, had_request, load
from reminders.services.routing import is_post_in_time
from reminders.standing import kind_of, standing_of, why_not_now, why_stale
from units.actors import Actor
from units.errors import ClinicError, NotFound
from units.history import recorded_as
from units.models import Unit
from units.policy import Act
from units.scope import scoped

State = Message.State
Paper = PrintedLetter.State
# Visits are locked while their letters are set, at some 15 ms each; what is left waits for the next press.
PER_RUN = 40
MOST_RUNS = 30
TOO_LATE = "A letter would come too late."

# A claim whose maker died before the run was written is anybody's again after its lease.
CLAIM = """
UPDATE reminders_message
SET state = 'sending', attempts = attempts + 1,
    lease_until = statement_timestamp() + make_interval(secs => %(lease_s)s)
WHERE id IN (
    SELECT due.id
    FROM reminders_message due
    JOIN scheduling_appointment visit ON visit.id = due.appointment_id
    WHERE due.channel = 'letter' AND due.due_at <= statement_timestamp() AND visit.unit_id = %(unit)s
      AND (due.state = 'pending'
           OR (due.state = 'sending' AND due.lease_until <= statement_timestamp() AND NOT EXISTS (
               SELECT FROM reminders_printedletter paper
               WHERE paper.message_id = due.id AND paper.state IN ('made', 'posted'))))
    ORDER BY due.due_at, due.id
    LIMIT %(limit)s
    FOR UPDATE OF due SKIP LOCKED
)
RETURNING id, attempts
"""


@dataclass(frozen=True, slots=True)
class _Set:
    """A letter that may be printed, and on how many pages it comes."""

    message: Message
    pages: int


def make_print_run(actor: Actor, *, unit: Unit) -> PrintRun | None:
    """What waits is in one PDF, oldest first, up to 40 letters; None where nothing does.

    A letter that is no longer right is left out, and one that would come too late becomes a call. Raises: NotAllowed.
    """
    actor.require(Act.PRINT_LETTERS, unit.pk)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"unit": unit.pk, "limit": PER_RUN, "lease_s": LEASE.total_seconds()})
        claims = [Claim(message_id, attempts) for message_id, attempts in sorted(cursor.fetchall())]
    if not claims:
        return None
    with recorded_as(actor, act="make_print_run"):
        at, messages = load(claims, is_waiting=True)
        if at is None:
            return None
        links = links_for(messages.values())
        looked_at = [_look(claim, message, at, links) for claim, message in messages.items()]
        return _write_run(actor, unit, [one for one in looked_at if one is not None], at)


def _look(claim: Claim, message: Any, at: datetime, links: Mapping[Key, PersonalLink]) -> _Set | None:
    reader = reader_of(message)
    reason = _why_not(message, reader, at)
    if reason is not None:
        _tell_otherwise(message, reader, reason, at)
        end(claim, state=State.SKIPPED, why=reason)
        return None
    assert reader is not None  # noqa: S101  a letter without a reader has just been stopped
    try:
        if message.dated_at is None:
            variant = variant_for(message.channel, reader)
            chosen = text_for(message.appointment.unit_id, message.purpose, reader.language, variant)
            link = links.get((message.appointment_id, message.recipient))
            compose(message, reader, at=at, chosen=chosen, link=link)
            message.save(update_fields=COMPOSED_FIELDS)
        return _Set(message, pages_of(paper_of(message)))
    except (CannotPrint, ClinicError) as error:
        fail(claim, message, why=getattr(error, "sentence", str(error)))
        return None


def _why_not(message: Any, reader: Person | None, at: datetime) -> str | None:
    standing = standing_of(message.appointment, is_on_hold=message.is_on_hold)
    if reason := why_not_now(message, standing, reader, is_event_undone=message.is_event_undone):
        return reason
    if message.purpose == Purpose.CANCEL and not had_request(message):
        return "No invite had gone out, so there is nothing to take back."
    if not is_post_in_time(message.appointment.unit, message.appointment.arrives_at, at=at):
        return TOO_LATE
    return None


def _tell_otherwise(message: Any, reader: Person | None, reason: str, at: datetime) -> None:
    """What still is news, and only a letter cannot bring any more, goes another way."""
    standing = standing_of(message.appointment, is_on_hold=message.is_on_hold)
    is_news = not why_stale(message, standing, is_event_undone=message.is_event_undone)
    is_about_post = reader is not None and (reason == TOO_LATE or bool(reader.why_no_letter))
    if reader is None or not is_news or not is_about_post or goes_otherwise(message, reader):
        return
    if kind_of(message.purpose) is Kind.REMINDER:
        report_lost_reminder(message)
    else:
        ask_to_tell(message.appointment, reader, message.purpose, at=at, due_at=at)


def _write_run(actor: Actor, unit: Unit, letters: Sequence[_Set], at: datetime) -> PrintRun | None:
    if not letters:
        return None
    run = PrintRun.objects.create(
        unit=unit,
        letters=len(letters),
        pages=sum(one.pages for one in letters),
        made_at=at,
        made_by_id=actor.user_id,
        made_by_name=actor.name,
    )
    rows, first_page = [], 1
    for number, one in enumerate(letters, start=1):
        rows.append(PrintedLetter(run=run, message=one.message, number=number, first_page=first_page, pages=one.pages))
        first_page += one.pages
    PrintedLetter.objects.bulk_create(rows)
    # From here on it may be in somebody's hand: a cancellation follows it.
    Message.objects.filter(pk__in=[one.message.pk for one in letters]).update(is_possibly_out=True, lease_until=at)
    return run


@dataclass(frozen=True, slots=True)
class Checked:
    """A letter that waits, and why it would not be printed as things stand; empty where it would."""

    message: Message
    why_not: str


def letters_waiting(actor: Actor, *, unit: Unit, at: datetime) -> tuple[list[Checked], int]:
    """What the next run takes up, oldest first, and how many wait in all. Raises: NotAllowed."""
    actor.require(Act.PRINT_LETTERS, unit.pk)
    waiting = Message.objects.filter(
        channel=Channel.LETTER, state=State.PENDING, due_at__lte=at, appointment__unit_id=unit.pk
    )
    hold = PlanHold.objects.filter(plan_id=OuterRef("appointment__dose__plan_id"), lifted_at__isnull=True)
    rows = (
        waiting.select_related("event__undone_by", "appointment__dose__plan", "appointment__patient", "patient")
        .select_related("appointment__unit", "carer")
        .prefetch_related("patient__flags")
        .annotate(is_on_hold=Exists(hold))
        .order_by("due_at", "pk")
    )
    found = []
    waits: Any
    for waits in rows[:PER_RUN]:
        waits.is_event_undone = hasattr(waits.event, "undone_by")
        found.append(Checked(waits, _why_not(waits, reader_of(waits), at) or ""))
    return found, waiting.count()


def runs_of(actor: Actor, *, unit: Unit) -> list[PrintRun]:
    """The unit's last runs, newest first; what nobody has said anything about comes before all. Raises: NotAllowed."""
    actor.require(Act.PRINT_LETTERS, unit.pk)
    is_over = Q(printed_at__isnull=False) | Q(spoilt_at__isnull=False)
    return list(
        PrintRun.objects.filter(unit=unit).annotate(is_over=Q(is_over)).order_by("is_over", "-made_at")[:MOST_RUNS]
    )


def run_for(actor: Actor, run_id: UUID) -> PrintRun:
    """The run with its letters. Raises NotFound outside the actor's units."""
    run = scoped(PrintRun.objects.select_related("unit"), actor, Act.PRINT_LETTERS).filter(public_id=run_id).first()
    if run is None:
        raise NotFound(_("There is no such print run among yours."))
    return run


def letters_of(run: PrintRun) -> list[PrintedLetter]:
    """The run's letters in the order of the pile, with what their standing needs."""
    rows = run.printed.select_related("message__event__undone_by", "message__appointment__dose__plan")
    rows = rows.select_related("message__appointment__patient", "message__appointment__unit", "message__carer")
    return list(rows.select_related("message__patient").prefetch_related("message__patient__flags"))


def why_out(paper: PrintedLetter) -> str:
    """Why a letter that is not posted yet must not be, in words; empty where it may."""
    message = paper.message
    if paper.state != Paper.MADE:
        return ""
    is_undone = hasattr(message.event, "undone_by")
    return why_not_now(message, standing_of(message.appointment), reader_of(message), is_event_undone=is_undone) or ""


def with_dead_link(run: PrintRun, papers: Sequence[PrintedLetter]) -> set[int]:
    """The letters, by number, that are not posted yet and lead to a link ended since. Spoilt, they get a new one."""
    made = [paper for paper in papers if paper.state == Paper.MADE]
    ended = with_link_ended([paper.message for paper in made], since=run.made_at)
    return {paper.number for paper in made if paper.message_id in ended}


def pdf_of(actor: Actor, *, run_id: UUID) -> bytes:
    """The run as it was made, all its letters in order: the same octets at every call. On each patient's record."""
    run = run_for(actor, run_id)
    papers = letters_of(run)
    with recorded_as(actor, act="open_letters"):
        for patient in {paper.message.patient_id: paper.message.patient for paper in papers}.values():
            record_access(actor, patient=patient, page="letters")
    return render_letters([paper_of(paper.message) for paper in papers], title=_("Letters"))


def confirm_posted(actor: Actor, *, run_id: UUID, taken_out: Collection[int] = ()) -> PrintRun:
    """The letters are in the post, but for those taken out of the pile, given by number.

    Of those taken out, one that is right but for its link waits to be printed again, with a new link. A run of which
    nothing was posted is closed as spoilt.
    Raises: NotFound; RunIsClosed; LettersChanged where one more must be taken out than the page had said.
    """
    with recorded_as(actor, act="confirm_posted"):
        run = _open_run(actor, run_id)
        papers = _locked(run)
        reasons = {paper.number: why_out(paper) for paper in papers}
        stale = {number for number, why in reasons.items() if why}
        dead = with_dead_link(run, papers) - stale
        if unknown := (stale | dead) - set(taken_out):
            raise LettersChanged(
                _("Something has changed since this page was opened. Take the letters marked out of the pile."),
                numbers=sorted(unknown),
            )
        for paper in papers:
            if paper.number in stale:
                paper.state, paper.why = Paper.TAKEN_OUT, reasons[paper.number]
                _message_of(paper).update(state=State.SKIPPED, why=paper.why, is_possibly_out=False)
            elif paper.number in dead:
                _print_again(paper)
            else:
                paper.state = Paper.POSTED
                _message_of(paper).update(state=State.SENT, sent_at=Now(), why="")
            paper.save(update_fields=["state", "why"])
        if any(paper.state == Paper.POSTED for paper in papers):
            run.printed_at, run.printed_by_id, run.printed_by_name = timezone.now(), actor.user_id, actor.name
            run.save(update_fields=["printed_at", "printed_by", "printed_by_name"])
        else:
            _close_spoilt(actor, run)
    return run


def spoil(actor: Actor, *, run_id: UUID, numbers: Collection[int] | None = None) -> int:
    """These letters, or all, were spoilt and wait to be printed again. Returns how many.

    A run all of whose letters were spoilt is closed. Raises: NotFound; RunIsClosed.
    """
    with recorded_as(actor, act="spoil_letters"):
        run = _open_run(actor, run_id)
        papers = _locked(run)
        spoilt = [paper for paper in papers if numbers is None or paper.number in numbers]
        for paper in spoilt:
            _print_again(paper)
            paper.save(update_fields=["state"])
        if len(spoilt) == len(papers):
            _close_spoilt(actor, run)
    return len(spoilt)


def _close_spoilt(actor: Actor, run: PrintRun) -> None:
    run.spoilt_at, run.spoilt_by_id, run.spoilt_by_name = timezone.now(), actor.user_id, actor.name
    run.save(update_fields=["spoilt_at", "spoilt_by", "spoilt_by_name"])


def _print_again(paper: PrintedLetter) -> None:
    # Nobody has it: its words are put together anew, with the date of the day it is printed.
    _message_of(paper).update(state=State.PENDING, lease_until=None, is_possibly_out=False, dated_at=None, facts={})
    paper.state = Paper.SPOILT


def _open_run(actor: Actor, run_id: UUID) -> PrintRun:
    rows = PrintRun.objects.select_for_update(of=("self",)).select_related("unit")
    run = scoped(rows, actor, Act.PRINT_LETTERS).filter(public_id=run_id).first()
    if run is None:
        raise NotFound(_("There is no such print run among yours."))
    if not run.is_open:
        who, at = (run.printed_by_name, run.printed_at) if run.printed_at else (run.spoilt_by_name, run.spoilt_at)
        when = run.unit.local(at or run.made_at)
        raise RunIsClosed(
            _("%(who)s has already said what became of these letters, at %(clock)s.")
            % {"who": who, "clock": f"{when:%H:%M}"}
        )
    return run


def _locked(run: PrintRun) -> list[PrintedLetter]:
    """The letters still in the pile, their visits held still first, as everywhere in this app."""
    papers = [paper for paper in letters_of(run) if paper.state == Paper.MADE]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM scheduling_appointment WHERE id = ANY(%s) ORDER BY id FOR SHARE",
            [[paper.message.appointment_id for paper in papers]],
        )
    return [paper for paper in letters_of(run) if paper.state == Paper.MADE]


def _message_of(paper: PrintedLetter) -> Any:
    return Message.objects.filter(pk=paper.message_id, channel=Channel.LETTER)
