"""What the exclusion constraints compare."""

from __future__ import annotations

from django.contrib.postgres.fields import DateTimeRangeField, IntegerRangeField, RangeBoundary
from django.db.models import BooleanField, F, Func, Value
from django.db.models.functions import Coalesce, Greatest


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


class Staying(Func):
    """From admission, the day before or on the day, to leaving: when a visit has its patient."""

    function = "tstzrange"
    output_field = DateTimeRangeField()

    def __init__(self) -> None:
        super().__init__(Coalesce(F("admitted_at"), F("starts_at")), F("ends_at"), RangeBoundary())

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, str]]:
        return f"{type(self).__module__}.Staying", (), {}


class _Seconds(Func):
    """Seconds of a day that a clock time stands for."""

    template = "extract(epoch FROM (%(expressions)s)::time)::integer"


class _EndingSeconds(Func):
    """As `_Seconds`, 00:00 being the midnight that ends the day."""

    template = "coalesce(nullif(extract(epoch FROM (%(expressions)s)::time)::integer, 0), 86400)"


class ClockTimes(Func):
    """`[starts_at, ends_at)` on the wall clock of a day, as a range of seconds; empty where they are out of order."""

    function = "int4range"
    output_field = IntegerRangeField()

    def __init__(self) -> None:
        starts = _Seconds(F("starts_at"))
        super().__init__(starts, Greatest(starts, _EndingSeconds(F("ends_at"))))

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, str]]:
        return f"{type(self).__module__}.ClockTimes", (), {}


class NoneBefore(Func):
    """Whether no time of an array comes before a time; true of an empty one."""

    template = "(%(expressions)s))"
    output_field = BooleanField()

    def __init__(self, at: str, each: str) -> None:
        self._columns = at, each
        super().__init__(F(at), F(each), arg_joiner=" <= ALL(")

    def deconstruct(self) -> tuple[str, tuple[str, str], dict[str, str]]:
        return f"{type(self).__module__}.{type(self).__name__}", self._columns, {}


class AllBefore(NoneBefore):
    """Whether every time of an array comes before a time; true of an empty one."""

    def __init__(self, at: str, each: str) -> None:
        super().__init__(at, each)
        self.extra["arg_joiner"] = " > ALL("
