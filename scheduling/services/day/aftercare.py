"""Asking after a dose, and what a red flag sets going: a hold and an escalation, in one step."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from django.utils import timezone

from doseplans.models import Administration, FollowUp, PlanHold
from doseplans.red_flags import RedFlag, red_flags_in_words
from doseplans.services import hold_for_red_flag
from patients.attempts import attempt_in_words, attempts_in, with_attempts
from patients.errors import PatientHasDied
from patients.models import Patient, WorklistItem
from patients.selectors import patient_by_public_id
from patients.services import close_items, open_item
from scheduling.engine.ticks import day_words, wall_clock
from scheduling.errors import NotInThatState
from scheduling.locking import patient_key
from scheduling.models import Appointment
from scheduling.selectors.aftercare import KEY, follow_up_for, live_plans_of
from scheduling.selectors.courses import booked_of_plan
from scheduling.services.visits.freeing import let_reservations_go, visits_in_words
from units.actors import Actor
from units.errors import invalid
from units.history import recorded_as
from units.models import Unit
from units.policy import Act

Kind = FollowUp.Kind

CALL_FROM, CALL_BY = timedelta(hours=24), timedelta(hours=48)
"""When the follow-up call is due after a dose. Source: domain.md, "After the visit"."""

CHECK_AFTER = timedelta(days=7)
"""How many days of the unit's calendar after the dose the second asking is due. Source: domain.md."""

TRY_AGAIN_AFTER = timedelta(hours=4)
"""How long after a call that nobody answered it is on the worklist again. Local policy."""


@dataclass(frozen=True, slots=True)
class Escalated:
    """What a red flag set going: the item for a doctor, the holds placed now, and booked visits that stay as they are.

    `holds` is empty where every plan was held or over already.
    """

    item_key: str
    holds: tuple[PlanHold, ...]
    kept: tuple[Appointment, ...]


@dataclass(frozen=True, slots=True)
class Followed:
    """A follow-up as it was answered; `escalated` None where no red flag was among the answers."""

    follow_up: FollowUp
    escalated: Escalated | None


class Due(NamedTuple):
    """From when and until when something is asked."""

    since: datetime
    until: datetime


def due_times(kind: str, given_at: datetime, unit: Unit) -> Due:
    """The call 24 to 48 hours after the dose; the check on the unit's calendar day seven days after it."""
    if kind == Kind.CALL:
        return Due(given_at + CALL_FROM, given_at + CALL_BY)
    day = unit.local_date(given_at) + CHECK_AFTER
    return Due(wall_clock(day, time(0), unit.zone), wall_clock(day + timedelta(days=1), time(0), unit.zone))


# --- opened and closed with the record of the dose: parts of the use cases that give, correct and withdraw it ---------
def ask_after(administration: Administration, *, patient: Patient, unit: Unit) -> list[FollowUp]:
    """The call and the check of a dose just given are to come, each on the worklist from the time it is due."""
    follow_ups = []
    for kind in Kind.values:
        since, until = due_times(kind, administration.given_at, unit)
        follow_up = FollowUp.objects.create(administration=administration, kind=kind, due_from=since, due_by=until)
        _put_on_worklist(follow_up, administration, patient=patient, unit=unit)
        follow_ups.append(follow_up)
    return follow_ups


def ask_at_the_right_time(administration: Administration, *, unit: Unit) -> None:
    """The dose's time was put right: what has not been asked yet is due as counted from the right one.

    `administration` is the record that stands now, to which the follow-ups belong already.
    """
    for follow_up in FollowUp.objects.filter(administration=administration, done_at__isnull=True):
        since, until = due_times(follow_up.kind, administration.given_at, unit)
        if (since, until) == (follow_up.due_from, follow_up.due_by):
            continue
        follow_up.due_from, follow_up.due_by = since, until
        follow_up.save(update_fields=["due_from", "due_by"])
        WorklistItem.objects.filter(key=_key(follow_up), done_at__isnull=True).update(
            due_at=since, detail=_detail(follow_up, administration, unit)
        )


