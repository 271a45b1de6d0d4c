"""How somebody reads the page: how large, and in which language. Kept in a cookie that says nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_supported_language_variant

from portal.session import PATH

COOKIE = "own_page_reading"
YEAR_S = 365 * 24 * 3600
SIZES = ("normal", "large", "largest")


@dataclass(frozen=True, slots=True)
class Reading:
    size: str
    language: str


def reading_of(request: HttpRequest, *, language: str = "", is_large_print: bool = False) -> Reading:
    """As they chose; else as their record says; else as their browser asks."""
    size, _, chosen = request.COOKIES.get(COOKIE, "").partition("|")
    asked = chosen or language or str(getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE))
    return Reading(size if size in SIZES else ("large" if is_large_print else "normal"), _supported(asked))


def remember_reading(response: HttpResponse, before: Reading, *, size: str, language: str) -> None:
    """What was chosen counts from now on; what is no choice changes nothing."""
    size = size if size in SIZES else before.size
    language = language if language in dict(settings.LANGUAGES) else before.language
    response.set_cookie(
        COOKIE,
        f"{size}|{language}",
        max_age=YEAR_S,
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _supported(language: str) -> str:
    try:
        return str(get_supported_language_variant(language))
    except LookupError:
        return settings.LANGUAGE_CODE
