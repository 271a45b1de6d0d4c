"""A real Celery worker on the planning queue: it betters a draft, is given up, and is killed with -9 in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.utils import timezone

from clinic.celery import app
from scheduling.models import Appointment, PlanningRun
from scheduling.services import close
from scheduling.services.planning.horizons import plan_horizon
from scheduling.services.planning.runs import cancel_run
from tests.cast import assemble
from tests.databases import url_of
from tests.ward import Ward, maintenance_patient, open_ward
from units import runs
from units.runs import Standing, standing_of

if TYPE_CHECKING:
    from scheduling.models import Horizon

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

PATIENCE_S = 90
# What the worker runs: Celery, with a search that lasts until the run is given up or the worker is killed.
ENDLESS = """
import os, sys, time
import django
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
django.setup()
from scheduling.engine.replan import optimise
def endless(board, doses, *, should_stop, progress, **more):
    progress(0.3, "Choosing days")
    while not should_stop():
        time.sleep(0.02)
optimise.optimise_horizon = endless
from celery.bin.celery import main
sys.argv = ["celery", *sys.argv[1:]]
sys.exit(main())
"""


class Worker:
    """One worker of the planning queue as a process group of its own, as the role that owns no table."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        told = {"DATABASE_URL": url_of(str(settings.DATABASES["default"]["NAME"]), os.environ["CLINIC_TEST_APP_URL"])}
        what = ("-A", "clinic", "worker", "-Q", "planning", "-c", "1", "--without-gossip", "--without-mingle")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", ENDLESS, *what, "-l", "INFO"],
                env={**os.environ, **told},
                cwd=settings.BASE_DIR,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Parent and children at once, with no chance to say anything."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=10)


@pytest.fixture
def worker(transactional_db: None, tmp_path: Path) -> Iterator[Worker]:
    app.control.purge()
    worker = Worker(tmp_path / "worker.log")
    yield worker
    worker.kill()
    app.control.purge()


@pytest.fixture
def horizon(transactional_db: None) -> Horizon:
    """Weeks with something to better: nobody can come on the day the doses are due."""
    ward: Ward = open_ward(assemble())
    due = ward.unit.local_date(timezone.now()) + timedelta(days=7)
    for number in (1, 2):
        maintenance_patient(ward, number, due=due)
    close(
        ward.cast.actor("administrator"),
        unit=ward.unit,
        resource=None,
        starts_at=ward.at(due, "00:00"),
        ends_at=ward.at(due + timedelta(days=1), "00:00"),
        reason="Audit",
    )
    return plan_horizon(ward.cast.actor("coordinator"), unit=ward.unit, weeks=6)


def wait_until(is_so: Callable[[], bool], log: Path) -> float:
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() < began + PATIENCE_S, log.read_text()[-3000:] if log.exists() else "no log"
        time.sleep(0.05)
    return time.monotonic() - began


def test_given_up_at_once_and_killed_midway_nothing_is_half_done(horizon: Horizon, worker: Worker) -> None:
    actor = horizon_actor(horizon)
    before = list(horizon.lines.order_by("pk").values())

    def run() -> PlanningRun:
        return PlanningRun.objects.filter(horizon=horizon).latest("pk")

    # The nudge of the commit wakes the worker. Given up, the run is over at once and the worker free within a second.
    worker.start()
    wait_until(lambda: run().percent == 30, worker.log)
    first = run()
    assert (first.state, first.stage) == ("running", "Choosing days")
    cancel_run(actor, run_id=first.public_id)
    plan_horizon(actor, unit=horizon.unit, weeks=6)
    second = run()
    assert second.pk != first.pk
    took = wait_until(lambda: run().state == "running", worker.log)
    assert took < 10  # a second for the worker, and the rest for a busy machine

    # Killed: the lease runs out, the state says so, and nothing of the draft has changed.
    wait_until(lambda: run().percent == 30, worker.log)
    worker.kill()
    assert standing_of(run(), at=timezone.now()) is Standing.RUNNING
    PlanningRun.objects.filter(pk=second.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert standing_of(run(), at=timezone.now()) is Standing.DIED
    runs.settle(PlanningRun, at=timezone.now())
    assert (run().state, first.horizon_id) == ("failed", horizon.pk)
    assert list(horizon.lines.order_by("pk").values()) == before
    assert not Appointment.objects.exists()


def horizon_actor(horizon: Horizon):  # type: ignore[no-untyped-def]
    from units.actors import Actor

    assert horizon.made_by is not None
    return Actor.for_user(horizon.made_by)
