"""Ranked slots beside the list, or beside a visit that is being moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.looks import Tone
from desk.presenters.people import banner, patient_url
from desk.presenters.reader import Reader
from desk.refusals import refusal_of
from desk.rules import minutes_words
from desk.viewmodels import Action, Banner, Empty, Fact, Line, Refusal, SlotCard, SlotsPanel
from doseplans.models import Dose
from patients.models import Patient
from reminders.people import Person
from scheduling.engine import ranking
from scheduling.engine.ranking import RankedSlot, lateness_words
from scheduling.engine.refusals import Why
from scheduling.engine.ticks import TICK_MINUTES, day_words
from scheduling.engine.visit import Slot
from scheduling.models import Part, Reservation, Resource, VisitKind
from scheduling.selectors.errands import Errand
from scheduling.selectors.slots import Proposals
from scheduling.services.planning.series import USUAL
from scheduling.services.visits.gates import needs_reason
from units.errors import ClinicError
from units.policy import Act

TONES: Mapping[ranking.Tone, tuple[Tone, str]] = MappingProxyType(
    {
        ranking.Tone.OK: ("ok", "check"),
        ranking.Tone.WARN: ("warn", "triangle-alert"),
        ranking.Tone.STOP: ("stop", "x"),
    }
)


ABOUT_WINDOW = frozenset({"on_target", "first_free_day", "inside_window", "after_window"})
"""Codes of reasons that say where a slot stands to its dose's window; a visit without a plan has none."""


@dataclass(frozen=True)
class Choosing:
    """What choosing a slot does here: reserve it for a dose, or move a visit to it.

    `fields` go along with every choice; an empty `title` stands for the dose's name. `book_url` and `release_url` are
    empty while a visit is being moved; `because` says why it has to be. `series_url` books the doses after it too,
    `squeeze_url` leads to a time that no list offers.
    """

    key: str
    choose_url: str
    choose_label: str
    look_from_url: str
    close_url: str
    fields: tuple[tuple[str, str], ...] = ()
    title: str = ""
    book_url: str = ""
    release_url: str = ""
    is_in_panel: bool = True
    because: str = ""
    series_url: str = ""
    squeeze_url: str = ""


@dataclass(frozen=True)
class Told:
    """Who will be told, and how many seconds later."""

    people: Sequence[Person]
    seconds: int


def slots_panel(
    proposals: Proposals,
    choosing: Choosing,
    reader: Reader,
    told: Told,
    *,
    refused: ClinicError | None = None,
    reason: str = "",
) -> SlotsPanel:
    """The panel of a dose for which slots were looked for; with a refusal on top when a choice was refused.

    `reason` is what was written with that choice, to be sent again with the same or another one.
    """
    cards = _Cards(proposals, choosing, reader, told, reason).all()
    dose = proposals.dose
    is_overdue = dose is not None and dose.latest_on < reader.today
    return SlotsPanel(
        key=choosing.key,
        banner=_banner(proposals.errand.patient),
        dose=choosing.title or str(proposals.errand),
        facts=[*(facts_of(dose, reader) if dose else ()), *length_facts(proposals.errand)],
        heading=_heading(proposals, is_overdue=is_overdue),
        slots=cards,
        close_url=choosing.close_url,
        blocks=[*_because(choosing), *_reserved_by_other(proposals.reservation, reader)],
        refusal=_refusal(proposals, cards, refused, reader, is_overdue=is_overdue),
        empty=None if cards else _none_free(dose),
        look_from_url=choosing.look_from_url,
        look_from_on=proposals.need.from_on,
        series=_series(choosing, reader),
        squeeze=_squeeze(choosing, reader),
    )


def _series(choosing: Choosing, reader: Reader) -> Action | None:
    if not choosing.series_url or not reader.may(Act.BOOK):
        return None
    return Action(_("Book the next %(n)d…") % {"n": USUAL}, choosing.series_url, icon="calendar-days")


def _squeeze(choosing: Choosing, reader: Reader) -> Action | None:
    """The way to a time that no list offers, for whoever may take it."""
    if not choosing.squeeze_url or not reader.may(Act.SQUEEZE_IN):
        return None
    return Action(_("Urgent: squeeze it in…"), choosing.squeeze_url, icon="alarm-clock")


