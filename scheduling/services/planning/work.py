"""What a worker does with a planning run: it looks for a better plan with CP-SAT, and takes it up if it is one.

Nothing of the draft changes but in the last transaction, in which the run ends as well: a worker that dies before it
has changed nothing, and one whose run was given up changes nothing either.
"""

from __future__ import annotations

from django.utils import timezone

from scheduling.engine.replan import better_of, faults_of
from scheduling.engine.replan.solving import is_installed
from scheduling.models import PlanningRun
from scheduling.services.planning.horizons import locked_horizon, open_lines, plan_horizon_again, question_ahead
from scheduling.services.planning.replans import (
    lines_of,
    locked_draft,
    pins_of,
    plan_again,
    plan_of,
    question_of,
    slots_of,
)
from units import runs
from units.actors import Actor
from units.history import recorded_as
from units.runs import GivenUp, Heart

State = PlanningRun.State

CHANGED = "The draft was changed meanwhile, so the answer was dropped."
NOT_INSTALLED = "The optimiser is not installed here."
BROKEN = "It could not be worked out. The log says more."


def work_on(run_id: int) -> bool:
    """The run is worked off and over; False where it was somebody else's or over already."""
    waiting = PlanningRun.objects.select_related("unit", "replan", "horizon", "asked_by")
    return runs.work_off(waiting, run_id, better, broken=BROKEN)


def better(run: PlanningRun, heart: Heart) -> None:
    """A better plan is looked for, and taken up if it is one. Raises ClinicError."""
    if not is_installed():
        heart.finish(State.FAILED, NOT_INSTALLED)
        return
    actor = Actor.for_user(run.asked_by) if run.asked_by else Actor.system("Planning")
    if run.replan is not None:
        _better_replan(actor, run, heart)
    else:
        _better_horizon(actor, run, heart)


def _better_replan(actor: Actor, run: PlanningRun, heart: Heart) -> None:
    # OR-Tools takes seconds to load: only whoever optimises pays.
    from scheduling.engine.replan.optimise import optimise_closure

    draft = run.replan
    if draft is None:
        return
    lines = lines_of(draft)
    _, asked = question_of(actor, draft, lines, at=timezone.now())
    there = asked.around
    found = optimise_closure(
        there.board,
        asked.stranded,
        pinned=pins_of(asked, lines),
        names=there.names,
        limits=asked.limits,
        seconds=run.seconds,
        should_stop=heart.should_stop,
        progress=heart.tell,
    )
    with recorded_as(actor, act="better_replan"):
        draft = locked_draft(draft.pk)
        if draft.planned_at != run.planned_at:
            heart.finish(State.CANCELLED, CHANGED)
            return
        at, lines = timezone.now(), lines_of(draft)
        _, asked = question_of(actor, draft, lines, at=at)
        pins = pins_of(asked, lines)
        current = plan_of(asked, pins, slots_of(lines, asked) if draft.is_optimised else None)
        other = None if found is None else plan_of(asked, pins, found.slots)
        wrong = () if other is None else faults_of(asked.around.board, asked.stranded, other, asked.limits)
        answer = better_of(current, other, wrong)
        if answer.is_optimised and found is not None:
            plan_again(actor, draft=draft, at=at, wished=found.slots)
        elif not draft.is_optimised:
            draft.comparison = answer.words[:300]
            draft.save(update_fields=["comparison"])
        _finish(heart)


def _better_horizon(actor: Actor, run: PlanningRun, heart: Heart) -> None:
    from scheduling.engine.replan.optimise import optimise_horizon

    draft = run.horizon
    if draft is None:
        return
    lines = open_lines(draft)
    asked, pins = question_ahead(actor, draft, lines, at=timezone.now())
    found = optimise_horizon(
        asked.around.board,
        asked.doses,
        pinned=pins,
        names=asked.around.names,
        limits=asked.limits,
        seconds=run.seconds,
        should_stop=heart.should_stop,
        progress=heart.tell,
    )
    with recorded_as(actor, act="better_horizon"):
        draft = locked_horizon(draft.pk)
        if draft.planned_at != run.planned_at:
            heart.finish(State.CANCELLED, CHANGED)
            return
        wished = {} if found is None else found.plan.slots
        plan_horizon_again(actor, draft=draft, at=timezone.now(), wished=wished)
        _finish(heart)


def _finish(heart: Heart) -> None:
    """The run is done with this transaction. Last of all, so that nobody who gives it up waits for the row."""
    if not heart.finish(State.DONE, ""):
        raise GivenUp
