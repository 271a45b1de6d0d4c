"""A wanted visit, worked out before any lock: which dose, which room and person, which stretches of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

from doseplans.models import Dose
from patients.models import Patient
from scheduling.engine.ticks import ceil_tick, instant_at, ticks_in, wall_clock
from scheduling.engine.visit import Slot
from scheduling.errors import SlotNotOffered, SlotTaken
from scheduling.locking import patient_key, person_key, unit_day_key
from scheduling.models import Appointment, Resource
from scheduling.placing import TAKEN_BY_ANOTHER, taken_in_words
from scheduling.selectors.errands import Errand, dose_with_errand
from units.actors import Actor
from units.errors import NotFound
from units.models import Unit
from units.policy import Act

# Room and person, whether the person works elsewhere too, and who or what has either of them during the procedure.
_CHOSEN = f"""
    SELECT resource.public_id, resource.id, resource.unit_id, resource.kind, resource.name, resource.turnover_minutes,
           EXISTS (SELECT FROM scheduling_resource_also_works_in link WHERE link.resource_id = resource.id),
           taken.name, taken.reserved_by_name
    FROM scheduling_resource resource
    LEFT JOIN LATERAL (
        {TAKEN_BY_ANOTHER.format(resource="resource.id", starts_at="%(starts_at)s", ends_at="%(ends_at)s")} LIMIT 1
    ) taken ON true
    WHERE resource.public_id IN (%(room)s, %(operator)s) AND resource.is_active
"""  # noqa: S608  our own fragment


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person chose: when the patient arrives on the day, in which room and with whom (public ids).

    `is_admitted`: they are admitted the day before. None leaves it as it is; a new visit is one on the day.
    """

    starts_at: datetime
    room: UUID
    operator: UUID
    is_admitted: bool | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """A room or a person as a booking needs them. `taken` says in words what has them already, where that is seen."""

    pk: int
    unit_id: int
    kind: str
    name: str
    turnover_minutes: int
    is_shared: bool
    taken: str | None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Visit:
    """A wanted visit with everything read that needs no lock. `slot` has no recovery place yet.

    `squeezed_in` is the reason of somebody who may leave the hours of the lists, empty for an ordinary visit.
    `moving_id` is the visit that would be moved there, whose claims are not in its own way.
    """

    errand: Errand
    unit: Unit
    room: Chosen
    operator: Chosen
    slot: Slot
    admitted_at: datetime | None = None
    squeezed_in: str = ""
    moving_id: int | None = None

    @property
    def arrives_at(self) -> datetime:
        """When the patient is to come: the invite's DTSTART."""
        return self.admitted_at or self.slot.arrive_at

    @property
    def dose(self) -> Dose | None:
        """The dose it is for; None for a visit without a plan."""
        return self.errand.dose

    @property
    def patient(self) -> Patient:
        return self.errand.patient

    @property
    def on(self) -> date:
        """The unit's calendar day of the procedure."""
        return self.slot.on

    def keys(self) -> set[int]:
        """The locks under which this visit is placed."""
        keys = day_keys(self.unit, self.slot.arrive_at, self.slot.leave_at)
        keys.add(patient_key(self.patient.pk))
        if self.operator.is_shared:
            keys.add(person_key(self.operator.pk))
        return keys


def day_keys(unit: Unit, starts_at: datetime, ends_at: datetime) -> set[int]:
    """The locks of the unit's days that a stretch touches."""
    return {unit_day_key(unit.pk, unit.local_date(starts_at)), unit_day_key(unit.pk, unit.local_date(ends_at))}


def keys_of(seen: Appointment) -> set[int]:
    """The locks under which a visit that stands is changed."""
    return day_keys(seen.unit, seen.starts_at, seen.ends_at) | {patient_key(seen.patient_id)}


def dose_for(actor: Actor, dose_id: UUID) -> Dose:
    """The dose with its plan, patient, unit and protocol; NotFound outside the actor's units."""
    return dose_with_errand(actor, dose_id)[0]


def visit_for(actor: Actor, errand: Errand, wanted: Wanted, *, moving_id: int | None = None) -> Visit:
    """The wanted visit worked out. `moving_id` is the visit that would be moved there.

    Raises: NotFound; SlotNotOffered for a start that no list could have; SlotTaken where room or operator is taken as
    far as can be seen without a lock. In a rush for one slot all but the first are told so at once and do not queue
    for the day's lock; whoever passes is still only sure once the rows are in.
    """
    unit, phases = errand.unit, errand.phases
    actor.require(Act.BOOK, unit.pk)
    arrive = ceil_tick(wanted.starts_at)
    procedure = arrive + phases.before
    room, operator = _chosen(
        wanted,
        errand,
        starts_at=instant_at(procedure),
        ends_at=instant_at(procedure + phases.procedure),
        moving_id=moving_id,
    )
    if room.kind != Resource.Kind.ROOM or operator.kind != Resource.Kind.PERSON or room.unit_id != unit.pk:
        raise SlotNotOffered("A visit needs a procedure room of this unit and a person. Choose one of the slots shown.")
    if instant_at(arrive) != wanted.starts_at:
        raise SlotNotOffered("Visits start on a full five minutes. Choose one of the slots shown.")
    for chosen in (room, operator):
        if chosen.taken:
            raise SlotTaken(chosen.taken)
    slot = Slot(
        on=unit.local_date(instant_at(procedure)),
        procedure=procedure,
        room_id=room.pk,
        operator_id=operator.pk,
        recovery_id=None,
        phases=phases,
        turnover=ticks_in(room.turnover_minutes),
    )
    admitted_at = _admission(unit, slot.on) if wanted.is_admitted else None
    return Visit(errand, unit, room, operator, slot, admitted_at, moving_id=moving_id)


def _admission(unit: Unit, on: date) -> datetime:
    """When somebody is admitted for a visit on that day: the day before, at the unit's hour."""
    if unit.admission_at is None:
        raise SlotNotOffered("This unit admits nobody the day before. Book a visit on the day.")
    return wall_clock(on - timedelta(days=1), unit.admission_at, unit.zone)


def _chosen(
    wanted: Wanted, errand: Errand, *, starts_at: datetime, ends_at: datetime, moving_id: int | None
) -> tuple[Chosen, Chosen]:
    with connection.cursor() as cursor:
        cursor.execute(
            _CHOSEN,
            {
                "room": wanted.room,
                "operator": wanted.operator,
                "starts_at": starts_at,
                "ends_at": ends_at,
                "at": timezone.now(),
                "dose": errand.dose_pk,
                "own": moving_id,
            },
        )
        found = {
            row[0]: Chosen(*row[1:7], None if row[7] is None else taken_in_words(row[7], row[8]))  # type: ignore[call-arg]
            for row in cursor.fetchall()
        }
    if wanted.room not in found or wanted.operator not in found:
        raise NotFound("That room or person is not in use any more. Choose another slot.")
    return found[wanted.room], found[wanted.operator]
