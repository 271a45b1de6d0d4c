"""Versions of protocols: made from one another, put in use, retired."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from doseplans.errors import ProtocolIncomplete
from doseplans.models import DosePlan, Protocol
from doseplans.selectors import year_of
from doseplans.services import make_new_version, put_in_use, retire
from units.errors import NotAllowed

if TYPE_CHECKING:
    from tests.cast import Cast

pytestmark = pytest.mark.django_db
STEP = ("kind", "count", "interval", "anchor", "window_before_days", "window_after_days", "window_provenance")
PHASE = ("phase", "minutes", "needs_room", "needs_operator", "needs_recovery_place", "provenance")


def test_a_new_version_says_the_same_and_is_a_draft(plan: DosePlan, cast: Cast, tofersen: Protocol) -> None:
    draft = make_new_version(cast.actor("administrator"), protocol=tofersen)
    assert (draft.code, draft.version, draft.status) == ("tofersen", 2, "draft")
    assert draft.public_id != tofersen.public_id
    assert (draft.source, draft.dose_amount) == (tofersen.source, tofersen.dose_amount)
    assert list(draft.steps.values_list(*STEP)) == list(tofersen.steps.values_list(*STEP))
    assert list(draft.phases.values_list(*PHASE)) == list(tofersen.phases.values_list(*PHASE))
    assert list(draft.gates.values_list("ordinal", "code")) == list(tofersen.gates.values_list("ordinal", "code"))
    draft.steps.filter(kind="loading").update(window_after_days=4)
    assert tofersen.steps.get(kind="loading").window_after_days == 3


def test_a_new_version_has_the_gap_tiers_and_the_least_times_of_its_steps(cast: Cast) -> None:
    example = Protocol.objects.get(code="nusinersen-eu")
    draft = make_new_version(cast.actor("administrator"), protocol=example)
    assert draft.rule == example.rule
    assert draft.rule.steps[2].gap_tiers != ()


def test_a_gate_that_nothing_looks_at_is_not_put_in_use(cast: Cast, tofersen: Protocol) -> None:
    draft = make_new_version(cast.actor("administrator"), protocol=tofersen)
    draft.gates.create(ordinal=11, code="vial")
    with pytest.raises(ProtocolIncomplete) as caught:
        put_in_use(cast.actor("administrator"), protocol=draft)
    assert caught.value.sentence == "Nothing looks at “vial”."


def test_putting_a_version_in_use_retires_the_one_before(plan: DosePlan, cast: Cast, tofersen: Protocol) -> None:
    administrator = cast.actor("administrator")
    draft = make_new_version(administrator, protocol=tofersen)
    put_in_use(administrator, protocol=draft)
    assert list(Protocol.objects.filter(code="tofersen").order_by("version").values_list("version", "status")) == [
        (1, "retired"),
        (2, "active"),
    ]
    assert DosePlan.objects.get().protocol == tofersen
    put_in_use(administrator, protocol=tofersen)
    assert list(Protocol.objects.filter(code="tofersen").order_by("version").values_list("version", "status")) == [
        (1, "active"),
        (2, "retired"),
    ]


def test_a_retired_protocol_starts_no_plan(cast: Cast, tofersen: Protocol) -> None:
    assert retire(cast.actor("administrator"), protocol=tofersen).status == "retired"


def test_a_version_without_steps_or_a_procedure_is_not_put_in_use(cast: Cast) -> None:
    empty = Protocol.objects.create(code="empty", name="Empty")
    with pytest.raises(ProtocolIncomplete) as caught:
        put_in_use(cast.actor("administrator"), protocol=empty)
    assert caught.value.sentence == "A protocol has at least one step. The visit needs a procedure phase."
    empty.phases.create(ordinal=1, phase="procedure", minutes=30)
    empty.phases.create(ordinal=2, phase="arrival", minutes=30)
    with pytest.raises(ProtocolIncomplete) as caught:
        put_in_use(cast.actor("administrator"), protocol=Protocol.objects.get(code="empty"))
    assert caught.value.sentence == (
        "A protocol has at least one step. The procedure needs a procedure room and an operator. "
        "The phases follow each other from arrival to discharge."
    )


@pytest.mark.parametrize("who", ["coordinator", "nurse", "doctor", "manager", "loner"])
def test_only_administrators_set_up_protocols(cast: Cast, tofersen: Protocol, who: str) -> None:
    for act in (make_new_version, put_in_use, retire):
        with pytest.raises(NotAllowed):
            act(cast.actor(who), protocol=tofersen)


def test_the_preview_is_a_year(tofersen: Protocol) -> None:
    doses = year_of(tofersen, starts_on=date(2026, 1, 5))
    assert len(doses) == 15
    assert date.fromordinal(doses[-1].target) == date(2027, 1, 4)
