"""Rows read and written by statements that are composed once.

The ORM composes its SQL anew at each call, which for five joined tables takes longer than running it. What every
booking or every page waits for goes this way; everything else uses the ORM.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models import Field, Model
from django.db.models.base import ModelState

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class _Part:
    """One joined table: its model, the part that points at it (None for the root), by which relation."""

    model: type[Model]
    holder: int | None
    relation: str
    fields: tuple[Field[Any, Any], ...]

    @cached_property
    def names(self) -> list[str]:
        return [field.attname for field in self.fields]

    @cached_property
    def conversions(self) -> list[tuple[int, Callable[..., Any]]]:
        """Where the table's value is not yet the field's, and how it becomes that."""
        found = ((index, getattr(field, "from_db_value", None)) for index, field in enumerate(self.fields))
        return [(index, converted) for index, converted in found if converted is not None]


class Joined(Generic[M]):
    """Rows of `root` with the records at the ends of `paths` ("plan__patient"), which must all be required relations.

    `column` is the root's column that rows are looked up by; for `get` and `get_also` it should be unique.
    """

    def __init__(self, root: type[M], *paths: str, column: str, also: str = "NULL") -> None:
        self._root = root
        self._paths = paths
        self._column = column
        self._also = also

    def get(self, value: Any) -> M | None:
        """The record with that value, its relations loaded; None where there is none. One query."""
        found = self.get_also(value)
        return None if found is None else found[0]

    def get_also(self, value: Any) -> tuple[M, Any] | None:
        """As `get`, with the value of the expression `also`, in which a path in braces is that record's table."""
        with connection.cursor() as cursor:
            cursor.execute(self._sql, [value])
            row = cursor.fetchone()
        return None if row is None else (self._build(row), row[-1])

    def all_also(self, values: Sequence[Any]) -> list[tuple[M, Any]]:
        """As `get_also`, of every record with one of the values. One query."""
        with connection.cursor() as cursor:
            cursor.execute(f"{self._sql.removesuffix('= %s')}= ANY(%s)", [list(values)])
            return [(self._build(row), row[-1]) for row in cursor.fetchall()]

    @cached_property
    def _parts(self) -> list[_Part]:
        parts = [_Part(self._root, None, "", tuple(self._root._meta.concrete_fields))]
        found = {"": 0}
        for path in self._paths:
            walked = ""
            for name in path.split("__"):
                holder, walked = found[walked], f"{walked}__{name}".lstrip("_")
                if walked not in found:
                    model: Any = parts[holder].model._meta.get_field(name).related_model
                    found[walked] = len(parts)
                    parts.append(_Part(model, holder, name, tuple(model._meta.concrete_fields)))
        return parts

    @cached_property
    def _sql(self) -> str:
        columns = ", ".join(f't{n}."{field.column}"' for n, part in enumerate(self._parts) for field in part.fields)
        joins = "".join(
            f' JOIN "{part.model._meta.db_table}" t{n} ON t{n}."{part.model._meta.pk.column}" = t{part.holder}.'
            f'"{self._parts[part.holder].model._meta.get_field(part.relation).column}"'  # type: ignore[union-attr]
            for n, part in enumerate(self._parts)
            if part.holder is not None and part.model._meta.pk is not None
        )
        table = self._root._meta.db_table
        also = self._also.format_map(self._aliases) if self._also != "NULL" else self._also
        return f'SELECT {columns}, {also} FROM "{table}" t0{joins} WHERE t0."{self._column}" = %s'  # noqa: S608  our own names

    @cached_property
    def _aliases(self) -> dict[str, str]:
        """The table's alias of each path; the root's is the empty path's."""
        names = [""]
        for part in self._parts[1:]:
            names.append(f"{names[part.holder or 0]}__{part.relation}".removeprefix("__"))
        return {name: f"t{n}" for n, name in enumerate(names)}

    def _build(self, row: Sequence[Any]) -> M:
        values = iter(row)
        made: list[Any] = []
        for part in self._parts:
            own = list(islice(values, len(part.names)))
            for index, converted in part.conversions:
                own[index] = converted(own[index], None, connection)
            record = _standing(part.model, dict(zip(part.names, own, strict=True)))
            if part.holder is not None:
                made[part.holder]._state.fields_cache[part.relation] = record
            made.append(record)
        root: M = made[0]
        return root


def _standing(model: type[M], values: dict[str, Any]) -> M:
    """A record as it stands in its table: as `Model.from_db` makes it, which takes longer than reading the row."""
    record = model.__new__(model)
    record._state = ModelState()
    record._state.db, record._state.adding = connection.alias, False
    record.__dict__.update(values)
    return record


Question = tuple[str, Mapping[str, Any] | Sequence[Any]]
"""A statement that reads, and its values."""


