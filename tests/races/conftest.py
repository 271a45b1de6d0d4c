from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
import pytest_django

if TYPE_CHECKING:
    from tests.races.arena import Arena
    from tests.services import WebServer


@pytest.fixture(scope="module")
def arena(
    worker_id: str,
    django_db_setup: None,
    django_db_blocker: pytest_django.DjangoDbBlocker,
    web_processes: Callable[[str, int], WebServer],
) -> Iterator[Arena]:
    """A unit in a database made anew for this module, committed, with four web processes in front of it.

    The database has one name in all modules, for the processes are the same: their start costs more than most races.
    """
    from tests.races.arena import Arena

    with django_db_blocker.unblock():
        arena = Arena(f"races_{worker_id}", web_processes)
        try:
            yield arena
        finally:
            arena.close()