def ask_no_more(administration: Administration, *, patient: Patient, at: datetime) -> None:
    """The dose was not given after all: what has not been asked yet is asked of nobody."""
    for follow_up in FollowUp.objects.filter(administration=administration, done_at__isnull=True):
        close_items(patient=patient, outcome="The dose was not given after all.", at=at, key_starts=_key(follow_up))
        follow_up.delete()


def _put_on_worklist(follow_up: FollowUp, administration: Administration, *, patient: Patient, unit: Unit) -> None:
    open_item(
        unit=unit,
        patient=patient,
        kind=WorklistItem.Kind.FOLLOW_UP,
        key=_key(follow_up),
        title=str(follow_up.get_kind_display()),
        detail=_detail(follow_up, administration, unit),
        due_at=follow_up.due_from,
    )


def _key(follow_up: FollowUp) -> str:
    return f"{KEY}{follow_up.public_id}"


def _detail(follow_up: FollowUp, administration: Administration, unit: Unit) -> str:
    """Which dose, and until when to ask: Given Tue 24 Nov, 10:40. Ask by Thu 26 Nov, 10:40."""
    given = _moment(administration.given_at, unit)
    if follow_up.kind == Kind.CALL:
        return f"Dose given {given}. Ring by {_moment(follow_up.due_by, unit)}."
    return f"Dose given {given}. Ask on {day_words(unit.local_date(follow_up.due_from))}."


def _moment(at: datetime, unit: Unit) -> str:
    local = unit.local(at)
    return f"{day_words(local.date())}, {local:%H:%M}"


# --- what people do ---------------------------------------------------------------------------------------------------
def record_follow_up(actor: Actor, *, follow_up_id: UUID, red_flags: Collection[str] = (), note: str = "") -> Followed:
    """The patient was asked for each red flag by name; those present set a hold and an escalation going at once.

    Raises: NotFound, InvalidInput for an unknown flag, NotInThatState where it was answered or its dose withdrawn,
    PatientHasDied.
    """
    seen = follow_up_for(actor, follow_up_id)
    patient = seen.administration.dose.plan.patient
    _check_flags(red_flags)
    at = timezone.now()
    with recorded_as(actor, act="record_follow_up", reason=note, locks={patient_key(patient.pk)}):
        follow_up = _reread(seen)
        follow_up.done_at, follow_up.done_by_name = at, actor.name
        follow_up.red_flags = [flag.value for flag in RedFlag if flag.value in red_flags]
        follow_up.note = with_attempts(follow_up.note, note)
        follow_up.save(update_fields=["done_at", "done_by_name", "red_flags", "note"])
        words = red_flags_in_words(red_flags)
        _finish(actor, follow_up, f"Red flag: {words}" if words else note.strip() or "No red flag.", at=at)
        escalated = None
        if red_flags:
            heard = str(follow_up.get_kind_display()).lower()
            key = f"red-flag:{follow_up.public_id}"
            escalated = _escalate(actor, patient, red_flags, key=key, heard=f"at the {heard}", note=note, at=at)
    return Followed(follow_up, escalated)


def record_no_answer(actor: Actor, *, follow_up_id: UUID, note: str = "") -> FollowUp:
    """Nobody could be reached: it stays to do, says how often it was tried, and comes back in some hours.

    Raises: NotFound, NotInThatState, PatientHasDied.
    """
    seen = follow_up_for(actor, follow_up_id)
    patient = seen.administration.dose.plan.patient
    at = timezone.now()
    with recorded_as(actor, act="record_no_answer", reason=note, locks={patient_key(patient.pk)}):
        follow_up = _reread(seen)
        tried = attempt_in_words(attempts_in(follow_up.note) + 1, _moment(at, patient.unit), actor.name)
        follow_up.note = f"{tried} {note.strip()}".strip()[:300]
        follow_up.save(update_fields=["note"])
        detail = f"{_detail(follow_up, follow_up.administration, patient.unit)} {follow_up.note}"
        items = WorklistItem.objects.filter(key=_key(follow_up), done_at__isnull=True)
        items.update(due_at=at + TRY_AGAIN_AFTER, detail=detail[:300])
    return follow_up


