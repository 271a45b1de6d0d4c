"""Where races are run: a unit in a committed database of its own, server processes, and clients on a barrier."""

from __future__ import annotations

import http.client
import json
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, connections
from django.utils import timezone

from patients.models import Patient
from scheduling.models import Appointment
from scheduling.services.visits.wanted import Wanted
from tests.cast import assemble, make_patient
from tests.databases import create_migrated, url_of
from tests.services import WebServer
from tests.ward import Ward, dose_id, open_ward, start_plan
from units.actors import Actor
from units.history import recorded_as
from units.models import User
from units.sign_in import begin

PROCESSES = 4
_TOKEN = "a" * 32
"""A CSRF token the client sends as cookie and header alike, as a browser would the one it was given."""


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    code: str
    sentence: str
    body: dict[str, Any]


def recorded_without_locks(actor: Actor, *, locks: Iterable[int] = (), **said: Any) -> Any:
    """`recorded_as` as it would be if it took no locks; for a control."""
    return recorded_as(actor, **said)


class Client:
    """A signed-in browser with one kept connection."""

    def __init__(self, address: str, user: User) -> None:
        place = urlsplit(address)
        self._http = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "units.backends.RoleBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        begin(session, timezone.now())
        session.create()
        self._headers = {
            # Cookies are named by the port of the server that set them.
            "Cookie": f"clinic_session_{place.port}={session.session_key}; clinic_csrf_{place.port}={_TOKEN}",
            "X-CSRFToken": _TOKEN,
            "Content-Type": "application/json",
            "Accept": "application/json",
        }

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        self._http.request("POST", path, json.dumps(body), self._headers)
        response = self._http.getresponse()
        raw = response.read()
        told = json.loads(raw) if raw.startswith(b"{") else {}
        return Answer(response.status, told.get("code", ""), told.get("detail", ""), told)


class Arena:
    """A ward, its clients, and the database to count in afterwards."""

    def __init__(self, name: str, web_processes: Callable[[str, int], WebServer]) -> None:
        """Makes the database anew. Args: web_processes: as the fixture of that name."""
        turn_out_web(name)
        create_migrated(name)
        connection.close()
        self._usual = connection.settings_dict["NAME"]
        self._use(name)
        self._web_processes = web_processes
        self.ward: Ward = open_ward(assemble(), places=6)
        self.day: date = self.ward.unit.today() + timedelta(days=3)
        self._number = 0

    @property
    def web(self) -> WebServer:
        """Started when first asked for: a control runs without."""
        return self._web_processes(connection.settings_dict["NAME"], PROCESSES)

    def clients(self, count: int) -> list[Client]:
        """So many browsers, of two people in turn."""
        people = (self.ward.cast.coordinator, self.ward.cast.nurse)
        return [Client(self.web.address, people[n % 2]) for n in range(count)]

    def patient(self, *, due: date | None = None) -> Patient:
        """A new patient with a dose due (by default on the arena's day)."""
        self._number += 1
        due = due or self.day
        patient = make_patient(self.ward.unit, f"Racer{self._number:04}", f"R{self._number:06}")
        start_plan(patient, given=[due - timedelta(days=n) for n in (84, 70, 56, 28)], next_on=due, doses=2)
        return patient

    def choice(self, wanted: Wanted) -> dict[str, str]:
        """A slot as the API takes it."""
        return {
            "starts_at": wanted.starts_at.isoformat(),
            "room": str(wanted.room),
            "operator": str(wanted.operator),
        }

    def booking(self, dose: UUID, wanted: Wanted) -> dict[str, str]:
        """The body of a booking."""
        return {"dose": str(dose), **self.choice(wanted)}

    def booked_at(self, wanted: Wanted) -> int:
        """How many live visits have that room at that time."""
        return Appointment.objects.filter(
            status="booked", starts_at=wanted.starts_at, allocations__resource__public_id=wanted.room
        ).count()

    def deadlocks(self) -> int:
        """Deadlocks the database has counted."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_force_next_flush()")
            cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
            return int(cursor.fetchone()[0])

    @contextmanager
    def without(self, table: str, constraint: str) -> Any:
        """The database as it would be without that promise; for a control, which must see the race it prevents."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(pg_get_constraintdef(c.oid), '') FROM pg_constraint c WHERE c.conname = %s",
                [constraint],
            )
            row = cursor.fetchone()
            kind = "CONSTRAINT" if row else "INDEX"
            cursor.execute(
                f"ALTER TABLE {table} DROP CONSTRAINT {constraint}"
                if kind == "CONSTRAINT"
                else f"DROP INDEX {constraint}"
            )
        yield

    def close(self) -> None:
        connection.close()
        self._use(self._usual)

    def _use(self, name: str) -> None:
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def turn_out_web(name: str) -> None:
    """The processes of the module before hold no connection to that database, which their role alone may end."""
    with psycopg.connect(url_of("postgres", os.environ["CLINIC_TEST_APP_URL"])) as their_own:
        their_own.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user",
            [name],
        )


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """The outcomes of the acts, started together from a barrier, each in a thread; an exception is an outcome too."""
    barrier = threading.Barrier(len(acts))
    outcomes: list[Any] = [None] * len(acts)

    def run(index: int) -> None:
        barrier.wait()
        try:
            outcomes[index] = acts[index]()
        except Exception as error:  # noqa: BLE001  a race's outcome, counted by the test
            outcomes[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def statuses(answers: Sequence[Answer]) -> dict[int, int]:
    """How many answers had each status; an exception fails the test with its words."""
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return dict(Counter(answer.status for answer in answers))


__all__ = ["Answer", "Arena", "Client", "at_once", "dose_id", "statuses"]
