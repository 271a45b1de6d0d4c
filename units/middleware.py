"""Puts the acting person on every request, and on every row of history it causes."""

from collections.abc import Callable

import pghistory
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from units.actors import Actor


class ActorMiddleware:
    """`request.actor`, lazily: pages that need no database do none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: _actor_of(request))  # type: ignore[attr-defined]
        if request.method in {"GET", "HEAD", "OPTIONS"} or not request.user.is_authenticated:
            return self.get_response(request)
        with pghistory.context(user=request.user.pk, actor=request.user.name):
            return self.get_response(request)


def _actor_of(request: HttpRequest) -> Actor:
    return Actor.for_user(request.user) if request.user.is_authenticated else Actor.nobody()
