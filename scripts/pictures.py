"""Draws the README's pictures anew: `.venv/bin/python -m scripts.pictures`.

The demo unit of a Tuesday morning is made in a cluster that is thrown away, and shown in a Chromium whose clock stands
at the same time. Nobody is signed in by hand and nothing of a running clinic is touched.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import time_machine

from tests.browser import chromium
from tests.databases import create_migrated, url_of
from tests.services import TestServices

AT = datetime(2026, 11, 24, 11, 42, tzinfo=UTC)
TOMORROW = (AT + timedelta(days=1)).date()
FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images"
SIZE = {"width": 1440, "height": 900}
WIDTH = 1000
NAME = "pictures"
# Smaller than PNG by half, and made by the browser itself: (a picture's bytes, width) to WebP.
AS_WEBP = """async ([png, width]) => {
    const image = await createImageBitmap(await (await fetch("data:image/png;base64," + png)).blob());
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, Math.round(image.height * width / image.width)];
    const brush = canvas.getContext("2d");
    brush.imageSmoothingQuality = "high";
    brush.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/webp", 0.7).split(",")[1];
}"""


def main() -> None:
    """Each page is drawn into its file."""
    services = TestServices()
    services.start()
    try:
        create_migrated(NAME)
        os.environ |= {
            "DATABASE_URL": url_of(NAME),
            "DJANGO_SETTINGS_MODULE": "clinic.settings",
            "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
        }
        import django

        django.setup()
        with time_machine.travel(AT, tick=True):
            _draw()
    finally:
        services.stop()


def _draw() -> None:
    from django.contrib.staticfiles.testing import StaticLiveServerTestCase
    from playwright.sync_api import sync_playwright

    from clinic.demo.build import build_demo

    build_demo(AT)
    server = StaticLiveServerTestCase
    server.setUpClass()
    try:
        with sync_playwright() as started:
            browser = started.chromium.launch(
                executable_path=str(chromium.executable_path()), args=chromium.launch_flags()
            )
            blank = browser.new_page()
            for name, (who, show) in PICTURES.items():
                page = _signed_in(browser, server.live_server_url, who)
                show(page, server.live_server_url)
                page.wait_for_timeout(600)
                png = base64.b64encode(page.screenshot()).decode()
                (FOLDER / f"{name}.webp").write_bytes(base64.b64decode(blank.evaluate(AS_WEBP, [png, WIDTH])))
                page.context.close()
            browser.close()
    finally:
        server.tearDownClass()


def _signed_in(browser: Any, address: str, who: str) -> Any:
    from clinic.demo.people import PASSWORD

    page = browser.new_context(
        viewport=SIZE, locale="en-GB", timezone_id="Europe/London", reduced_motion="reduce"
    ).new_page()
    page.clock.install(time=AT)
    page.goto(address)
    page.get_by_label("E-mail address").fill(f"{who}@demo.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


def _place(path: str) -> Callable[[Any, str], Any]:
    return lambda page, address: page.goto(f"{address}/{path}")


def _doses(page: Any, address: str) -> None:
    page.goto(f"{address}/doses/")
    page.locator("tr[data-row]", has_text="Pritchard").get_by_role("link", name="Find a slot").click()
    page.locator("#panel .slot").first.wait_for()


def _patient(page: Any, address: str) -> None:
    page.goto(f"{address}/patients/")
    page.get_by_role("link", name="Fairweather, Joan").click()
    page.wait_for_url("**/patients/*-*/")


def _found(page: Any, address: str) -> None:
    page.goto(f"{address}/today/")
    page.locator("#find").press_sequentially("kowalchik")
    page.locator("#find-found [role=option]").first.wait_for()


def _replan(page: Any, address: str) -> None:
    page.goto(f"{address}/closures/")
    page.get_by_role("button", name="Plan its visits").first.click()
    page.locator(".replan-line").first.wait_for()


PICTURES: dict[str, tuple[str, Callable[[Any, str], Any]]] = {
    "today": ("nurse", _place("today/")),
    "doses": ("coordinator", _doses),
    "calendar": ("coordinator", _place("calendar/")),
    "patient": ("doctor", _patient),
    "find": ("nurse", _found),
    "tomorrow": ("nurse", _place(f"tomorrow/{TOMORROW}/")),
    "replan": ("coordinator", _replan),
}

if __name__ == "__main__":
    main()
