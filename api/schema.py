"""What the OpenAPI description says of every operation beyond its own answer: the refusals it may give."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from drf_spectacular.openapi import AutoSchema

from api.problems import CONTENT_TYPE, ProblemSerializer

_WORDS = {
    400: "The body is not JSON.",
    403: "Nobody is signed in, the CSRF token is missing, or the role does not allow it.",
    404: "There is no such record in the units of the person signed in.",
    406: "Only JSON can be had.",
    409: "Somebody or something else has it, or it changed meanwhile. Look again and choose anew.",
    415: "Only JSON is read.",
    422: "A value cannot be used, or a rule refuses: the code says which.",
}
_WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class ProblemSchema(AutoSchema):
    """Every operation documents the problem documents it can answer with.

    A view adds its own statuses, by method, as `problems`.
    """

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        if direction == "response":
            for status in sorted(self._problem_statuses()):
                body: dict[str, Any] = self._get_response_for_code(
                    ProblemSerializer, str(status), [CONTENT_TYPE], direction
                )
                bodies[str(status)] = {**body, "description": _WORDS[status]}
        return bodies

    def _problem_statuses(self) -> Iterable[int]:
        statuses = {403, 404, 406, *getattr(self.view, "problems", {}).get(self.method, ())}
        if self.method in _WITH_BODY:
            statuses |= {400, 415, 422}
        if self.method in _WRITING:
            statuses.add(409)
        return statuses
