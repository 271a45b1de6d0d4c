"""A protocol that a plan uses never changes, whoever writes and however."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, connection, transaction

from doseplans.models import Protocol, ProtocolPhase, ProtocolStep

if TYPE_CHECKING:
    from doseplans.models import DosePlan

pytestmark = pytest.mark.django_db


def edit_protocol(protocol: Protocol) -> None:
    protocol.minimum_interval_days = 7
    protocol.save()


def edit_step(protocol: Protocol) -> None:
    protocol.steps.update(interval=7)


def add_step(protocol: Protocol) -> None:
    ProtocolStep.objects.create(protocol=protocol, ordinal=9, kind="loading", count=1, interval=14)


def drop_step(protocol: Protocol) -> None:
    protocol.steps.filter(ordinal=2).delete()


def edit_phase(protocol: Protocol) -> None:
    protocol.phases.update(minutes=5)


def add_phase(protocol: Protocol) -> None:
    ProtocolPhase.objects.filter(protocol=protocol, phase="discharge").delete()


def move_phase(protocol: Protocol) -> None:
    other = Protocol.objects.create(code="other", name="Other")
    phase = ProtocolPhase.objects.create(protocol=other, ordinal=9, phase="arrival", minutes=10)
    phase.protocol = protocol
    phase.ordinal = 8
    phase.save()


def by_plain_sql(protocol: Protocol) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE doseplans_protocolstep SET count = NULL WHERE protocol_id = %s", [protocol.pk])


@pytest.mark.parametrize(
    "change", [edit_protocol, edit_step, add_step, drop_step, edit_phase, add_phase, move_phase, by_plain_sql]
)
def test_a_used_protocol_cannot_be_changed(plan: DosePlan, change: Callable[[Protocol], None]) -> None:
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        change(plan.protocol)


def test_a_used_protocol_can_be_retired_and_put_in_use_again(plan: DosePlan) -> None:
    for status in (Protocol.Status.RETIRED, Protocol.Status.ACTIVE):
        plan.protocol.status = status
        plan.protocol.save()
    assert Protocol.objects.get(pk=plan.protocol_id).status == Protocol.Status.ACTIVE


def test_a_protocol_that_no_plan_uses_can_be_changed(tofersen: Protocol) -> None:
    edit_protocol(tofersen)
    edit_step(tofersen)
    edit_phase(tofersen)
    assert tofersen.steps.filter(interval=7).count() == 2


def test_a_draft_can_be_thrown_away() -> None:
    draft = Protocol.objects.create(code="draft", name="Draft")
    ProtocolStep.objects.create(protocol=draft, ordinal=1, kind="loading", count=1, interval=14)
    draft.delete()
    assert not Protocol.objects.filter(code="draft").exists()


def test_only_one_version_is_in_use(tofersen: Protocol) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Protocol.objects.create(code="tofersen", version=2, name="Tofersen 100 mg", status=Protocol.Status.ACTIVE)
