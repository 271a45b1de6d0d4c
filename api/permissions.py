"""The policy table, asked before a view runs."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from units.actors import Actor
from units.policy import Act


class ActPermission(BasePermission):
    """A view names its act as `act`, or one a method in `acts`; a view that names none is closed to everybody.

    Whether the act is allowed in the record's own unit is asked again by the selector or use case.
    """

    message = "Your role does not allow that. Ask your administrator."

    def has_permission(self, request: Request, view: Any) -> bool:
        acts: dict[str, Act] = getattr(view, "acts", {})
        act = acts.get(request.method or "", getattr(view, "act", None))
        actor: Actor = request._request.actor  # type: ignore[attr-defined]  # set by the middleware
        return act is not None and request.user.is_authenticated and actor.may_anywhere(act)
