"""One log line for a request that was refused or failed: by route and status, never by what somebody typed."""

from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware


class RequestLogMiddleware(RequestMiddleware):
    """Names the route, not the address: a query string holds what was searched for, and that is a patient's name."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        route = request.resolver_match.route if request.resolver_match else "no such page"
        return f"{request.method} {route}"
