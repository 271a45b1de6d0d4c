"""Closures and their re-plans, as the desk shows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from desk.looks import Badge, Words
from desk.presenters.listing import address, cut, page_with, pager, place_in
from desk.presenters.people import identity_lines, name_of, patient_url, telephone_lines
from desk.presenters.planning import accepting as parted
from desk.presenters.planning.accepting import days_later, has_new_times
from desk.presenters.planning.draft_filters import ALL, EVERYTHING, Picked, chips_of, shown_of
from desk.presenters.planning.runs import planning_box
from desk.presenters.reader import Reader
from desk.viewmodels import Action, Count, Empty, Line, MenuLink
from desk.viewmodels.planning import ACCEPT, Box
from desk.viewmodels.replans import LineRow, Part, ReplanPage
from patients.models import Channel
from reminders.models import Purpose
from reminders.people import Person
from reminders.services.routing import plan_for
from scheduling.models import PlanningRun, Replan, ReplanLine
from units.policy import Act

Decision = ReplanLine.Decision

STAYS = Badge("plain", "check", gettext_lazy("Stays"))
TO_A_CLINICIAN = Badge("warn", "circle-alert", gettext_lazy("To a clinician"))
TO_MOVE = (gettext_lazy("Arrives now"), gettext_lazy("Would arrive"))
MOVED = (gettext_lazy("Was to arrive"), gettext_lazy("Arrives now"))
LINES_A_PAGE = 300
"""Nearly every re-plan is one page and printed whole; none has more boxes than Django takes of a form."""
IN_TURN = (Decision.CLINICIAN, Decision.MOVE, Decision.KEEP)
"""What needs somebody comes first."""


def replan_page(
    replan: Replan,
    run: PlanningRun | None,
    reader: Reader,
    people: Mapping[int, Sequence[Person]],
    *,
    number: int = 1,
    opened: tuple[Any, Any] | None = None,
    picked: Picked = EVERYTHING,
) -> ReplanPage:
    """The re-plan with the last search for a better one.

    `people` has who is told of each patient's visits, `opened` is the line whose form is open, by its public id,
    and the form; `picked` what is shown and ticked of it.
    """
    lines = list(replan.lines.all())
    is_draft = replan.state == Replan.State.DRAFT
    told = {line.pk: _told(line, people[line.appointment.patient_id], reader) for line in lines if is_draft}
    is_open = replan.state == Replan.State.DRAFT and reader.may(Act.BOOK) and replan.closure is not None
    moves = sum(line.decision == Decision.MOVE for line in lines)
    left = sum(line.decision == Decision.CLINICIAN for line in lines)
    url = reverse("desk:replan", args=[replan.public_id])
    filters = parted.filters(reader)
    left_by = _in_parts(shown_of(lines, filters, picked.show, picked.near) if is_draft else lines)
    number = page_with([str(line.public_id) for line, _part in left_by], picked.near, number, LINES_A_PAGE)
    shown = cut(left_by, number, LINES_A_PAGE)
    boxes = {
        line.pk: parted.box(line, people[line.appointment.patient_id], reader, picked)
        for line, _part in shown
        if is_open and line.decision == Decision.MOVE
    }
    kept = {"show": picked.show, "page": str(number) if number > 1 else ""}
    return ReplanPage(
        title=_("Re-plan"),
        heading=replan.cause,
        summary=_summary(moves, left),
        back=MenuLink(_("Closures"), _closures_url(replan)),
        rows=[
            _row(
                line,
                reader,
                opened[1] if opened is not None and opened[0] == line.public_id else None,
                part=part,
                told=told.get(line.pk),
                is_open=is_open,
                box=boxes.get(line.pk),
                kept=kept,
                takes=ACCEPT if moves else "",
            )
            for line, part in _headed(shown)
        ],
        pager=pager(len(left_by), number, url, {"show": picked.show}, LINES_A_PAGE)
        if len(left_by) > LINES_A_PAGE
        else None,
        notice=_notice(replan, reader),
        planning=planning_box(replan, run, reader) if lines else None,
        changes=replan.changes if replan.state == Replan.State.DRAFT else (),
        carry_out=_hand_over(replan) if is_open and lines and not moves else None,
        others=_others(replan, kept, takes=ACCEPT if moves else "") if is_open else (),
        empty=_empty(lines, left_by, url),
        counts=_counts(lines, people, reader) if lines and is_draft else (),
        chips=chips_of(lines, filters, picked, url) if lines and is_draft else (),
        accepting=parted.accepting(replan, boxes, reader, picked, hidden=moves - len(boxes), kept=kept)
        if is_open and moves
        else None,
        times=MOVED if replan.state == Replan.State.APPLIED else TO_MOVE,
    )


def _closures_url(replan: Replan) -> str:
    """The closures, where this one stands among them."""
    return place_in(reverse("desk:closures"), {}, str(replan.closure.public_id) if replan.closure else "")


def _empty(lines: Sequence[ReplanLine], shown: Sequence[Any], url: str) -> Empty | None:
    if shown:
        return None
    if lines:
        return Empty(_("No visit of this re-plan is of that kind."), Action(_("Show all"), url))
    return Empty(_("No booked visit is hit by this closure. There is nothing to move."))


def _in_parts(lines: Iterable[ReplanLine]) -> list[tuple[ReplanLine, Part]]:
    """The lines by what becomes of them, each with the part it belongs to."""
    by_decision: dict[str, list[ReplanLine]] = {decision: [] for decision in IN_TURN}
    for line in lines:
        by_decision[line.decision].append(line)
    titles = {
        Decision.CLINICIAN: (_("Not placed"), _("They go to a clinician as tasks. Nobody is told a new time yet.")),
        Decision.MOVE: (_("Move to another place or time"), ""),
        Decision.KEEP: (_("Stay where they are"), _("Nobody is told anything.")),
    }
    parts = {key: Part(title, len(by_decision[key]), note) for key, (title, note) in titles.items()}
    return [(line, parts[Decision(decision)]) for decision, rows in by_decision.items() for line in rows]


def _headed(shown: Iterable[tuple[ReplanLine, Part]]) -> Iterator[tuple[ReplanLine, Part | None]]:
    """The lines of a page; the first of each part says what it is."""
    last = None
    for line, part in shown:
        yield line, None if part is last else part
        last = part


def _counts(lines: Sequence[ReplanLine], people: Mapping[int, Sequence[Person]], reader: Reader) -> list[Count]:
    def number(decision: Decision) -> int:
        return sum(line.decision == decision for line in lines)

    latest = max((days_later(line, reader) for line in lines), default=0)
    moved = [(line, people[line.appointment.patient_id]) for line in lines if has_new_times(line)]
    told = sum(len(theirs) for _line, theirs in moved)
    rung = sum(len(parted.rung_people(line, theirs, reader)) for line, theirs in moved)
    later = ngettext("at most %(n)d day later", "at most %(n)d days later", latest) % {"n": latest}
    seconds = _("once, %(n)d s after you accept") % {"n": reader.unit.undo_seconds} if told > rung else ""
    how = "; ".join(filter(None, [seconds, parted.to_ring(rung)]))
    return [
        Count(len(lines), _("Visits hit"), "calendar-off", _("booked while it is closed"), short=_("Hit")),
        Count(number(Decision.MOVE), _("Move"), "arrow-right", later if latest > 0 else "", tone="action"),
        Count(number(Decision.KEEP), _("Stay"), "check", tone="ok"),
        Count(number(Decision.CLINICIAN), _("Not placed"), "circle-alert", _("to a clinician"), tone="stop"),
        Count(told, _("People told"), "mail" if told > rung else "phone", how, short=_("Told")),
    ]


def _is_news(line: ReplanLine) -> bool:
    """There is something to ring the patient about."""
    return line.decision == Decision.CLINICIAN or has_new_times(line)


def _told(line: ReplanLine, people: Sequence[Person], reader: Reader) -> Line:
    """How the new time reaches them, as things stand."""
    if not has_new_times(line):
        return Line(_("No message"))
    ways = [plan_for(line.appointment, person, Purpose.UPDATE, at=reader.at).at_once for person in people]
    channels = dict.fromkeys(channel for way in ways for channel in way)
    words = ", ".join(str(Channel(channel).label) for channel in channels)
    if len(people) > 1:
        words = _("%(ways)s, to %(n)d people") % {"ways": words, "n": len(people)}
    return Line(words, icon="phone") if Channel.PHONE in channels else Line(words, icon="mail")


def _badge(line: ReplanLine, reader: Reader) -> Badge:
    if line.decision == Decision.KEEP:
        return STAYS
    if line.decision == Decision.CLINICIAN:
        return TO_A_CLINICIAN
    days = days_later(line, reader)
    if days == 0:
        return Badge("ok", "check", _("Same day"))
    if days > 0:
        return Badge("plain", "calendar-clock", ngettext("%(n)d day later", "%(n)d days later", days) % {"n": days})
    words = ngettext("%(n)d day earlier", "%(n)d days earlier", -days) % {"n": -days}
    return Badge("plain", "calendar-clock", words)


def _summary(moves: int, left: int) -> str:
    moved = ngettext("%(n)d visit moves", "%(n)d visits move", moves) % {"n": moves}
    if not left:
        return moved
    return moved + ", " + ngettext("%(n)d goes to a clinician", "%(n)d go to a clinician", left) % {"n": left}


def _notice(replan: Replan, reader: Reader) -> Line | None:
    if replan.state == Replan.State.APPLIED and replan.ended_at is not None:
        values = {"name": replan.ended_by_name, "when": reader.moment(replan.ended_at)}
        return Line(
            _("Accepted by %(name)s, %(when)s. Each patient whose time changed is told once.") % values,
            "ok",
            "check",
        )
    if replan.state == Replan.State.GIVEN_UP:
        return Line(_("Given up by %(name)s. Nothing was moved.") % {"name": replan.ended_by_name}, "warn", "circle-x")
    if replan.closure is None:
        return Line(_("The closure was lifted: nothing has to be moved."), "warn", "circle-alert")
    return Line(_("A draft. Nobody is moved and nobody is told before you accept."), "action", "info")


def _hand_over(replan: Replan) -> Action:
    """Where nothing moves: what found no place goes to a clinician, and the draft is over."""
    return Action(
        _("Hand over"),
        reverse("desk:apply_replan", args=[replan.public_id]),
        method="post",
        kind="primary",
        fields=(("seen", replan.planned_at.isoformat()), ("accept", ALL)),
    )


def _others(replan: Replan, kept: Mapping[str, str], *, takes: str) -> tuple[Action, ...]:
    found = []
    if replan.closure is not None:
        url = address(reverse("desk:plan_closure", args=[replan.closure.public_id]), kept)
        found.append(Action(_("Plan again"), url, method="post", takes=takes))
    give_up = reverse("desk:give_up_replan", args=[replan.public_id])
    return (*found, Action(_("Give it up"), give_up, method="post", kind="quiet"))


def _row(
    line: ReplanLine,
    reader: Reader,
    form: Any,
    *,
    part: Part | None,
    told: Line | None,
    is_open: bool,
    box: Box | None,
    kept: Mapping[str, str],
    takes: str,
) -> LineRow:
    visit = line.appointment
    moves = line.decision == Decision.MOVE and line.starts_at is not None
    url = reverse("desk:change_replan_line", args=[line.replan.public_id, line.public_id])
    page, key, name = reverse("desk:replan", args=[line.replan.public_id]), str(line.public_id), name_of(visit.patient)
    opens = address(page, kept, line=key) + f"#row-{key}"
    change = Action(_("Change"), opens, kind="quiet", about=name, takes=takes)
    return LineRow(
        key=key,
        patient_name=name,
        patient_url=patient_url(visit.patient),
        purpose=visit.purpose,
        old=reader.moment(line.was_starts_at),
        old_place=f"{line.was_room}, {line.was_operator}",
        new=reader.moment(line.starts_at) if moves and line.starts_at else "–",
        new_place=f"{line.room}, {line.operator}" if moves else "",
        effect=line.effect,
        reasons=line.reasons,
        badge=_badge(line, reader),
        change_url=address(url, kept),
        form=form,
        choices=_choices(line) if form is not None else (),
        change=change if is_open and form is None else None,
        part=part,
        told=told,
        identity=identity_lines(visit.patient),
        ring=telephone_lines(visit.patient) if _is_news(line) else (),
        box=box,
        look=parted.looks(line, reader),
    )


def _choices(line: ReplanLine) -> tuple[tuple[str, Words], ...]:
    found: list[tuple[str, Words]] = []
    if not (line.is_pinned and line.decision == Decision.KEEP):
        found.append((Decision.KEEP.value, _("Keep where it is")))
    if not (line.is_pinned and line.decision == Decision.CLINICIAN):
        found.append((Decision.CLINICIAN.value, _("Leave to a clinician")))
    if line.is_pinned:
        found.append(("plan", _("Let the plan choose")))
    return tuple(found)
