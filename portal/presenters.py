"""The page's words: what, when, where, how long, what to bring, and how an answer stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from reminders.ical.cleaning import clean_line, clean_text
from reminders.models import PersonalLink
from reminders.people import PATIENT
from reminders.services.composing import calendar_title, discreet
from reminders.words import day_words, in_one_piece, length_words, phone_words, time_words
from scheduling.models import Appointment, AppointmentResponse, OfferedVisit
from units.models import Unit

Status = Appointment.Status
Said = AppointmentResponse.Status
OFF = frozenset({Status.CANCELLED, Status.ENTERED_IN_ERROR})


@dataclass(frozen=True, slots=True)
class Button:
    """One answer; `is_said` where it is what they have told us, `is_asked` where a link in a mail asked for it.

    `is_about_call`: there whatever becomes of the visit.
    """

    value: str
    label: str
    is_said: bool = False
    is_asked: bool = False
    is_first: bool = False
    is_about_call: bool = False


@dataclass(frozen=True, slots=True)
class VisitCard:
    """A visit as its patient reads it."""

    public_id: str
    sequence: int
    day: str
    time: str
    leave_time: str
    length: str
    heading: str
    words: str
    tone: str
    said: str
    notes: list[str]
    is_answerable: bool
    is_coming: bool
    is_cancelled: bool
    declining: str
    file_url: str
    url: str
    buttons: list[Button] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is and how to reach the people there."""

    site: str
    address: list[str]
    directions: str
    bring: str
    phone: str
    phone_url: str
    email: str


@dataclass(frozen=True, slots=True)
class OfferCard:
    """An earlier time: to be had until `until`, in place of the visit `instead`; or over with a sentence."""

    day: str
    time: str
    length: str
    until: str
    is_open: bool
    instead: str
    words: str
    url: str


def answer_words() -> dict[str, str]:
    """The three answers as their buttons say them."""
    return {
        "accepted": _("I'll be there"),
        "declined": _("I can't come"),
        "ring": _("Please ring me"),
    }


def visit_card(visit: Appointment, *, link: PersonalLink, token: str, language: str, at: datetime) -> VisitCard:
    """The visit, and what its reader has said to it as it stands now."""
    arrive, leave = visit.unit.local(visit.arrives_at), visit.unit.local(visit.ends_at)
    own = next((one for one in visit.answers if one.respondent == link.recipient), None)
    said = own.participant_status if own else Said.NEEDS_ACTION
    heading, words, tone = _standing(visit, at)
    is_coming = visit.status == Status.BOOKED and at < visit.arrives_at
    return VisitCard(
        public_id=str(visit.public_id),
        sequence=visit.ical_sequence,
        day=day_words(arrive, language),
        time=time_words(arrive, language),
        leave_time=time_words(leave, language),
        length=length_words(visit.ends_at - visit.arrives_at, language),
        heading=heading,
        words=words,
        tone=tone,
        said=_said_words(said) if is_coming else "",
        notes=list(_notes(visit, link, said)) if is_coming else [],
        is_answerable=is_coming,
        is_coming=is_coming,
        is_cancelled=visit.status in OFF,
        declining=_declining_words() if is_coming and said != Said.DECLINED else "",
        file_url=reverse("portal:visit_file", args=[token, visit.public_id]),
        url=f"{reverse('portal:page', args=[token])}?visit={visit.public_id}",
    )


def buttons_for(visit: Appointment, *, link: PersonalLink, asked: str, is_rung: bool) -> list[Button]:
    """The answers, the one that the link in the mail asked for first; nothing is sent before one is pressed."""
    own = next((one for one in visit.answers if one.respondent == link.recipient), None)
    said = {own.participant_status if own else "", "ring" if is_rung else ""}
    asked = "" if asked in said else asked
    made = [
        Button(
            value,
            label,
            is_said=value in said,
            is_asked=value == asked,
            is_first=value == asked or (not asked and value in said),
            is_about_call=value == "ring",
        )
        for value, label in answer_words().items()
    ]
    if is_rung:
        made.append(Button("no_call", _("I don't need a call any more"), is_about_call=True))
    return sorted(made, key=lambda button: not button.is_asked)


