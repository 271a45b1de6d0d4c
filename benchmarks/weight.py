"""What a browser fetches for a page: all of it the first time, and what is left once the files are in its cache."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path, PurePosixPath
from uuid import UUID

import time_machine
from django.contrib.staticfiles import finders
from django.test import Client
from django.test.utils import override_settings

from benchmarks.booking import CLOCKS
from benchmarks.database import patients_due, ward
from benchmarks.figures import Figure
from scheduling.services import book_appointment
from tests.cast import signed_in
from tests.ward import NOW, TODAY, Ward

FIRST_KB, THEN_KB = 250, 30
AHEAD = 60
_LINKED = re.compile(r'(?:href|src)="/static/([^"#]+)')
_IMPORTED = re.compile(r"""(?:from|import)\s*\(?["'](\.[^"']+)["']|@import\s+(?:url\()?["']([^"']+)["']""")
_IS_TEXT = frozenset({".css", ".js", ".svg"})


def figures() -> Iterable[Figure]:
    """The heaviest page with an empty cache, and with a full one."""
    there = ward()
    with override_settings(ALLOWED_HOSTS=["*"]), time_machine.travel(NOW, tick=True):
        patients_due([1 + number % 20 for number in range(30)], prefix="WT")
        _fill_a_day(there)
        day = f"{TODAY + timedelta(days=AHEAD):%Y-%m-%d}"
        client = signed_in(there.cast.coordinator)
        pages = (
            *("/doses/", "/patients/", "/worklist/"),
            *(f"/today/{day}/", f"/calendar/{day}/", f"/calendar/{day}/week/"),
        )
        weights = {page: _weight(client, page) for page in pages}
    for name, number, most in (("first load", 0, FIRST_KB), ("load after it", 1, THEN_KB)):
        heaviest = max(weights, key=lambda page: weights[page][number])
        note = ", ".join(f"{page.replace(day, 'day')} {weight[number]:.0f}" for page, weight in weights.items())
        yield Figure(f"{name}, the heaviest page", weights[heaviest][number], most, "kB", 1.0, at_most=True, note=note)


def _fill_a_day(there: Ward) -> None:
    actor = there.cast.actor("coordinator")
    keys = iter(patients_due([AHEAD] * 2 * len(CLOCKS), prefix="WD"))
    for clock in CLOCKS:
        for number in range(2):
            wanted = there.wanted(TODAY + timedelta(days=AHEAD), clock, room=number, operator=number)
            book_appointment(actor, dose_id=UUID(next(keys)), wanted=wanted)


def _weight(client: Client, page: str) -> tuple[float, float]:
    """Kilobytes as sent: with all the files that the page names, and the page alone."""
    response = client.get(page, headers={"accept-encoding": "gzip"})
    assert response.status_code == 200, response.content[:500]
    files = set(_files(_LINKED.findall(gzip.decompress(response.content).decode())))
    sent = len(response.content)
    return (sent + sum(_sent(file) for file in files)) / 1000, sent / 1000


def _files(names: Iterable[str]) -> Iterator[Path]:
    """The files named so, and those that they import. Fonts that no page names wait for letters that need them."""
    for name in names:
        found = finders.find(name)
        assert found, name
        file = Path(found)
        yield file
        if file.suffix in {".css", ".js"}:
            imported = (one or other for one, other in _IMPORTED.findall(file.read_text()))
            yield from _files(_beside(name, each) for each in imported)


def _beside(name: str, imported: str) -> str:
    return str(PurePosixPath(name).parent / imported.removeprefix("./"))


def _sent(file: Path) -> int:
    content = file.read_bytes()
    return len(gzip.compress(content, 9)) if file.suffix in _IS_TEXT else len(content)