def ask(statement: str, values: Mapping[str, Any] | Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of one statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def ask_together(*questions: Question) -> list[list[tuple[Any, ...]]]:
    """The rows of each, in order. The statements are sent at once, so that the caller waits for the database once.

    They run in that order, each once the one before is done: what follows a lock is read under it.
    """
    with ExitStack() as stack:
        cursors = [stack.enter_context(connection.cursor()) for _ in questions]
        with sent_together():
            for cursor, (statement, values) in zip(cursors, questions, strict=True):
                cursor.execute(statement, values)
        return [cursor.fetchall() for cursor in cursors]


@contextmanager
def sent_together() -> Iterator[None]:
    """Statements inside are sent without waiting for one another, and all are done after it: fetch their rows then.

    Fetching inside waits twice. Not for the ORM's UPDATE and DELETE: how many rows they met is not known inside.
    """
    connection.ensure_connection()
    driver: Any = connection.connection
    # What fails is raised at the end, by the driver itself.
    with connection.wrap_database_errors, driver.pipeline():
        yield


class Composed:
    """A query's statement composed once, with a stand-in wherever a value of the call goes.

    `compose` makes the query of its stand-ins: values like those of a call that no real call has.
    """

    def __init__(self, compose: Callable[..., models.QuerySet[Any]], **stand_ins: Any) -> None:
        self._compose = compose
        self._stand_ins = stand_ins

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """What the query answers with these values in place of their stand-ins."""
        statement, marks = self._composed
        with connection.cursor() as cursor:
            cursor.execute(statement, [values[mark] if mark else value for mark, value in marks])
            return cursor.fetchall()

    @cached_property
    def _composed(self) -> tuple[str, list[tuple[str, Any]]]:
        statement, given = self._compose(**self._stand_ins).query.sql_with_params()
        names = {stand_in: name for name, stand_in in self._stand_ins.items()}
        marks = [(names.get(value, ""), value) for value in given]
        unused = set(names.values()) - {name for name, _ in marks}
        if unused:
            raise ValueError(f"The query does not ask for {', '.join(sorted(unused))} as such.")
        return statement, marks


def insertion(model: type[Model], *, source: str = "", **given: str) -> str:
    """The INSERT of one new row, RETURNING id; for a statement that writes several rows at once.

    Columns named in `given` take that expression, the others a value of `values_of`, in order. `source` is a FROM
    clause for the expressions. Without waiting: what a constraint has already is not inserted.
    """
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    names = ", ".join(f'"{field.column}"' for field in fields)
    values = ", ".join(given.get(str(field.column), f"%s::{_type_of(field)}") for field in fields)
    return (
        f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {values} {source} ON CONFLICT DO NOTHING RETURNING id'
    )


def _type_of(field: Field[Any, Any]) -> str:
    """The column's type; without a length, because a cast to one would cut what is too long instead of refusing it."""
    return str(field.db_type(connection)).partition("(")[0]


def insert_all(records: Sequence[Model]) -> None:
    """The records, of one model without arrays, stand in its table and have their keys; one statement.

    As `bulk_create`, for the thousands of rows of a list: most of the ORM's time goes into asking each field about each
    value, which the driver takes as it is.
    """
    if not records:
        return
    model = type(records[0])
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    names = ", ".join(f'"{field.column}"' for field in fields)
    arrays = ", ".join(f"%s::{_type_of(field)}[]" for field in fields)
    columns = zip(*map(values_of, records), strict=True)
    table = model._meta.db_table
    statement = f'INSERT INTO "{table}" ({names}) SELECT * FROM unnest({arrays}) RETURNING id'  # noqa: S608  our own names
    for record, row in zip(records, ask(statement, [list(column) for column in columns]), strict=True):
        stands(record, row[0])


def values_of(record: Model, *, besides: str = "") -> list[Any]:
    """The record's values as `insertion` wants them, but for the column `besides`."""
    return [
        getattr(record, field.attname)
        if is_plain
        else field.get_db_prep_save(field.pre_save(record, add=True), connection)
        for field, is_plain in _written(type(record), besides)
    ]


@cache
def _written(model: type[Model], besides: str) -> list[tuple[Field[Any, Any], bool]]:
    """The columns in order, and whether the driver takes the field's value as it is."""
    return [
        (field, _is_plain(field))
        for field in model._meta.concrete_fields
        if not field.primary_key and field.column != besides
    ]


def _is_plain(field: Field[Any, Any]) -> bool:
    stored = field.target_field if isinstance(field, models.ForeignKey) else field
    is_stamped = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return type(stored) in _PLAIN and not is_stamped


_PLAIN = {
    models.BigAutoField,
    models.BooleanField,
    models.CharField,
    models.DateField,
    models.DateTimeField,
    models.IntegerField,
    models.PositiveIntegerField,
    models.PositiveSmallIntegerField,
    models.TextField,
    models.UUIDField,
}


def stands(record: Model, key: Any) -> None:
    """The record is in its table under that key."""
    record.pk = key
    record._state.adding = False
