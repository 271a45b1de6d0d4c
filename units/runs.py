"""Work that takes longer than a page may: asked for, taken up by a worker, kept alive, given up and ended.

Every change of state is one conditional UPDATE: whoever gets a count of one has made it. A worker has the run while
its claim stands and its lease lasts; whoever dies lets the lease run out, and the run counts as failed from then on.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from types import TracebackType
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.db import DatabaseError, connection, models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from units.errors import ClinicError
from units.models import User

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)
"""A worker that has not been heard of for so long is dead. It says so every half second."""

KEPT_FOR = timedelta(minutes=10)
"""A run that no worker took up for so long is not taken up any more."""

NOBODY_AFTER = timedelta(seconds=15)
"""A worker that is there takes a run up within a second or two. After so long nobody is expected any more."""

BEAT_S = 0.5
GRACE_S = 60.0
"""What a run may take beyond its time limit, to read and to write. After that its worker counts as dead."""

DIED = "The worker that was at it has ended before it was done."
NOBODY = "No worker took it up in time."


class RunState(models.TextChoices):
    """Where a run is."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")
    FAILED = "failed", _("Failed")


LIVE_RUN = (RunState.QUEUED, RunState.RUNNING)
IS_LIVE = Q(state__in=["queued", "running"])
"""The condition of constraints and indexes about runs that are not over."""


def run_constraints(name: str) -> list[models.CheckConstraint]:
    """What the database holds every kind of run to; the constraints' names begin with `name`."""
    is_over = Q(state__in=["done", "cancelled", "failed"])
    has_lease = Q(claim__isnull=False, lease_until__isnull=False, started_at__isnull=False)
    return [
        models.CheckConstraint(
            condition=(Q(ended_at__isnull=True) & IS_LIVE) | (Q(ended_at__isnull=False) & is_over),
            name=f"{name}_ended_has_instant",
        ),
        models.CheckConstraint(condition=~Q(state="running") | has_lease, name=f"{name}_running_has_lease"),
        models.CheckConstraint(condition=Q(percent__lte=100), name=f"{name}_percent_possible"),
    ]


class Run(models.Model):
    """One try at a piece of long work. Not tracked: it changes every second, and what it changes is on record."""

    State = RunState

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(_("state"), max_length=9, choices=RunState.choices, default=RunState.QUEUED)
    stage = models.CharField(_("stage"), max_length=60, blank=True)
    percent = models.PositiveSmallIntegerField(_("part done"), default=0)
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    claim = models.UUIDField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    asked_by_name = models.CharField(max_length=120)
    outcome = models.CharField(_("outcome"), max_length=300, blank=True)

    seconds: Any
    """How long its work may take; each kind of run says so by a field or for all of its kind."""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{RunState(self.state).label}, {self.percent} %"


class Standing(StrEnum):
    """A run as its reader should take it: its state, but for those that wait or work in name only."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"
    NOBODY_CAME = "nobody_came"
    DIED = "died"


def standing_of(run: Run, *, at: datetime) -> Standing:
    """A queued run that nobody takes up, and one whose worker is not heard of any more, are told apart from live ones.

    They are so from the instant on, whether the sweep has come or not.
    """
    if run.state == RunState.QUEUED and run.queued_at + NOBODY_AFTER < at:
        return Standing.NOBODY_CAME
    if run.state == RunState.RUNNING and (run.lease_until is None or run.lease_until < at):
        return Standing.DIED
    return Standing(run.state)


def claim(model: type[Run], run_id: int, *, at: datetime) -> UUID | None:
    """The run is this worker's, whose word is returned; None where it is somebody's already, or over."""
    word = uuid4()
    waiting = model._default_manager.filter(pk=run_id, state=RunState.QUEUED)
    taken = waiting.update(state=RunState.RUNNING, claim=word, started_at=at, lease_until=at + LEASE)
    return word if taken == 1 else None


def keep(model: type[Run], run_id: int, word: UUID, *, percent: int, stage: str) -> bool:
    """The lease is renewed and how far it is stands in the row; False where the run is this worker's no more."""
    ours = model._default_manager.filter(pk=run_id, claim=word, state=RunState.RUNNING)
    return ours.update(lease_until=timezone.now() + LEASE, percent=percent, stage=stage[:60]) == 1


