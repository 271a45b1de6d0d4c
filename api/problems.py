"""Refusals as problem documents (RFC 9457): a stable code for programs, a sentence for people."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.views import exception_handler as rest_handler

from units.errors import ClinicError, InvalidInput
from units.http import status_of

CONTENT_TYPE = "application/problem+json"


class ProblemSerializer(serializers.Serializer[Any]):
    """Why a request was refused. `code` never changes once published; `detail` is a sentence for a person."""

    type = serializers.CharField(help_text="`urn:infusion-clinic:` and the code.")
    status = serializers.IntegerField(help_text="The HTTP status again.")
    code = serializers.CharField(help_text="Stable; for programs.")
    detail = serializers.CharField(help_text="What happened and what to do, for a person.")
    facts = serializers.DictField(required=False, help_text="Values a program may want: ids, instants, counts.")
    fields = serializers.DictField(  # type: ignore[assignment]  # the document's name for it, not the class's own fields
        required=False, help_text="With `invalid_input`: what is wrong with which value."
    )


def problem(*, status: int, code: str, detail: str, **more: Any) -> Response:
    """A problem document as a response."""
    body = {"type": f"urn:infusion-clinic:{code}", "status": status, "code": code, "detail": detail, **more}
    return Response(body, status=status, content_type=CONTENT_TYPE)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Our refusals and the framework's own, in one shape. Anything else is a fault and stays a 500."""
    if isinstance(error, ClinicError):
        return _refusal(error)
    response = rest_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        return problem(
            status=422,
            code=InvalidInput.code,
            detail="Some values cannot be used.",
            fields=_by_field(response.data),
        )
    answer = problem(status=response.status_code, code=_code_of(error), detail=_detail_of(response))
    for name in ("WWW-Authenticate", "Retry-After", "Allow"):
        if name in response.headers:
            answer.headers[name] = response.headers[name]
    return answer


def _refusal(error: ClinicError) -> Response:
    facts = dict(error.facts)
    more: dict[str, Any] = {}
    if isinstance(error, InvalidInput):
        named = facts.pop("fields", {})
        more["fields"] = named if isinstance(named, dict) else {name: [error.sentence] for name in _names(named)}
    return problem(status=status_of(error), code=error.code, detail=error.sentence, facts=facts, **more)


def _names(named: object) -> list[str]:
    return [str(name) for name in named] if isinstance(named, list | tuple | set | frozenset) else []


def _by_field(data: Any) -> dict[str, Any]:
    """The framework gives a mapping, or a bare list where the whole body is wrong."""
    return data if isinstance(data, dict) else {"non_field_errors": data}


def _code_of(error: Exception) -> str:
    if isinstance(error, exceptions.APIException):
        return str(error.default_code)
    return {Http404: "not_found", PermissionDenied: "permission_denied"}.get(type(error), "refused")


def _detail_of(response: Response) -> str:
    return str(response.data.get("detail", "")) if isinstance(response.data, dict) else ""
