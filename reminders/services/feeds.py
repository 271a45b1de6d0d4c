"""Calendar feeds: whose address it is, whether anything changed, and the calendar itself.

A calendar program asks every half hour and mostly hears that nothing changed: that costs one statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from reminders.ical import FeedEntry, Organizer, build_feed
from reminders.ical.cleaning import clean_line, one_line, whereabouts
from reminders.models import FeedToken
from reminders.secret import digest_of
from reminders.services.composing import sender_of
from reminders.words import phone_words
from scheduling.engine.answers import PATIENT
from units.actors import Actor
from units.errors import NotAllowed
from units.history import recorded_as

PAGE = "/calendar/"
PAST = timedelta(days=90)
"""What is longer ago leaves the feed. Local policy."""

FORM = 2
"""Plus one whenever a feed is written differently: programs then fetch it anew."""

# Whose it is, and one digest over everything the feed is made of. A patient who died, and a carer who is no longer to
# be told, have a feed that is empty: what a program kept then goes from it. Of staff only what they are booked on, in
# units where they hold a role.
_STATE = f"""
    WITH token AS (
        SELECT t.id, t.patient_id, t.recipient, t.user_id, coalesce(p.language, '') AS language,
               CASE WHEN t.user_id IS NOT NULL THEN u.is_active
                    ELSE p.deceased_at IS NULL AND (t.recipient = '{PATIENT}' OR coalesce(c.receives_invites, false))
               END AS is_told
        FROM reminders_feedtoken t
        LEFT JOIN patients_patient p ON p.id = t.patient_id
        LEFT JOIN patients_carer c ON c.id = t.carer_id
        LEFT JOIN units_user u ON u.id = t.user_id
        WHERE t.digest = %s AND t.revoked_at IS NULL
    )
    SELECT token.patient_id, token.user_id, token.language, token.is_told,
           md5(concat_ws('|', token.is_told, token.language, visits.said))
    FROM token
    LEFT JOIN LATERAL (
        SELECT string_agg(concat_ws(',', a.id, a.version, extract(epoch FROM a.dtstamp), place.said), ';'
                          ORDER BY a.id, place.said) AS said
        FROM scheduling_appointment a
        JOIN LATERAL (
            SELECT md5(concat_ws('|', u.site_name, u.address, u.phone, u.email)) AS said
            FROM units_unit u WHERE u.id = a.unit_id AND token.patient_id IS NOT NULL
            UNION ALL
            SELECT concat_ws(',', al.id, al.starts_at, al.ends_at, al.resource_id)
            FROM scheduling_allocation al
            JOIN scheduling_resource r ON r.id = al.resource_id
            WHERE al.appointment_id = a.id AND token.user_id IS NOT NULL AND r.user_id = token.user_id
        ) place ON true
        WHERE token.is_told AND a.status IN ('booked', 'arrived', 'fulfilled') AND a.ends_at > %s
          AND (a.patient_id = token.patient_id OR a.id IN (
              SELECT al.appointment_id FROM scheduling_allocation al
              JOIN scheduling_resource r ON r.id = al.resource_id
              WHERE r.user_id = token.user_id AND EXISTS (
                  SELECT FROM units_membership m WHERE m.user_id = token.user_id AND m.unit_id = r.unit_id
              )
          ))
    ) visits ON true
"""  # noqa: S608  one of our own words

_OF_PATIENT = """
    SELECT a.uid, a.ical_sequence, a.dtstamp, coalesce(a.admitted_at, a.starts_at), a.ends_at,
           u.site_name, u.address, u.phone, u.email
    FROM scheduling_appointment a JOIN units_unit u ON u.id = a.unit_id
    WHERE a.patient_id = %s AND a.status IN ('booked', 'arrived', 'fulfilled') AND a.ends_at > %s
    ORDER BY a.starts_at, a.id
"""

_OF_STAFF = """
    SELECT a.uid, al.resource_id, al.phase, a.version, a.dtstamp, al.starts_at, al.ends_at, room.name, u.site_name
    FROM scheduling_resource r
    JOIN scheduling_allocation al ON al.resource_id = r.id
    JOIN scheduling_appointment a ON a.id = al.appointment_id
    JOIN units_unit u ON u.id = a.unit_id
    LEFT JOIN LATERAL (
        SELECT min(other.name) AS name
        FROM scheduling_allocation taken JOIN scheduling_resource other ON other.id = taken.resource_id
        WHERE taken.appointment_id = a.id AND other.kind = 'room'
    ) room ON true
    WHERE r.user_id = %s AND a.status IN ('booked', 'arrived', 'fulfilled') AND a.ends_at > %s
      AND EXISTS (SELECT FROM units_membership m WHERE m.user_id = r.user_id AND m.unit_id = r.unit_id)
    ORDER BY al.starts_at, al.id
