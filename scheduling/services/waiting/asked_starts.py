"""Whether doses could have some starts, asked of many at once: what booking and searching would say, read together.

Gates are those of a booking (`check_gates`); room, operator, skills, help, length and recovery those of a search.
Nothing is locked: who takes a start asks all of it again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from doseplans.models import Dose, Protocol
from scheduling.engine.free import Refusal, check
from scheduling.engine.need import Need, NoGo
from scheduling.engine.ticks import ceil_tick, floor_tick, instant_at
from scheduling.engine.visit import Slot
from scheduling.models import LIVE, Appointment, Resource
from scheduling.selectors.asked_days import AskedDays
from scheduling.selectors.demands import Asked, Demands
from scheduling.selectors.errands import Errand, errands_of_doses
from scheduling.selectors.no_go import no_go_of
from scheduling.selectors.plan_states import PlanState, plan_states
from scheduling.selectors.slots import asking
from scheduling.services.visits.gates import check_gates
from units.actors import Actor
from units.errors import ClinicError
from units.models import Unit

Stretch = tuple[int, int, int]
"""The key of a visit, its first tick and the tick after its last."""


@dataclass(frozen=True)
class AskedStarts:
    """Everything read, once, to answer for any of the doses and any of the starts; `taken` by patient."""

    actor: Actor
    unit: Unit
    at: datetime
    plans: Mapping[int, PlanState]
    errands: Mapping[int, Errand]
    taken: Mapping[int, tuple[Stretch, ...]]
    no_go: Mapping[int, tuple[NoGo, ...]]
    days: AskedDays

    @classmethod
    def read(
        cls,
        actor: Actor,
        unit: Unit,
        doses: Sequence[Dose],
        starts: Iterable[datetime],
        named: Iterable[int],
        *,
        at: datetime,
    ) -> AskedStarts:
        """A constant number of queries. `named` are the rooms and people that are asked for.

        Whoever asks may see the doses, which have plan, patient and protocol.
        """
        # Protocols are one object each, so that their rules are read once.
        protocols: dict[int, Protocol] = {}
        for dose in doses:
            dose.plan.protocol = protocols.setdefault(dose.plan.protocol_id, dose.plan.protocol)
        patients = {dose.plan.patient_id for dose in doses}
        return cls(
            actor=actor,
            unit=unit,
            at=at,
            plans=plan_states([dose.plan_id for dose in doses], unit),
            errands=errands_of_doses(actor, [dose.public_id for dose in doses]),
            taken=_visits_of(patients, at=at),
            no_go=no_go_of(patients, since=unit.local_date(at)),
            days=AskedDays.read(unit, starts, doses, named, at=at),
        )

    def stay(self, dose: Dose, procedure_at: datetime) -> tuple[datetime, datetime]:
        """When the patient would arrive and leave, by the unit's clock."""
        phases = self.errands[dose.pk].phases
        arrive = floor_tick(procedure_at) - phases.before
        return self.unit.local(instant_at(arrive)), self.unit.local(instant_at(arrive + phases.length))

    def refusal(
        self, dose: Dose, procedure_at: datetime, *, moving: Appointment | None = None, override_reason: str = ""
    ) -> ClinicError | None:
        """What stops the dose from being booked for that day; None where nothing does."""
        try:
            check_gates(
                self.actor,
                dose,
                self.plans[dose.plan_id],
                on=self.unit.local_date(procedure_at),
                today=self.unit.local_date(self.at),
                override_reason=override_reason,
                moving_id=moving.pk if moving else None,
            )
        except ClinicError as refused:
            return refused
        return None

    def unwished(self, dose: Dose, procedure_at: datetime) -> str:
        """Why the patient had better not be there then, in their words; empty where it suits."""
        stay = self.stay(dose, procedure_at)
        return next((one.words for one in self.no_go.get(dose.plan.patient_id, ()) if one.clashes(*stay)), "")

    def lacking(self, demands: Demands, chosen: Resource, asked_of: str) -> Asked | None:
        """The first skill that is asked of the room or the person, and that they have not got."""
        has = self.days.skills.get(chosen.pk, frozenset())
        return next((one for one in demands.asked if one.asked_of == asked_of and one.skill not in has), None)

    def slot(
        self,
        dose: Dose,
        procedure_at: datetime,
        *,
        room: Resource,
        operator: Resource | None = None,
        moving: Appointment | None = None,
        at_once: bool = False,
    ) -> Slot | Refusal:
        """The dose's visit at that start, or the first thing that is in its way. Without an operator anybody will do.

        With `at_once` it may come sooner than the patient's needs can be told of: whoever books by hand sees to that.
        """
        errand = self.errands[dose.pk]
        visits = self.taken.get(dose.plan.patient_id, ())
        need = Need(
            zone=self.unit.zone,
            target_on=dose.target_on,
            earliest_on=dose.earliest_on,
            latest_on=dose.latest_on,
            not_before=self.at,
            taken=tuple((starts, ends) for key, starts, ends in visits if moving is None or key != moving.pk),
        )
        need = asking(need, errand, at=self.at)
        return check(
            self.days.board(procedure_at, dose),
            errand.phases,
            replace(need, not_before=self.at) if at_once else need,
            room_id=room.pk,
            procedure_at=procedure_at,
            operator_id=operator.pk if operator else None,
        )


def _visits_of(patients: Iterable[int], *, at: datetime) -> dict[int, tuple[Stretch, ...]]:
    """The patients' live visits that are not over; one query."""
    visits: dict[int, list[Stretch]] = defaultdict(list)
    live = Appointment.objects.filter(patient__in=patients, status__in=LIVE, ends_at__gt=at)
    for patient_id, key, starts, ends, admitted in live.values_list(
        "patient_id", "pk", "starts_at", "ends_at", "admitted_at"
    ):
        visits[patient_id].append((key, floor_tick(admitted or starts), ceil_tick(ends)))
    return {patient_id: tuple(rows) for patient_id, rows in visits.items()}
