"""A free place beside the calendar: the doses and the visits that could have it, and what it says to each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from desk.presenters.booking.doses import dose_words
from desk.presenters.calendar.events import place_key
from desk.presenters.calendar.page import calendar_url, tray_badge
from desk.presenters.people import name_of
from desk.presenters.reader import Reader
from desk.viewmodels import Action, Line
from desk.viewmodels.calendar import PlacePanel, Taker
from scheduling.engine.free import Obstacle
from scheduling.models import Appointment, EarlierWish, Resource
from scheduling.selectors.demands import AskedOf
from scheduling.selectors.to_book import DoseToBook
from scheduling.services.waiting.takers import Fit, Takers

MOST = 20
"""So many doses are shown at first: those that fit, the most urgent before others."""


@dataclass(frozen=True)
class Place:
    """A room and the start of a procedure in it."""

    room: Resource
    at: datetime


def place_panel(place: Place, takers: Takers, reader: Reader) -> PlacePanel:
    """Who could have the place, those that fit first, each with what the place says to them."""
    on = reader.unit.local_date(place.at)
    doses = [_dose(row, fit, place, reader) for row, fit in takers.doses]
    return PlacePanel(
        key=place_key(str(place.room.public_id), f"{reader.unit.local(place.at):%Y-%m-%dT%H:%M}"),
        title=_("Free at %(clock)s in %(room)s") % {"clock": reader.clock(place.at), "room": place.room.name},
        detail=_("%(day)s. Choose who comes: it is asked once more, and nothing is booked yet.")
        % {"day": reader.day(on)},
        close_url=calendar_url(on),
        doses=doses[:MOST],
        doses_fit=_how_many([fit for _row, fit in takers.doses]),
        more=doses[MOST:],
        earlier=[_earlier(wish, fit, place, reader) for wish, fit in takers.earlier],
        earlier_fit=_how_many([fit for _wish, fit in takers.earlier]),
        foot=[
            Action(_("All doses to book"), reverse("desk:doses"), icon="calendar-plus"),
            Action(_("Waiting list and offers"), reverse("desk:waiting"), icon="hourglass"),
        ],
    )


def _how_many(fits: Sequence[Fit]) -> str:
    """3 of 9 fit."""
    good = sum(not fit.is_stopped for fit in fits)
    words = ngettext("%(n)d of %(total)d fits", "%(n)d of %(total)d fit", good)
    return words % {"n": good, "total": len(fits)}


def _dose(row: DoseToBook, fit: Fit, place: Place, reader: Reader) -> Taker:
    dose = row.dose
    url = reverse("desk:calendar_ask_dose", args=[reader.unit.local_date(place.at), dose.public_id])
    return Taker(
        key=str(dose.public_id),
        name=name_of(dose.plan.patient),
        dose=dose_words(dose),
        url=_asked(url, place, reader),
        fit=fit_line(fit, place, reader),
        detail=_("Target %(day)s") % {"day": reader.day(dose.target_on)},
        badge=tray_badge(row, reader),
    )


def _earlier(wish: EarlierWish, fit: Fit, place: Place, reader: Reader) -> Taker:
    """A visit booked for later whose patient has asked for an earlier time."""
    visit: Appointment = wish.visit  # type: ignore[attr-defined]  # read with the wish
    url = reverse("desk:calendar_ask_visit", args=[reader.unit.local_date(place.at), visit.public_id])
    return Taker(
        key=str(visit.public_id),
        name=name_of(wish.dose.plan.patient),
        dose=dose_words(wish.dose),
        url=_asked(url, place, reader, version=visit.version),
        fit=fit_line(fit, place, reader),
        detail=_("Booked for %(when)s") % {"when": reader.moment(visit.starts_at)},
    )


def _asked(url: str, place: Place, reader: Reader, **more: int) -> str:
    local = reader.unit.local(place.at)
    asked = {"on": f"{local:%Y-%m-%d}", "clock": f"{local:%H:%M}", "room": place.room.public_id, **more}
    return f"{url}?{urlencode(asked)}"


# --- what the place says, in a few words -----------------------------------------------------------------------------
def fit_line(fit: Fit, place: Place, reader: Reader) -> Line:
    """Fits, arrives 08:00; or what speaks against it. Only a catch that a person can settle is amber."""
    if fit.is_stopped:
        return Line(_("Does not fit: %(why)s") % {"why": _against(fit, place)}, "plain", "x")
    if catch := _catch(fit):
        return Line(catch, "warn", "triangle-alert")
    return Line(_("Fits, arrives %(clock)s") % {"clock": reader.clock(fit.arrives_at)}, "ok", "check")


def _against(fit: Fit, place: Place) -> str:
    if fit.gate is not None:
        return str(_GATES.get(fit.gate.code, fit.gate.sentence))
    if fit.lacking is not None:
        return _("%(room)s has no %(skill)s") % {"room": place.room.name, "skill": fit.lacking.skill}
    if fit.obstacle is None:
        raise ValueError("nothing stops it")
    return _wanting(fit, fit.obstacle.obstacle) or str(_OBSTACLES[fit.obstacle.obstacle])


def _wanting(fit: Fit, obstacle: Obstacle) -> str:
    """What the patient's own needs leave nobody or nothing for; empty where they are not the cause."""
    demands = fit.errand.demands
    if obstacle == Obstacle.NO_OPERATOR and demands.only_operator is not None:
        return _("only %(name)s may operate, who is not free") % {"name": demands.only_operator[1]}
    words = _WITH_SKILL.get(obstacle)
    skills = ", ".join(sorted(demands.of(words[0]))) if words else ""
    return str(words[1]) % {"skills": skills} if words and skills else ""


