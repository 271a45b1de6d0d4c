"""What happens around every page: who is acting, and how long a sign-in lasts."""

from collections.abc import Callable
from typing import cast
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from units import sign_in
from units.actors import Actor
from units.backends import actor_of

GetResponse = Callable[[HttpRequest], HttpResponse]


class ActorMiddleware:
    """`request.actor`, lazily: pages that need no database do none."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = cast("Actor", SimpleLazyObject(lambda: _actor_of(request)))  # type: ignore[attr-defined]
        return self.get_response(request)


def _actor_of(request: HttpRequest) -> Actor:
    return actor_of(request.user) if request.user.is_authenticated else Actor.nobody()


class SessionLimitsMiddleware:
    """A sign-in ends after a time without use, and after a long shift in any case.

    A page that refreshes itself sends `X-Background: 1`; that is not use, or an open day board would never sign out.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # The session is asked, not the user: whoever carries no session cookie costs no query.
        if request.session.session_key and SESSION_KEY in request.session:
            self._apply(request)
        return self.get_response(request)

    def _apply(self, request: HttpRequest) -> None:
        now = timezone.now()
        if sign_in.has_ended(request.session, now):
            logout(request)
            messages.info(request, _("You were signed out because nobody had used this page for a while."))
        elif request.headers.get("X-Background") != "1":
            sign_in.note_use(request.session, now)


class HtmxSignInMiddleware:
    """A part of a page asked for after the sign-in ended opens the sign-in page, not a sign-in page inside a panel."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.headers.get("HX-Request") != "true" or response.status_code != 302:
            return response
        sign_in_page = resolve_url(settings.LOGIN_URL)
        if urlsplit(response.headers["Location"]).path != sign_in_page:
            return response
        url = urlsplit(request.headers.get("HX-Current-URL", ""))
        page = (url.path or "/") + (f"?{url.query}" if url.query else "")
        return HttpResponse(headers={"HX-Redirect": f"{sign_in_page}?{urlencode({'next': page})}"})
