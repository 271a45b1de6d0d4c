"""The unit a page is about. Somebody who works in several chooses one; the choice lives in the session."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest

from units.actors import Actor
from units.errors import NotAllowed
from units.models import Unit
from units.selectors import unit_by_public_id

SESSION_KEY = "unit"


def current_unit(request: HttpRequest) -> Unit:
    """The chosen unit if the actor still works there, else the first of theirs; read with their roles.

    Raises: NotAllowed, for somebody who works in no unit.
    """
    unit: Unit | None = getattr(request, "_current_unit", None)
    if unit is None:
        unit = _find(request)
        request._current_unit = unit  # type: ignore[attr-defined]
    return unit


def choose_unit(request: HttpRequest, public_id: UUID) -> Unit:
    """The unit is the current one from now on.

    Raises: NotFound, unless the actor works there.
    """
    unit = unit_by_public_id(_actor(request), public_id)
    request.session[SESSION_KEY] = str(unit.public_id)
    request._current_unit = unit  # type: ignore[attr-defined]
    return unit


def _find(request: HttpRequest) -> Unit:
    chosen = request.session.get(SESSION_KEY)
    units = _actor(request).units
    if not units:
        raise NotAllowed("You have no role in any unit yet. Ask the administrator of your unit to give you one.")
    return next((unit for unit in units if str(unit.public_id) == chosen), units[0])


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined]
