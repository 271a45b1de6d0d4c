"""Skills, help, imaging, a protocol's own hours, its area and the nurses, against a search that tries everything."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.free import check, free_starts
from scheduling.engine.ticks import instant_at
from scheduling.engine.visit import Slot

from . import naive
from .boards import Instance, demanding_instances


def starts_of(instance: Instance, *, repacking: bool) -> set[tuple[int, int]]:
    found = free_starts(instance.board, instance.phases, instance.need, repacking=repacking)
    assert len({(slot.room_id, slot.procedure) for slot in found}) == len(found)
    return {(slot.room_id, slot.procedure) for slot in found}


@given(demanding_instances())
def test_free_starts_are_those_of_naive_search(instance: Instance) -> None:
    wanted = naive.free_starts(instance.board, instance.rows, instance.phases, instance.need, repacking=False)
    assert starts_of(instance, repacking=False) == wanted


@given(demanding_instances(crowded=True))
def test_free_starts_with_packing_are_those_of_naive_search(instance: Instance) -> None:
    wanted = naive.free_starts(instance.board, instance.rows, instance.phases, instance.need, repacking=True)
    assert starts_of(instance, repacking=True) == wanted


@given(demanding_instances(), st.data())
def test_a_picked_start_is_granted_where_naive_search_finds_it(instance: Instance, data: st.DataObject) -> None:
    board, phases, need = instance.board, instance.phases, instance.need
    wanted = naive.free_starts(board, instance.rows, phases, need, repacking=True, is_picked=True)
    hours = data.draw(st.sampled_from(board.hours))
    for tick in range(hours.opens, hours.closes):
        answer = check(board, phases, need, room_id=hours.room_id, procedure_at=instant_at(tick))
        assert isinstance(answer, Slot) == ((hours.room_id, tick) in wanted), tick


@given(demanding_instances() | demanding_instances(crowded=True))
def test_a_slot_names_an_assistant_a_device_and_a_place_that_will_do(instance: Instance) -> None:
    board, need = instance.board, instance.need

    def will_do(key: int | None, needed: frozenset[str], starts: int, ends: int) -> bool:
        taken = any(row[0] == key and row[1] < ends and starts < row[2] for row in instance.rows)
        return key is not None and needed <= board.skills[key] and not taken

    for slot in free_starts(board, instance.phases, need):
        during = slot.procedure, slot.procedure + slot.phases.procedure
        hours = next(one for one in board.hours if one.room_id == slot.room_id)
        assert will_do(slot.operator_id, need.operator_skills, *during)
        assert (slot.assistant_id is None) == (not need.is_assisted)
        if slot.assistant_id is not None:
            assert slot.assistant_id in set(hours.operator_ids) - {slot.operator_id}
            assert will_do(slot.assistant_id, need.assistant_skills, *during)
        assert (slot.imaging_id is None) == (need.imaging_skills <= board.skills[slot.room_id])
        assert slot.imaging_id is None or will_do(slot.imaging_id, need.imaging_skills, *during)
        if slot.recovery_id is not None and not slot.displaced:
            assert will_do(slot.recovery_id, need.place_skills, *slot.recovery_ticks)
