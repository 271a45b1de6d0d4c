"""The mailbox of a real IMAP server, started once a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.reminders.inbound.mailbox import ImapServer, imap_server
from tests.reminders.inbound.mails import OURS


@pytest.fixture(scope="session")
def one_server() -> Iterator[ImapServer]:
    with imap_server() as server:
        yield server


@pytest.fixture
def imap(one_server: ImapServer, settings: Any) -> ImapServer:
    """The server, empty, and set as the clinic's mailbox."""
    one_server.empty()
    settings.INBOUND_MAILBOX, settings.INBOUND_AUTHSERV_ID = one_server.place, OURS
    settings.INBOUND_TIMEOUT = 5
    return one_server