def _standing(visit: Appointment, at: datetime) -> tuple[str, str, str]:
    """Heading, sentence and tone of what became of the visit."""
    if visit.status in OFF:
        return _("This appointment is cancelled"), _("Please do not travel for it."), "stop"
    if visit.status == Status.NOSHOW:
        return _("This appointment is over"), _("We missed you. Please ring us, so that we find another time."), "plain"
    if visit.status in {Status.ARRIVED, Status.FULFILLED}:
        return _("You have arrived"), _("There is nothing more to answer. Thank you for coming."), "plain"
    if at >= visit.ends_at:
        return _("This appointment is over"), _("There is nothing more to answer."), "plain"
    if at >= visit.arrives_at:
        return _("Your appointment is now"), _("If you are not on your way, please ring us."), "plain"
    return _("Your appointment"), "", "plain"


def _said_words(said: str) -> str:
    match said:
        case Said.ACCEPTED:
            return _("You told us: I'll be there.")
        case Said.DECLINED:
            return _("You told us: I can't come.")
        case Said.TENTATIVE:
            return _("You told us that you are not sure yet.")
        case _:
            return ""


def _declining_words() -> str:
    """What saying no does, before it is said."""
    return _("“I can't come” does not cancel your appointment. It tells us, and we get in touch about another time.")


def _notes(visit: Appointment, link: PersonalLink, said: str) -> Sequence[str]:
    found = []
    if said == Said.DECLINED:
        found.append(_("We will get in touch about another time. Until then nothing is cancelled."))
    others = [one.participant_status for one in visit.answers if one.respondent != link.recipient]
    if any(other not in {said, Said.NEEDS_ACTION} for other in others):
        found.append(
            _("Somebody who looks after you has given another answer.")
            if link.recipient == PATIENT
            else _("Another answer than yours was given as well.")
        )
    plan = visit.dose.plan if visit.dose else None
    if getattr(visit, "is_on_hold", False) or (plan is not None and plan.ended_on is not None):
        found.append(_("We are looking at this appointment again. Please ring us before you travel."))
    return found


def place_of(unit: Unit, language: str) -> Place:
    """The unit as a patient finds it. Words that name a treatment are left out, as from mail."""
    phone = str(unit.phone)
    return Place(
        site=clean_line(unit.site_name),
        address=[line for line in clean_text(unit.address).split("\n") if line and line != clean_line(unit.site_name)],
        directions=discreet(unit, "directions", unit.directions),
        bring=discreet(unit, "what_to_bring", unit.what_to_bring),
        phone=in_one_piece(phone_words(phone), language) if phone else "",
        phone_url=f"tel:{unit.phone.as_e164}" if phone and unit.phone.is_valid() else "",
        email=clean_line(unit.email),
    )


def offer_card(offered: OfferedVisit, *, is_open: bool, token: str, language: str) -> OfferCard:
    """What was offered, and whether it can still be had."""
    unit = offered.offer.unit
    arrive, until = unit.local(offered.starts_at), unit.local(offered.offer.expires_at)
    now = unit.local(offered.appointment.arrives_at) if offered.appointment else None
    return OfferCard(
        day=day_words(arrive, language),
        time=time_words(arrive, language),
        length=length_words(offered.ends_at - offered.starts_at, language),
        until=f"{day_words(until, language)}, {time_words(until, language)}",
        is_open=is_open,
        instead=f"{day_words(now, language)}, {time_words(now, language)}" if now else "",
        words="" if is_open else over_words(offered),
        url=reverse("portal:answer_offer", args=[token, offered.public_id]),
    )


def has_become(offered: OfferedVisit, visit: Appointment) -> bool:
    """Whether it is this visit that stands at the time offered, because it was taken."""
    return offered.event is not None and offered.event.appointment_id == visit.pk


def over_words(offered: OfferedVisit) -> str:
    """A kind sentence for an earlier time that cannot be had."""
    match offered.state:
        case OfferedVisit.State.ACCEPTED:
            return _("You took this time. It is your appointment now.")
        case OfferedVisit.State.DECLINED:
            return _("You said no to this time. Thank you for telling us.")
        case _:
            return _("This time is no longer free. We are sorry. Your appointment stays as it is.")


def page_title(language: str) -> str:
    """The browser's title: nothing that a look over a shoulder should not see."""
    return calendar_title(language)
