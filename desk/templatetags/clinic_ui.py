"""The components as template tags, and dates as people say them.

{% load clinic_ui %}
{% icon "bed" %}                          an icon from the sprite, hidden from screen readers
{{ dose.target_on|day }}                  Tue 24 Nov
{{ dose.target_on|relative_day:today }}   in 3 days
{{ visit.starts_at|clock }}               09:00, in the current time zone
{% badge "arrived" %} {% badge row.badge %}
{% patient_banner panel.banner today=frame.today %}
{% patient_hit hit today is_near=True %}
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from functools import cache, lru_cache
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext, override

from desk.looks import Badge, badge_for
from desk.toasts import toast_of
from desk.viewmodels import Action, Banner, Hit

register = template.Library()
Moment = date | datetime | None


# --- icons and badges ------------------------------------------------------------------------------------------------
@register.simple_tag
def icon(name: str, size: str = "") -> SafeString | str:
    """Always beside words, so it says nothing to a screen reader; no name draws nothing."""
    return _icon(name, size, static("vendor/lucide/sprite.svg")) if name else ""


@lru_cache(1_000)
def _icon(name: str, size: str, sprite: str) -> SafeString:
    """Remembered: a page draws the same few dozens of times."""
    return format_html(
        '<svg class="icon{}" width="16" height="16" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        f" icon--{size}" if size else "",
        sprite,
        name,
    )


@register.inclusion_tag("components/badge.html")
def badge(state: str | Badge, text: str = "") -> dict[str, Any]:
    """A state's own words, or `text` with the state's look, or a Badge as it is."""
    return {"badge": state if isinstance(state, Badge) else badge_for(state, text)}


@register.simple_tag
def patient_hit(hit: Hit, today: date, *, is_near: bool) -> SafeString:
    """A patient found by what is being typed: drawn at each letter."""
    pattern = _patient_hit(get_language(), is_near=is_near, is_alike=bool(hit.alike), has_died=bool(hit.died_on))
    return format_html(
        pattern,
        url=hit.url,
        key=hit.key,
        name=f"{hit.family_name.upper()}, {hit.given_name}",
        born=short_date(hit.birth_date),
        age=age(hit.birth_date, today),
        nhs=nhs_number(hit.nhs_number),
        hospital=hit.hospital_number,
        unit=hit.unit,
        next=hit.next_text,
        died=short_date(hit.died_on),
        alike=hit.alike,
    )


@cache
def _patient_hit(language: str | None, **kind: bool) -> SafeString:
    """Such a patient, composed once: the template has a {place} for each value."""
    with override(language):
        return render_to_string("components/hit.html", kind)


@register.inclusion_tag("components/patient_banner.html")
def patient_banner(
    patient: Banner, *, form: str = "full", today: date | None = None, close_url: str = "", level: int = 2
) -> dict[str, Any]:
    """`form` is "full" on a patient's own page and "short" in a panel; neither ever leaves out an alert."""
    return {"patient": patient, "form": form, "today": today, "close_url": close_url, "level": level}


@register.inclusion_tag("components/action.html", takes_context=True)
def action(context: template.Context, button: Action, size: str = "", extra: str = "") -> dict[str, Any]:
    """A link that goes or opens the panel, or a form of its own that posts."""
    return {"action": button, "size": size, "extra": extra, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("components/toasts.html", takes_context=True)
def toasts(context: template.Context, messages: Iterable[Message] | None = None) -> dict[str, Any]:
    return {"toasts": [toast_of(message) for message in messages or ()], "csrf_token": context.get("csrf_token")}


# --- dates and times -------------------------------------------------------------------------------------------------
@register.filter
def day(value: Moment, today: date | None = None) -> str:
    """Tue 24 Nov; given `today`, with the year once it is more than ten months away.

    >>> day(date(2026, 11, 24))
    'Tue 24 Nov'
    >>> day(date(2025, 11, 24), date(2026, 11, 24))
    'Mon 24 Nov 2025'
    """
    on = _local_date(value)
    if on is None:
        return ""
    is_far = today is not None and abs((on - today).days) > 300
    return formats.date_format(on, "D j M Y" if is_far else "D j M")


@register.filter
def short_date(value: Moment) -> str:
    """24 Nov 2026, for birthdays, expiries and tables of years."""
    on = _local_date(value)
    return _short_date(on, get_language()) if on else ""


@lru_cache(10_000)
def _short_date(on: date, language: str | None) -> str:
    """Remembered, since lists and hits say the same birthdays over and over."""
    with override(language):
        return formats.date_format(on, "j M Y")


@register.filter
def long_day(value: Moment) -> str:
    """Tuesday 24 November, for headings."""
    on = _local_date(value)
    return formats.date_format(on, "l j F") if on else ""


@register.filter
def relative_day(value: Moment, today: date | None) -> str:
    """In 3 days, tomorrow, 5 days ago; from two months on in weeks.

    >>> relative_day(date(2026, 11, 19), date(2026, 11, 24))
    '5 days ago'
    >>> relative_day(date(2026, 11, 25), date(2026, 11, 24))
    'tomorrow'
    """
    on = _local_date(value)
    if on is None or today is None:
        return ""
    days = (on - today).days
    near = {0: gettext("today"), 1: gettext("tomorrow"), -1: gettext("yesterday")}
    if days in near:
        return near[days]
    count = abs(days)
    if count < 60:
        text = ngettext("in %(n)d day", "in %(n)d days", count) if days > 0 else ""
        text = text or ngettext("%(n)d day ago", "%(n)d days ago", count)
        return text % {"n": count}
    weeks = round(count / 7)
    text = ngettext("in %(n)d week", "in %(n)d weeks", weeks) if days > 0 else ""
    return (text or ngettext("%(n)d week ago", "%(n)d weeks ago", weeks)) % {"n": weeks}


@register.filter
def clock(value: datetime | time | None) -> str:
    """09:00, by the 24-hour clock of the current time zone."""
    if value is None:
        return ""
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return value.strftime("%H:%M")


@register.filter
def clock_seconds(value: datetime | None) -> str:
    return timezone.localtime(value).strftime("%H:%M:%S") if value else ""


@register.filter
def machine_time(value: Moment) -> str:
    """For `datetime` attributes: the exact value beside the words."""
    return value.isoformat() if value is not None else ""


@register.filter
def age(birth_date: date | None, today: date | None) -> str:
    """Whole years.

    >>> age(date(1971, 7, 2), date(2026, 11, 24))
    '55'
    >>> age(date(1971, 12, 2), date(2026, 11, 24))
    '54'
    """
    if birth_date is None or today is None:
        return ""
    had_birthday = (today.month, today.day) >= (birth_date.month, birth_date.day)
    return str(today.year - birth_date.year - (0 if had_birthday else 1))


# --- numbers ---------------------------------------------------------------------------------------------------------
@register.filter
def nhs_number(value: str | None) -> str:
    """Three, three, four, as it is read aloud.

    >>> nhs_number("9990308241")
    '999 030 8241'
    """
    digits = "".join(character for character in value or "" if character.isdigit())
    if not digits:
        return gettext("not known")
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}"


@register.filter
def signed(value: int | None) -> str:
    """Days late with their sign, a true minus for early ones; a dash where it is not known.

    >>> signed(2), signed(0), signed(-1)
    ('+2', '0', '−1')
    """
    if value is None:
        return "–"
    return f"+{value}" if value > 0 else str(value).replace("-", "−")


@register.filter
def surname(name: str) -> str:
    """The part before the comma of "Lindqvist, Marta"."""
    return name.partition(",")[0]


def _local_date(value: Moment) -> date | None:
    if isinstance(value, datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value
