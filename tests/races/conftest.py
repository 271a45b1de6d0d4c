from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import pytest_django

if TYPE_CHECKING:
    from tests.races.arena import Arena


@pytest.fixture(scope="module")
def arena(
    worker_id: str,
    django_db_setup: None,
    django_db_blocker: pytest_django.DjangoDbBlocker,
    request: pytest.FixtureRequest,
) -> Iterator[Arena]:
    """A unit in a database of this module's own, committed, with four web processes in front of it."""
    from tests.races.arena import Arena

    with django_db_blocker.unblock():
        arena = Arena(f"races_{worker_id}_{request.module.__name__.rpartition('.')[2]}"[:60])
        try:
            yield arena
        finally:
            arena.close()
