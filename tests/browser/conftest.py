"""pytest-playwright with the Chromium of `chromium.py`: its `page` and `context` fixtures work as documented."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.browser import chromium

# Playwright keeps an event loop in the test's thread for the rest of the run, and Django's ORM would refuse to work
# beside it although nothing here is asynchronous.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_type_launch_args,
        "executable_path": str(chromium.executable_path()),
        "args": chromium.launch_flags(),
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A desk's screen, and the unit's language and zone."""
    return {
        **browser_context_args,
        "viewport": {"width": 1440, "height": 900},
        "locale": "en-GB",
        "timezone_id": "Europe/London",
        "reduced_motion": "reduce",
    }
