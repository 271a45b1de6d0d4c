"""What every page's frame shows: the unit, the counts in the menu."""

from typing import Any

from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """Empty until somebody has signed in."""
    return {"actor": getattr(request, "actor", None)}