def record_red_flag(actor: Actor, *, patient_id: UUID, red_flags: Collection[str], note: str = "") -> Escalated:
    """A red flag that somebody heard of or saw, whether or not anything was to be asked: hold and escalation at once.

    Raises: NotFound, NotAllowed, InvalidInput without a flag, PatientHasDied.
    """
    patient = patient_by_public_id(actor, patient_id)
    actor.require(Act.WORK_WORKLIST, patient.unit_id)
    _check_flags(red_flags)
    if not red_flags:
        raise invalid("red_flags", "Say which red flag it is.")
    at = timezone.now()
    with recorded_as(actor, act="record_red_flag", reason=note, locks={patient_key(patient.pk)}):
        _refuse_dead(patient)
        return _escalate(actor, patient, red_flags, key=f"red-flag:{uuid4()}", heard="", note=note, at=at)


def _check_flags(red_flags: Iterable[str]) -> None:
    known = {flag.value for flag in RedFlag}
    if unknown := set(red_flags) - known:
        raise invalid("red_flags", f"These are no red flags: {', '.join(sorted(unknown))}.")


def _reread(seen: FollowUp) -> FollowUp:
    """The follow-up as it stands under the patient's lock, still to be done."""
    follow_up = FollowUp.objects.select_related("administration__dose__plan__patient").filter(pk=seen.pk).first()
    if follow_up is None or follow_up.administration.is_entered_in_error:
        raise NotInThatState("The dose was withdrawn: nothing is to be asked after it.")
    if follow_up.done_at is not None:
        raise NotInThatState(f"{follow_up.done_by_name} has recorded this follow-up already.")
    _refuse_dead(follow_up.administration.dose.plan.patient)
    return follow_up


def _refuse_dead(patient: Patient) -> None:
    if Patient.objects.filter(pk=patient.pk, deceased_at__isnull=False).exists():
        raise PatientHasDied("The patient has died: there is nothing to ask or to hold any more.")


def _finish(actor: Actor, follow_up: FollowUp, outcome: str, *, at: datetime) -> None:
    items = WorklistItem.objects.filter(key=_key(follow_up), done_at__isnull=True)
    items.update(done_at=at, done_by_id=actor.user_id, outcome=outcome[:300])


def _escalate(
    actor: Actor, patient: Patient, red_flags: Collection[str], *, key: str, heard: str, note: str, at: datetime
) -> Escalated:
    """The one step: every live plan of the patient is held, and a doctor is asked, now."""
    words = red_flags_in_words(red_flags)
    unit = patient.unit
    today = unit.local_date(at)
    plans = list(live_plans_of(actor, patient))
    placed = [hold_for_red_flag(actor, plan=plan, reason=f"Red flag: {words}", on=today) for plan in plans]
    holds = tuple(hold for hold in placed if hold is not None)
    if holds:
        let_reservations_go([hold.plan for hold in holds])
    kept = tuple(visit for plan in plans for visit in booked_of_plan(actor, plan, since=today))
    open_item(
        unit=unit,
        patient=patient,
        kind=WorklistItem.Kind.ESCALATION,
        key=key,
        title=_cut(f"Red flag: {words}", 120),
        detail=_cut(_told(actor, heard, note, bool(holds), bool(plans), kept), 300),
        due_at=at,
    )
    return Escalated(key, holds, kept)


def _told(actor: Actor, heard: str, note: str, is_held_now: bool, has_plan: bool, kept: Collection[Appointment]) -> str:
    """What the doctor who looks at it must know, the visits that still stand before what was noted."""
    parts = [" ".join(part for part in ("Recorded by", actor.name, heard) if part) + "."]
    if is_held_now:
        parts.append("The plan is on hold.")
    elif has_plan:
        parts.append("The plan was on hold already.")
    if kept:
        parts.append(f"Still booked, decide: {visits_in_words(list(kept))}.")
    if note.strip():
        parts.append(note.strip())
    return " ".join(parts)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
