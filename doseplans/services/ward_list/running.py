"""A long list imported by a worker: asked for, given up, worked off. The whole import is one transaction.

A worker that dies has saved nothing, and one whose run was given up saves nothing either: the run ends with the
import's own transaction, as its last statement.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from doseplans.models import ImportRun, WardListUpload
from doseplans.services.ward_list.report import ImportReport
from doseplans.services.ward_list.uploads import import_upload, look_at_upload
from units import runs
from units.actors import Actor
from units.errors import InvalidInput
from units.nudging import nudge_after_commit
from units.policy import Act
from units.runs import LIVE_RUN, GivenUp, Heart, RunState, Standing

TASK = "doseplans.import_ward_lists"
LONG_LIST = 100
"""A list of more rows than that takes longer than somebody should look at a page that is loading."""

NOT_READY = "The list does not fit what is on record now: look at it again."
BROKEN = "It could not be imported. The log says more."


def is_long(rows: int) -> bool:
    """Whether a list of so many rows is a worker's to import; without a broker none is."""
    return rows > LONG_LIST and bool(settings.CELERY_BROKER_URL)


def is_under_way(run: ImportRun | None, *, at: datetime) -> bool:
    """Whether a worker is at it, or expected."""
    return run is not None and runs.standing_of(run, at=at) in {Standing.QUEUED, Standing.RUNNING}


def import_or_hand_over(
    actor: Actor, *, upload: WardListUpload, accepted: frozenset[str], at: datetime
) -> tuple[ImportReport, ImportRun | None]:
    """The waiting list is imported, or, where it is long, a worker is asked to: then its run comes along.

    Nothing of the two while the report is not ready. Raises what `import_upload` and `start_import` raise.
    """
    seen = look_at_upload(actor, upload=upload, at=at, accepted=accepted)
    if not seen.is_ready:
        return seen, None
    if is_long(len(seen.outcomes)):
        return seen, start_import(actor, upload=upload, accepted=accepted, at=at)
    return import_upload(actor, upload=upload, at=at, accepted=accepted), None


def start_import(actor: Actor, *, upload: WardListUpload, accepted: frozenset[str], at: datetime) -> ImportRun:
    """A worker is asked to import the waiting list; where one is at it already, that is the run.

    Raises: NotAllowed, InvalidInput once it was decided about.
    """
    actor.require(Act.IMPORT_PATIENTS, upload.unit_id)
    with transaction.atomic():
        # Pressed twice, or in two windows: the second waits here and finds the first one's run.
        upload = WardListUpload.objects.select_for_update(of=("self",)).defer("content").get(pk=upload.pk)
        if upload.state != WardListUpload.State.WAITING:
            raise InvalidInput(f"This list was {upload.get_state_display().lower()} already. Upload it again.")
        runs.settle(ImportRun, at=at)
        live = ImportRun.objects.filter(upload=upload, state__in=LIVE_RUN).first()
        if live is not None and runs.standing_of(live, at=at) is not Standing.NOBODY_CAME:
            return live
        if live is not None:
            runs.end(ImportRun.objects.filter(pk=live.pk, state=RunState.QUEUED), RunState.FAILED, runs.NOBODY, at=at)
        run = ImportRun.objects.create(
            upload=upload,
            accepted=sorted(accepted),
            queued_at=at,
            asked_by_id=actor.user_id,
            asked_by_name=actor.name,
        )
        nudge_after_commit(TASK, run.pk)
    return run


def latest_import(actor: Actor, *, upload: WardListUpload) -> ImportRun | None:
    """The last try to import the list in a worker; None where there was none. Raises: NotAllowed."""
    actor.require(Act.IMPORT_PATIENTS, upload.unit_id)
    return upload.runs.first()


def cancel_import(actor: Actor, *, upload: WardListUpload, at: datetime) -> None:
    """What is under way for the list is given up, and nothing of it is saved. One that is over stays as it is.

    Raises: NotAllowed.
    """
    actor.require(Act.IMPORT_PATIENTS, upload.unit_id)
    live = ImportRun.objects.filter(upload=upload, state__in=LIVE_RUN)
    runs.end(live, RunState.CANCELLED, f"Cancelled by {actor.name}.", at=at)


def work_on_import(run_id: int) -> bool:
    """The run is worked off and over; False where it was somebody else's or over already."""
    waiting = ImportRun.objects.select_related("upload__unit", "asked_by").defer("upload__content")
    return runs.work_off(waiting, run_id, carry_out, broken=BROKEN)


def carry_out(run: ImportRun, heart: Heart) -> None:
    """The list is imported and the run done, together or not at all. Raises ClinicError, GivenUp."""
    actor = Actor.for_user(run.asked_by) if run.asked_by else Actor.system("Import")

    def tell(part: float, words: str) -> None:
        if heart.should_stop():
            raise GivenUp
        heart.tell(part, words)

    with transaction.atomic():
        accepted = frozenset(run.accepted)
        report = import_upload(actor, upload=run.upload, at=timezone.now(), accepted=accepted, tell=tell)
        state, outcome = (RunState.DONE, report.imported_words) if report.is_saved else (RunState.FAILED, NOT_READY)
        # Last of all, so that nobody who gives it up waits for the row.
        if not heart.finish(state, outcome):
            raise GivenUp
