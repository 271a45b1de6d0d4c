"""A better plan looked for: the better valid answer wins, and a run that was given up or died changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.utils import timezone

from scheduling.errors import SlotNotOffered
from scheduling.models import Appointment, AppointmentEvent, Horizon, PlanningRun, Replan
from scheduling.selectors.planning import latest_run
from scheduling.services import book_appointment, close
from scheduling.services.planning import runs as planning_runs
from scheduling.services.planning import work as planning_work
from scheduling.services.planning.horizons import change_horizon_line, plan_horizon
from scheduling.services.planning.replan_applying import apply_replan
from scheduling.services.planning.replans import Choice, change_line, plan_closure
from scheduling.services.planning.runs import cancel_run
from scheduling.services.planning.work import better, work_on
from tests.ward import TODAY, Ward, dose_id, maintenance_patient
from units import runs
from units.errors import NotAllowed, NotFound
from units.runs import LEASE, NOBODY_AFTER, GivenUp, Heart, Standing, standing_of

if TYPE_CHECKING:
    from time_machine import Traveller

    from units.actors import Actor

pytestmark = pytest.mark.usefixtures("clock")

DUE = TODAY + timedelta(days=3)


class Still(Heart):
    """A worker's sign of life without a thread, which would not see what a test has not committed."""

    def _beat(self) -> None:
        return


@pytest.fixture
def actor(ward: Ward) -> Actor:
    return ward.cast.actor("coordinator")


@pytest.fixture
def replan(ward: Ward, actor: Actor) -> Replan:
    """Room 1 is closed, Room 2 taken at one of the two times: somebody has to move in time."""
    for number, clock, room in ((1, "08:00", 0), (2, "10:00", 0), (3, "10:00", 1)):
        patient = maintenance_patient(ward, number, due=DUE)
        book_appointment(actor, dose_id=dose_id(patient), wanted=ward.wanted(DUE, clock, room=room, operator=room))
    closure = close(
        ward.cast.actor("administrator"),
        unit=ward.unit,
        resource=ward.rooms[0],
        starts_at=ward.at(DUE, "00:00"),
        ends_at=ward.at(DUE + timedelta(days=1), "00:00"),
        reason="Floor repaired",
    ).closure
    return plan_closure(actor, closure_id=closure.public_id)


@pytest.fixture
def horizon(ward: Ward, actor: Actor) -> Horizon:
    """Doses that cannot all be on their target: so there is something to better."""
    for number in range(11, 14):
        maintenance_patient(ward, number, due=DUE)
    close(
        ward.cast.actor("administrator"),
        unit=ward.unit,
        resource=None,
        starts_at=ward.at(DUE, "00:00"),
        ends_at=ward.at(DUE + timedelta(days=1), "00:00"),
        reason="Audit",
    )
    return plan_horizon(actor, unit=ward.unit, weeks=6)


def run_of(draft: Replan | Horizon) -> PlanningRun:
    run = latest_run(draft)
    assert run is not None
    return run


def taken_up(draft: Replan | Horizon) -> tuple[PlanningRun, Still]:
    run = run_of(draft)
    claim = runs.claim(PlanningRun, run.pk, at=timezone.now())
    assert claim is not None
    return run, Still(PlanningRun, run.pk, claim)


def placed(draft: Replan | Horizon) -> list[tuple[object, ...]]:
    return list(draft.lines.order_by("pk").values_list("decision", "starts_at", "room", "operator", "effect"))


def test_a_draft_that_could_be_better_asks_for_it_at_once(replan: Replan, horizon: Horizon) -> None:
    for draft in (replan, horizon):
        run = run_of(draft)
        assert (run.state, run.planned_at, run.asked_by_name) == ("queued", draft.planned_at, "Ada Coordinator")
        assert standing_of(run, at=run.queued_at) is Standing.QUEUED
        assert standing_of(run, at=run.queued_at + NOBODY_AFTER + timedelta(seconds=1)) is Standing.NOBODY_CAME


def test_a_draft_that_is_as_good_as_can_be_asks_for_nothing(ward: Ward, actor: Actor) -> None:
    maintenance_patient(ward, 1, due=DUE)
    assert latest_run(plan_horizon(actor, unit=ward.unit, weeks=2)) is None


