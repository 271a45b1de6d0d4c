"""Refusals as problem documents (RFC 9457): a stable code for programs, a sentence for people."""

from typing import Any

from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as rest_handler

from units.errors import ClinicError
from units.http import status_of

CONTENT_TYPE = "application/problem+json"


def problem(*, status: int, code: str, detail: str, **more: Any) -> Response:
    """A problem document as a response."""
    body = {"type": f"urn:infusion-clinic:{code}", "status": status, "code": code, "detail": detail, **more}
    return Response(body, status=status, content_type=CONTENT_TYPE)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Our refusals and the framework's own, in one shape. Anything else is a fault and stays a 500."""
    if isinstance(error, ClinicError):
        return problem(status=status_of(error), code=error.code, detail=error.sentence, facts=error.facts)
    response = rest_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        return problem(status=422, code="invalid_input", detail="Some values cannot be used.", fields=response.data)
    code = error.default_code if isinstance(error, exceptions.APIException) else "not_found"
    detail = str(response.data.get("detail", "")) if isinstance(response.data, dict) else ""
    answer = problem(status=response.status_code, code=code, detail=detail)
    for name in ("WWW-Authenticate", "Retry-After", "Allow"):
        if name in response.headers:
            answer.headers[name] = response.headers[name]
    return answer