def finish(model: type[Run], run_id: int, word: UUID, *, state: str, outcome: str) -> bool:
    """The run is over with that outcome; False, and the caller changes nothing, where it was given up or has died."""
    ours = model._default_manager.filter(pk=run_id, claim=word, state=RunState.RUNNING)
    return end(ours, state, outcome, at=timezone.now()) == 1


def settle(model: type[Run], *, at: datetime) -> list[int]:
    """Runs whose worker has died, and those nobody came for, are ended; returns the keys of those that still wait."""
    live = model._default_manager.filter(state__in=LIVE_RUN)
    end(live.filter(state=RunState.RUNNING, lease_until__lt=at), RunState.FAILED, DIED, at=at)
    end(live.filter(state=RunState.QUEUED, queued_at__lt=at - KEPT_FOR), RunState.FAILED, NOBODY, at=at)
    return list(live.filter(state=RunState.QUEUED).order_by("queued_at", "pk").values_list("pk", flat=True))


def end(runs: models.QuerySet[Any], state: str, outcome: str, *, at: datetime) -> int:
    """Those runs are over; how many there were."""
    return runs.update(state=state, outcome=outcome[:300], ended_at=at)


class GivenUp(Exception):
    """Somebody gave the run up while it was being worked: nothing of it is kept."""


class Heart:
    """Tells the database every half second that the worker lives and how far it is, and learns whether to stop."""

    def __init__(self, model: type[Run], run_id: int, claim: UUID, *, seconds: float = 0.0) -> None:
        self.model, self.run_id, self.claim = model, run_id, claim
        self._until = time.monotonic() + seconds + GRACE_S
        self._stopped, self._over = threading.Event(), threading.Event()
        self._told = (0, "")
        self._thread = threading.Thread(target=self._beat, name="run's heart", daemon=True)

    def __enter__(self) -> Heart:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def tell(self, part: float, words: str) -> None:
        """How far it is, from 0 to 1, and what is being done."""
        self._told = (min(100, round(100 * part)), words)

    def should_stop(self) -> bool:
        """Whether the run was given up."""
        return self._stopped.is_set()

    def finish(self, state: str, outcome: str) -> bool:
        """As `finish`, of this run."""
        return finish(self.model, self.run_id, self.claim, state=state, outcome=outcome)

    def _beat(self) -> None:
        try:
            while not self._over.wait(BEAT_S) and time.monotonic() < self._until:
                percent, stage = self._told
                try:
                    is_ours = keep(self.model, self.run_id, self.claim, percent=percent, stage=stage)
                except DatabaseError:
                    continue  # the lease says how long that may last
                if not is_ours:
                    break
            self._stopped.set()
        finally:
            connection.close()


R = TypeVar("R", bound=Run)


def work_off(runs: models.QuerySet[R], run_id: int, work: Callable[[R, Heart], None], *, broken: str) -> bool:
    """The run is worked off and over; False where it was somebody else's or over already.

    `runs` reads along what `work` needs; `broken` is what the reader is told where `work` fails unforeseen.
    """
    word = claim(runs.model, run_id, at=timezone.now())
    if word is None:
        return False
    run = runs.get(pk=run_id)
    heart = Heart(runs.model, run_id, word, seconds=run.seconds)
    told = {"run": run_id, "kind": runs.model.__name__}
    try:
        with heart:
            work(run, heart)
    except GivenUp:
        log.info("run was given up", extra=told)
    except ClinicError as error:
        heart.finish(RunState.FAILED, error.sentence)
    except DatabaseError:
        raise  # nothing can be written down either: the lease runs out
    except Exception:  # whatever went wrong with one run, its reader is told and the worker goes on
        log.exception("run could not be worked", extra=told)
        heart.finish(RunState.FAILED, broken)
    return True
