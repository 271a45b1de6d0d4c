"""An edit of a protocol and the first plan that uses it cannot pass each other by."""

from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from doseplans.models import DosePlan, Protocol
from tests.cast import assemble
from tests.doseplans.conftest import TODAY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

EDITS: dict[str, str] = {
    "a step": "UPDATE doseplans_protocolstep SET interval = 21 WHERE protocol_id = %s",
    "a phase": "UPDATE doseplans_protocolphase SET minutes = 30 WHERE protocol_id = %s",
    "the protocol": "UPDATE doseplans_protocol SET minimum_interval_days = 7 WHERE id = %s",
}


@pytest.fixture
def unused(db: None) -> Protocol:
    protocol = Protocol.objects.create(code="unused", name="Unused", status=Protocol.Status.ACTIVE)
    protocol.steps.create(ordinal=1, kind="maintenance", interval=28)
    protocol.phases.create(ordinal=1, phase="procedure", minutes=45, needs_room=True, needs_operator=True)
    return protocol


def edit_while_a_plan_begins(protocol: Protocol, sql: str) -> list[type[Exception] | None]:
    """A plan is inserted and not yet committed; the edit begins; the plan is committed. What became of the edit."""
    cast = assemble()
    outcome: list[type[Exception] | None] = []

    def edit() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql, [protocol.pk])
            outcome.append(None)
        except IntegrityError as error:
            outcome.append(type(error))
        finally:
            connection.close()

    with transaction.atomic():
        DosePlan.objects.create(patient=cast.patient, protocol=protocol, starts_on=TODAY)
        other = threading.Thread(target=edit)
        other.start()
        other.join(timeout=1)  # an edit that does not wait is through by then
    other.join(timeout=30)
    return outcome


@pytest.mark.parametrize("part", EDITS)
def test_an_edit_waits_for_the_plan_and_is_refused(unused: Protocol, part: str) -> None:
    assert edit_while_a_plan_begins(unused, EDITS[part]) == [IntegrityError]
    assert unused.steps.get().interval == 28


@pytest.mark.parametrize("part", EDITS)
def test_without_the_trigger_the_edit_slips_through(unused: Protocol, part: str) -> None:
    tables = ("doseplans_protocol", "doseplans_protocolstep", "doseplans_protocolphase")
    switch(tables, "DISABLE")
    try:
        assert edit_while_a_plan_begins(unused, EDITS[part]) == [None]
    finally:
        switch(tables, "ENABLE")


def switch(tables: tuple[str, ...], state: str) -> None:
    """User triggers of the tables off or on."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} {state} TRIGGER USER")
