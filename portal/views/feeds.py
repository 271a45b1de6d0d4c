"""Calendar feeds. A program that has the newest is told so by one statement, without a calendar being written."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone
from django.utils.cache import patch_cache_control

from reminders.services.feeds import calendar_of, find_feed
from units.http import unless_known

READING = frozenset({"GET", "HEAD"})


@login_not_required
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The feed, or that it has not changed; 404 for an address that was ended or never was."""
    if request.method not in READING:
        return HttpResponseNotAllowed(sorted(READING))
    at = timezone.now()
    found = find_feed(token, at=at)
    if found is None:
        return _private(HttpResponse(status=404, content_type="text/plain; charset=utf-8"))

    def draw() -> HttpResponse:
        return HttpResponse(calendar_of(found, at=at), content_type="text/calendar; charset=utf-8")

    return _private(unless_known(request, found.mark, draw))


def _private(response: HttpResponse) -> HttpResponse:
    patch_cache_control(response, private=True, no_cache=True)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
