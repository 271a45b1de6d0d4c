"""The waiting list as a page: what is on offer, what came free, who waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from desk.looks import Badge, Words
from desk.presenters.listing import address, cut, neighbours, page_with, pager
from desk.presenters.people import banner, name_of, patient_url
from desk.presenters.reader import Reader
from desk.viewmodels import Action, Empty, Line, MenuLink
from desk.viewmodels.courses import CoursePage
from desk.viewmodels.waiting import (
    AnswerRow,
    CandidateRow,
    FreedBox,
    LeftOut,
    OfferBox,
    WaitingPage,
    WishRow,
)
from doseplans.models import Dose
from scheduling.engine.ticks import length_words
from scheduling.models import Appointment, AppointmentEvent, EarlierWish, Offer, OfferedVisit
from scheduling.selectors.waiting import FreedSlot
from scheduling.services.waiting.backfill import Backfill, Candidate, terms_of
from units.policy import Act

TICKED = 3
"""The offer goes to the first so many unless somebody says otherwise. Local policy."""

STANDS: Sequence[tuple[int, Words]] = (
    (30, gettext_lazy("30 minutes")),
    (60, gettext_lazy("1 hour")),
    (120, gettext_lazy("2 hours")),
    (240, gettext_lazy("4 hours")),
    (1440, gettext_lazy("a day")),
)

OFFER_BADGES: Mapping[str, Badge] = MappingProxyType(
    {
        Offer.State.OPEN: Badge("action", "send", gettext_lazy("On offer")),
        Offer.State.ACCEPTED: Badge("ok", "check", gettext_lazy("Accepted")),
        Offer.State.EXPIRED: Badge("booked", "hourglass", gettext_lazy("Ran out")),
        Offer.State.WITHDRAWN: Badge("booked", "undo-2", gettext_lazy("Withdrawn")),
        Offer.State.OVER: Badge("booked", "x", gettext_lazy("Over")),
    }
)
ANSWER_BADGES: Mapping[str, Badge] = MappingProxyType(
    {
        OfferedVisit.State.ASKED: Badge("action", "clock", gettext_lazy("No answer yet")),
        OfferedVisit.State.ACCEPTED: Badge("ok", "check", gettext_lazy("Accepted")),
        OfferedVisit.State.DECLINED: Badge("booked", "x", gettext_lazy("Declined")),
        OfferedVisit.State.MISSED: Badge("booked", "hourglass", gettext_lazy("Too late")),
        OfferedVisit.State.OVER: Badge("booked", "ban", gettext_lazy("No longer possible")),
    }
)
FREED_BY: Mapping[str, Words] = MappingProxyType(
    {
        AppointmentEvent.Kind.CANCELLED: gettext_lazy("A visit was cancelled %(when)s"),
        AppointmentEvent.Kind.MOVED: gettext_lazy("A visit was moved away %(when)s"),
        AppointmentEvent.Kind.NOSHOW: gettext_lazy("A patient did not come, %(when)s"),
    }
)


def waiting_page(
    offers: Sequence[Offer],
    freed: Sequence[Backfill],
    wishes: Sequence[EarlierWish],
    reader: Reader,
    *,
    number: int = 1,
    near: str = "",
    notices: Sequence[Line] = (),
) -> WaitingPage:
    """Everything about earlier times; buttons only for those who book.

    Of the wishes the page on which `near` stands, else the one with that number.
    """
    n, keys = len(wishes), [str(wish.public_id) for wish in wishes]
    number, after = page_with(keys, near, number), neighbours(keys)
    here = {"page": str(number) if number > 1 else ""}
    return WaitingPage(
        summary=ngettext("%(n)d patient would come earlier", "%(n)d patients would come earlier", n) % {"n": n},
        offers=[_offer(offer, reader, here) for offer in offers],
        freed=[_freed(backfill, reader) for backfill in freed],
        wishes=[_wish(wish, reader, here, after=after[str(wish.public_id)]) for wish in cut(wishes, number)],
        pager=pager(n, number, reverse("desk:waiting"), {}),
        no_freed=Empty(
            _("No slot of the coming days has come free. One that a cancelled or moved visit leaves is shown here.")
        ),
        no_wishes=Empty(
            _("Nobody waits for an earlier time. A wish is written down on the visit's page, or beside the dose."),
            Action(_("Look for a patient"), reverse("desk:patients"), icon="search"),
        ),
        offer_url=address(reverse("desk:make_offer"), here) if reader.may(Act.BOOK) else "",
        stands=STANDS,
        notices=notices,
    )


def _offer(offer: Offer, reader: Reader, here: Mapping[str, str]) -> OfferBox:
    is_open = offer.state == Offer.State.OPEN and offer.expires_at > reader.at
    state = Offer.State.EXPIRED if offer.state == Offer.State.OPEN and not is_open else Offer.State(offer.state)
    may = is_open and reader.may(Act.BOOK)
    title = _place(reader, offer)
    withdraw = address(reverse("desk:withdraw_offer", args=[offer.public_id]), here)
    return OfferBox(
        key=str(offer.public_id),
        title=title,
        detail=_offer_words(offer, reader, is_open=is_open),
        badge=OFFER_BADGES[state],
        answers=[_answer(one, reader, here, may=may) for one in offer.offered.all()],
        withdraw=Action(_("Withdraw"), withdraw, method="post", icon="undo-2", about=title) if may else None,
    )


def _place(reader: Reader, slot: Offer | FreedSlot) -> str:
    """Mon 23 Nov, procedure 09:00, Room 1, Dr Malik: patients arrive before it, each as they need."""
    return _("%(day)s, procedure %(clock)s, %(room)s, %(operator)s") % {
        "day": reader.day(slot.procedure_at),
        "clock": reader.clock(slot.procedure_at),
        "room": slot.room,
        "operator": slot.operator,
    }


def _offer_words(offer: Offer, reader: Reader, *, is_open: bool) -> str:
    made = {"name": offer.made_by_name, "when": reader.moment(offer.made_at)}
    words = _("Offered by %(name)s, %(when)s.") % made
    if is_open:
        left = length_words(reader.minutes_to(offer.expires_at))
        until = {"until": reader.moment(offer.expires_at), "left": left}
        return _("Kept until %(until)s (%(left)s).") % until + " " + words
    return f"{words} {offer.outcome}".strip()


def _answer(one: OfferedVisit, reader: Reader, here: Mapping[str, str], *, may: bool) -> AnswerRow:
    patient, dose = one.dose.plan.patient, one.dose
    booked = one.appointment
    detail = _("%(dose)s: would arrive %(when)s") % {"dose": dose, "when": reader.moment(one.starts_at)}
    if one.state == OfferedVisit.State.ASKED:
        detail += "; " + _now_booked(booked, reader)
    elif one.note:
        detail += f". {one.note}"
    acts = []
    if may and one.state == OfferedVisit.State.ASKED:
        accept = address(reverse("desk:accept_offer", args=[one.public_id]), here)
        decline = address(reverse("desk:decline_offer", args=[one.public_id]), here)
        label = _("Accept: move the visit") if booked else _("Accept: book it")
        acts = [
            Action(label, accept, method="post", kind="primary", icon="check", about=name_of(patient)),
            Action(_("Declined"), decline, method="post", icon="x", about=name_of(patient)),
        ]
    return AnswerRow(name_of(patient), patient_url(patient), detail, ANSWER_BADGES[one.state], acts)


def _now_booked(visit: Appointment | None, reader: Reader) -> str:
    if visit is None:
        return _("no visit yet")
    return _("booked for %(when)s") % {"when": reader.moment(visit.starts_at)}


def _freed(backfill: Backfill, reader: Reader) -> FreedBox:
    slot = backfill.freed
    return FreedBox(
        key=slot.key,
        title=_place(reader, slot),
        detail=FREED_BY[AppointmentEvent.Kind(slot.kind)] % {"when": reader.moment(slot.freed_at)},
        fields=[
            ("room", str(slot.room.public_id)),
            ("operator", str(slot.operator.public_id)),
            ("procedure_at", slot.procedure_at.isoformat()),
        ],
        candidates=[_candidate(one, reader, rank) for rank, one in enumerate(backfill.allowed)],
        left_out=[
            LeftOut(name_of(one.dose.plan.patient), patient_url(one.dose.plan.patient), one.against)
            for one in backfill.left_out
        ],
    )


def _candidate(one: Candidate, reader: Reader, rank: int) -> CandidateRow:
    patient = one.dose.plan.patient
    arrives = _("would arrive %(clock)s") % {"clock": reader.clock(one.slot.arrive_at)} if one.slot else ""
    return CandidateRow(
        dose_id=str(one.dose.public_id),
        name=name_of(patient),
        url=patient_url(patient),
        detail="; ".join(part for part in (str(one.dose), arrives, _now_booked(one.visit, reader)) if part),
        reasons=" · ".join(one.reasons),
        is_ticked=rank < TICKED,
    )


def _wish(wish: EarlierWish, reader: Reader, here: Mapping[str, str], *, after: str) -> WishRow:
    """Once it is over, the list is come back to where `after` stands."""
    patient = wish.dose.plan.patient
    visit: Appointment | None = wish.visit  # type: ignore[attr-defined]  # read with the wish
    acts = []
    if reader.may(Act.BOOK):
        end = address(reverse("desk:end_wish", args=[wish.public_id]), here, near=after)
        acts = [
            Action(_("Change…"), address(wish_url(wish.dose), here), icon="pencil", about=name_of(patient)),
            Action(_("End"), end, method="post", icon="x", about=name_of(patient)),
        ]
    words = terms_of(wish).words
    held = _("until %(day)s; waiting since %(since)s")
    return WishRow(
        key=str(wish.public_id),
        name=name_of(patient),
        url=patient_url(patient),
        dose=f"{wish.dose}; {_now_booked(visit, reader)}",
        terms=f"{words[0].upper()}{words[1:]}; "
        + held % {"day": reader.day(wish.holds_until), "since": reader.day(wish.asked_at)},
        note=wish.note,
        acts=acts,
    )


def wish_url(dose: Dose) -> str:
    """The page on which the wish to have the dose earlier is written down."""
    return reverse("desk:earlier_wish", args=[dose.public_id])


def wish_page(
    dose: Dose, visit: Appointment | None, wish: EarlierWish | None, reader: Reader, asked: Mapping[str, str]
) -> CoursePage:
    """On what terms the patient would come earlier; `asked` has the page of the list that was left."""
    patient = dose.plan.patient
    window = {"first": reader.day(dose.earliest_on), "last": reader.day(dose.latest_on)}
    return CoursePage(
        banner=banner(patient, patient.flags.all()),
        title=_("Would come earlier"),
        summary=f"{dose}; {_now_booked(visit, reader)}",
        back=MenuLink(name_of(patient), patient_url(patient)),
        url=address(wish_url(dose), {}, page=asked.get("page")),
        submit=_("Change the wish") if wish else _("Put on the waiting list"),
        effects=[
            Line(
                _("A slot that comes free is offered only inside the window, %(first)s to %(last)s.") % window,
                icon="info",
            ),
            Line(_("The visit stays as it is until an offer is accepted."), icon="calendar"),
            Line(_("The wish ends by itself once the dose is given."), icon="check"),
        ],
    )
