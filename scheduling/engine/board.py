"""What is known of some days: the open lists, who is taken when, and the recovery pool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scheduling.engine.bits import Busy
from scheduling.engine.hours import OpenHours
from scheduling.engine.recovery import Held

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Board:
    """The days a search looks at.

    `hours` in order of day, opening and room (as `open_hours` gives them). `busy` holds whatever takes a resource:
    visits, reservations, closures, leave; its horizon must cover the days. `recovery_ids` is the pool in the order of
    preference. `held` names every row that takes a place of the pool; without it a search packs nothing again.

    `barred` has, by room, ticks in which a procedure of this visit may not run there for what runs in the area then.
    `nursed` has the ticks in which the nurses on duty can take one more patient into recovery (None: no such limit).
    `shut` has, by resource, what closures and leave alone take of it, which `busy` holds too: only words ask for it.
    All are bits counted from the first tick of `busy`.
    """

    hours: tuple[OpenHours, ...]
    busy: Busy
    recovery_ids: tuple[int, ...]
    held: tuple[Held, ...] = ()
    skills: Mapping[int, frozenset[str]] = field(default_factory=dict)
    imaging_ids: tuple[int, ...] = ()
    barred: Mapping[int, int] = field(default_factory=dict)
    nursed: int | None = None
    shut: Mapping[int, int] = field(default_factory=dict)

    def able(self, resource_id: int, needed: frozenset[str]) -> bool:
        """Whether a resource has every skill needed."""
        return needed <= self.skills.get(resource_id, _NONE)
