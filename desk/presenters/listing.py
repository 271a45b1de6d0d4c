"""Lists: the part of one that a page shows, and addresses that keep its filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from desk.viewmodels import Pager

T = TypeVar("T")

PER_PAGE = 30


def address(path: str, kept: Mapping[str, str], **changed: str | int | None) -> str:
    """The path with the list's filters, some of them changed; empty ones are left out.

    >>> address("/doses/", {"show": "overdue", "page": "2"}, page=None)
    '/doses/?show=overdue'
    """
    merged = {**kept, **{name: "" if value is None else str(value) for name, value in changed.items()}}
    query = urlencode({name: value for name, value in merged.items() if value})
    return f"{path}?{query}" if query else path


def page_number(text: str) -> int:
    """The page asked for; 1 for anything that is no page number.

    >>> page_number("3"), page_number("-1"), page_number("x"), page_number("²")
    (3, 1, 1, 1)
    """
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def bounds(total: int, number: int, per_page: int = PER_PAGE) -> tuple[int, int]:
    """The half-open range of rows on a page; of the last page where the number is beyond it.

    >>> bounds(61, 3, 30), bounds(61, 9, 30), bounds(0, 1, 30)
    ((60, 61), (60, 61), (0, 0))
    """
    last = max(1, -(-total // per_page))
    first = (min(number, last) - 1) * per_page
    return first, min(first + per_page, total)


def pager(total: int, number: int, path: str, kept: Mapping[str, str], per_page: int = PER_PAGE) -> Pager:
    """Where in the list the page is, with the way to its neighbours."""
    first, last = bounds(total, number, per_page)
    current = first // per_page + 1
    return Pager(
        first=first + 1 if total else 0,
        last=last,
        total=total,
        previous_url=address(path, kept, page=current - 1 if current > 2 else None) if current > 1 else "",
        next_url=address(path, kept, page=current + 1) if last < total else "",
    )


def cut(rows: Sequence[T], number: int, per_page: int = PER_PAGE) -> Sequence[T]:
    """The rows of one page."""
    first, last = bounds(len(rows), number, per_page)
    return rows[first:last]
