"""The search for a better plan, as a page tells it: calmly, and never more than is known."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from desk.presenters.reader import Reader
from desk.viewmodels import Action, Line
from desk.viewmodels.planning import PlanningBox
from scheduling.models import Horizon, PlanningRun, Replan
from scheduling.services.planning.runs import can_better
from units.policy import Act
from units.runs import Standing, standing_of


def draft_url(draft: Replan | Horizon) -> str:
    """Where the draft is shown."""
    name = "desk:replan" if isinstance(draft, Replan) else "desk:horizon"
    return reverse(name, args=[draft.public_id])


def planning_box(draft: Replan | Horizon, run: PlanningRun | None, reader: Reader) -> PlanningBox | None:
    """What the page of a draft says about a better plan; None where there is nothing to say."""
    if draft.comparison and (run is None or run.state == PlanningRun.State.DONE):
        return PlanningBox(Line(draft.comparison, "ok" if draft.is_optimised else "plain", "info"))
    if draft.state != "draft":
        return None
    if run is None:
        words = _("Planned step by step. The optimiser that could look for a better plan is not installed here.")
        return None if can_better() else PlanningBox(Line(words, "plain", "info"))
    return running_box(run, reader, at=reader.at)


def running_box(run: PlanningRun, reader: Reader, *, at: datetime) -> PlanningBox:
    """How the run stands; once it is over, the way to what it has changed."""
    standing = standing_of(run, at=at)
    if standing in {Standing.QUEUED, Standing.RUNNING}:
        return PlanningBox(
            Line(_under_way(run, standing), "action", "clock"),
            live_url=reverse("desk:planning_live", args=[run.public_id]),
            percent=run.percent,
            label=_("Search for a better plan"),
            action=_cancel(run) if reader.may(Act.BOOK) else None,
        )
    if standing == Standing.DONE:
        return _done(run)
    return PlanningBox(Line(_ended(run, standing), "warn" if standing != Standing.CANCELLED else "plain", "info"))


def _under_way(run: PlanningRun, standing: Standing) -> str:
    if standing == Standing.QUEUED:
        return _("A better plan is looked for: waiting for a worker. This plan can be used meanwhile.")
    stage = (run.stage or _("Reading the days")).lower()
    return _("A better plan is looked for: %(stage)s. This plan can be used meanwhile.") % {"stage": stage}


def _done(run: PlanningRun) -> PlanningBox:
    draft = run.replan or run.horizon
    if draft is None:
        return PlanningBox(Line(_("The search for a better plan is over."), "plain", "info"))
    if draft.planned_at == run.planned_at:
        return PlanningBox(Line(draft.comparison or _("The plan stays as it is."), "plain", "check"))
    show = Action(_("Show the new plan"), draft_url(draft), kind="primary")
    words = draft.comparison or _("The draft has been planned again.")
    return PlanningBox(Line(words, "ok", "check"), action=show)


def _ended(run: PlanningRun, standing: Standing) -> str:
    if standing == Standing.NOBODY_CAME:
        return _("No better plan is coming: no worker has taken the search up. The stepwise plan stands.")
    if standing == Standing.DIED:
        return _("The worker that looked for a better plan has ended before it was done. This plan stands.")
    if standing == Standing.CANCELLED:
        return _("The search for a better plan was ended. %(why)s") % {"why": run.outcome}
    return _("The search for a better plan has failed: %(why)s This plan stands.") % {"why": run.outcome}


def _cancel(run: PlanningRun) -> Action:
    return Action(_("Stop looking"), reverse("desk:cancel_planning", args=[run.public_id]), method="post")
