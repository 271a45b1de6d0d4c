"""What has just happened, said at the foot of the page, with Undo where it is safe.

A toast is one of Django's messages, so it survives the redirect after a POST. The address of its Undo travels in
the message's extra tags, which are stored in the session beside the words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

from desk.looks import Words

Tone = Literal["ok", "warn", "stop", "plain"]
LEVELS: dict[Tone, int] = {
    "ok": messages.SUCCESS,
    "warn": messages.WARNING,
    "stop": messages.ERROR,
    "plain": messages.INFO,
}
TONES: dict[int, Tone] = {level: tone for tone, level in LEVELS.items()}
ICONS: dict[Tone, str] = {"ok": "circle-check", "warn": "triangle-alert", "stop": "circle-alert", "plain": "info"}


@dataclass(frozen=True)
class Toast:
    """As drawn. `seconds` is None on a toast that stays until it is put away: an error is never timed."""

    text: str
    tone: Tone
    icon: str
    undo_url: str = ""
    seconds: int | None = None


def say(request: HttpRequest, text: Words, *, tone: Tone = "ok", undo_url: str = "", seconds: int = 20) -> None:
    """The next page or fragment shows `text`; with `undo_url`, an Undo that is posted there for `seconds`."""
    tags = urlencode({"undo": undo_url, "seconds": seconds}) if undo_url else ""
    messages.add_message(request, LEVELS[tone], str(text), extra_tags=tags)


def toast_of(message: Message) -> Toast:
    """The message as a toast, whoever wrote it (the admin and the sign-in pages write plain ones)."""
    tone = TONES.get(message.level, "plain")
    tags = dict(parse_qsl(message.extra_tags or ""))
    undo_url = tags.get("undo", "")
    is_timed = tone in ("ok", "plain")
    seconds = int(tags.get("seconds", "20")) if is_timed else None
    return Toast(str(message.message), tone, ICONS[tone], undo_url, seconds)
