"""The coming weeks planned at once, as the desk shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from desk.looks import Badge, Words
from desk.presenters.listing import address, cut, page_with, pager
from desk.presenters.people import name_of, patient_url
from desk.presenters.planning.accepting_weeks import accepting_weeks, day_of, dose_box, filters_of, is_to_book, looks
from desk.presenters.planning.draft_filters import EVERYTHING, Picked, chips_of, shown_of
from desk.presenters.planning.runs import draft_url, planning_box
from desk.presenters.reader import Reader
from desk.viewmodels import Action, Empty, Line, MenuLink
from desk.viewmodels.planning import ACCEPT, AheadPage, AheadRow, HorizonPage
from scheduling.engine.ticks import day_words
from scheduling.models import Horizon, HorizonLine, PlanningRun
from units.policy import Act

Decision = HorizonLine.Decision
State = Horizon.State

BADGES: Mapping[str, Badge] = {
    Decision.BOOK.value: Badge("action", "calendar-plus", gettext_lazy("To book")),
    Decision.LEAVE_OUT.value: Badge("plain", "circle-x", gettext_lazy("Left out")),
    Decision.CLINICIAN.value: Badge("warn", "circle-alert", gettext_lazy("To a clinician")),
}
BOOKED = Badge("ok", "check", gettext_lazy("Booked"))


def ahead_page(form: Any, draft: Horizon | None) -> AheadPage:
    """How many weeks, and the way to the draft there is."""
    url = reverse("desk:plan_ahead")
    return AheadPage(form, url, None if draft is None else Action(_("Open the draft"), draft_url(draft)))


def horizon_page(
    horizon: Horizon,
    run: PlanningRun | None,
    reader: Reader,
    *,
    number: int = 1,
    opened: tuple[Any, Any] | None = None,
    picked: Picked = EVERYTHING,
) -> HorizonPage:
    """The weeks; `opened` is the line whose form is open, by its public id, and the form; `picked` what is ticked."""
    # One that loses its place stays where it was looked at.
    lines = sorted(horizon.lines.all(), key=lambda line: day_of(line, reader))
    to_book = [line for line in lines if is_to_book(line)]
    is_open = horizon.state == State.DRAFT and reader.may(Act.BOOK)
    url = draft_url(horizon)
    filters = filters_of(horizon, reader)
    left = shown_of(lines, filters, picked.show, picked.near)
    number = page_with([str(line.public_id) for line in left], picked.near, number)
    shown = cut(left, number)
    boxes = {line.pk: dose_box(line, picked) for line in shown if is_open and is_to_book(line)}
    kept = {"show": picked.show, "page": str(number) if number > 1 else ""}
    return HorizonPage(
        title=_("Weeks planned ahead"),
        heading=ngettext("%(n)d week from %(day)s", "%(n)d weeks from %(day)s", horizon.weeks)
        % {"n": horizon.weeks, "day": day_words(horizon.unit.local_date(horizon.planned_at))},
        summary=_summary(lines, to_book),
        back=MenuLink(_("Doses to book"), reverse("desk:doses")),
        rows=[
            replace(
                _row(line, reader, kept, is_open=is_open, opened=opened, takes=ACCEPT if to_book else ""),
                box=boxes.get(line.pk),
            )
            for line in shown
        ],
        pager=pager(len(left), number, url, {"show": picked.show}),
        chips=chips_of(lines, filters, picked, url) if lines and horizon.state == State.DRAFT else (),
        notice=_notice(horizon, lines, reader),
        planning=planning_box(horizon, run, reader),
        changes=horizon.changes if horizon.state == State.DRAFT else (),
        accepting=accepting_weeks(horizon, [*boxes.values()], picked, total=len(to_book), kept=kept)
        if is_open and to_book
        else None,
        others=_others(horizon, kept, takes=ACCEPT if to_book else "") if is_open else (),
        empty=_empty(lines, left, url),
    )


def _empty(lines: Sequence[HorizonLine], left: Sequence[HorizonLine], url: str) -> Empty | None:
    if left:
        return None
    if lines:
        return Empty(_("No dose of these weeks is of that kind."), Action(_("Show all"), url))
    return Empty(_("Every dose due in these weeks has a visit. There is nothing to book."))


def _summary(lines: Sequence[HorizonLine], to_book: Sequence[HorizonLine]) -> str:
    left = sum(line.decision == Decision.CLINICIAN for line in lines)
    booked = sum(line.appointment_id is not None for line in lines)
    parts = [ngettext("%(n)d dose to book", "%(n)d doses to book", len(to_book)) % {"n": len(to_book)}]
    if booked:
        parts.append(_("%(n)d booked") % {"n": booked})
    if left:
        parts.append(ngettext("%(n)d goes to a clinician", "%(n)d go to a clinician", left) % {"n": left})
    return ", ".join(parts)


def _notice(horizon: Horizon, lines: Sequence[HorizonLine], reader: Reader) -> Line:
    who = {"name": horizon.ended_by_name, "when": reader.moment(horizon.ended_at) if horizon.ended_at else ""}
    if horizon.state == State.BOOKED:
        return Line(_("Booked by %(name)s, %(when)s. Each visit has its own invite.") % who, "ok", "check")
    if horizon.state == State.GIVEN_UP:
        return Line(_("Given up by %(name)s. Nothing more was booked.") % who, "warn", "circle-x")
    if any(line.refusal for line in lines if line.appointment_id is None):
        words = _("Some doses could not be booked and were planned again. Each says why; look at them once more.")
        return Line(words, "warn", "circle-alert")
    return Line(_("A draft. Nothing is booked and nobody is told before you book it."), "action", "info")


def _others(horizon: Horizon, kept: Mapping[str, str], *, takes: str) -> tuple[Action, ...]:
    weeks = (("weeks", str(horizon.weeks)),)
    url = address(reverse("desk:plan_ahead"), kept)
    again = Action(_("Plan again"), url, method="post", fields=weeks, takes=takes)
    give_up = reverse("desk:give_up_horizon", args=[horizon.public_id])
    return again, Action(_("Give it up"), give_up, method="post", kind="quiet")


def _row(
    line: HorizonLine,
    reader: Reader,
    kept: Mapping[str, str],
    *,
    is_open: bool,
    opened: tuple[Any, Any] | None,
    takes: str,
) -> AheadRow:
    patient, is_booked = line.dose.plan.patient, line.appointment_id is not None
    key, may_change = str(line.public_id), is_open and not is_booked
    reasons: list[Words] = [*line.reasons]
    if line.drift_days:
        reasons.insert(0, _drift(line.drift_days))
    form = opened[1] if opened is not None and opened[0] == line.public_id else None
    name = name_of(patient)
    opens = address(draft_url(line.horizon), kept, line=key) + f"#row-{key}"
    return AheadRow(
        key=key,
        patient_name=name,
        patient_url=patient_url(patient),
        dose=str(line.dose),
        due=_("due %(day)s") % {"day": day_words(line.target_on)},
        when=reader.moment(line.starts_at) if line.starts_at else "–",
        place=f"{line.room}, {line.operator}" if line.room else "",
        effect=line.effect,
        reasons=reasons,
        badge=BOOKED if is_booked else BADGES[line.decision],
        change_url=address(reverse("desk:change_horizon_line", args=[line.horizon.public_id, line.public_id]), kept),
        look=looks(line, reader),
        change=Action(_("Change"), opens, kind="quiet", about=name, takes=takes)
        if may_change and form is None
        else None,
        choices=_choices(line) if form is not None else (),
        form=form,
    )


def _drift(days: int) -> str:
    if days > 0:
        return ngettext("%(n)d day behind the ideal calendar", "%(n)d days behind the ideal calendar", days) % {
            "n": days
        }
    return ngettext("%(n)d day ahead of the ideal calendar", "%(n)d days ahead of the ideal calendar", -days) % {
        "n": -days
    }


def _choices(line: HorizonLine) -> tuple[tuple[str, Words], ...]:
    found: list[tuple[str, Words]] = []
    if line.decision != Decision.LEAVE_OUT:
        found.append((Decision.LEAVE_OUT.value, _("Leave out")))
    if line.is_pinned:
        found.append(("plan", _("Let the plan choose")))
    return tuple(found)