def test_without_the_extra_nothing_is_asked_for(
    ward: Ward, actor: Actor, replan: Replan, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = run_of(replan)
    monkeypatch.setattr(planning_runs, "is_installed", lambda: False)
    assert replan.closure is not None
    again = plan_closure(actor, closure_id=replan.closure.public_id)
    assert run_of(again) == before
    assert run_of(again).state == "cancelled"
    assert placed(again) == placed(replan)


def test_the_answer_of_the_same_worth_changes_nothing_and_says_so(replan: Replan) -> None:
    before = placed(replan)
    run, heart = taken_up(replan)
    better(run, heart)
    after = Replan.objects.get(pk=replan.pk)
    assert (run_of(after).state, after.planned_at, placed(after)) == ("done", replan.planned_at, before)
    assert after.comparison == "The stepwise plan: the optimised one costs the same, and what is known already stays."
    assert not after.is_optimised


def test_a_better_answer_is_taken_says_why_and_stays(
    ward: Ward, actor: Actor, replan: Replan, clock: Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The stepwise plan is made worse by hand: it leaves everybody to a clinician.
    from scheduling.engine.replan import replan as plan_visits
    from scheduling.services.planning import replans

    def worse(board, visits, *, pinned, preferred, **more):  # type: ignore[no-untyped-def]
        left = {} if preferred else {visit.key: None for visit in visits}
        return plan_visits(board, visits, pinned={**left, **pinned}, preferred=preferred, **more)

    monkeypatch.setattr(replans, "plan_visits", worse)
    assert replan.closure is not None
    poor = plan_closure(actor, closure_id=replan.closure.public_id)
    assert {line.decision for line in poor.lines.all()} == {"clinician"}
    run, heart = taken_up(poor)
    clock.shift(timedelta(seconds=5))
    better(run, heart)
    after = Replan.objects.get(pk=replan.pk)
    assert after.is_optimised
    assert after.comparison == "The optimised plan: 2 fewer visits without a place."
    assert {line.decision for line in after.lines.all()} == {"move"}
    assert after.planned_at > poor.planned_at
    stood = placed(after)
    assert placed(plan_closure(actor, closure_id=replan.closure.public_id)) == stood
    applied = apply_replan(actor, replan_id=replan.public_id)
    assert (applied.state, AppointmentEvent.objects.filter(kind="moved").count()) == ("applied", 2)


def test_the_weeks_are_bettered_alike(horizon: Horizon) -> None:
    run, heart = taken_up(horizon)
    better(run, heart)
    after = Horizon.objects.get(pk=horizon.pk)
    assert run_of(after).state == "done"
    assert after.comparison
    assert not Appointment.objects.exists()


def test_given_up_it_changes_nothing_whatever_it_has_found(actor: Actor, replan: Replan) -> None:
    before = placed(replan)
    run, heart = taken_up(replan)
    assert cancel_run(actor, run_id=run.public_id).state == "cancelled"
    assert not runs.keep(PlanningRun, run.pk, heart.claim, percent=50, stage="Choosing days")
    with pytest.raises(GivenUp):
        better(run, heart)
    assert (run_of(replan).outcome, placed(replan)) == ("Cancelled by Ada Coordinator.", before)
    assert cancel_run(actor, run_id=run.public_id).state == "cancelled"
    assert not work_on(run.pk)


def test_a_draft_that_somebody_changed_is_left_alone(
    ward: Ward, actor: Actor, replan: Replan, clock: Traveller
) -> None:
    run, heart = taken_up(replan)
    clock.shift(timedelta(seconds=5))
    change_line(actor, line_id=replan.lines.all()[0].public_id, choice=Choice("keep"))
    assert run_of(replan).outcome == "Somebody changed the draft."
    PlanningRun.objects.filter(pk=run.pk).update(state="running", ended_at=None)  # had it been a moment later
    better(run, heart)
    assert (run_of(replan).state, run_of(replan).outcome) == ("cancelled", planning_work.CHANGED)


def test_a_worker_that_is_not_heard_of_is_dead_and_its_answer_too_late(replan: Replan, clock: Traveller) -> None:
    run, heart = taken_up(replan)
    assert runs.keep(PlanningRun, run.pk, heart.claim, percent=40, stage="Choosing starts")
    run = run_of(replan)
    assert (run.percent, run.stage, standing_of(run, at=timezone.now())) == (40, "Choosing starts", Standing.RUNNING)
    clock.shift(LEASE + timedelta(seconds=1))
    assert standing_of(run, at=timezone.now()) is Standing.DIED
    assert runs.settle(PlanningRun, at=timezone.now()) == []
    assert (run_of(replan).state, run_of(replan).outcome) == ("failed", runs.DIED)
    assert not runs.finish(PlanningRun, run.pk, heart.claim, state="done", outcome="")


def test_a_run_is_one_worker_s(replan: Replan) -> None:
    run = run_of(replan)
    assert runs.settle(PlanningRun, at=timezone.now()) == [run.pk]
    claim = runs.claim(PlanningRun, run.pk, at=timezone.now())
    assert claim is not None
    assert runs.claim(PlanningRun, run.pk, at=timezone.now()) is None
    assert not runs.keep(PlanningRun, run.pk, uuid4(), percent=1, stage="")
    assert runs.finish(PlanningRun, run.pk, claim, state="failed", outcome="It broke.")


def test_nobody_comes_for_long_and_it_is_over(replan: Replan, clock: Traveller) -> None:
    clock.shift(runs.KEPT_FOR + timedelta(seconds=1))
    assert runs.settle(PlanningRun, at=timezone.now()) == []
    assert run_of(replan).outcome == runs.NOBODY


def test_only_who_books_gives_it_up_and_only_in_their_unit(ward: Ward, replan: Replan) -> None:
    for name, error in (("manager", NotAllowed), ("other_nurse", NotFound)):
        with pytest.raises(error):
            cancel_run(ward.cast.actor(name), run_id=run_of(replan).public_id)
    assert run_of(replan).state == "queued"


def test_a_change_by_hand_ends_the_search(ward: Ward, actor: Actor, horizon: Horizon) -> None:
    line = horizon.lines.all()[0]
    with pytest.raises(SlotNotOffered):
        change_horizon_line(
            actor, line_id=line.public_id, choice=Choice("book", ward.wanted(DUE + timedelta(days=90), "09:00"))
        )
    assert run_of(horizon).state == "queued"
    change_horizon_line(actor, line_id=line.public_id, choice=Choice("leave_out"))
    assert run_of(horizon).state == "cancelled"
