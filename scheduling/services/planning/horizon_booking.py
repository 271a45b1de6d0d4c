"""Booking the weeks planned: course by course, each whole or not at all, and an account of what became of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from doseplans.models import PlanHold
from patients.models import WorklistItem
from patients.services import open_item
from scheduling.engine.ticks import day_words
from scheduling.errors import DoseBeforeNotSelected, NothingSelected, NotInThatState, StalePage
from scheduling.locking import patient_key, person_key
from scheduling.models import Horizon, HorizonLine
from scheduling.selectors.horizons import horizon_for
from scheduling.services.planning.horizons import locked_horizon, plan_horizon_again
from scheduling.services.planning.runs import end_runs
from scheduling.services.visits.booking import book_appointment
from scheduling.services.visits.wanted import Wanted, day_keys
from units.actors import Actor
from units.errors import ClinicError
from units.history import recorded_as
from units.policy import Act

Decision = HorizonLine.Decision
State = Horizon.State


@dataclass(frozen=True, slots=True)
class HorizonBooked:
    """What one press has come to: doses booked by it, doses that were to be booked and are not, in how many courses.

    `stopped` says why it ended before its end, where it did.
    """

    horizon: Horizon
    booked: int
    refused: int
    courses_refused: int
    stopped: str = ""


class _Over(Exception):
    """The draft is not any more what was looked at: nothing further is booked of it."""

    def __init__(self, error: ClinicError) -> None:
        super().__init__(error.code)
        self.error = error


def book_horizon(
    actor: Actor, *, horizon_id: UUID, seen: datetime | None = None, only: Collection[UUID] | None = None
) -> HorizonBooked:
    """The draft's doses have visits, each by the checks and with the invite of a booking by hand.

    Each course is one transaction, all of its doses or none; so a course that no longer fits costs no other its place,
    and the desks wait for one course at most. Where some were refused, each line says why and the rest is planned
    again, as a draft. `only` are the lines to book (None: all); the others stay in the draft, planned again around
    what was booked. `seen` is when the draft that the page showed was planned: another one raises StalePage. Raises
    also NotFound, NotAllowed, NotInThatState, NothingSelected, DoseBeforeNotSelected.
    """
    shown = horizon_for(actor, horizon_id, act=Act.BOOK)
    if shown.state == State.BOOKED:
        return HorizonBooked(shown, 0, 0, 0)
    asked = _asked(shown, only, seen)
    is_whole = len(asked) == len(_to_book(shown))
    at = timezone.now()
    with recorded_as(actor, act="book_horizon"):
        draft = _as_shown(shown, seen or shown.planned_at)
        end_runs(draft, "The draft was booked.", at=at)
    booked, refused, stopped = 0, [], ""
    for course in _courses(asked):
        try:
            booked += _book_course(actor, shown, course)
        except _Over as over:
            stopped = over.error.sentence
            break
        except ClinicError as error:
            refused.append(course)
            _note(actor, course, error)
    if not stopped:
        _settle(actor, shown, is_all=is_whole and not refused, at=at)
    return HorizonBooked(
        horizon_for(actor, horizon_id), booked, sum(len(course) for course in refused), len(refused), stopped
    )


def _as_shown(shown: Horizon, seen: datetime) -> Horizon:
    draft = locked_horizon(shown.pk)
    if (draft.planned_at, shown.planned_at) != (seen, seen):
        raise StalePage("The draft was planned again since your page was loaded. Look at it once more.")
    return draft


def _to_book(shown: Horizon) -> list[HorizonLine]:
    return [line for line in shown.lines.all() if line.decision == Decision.BOOK and line.appointment_id is None]


def _asked(shown: Horizon, only: Collection[UUID] | None, seen: datetime | None) -> list[HorizonLine]:
    """The lines that are to be booked now. One that is booked already is left as it is: somebody pressed twice."""
    if only is None:
        return _to_book(shown)
    if not only:
        raise NothingSelected("No dose is selected. Select at least one, or give the draft up.")
    known = {line.public_id for line in shown.lines.all() if line.decision == Decision.BOOK}
    if not set(only) <= known or (seen or shown.planned_at) != shown.planned_at:
        raise StalePage("The draft was planned again since your page was loaded. Look at it once more.")
    for course in _courses(_to_book(shown)):
        selected = [line.public_id in only for line in course]
        if selected != sorted(selected, reverse=True):
            raise DoseBeforeNotSelected(_without_the_one_before(course[selected.index(False)]))
    return [line for line in _to_book(shown) if line.public_id in only]


def _without_the_one_before(left_out: HorizonLine) -> str:
    patient = left_out.dose.plan.patient
    return (
        f"For {patient.given_name} {patient.family_name} a dose is selected that is counted from one left out "
        f"({day_words(left_out.target_on)}). Select that one too, or leave out the later ones."
    )


def _courses(lines: Iterable[HorizonLine]) -> list[list[HorizonLine]]:
    """What is to be booked, plan by plan, whoever comes first before the others; the doses of each in their order."""
    by_plan: dict[int, list[HorizonLine]] = {}
    for line in lines:
        by_plan.setdefault(line.dose.plan_id, []).append(line)
    return [sorted(course, key=lambda line: line.dose.sequence) for course in by_plan.values()]


def _book_course(actor: Actor, shown: Horizon, course: Sequence[HorizonLine]) -> int:
    """Every dose of the course has its visit, or none; returns how many were booked."""
    with recorded_as(actor, act="book_horizon", locks=_keys(shown, course)):
        try:
            _as_shown(shown, shown.planned_at)
        except ClinicError as error:
            raise _Over(error) from error
        # Somebody else may have pressed as well.
        left = set(HorizonLine.objects.filter(pk__in=[line.pk for line in course], appointment=None).values_list("pk"))
        for line in course:
            if (line.pk,) not in left or line.starts_at is None or line.room is None or line.operator is None:
                continue
            wanted = Wanted(line.starts_at, line.room.public_id, line.operator.public_id)
            visit = book_appointment(actor, dose_id=line.dose.public_id, wanted=wanted)
            line.appointment, line.refusal = visit, ""
            line.save(update_fields=["appointment", "refusal"])
        return len(left)


def _keys(shown: Horizon, course: Iterable[HorizonLine]) -> set[int]:
    """Every lock under which the course is placed: its patient, its days, people shared by units."""
    keys: set[int] = set()
    for line in course:
        keys.add(patient_key(line.dose.plan.patient_id))
        if line.starts_at is not None and line.ends_at is not None and line.operator is not None:
            keys |= day_keys(shown.unit, line.starts_at, line.ends_at) | {person_key(line.operator.pk)}
    return keys


def _note(actor: Actor, course: Iterable[HorizonLine], error: ClinicError) -> None:
    """Each dose of the course says what stopped it."""
    keys = [line.pk for line in course]
    with recorded_as(actor, act="book_horizon"):
        HorizonLine.objects.filter(pk__in=keys, appointment=None).update(refusal=error.sentence[:300])


def _settle(actor: Actor, shown: Horizon, *, is_all: bool, at: datetime) -> None:
    """The plan is booked; or what was refused is planned again. What has no place is with a clinician."""
    with recorded_as(actor, act="book_horizon"):
        try:
            draft = locked_horizon(shown.pk)
        except NotInThatState:
            return  # somebody else who pressed was done first
        if is_all:
            draft.state, draft.ended_at, draft.ended_by_name = State.BOOKED, at, actor.name
            draft.save(update_fields=["state", "ended_at", "ended_by_name"])
        else:
            plan_horizon_again(actor, draft=draft, at=timezone.now())
        _hand_over(draft, at=at)


def _hand_over(draft: Horizon, *, at: datetime) -> None:
    """A clinician has each course with a dose without a place on the worklist, with the reason; but for those on hold,
    who are on it already.
    """
    lines = draft.lines.filter(decision=Decision.CLINICIAN).select_related(
        "dose__plan__patient", "dose__plan__protocol"
    )
    held = set(PlanHold.objects.filter(lifted_at__isnull=True).values_list("plan", flat=True))
    told: set[int] = set()
    for line in lines.order_by("dose__plan_id", "dose__sequence"):
        plan = line.dose.plan
        if plan.pk in held or plan.pk in told:
            continue
        told.add(plan.pk)
        open_item(
            unit=draft.unit,
            patient=plan.patient,
            kind=WorklistItem.Kind.CLINICAL,
            key=f"unplaced:{line.dose.public_id}",
            title="Dose without a place",
            detail=f"{line.dose}: {line.effect}"[:300],
            due_at=at + timedelta(days=1),
        )
