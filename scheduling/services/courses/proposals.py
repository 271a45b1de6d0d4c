"""Visits that no longer fit: every act that changes a plan's dates proposes their move, and moves nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from doseplans.calculus import day_in_words
from doseplans.models import Dose, DosePlan, Protocol
from doseplans.services.projecting import Changed, Dates, changed_dates, dates_from, write_dates
from patients.models import WorklistItem
from patients.services import close_items, open_item
from scheduling.engine.ticks import day_words
from scheduling.models import Appointment, MoveProposal
from scheduling.selectors.plan_states import DoseState, PlanState, expected_days, plan_state
from units.models import Unit

State = MoveProposal.State


def item_key(appointment: Appointment) -> str:
    """The key of the worklist item that points to a visit to move."""
    return f"move:{appointment.public_id}"


def recount(
    plan: DosePlan,
    *,
    unit: Unit,
    at: datetime,
    state: PlanState | None = None,
    moved: Mapping[int, date] | None = None,
) -> list[MoveProposal]:
    """The plan's dates follow from what is given, decided and booked now, and so do the proposals to move its visits.

    The one way an act counts a plan again, under the patient's lock. `state` is the plan as the caller has just read
    it; `moved` are the booked days that changed since. Returns the proposals opened or changed by it.
    """
    counted = count_again(plan, unit=unit, at=at, state=state or plan_state(plan.pk, unit), moved=moved)
    write_dates(plan, counted.changed)
    return propose(counted, at=at)


@dataclass(frozen=True, slots=True)
class Counted:
    """A plan counted again: as it stood, the days its doses are booked for, and the dates that follow from them.

    Of the dates, those that changed are to be written. `today` is the unit's.
    """

    state: PlanState
    booked: Mapping[int, date]
    dates: Mapping[int, Dates]
    changed: Changed
    moved: frozenset[int]
    today: date


def count_again(
    plan: DosePlan, *, unit: Unit, at: datetime, state: PlanState, moved: Mapping[int, date] | None = None
) -> Counted:
    """What `recount` writes and what it proposes from; nothing is written yet."""
    if plan.protocol_id != state.protocol_id:
        plan.protocol = Protocol.objects.get(pk=state.protocol_id)  # switched since the caller read the plan
    booked = dict(expected_days(state.doses)) | dict(moved or {})
    # What is booked moves the doses after it, and none before.
    since, today = min(moved) if moved else 1, unit.local_date(at)
    dates = dates_from(plan, state.stored, expected=booked, on=today, since=since)
    return Counted(state, booked, dates, changed_dates(state.stored, dates), frozenset(moved or ()), today)


def propose(counted: Counted, *, at: datetime) -> list[MoveProposal]:
    """What is proposed follows from the dates, once they are written. Returns what `recount` does."""
    before = {sequence: old for sequence, _, _, old in counted.state.stored}
    opened = []
    for dose in counted.state.doses:
        on, now = counted.booked.get(dose.sequence), counted.dates.get(dose.sequence)
        if on is None or now is None or not dose.is_visit_to_come or dose.sequence in counted.moved:
            continue
        if on < counted.today:
            continue  # nobody moves a visit whose day is over: what became of it is to be written down
        if (proposal := _refresh(dose, on, before[dose.sequence], now, at=at)) is not None:
            opened.append(proposal)
    return opened


def _refresh(dose: DoseState, on: date, before: Dates, now: Dates, *, at: datetime) -> MoveProposal | None:
    """The visit's proposal as its dose's new window asks for it; None where it fits, or nothing changed.

    A visit that stood outside a window that is still the same was put or kept there by somebody: nobody is asked twice.
    """
    earliest_on, latest_on = now[4:6]
    fits = earliest_on <= on <= latest_on
    if fits and dose.proposal_id is None:
        return None
    if not fits and dose.appointment_id is not None and before[4:6] != now[4:6]:
        return _open(dose.appointment_id, on, now, at=at)
    if fits and dose.proposal_id is not None:
        _close(MoveProposal.objects.get(pk=dose.proposal_id), State.OVER, "It fits its window again.", at=at)
    return None


def _open(appointment_id: int, on: date, dates: Dates, *, at: datetime) -> MoveProposal:
    appointment = Appointment.objects.select_related("unit", "patient", "dose__plan__protocol").get(pk=appointment_id)
    earliest_on, latest_on = dates[4:6]
    cause = cause_in_words(str(appointment.dose), on, dates)
    proposal, _ = MoveProposal.objects.update_or_create(
        appointment=appointment,
        state=State.OPEN,
        defaults={"cause": cause, "earliest_on": earliest_on, "latest_on": latest_on},
        create_defaults={"cause": cause, "earliest_on": earliest_on, "latest_on": latest_on, "opened_at": at},
    )
    key, title = item_key(appointment), "Visit now too early" if on < earliest_on else "Visit now too late"
    is_new = open_item(
        unit=appointment.unit,
        patient=appointment.patient,
        kind=WorklistItem.Kind.MOVE,
        key=key,
        title=title,
        detail=cause,
        due_at=at + timedelta(days=1),
    )
    if not is_new:
        WorklistItem.objects.filter(key=key, done_at__isnull=True).update(title=title, detail=cause)
    return proposal


def cause_in_words(dose: str, on: date, dates: Dates) -> str:
    """What changed and what it means: which visit, its side of the window, and what the window is counted from.

    >>> day = date.fromisoformat
    >>> cause_in_words("Maintenance 6", day("2026-12-22"), ("maintenance", 6, day("2026-12-20"), day("2026-12-26"),
    ...     day("2026-12-24"), day("2026-12-31"), "28 days after maintenance 5 was given on Sat 28 Nov; window ..."))
    ... # doctest: +NORMALIZE_WHITESPACE
    'Maintenance 6 is booked for Tue 22 Dec, now too early: it may be given Thu 24 Dec to Thu 31 Dec, 28 days after
     maintenance 5 was given on Sat 28 Nov.'
    """
    earliest_on, latest_on, rule = dates[4:7]
    side = "too early" if on < earliest_on else "too late"
    why = rule.split(";")[0]
    why = why[0].lower() + why[1:]
    first, last = (day_in_words(day.toordinal(), beside=on.toordinal()) for day in (earliest_on, latest_on))
    return f"{dose} is booked for {day_words(on)}, now {side}: it may be given {first} to {last}, {why}."[:300]


def close_proposal(appointment: Appointment, state: str, outcome: str, *, at: datetime, by: str = "") -> None:
    """The visit's open proposal, where there is one, is dealt with; its worklist item too."""
    proposal = MoveProposal.objects.filter(appointment=appointment, state=State.OPEN).first()
    if proposal is not None:
        _close(proposal, state, outcome, at=at, by=by)


