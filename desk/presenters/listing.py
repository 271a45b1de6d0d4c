"""Lists: the part of one that a page shows, and addresses that keep its filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote, urlencode

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


def page_with(keys: Sequence[str], near: str, number: int, per_page: int = PER_PAGE) -> int:
    """The page on which that row stands; the page asked for where the list has no such row.

    >>> page_with(["a", "b", "c"], "c", 1, per_page=2), page_with(["a", "b", "c"], "x", 1, per_page=2)
    (2, 1)
    """
    return keys.index(near) // per_page + 1 if near in keys else number


def neighbours(keys: Sequence[str]) -> dict[str, str]:
    """For each row the one that stands in its place once it is gone.

    >>> neighbours(["a", "b", "c"]), neighbours(["a"])
    ({'a': 'b', 'b': 'c', 'c': 'b'}, {'a': ''})
    """
    return {key: (*keys[n + 1 : n + 2], *keys[n - 1 : n], "")[0] for n, key in enumerate(keys)}


PLACE = ("show", "sort", "page")


def place_in(path: str, asked: Mapping[str, str], near: str = "") -> str:
    """The list as it was left, for coming back to it from an act whose address carries its filters and its page.

    `near` is the row to stand on: its own after an act that leaves it there, else the one the act's address names.

    >>> place_in("/waiting/", {"page": "2", "near": "b", "x": "1"})
    '/waiting/?page=2&near=b#row-b'
    >>> place_in("/waiting/", {"page": "2"}), place_in("/waiting/", {}, "a")
    ('/waiting/?page=2', '/waiting/?near=a#row-a')
    """
    near = near or asked.get("near", "")
    kept = {name: asked.get(name, "") for name in PLACE}
    return address(path, kept, near=near) + (f"#row-{quote(near)}" if near else "")


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
