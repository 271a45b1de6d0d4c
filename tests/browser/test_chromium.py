"""The browser of the tests starts and draws letters; where none is installed, the one from npm does."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright

from tests.browser import chromium

pytestmark = pytest.mark.browser
LETTERS = '<span style="font: 16px Inter, Arial, sans-serif">Wil</span>'
WIDTHS = """() => {
    const span = document.querySelector("span");
    return ["W", "i", "l"].map(letter => { span.textContent = letter; return span.getBoundingClientRect().width; });
}"""


def test_letters_have_shapes(page: Page) -> None:
    page.set_content(LETTERS)
    assert drawn_in_a_font(page.evaluate(WIDTHS))


@pytest.mark.deep
def test_the_one_from_npm_starts_and_has_letters(tmp_path: Path, playwright: Playwright) -> None:
    program = chromium.fetched(tmp_path / "a pläce")
    browser = playwright.chromium.launch(executable_path=str(program), args=chromium.launch_flags())
    page = browser.new_page()
    page.set_content(LETTERS)
    assert drawn_in_a_font(page.evaluate(WIDTHS))
    browser.close()


def test_a_named_browser_that_does_not_start_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLINIC_CHROMIUM", "/bin/false")
    with pytest.raises(chromium.NoChromium, match="CLINIC_CHROMIUM names /bin/false"):
        chromium.executable_path()


def drawn_in_a_font(widths: list[float]) -> bool:
    """Without any font every letter is the same box."""
    wide, narrow, other = widths
    return wide > narrow > 0 and other > 0