def _because(choosing: Choosing) -> list[Line]:
    """Why the visit is moved, before it is: nobody has to type it."""
    if not choosing.because:
        return []
    words = _("%(cause)s This is written down as the reason.") % {"cause": choosing.because}
    return [Line(words, "warn", "calendar-clock")]


def _none_free(dose: Dose | None) -> Empty:
    if dose is None:
        return Empty(_("No free slot was found in the coming weeks."))
    return Empty(_("No free slot was found in the weeks after the window either."))


def blocked_panel(dose: Dose, stopped: ClinicError, choosing: Choosing, reader: Reader, *, mend: Action) -> SlotsPanel:
    """The panel of a dose that no slot would help: why, and where to mend it."""
    return SlotsPanel(
        key=choosing.key,
        banner=_banner(dose.plan.patient),
        dose=str(dose),
        facts=facts_of(dose, reader),
        heading="",
        slots=(),
        close_url=choosing.close_url,
        refusal=refusal_of(stopped, nearest=mend),
    )


def mend_of(dose: Dose, stopped: ClinicError, visit_url: str = "") -> Action:
    """Where the thing that stops a booking is put right."""
    if stopped.code == "dose_already_booked" and visit_url:
        return Action(_("Open the visit"), visit_url)
    return Action(_("Open the plan"), f"{patient_url(dose.plan.patient)}#plan")


def _banner(patient: Patient) -> Banner:
    return banner(patient, patient.flags.all())


def facts_of(dose: Dose, reader: Reader) -> list[Fact]:
    """When the dose is due and why."""
    return [
        Fact(_("Target"), reader.day(dose.target_on), reader.relative(dose.target_on)),
        Fact(
            _("Window"),
            _("%(first)s – %(last)s") % {"first": reader.day(dose.earliest_on), "last": reader.day(dose.latest_on)},
        ),
        Fact(_("Counted"), dose.rule),
    ]


def length_facts(errand: Errand) -> list[Fact]:
    """How long the visit takes, and what of that the patient's needs ask for."""
    minutes = errand.phases.length * TICK_MINUTES
    longer = [one for one in errand.allowances if one.minutes]
    note = ", ".join(_("%(n)d min more: %(need)s") % {"n": one.minutes, "need": one.need} for one in longer)
    return [Fact(_("Length"), minutes_words(timedelta(minutes=minutes)), note)]


def assistant_lines(errand: Errand, *, assistant: str = "", device: str = "") -> list[Line]:
    """Who and what is there besides room and operator, on the card of each slot."""
    lines = []
    needs = [one.need for one in errand.allowances if one.needs_assistant]
    if assistant:
        because = _(" (%(needs)s)") % {"needs": in_words(needs)} if needs else ""
        lines.append(Line(_("%(name)s assists%(because)s") % {"name": assistant, "because": because}, icon="users"))
    elif needs:
        lines.append(Line(_("Needs an assistant: %(needs)s") % {"needs": in_words(needs)}, "warn", "users"))
    if device:
        lines.append(Line(_("%(device)s is brought to the room") % {"device": device}, icon="activity"))
    return lines


def _heading(proposals: Proposals, *, is_overdue: bool) -> str:
    found = proposals.found
    if not found.proposals:
        return _("No free slot")
    if is_overdue:
        return _("The soonest slots")
    if not found.inside and proposals.dose is None:
        return _("The soonest slots")
    if not found.inside:
        return _("The nearest slots outside the window")
    shown = len(found.proposals)
    return ngettext("The only slot", "%(shown)d best slots of %(total)d", found.total) % {
        "shown": shown,
        "total": found.total,
    }


def _reserved_by_other(reservation: Reservation | None, reader: Reader) -> list[Line]:
    if reservation is None or _is_own(reservation, reader):
        return []
    words = _("%(name)s is choosing a slot for this dose, until %(clock)s. Ask them, or wait.")
    named = {"name": reservation.reserved_by_name, "clock": reader.clock(reservation.expires_at)}
    return [Line(words % named, "warn", "timer")]