def _close(proposal: MoveProposal, state: str, outcome: str, *, at: datetime, by: str = "") -> None:
    proposal.state, proposal.decided_at, proposal.decided_by_name, proposal.reason = state, at, by, outcome[:300]
    proposal.save(update_fields=["state", "decided_at", "decided_by_name", "reason"])
    appointment = proposal.appointment
    close_items(patient=appointment.patient, outcome=outcome[:300], at=at, key_starts=item_key(appointment))


def reopen_proposal(appointment: Appointment, *, closed_at: datetime) -> None:
    """The proposal that a move or a cancellation of that instant closed is open again, with its worklist item."""
    proposal = MoveProposal.objects.filter(
        appointment=appointment, decided_at=closed_at, state__in=[State.MOVED, State.OVER]
    ).first()
    if proposal is None or appointment.dose is None:
        return
    proposal.delete()
    _open_if_outside(appointment, appointment.dose, at=proposal.opened_at)


def propose_if_outside(appointment: Appointment, *, at: datetime) -> None:
    """A visit that came back to find its dose's window elsewhere waits to be moved, unless somebody put it there."""
    if appointment.dose_id is None or appointment.override_reason:
        return
    dose = Dose.objects.get(pk=appointment.dose_id)
    is_overdue = dose.latest_on < appointment.unit.local_date(at)  # any day left is late
    if not is_overdue and not MoveProposal.objects.filter(appointment=appointment, state=State.OPEN).exists():
        _open_if_outside(appointment, dose, at=at)


def _open_if_outside(appointment: Appointment, dose: Dose, *, at: datetime) -> None:
    on = appointment.unit.local_date(appointment.starts_at)
    dates = (dose.kind, dose.number_in_kind, dose.ideal_on, dose.target_on, dose.earliest_on, dose.latest_on, dose.rule)
    if not dose.earliest_on <= on <= dose.latest_on:
        _open(appointment.pk, on, dates, at=at)
