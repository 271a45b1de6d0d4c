"""What every page of the desk has around it: the act it needs, the current unit, its wall clock, and refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Protocol
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from desk.errors import InOtherUnit
from desk.refusals import answer
from units.actors import Actor
from units.current import current_unit
from units.errors import ClinicError
from units.models import Unit
from units.policy import Act

READING = frozenset({"GET", "HEAD"})


class StaffRequest(HttpRequest):
    """A request of somebody who may be here: `unit` is the current one, `at` the instant the answer is about."""

    actor: Actor
    htmx: HtmxDetails
    unit: Unit
    at: datetime


class StaffView(Protocol):
    """A page: takes the request and what its address names."""

    def __call__(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse: ...


def page(act: Act | None, *, methods: frozenset[str] = READING) -> Callable[[StaffView], StaffView]:
    """The view runs for those whose role carries `act` in the current unit, in that unit's zone.

    `act` None is for pages anybody with a role may open. A refusal inside becomes a page or a part of one
    (`desk.refusals`). Whether the act is allowed in the record's own unit is asked again by selector and use case.
    """

    def decorate(view: StaffView) -> StaffView:
        @never_cache
        @wraps(view)
        def run(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods:
                return HttpResponseNotAllowed(sorted(methods))
            request.at = timezone.now()
            try:
                request.unit = current_unit(request)
                if act is not None:
                    request.actor.require(act, request.unit.pk)
                with timezone.override(request.unit.zone):
                    return view(request, *args, **kwargs)
            except ClinicError as error:
                return answer(request, error)

        run.act = act  # type: ignore[attr-defined]  # read by the walk over every address
        return run

    return decorate


def action(act: Act | None, *, page_of_it: Callable[..., str]) -> Callable[[StaffView], StaffView]:
    """As `page`, for a view that only changes something.

    Asking for it, which happens on a reload or when signing in again after a form was sent, opens the page it belongs
    to: `page_of_it` takes what the address names, and the filters and the page of a list come along.
    """

    def decorate(view: StaffView) -> StaffView:
        def run(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method in READING:
                url, query = page_of_it(*args, **kwargs), request.GET.urlencode()
                return HttpResponseRedirect(f"{url}{'&' if '?' in url else '?'}{query}" if query else url)
            return view(request, *args, **kwargs)

        return page(act, methods=READING | {"POST"})(wraps(view)(run))

    return decorate


def form_page(act: Act) -> Callable[[StaffView], StaffView]:
    """As `page`, for a view that shows a form and takes it."""
    return page(act, methods=READING | {"POST"})


def stay_in(request: StaffRequest, unit: Unit) -> None:
    """The record's unit is the one this person works in now. Raises InOtherUnit."""
    if unit.pk != request.unit.pk:
        raise InOtherUnit(unit)


def go(request: StaffRequest, url: str) -> HttpResponse:
    """The browser goes to that page, also when a part of a page asked."""
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def is_for_panel(request: StaffRequest) -> bool:
    """Whether the answer goes into the panel beside a list."""
    return bool(request.htmx) and request.htmx.target == "panel"


def uuid_or_none(text: str) -> UUID | None:
    """The identifier in a form or an address, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None
