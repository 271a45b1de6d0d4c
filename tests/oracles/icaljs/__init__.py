"""ical.js, the parser of Thunderbird, run in the tests' Chromium: its own parser, its own clocks, its own zones.

The file is `dist/ical.es5.min.cjs` of the npm package, unchanged.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser import chromium

VERSION = "2.2.1"
SHA256 = "74b6aa16936daa102ca216a29c8c25b53468762dd793bd9b106074aaa7961c65"
SCRIPT = Path(__file__).with_name("ical.es5.min.cjs")

PAGE = """<!doctype html><meta charset="utf-8"><body><script>%(script)s</script><script>
const text = bytes => new TextDecoder().decode(Uint8Array.from(atob(bytes), one => one.charCodeAt(0)));
const bytes = text => btoa(Array.from(new TextEncoder().encode(text), one => String.fromCharCode(one)).join(""));
const clock = (time, zone) => new Intl.DateTimeFormat("sv-SE", {
  timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
  hourCycle: "h23"
}).format(time.toJSDate());
const read = ({raw, zone}) => {
  const calendar = new ICAL.Component(ICAL.parse(text(raw)));
  const events = calendar.getAllSubcomponents("vevent");
  const event = new ICAL.Event(events[0]);
  return {
    method: calendar.getFirstPropertyValue("method"),
    names: calendar.getAllProperties().map(one => one.name),
    kinds: calendar.getAllSubcomponents().map(one => one.name),
    inside: events[0].getAllSubcomponents().length,
    properties: events[0].getAllProperties().map(one => one.name),
    uid: event.uid, sequence: event.sequence, status: events[0].getFirstPropertyValue("status"),
    starts_s: event.startDate.toJSDate().getTime() / 1000, ends_s: event.endDate.toJSDate().getTime() / 1000,
    stamp_s: events[0].getFirstPropertyValue("dtstamp").toJSDate().getTime() / 1000,
    starts_on_the_wall: clock(event.startDate, zone), title: event.summary, location: event.location,
    description: event.description, organizer: event.organizer,
    attendees: event.attendees.map(one => ({address: one.getFirstValue(), params: one.jCal[1]})),
  };
};
const answer = %(asked)s.map(one => { try { return read(one) } catch (error) { return {error: String(error)} } });
document.body.textContent = "<" + bytes(JSON.stringify(answer)) + ">";
</script>"""


SHOWN = """
import sys
from playwright.sync_api import sync_playwright
address, program, *flags = sys.argv[1:]
with sync_playwright() as started:
    browser = started.chromium.launch(executable_path=program, args=flags)
    page = browser.new_page()
    page.goto(address)
    print(page.content())
    browser.close()
"""
"""In a process of its own: Playwright keeps an event loop in its thread, beside which the ORM would refuse to work."""


@dataclass(frozen=True)
class Asked:
    """An object to read, and the zone of the reader's clock."""

    raw: bytes
    zone: str = "UTC"


def read_all(asked: Sequence[Asked], folder: Path) -> list[dict[str, Any]]:
    """What ical.js makes of each object; {"error": ...} where it gives up. One start of the browser for all."""
    content = SCRIPT.read_bytes()
    assert hashlib.sha256(content).hexdigest() == SHA256, "the vendored ical.js is not the one that was pinned"
    questions = [{"raw": base64.b64encode(one.raw).decode(), "zone": one.zone} for one in asked]
    page = folder / "icaljs.html"
    page.write_text(PAGE % {"script": content.decode(), "asked": json.dumps(questions)}, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", SHOWN, page.as_uri(), str(chromium.executable_path()), *chromium.launch_flags()],
        capture_output=True,
        text=True,
        check=True,
        timeout=90,
    )
    answer = done.stdout.partition("&lt;")[2].partition("&gt;")[0]
    assert answer, done.stdout[-500:] + done.stderr[-2000:]
    read: list[dict[str, Any]] = json.loads(base64.b64decode(answer))
    return read
