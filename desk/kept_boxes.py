"""What somebody ticked and unticked in a draft, kept for their session while they look at other lines of it.

For browsers without JavaScript, whose boxes travel with each press that shows other lines or plans again; with it the
tab keeps them (static/js/accept.js). The latest draft's alone are kept, so that a session stays small.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from desk.pages import uuid_or_none

if TYPE_CHECKING:
    from desk.pages import StaffRequest
    from scheduling.models import Horizon, Replan

KEY = "draft_boxes"


def keep_boxes(request: StaffRequest, draft: Replan | Horizon) -> None:
    """The boxes of the page that was sent stand as they are when the draft is shown again; the others as before."""
    if "here" not in request.POST:
        return
    seen, key = request.POST.get("seen", ""), str(draft.public_id)
    here = {str(one) for one in map(uuid_or_none, request.POST.get("here", "").split(",")) if one is not None}
    ticked = here & set(request.POST.getlist("take"))
    before = request.session.get(KEY, {})
    on, off = (set(before[name]) if before.get("draft") == key else set() for name in ("on", "off"))
    if before.get("seen") != seen:
        on = set()
    request.session[KEY] = {
        "draft": key,
        "seen": seen,
        "on": sorted(on - here | ticked),
        "off": sorted(off - here | here - ticked),
    }


def kept_boxes(request: StaffRequest, draft: Replan | Horizon) -> Mapping[str, bool]:
    """By the line, whether its box was ticked. Unticked stays so when the draft is planned again; ticked does not."""
    kept = request.session.get(KEY, {})
    if kept.get("draft") != str(draft.public_id):
        return {}
    on = kept["on"] if kept["seen"] == draft.planned_at.isoformat() else ()
    return dict.fromkeys(kept["off"], False) | dict.fromkeys(on, True)
