"""A long list being imported by a worker, as its page tells it."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from desk.viewmodels import Action, Line
from desk.viewmodels.planning import PlanningBox
from doseplans.models import ImportRun, WardListUpload
from doseplans.services.ward_list import is_under_way
from units.runs import Standing, standing_of


def import_url(upload: WardListUpload) -> str:
    """Where the list is looked at, and where its import is watched."""
    return reverse("desk:preview_import", args=[upload.digest])


def import_box(run: ImportRun, upload: WardListUpload, *, at: datetime) -> PlanningBox:
    """How the import stands; once it is over, the way on."""
    standing, url = standing_of(run, at=at), import_url(upload)
    if is_under_way(run, at=at):
        stage = run.stage or _("waiting for a worker")
        words = _("The list is being imported: %(stage)s. You can leave this page; nothing is saved before the end.")
        return PlanningBox(
            Line(words % {"stage": stage}, "action", "clock"),
            live_url=f"{url}?live=1",
            percent=run.percent,
            action=Action(_("Cancel the import"), url, method="post", fields=(("_cancel", "1"),)),
            label=_("Import of the list"),
        )
    if standing == Standing.DONE:
        action = Action(_("Show the patients"), reverse("desk:patients"), kind="primary")
        return PlanningBox(Line(run.outcome, "ok", "check"), action=action)
    words, again = _ended(run, standing), Action(_("Look at the list again"), url, kind="primary")
    line = Line(words, icon="info") if standing == Standing.CANCELLED else Line(words, "warn", "triangle-alert")
    return PlanningBox(line, action=again)


def _ended(run: ImportRun, standing: Standing) -> str:
    if standing == Standing.NOBODY_CAME:
        return _("Nothing was imported: no worker has taken it up. Begin again, or ask whoever runs the system.")
    if standing == Standing.DIED:
        return _("Nothing was imported: the worker that was at it has ended before it was done. Begin again.")
    return _("Nothing was imported. %(why)s") % {"why": run.outcome}
