"""What every page's frame shows: the unit, the places and their counts, who is signed in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from desk.presenters.framing import Counts, frame_of
from desk.presenters.patients.purposes import purpose_at
from desk.presenters.reader import Reader
from desk.selectors import open_counts
from desk.viewmodels import Frame
from units.actors import Actor
from units.current import current_unit
from units.errors import NotAllowed


def frame(request: HttpRequest) -> dict[str, Any]:
    """The frame; None until somebody with a role in some unit has signed in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"frame": None}
    try:
        return {"frame": _frame(request)}
    except NotAllowed:
        return {"frame": None}


def _frame(request: HttpRequest) -> Frame:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    unit = current_unit(request)
    reader = Reader(actor, unit, getattr(request, "at", None) or timezone.now())
    is_part = bool(getattr(request, "htmx", False)) or request.headers.get("X-Background") == "1"
    # A page that says why there is no page counts nothing (clinic.errors).
    is_part = is_part or getattr(request, "is_refused", False)
    counts = Counts() if is_part else Counts(*open_counts(actor, unit=unit, at=reader.at))
    units = actor.units if not is_part else (unit,)
    match = request.resolver_match
    return frame_of(reader, units, counts, purpose_at(match.view_name if match else "", request.GET.get("for", "")))