def _is_own(reservation: Reservation, reader: Reader) -> bool:
    return reservation.reserved_by_id == reader.actor.user_id


def _refusal(
    proposals: Proposals, cards: Sequence[SlotCard], refused: ClinicError | None, reader: Reader, *, is_overdue: bool
) -> Refusal | None:
    """What was refused, or why nothing is free inside the window; of an overdue dose the list has said that."""
    nearest = _button_of(next((card for card in cards if card.reserve and not card.reason_label), None))
    why = proposals.found.why
    checks = checks_of(why)
    if refused is not None:
        return refusal_of(refused, nearest=nearest, checks=checks)
    if why is None or ((is_overdue or proposals.dose is None) and cards):
        return None
    asked_for = proposals.need.from_on
    if proposals.dose is not None and not is_overdue and asked_for is not None and asked_for > proposals.dose.latest_on:
        return _looked_too_late(proposals.dose, reader, nearest)
    return Refusal(
        title=_("No slot inside the window"),
        sentence=f"{why.words} {why.help_words}",
        checks=checks,
        nearest=nearest,
    )


def _looked_too_late(dose: Dose, reader: Reader, nearest: Action | None) -> Refusal:
    """The window is open or still to come: only the day that was asked for is after it."""
    rule = _("A doctor books outside it, with a reason.")
    if reader.may(Act.OVERRIDE_DOSE_LIMITS):
        rule = _("Outside it, give the reason.")
    last = _("The window ends on %(day)s.") % {"day": day_words(dose.latest_on)}
    return Refusal(title=_("You look from a day after the window"), sentence=f"{last} {rule}", nearest=nearest)


def _button_of(card: SlotCard | None) -> Action | None:
    """A slot's button outside its card, saying which slot it takes."""
    if card is None or card.reserve is None:
        return None
    return replace(card.reserve, label=f"{card.reserve.label} {card.reserve.about}", about="")


def checks_of(why: Why | None) -> tuple[Line, ...]:
    """What a search asked, one after the other, with how much was left each time."""
    if why is None:
        return ()
    lines = []
    for step in why.checked:
        tone: Tone = "ok" if step.left else "stop"
        lines.append(Line(f"{step.words}: {step.left or _('none')}", tone, "check" if step.left else "x"))
    return tuple(lines)


