"""What one person may see through their link: their patient's coming visits and offers, and nobody else's."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from doseplans.models import PlanHold
from patients.models import WorklistItem
from reminders.gate import link_ends_at
from reminders.models import PersonalLink
from reminders.people import PATIENT
from reminders.secret import digest_of
from scheduling.models import Appointment, OfferedVisit
from scheduling.selectors.waiting import offered_to, why_offered_over
from units.actors import Actor
from units.errors import NotFound

SHOWN_AFTER = timedelta(days=2)
"""An offer that is over is still told of for so long: its mail lies in the mailbox."""

Status = Appointment.Status


def link_by_token(token: str, *, at: datetime) -> PersonalLink | None:
    """The link with its visit, patient and carer while it works; None for one that ended, or never was.

    It ends with its visit, and with the patient's life; a carer's with the patient's leave to tell them.
    """
    link = (
        PersonalLink.objects.select_related("appointment__unit", "patient__unit", "carer")
        .filter(digest=digest_of(token), revoked_at__isnull=True, patient__deceased_at__isnull=True)
        .first()
    )
    if link is None or at >= link_ends_at(link.appointment.ends_at, link.appointment.unit.zone):
        return None
    if link.recipient != PATIENT and (link.carer is None or not link.carer.receives_invites):
        return None
    return link


def actor_of(link: PersonalLink) -> Actor:
    """Whoever bears the link, once they have shown the birthday: acts on that patient's record and on no other."""
    return Actor.own("Patient" if link.recipient == PATIENT else "Carer", patient_id=link.patient_id)


def own_visits(actor: Actor, *, also: int, at: datetime) -> list[Appointment]:
    """The patient's visits that are to come or going on, soonest first; and `also`, the link's, whatever became of it.

    Each with its answers read, and `is_on_hold`.
    """
    coming = Q(status__in=[Status.BOOKED, Status.ARRIVED], ends_at__gt=at)
    return list(_own(actor).filter(coming | Q(pk=also)).order_by("starts_at", "pk"))


def own_visit(actor: Actor, visit_id: UUID) -> Appointment:
    """One of the patient's visits; NotFound for anybody else's."""
    visit = _own(actor).filter(public_id=visit_id).first()
    if visit is None:
        raise NotFound("There is no such visit.")
    return visit


def _own(actor: Actor) -> QuerySet[Appointment]:
    held = PlanHold.objects.filter(plan_id=OuterRef("dose__plan_id"), lifted_at__isnull=True)
    return (
        Appointment.objects.filter(patient=actor.own_patient_id)
        .select_related("unit", "dose__plan")
        .prefetch_related("responses")
        .annotate(is_on_hold=Exists(held))
    )


def own_offers(actor: Actor, *, at: datetime) -> list[tuple[OfferedVisit, bool]]:
    """Earlier times offered to the patient, each with whether they can still have it; those just over as well.

    A time offered twice is there once, as it was offered last; one taken, while the visit still stands there.
    """
    shown = Q(state=OfferedVisit.State.ASKED) | Q(answered_at__gt=at - SHOWN_AFTER)
    rows = (
        offered_to(actor)
        .filter(shown, starts_at__gt=at)
        .select_related("offer__unit", "dose__plan__patient", "appointment", "event__appointment")
        .order_by("starts_at", "pk")
    )
    last = {row.starts_at: row for row in rows}
    return [(row, not why_offered_over(row, at=at)) for row in last.values() if not _is_left_behind(row)]


def _is_left_behind(offered: OfferedVisit) -> bool:
    """Whether the time was taken, and the visit has left it since."""
    if offered.state != OfferedVisit.State.ACCEPTED or offered.event is None:
        return False
    visit = offered.event.appointment
    return visit.status != Status.BOOKED or visit.starts_at != offered.starts_at


def calls_asked_for(actor: Actor, *, link: PersonalLink) -> QuerySet[WorklistItem]:
    """The open call that this person asked for on their page, whichever of the patient's visits it was about."""
    asked = WorklistItem.objects.filter(patient=actor.own_patient_id, done_at__isnull=True)
    return asked.filter(key__startswith="ring:", key__endswith=f":{link.recipient}")


def is_to_be_rung(actor: Actor, *, link: PersonalLink) -> bool:
    """Whether they asked to be rung and nobody has yet."""
    return calls_asked_for(actor, link=link).exists()
