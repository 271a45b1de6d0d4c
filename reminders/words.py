"""Days, times and lengths in words, in the reader's language and the unit's zone."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import formats, translation
from django.utils.translation import gettext, ngettext


def day_words(local: datetime, language: str) -> str:
    """The local day: Tuesday 1 December 2026."""
    with translation.override(language):
        if _is_english(language):
            return formats.date_format(local, "l j F Y")
        return formats.date_format(local, "l, ") + formats.date_format(local, "DATE_FORMAT")


def time_words(local: datetime, language: str) -> str:
    """The local time as it is said: 9:30am, 1pm, midday; by the 24-hour clock outside English.

    Source: NHS digital service manual, numbers and times.
    """
    if not _is_english(language):
        with translation.override(language):
            return formats.time_format(local, "TIME_FORMAT")
    if (local.hour, local.minute) == (12, 0):
        return "midday"
    if (local.hour, local.minute) == (0, 0):
        return "midnight"
    minutes = f":{local.minute:02d}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


def length_words(length: timedelta, language: str) -> str:
    """How long something takes: about 3 hours 30 minutes."""
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    with translation.override(language):
        parts = []
        if hours:
            parts.append(ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours})
        if minutes or not hours:
            parts.append(ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes})
        return gettext("about %(length)s") % {"length": " ".join(parts)}


def _is_english(language: str) -> bool:
    return language.partition("-")[0].lower() == "en"