"""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that somebody asked for by its token. `mark` changes whenever what it says does."""

    patient_id: int | None
    user_id: int | None
    language: str
    is_told: bool
    mark: str


def find_feed(token: str, *, at: datetime) -> Feed | None:
    """The feed of a token; None for one that was ended or never was. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE, [digest_of(token), at - PAST])
        row = cursor.fetchone()
    if row is None:
        return None
    patient_id, user_id, language, is_told, digest = row
    return Feed(patient_id, user_id, language, is_told, f"{FORM}-{digest}")


def calendar_of(feed: Feed, *, at: datetime) -> bytes:
    """The feed's calendar object. One statement."""
    with translation.override(feed.language or settings.LANGUAGE_CODE):
        if feed.patient_id is not None:
            entries, name = list(_of_patient(feed, at)), _("Hospital appointments")
        else:
            entries, name = list(_of_staff(feed, at)), _("My lists")
    return build_feed(entries, name=name, organizer=Organizer(*sender_of(name)))


def _of_patient(feed: Feed, at: datetime) -> Iterator[FeedEntry]:
    if not feed.is_told:
        return
    title, words = _("Hospital appointment"), _Words()
    for uid, sequence, dtstamp, arrives_at, leaves_at, *place in _rows(_OF_PATIENT, feed.patient_id, at):
        location, description = words.of(*place)
        yield FeedEntry(str(uid), sequence, dtstamp, arrives_at, leaves_at, title, location, description)


class _Words:
    """Where a visit is and how to reach the unit, once a place."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], tuple[str, str]] = {}

    def of(self, *place: str) -> tuple[str, str]:
        if place not in self._known:
            self._known[place] = self._write(*place)
        return self._known[place]

    @staticmethod
    def _write(site: str, address: str, phone: str, email: str) -> tuple[str, str]:
        lines = [
            _("To change it or to ask something, tell us in good time."),
            _("Telephone: %(phone)s") % {"phone": phone_words(phone)} if phone else "",
            _("E-mail: %(email)s") % {"email": clean_line(email)} if email else "",
        ]
        location = whereabouts(site, address)
        return location, "\n".join(line for line in lines if line)


def _of_staff(feed: Feed, at: datetime) -> Iterator[FeedEntry]:
    """Times and rooms of what they are booked on. The UID is another than the patient's: it is another appointment."""
    if not feed.is_told:
        return
    for uid, resource_id, phase, version, dtstamp, starts_at, ends_at, room, site in _rows(_OF_STAFF, feed.user_id, at):
        title = _("Visit, %(room)s") % {"room": room} if room else _("Visit")
        own_uid = str(uuid5(UUID(str(uid)), f"{resource_id}:{phase}"))
        yield FeedEntry(own_uid, version, dtstamp, starts_at, ends_at, title, one_line(site), "")


def _rows(statement: str, key: int | None, at: datetime) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [key, at - PAST])
        return cursor.fetchall()


def address_of_feed(token: FeedToken) -> str:
    """What a calendar program is given."""
    return f"{settings.PUBLIC_URL}{PAGE}{token.token}.ics"


# --- one's own address ------------------------------------------------------------------------------------------------
def own_feed(actor: Actor, *, recipient: str = "") -> FeedToken | None:
    """The actor's own live address: of staff, or (`recipient`) of a patient or one of their carers."""
    return FeedToken.objects.filter(**_reader(actor, recipient), revoked_at__isnull=True).first()


def make_feed(actor: Actor, *, recipient: str = "", carer_id: int | None = None) -> FeedToken:
    """The actor has a new address; an earlier one works no more. Two who ask at once get the same one."""
    with recorded_as(actor, act="make_feed"):
        reader = _reader(actor, recipient)
        live = FeedToken.objects.select_for_update().filter(**reader, revoked_at__isnull=True)
        live.update(revoked_at=timezone.now(), revoked_by_name=actor.name)
        made = FeedToken(**reader, carer_id=carer_id)
        FeedToken.objects.bulk_create([made], ignore_conflicts=True)
        return FeedToken.objects.get(**reader, revoked_at__isnull=True)


def end_feed(actor: Actor, *, recipient: str = "") -> bool:
    """The actor's own address works no more; False where there was none."""
    with recorded_as(actor, act="end_feed"):
        live = FeedToken.objects.filter(**_reader(actor, recipient), revoked_at__isnull=True)
        return bool(live.update(revoked_at=timezone.now(), revoked_by_name=actor.name))


def _reader(actor: Actor, recipient: str) -> dict[str, int | str]:
    """Whose address the actor may make: their own, and nobody else's."""
    if actor.own_patient_id is not None and recipient:
        return {"patient_id": actor.own_patient_id, "recipient": recipient}
    if actor.user_id is not None and not recipient:
        return {"user_id": actor.user_id, "recipient": ""}
    raise NotAllowed("A calendar address is made by the person whose calendar it is.")
