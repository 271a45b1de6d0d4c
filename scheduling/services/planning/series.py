"""A series: the next doses of a plan, each looked for from the day of the one before. Only looks; nothing is locked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from uuid import UUID

from doseplans.models import PLANNED_AHEAD, Dose
from doseplans.services.projecting import FROM_RULE, dates_from
from scheduling.engine.need import Need
from scheduling.engine.ranking import RankedSlot
from scheduling.engine.search import Found, Start, find
from scheduling.engine.ticks import ceil_tick, day_words
from scheduling.models import Appointment, Resource
from scheduling.selectors.errands import Errand, errand_for_dose
from scheduling.selectors.needs import doses_after, need_of, next_booked
from scheduling.selectors.plan_states import PlanState, expected_days, first_possible_on, plan_state
from scheduling.selectors.slots import asking, loader
from scheduling.services.visits.gates import check_gates, what_stops_now
from scheduling.services.visits.wanted import Wanted
from units.actors import Actor
from units.errors import ClinicError, invalid
from units.models import Unit
from units.policy import Act

MOST = PLANNED_AHEAD
"""Doses of one series at the most: as many as a plan has rows to come."""

USUAL = 6
"""Doses of a series where nobody says how many."""


@dataclass(frozen=True, slots=True)
class DosePlace:
    """A slot that somebody chose for one dose of a series."""

    dose_id: UUID
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """One dose with its dates as they follow from the slots before it, the slot it has, and others it could have.

    `slot` is None where nothing does: `problem` then says why. `note` says that what was chosen is free no more.
    """

    dose: Dose
    found: Found
    slot: RankedSlot | None
    problem: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """The doses as far as slots were found: only the last line can be without one."""

    errand: Errand
    lines: tuple[SeriesLine, ...]
    resources: Mapping[int, Resource]

    @property
    def placed(self) -> tuple[SeriesLine, ...]:
        """The lines that can be booked."""
        return tuple(line for line in self.lines if line.slot is not None)


def plan_series(actor: Actor, *, dose_id: UUID, count: int, chosen: Sequence[DosePlace] = (), at: datetime) -> Series:
    """The next `count` doses from that one on that have no visit, each with the best slot or the one `chosen` for it.

    What was chosen is kept while it is free and fits; otherwise the best slot stands there instead. As many queries a
    dose, whatever there is. Raises: NotFound, NotAllowed, InvalidInput, and what no choice of a day would mend.
    """
    if not 1 <= count <= MOST:
        raise invalid("count", f"A series has 1 to {MOST} doses.")
    errand = errand_for_dose(actor, dose_id)
    if errand.dose is None:
        raise invalid("dose", "A series begins with a dose.")
    actor.require(Act.VIEW_SCHEDULE, errand.unit.pk)
    first = errand.dose
    state = plan_state(first.plan_id, errand.unit)
    today = errand.unit.local_date(at)
    if (stopped := what_stops_now(actor, first, state, today=today)) is not None:
        raise stopped
    looking = _Looking(actor, errand, first, state, at=at, chosen={one.dose_id: one.wanted for one in chosen})
    lines: list[SeriesLine] = []
    for dose in looking.doses_to_place()[:count]:
        lines.append(line := looking.look(dose))
        if line.slot is None:
            break
    return Series(errand, tuple(lines), looking.resources(lines))


def as_it_follows(dose: Dose, state: PlanState, booked: Mapping[int, date], *, today: date) -> None:
    """The dose in memory has the dates that follow from those days, by the plan's own calculus."""
    expected = dict(expected_days(state.doses)) | dict(booked)
    dates = dates_from(dose.plan, state.stored, expected=expected, on=today, since=dose.sequence)
    for name, value in zip(FROM_RULE, dates[dose.sequence], strict=True):
        setattr(dose, name, value)


def with_booked(state: PlanState, booked: Mapping[int, date]) -> PlanState:
    """The plan as it would stand with visits on those days."""
    doses = [
        replace(one, booked_on=booked[one.sequence], status=Appointment.Status.BOOKED.value)
        if one.sequence in booked
        else one
        for one in state.doses
    ]
    return replace(state, doses=doses)


