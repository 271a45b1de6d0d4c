from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cast import Cast
    from tests.portal.visitor import Visitor


@pytest.fixture
def visitor(cast: Cast) -> Visitor:
    """The cast's patient with a booked visit, and their link, in a browser that knows nothing yet."""
    from tests.portal.visitor import visitor_of

    return visitor_of(cast)