class _Cards:
    """The slots of one panel as cards; the actor's own reservation first."""

    def __init__(self, proposals: Proposals, choosing: Choosing, reader: Reader, told: Told, reason: str) -> None:
        self.proposals, self.choosing, self.reader, self.told = proposals, choosing, reader, told
        self.reason = reason
        own = proposals.reservation
        self.reservation = own if own is not None and _is_own(own, reader) and choosing.book_url else None
        self.is_taken_by_other = own is not None and not _is_own(own, reader)
        self.may_book = reader.may(Act.BOOK) and not self.is_taken_by_other

    def all(self) -> list[SlotCard]:
        cards = [self._proposed(rank, one) for rank, one in enumerate(self.proposals.found.proposals, start=1)]
        if self.reservation is None:
            return cards
        held = [card for card in cards if card.reserved_until]
        rest = [card for card in cards if not card.reserved_until]
        return [*(held or [self._held(self.reservation)]), *rest]

    def _proposed(self, rank: int, one: RankedSlot) -> SlotCard:
        slot = one.slot
        asks_reason = self._asks_reason(slot.on)
        may_choose = self.may_book and (not asks_reason or self.reader.may(Act.OVERRIDE_DOSE_LIMITS))
        room, operator = self._resource(slot.room_id), self._resource(slot.operator_id)
        fields = wish_fields(slot.arrive_at, room, operator)
        card = SlotCard(
            key=f"{rank}",
            rank=rank,
            arrives_at=slot.arrive_at,
            where=self._where(room, operator, slot.procedure_at, slot.leave_at),
            reasons=self._reasons(one, asks_reason=asks_reason),
            cost=one.lateness if self.proposals.dose else "",
            cost_detail=drift_words(one.drift_before, one.drift_after) if self.proposals.dose else "",
            cost_tone="stop" if asks_reason else "plain",
        )
        card = self._with_reason(card) if asks_reason else card
        if self.reservation is not None and _is_of(self.reservation, slot):
            return self._claimed(card, self.reservation, fields)
        return replace(card, reserve=self._choose(slot.arrive_at, fields)) if may_choose else card

    def _asks_reason(self, on: date) -> bool:
        """Whether a visit that day lies outside its dose's window; without a dose there is none."""
        dose = self.proposals.dose
        return dose is not None and needs_reason(dose, on=on, today=self.reader.today)

    def _held(self, reservation: Reservation) -> SlotCard:
        """The actor's reservation where the search would propose other slots."""
        rows = reservation.allocations.all()
        assistant = next((row for row in rows if row.phase == Part.ASSISTANCE), None)
        taken = {self._resource(row.resource_id).kind: row for row in rows if row is not assistant}
        in_room, with_person = taken[Resource.Kind.ROOM], taken[Resource.Kind.PERSON]
        device = taken.get(Resource.Kind.IMAGING)
        room, operator = self._resource(in_room.resource_id), self._resource(with_person.resource_id)
        days = (self.reader.unit.local_date(reservation.starts_at) - self.proposals.need.target_on).days
        drift = self.proposals.need.drift_days
        card = SlotCard(
            key="held",
            rank=1,
            arrives_at=reservation.starts_at,
            where=self._where(room, operator, in_room.starts_at, reservation.ends_at),
            reasons=assistant_lines(
                self.proposals.errand,
                assistant=self._resource(assistant.resource_id).name if assistant else "",
                device=self._resource(device.resource_id).name if device else "",
            ),
            cost=lateness_words(days),
            cost_detail=drift_words(drift, drift + days),
        )
        on = self.reader.unit.local_date(reservation.starts_at)
        if self._asks_reason(on):
            card = self._with_reason(card)
        return self._claimed(card, reservation, wish_fields(reservation.starts_at, room, operator))

    def _with_reason(self, card: SlotCard) -> SlotCard:
        return replace(card, reason_label=_("Your reason to go outside the window"), reason=self.reason)

    def _claimed(self, card: SlotCard, reservation: Reservation, fields: tuple[tuple[str, str], ...]) -> SlotCard:
        """The card of the slot that the actor has reserved: book it, or let it go."""
        choosing = self.choosing
        label = _("Book and send invite") if self._is_anybody_reachable() else _("Book")
        carried = (*choosing.fields, *fields)
        return replace(
            card,
            reserved_until=reservation.expires_at,
            confirm=Action(label, choosing.book_url, "post", "primary", panel=True, fields=carried),
            release=Action(_("Let go"), choosing.release_url, "post", panel=True, fields=choosing.fields),
            told=tuple(told_lines(self.told)),
            admission=self._admission(),
        )

    def _admission(self) -> str:
        """The words beside the box that books an admission the day before; empty where the unit admits nobody."""
        at = self.reader.unit.admission_at
        return _("Admit the day before, to arrive at %(clock)s") % {"clock": f"{at:%H:%M}"} if at else ""

    def _choose(self, arrive_at: datetime, fields: tuple[tuple[str, str], ...]) -> Action:
        return Action(
            self.choosing.choose_label,
            self.choosing.choose_url,
            "post",
            panel=self.choosing.is_in_panel,
            fields=(*self.choosing.fields, *fields),
            about=self.reader.moment(arrive_at),
        )

    def _is_anybody_reachable(self) -> bool:
        return any(person.address for person in self.told.people)

    def _resource(self, key: int) -> Resource:
        return self.proposals.resources[key]

    def _where(self, room: Resource, operator: Resource, procedure_at: datetime, leave_at: datetime) -> str:
        return _("%(room)s at %(at)s, home %(home)s, %(operator)s") % {
            "room": room.name,
            "at": self.reader.clock(procedure_at),
            "home": self.reader.clock(leave_at),
            "operator": operator.name,
        }

    def _reasons(self, one: RankedSlot, *, asks_reason: bool) -> list[Line]:
        lines = []
        for reason in one.reasons:
            if self.proposals.dose is None and reason.code in ABOUT_WINDOW:
                continue
            if reason.tone is ranking.Tone.STOP and not asks_reason:
                lines.append(Line(_("After the window: as soon as possible"), "warn", "triangle-alert"))
                continue
            lines.append(Line(reason.words, *TONES[reason.tone]))
        if asks_reason and not self.reader.may(Act.OVERRIDE_DOSE_LIMITS):
            lines.append(Line(_("Only a doctor decides that"), "stop", "lock"))
        helper, device = one.slot.assistant_id, one.slot.imaging_id
        return [
            *lines,
            *assistant_lines(
                self.proposals.errand,
                assistant=self._resource(helper).name if helper is not None else "",
                device=self._resource(device).name if device is not None else "",
            ),
        ]


