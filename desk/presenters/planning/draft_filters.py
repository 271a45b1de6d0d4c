"""The lines of a draft by what a coordinator looks for, and which boxes are ticked under each filter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from desk.looks import Tone, Words
from desk.presenters.listing import address
from desk.viewmodels import Chip
from scheduling.models import HorizonLine, ReplanLine

Line = TypeVar("Line", ReplanLine, HorizonLine)

LOOK, INSIDE = "look", "window"
ALL, NONE = "all", "none"


@dataclass(frozen=True)
class Filter(Generic[Line]):
    """Some lines of a draft; all of them without `keeps`."""

    key: str
    label: Words
    keeps: Callable[[Line], bool] | None = None
    icon: str = ""
    tone: Tone = "plain"


@dataclass(frozen=True)
class Picked:
    """What the page was asked for: `show` some lines only, `select` all of them, those in their window or none.

    `near` is the line that is worked on, shown whatever the filter. `kept` are the boxes that were ticked (True) or
    unticked before other lines were looked at, `ticked` the lines that were sent with a press that was refused.
    """

    show: str = ""
    select: str = ""
    near: str = ""
    kept: Mapping[str, bool] = field(default_factory=dict)
    ticked: Collection[str] | None = None

    def has(self, key: str, *, is_inside: bool) -> bool:
        """Whether the line's box is ticked: in its window it is, unless something else was asked for."""
        if self.ticked is not None:
            return key in self.ticked
        asked = {ALL: True, NONE: False, INSIDE: is_inside}
        return asked[self.select] if self.select in asked else self.kept.get(key, is_inside)


EVERYTHING = Picked()


def shown_of(lines: Iterable[Line], filters: Sequence[Filter[Line]], show: str, near: str = "") -> list[Line]:
    """The lines that the filter leaves, and the one that is worked on; all of them where there is no such filter."""
    keeps = next((one.keeps for one in filters if one.key == show), None)
    return [line for line in lines if keeps is None or str(line.public_id) == near or keeps(line)]


def chips_of(lines: Sequence[Line], filters: Sequence[Filter[Line]], picked: Picked, url: str) -> list[Chip]:
    """The filters, each with how many lines it leaves."""
    return [
        Chip(
            one.label,
            address(url, {}, show=one.key),
            len(shown_of(lines, [one], one.key)),
            one.icon,
            one.tone,
            is_current=one.key == picked.show,
        )
        for one in filters
    ]
