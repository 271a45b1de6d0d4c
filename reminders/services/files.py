"""One visit as a calendar file for a reader who asks for it."""

from __future__ import annotations

from reminders.ical import (
    FeedEntry,
    Organizer,
    Recipient,
    VisitSnapshot,
    build_feed,
    build_request,
)
from reminders.models import PersonalLink
from reminders.people import PATIENT, carer_as_person, patient_as_person
from reminders.services.composing import calendar_description, calendar_title, sender_of, values_for
from scheduling.models import Appointment
from scheduling.services.visits.events import snapshot


def file_of(visit: Appointment, link: PersonalLink, *, language: str) -> bytes | None:
    """The visit's request, as in its invite, so that its update and its cancellation find it in the calendar.

    A reader without an address gets it as one that no mail will change. None for a visit that does not stand.
    """
    if visit.status != Appointment.Status.BOOKED:
        return None
    patient = link.patient
    person = patient_as_person(patient) if link.recipient == PATIENT else carer_as_person(link.carer, patient)  # type: ignore[arg-type]  # a carer's link without its carer does not work
    unit, facts = visit.unit, snapshot(visit, [])
    values = values_for("invite", facts, unit, person, language)
    sender = Organizer(*sender_of(values["site"]))
    title, description = calendar_title(language), calendar_description(values, language)
    if not person.address:
        entry = FeedEntry(
            str(visit.uid),
            visit.ical_sequence,
            visit.dtstamp,
            visit.arrives_at,
            visit.ends_at,
            title,
            ", ".join(part for part in (values["site"], values["address"]) if part),
            description,
        )
        return build_feed([entry], name=title, organizer=sender)
    stands = VisitSnapshot(
        uid=str(visit.uid),
        sequence=visit.ical_sequence,
        dtstamp=visit.dtstamp,
        last_modified=visit.dtstamp,
        created=visit.booked_at,
        arrive_at=visit.arrives_at,
        leave_at=visit.ends_at,
        site_name=unit.site_name,
        address=unit.address,
        phone=str(unit.phone),
        zone=unit.timezone,
    )
    recipient = Recipient(person.name, person.address, person.kind)
    return build_request(stands, recipient, sender, description=description, title=title)
