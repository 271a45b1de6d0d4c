"""An urgent visit squeezed in: outside the hours of the lists, never over somebody else, by leave and with a reason.

It may leave a list's hours, breaks, notice and "last patient out". Room, operator, helpers, recovery place and nurses
must be there all the same, nothing may be closed, and the gates of a plan ask what they always ask.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from scheduling.models import Appointment
from scheduling.selectors.errands import Errand, errand_for_dose, errand_for_kind
from scheduling.selectors.plan_states import plan_state
from scheduling.services.visits.booking import book, check_placing, refuse_overlap
from scheduling.services.visits.placement import check_places, outside_hours
from scheduling.services.visits.wanted import Visit, Wanted, visit_for
from units.actors import Actor
from units.errors import invalid
from units.policy import Act


@dataclass(frozen=True, slots=True)
class Urgent:
    """What is squeezed in: a dose, or a patient's visit without a plan (public ids)."""

    dose_id: UUID | None = None
    patient_id: UUID | None = None
    visit_kind_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why it is squeezed in; and a doctor's reason to leave the limits of the dose, where it does."""

    why: str
    override: str = ""


def squeeze_in(actor: Actor, *, urgent: Urgent, wanted: Wanted, reasons: Reasons) -> Appointment:
    """The visit is booked, marked as squeezed in with the reason, and its invite goes out as any.

    Raises: NotAllowed, InvalidInput without a reason, SlotNotOffered for what is closed or cannot do it, and every
    refusal of `book_appointment`.
    """
    errand = _errand(actor, urgent)
    why = reasons.why.strip()
    if not why:
        raise invalid("reason", "Write down why this visit is squeezed in.")
    visit = replace(visit_for(actor, errand, wanted), squeezed_in=why[:300])
    return book(actor, visit, override_reason=reasons.override)


def weigh_squeeze(actor: Actor, *, urgent: Urgent, wanted: Wanted, override_reason: str = "") -> tuple[str, ...]:
    """What the visit would leave, in words; nothing is locked and nothing written. Empty for an ordinary slot.

    Raises what `squeeze_in` would raise as the day stands.
    """
    errand, at = _errand(actor, urgent), timezone.now()
    visit = replace(visit_for(actor, errand, wanted), squeezed_in="asked")
    plan = plan_state(errand.dose.plan_id, visit.unit) if errand.dose is not None else None
    check_placing(actor, visit, plan, override_reason=override_reason, at=at)
    _refuse_overlap(visit)
    day = check_places(visit)
    outside = outside_hours(visit, day.lists)
    found = [outside] if outside else []
    notice = visit.unit.notice_hours
    if notice and visit.arrives_at < at + timedelta(hours=notice):
        found.append(f"The patient has less than the {notice} h notice that this unit gives.")
    return tuple(found)


def _errand(actor: Actor, urgent: Urgent) -> Errand:
    if urgent.dose_id is not None:
        errand = errand_for_dose(actor, urgent.dose_id)
    elif urgent.patient_id is not None and urgent.visit_kind_id is not None:
        errand = errand_for_kind(actor, urgent.patient_id, urgent.visit_kind_id)
    else:
        raise invalid("dose", "Name a dose, or a patient and a kind of visit.")
    actor.require(Act.SQUEEZE_IN, errand.unit.pk)
    return errand


def _refuse_overlap(visit: Visit) -> None:
    """The patient's other visits, as `insert_visit` finds them under the locks."""
    refuse_overlap(Appointment(patient=visit.patient), visit.arrives_at, visit.slot.leave_at)
