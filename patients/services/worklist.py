"""The worklist: opened by every app above, finished by a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from django.db import connection
from django.utils import timezone

from patients.attempts import attempt_in_words, attempts_in
from patients.errors import ItemAlreadyDone, ItemAsksQuestions, ItemIsNoCall, ItemTaken
from patients.models import Patient, WorklistItem
from units.actors import Actor
from units.errors import NotAllowed, NotFound
from units.history import recorded_as
from units.models import Unit
from units.policy import Act
from units.scope import scoped

ENDED_BY_ITS_RECORD: Mapping[str, str] = MappingProxyType(
    {
        WorklistItem.Kind.FOLLOW_UP: "Answer the questions of this follow-up: that finishes it.",
        WorklistItem.Kind.UNWRITTEN: "Write down what became of the visit: that finishes it.",
        WorklistItem.Kind.HOLD_REVIEW: "Lift the hold, or set the next day of its review: that finishes it.",
    }
)
"""What nobody ticks off: what was to be done goes on record, and that closes the item."""

Kind = WorklistItem.Kind
RUNG = frozenset({Kind.CALL, Kind.UNANSWERED, Kind.TENTATIVE, Kind.DECLINED, Kind.NO_ADDRESS, Kind.MESSAGE_FAILED})
"""For these somebody is rung. A follow-up after a dose counts its own attempts, with its answers."""

RING_AGAIN_AFTER = timedelta(hours=1)
"""When a call that reached nobody comes back. Local policy."""


def open_item(
    *, unit: Unit, patient: Patient | None, kind: str, key: str, title: str, due_at: datetime, detail: str = ""
) -> bool:
    """An open item with that key is on the unit's worklist; False where one was already.

    Called inside other use cases, which have asked for the right; never waits for another transaction's item.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO patients_worklistitem
                (public_id, unit_id, patient_id, kind, key, title, detail, tried, due_at, opened_at, outcome)
            VALUES (gen_random_uuid(), %s, %s, %s, %s, %s, %s, '', %s, %s, '')
            ON CONFLICT (key) WHERE done_at IS NULL DO NOTHING
            """,
            [unit.pk, patient.pk if patient else None, kind, key, title, detail[:300], due_at, timezone.now()],
        )
        return cursor.rowcount == 1


def close_items(*, patient: Patient, outcome: str, at: datetime, key_starts: str = "", kind: str = "") -> int:
    """The patient's open items (those whose key begins so, of that kind) are closed, by nobody, with the outcome.

    Returns how many.

    Called inside other use cases. Nobody stands as the one who did it: an item finished by a person says that
    somebody spoke to the patient, and this does not.
    """
    items = WorklistItem.objects.filter(patient=patient, done_at__isnull=True, key__startswith=key_starts)
    if kind:
        items = items.filter(kind=kind)
    return items.update(done_at=at, outcome=outcome)


def reopen_items(*, patient: Patient, outcome: str, but_not_about: Sequence[UUID] = ()) -> int:
    """What `close_items` closed with that outcome is open again. Returns how many.

    Items whose key names one of `but_not_about` stay closed, and so do those that somebody has opened anew.
    """
    closed = WorklistItem.objects.filter(patient=patient, outcome=outcome, done_at__isnull=False, done_by__isnull=True)
    for about in but_not_about:
        closed = closed.exclude(key__contains=str(about))
    latest = closed.order_by("key", "-pk").distinct("key").values_list("pk", "key")
    opened = set(WorklistItem.objects.filter(patient=patient, done_at__isnull=True).values_list("key", flat=True))
    again = [pk for pk, key in latest if key not in opened]
    return WorklistItem.objects.filter(pk__in=again).update(done_at=None, outcome="")


def finish_item(actor: Actor, *, item_id: UUID, outcome: str = "") -> WorklistItem:
    """The item is done, with what came of it. A red flag is for a doctor to close: local policy.

    Raises NotFound, NotAllowed, ItemAlreadyDone, ItemAsksQuestions.
    """
    with recorded_as(actor, act="finish_item", reason=outcome):
        item = _open_item(actor, item_id)
        if item.kind in ENDED_BY_ITS_RECORD:
            raise ItemAsksQuestions(ENDED_BY_ITS_RECORD[item.kind])
        if item.kind == WorklistItem.Kind.ESCALATION:
            actor.require(Act.HOLD_PLAN, item.unit_id)
        item.done_at, item.done_by_id, item.outcome = timezone.now(), actor.user_id, outcome[:300]
        item.save(update_fields=["done_at", "done_by", "outcome"])
    return item


def not_reached(actor: Actor, *, item_id: UUID) -> WorklistItem:
    """Somebody was rung and not reached: the item stays, says how often and by whom last, and comes back later.

    Raises NotFound, ItemAlreadyDone, ItemIsNoCall.
    """
    with recorded_as(actor, act="not_reached"):
        item = _open_item(actor, item_id)
        if item.kind not in RUNG:
            raise ItemIsNoCall("Nobody is rung for this.")
        at = timezone.now()
        local = item.unit.local(at)
        when = f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"
        item.tried = attempt_in_words(attempts_in(item.tried) + 1, when, actor.name)[:300]
        item.due_at = at + RING_AGAIN_AFTER
        item.save(update_fields=["tried", "due_at"])
    return item


def take_item(actor: Actor, *, item_id: UUID, taken_from: UUID | None = None) -> WorklistItem:
    """The actor sees to the item. `taken_from` is the colleague who had it on the page (None: nobody).

    Taken already by the actor it stays so. Raises NotFound, NotAllowed, ItemAlreadyDone, and ItemTaken where it is
    another colleague's by now.
    """
    if actor.user_id is None:
        raise NotAllowed("Only somebody who is signed in takes an item.")
    with recorded_as(actor, act="take_item"):
        item = _open_item(actor, item_id)
        if item.owner is not None and item.owner_id != actor.user_id and item.owner.public_id != taken_from:
            raise ItemTaken(f"{item.owner.name} has it by now.")
        item.owner_id = actor.user_id
        item.save(update_fields=["owner"])
    return item


def give_back_item(actor: Actor, *, item_id: UUID) -> WorklistItem:
    """The actor does not see to the item any more; one that is a colleague's by now stays theirs.

    Raises NotFound, ItemAlreadyDone.
    """
    with recorded_as(actor, act="give_back_item"):
        item = _open_item(actor, item_id)
        if item.owner_id == actor.user_id:
            item.owner = None
            item.save(update_fields=["owner"])
    return item


def _open_item(actor: Actor, item_id: UUID) -> WorklistItem:
    """The item, nobody else's to change until the transaction ends."""
    items = scoped(WorklistItem.objects.select_for_update(of=("self",)), actor, Act.WORK_WORKLIST)
    item = items.select_related("owner", "done_by", "unit", "patient").filter(public_id=item_id).first()
    if item is None:
        raise NotFound("There is no such item on your worklist.")
    if item.done_at is not None:
        by = f" by {item.done_by.name}" if item.done_by else ""
        raise ItemAlreadyDone(f"This was done{by} already.")
    return item
