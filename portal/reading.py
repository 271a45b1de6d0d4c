"""How somebody reads the page: how large, and in which language. Kept in a cookie that says nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.http import HttpRequest, HttpResponse
from django.utils.translation.trans_real import parse_accept_lang_header

from portal.session import PATH

COOKIE = "own_page_reading"
YEAR_S = 365 * 24 * 3600
ENGLISH = "en"
SIZES = ("normal", "large", "largest")


@dataclass(frozen=True, slots=True)
class Reading:
    size: str
    language: str


def reading_of(request: HttpRequest, *, language: str = "", is_large_print: bool = False) -> Reading:
    """As they chose; else as their record says; else as their browser asks."""
    size, _, chosen = request.COOKIES.get(COOKIE, "").partition("|")
    by_browser = [code for code, _ in parse_accept_lang_header(request.headers.get("Accept-Language", ""))]
    spoken = next(filter(None, map(_spoken, (chosen, language, *by_browser))), ENGLISH)
    return Reading(size if size in SIZES else ("large" if is_large_print else "normal"), spoken)


def languages() -> list[tuple[str, str]]:
    """What the page can be read in, each by its own name."""
    return [(code, LANG_INFO.get(code, {}).get("name_local", code)) for code in settings.PATIENT_LANGUAGES]


def remember_reading(response: HttpResponse, before: Reading, *, size: str, language: str) -> None:
    """What was chosen counts from now on; what is no choice changes nothing."""
    size = size if size in SIZES else before.size
    language = language if language in settings.PATIENT_LANGUAGES else before.language
    response.set_cookie(
        COOKIE,
        f"{size}|{language}",
        max_age=YEAR_S,
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _spoken(language: str) -> str:
    """The language of the page for this code, a region's own before its language's; empty where it has neither."""
    code = language.lower()
    return next((one for one in (code, code.partition("-")[0]) if one in settings.PATIENT_LANGUAGES), "")
