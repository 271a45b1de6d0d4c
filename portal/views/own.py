"""What is around every answer to somebody without an account: whose link it is, and what a browser may keep of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Protocol

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from portal.reading import Reading, reading_of
from portal.selectors import actor_of, link_by_token
from portal.session import has_shown, remember
from reminders.models import PersonalLink
from reminders.people import PATIENT
from units.actors import Actor

READING = frozenset({"GET", "HEAD"})

# Not no-referrer: a browser then says of a form only that it came from nowhere, and the check against forged forms
# turns it away. This one never passes on more than the host.
REFERRER_POLICY = "strict-origin"


class OwnRequest(HttpRequest):
    """A request by a link that works. `actor` is whoever bears it; `is_open` says whether they showed the birthday."""

    link: PersonalLink
    own: Actor
    at: datetime
    reading: Reading
    is_open: bool


class OwnView(Protocol):
    def __call__(self, request: OwnRequest, *args: Any, **kwargs: Any) -> HttpResponse: ...


def by_link(*, methods: frozenset[str], is_gated: bool = True) -> Callable[[OwnView], Callable[..., HttpResponse]]:
    """The view runs for a link that works and, where `is_gated`, for somebody who has shown the birthday.

    Anybody else is led to the gate, with what they had pressed kept for when it opens. Every link that does not work
    gets one and the same answer.
    """

    def decorate(view: OwnView) -> Callable[..., HttpResponse]:
        @login_not_required
        @never_cache
        @sensitive_post_parameters()
        @wraps(view)
        def run(request: Any, token: str, **kwargs: Any) -> HttpResponse:
            response = _answer(request, token, kwargs)
            response.headers["Referrer-Policy"] = REFERRER_POLICY
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
            return response

        def _answer(request: Any, token: str, kwargs: dict[str, Any]) -> HttpResponse:
            if request.method not in methods | READING:
                return HttpResponseNotAllowed(sorted(methods | READING))
            request.at = timezone.now()
            link = link_by_token(token, at=request.at)
            if link is None:
                return gone(request)
            request.link, request.own = link, actor_of(link)
            request.is_open = has_shown(request, link)
            is_large = link.recipient == PATIENT and link.patient.flags.filter(code="large_print").exists()
            request.reading = reading_of(request, language=link.patient.language, is_large_print=is_large)
            with translation.override(request.reading.language):
                if request.method not in methods or (is_gated and not request.is_open):
                    return HttpResponseRedirect(page_url(token, request.POST or request.GET), status=303)
                response = view(request, token, **kwargs)
                if request.is_open and response.status_code < 400:
                    remember(response, link)
                return response

        return run

    return decorate


def page_url(token: str, asked: Any) -> str:
    """The page, with the visit and the answer that somebody had in hand; nothing is answered by opening it."""
    kept = [(name, str(asked.get(name, ""))[:36]) for name in ("s", "visit", "answer")]
    query = "&".join(f"{name}={value}" for name, value in kept if value.replace("-", "").isalnum())
    return reverse("portal:page", args=[token]) + (f"?{query}" if query else "")


def gone(request: HttpRequest) -> HttpResponse:
    """What every link that does not work is answered, whatever the reason: it names nobody."""
    reading = reading_of(request)
    with translation.override(reading.language):
        return render(request, "portal/gone.html", {"reading": reading}, status=404)
