from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.cast import Cast
from tests.ward import NOW, Ward, open_ward


@pytest.fixture
def ward(cast: Cast) -> Ward:
    """An open unit with its cast."""
    return open_ward(cast)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Tuesday 24 November 2026, 08:00 in London, standing still until the test moves it."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller
