"""A course goes on by another protocol: what would follow, and the act itself, with what becomes of its visits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from doseplans.calculus import ProjectedDose, carries_on
from doseplans.models import DosePlan, Protocol
from doseplans.selectors import protocols_in_use
from doseplans.services.projecting import Dates, dates_from
from doseplans.services.reviews import ask_for_reviews
from doseplans.services.switching import Beginning, begun, last_beginning, switch_plan, switch_to_new_plan
from patients.services import close_items
from scheduling.engine.ticks import day_words
from scheduling.errors import NotInThatState
from scheduling.models import Appointment, MoveProposal
from scheduling.selectors.courses import booked_of_plan, plan_for
from scheduling.selectors.plan_states import DoseState, PlanState, expected_days, plan_state
from scheduling.services.courses.previews import Move
from scheduling.services.courses.proposals import cause_in_words, recount
from scheduling.services.visits.freeing import (
    count_again,
    free_visits,
    let_reservations_go,
    locks_of,
    refuse_changed,
    reread_booked,
)
from units.actors import Actor
from units.errors import NotFound, invalid
from units.history import recorded_as
from units.policy import Act

SWITCHED = "No longer needed: the plan was switched to another protocol."


@dataclass(frozen=True, slots=True)
class Switched:
    """What a switch did. `plan` goes on; `ended` is the plan it took the place of, None where it is the same one."""

    plan: DosePlan
    ended: DosePlan | None
    freed: tuple[Appointment, ...]
    proposals: tuple[MoveProposal, ...]


@dataclass(frozen=True, slots=True)
class SwitchPreview:
    """What would follow. Where the plan `goes_on`, `moves` and `unfitting`; else `freed` and `coming` of the new plan.

    `coming` is empty until a day is chosen. `begins_up_to` is the last dose that the new plan may begin with.
    """

    goes_on: bool
    moves: tuple[Move, ...] = ()
    unfitting: tuple[str, ...] = ()
    freed: tuple[Appointment, ...] = ()
    coming: tuple[ProjectedDose, ...] = ()
    begins_up_to: int = 1


def protocols_to_switch_to(actor: Actor, *, plan: DosePlan) -> QuerySet[Protocol]:
    """The versions in use that the plan does not follow already."""
    return protocols_in_use(actor).exclude(pk=plan.protocol_id).prefetch_related("gap_tiers")


def preview_switch(
    actor: Actor, *, plan: DosePlan, protocol: Protocol, beginning: Beginning | None, at: datetime
) -> SwitchPreview:
    """What a switch would do to the plan's dates and visits; nothing is locked and nothing written.

    `plan` comes from `plan_for`, `protocol` from `protocols_to_switch_to`. Raises: NotAllowed.
    """
    unit = plan.patient.unit
    actor.require(Act.VIEW_PLANS, unit.pk)
    state, today = plan_state(plan.pk, unit), unit.local_date(at)
    if not _carries_on(plan, protocol, state):
        last = last_beginning(protocol.rule)
        return SwitchPreview(
            goes_on=False,
            freed=tuple(booked_of_plan(actor, plan, since=today)),
            coming=begun(protocol.rule, beginning) if beginning and 1 <= beginning.dose <= last else (),
            begins_up_to=last,
        )
    before = {sequence: dates for sequence, _, _, dates in state.stored}
    expected = expected_days(state.doses)
    # Counted by either as of today, so that only what the protocol changes is told.
    now = dates_from(plan, state.stored, expected=expected, on=today)
    after = dates_from(plan, state.stored, expected=expected, on=today, rule=protocol.rule)
    waiting = [one for one in state.doses if one.given_on is None and one.omitted_on is None]
    return SwitchPreview(
        goes_on=True,
        moves=tuple(
            Move(
                protocol.rule.name(one.sequence),
                now[one.sequence][3],
                after[one.sequence][3],
                _why(after[one.sequence]),
            )
            for one in waiting
            if one.sequence in after and now[one.sequence][3] != after[one.sequence][3]
        ),
        unfitting=tuple(_unfitting(protocol, waiting, before, after)),
    )


def switch_protocol(
    actor: Actor,
    *,
    plan_id: UUID,
    protocol_id: UUID,
    reason: str,
    beginning: Beginning | None = None,
    seen: Mapping[UUID, int] | None = None,
) -> Switched:
    """The course goes on by that protocol, for a clinician's written reason.

    By another version of its own protocol the plan itself goes on where every dose given stays what it was: its visits
    stay, and those that no longer fit are proposed to be moved. Otherwise the plan ends as switched, its visits are
    cancelled and told, and a new plan begins as `beginning` says, on hold if the old one was. `seen` are the visits'
    versions as the page showed them.

    Raises: NotFound, NotAllowed, InvalidInput, NotInThatState while the patient is here or a past visit is not written
    down, StalePage, PlanEnded,
    ProtocolNotInUse, PlanAlreadyRunning.
    """
    plan = plan_for(actor, plan_id, act=Act.SWITCH_PROTOCOL)
    at = timezone.now()
    booked = booked_of_plan(actor, plan, since=plan.patient.unit.local_date(at))
    locks = locks_of(plan.patient, booked)
    with recorded_as(actor, act="switch_protocol", reason=reason, locks=locks):
        plan = plan_for(actor, plan_id, act=Act.SWITCH_PROTOCOL)  # a switch at the same moment has changed its protocol
        visits = reread_booked(booked, locks)
        refuse_changed(visits, seen)
        if Appointment.objects.filter(dose__plan=plan, status=Appointment.Status.ARRIVED).exists():
            raise NotInThatState("The patient is here. Record first how this visit ends.")
        protocol = protocols_in_use(actor).filter(public_id=protocol_id).first()
        if protocol is None:
            raise NotFound("There is no such protocol in use.")
        let_reservations_go([plan])
        if _carries_on(plan, protocol, plan_state(plan.pk, plan.patient.unit)):
            return _go_on(actor, plan, protocol, reason=reason, beginning=beginning, at=at)
        if beginning is None:
            raise invalid("starts_on", "Set the day of the first dose by the new protocol.")
        _refuse_unwritten(plan, at=at)
        new = switch_to_new_plan(actor, plan=plan, protocol=protocol, reason=reason, beginning=beginning, at=at)
        clinical = Appointment.CancelledBy.CLINICAL.value
        free_visits(actor, visits, by=clinical, reason=f"Switched to {protocol}: {reason.strip()}", at=at)
        _pass_the_hold_on(plan, new, at=at)
        count_again(plan, at=at)
        count_again(new, at=at)
    return Switched(new, plan, tuple(visits), ())


def _refuse_unwritten(plan: DosePlan, *, at: datetime) -> None:
    """A visit that is over may have been the last dose, from which the new plan's day was to be reckoned."""
    unit = plan.patient.unit
    midnight = datetime.combine(unit.local_date(at), time(), tzinfo=unit.zone)
    booked = Appointment.objects.filter(dose__plan=plan, status=Appointment.Status.BOOKED, starts_at__lt=midnight)
    if visit := booked.order_by("starts_at").first():
        on = day_words(unit.local_date(visit.starts_at))
        raise NotInThatState(f"Nobody has written down what became of the visit on {on}. Record that first.")


