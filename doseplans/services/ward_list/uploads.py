"""A list between its upload and a person's decision: kept by the server, so that what was seen is what is imported."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import PurePosixPath

from django.db import transaction

from doseplans.models import WardListUpload
from doseplans.services.ward_list.importing import import_ward_list, look_at_ward_list
from doseplans.services.ward_list.report import ImportReport
from doseplans.services.ward_list.saving import Tell, say_nothing
from doseplans.wardlist.cells import clean
from doseplans.wardlist.decoding import MOST_BYTES
from units.actors import Actor
from units.errors import InvalidInput, NotFound
from units.models import Unit
from units.policy import Act

# Local policy: a list nobody decides about is erased after a working day.
WAITS_FOR = timedelta(hours=12)
LONGEST_FILE_NAME = 120


def keep_upload(actor: Actor, *, unit: Unit, file_name: str, content: bytes, at: datetime) -> WardListUpload:
    """The file waits for a decision about it. Older ones nobody decided about are erased.

    Raises: NotAllowed, InvalidInput for a file that is too large or empty.
    """
    actor.require(Act.IMPORT_PATIENTS, unit.pk)
    if not content:
        raise InvalidInput("The file is empty.", fields={"file": "The file is empty."})
    if len(content) > MOST_BYTES:
        sentence = f"The file is {len(content) / 1024 / 1024:.1f} MB; the most is 5 MB. Split the list."
        raise InvalidInput(sentence, fields={"file": sentence})
    forget_uploads(at)
    # Browsers of old send the whole path, with either slash.
    name = PurePosixPath(clean(file_name).replace("\\", "/").replace("\n", " ")).name
    return WardListUpload.objects.create(
        unit=unit,
        file_name=name[-LONGEST_FILE_NAME:] or "list.csv",
        digest=sha256(content).hexdigest(),
        content=content,
        uploaded_at=at,
        uploaded_by_name=actor.name,
    )


def find_upload(actor: Actor, *, unit: Unit, digest: str) -> WardListUpload:
    """The unit's latest upload of exactly that file, a waiting one first. Raises: NotAllowed, NotFound."""
    actor.require(Act.IMPORT_PATIENTS, unit.pk)
    uploads = WardListUpload.objects.filter(unit=unit, digest=digest).select_related("unit")
    upload = uploads.order_by("-state", "-uploaded_at", "-pk").first()  # waiting, imported, discarded
    if upload is None:
        raise NotFound("There is no such list in this unit. Upload it again.")
    return upload


def look_at_upload(
    actor: Actor, *, upload: WardListUpload, at: datetime, accepted: frozenset[str] = frozenset()
) -> ImportReport:
    """What importing the waiting file would do. Raises: NotAllowed, InvalidInput once it was decided about."""
    actor.require(Act.IMPORT_PATIENTS, upload.unit_id)
    return look_at_ward_list(actor, unit=upload.unit, content=_content(upload), at=at, accepted=accepted)


def import_upload(
    actor: Actor,
    *,
    upload: WardListUpload,
    at: datetime,
    accepted: frozenset[str] = frozenset(),
    tell: Tell = say_nothing,
) -> ImportReport:
    """The file's patients stand in the unit and the file is erased; or nothing happened and it waits on.

    Raises: NotAllowed, InvalidInput once it was decided about, and what `import_ward_list` raises.
    """
    actor.require(Act.IMPORT_PATIENTS, upload.unit_id)
    with transaction.atomic():
        upload = WardListUpload.objects.select_for_update(of=("self",)).select_related("unit").get(pk=upload.pk)
        content = _content(upload)
        report = import_ward_list(actor, unit=upload.unit, content=content, at=at, accepted=accepted, tell=tell)
        if report.is_saved:
            _decide(upload, WardListUpload.State.IMPORTED, report.in_words, at)
    return report


def discard_upload(actor: Actor, *, upload: WardListUpload, at: datetime) -> None:
    """The file is erased and nothing of it was imported. Raises: NotAllowed, InvalidInput once it was decided about."""
    actor.require(Act.IMPORT_PATIENTS, upload.unit_id)
    with transaction.atomic():
        upload = WardListUpload.objects.select_for_update().get(pk=upload.pk)
        _content(upload)
        _decide(upload, WardListUpload.State.DISCARDED, f"Discarded by {actor.name}", at)


def forget_uploads(at: datetime) -> int:
    """Files that waited for longer than WAITS_FOR are erased; how many there were."""
    waiting = WardListUpload.objects.filter(state=WardListUpload.State.WAITING, uploaded_at__lt=at - WAITS_FOR)
    return waiting.update(
        state=WardListUpload.State.DISCARDED, content=None, decided_at=at, summary="Erased: nobody decided in time"
    )


def _content(upload: WardListUpload) -> bytes:
    if upload.content is None:
        sentence = f"This list was {upload.get_state_display().lower()} already. Upload it again."
        raise InvalidInput(sentence)
    return bytes(upload.content)


def _decide(upload: WardListUpload, state: WardListUpload.State, summary: str, at: datetime) -> None:
    upload.state, upload.content, upload.decided_at, upload.summary = state, None, at, summary
    upload.save(update_fields=["state", "content", "decided_at", "summary"])
