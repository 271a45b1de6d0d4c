"""A wanted visit, worked out before any lock: which dose, which room and person, which stretches of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from doseplans.models import Dose
from scheduling.engine.ticks import ceil_tick, instant_at, ticks_in
from scheduling.engine.visit import Slot
from scheduling.errors import SlotNotOffered
from scheduling.locking import patient_key, person_key, unit_day_key
from scheduling.models import Resource
from scheduling.selectors.lists import phases_of
from units.actors import Actor
from units.errors import NotFound
from units.models import Unit
from units.policy import Act
from units.scope import scoped

_CHOSEN = """
    SELECT resource.*,
           EXISTS (SELECT FROM scheduling_resource_also_works_in link WHERE link.resource_id = resource.id) AS is_shared
    FROM scheduling_resource resource WHERE resource.public_id = ANY(%s) AND resource.is_active
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person chose: when the patient arrives, in which room and with whom (public ids)."""

    starts_at: datetime
    room: UUID
    operator: UUID


@dataclass(frozen=True, slots=True)
class Visit:
    """A wanted visit with everything read that needs no lock. `slot` has no recovery place yet."""

    dose: Dose
    unit: Unit
    room: Resource
    operator: Resource
    is_operator_shared: bool
    slot: Slot

    @property
    def on(self) -> date:
        """The unit's calendar day on which the dose would be given."""
        return self.slot.on

    def keys(self) -> set[int]:
        """The locks under which this visit is placed."""
        keys = day_keys(self.unit, self.slot.arrive_at, self.slot.leave_at)
        keys.add(patient_key(self.dose.plan.patient_id))
        if self.is_operator_shared:
            keys.add(person_key(self.operator.pk))
        return keys


def day_keys(unit: Unit, starts_at: datetime, ends_at: datetime) -> set[int]:
    """The locks of the unit's days that a stretch touches."""
    return {unit_day_key(unit.pk, unit.local_date(starts_at)), unit_day_key(unit.pk, unit.local_date(ends_at))}


def dose_for(actor: Actor, dose_id: UUID) -> Dose:
    """The dose with its plan, patient, unit and protocol; NotFound outside the actor's units."""
    dose = (
        scoped(Dose.objects.all(), actor, Act.VIEW_PLANS, through="plan__patient__unit_id")
        .filter(public_id=dose_id)
        .select_related("plan__patient__unit", "plan__protocol")
        .first()
    )
    if dose is None:
        raise NotFound("There is no such dose in your units.")
    return dose


def visit_for(actor: Actor, dose: Dose, wanted: Wanted) -> Visit:
    """The wanted visit worked out. Raises NotFound, or SlotNotOffered for a start that no list could have."""
    unit = dose.plan.patient.unit
    actor.require(Act.BOOK, unit.pk)
    found = {chosen.public_id: chosen for chosen in Resource.objects.raw(_CHOSEN, [[wanted.room, wanted.operator]])}
    if wanted.room not in found or wanted.operator not in found:
        raise NotFound("That room or person is not in use any more. Choose another slot.")
    room, operator = found[wanted.room], found[wanted.operator]
    if room.kind != Resource.Kind.ROOM or operator.kind != Resource.Kind.PERSON or room.unit_id != unit.pk:
        raise SlotNotOffered("A visit needs a procedure room of this unit and a person. Choose one of the slots shown.")
    phases = phases_of(dose.plan.protocol)
    arrive = ceil_tick(wanted.starts_at)
    if instant_at(arrive) != wanted.starts_at:
        raise SlotNotOffered("Visits start on a full five minutes. Choose one of the slots shown.")
    slot = Slot(
        on=unit.local_date(instant_at(arrive + phases.before)),
        procedure=arrive + phases.before,
        room_id=room.pk,
        operator_id=operator.pk,
        recovery_id=None,
        phases=phases,
        turnover=ticks_in(room.turnover_minutes),
    )
    return Visit(dose, unit, room, operator, bool(vars(operator)["is_shared"]), slot)
