"""Who has shown their birthday lately, in a cookie of its own: signed, short, and no use among the staff's pages."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from reminders.models import PersonalLink

COOKIE = "own_page"
PATH = "/v/"
LASTS_S = 30 * 60
"""So long without use, and the birthday is asked for again. Local policy."""

_SALT = "portal.session"


@dataclass(frozen=True, slots=True)
class Holder:
    """A patient, or somebody who looks after them, by the keys that their links carry."""

    patient_id: int
    recipient: str


def holder_of(link: PersonalLink) -> Holder:
    """Whose link it is."""
    return Holder(link.patient_id, link.recipient)


def has_shown(request: HttpRequest, link: PersonalLink) -> bool:
    """Whether the browser's cookie is of the person whose link this is, and young enough."""
    try:
        value = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=LASTS_S)
        return Holder(*value) == holder_of(link)
    except (signing.BadSignature, TypeError):
        return False


def remember(response: HttpResponse, link: PersonalLink) -> None:
    """Begun, or begun anew: each use of the page lengthens it."""
    response.set_cookie(
        COOKIE,
        signing.dumps([link.patient_id, link.recipient], salt=_SALT),
        max_age=LASTS_S,
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponse) -> None:
    """The browser is anybody's again."""
    response.delete_cookie(COOKIE, path=PATH, samesite="Lax")
