"""What the exclusion constraints compare."""

from __future__ import annotations

from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary
from django.db.models import F, Func, Value


class SameKey(Func):
    """A key as a one-element range: scalar equality in an exclusion constraint without the btree_gist extension.

    Never over a nullable column: int8range(NULL, NULL, '[]') is unbounded and conflicts with everything.
    """

    function = "int8range"

    def __init__(self, column: str) -> None:
        self._column = column
        super().__init__(F(column), F(column), Value("[]"))

    def deconstruct(self) -> tuple[str, tuple[str], dict[str, str]]:
        return f"{type(self).__module__}.SameKey", (self._column,), {}


class Instants(Func):
    """`[starts_at, ends_at)` as a range: half-open, so that one visit may begin as another ends."""

    function = "tstzrange"
    output_field = DateTimeRangeField()

    def __init__(self) -> None:
        super().__init__(F("starts_at"), F("ends_at"), RangeBoundary())

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, str]]:
        return f"{type(self).__module__}.Instants", (), {}
