"""Writing down what happened to a visit: the outbox that messages are derived from."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from scheduling.models import Appointment, AppointmentEvent
from scheduling.placing import Claim
from units.actors import Actor
from units.nudging import nudge_after_commit

Kind = AppointmentEvent.Kind

ABOUT_OFFERS = frozenset({Kind.OFFERED, Kind.OFFER_OVER})
"""Kinds that change nothing about the visit: an earlier time was offered for it, or is offered no more."""

CHANGE_NOTHING = ABOUT_OFFERS | {Kind.ANSWERED, Kind.KEPT}
"""Kinds after which the visit stands as it stood: what came before them can still be taken back."""

TELLING = ABOUT_OFFERS | {
    Kind.BOOKED,
    Kind.MOVED,
    Kind.DELAYED,
    Kind.CANCELLED,
    Kind.UNDONE,
    Kind.NOSHOW,
    Kind.GIVEN,
    Kind.ARRIVED,
    Kind.TOLD_AGAIN,
}
"""Kinds after which messages are written or dropped; the others are marked as dealt with at once."""


def next_dtstamp(at: datetime, previous: datetime | None) -> datetime:
    """A whole second, strictly later than the last one: clients ignore an update that does not rise.

    >>> at = datetime(2026, 11, 24, 11, 42, 7, 500, tzinfo=UTC)
    >>> next_dtstamp(at, None).isoformat(), next_dtstamp(at, at.replace(microsecond=0)).second
    ('2026-11-24T11:42:07+00:00', 8)
    """
    stamp = at.astimezone(UTC).replace(microsecond=0)
    return stamp if previous is None or stamp > previous else previous + timedelta(seconds=1)


def placing_of(claims: Iterable[Claim]) -> list[list[Any]]:
    """Claims as JSON: `[resource, phase, starts, ends]`."""
    return [
        [claim.resource_id, claim.phase, claim.starts_at.isoformat(), claim.ends_at.isoformat()] for claim in claims
    ]


def claims_from(placing: list[list[Any]]) -> list[Claim]:
    """The claims that `placing_of` wrote."""
    return [
        Claim(resource_id, phase, datetime.fromisoformat(starts), datetime.fromisoformat(ends))
        for resource_id, phase, starts, ends in placing
    ]


def state_of(appointment: Appointment, claims: Iterable[Claim]) -> dict[str, Any]:
    """When and where a visit stands, as JSON; enough to bring it back.

    `day_starts_at` is there for somebody who is admitted the day before: when the visit itself begins;
    `squeezed_in_reason` for a visit that was squeezed in.
    """
    admission = {} if appointment.admitted_at is None else {"day_starts_at": appointment.starts_at.isoformat()}
    squeezed_in = {"squeezed_in_reason": appointment.squeezed_in_reason} if appointment.squeezed_in_reason else {}
    return {
        **admission,
        **squeezed_in,
        "arrive_at": appointment.arrives_at.isoformat(),
        "leave_at": appointment.ends_at.isoformat(),
        "ical_sequence": appointment.ical_sequence,
        "dtstamp": appointment.dtstamp.isoformat(),
        "placing": placing_of(claims),
    }


def snapshot(
    appointment: Appointment, claims: Iterable[Claim], *, previous: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What a message needs to know of the visit at this moment, and (`previous`) what an undo goes back to.

    Holds nothing clinical and no name: those are read when the message is made.
    """
    unit = appointment.unit
    return {
        **state_of(appointment, claims),
        "zone": unit.timezone,
        "unit": unit.name,
        "site": unit.site_name,
        "address": unit.address,
        "phone": str(unit.phone),
        "directions": unit.directions,
        "what_to_bring": unit.what_to_bring,
        "previous": previous,
    }


def event_of(
    actor: Actor,
    appointment: Appointment,
    kind: str,
    *,
    at: datetime,
    claims: Iterable[Claim] = (),
    previous: dict[str, Any] | None = None,
    reason: str = "",
    undoes: AppointmentEvent | None = None,
    is_told: bool = True,
    together: UUID | None = None,
) -> AppointmentEvent:
    """What happened to the visit, not written down yet.

    Of one with `is_told` False nobody ever hears, whatever becomes of the patient's record: messages that wait are
    dropped, and none is written. `together` is the same for all that one act does to several visits.
    """
    return AppointmentEvent(
        appointment=appointment,
        kind=kind,
        at=at,
        actor_id=actor.user_id,
        actor_name=actor.name,
        reason=reason,
        uid=appointment.uid,
        ical_sequence=appointment.ical_sequence,
        dtstamp=appointment.dtstamp,
        releases_at=at + timedelta(seconds=appointment.unit.undo_seconds),
        snapshot=snapshot(appointment, claims, previous=previous) | ({} if is_told else {"is_untold": True}),
        undoes=undoes,
        messages_derived_at=None if kind in TELLING else at,
        together=together,
    )


def write_event(
    actor: Actor,
    appointment: Appointment,
    kind: str,
    *,
    at: datetime,
    claims: Iterable[Claim] = (),
    previous: dict[str, Any] | None = None,
    reason: str = "",
    undoes: AppointmentEvent | None = None,
    is_told: bool = True,
    together: UUID | None = None,
) -> AppointmentEvent:
    """The event is in the table with the change itself, or neither is; a worker is nudged after the commit."""
    event = event_of(
        actor,
        appointment,
        kind,
        at=at,
        claims=claims,
        previous=previous,
        reason=reason,
        undoes=undoes,
        is_told=is_told,
        together=together,
    )
    event.save(force_insert=True)
    announce(event)
    return event


def announce(event: AppointmentEvent) -> None:
    """A worker is nudged after the commit, where the event is one that patients are told of."""
    if event.kind in TELLING:
        nudge_after_commit("reminders.derive", event.pk)
