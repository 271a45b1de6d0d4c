"""Filters of the admin's lists that ask in the ward's words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.utils.functional import Promise

Words = str | Promise


def titled(title: Words, kind: type[admin.FieldListFilter]) -> type[admin.FieldListFilter]:
    """The filter under another title than its field's name."""

    class Titled(kind):  # type: ignore[valid-type, misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.title = title

    return Titled


class AsWritten(admin.AllValuesFieldListFilter):
    """By a code, which stands as it is written: "tofersen" and not "Tofersen"."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        everything, *codes = super().choices(changelist)
        yield everything
        for code in codes:
            yield {**code, "is_as_written": True}


def set_or_not(title: Words, *, empty: Words, filled: Words) -> type[admin.FieldListFilter]:
    """Whether the field is filled in, in two words for what that means."""

    class SetOrNot(admin.EmptyFieldListFilter):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.title = title  # type: ignore[assignment]

        def choices(self, changelist: Any) -> Iterator[Any]:
            everything, is_empty, is_filled = super().choices(changelist)
            yield from (everything, {**is_empty, "display": empty}, {**is_filled, "display": filled})

    return SetOrNot
