"""Days, times and lengths in words, in the reader's language and the unit's zone."""

from __future__ import annotations

from datetime import datetime, timedelta

import phonenumbers
from django.conf import settings
from django.utils import formats, translation
from django.utils.translation import gettext, ngettext

from reminders.ical.cleaning import clean_line


def day_words(local: datetime, language: str) -> str:
    """The local day: Tuesday 1 December 2026."""
    with translation.override(language):
        if _is_english(language):
            return formats.date_format(local, "l j F Y")
        return formats.date_format(local, "l, ") + formats.date_format(local, "DATE_FORMAT")


def short_day_words(local: datetime, language: str) -> str:
    """The local day where every letter counts: Tue 1 Dec."""
    with translation.override(language):
        return formats.date_format(local, "D j M")


def is_right_to_left(language: str) -> bool:
    """Whether the language is written from right to left."""
    return language.partition("-")[0].lower() in settings.LANGUAGES_BIDI


def in_one_piece(text: str, language: str) -> str:
    """A number or address that keeps its own order inside a text written from right to left."""
    if not text or not is_right_to_left(language):
        return text
    return f"\N{LEFT-TO-RIGHT ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}"


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


def phone_words(number: str) -> str:
    """A telephone number as people dial it: without the country's code at home, with it from elsewhere.

    >>> phone_words("+441632960001")
    '01632 960001'
    """
    home = settings.PHONENUMBER_DEFAULT_REGION
    try:
        parsed = phonenumbers.parse(number, home)
    except phonenumbers.NumberParseException:
        return clean_line(number)
    is_home = parsed.country_code == phonenumbers.country_code_for_region(home)
    form = phonenumbers.PhoneNumberFormat.NATIONAL if is_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)


def _is_english(language: str) -> bool:
    return language.partition("-")[0].lower() == "en"
