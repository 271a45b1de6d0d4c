"""Somebody at a screen: signed in, watched for anything their browser complains about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response

PATIENCE_MS = 60_000
"""A busy machine with two cores is slow to answer."""

REFUSALS = (409, 422)
"""A refusal is an answer: the page says it in words, and the browser notes its status as if it were a fault."""

# What a person does by hand, counted across pages; and the policy's violations, said where the console is watched.
COUNTING = """
const violated = event => console.error(`CSP ${event.violatedDirective} ${event.blockedURI}`);
addEventListener("securitypolicyviolation", violated);
const count = name => sessionStorage.setItem(name, Number(sessionStorage.getItem(name) ?? 0) + 1);
addEventListener("pointerdown", event => { if (event.isTrusted) count("clicks"); }, true);
addEventListener("keydown", event => { if (event.isTrusted) count("keys"); }, true);
"""


@dataclass
class Watch:
    """What went wrong in a browser: complaints on the console, uncaught errors, broken policy, failing answers."""

    trouble: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        context.set_default_timeout(PATIENCE_MS)
        context.set_default_navigation_timeout(PATIENCE_MS)
        context.add_init_script(COUNTING)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.trouble.append(f"uncaught: {error.error}"))
        context.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        is_refusal = any(f"status of {status} " in message.text for status in REFUSALS)
        if message.type in {"error", "warning"} and not is_refusal:
            self.trouble.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in REFUSALS:
            self.trouble.append(f"{response.status}: {response.request.method} {response.url}")


def sign_in(page: Page, who: str) -> None:
    """The demo's person of that role has left the sign-in page for the one on which their day begins."""
    from clinic.demo.people import PASSWORD  # models, which exist once Django is set up

    page.get_by_label("E-mail address").fill(f"{who}@demo.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def by_hand(page: Page) -> dict[str, int]:
    """Clicks and key presses since the last time this was asked."""
    done: dict[str, int] = page.evaluate(
        """() => {
            const counted = name => Number(sessionStorage.getItem(name));
            const done = {clicks: counted("clicks"), keys: counted("keys")};
            sessionStorage.clear();
            return done;
        }"""
    )
    return done


SignIn = Callable[..., Page]
"""`signed_in("nurse")` is a page of a browser of their own; `size=(390, 844)` for another screen."""
