"""Pages for what went wrong. None of them quotes an exception: its words may name a patient."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.views.decorators.csrf import requires_csrf_token


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(None, 400)


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 403)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without the request: the frame asks the database, which may be what failed."""
    return _page(None, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was filled in before a sign-in or after a sign-out; the page says to load it again.

    Asked by htmx, the whole page is loaded again instead, which brings it a token of this sign-in.
    """
    response = _page(None, 403, "403_csrf.html")
    if request.headers.get("HX-Request") == "true":
        response.headers["HX-Refresh"] = "true"
    return response


def _page(request: HttpRequest | None, status: int, template: str = "") -> HttpResponse:
    if request is not None:
        request.is_refused = True  # type: ignore[attr-defined]  # the frame then asks the database for little
    return HttpResponse(loader.render_to_string(template or f"{status}.html", request=request), status=status)
