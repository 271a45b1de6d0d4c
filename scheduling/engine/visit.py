"""A visit as a chain of phases, and a slot: a start at which the whole chain is free."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from scheduling.engine.ticks import instant_at, ticks_in


class Phase(StrEnum):
    """The part of a visit a resource is taken for."""

    PROCEDURE = "procedure"
    ASSISTANCE = "assistance"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class Phases:
    """A visit's lengths in ticks, in order: before the procedure, procedure, recovery, discharge.

    The room is taken for the procedure and its own turnover, the operator, an assistant and an imaging device for the
    procedure, a recovery place for recovery and discharge: a patient who waits for papers and transport still sits in
    it. A visit without recovery takes no place.
    """

    before: int
    procedure: int
    recovery: int
    discharge: int

    def __post_init__(self) -> None:
        if self.procedure < 1 or min(self.before, self.recovery, self.discharge) < 0:
            raise ValueError("a visit has a procedure, and no phase is negative")

    @classmethod
    def of_minutes(cls, *, before: int, procedure: int, recovery: int, discharge: int) -> Phases:
        """Each phase rounded up to whole ticks.

        >>> Phases.of_minutes(before=60, procedure=45, recovery=90, discharge=12)
        Phases(before=12, procedure=9, recovery=18, discharge=3)
        """
        return cls(ticks_in(before), ticks_in(procedure), ticks_in(recovery), ticks_in(discharge))

    @property
    def after(self) -> int:
        """From the procedure's end to leaving."""
        return self.recovery + self.discharge

    @property
    def stay(self) -> int:
        """How long a recovery place is taken; 0 where none is needed."""
        return self.after if self.recovery else 0

    @property
    def length(self) -> int:
        """From arriving to leaving."""
        return self.before + self.procedure + self.after


@dataclass(frozen=True, slots=True)
class Span:
    """A resource taken for a part of a visit, `[starts_at, ends_at)`."""

    resource_id: int
    phase: Phase
    starts_at: datetime
    ends_at: datetime


# Nothing changes one once it is made. Frozen, making one takes several times as long, and a search makes thousands.
@dataclass(slots=True, unsafe_hash=True)
class Slot:
    """A bookable start: room, operator and a recovery place are free for a visit of these phases.

    `on` is the local date, `procedure` the tick at which the procedure starts. `recovery_id`, `assistant_id` and
    `imaging_id` are None where the visit needs no place, nobody else, or no device that is not in the room. `displaced`
    visits must change their recovery place for this one to fit (`repack`). `gap_before` and `gap_after` are the ticks
    the room would stand empty between this visit and its neighbours or the list's ends.
    """

    on: date
    procedure: int
    room_id: int
    operator_id: int
    recovery_id: int | None
    phases: Phases
    turnover: int = 0
    gap_before: int = 0
    gap_after: int = 0
    displaced: int = 0
    assistant_id: int | None = None
    imaging_id: int | None = None

    @property
    def arrive(self) -> int:
        """The tick at which the patient arrives."""
        return self.procedure - self.phases.before

    @property
    def leave(self) -> int:
        """The tick at which the patient leaves."""
        return self.procedure + self.phases.procedure + self.phases.after

    @property
    def arrive_at(self) -> datetime:
        """When to arrive, in UTC: the invite's DTSTART."""
        return instant_at(self.arrive)

    @property
    def procedure_at(self) -> datetime:
        """When the procedure starts, in UTC."""
        return instant_at(self.procedure)

    @property
    def leave_at(self) -> datetime:
        """When to expect to leave, in UTC: the invite's DTEND."""
        return instant_at(self.leave)

    @property
    def recovery_ticks(self) -> tuple[int, int]:
        """The stretch for which the recovery place is taken; empty where none is needed."""
        starts = self.procedure + self.phases.procedure
        return starts, starts + self.phases.stay

    @property
    def spans(self) -> tuple[Span, ...]:
        """What booking the slot takes up, in order of resource: the order in which rows are inserted."""
        ends = self.procedure + self.phases.procedure
        taken = [
            (self.room_id, Phase.PROCEDURE, self.procedure, ends + self.turnover),
            (self.operator_id, Phase.PROCEDURE, self.procedure, ends),
        ]
        if self.assistant_id is not None:
            taken.append((self.assistant_id, Phase.ASSISTANCE, self.procedure, ends))
        if self.imaging_id is not None:
            taken.append((self.imaging_id, Phase.PROCEDURE, self.procedure, ends))
        if self.recovery_id is not None:
            taken.append((self.recovery_id, Phase.RECOVERY, *self.recovery_ticks))
        return tuple(Span(key, phase, instant_at(first), instant_at(last)) for key, phase, first, last in sorted(taken))
