"""How addresses name a day."""

from __future__ import annotations

from datetime import date


class DayConverter:
    """A day of this century as 2026-11-24; anything else is no address of ours."""

    regex = "20[0-9]{2}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)  # ValueError: no match, so Not found

    def to_url(self, value: date) -> str:
        return value.isoformat()
