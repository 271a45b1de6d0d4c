"""A series as its page sends it: the doses with their slots, and which one somebody changed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from desk.forms.booking import wish_of
from scheduling.services.planning.series import MOST, USUAL, DosePlace
from units.errors import InvalidInput


@dataclass(frozen=True)
class SeriesWish:
    """How many doses, and the slots that stand; `is_to_book` for the button that books them."""

    count: int
    places: tuple[DosePlace, ...]
    is_to_book: bool
    changed: UUID | None = None


def count_in(text: str) -> int:
    """How many doses an address or a form asks for; the usual number for anything else.

    >>> count_in("3"), count_in("0"), count_in("40"), count_in("many")
    (3, 1, 13, 6)
    """
    return min(max(int(text), 1), MOST) if text.isdecimal() and len(text) < 4 else USUAL


def series_wish(posted: QueryDict) -> SeriesWish:
    """What was chosen. Another slot for one dose lets those of the later ones go: they are found again.

    Raises InvalidInput for anything our pages did not write.
    """
    places = [_place_of(text) for text in posted.getlist("place")[:MOST]]
    count = count_in(posted.get("n", ""))
    chosen = posted.get("choose", "")
    if not chosen:
        return SeriesWish(count, tuple(places), "book" in posted)
    changed = _place_of(chosen)
    doses = [one.dose_id for one in places]
    before = places[: doses.index(changed.dose_id)] if changed.dose_id in doses else places
    return SeriesWish(count, (*before, changed), is_to_book=False, changed=changed.dose_id)


def _place_of(text: str) -> DosePlace:
    """dose|starts_at|room|operator"""
    parts = text.split("|")
    if len(parts) != 4:
        raise InvalidInput(_("That choice cannot be read. Choose one of the slots shown."))
    try:
        dose_id = UUID(parts[0])
    except ValueError:
        raise InvalidInput(_("That choice cannot be read. Choose one of the slots shown.")) from None
    wish = wish_of({"starts_at": parts[1], "room": parts[2], "operator": parts[3]})
    return DosePlace(dose_id, wish.wanted)