def _catch(fit: Fit) -> str:
    """What does not stop it, in words; empty where nothing speaks against it."""
    catches = []
    if fit.needs_reason is not None:
        why = _GATES.get(fit.needs_reason.code, fit.needs_reason.sentence)
        catches.append(_("Only with your reason: %(why)s") % {"why": why})
    if fit.terms:
        catches.append(fit.terms)
    if fit.unwished:
        catches.append(_("Does not suit: %(why)s") % {"why": fit.unwished})
    if fit.notice is not None:
        catches.append(_("Needs %(n)d h of notice") % {"n": fit.notice.total_seconds() // 3600})
    return "; ".join(catches)


_GATES: dict[str, Promise] = {
    "dose_too_early": gettext_lazy("too soon after the dose before"),
    "neighbour_too_close": gettext_lazy("the next visit is too near"),
    "earlier_dose_unbooked": gettext_lazy("the dose before is not booked"),
    "outside_window": gettext_lazy("outside its window"),
}
_OBSTACLES: dict[Obstacle, Promise] = {
    Obstacle.OUTSIDE_HOURS: gettext_lazy("the visit leaves the room's hours"),
    Obstacle.ROOM_TAKEN: gettext_lazy("the room is taken before it ends"),
    Obstacle.NO_OPERATOR: gettext_lazy("nobody is free to operate"),
    Obstacle.NO_ASSISTANT: gettext_lazy("nobody is free to assist"),
    Obstacle.NO_IMAGING: gettext_lazy("no imaging device is free"),
    Obstacle.START_HOURS: gettext_lazy("the protocol does not begin then"),
    Obstacle.KEPT_APART: gettext_lazy("kept apart from what runs in that area"),
    Obstacle.NO_NURSE: gettext_lazy("too few nurses in recovery"),
    Obstacle.NO_RECOVERY: gettext_lazy("no recovery place for as long"),
    Obstacle.PATIENT_BUSY: gettext_lazy("has another visit then"),
    Obstacle.TOO_SOON: gettext_lazy("the time to arrive has passed"),
}
_WITH_SKILL: dict[Obstacle, tuple[AskedOf, Promise]] = {
    Obstacle.NO_OPERATOR: (AskedOf.OPERATOR, gettext_lazy("nobody free who does %(skills)s")),
    Obstacle.NO_ASSISTANT: (AskedOf.ASSISTANT, gettext_lazy("nobody free to assist who does %(skills)s")),
    Obstacle.NO_IMAGING: (AskedOf.IMAGING, gettext_lazy("no %(skills)s is free")),
    Obstacle.NO_RECOVERY: (AskedOf.PLACE, gettext_lazy("no recovery place with %(skills)s is free")),
}
