"""Who changed what, and why: attached by the database's triggers to every row of history, and read back from there."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import connection, transaction
from django.db.models import Field, Model, QuerySet
from django.utils.timezone import localtime

from units.actors import Actor
from units.rows import Question, ask_together

_is_recording: ContextVar[bool] = ContextVar("units.history", default=False)


@contextmanager
def recorded_as(
    actor: Actor, *, act: str, reason: str = "", locks: Iterable[int] = (), asking: Sequence[Question] = ()
) -> Iterator[list[list[tuple[Any, ...]]]]:
    """One transaction, in which every history row carries the actor, the use case's name and the reason.

    `locks` are keys of advisory locks (`scheduling.locking`), held from the start of it to its end. `asking` is what
    to read as soon as they are held, sent along with them: the rows of each are what `with ... as` gives.
    A use case inside another adds nothing: the record names what the person did, not the steps it took. One after
    another they are recorded apart.
    """
    with transaction.atomic():
        if _is_recording.get():
            ordered = sorted(set(locks))
            yield _ask(_LOCK, [ordered], asking) if ordered or asking else []
            return
        # The triggers read these settings. pghistory's own context sends them with every statement, which a booking
        # can feel; local to a transaction that is ours they need saying once.
        said = {"user": actor.user_id, "actor": actor.name, "act": act, "reason": reason}
        answers = _ask(f"{_SAY}, ({_LOCK})", [str(uuid.uuid4()), json.dumps(said), sorted(set(locks))], asking)
        token = _is_recording.set(True)
        try:
            yield answers
        finally:
            _is_recording.reset(token)
        # After an error they go back with the transaction, or with the savepoint this is; after a savepoint that
        # holds, what follows in the transaction is no longer ours.
        if connection.savepoint_ids and not connection.needs_rollback:
            _ask(_SAY, ["", ""])


_SAY = "SELECT set_config('pghistory.context_id', %s, true), set_config('pghistory.context_metadata', %s, true)"
# Sorted and in one statement, which is what prevents deadlock.
_LOCK = "SELECT count(pg_advisory_xact_lock(key)) FROM unnest(%s::bigint[]) AS key"


def _ask(statement: str, values: Sequence[Any], asking: Sequence[Question] = ()) -> list[list[tuple[Any, ...]]]:
    if asking:
        return ask_together((statement, values), *asking)[1:]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
    return []


@dataclass(frozen=True)
class FieldChange:
    """One column's old and new value, in words. `old` is None where the row is new."""

    label: str
    old: str | None
    new: str


@dataclass(frozen=True)
class Change:
    """One row of history. `label` is pghistory's: insert, update or delete."""

    at: datetime
    label: str
    record: str
    actor: str
    act: str
    reason: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True)
class LastChange:
    """When a record was last changed and by whom; `actor` is empty where nobody was named."""

    at: datetime
    actor: str


def last_changes(keys: Sequence[Any], *histories: tuple[type[Model], str]) -> dict[Any, LastChange]:
    """The last change of each record, or of what belongs to it; one query a history.

    A history is its model and the column of it that holds the record's key.
    """
    found: dict[Any, LastChange] = {}
    for model, column in histories:
        rows = model._default_manager.filter(**{f"{column}__in": keys}).order_by(column, "-pgh_id").distinct(column)
        for key, at, said in rows.values_list(column, "pgh_created_at", "pgh_context__metadata"):
            if key not in found or found[key].at <= at:
                found[key] = LastChange(at, (said or {}).get("actor") or "")
    return found


def changes(*histories: QuerySet[Any], limit: int = 200) -> list[Change]:
    """What happened to the records of these history querysets, newest first; one query each.

    Values are compared with the row before of the same record, which is why a queryset must hold all of a record's
    rows, not a part of them.
    """
    found = [change for history in histories for change in _changes_in(history)]
    # Rows of one transaction share its instant: a stable sort keeps their order, the last written first.
    return sorted(found, key=lambda change: change.at)[::-1][:limit]


def _changes_in(history: QuerySet[Any]) -> Iterable[Change]:
    model: type[Model] = history.model
    fields = _told_fields(model)
    before: dict[Any, Any] = {}
    rows: Iterable[Any] = history.order_by("pgh_id").select_related("pgh_context")
    for row in rows:
        context = row.pgh_context.metadata if row.pgh_context else {}
        yield Change(
            at=row.pgh_created_at,
            label=row.pgh_label,
            record=str(model.pgh_tracked_model._meta.verbose_name),  # type: ignore[attr-defined]
            actor=context.get("actor") or "",
            act=context.get("act") or "",
            reason=context.get("reason") or "",
            fields=() if row.pgh_label == "delete" else tuple(_differences(fields, before.get(row.pgh_obj_id), row)),
        )
        before[row.pgh_obj_id] = row


def _told_fields(model: type[Model]) -> list[Field[Any, Any]]:
    hidden = {"id", "public_id", "created_at"}
    return [
        field for field in model._meta.concrete_fields if not field.name.startswith("pgh_") and field.name not in hidden
    ]


def _differences(fields: list[Field[Any, Any]], old: Any, new: Any) -> Iterator[FieldChange]:
    for field in fields:
        value = getattr(new, field.attname)
        if old is None:
            if value not in (None, "", False):
                yield FieldChange(str(field.verbose_name), None, _in_words(field, new))
        elif getattr(old, field.attname) != value:
            yield FieldChange(str(field.verbose_name), _in_words(field, old), _in_words(field, new))


def _in_words(field: Field[Any, Any], row: Any) -> str:
    value = getattr(row, field.attname)
    if value is None or value == "":
        words = "–"
    elif isinstance(value, bool):
        words = "yes" if value else "no"
    elif field.flatchoices:
        words = str(dict(field.flatchoices).get(value, value))
    elif isinstance(value, datetime):
        words = f"{localtime(value):%d/%m/%Y %H:%M}"
    elif isinstance(value, date):
        words = f"{value:%d/%m/%Y}"
    elif isinstance(value, time):
        words = f"{value:%H:%M}"
    elif field.related_model is not None:
        # The record may be gone since; history keeps its key.
        words = str(field.related_model._base_manager.filter(pk=value).first() or value)
    else:
        words = str(value)
    return words