def _go_on(
    actor: Actor, plan: DosePlan, protocol: Protocol, *, reason: str, beginning: Beginning | None, at: datetime
) -> Switched:
    if beginning is not None:
        raise invalid("starts_on", "The plan goes on with its own dates: leave the day empty.")
    unit = plan.patient.unit
    switched = switch_plan(actor, plan=plan, protocol=protocol, reason=reason, on=unit.local_date(at))
    proposals = recount(switched, unit=unit, at=at)
    return Switched(switched, None, (), tuple(proposals))


def _carries_on(plan: DosePlan, protocol: Protocol, state: PlanState) -> bool:
    if plan.protocol.code != protocol.code:
        return False
    dealt_with = [one.sequence for one in state.doses if one.given_on is not None or one.omitted_on is not None]
    return carries_on(plan.rule, protocol.rule, dealt_with=max(dealt_with, default=0), planned=len(state.doses))


def _pass_the_hold_on(old: DosePlan, new: DosePlan, *, at: datetime) -> None:
    for pk in old.holds.values_list("pk", flat=True):
        close_items(patient=old.patient, outcome=SWITCHED, at=at, key_starts=f"hold:{pk}:")
    ask_for_reviews(new.holds.filter(lifted_at__isnull=True), on=old.patient.unit.local_date(at))


def _unfitting(
    protocol: Protocol, waiting: list[DoseState], before: Mapping[int, Dates], after: Mapping[int, Dates]
) -> Iterator[str]:
    """Booked visits that would be too early or too late where they are not so already by somebody's choice."""
    for one in waiting:
        dates = after.get(one.sequence)
        if one.booked_on is None or not one.is_visit_to_come or dates is None:
            continue
        if before[one.sequence][4:6] != dates[4:6] and not dates[4] <= one.booked_on <= dates[5]:
            yield cause_in_words(protocol.rule.name(one.sequence), one.booked_on, dates)


def _why(dates: Dates) -> str:
    """The rule in words, without its window."""
    return dates[6].split(";")[0]
