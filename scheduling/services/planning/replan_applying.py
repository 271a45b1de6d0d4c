"""Applying a re-plan: every visit that was accepted is moved, in one transaction, or none is."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from patients.models import WorklistItem
from patients.services import open_item
from scheduling.engine.ticks import day_words
from scheduling.errors import NothingSelected, NotInThatState, ReplanOutdated, StalePage
from scheduling.locking import person_key
from scheduling.models import Replan, ReplanLine
from scheduling.selectors.replans import replan_for
from scheduling.services.opening.hours import item_key
from scheduling.services.planning.replans import keep_lines, plan_again
from scheduling.services.planning.runs import end_runs
from scheduling.services.visits.moving import SetDown, TakenOff, count_on_from, set_down, settle, take_off
from scheduling.services.visits.wanted import Wanted, day_keys, keys_of
from units.actors import Actor
from units.errors import ClinicError
from units.history import recorded_as
from units.policy import Act

Decision = ReplanLine.Decision
State = Replan.State

_PLANNED_AGAIN = "The draft was planned again since your page was loaded. Look at it once more."


class _Refused(Exception):
    """A line no longer fits; everything is given up."""

    def __init__(self, line: ReplanLine, error: ClinicError) -> None:
        super().__init__(error.code)
        self.line, self.error = line, error


def apply_replan(
    actor: Actor, *, replan_id: UUID, seen: datetime | None = None, only: Collection[UUID] | None = None
) -> Replan:
    """The visits stand at their new times, each with one update going out; what found no place is with a clinician.

    `only` are the lines whose moves are accepted (None: all): the others stay where they are, kept by choice. All that
    is accepted or nothing: where a line no longer fits, the draft is planned again around what is kept, and
    ReplanOutdated names the line. A re-plan that is applied already is left as it is. `seen` is when the draft that
    the page showed was planned: another one raises StalePage. Raises also NotFound, NotAllowed, NotInThatState,
    NothingSelected.
    """
    shown = replan_for(actor, replan_id, act=Act.BOOK)
    if shown.state == State.APPLIED:
        return shown
    at, seen = timezone.now(), seen or shown.planned_at
    accepted, left_out = _parted(shown, only, seen)
    try:
        with recorded_as(actor, act="apply_replan", reason=shown.cause, locks=_keys(accepted)):
            _apply(actor, shown, (accepted, left_out), seen=seen, at=at)
    except _Refused as refused:
        with recorded_as(actor, act="plan_closure"):
            draft = Replan.objects.select_for_update(of=("self",)).select_related("unit", "closure").get(pk=shown.pk)
            if draft.state == State.DRAFT:
                if draft.planned_at == seen:
                    keep_lines(left_out)
                plan_again(actor, draft=draft, at=timezone.now())
        raise ReplanOutdated(
            f"{_when(refused.line)} no longer fits: {refused.error.sentence} Nothing was moved. "
            "The draft has been planned again: look at it once more.",
            line=str(refused.line.public_id),
            because=refused.error.code,
        ) from refused
    return replan_for(actor, replan_id)


def _parted(shown: Replan, only: Collection[UUID] | None, seen: datetime) -> tuple[list[ReplanLine], list[ReplanLine]]:
    """The moves that are accepted, and those that are left out."""
    moves = [line for line in shown.lines.all() if line.decision == Decision.MOVE]
    if only is None:
        return moves, []
    if shown.planned_at != seen or not {line.public_id for line in moves} >= set(only):
        raise StalePage(_PLANNED_AGAIN)
    if moves and not only:
        raise NothingSelected("No move is selected. Select at least one, or give the draft up.")
    return [line for line in moves if line.public_id in only], [line for line in moves if line.public_id not in only]


def _keys(lines: Iterable[ReplanLine]) -> set[int]:
    """Every lock under which the lines are placed: the old days and the new, the patients, people shared by units."""
    keys: set[int] = set()
    for line in lines:
        keys |= keys_of(line.appointment)
        if line.starts_at is None or line.ends_at is None:
            continue
        keys |= day_keys(line.appointment.unit, line.starts_at, line.ends_at)
        if line.operator is not None:
            keys.add(person_key(line.operator.pk))
    return keys


def _apply(
    actor: Actor, shown: Replan, parted: tuple[list[ReplanLine], list[ReplanLine]], *, seen: datetime, at: datetime
) -> None:
    replan = Replan.objects.select_for_update(of=("self",)).select_related("unit", "closure").get(pk=shown.pk)
    if replan.state == State.APPLIED:
        return
    if replan.state != State.DRAFT or replan.closure is None:
        raise NotInThatState("This re-plan was given up, or the closure was lifted. Nothing was moved.")
    if (replan.planned_at, shown.planned_at) != (seen, seen):
        raise StalePage(_PLANNED_AGAIN)
    accepted, left_out = parted
    keep_lines(left_out)
    _move(actor, accepted, replan, at=at)
    for line in shown.lines.all():
        if line.decision == Decision.CLINICIAN:
            _hand_over(line, at=at)
    replan.state, replan.ended_at, replan.ended_by_name = State.APPLIED, at, actor.name
    replan.save(update_fields=["state", "ended_at", "ended_by_name"])
    end_runs(replan, "The draft was applied.", at=at)


class _told_of:  # noqa: N801  reads as a phrase
    """A refusal inside is one of this line."""

    def __init__(self, line: ReplanLine) -> None:
        self.line = line

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _where: object) -> None:
        if isinstance(error, ClinicError):
            raise _Refused(self.line, error) from error


def _move(actor: Actor, lines: Iterable[ReplanLine], replan: Replan, *, at: datetime) -> None:
    """All are taken off first, so that one may have the slot of another; then each is set down, and settled."""
    taken: list[tuple[ReplanLine, TakenOff]] = []
    for line in lines:
        with _told_of(line):
            taken.append((line, take_off(line.appointment, version=line.version)))
    taken.sort(key=lambda pair: (pair[0].procedure_at, pair[1].appointment.pk))
    down: list[tuple[ReplanLine, SetDown]] = []
    for line, moving in taken:
        with _told_of(line):
            down.append((line, _set_down(actor, line, moving, at=at)))
    for line, moved in down:
        with _told_of(line):
            settle(actor, moved=moved, reason=replan.cause, at=at)
    count_on_from([moved for _, moved in down], at=at)


def _set_down(actor: Actor, line: ReplanLine, moving: TakenOff, *, at: datetime) -> SetDown:
    """The visit's own row has the line's times."""
    if line.starts_at is None or line.room is None or line.operator is None:
        raise NotInThatState("This line says nowhere to go.")
    is_admitted = moving.appointment.admitted_at is not None
    wanted = Wanted(line.starts_at, line.room.public_id, line.operator.public_id, is_admitted)
    moved = set_down(actor, moving=moving, wanted=wanted, at=at)
    if (moved.visit.slot.leave_at, moved.visit.slot.procedure_at) != (line.ends_at, line.procedure_at):
        raise StalePage("The visit takes longer or shorter than when it was planned.")
    return moved


def _hand_over(line: ReplanLine, *, at: datetime) -> None:
    """A clinician has the visit on the worklist with the reason, for as long as it stands without a list."""
    visit = line.appointment
    open_item(
        unit=visit.unit,
        patient=visit.patient,
        kind=WorklistItem.Kind.CLINICAL,
        key=f"{item_key(visit)}:clinician",
        title="Visit that a closure leaves without a place",
        detail=f"{_when(line)}: {line.effect}"[:300],
        due_at=min(visit.starts_at, at + timedelta(days=1)),
    )


def _when(line: ReplanLine) -> str:
    local = line.appointment.unit.local(line.was_starts_at)
    return f"The visit of {day_words(local.date())}, {local:%H:%M}"
