"""Pages and the API over HTTP, beside a view that does one SELECT; and what the day board asks the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import time_machine
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import include, path

from benchmarks.booking import CLOCKS
from benchmarks.database import analyze, patients_due, ward
from benchmarks.figures import Figure, median_seconds, median_seconds_beside
from tests.cast import signed_in
from tests.ward import NOW, TODAY, Ward
from units.models import Unit

DAYS = 4
ALONE = 35
"""A day on which nothing else is booked, nor in its week."""


def one_select(request: HttpRequest) -> HttpResponse:
    """The reference: a signed-in person, one row, JSON."""
    return JsonResponse({"name": Unit.objects.values_list("name", flat=True)[0], "by": str(request.user.pk)})


urlpatterns = [path("one-select/", one_select), path("", include("clinic.urls"))]


def figures() -> Iterable[Figure]:
    """Booking over HTTP, the first page of slots, the day board with its query count."""
    there = ward()
    with override_settings(ROOT_URLCONF="benchmarks.pages", ALLOWED_HOSTS=["*"]), time_machine.travel(NOW, tick=True):
        client = signed_in(there.cast.coordinator)
        yield from _measured(there, client)


def _measured(there: Ward, client: Client) -> Iterator[Figure]:
    def reference() -> None:
        _ok(client.get("/one-select/"))

    slots = list(product(range(DAYS), CLOCKS, range(2)))
    keys = patients_due([20 + day for day, _, _ in slots], prefix="PG")
    analyze()
    bodies = iter([_body(there, key, slot) for key, slot in zip(keys, slots, strict=True)])
    booking, select = median_seconds_beside(
        lambda: _ok(client.post("/api/v1/appointments/", next(bodies), content_type="application/json")),
        reference,
        times=len(slots) - 10,
        warm=5,
    )
    yield Figure("booking over HTTP beside a one-SELECT view", booking * 1000, select * 1000, "ms", 20, at_most=True)

    dose = patients_due([23], prefix="PS")[0]
    proposals, select = median_seconds_beside(
        lambda: _ok(client.get(f"/api/v1/doses/{dose}/slots/")), reference, times=60, warm=10
    )
    yield Figure("first proposals for a dose, over HTTP", proposals * 1000, select * 1000, "ms", 10, at_most=True)

    nurse = signed_in(there.cast.nurse)
    address = f"/today/{TODAY + timedelta(days=20):%Y-%m-%d}/"
    board = median_seconds(lambda: _ok(nurse.get(address)), times=30)
    with CaptureQueriesContext(connection) as queries:
        nurse.get(address)
    yield Figure(
        "day board, queries",
        len(queries),
        12,
        "q",
        1.0,
        at_most=True,
        note=f"{board * 1000:.0f} ms beside {select * 1000:.1f} ms, 20 visits",
    )

    yield from _calendars(there, client)

    live = f"{address}live/"
    mark = {"if-none-match": nurse.get(live).headers["ETag"]}
    refresh, select = median_seconds_beside(lambda: _same(nurse.get(live, headers=mark)), reference, times=200, warm=20)
    yield Figure("conditional refresh of the day board", refresh * 1000, select * 1000, "ms", 2, at_most=True)


def _calendars(there: Ward, client: Client) -> Iterator[Figure]:
    """A day and a week full of visits, beside those with a single one."""
    (key,) = patients_due([ALONE], prefix="PC")
    alone = (ALONE - 20, CLOCKS[0], 0)
    _ok(client.post("/api/v1/appointments/", _body(there, key, alone), content_type="application/json"))

    def queries(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            _ok(client.get(address))
        return len(captured)

    for name, end in (("day", ""), ("week", "week/")):
        full, one = (queries(f"/calendar/{TODAY + timedelta(days=ahead):%Y-%m-%d}/{end}") for ahead in (20, ALONE))
        note = "of many visits, and of one"
        yield Figure(f"calendar, queries of a {name}", full, one, "q", 1.0, at_most=True, note=note)


def _body(there: Ward, key: str, slot: tuple[int, str, int]) -> dict[str, str]:
    day, clock, room = slot
    wanted = there.wanted(TODAY + timedelta(days=20 + day), clock, room=room, operator=room)
    return {
        "dose": key,
        "starts_at": wanted.starts_at.isoformat(),
        "room": str(wanted.room),
        "operator": str(wanted.operator),
    }


def _ok(response: Any) -> None:
    assert response.status_code in {200, 201}, response.content[:500]


def _same(response: Any) -> None:
    # The minute is part of the ETag: with the next one the board is sent whole, once among hundreds.
    assert response.status_code in {200, 304}, response.content[:500]
