"""What of a protocol is kept in memory, and from when."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks

from doseplans.models import Protocol
from scheduling.selectors import lists
from scheduling.selectors.lists import phases_of
from tests.ward import Ward, maintenance_patient


@pytest.fixture
def protocol(ward: Ward) -> Protocol:
    lists._used_phases.clear()
    return maintenance_patient(ward).plans.get().protocol


def queries_to_ask(protocol: Protocol) -> int:
    with CaptureQueriesContext(connection) as queries:
        phases_of(protocol)
    return len(queries)


def test_phases_are_kept_once_what_was_read_is_committed(
    protocol: Protocol, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        first = phases_of(protocol)
        assert lists._used_phases == {}
    assert (queries_to_ask(protocol), phases_of(protocol)) == (0, first)
    lists._used_phases.clear()


def test_phases_read_in_a_transaction_taken_back_are_read_again(
    protocol: Protocol, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=False):
        phases_of(protocol)
    assert queries_to_ask(protocol) == 1
