from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.reminders.mailserver import MailServer

if TYPE_CHECKING:
    from pytest_django import Settings

    from tests.cast import Cast
    from tests.reminders.world import World


@pytest.fixture
def world(cast: Cast) -> World:
    """The cast's unit, ready for messages."""
    from tests.reminders.world import world_of

    return world_of(cast)


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A real SMTP server that nothing is configured to use."""
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def smtp(server: MailServer, settings: Settings) -> Iterator[MailServer]:
    """The mail goes to that server, as in production."""
    from reminders import transport

    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 5
    transport.hang_up()
    yield server
    transport.hang_up()
