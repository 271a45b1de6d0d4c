"""What the answers of pages, feeds and the API have in common: a refusal's status, the mark of what is unchanged."""

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags

from units.errors import ClinicError

STATUS = {
    "not_allowed": 403,
    "not_found": 404,
    "invalid_input": 422,
    # Somebody or something else has it, or it changed meanwhile: look again and choose anew.
    "slot_taken": 409,
    "patient_elsewhere": 409,
    "dose_already_booked": 409,
    "dose_already_given": 409,
    "dose_reserved_by_other": 409,
    "stale_page": 409,
    "not_in_that_state": 409,
    "undo_too_late": 409,
    "cannot_offer": 409,
    "offer_over": 409,
    "replan_outdated": 409,
    "swap_refused": 409,
    "series_refused": 409,
    "in_other_unit": 409,
    "patient_exists": 409,
    "already_on_record": 409,
    "item_already_done": 409,
    "item_taken": 409,
    "run_is_closed": 409,
    "letters_changed": 409,
    "item_asks_questions": 409,
    "list_overtaken": 409,
    "dose_left_out": 409,
    "decision_not_standing": 409,
    "plan_not_ended": 409,
    "patient_has_died": 409,
    "patient_not_deceased": 409,
}


def status_of(error: ClinicError) -> int:
    """409 for what somebody else has, 403 and 404 for access, 422 for every rule that refuses."""
    return STATUS.get(error.code, 422)


def unless_known(
    request: HttpRequest, mark: str, draw: Callable[[], HttpResponse], headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """What `draw` makes, under its mark; 304, without drawing, for who has what the mark stands for (RFC 9110, 13.1.2).

    The mark is weak: it stays the same when the answer is compressed on its way.
    """
    own = f'"{mark}"'
    asked = {tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))}
    response = HttpResponseNotModified() if asked & {own, "*"} else draw()
    for name, value in {"ETag": f"W/{own}", **(headers or {})}.items():
        response.headers[name] = value
    return response
