"""Signing in: who tries, from where, and how long a sign-in lasts (so long without use, one long shift at most)."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

SIGNED_IN_AT = "signed_in_at"
LAST_USED_AT = "last_used_at"
# Writing the session for each click would cost an UPDATE a page; a minute's blur is nothing against half an hour.
NOTED_EVERY = timedelta(minutes=1)


def begin(session: MutableMapping[str, Any], now: datetime) -> None:
    """The session knows when its person signed in."""
    session[SIGNED_IN_AT] = session[LAST_USED_AT] = now.timestamp()


def has_ended(session: MutableMapping[str, Any], now: datetime) -> bool:
    """Whether the sign-in is over: unused too long, or begun too long ago.

    A session without the times did not come from our sign-in, and is over.
    """
    try:
        signed_in_at, last_used_at = float(session[SIGNED_IN_AT]), float(session[LAST_USED_AT])
    except (KeyError, TypeError, ValueError):
        return True
    unused, lasted = now.timestamp() - last_used_at, now.timestamp() - signed_in_at
    return bool(unused >= settings.SESSION_IDLE_SECONDS or lasted >= settings.SESSION_COOKIE_AGE)


def note_use(session: MutableMapping[str, Any], now: datetime) -> None:
    """The session knows that its person was here, to the minute."""
    if now.timestamp() - float(session[LAST_USED_AT]) >= NOTED_EVERY.total_seconds():
        session[LAST_USED_AT] = now.timestamp()


def begin_on_sign_in(request: HttpRequest, **_: Any) -> None:
    """Receiver of Django's `user_logged_in`."""
    begin(request.session, timezone.now())


def address_tried(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:
    """The address somebody tried to sign in with, as we compare it: failures under Ann@ and ann@ count together."""
    tried = (credentials or {}).get("username")
    if tried is None and request is not None:
        tried = request.POST.get("username")
    return str(tried or "").strip().lower()


def client_address(request: HttpRequest) -> str:
    """Where a request came from.

    Behind our proxy this is the last address it wrote down, never one that a browser claims to pass on.
    """
    passed_on = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.BEHIND_PROXY else ""
    return passed_on.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))
