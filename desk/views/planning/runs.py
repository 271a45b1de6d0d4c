"""The search for a better plan: how it stands, and its end."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from desk.pages import StaffRequest, action, go, page, stay_in
from desk.presenters.planning.runs import draft_url, running_box
from desk.views.visits.showing import reader_of
from scheduling.models import PlanningRun
from scheduling.selectors.planning import run_for
from scheduling.services.planning.runs import cancel_run
from units.http import unless_known
from units.policy import Act
from units.runs import LIVE_RUN, standing_of


def live_url(run_id: UUID, **_named: Any) -> str:
    """What the page of a draft asks again and again."""
    return reverse("desk:planning_live", args=[run_id])


@page(Act.VIEW_SCHEDULE)
def live(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """How the search stands, or 304: one row says whether anything has changed."""
    run = run_for(request.actor, run_id)
    standing = standing_of(run, at=request.at)

    def draw() -> HttpResponse:
        box = running_box(run, reader_of(request), at=request.at)
        return render(request, "desk/planning/_planning_live.html", {"box": box})

    headers = {} if run.state in LIVE_RUN else {"X-Clinic-Over": "1"}
    return unless_known(request, f"{standing}-{run.percent}-{run.stage}", draw, headers)


@action(Act.BOOK, page_of_it=live_url)
def cancel(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """Nothing better is looked for any more; the draft stands as it is."""
    stay_in(request, run_for(request.actor, run_id, act=Act.BOOK).unit)
    return go(request, _draft_url_of(cancel_run(request.actor, run_id=run_id)))


def _draft_url_of(run: PlanningRun) -> str:
    draft = run.replan or run.horizon
    return reverse("desk:closures") if draft is None else draft_url(draft)
