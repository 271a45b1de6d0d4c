"""Closures and their re-plans, as the desk shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from desk.looks import Badge, Words
from desk.presenters.people import name_of, patient_url
from desk.presenters.planning import planning_box
from desk.presenters.reader import Reader
from desk.viewmodels import Action, Empty, Line, MenuLink
from desk.viewmodels.replans import ClosureRow, ClosuresPage, LineRow, ReplanPage
from scheduling.models import Closure, PlanningRun, Replan, ReplanLine
from units.policy import Act

Decision = ReplanLine.Decision

BADGES: Mapping[str, Badge] = {
    Decision.MOVE.value: Badge("action", "arrow-right", gettext_lazy("Moves")),
    Decision.KEEP.value: Badge("plain", "check", gettext_lazy("Stays")),
    Decision.CLINICIAN.value: Badge("warn", "circle-alert", gettext_lazy("To a clinician")),
}


def closures_page(closures: Iterable[Closure], reader: Reader) -> ClosuresPage:
    """Soonest first, each with the way to plan its visits for who may."""
    rows = [
        ClosureRow(
            what=closure.resource.name if closure.resource else _("The whole unit"),
            when=f"{reader.moment(closure.starts_at)} – {reader.moment(closure.ends_at)}",
            reason=closure.reason,
            action=Action(
                _("Plan its visits"),
                reverse("desk:plan_closure", args=[closure.public_id]),
                method="post",
                about=closure.reason,
            )
            if reader.may(Act.BOOK)
            else None,
        )
        for closure in closures
    ]
    words = _("Nothing is closed from now on. Administrators close rooms, places, people and the unit under Set up.")
    return ClosuresPage(rows, None if rows else Empty(words))


def replan_page(
    replan: Replan, run: PlanningRun | None, reader: Reader, forms: Mapping[Any, Any], open_key: Any = None
) -> ReplanPage:
    """The re-plan with the last search for a better one.

    `forms` has the form of each line that may be changed, `open_key` the line that was refused.
    """
    lines = list(replan.lines.all())
    is_open = replan.state == Replan.State.DRAFT and reader.may(Act.BOOK) and replan.closure is not None
    moves = sum(line.decision == Decision.MOVE for line in lines)
    left = sum(line.decision == Decision.CLINICIAN for line in lines)
    return ReplanPage(
        title=_("Re-plan"),
        heading=replan.cause,
        summary=_summary(moves, left),
        back=MenuLink(_("Closures"), reverse("desk:closures")),
        rows=[_row(line, reader, forms.get(line.pk), is_open=line.public_id == open_key) for line in lines],
        notice=_notice(replan, reader),
        planning=planning_box(replan, run, reader) if lines else None,
        changes=replan.changes if replan.state == Replan.State.DRAFT else (),
        carry_out=_apply(replan, moves) if is_open and lines else None,
        others=_others(replan) if is_open else (),
        empty=None if lines else Empty(_("No booked visit is hit by this closure. There is nothing to move.")),
    )


def _summary(moves: int, left: int) -> str:
    moved = ngettext("%(n)d visit moves", "%(n)d visits move", moves) % {"n": moves}
    if not left:
        return moved
    return moved + ", " + ngettext("%(n)d goes to a clinician", "%(n)d go to a clinician", left) % {"n": left}


def _notice(replan: Replan, reader: Reader) -> Line | None:
    if replan.state == Replan.State.APPLIED and replan.ended_at is not None:
        values = {"name": replan.ended_by_name, "when": reader.moment(replan.ended_at)}
        return Line(_("Applied by %(name)s, %(when)s. Each patient gets one message.") % values, "ok", "check")
    if replan.state == Replan.State.GIVEN_UP:
        return Line(_("Given up by %(name)s. Nothing was moved.") % {"name": replan.ended_by_name}, "warn", "circle-x")
    if replan.closure is None:
        return Line(_("The closure was lifted: nothing has to be moved."), "warn", "circle-alert")
    return Line(_("A draft. Nobody is moved and nobody is told before you apply it."), "action", "info")


def _apply(replan: Replan, moves: int) -> Action:
    label = ngettext("Move %(n)d visit", "Move %(n)d visits", moves) % {"n": moves} if moves else _("Hand over")
    return Action(
        label,
        reverse("desk:apply_replan", args=[replan.public_id]),
        method="post",
        kind="primary",
        fields=(("seen", replan.planned_at.isoformat()),),
    )


def _others(replan: Replan) -> tuple[Action, ...]:
    found = []
    if replan.closure is not None:
        url = reverse("desk:plan_closure", args=[replan.closure.public_id])
        found.append(Action(_("Plan again"), url, method="post"))
    give_up = reverse("desk:give_up_replan", args=[replan.public_id])
    return (*found, Action(_("Give it up"), give_up, method="post", kind="quiet"))


def _row(line: ReplanLine, reader: Reader, form: Any, *, is_open: bool) -> LineRow:
    visit = line.appointment
    moves = line.decision == Decision.MOVE and line.starts_at is not None
    url = reverse("desk:change_replan_line", args=[line.replan.public_id, line.public_id])
    return LineRow(
        key=str(line.public_id),
        patient_name=name_of(visit.patient),
        patient_url=patient_url(visit.patient),
        purpose=visit.purpose,
        old=reader.moment(line.was_starts_at),
        old_place=f"{line.was_room}, {line.was_operator}",
        new=reader.moment(line.starts_at) if moves and line.starts_at else "–",
        new_place=f"{line.room}, {line.operator}" if moves else "",
        effect=line.effect,
        reasons=line.reasons,
        badge=BADGES[line.decision],
        change_url=url,
        form=form,
        choices=_choices(line) if form is not None else (),
        is_open=is_open,
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
