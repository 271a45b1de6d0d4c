"""A free place beside the calendar: the doses and the visits that could have it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from desk.presenters.calendar import CANNOT, calendar_url, dose_words
from desk.presenters.calendar_events import place_key
from desk.presenters.doses import badge_of
from desk.presenters.people import name_of
from desk.presenters.reader import Reader
from desk.viewmodels import Action
from desk.viewmodels.calendar import PlacePanel, Taker
from scheduling.models import Appointment, EarlierWish, Resource
from scheduling.selectors.to_book import DoseToBook, Urgency

MOST = 12
"""So many doses are listed; the most urgent of them are what a place is given to."""


@dataclass(frozen=True)
class Place:
    """A room and the start of a procedure in it."""

    room: Resource
    at: datetime


def place_panel(place: Place, rows: Sequence[DoseToBook], wishes: Sequence[EarlierWish], reader: Reader) -> PlacePanel:
    """Who could have the place: doses whose window the day lies in or that are overdue, and who would come earlier."""
    on = reader.unit.local_date(place.at)
    fitting = [row for row in rows if _may_be(row, place, reader)]
    return PlacePanel(
        key=place_key(str(place.room.public_id), f"{reader.unit.local(place.at):%Y-%m-%dT%H:%M}"),
        title=_("Free at %(clock)s in %(room)s") % {"clock": reader.clock(place.at), "room": place.room.name},
        detail=_("%(day)s. Choose who comes: it is asked once more, and nothing is booked yet.")
        % {"day": reader.day(on)},
        close_url=calendar_url(on),
        doses=[_dose(row, place, reader) for row in fitting[:MOST]],
        earlier=list(_earlier(wishes, place, reader)),
        foot=[
            Action(_("All doses to book"), reverse("desk:doses"), icon="calendar-plus"),
            Action(_("Waiting list and offers"), reverse("desk:waiting"), icon="hourglass"),
        ],
    )


def _may_be(row: DoseToBook, place: Place, reader: Reader) -> bool:
    on = reader.unit.local_date(place.at)
    if row.urgency in CANNOT or on < row.dose.earliest_on:
        return False
    is_others = row.reservation is not None and row.reservation.reserved_by_id != reader.actor.user_id
    return not is_others and (on <= row.dose.latest_on or row.urgency is Urgency.OVERDUE)


def _dose(row: DoseToBook, place: Place, reader: Reader) -> Taker:
    dose = row.dose
    url = reverse("desk:calendar_ask_dose", args=[reader.unit.local_date(place.at), dose.public_id])
    return Taker(
        key=str(dose.public_id),
        name=name_of(dose.plan.patient),
        dose=dose_words(dose),
        url=_asked(url, place, reader),
        detail=_("Target %(day)s") % {"day": reader.day(dose.target_on)},
        badge=badge_of(row, reader),
    )


def _earlier(wishes: Sequence[EarlierWish], place: Place, reader: Reader) -> Iterator[Taker]:
    """Visits booked for later whose patient has asked for an earlier time."""
    for wish in wishes:
        visit: Appointment | None = wish.visit  # type: ignore[attr-defined]  # read with the wish
        if visit is None or visit.starts_at <= place.at or place.at < reader.at:
            continue
        url = reverse("desk:calendar_ask_visit", args=[reader.unit.local_date(place.at), visit.public_id])
        yield Taker(
            key=str(visit.public_id),
            name=name_of(wish.dose.plan.patient),
            dose=dose_words(wish.dose),
            url=_asked(url, place, reader, version=visit.version),
            detail=_("Booked for %(when)s") % {"when": reader.moment(visit.starts_at)},
        )


def _asked(url: str, place: Place, reader: Reader, **more: int) -> str:
    local = reader.unit.local(place.at)
    asked = {"on": f"{local:%Y-%m-%d}", "clock": f"{local:%H:%M}", "room": place.room.public_id, **more}
    return f"{url}?{urlencode(asked)}"