def _is_of(reservation: Reservation, slot: Slot) -> bool:
    """Whether the reservation is for that slot; its recovery place may have been changed since."""
    taken = {row.resource_id for row in reservation.allocations.all()}
    return reservation.starts_at == slot.arrive_at and {slot.room_id, slot.operator_id} <= taken


def wish_fields(arrive_at: datetime, room: Resource, operator: Resource) -> tuple[tuple[str, str], ...]:
    """A slot as a form carries it."""
    return (
        ("starts_at", arrive_at.isoformat()),
        ("room", str(room.public_id)),
        ("operator", str(operator.public_id)),
    )


def drift_words(before: int, after: int) -> str:
    """What choosing a slot does to the plan's distance from its ideal calendar.

    >>> drift_words(6, 8), drift_words(2, 2)
    ('drift 6 → 8 d', 'drift stays 2 d')
    """
    if before == after:
        return _("drift stays %(n)d d") % {"n": before}
    return _("drift %(before)d → %(after)d d") % {"before": before, "after": after}


def told_lines(told: Told) -> Iterable[Line]:
    """Who gets the invite and when, and whom mail does not reach."""
    names = [person.name for person in told.people if person.address]
    if names:
        words = _("Invite to %(names)s, %(n)d s after booking.") % {"names": in_words(names), "n": told.seconds}
        yield Line(words, icon="mail")
    else:
        yield Line(_("Nobody can be e-mailed: ring, or write."), "warn", "mail-x")
    for person in told.people:
        if person.why_not:
            yield Line(f"{person.name}: {person.why_not}", "warn", "mail-x")


def in_words(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> in_words(["Anna", "Ola", "Kim"])
    'Anna, Ola and Kim'
    """
    if len(names) < 2:
        return "".join(names)
    return _("%(first)s and %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}


def for_dose(dose: Dose, kept: str, close_url: str) -> Choosing:
    """Choosing a first slot for a dose, beside the list; `kept` is the list's query."""
    key = dose.public_id
    query = f"?{kept}" if kept else ""
    return Choosing(
        key=str(key),
        choose_url=reverse("desk:reserve", args=[key]) + query,
        choose_label=_("Reserve"),
        book_url=reverse("desk:book", args=[key]) + query,
        release_url=reverse("desk:release", args=[key]) + query,
        look_from_url=reverse("desk:slots", args=[key]) + query,
        close_url=close_url,
        series_url=reverse("desk:series", args=[key]),
        squeeze_url=reverse("desk:squeeze_dose", args=[key]),
    )


def for_kind(patient: Patient, kind: VisitKind, close_url: str) -> Choosing:
    """Choosing a slot for a visit without a plan: one press books it, since nothing is decided about a window."""
    url = reverse("desk:other_visit", args=[patient.public_id, kind.public_id])
    return Choosing(
        key=str(kind.public_id),
        choose_url=url,
        choose_label=_("Book"),
        title=kind.name,
        look_from_url=url,
        close_url=close_url,
        is_in_panel=False,
        squeeze_url=reverse("desk:squeeze_visit", args=[patient.public_id, kind.public_id]),
    )


def day_of(text: str) -> date | None:
    """A day in an address, if it is one of this century."""
    try:
        on = date.fromisoformat(text)
    except ValueError:
        return None
    return on if 2000 <= on.year < 2100 else None
