"""Somebody signed in at the API, with a ward at work."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

if TYPE_CHECKING:
    from tests.ward import Ward


class Caller:
    """A program of a member of staff: JSON in, JSON out, with session and CSRF token as a browser has them."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", query)

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(f"/api/v1/{path}", body, content_type="application/json")

    def delete(self, path: str) -> Any:
        return self.client.delete(f"/api/v1/{path}")


@pytest.fixture
def caller(ward: Ward) -> Callable[[str], Caller]:
    """`caller("nurse")`: that member of the cast at the API."""
    from tests.cast import signed_in

    return lambda who: Caller(signed_in(getattr(ward.cast, who)))
