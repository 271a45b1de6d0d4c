"""pytest-playwright with the Chromium of `chromium.py`: its `page` and `context` fixtures work as documented."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import chromium
from tests.browser.people import PATIENCE_MS, SignIn, Watch, sign_in

if TYPE_CHECKING:
    from tests.services import LiveStack

# Playwright keeps an event loop in the test's thread for the rest of the run, and Django's ORM would refuse to work
# beside it although nothing here is asynchronous.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
expect.set_options(timeout=PATIENCE_MS)
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """First of the browser's tests come those of the waiting list.

    They need those who wait as the demo left them, and the others book and move what these wait for.
    """
    here = [
        n for n, item in enumerate(items) if item.path.parent == HERE and "demo" in getattr(item, "fixturenames", ())
    ]
    in_turn = sorted((items[n] for n in here), key=lambda item: item.path.name != "test_waiting.py")
    for n, item in zip(here, in_turn, strict=True):
        items[n] = item


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


@pytest.fixture(scope="session")
def demo(live_stack: LiveStack) -> LiveStack:
    """The running clinic with its demo unit: each test takes people of its own."""
    return live_stack


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Watches every browser of the test; one complaint of any of them fails it."""
    watch = Watch()
    yield watch
    assert watch.trouble == []


@pytest.fixture(scope="session")
def cookies_of() -> dict[str, Any]:
    """The cookies of each of the demo's people, once they have signed in on the pages."""
    return {}


@pytest.fixture
def signed_in(
    demo: LiveStack, watch: Watch, browser: Browser, browser_context_args: dict[str, Any], cookies_of: dict[str, Any]
) -> Iterator[SignIn]:
    """Opens a browser of its own for one of the demo's people, on the page on which their day begins."""
    opened = []

    def open_for(who: str, *, size: tuple[int, int] = (1440, 900)) -> Page:
        screen = {"viewport": {"width": size[0], "height": size[1]}}
        context = browser.new_context(**{**browser_context_args, **screen})
        opened.append(context)
        watch.over(context)
        page = context.new_page()
        context.add_cookies(cookies_of.get(who, []))
        page.goto(demo.address)
        if "sign-in" in page.url:
            sign_in(page, who)
            cookies_of[who] = context.cookies()
        return page

    yield open_for
    for context in opened:
        context.close()