class _Looking:
    """What has been read once, and the days chosen so far."""

    def __init__(
        self,
        actor: Actor,
        errand: Errand,
        first: Dose,
        state: PlanState,
        *,
        at: datetime,
        chosen: Mapping[UUID, Wanted],
    ) -> None:
        self.actor, self.errand, self.first, self.state = actor, errand, first, state
        self.chosen, self.named = chosen, _resources_of(chosen)
        self.today = errand.unit.local_date(at)
        self.booked: dict[int, date] = {}
        self.need = asking(need_of(first, at=at), errand, at=at)
        last_on = max(dates[5] for _, _, _, dates in state.stored)
        far = replace(self.need, latest_on=max(self.need.latest_on, last_on))
        self.load = loader(errand, far, at)

    @property
    def unit(self) -> Unit:
        return self.errand.unit

    def doses_to_place(self) -> list[Dose]:
        """The plan's doses from the first on that are neither given, left out nor booked."""
        waiting = {
            one.sequence
            for one in self.state.doses
            if one.sequence >= self.first.sequence
            and one.given_on is None
            and one.omitted_on is None
            and one.appointment_id is None
        }
        doses = list(Dose.objects.filter(plan_id=self.first.plan_id, sequence__in=waiting).order_by("sequence"))
        for dose in doses:
            dose.plan = self.first.plan
        return doses

    def look(self, dose: Dose) -> SeriesLine:
        """The dose's line; a slot found counts as booked for those that follow."""
        as_it_follows(dose, self.state, self.booked, today=self.today)
        need = self._need_of(dose)
        wanted = self.chosen.get(dose.public_id)
        load = partial(self.load, dose_pk=dose.pk)
        found = find(load, self.errand.phases, need, keep=self._start(wanted) if wanted else None)
        state, refused = with_booked(self.state, self.booked), None
        candidates = [*([found.kept] if found.kept else []), *found.proposals]
        for one in candidates:
            refused = self._refusal(dose, state, one)
            if refused is None:
                self._take(dose, one)
                return SeriesLine(dose, found, one, note=self._note(wanted) if wanted and one != found.kept else "")
        problem = f"{found.why.words} {found.why.help_words}" if found.why else ""
        if not problem and refused is not None:
            problem = refused.sentence
        return SeriesLine(dose, found, None, problem or "No slot is free in the days searched.")

    def resources(self, lines: Sequence[SeriesLine]) -> Mapping[int, Resource]:
        """Everything that the lines name, by key; one query."""
        slots = [one.slot for line in lines for one in (*line.found.proposals, *([line.slot] if line.slot else []))]
        keys = {key for slot in slots for key in (slot.room_id, slot.operator_id, slot.assistant_id, slot.imaging_id)}
        return Resource.objects.in_bulk([key for key in keys if key is not None])

    def _need_of(self, dose: Dose) -> Need:
        """What the dose needs of a slot: its own window, the patient's habits, and no slot the series has already."""
        state = with_booked(self.state, self.booked)
        return replace(
            self.need,
            target_on=dose.target_on,
            earliest_on=dose.earliest_on,
            latest_on=dose.latest_on,
            minimum_on=first_possible_on(state, dose),
            next_booked=next_booked(state, dose, today=self.today),
            drift_days=(dose.target_on - dose.ideal_on).days,
            next_doses=doses_after(state, dose, today=self.today),
        )

    def _refusal(self, dose: Dose, state: PlanState, one: RankedSlot) -> ClinicError | None:
        try:
            check_gates(self.actor, dose, state, on=one.slot.on, today=self.today, override_reason="")
        except ClinicError as error:
            return error
        return None

    def _take(self, dose: Dose, one: RankedSlot) -> None:
        self.booked[dose.sequence] = one.slot.on
        self.need = replace(self.need, taken=(*self.need.taken, (one.slot.arrive, one.slot.leave)))

    def _start(self, wanted: Wanted) -> Start:
        room, operator = (self.named.get(public_id, 0) for public_id in (wanted.room, wanted.operator))
        return ceil_tick(wanted.starts_at) + self.errand.phases.before, room, operator

    def _note(self, wanted: Wanted) -> str:
        local = self.unit.local(wanted.starts_at)
        return f"The slot of {day_words(local.date())} at {local:%H:%M} is free no more: this is the best one now."


def _resources_of(chosen: Mapping[UUID, Wanted]) -> Mapping[UUID, int]:
    """The keys of the rooms and people chosen, by public id; one query, and none where nothing is."""
    public_ids = {key for wanted in chosen.values() for key in (wanted.room, wanted.operator)}
    if not public_ids:
        return {}
    return dict(Resource.objects.filter(public_id__in=public_ids).values_list("public_id", "pk"))
