"""Booking a series: every dose of it has its visit, in one transaction, or none has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from uuid import uuid4

from django.utils import timezone

from doseplans.models import Dose
from scheduling.engine.ticks import day_words
from scheduling.errors import SeriesRefused
from scheduling.models import Appointment
from scheduling.selectors.errands import Errand, errands_of_doses
from scheduling.selectors.plan_states import plan_state
from scheduling.services.courses.proposals import recount
from scheduling.services.planning.series import MOST, DosePlace, as_it_follows, with_booked
from scheduling.services.visits.booking import check_placing, put_in
from scheduling.services.visits.placement import clear_the_way
from scheduling.services.visits.wanted import Visit, Wanted, visit_for
from units.actors import Actor
from units.errors import ClinicError, NotAllowed, NotFound, invalid
from units.history import recorded_as


def book_series(actor: Actor, *, places: Sequence[DosePlace]) -> list[Appointment]:
    """Every dose has a visit in the slot chosen for it, and an invite each goes out after the unit's seconds to undo.

    All or none; `undo_change` of one of the visits takes back all. The windows are those that follow from the days
    chosen; no limit of a dose is overridden. Raises: SeriesRefused, which names the dose and why; NotFound, NotAllowed,
    InvalidInput.
    """
    visits = _worked_out(actor, places)
    at = timezone.now()
    keys = set[int]().union(*(visit.keys() for visit, _ in visits))
    unit, plan = visits[0][0].unit, visits[0][1].plan
    today, together = unit.local_date(at), uuid4()
    booked: dict[int, date] = {}
    made = []
    with recorded_as(actor, act="book_series", locks=keys):
        state = plan_state(plan.pk, unit)
        for visit, dose in visits:
            with _refused_for(dose, visit.slot.arrive_at):
                as_it_follows(dose, state, booked, today=today)
                refusal = clear_the_way(actor, visit, at=at)
                if refusal is not None:
                    raise refusal
                check_placing(actor, visit, with_booked(state, booked), override_reason="", at=at)
                made.append(put_in(actor, visit, at=at, together=together))
            booked[dose.sequence] = visit.on
        recount(plan, unit=unit, at=at, state=state, moved=booked)
    return made


def _worked_out(actor: Actor, places: Sequence[DosePlace]) -> list[tuple[Visit, Dose]]:
    """The visits as far as they can be worked out without a lock, in the plan's order."""
    if not 1 <= len(places) <= MOST or len({one.dose_id for one in places}) != len(places):
        raise invalid("places", f"A series has 1 to {MOST} doses, each of them once.")
    chosen = {one.dose_id: one.wanted for one in places}
    errands = list(errands_of_doses(actor, chosen).values())
    found = [(errand, errand.dose) for errand in errands if errand.dose is not None]
    if len(found) != len(chosen):
        raise NotFound("There is no such dose in your units.")
    if len({dose.plan_id for _, dose in found}) != 1:
        raise invalid("places", "A series is of one plan. Book the doses of another plan apart.")
    found.sort(key=lambda one: one[1].sequence)
    return [(_visit(actor, errand, dose, chosen[dose.public_id]), dose) for errand, dose in found]


def _visit(actor: Actor, errand: Errand, dose: Dose, wanted: Wanted) -> Visit:
    with _refused_for(dose, wanted.starts_at):
        return visit_for(actor, errand, wanted)


@contextmanager
def _refused_for(dose: Dose, starts_at: datetime) -> Iterator[None]:
    """A refusal inside names the dose and the slot that it was to have."""
    try:
        yield
    except (NotFound, NotAllowed):
        raise
    except ClinicError as refused:
        local = dose.plan.patient.unit.local(starts_at)
        raise SeriesRefused(
            f"{dose}, {day_words(local.date())} at {local:%H:%M}: {refused.sentence} Nothing was booked.",
            dose=str(dose.public_id),
            because=refused.code,
        ) from refused
