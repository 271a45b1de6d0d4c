"""Who changed what, and why: attached by the database's triggers to every row of history, and read back from there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pghistory
from django.db.models import Field, Model, QuerySet

from units.actors import Actor

_is_recording: ContextVar[bool] = ContextVar("units.history", default=False)


@contextmanager
def recorded_as(actor: Actor, *, act: str, reason: str = "") -> Iterator[None]:
    """Every history row written inside carries the actor, the use case's name and the reason.

    A use case inside another adds nothing: the record names what the person did, not the steps it took. One after
    another they are recorded apart.
    """
    if _is_recording.get():
        yield
        return
    token = _is_recording.set(True)
    try:
        with pghistory.context(user=actor.user_id, actor=actor.name, act=act, reason=reason):
            yield
    finally:
        _is_recording.reset(token)


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
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    return str(value)
