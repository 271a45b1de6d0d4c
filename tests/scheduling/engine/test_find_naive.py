"""The search for proposals against trying every start: the same earliest answer, and the same "nothing fits"."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given

from scheduling.engine.bits import Busy
from scheduling.engine.board import Board
from scheduling.engine.ranking import Weights
from scheduling.engine.search import find

from . import naive
from .boards import MONDAY, Instance, crowded_instances, demanding_instances, instances

BY_TIME_ALONE = Weights(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


def assert_earliest_is_found(instance: Instance) -> None:
    """With nothing else to choose by, the first proposal is the earliest start there is."""

    def load(since: date, until: date) -> Board:
        if since <= MONDAY < until:
            return instance.board
        return replace(instance.board, hours=(), busy=Busy(instance.board.busy.since, instance.board.busy.since, {}))

    found = find(load, instance.phases, instance.need, weights=BY_TIME_ALONE)
    free = naive.free_starts(instance.board, instance.rows, instance.phases, instance.need, repacking=True)
    assert (found.why is None) == bool(free)
    assert found.inside == len({start for _, start in free})
    if free:
        assert found.proposals[0].slot.procedure == min(start for _, start in free)


@given(instances())
def test_the_earliest_proposal_is_the_earliest_free_start(instance: Instance) -> None:
    assert_earliest_is_found(instance)


@given(crowded_instances())
def test_the_earliest_proposal_in_a_crowded_pool_is_the_earliest_free_start(instance: Instance) -> None:
    assert_earliest_is_found(instance)


@given(demanding_instances())
def test_the_earliest_proposal_with_skills_help_and_nurses_is_the_earliest_free_start(instance: Instance) -> None:
    assert_earliest_is_found(instance)
