"""*Import patients*: the ward's list uploaded, looked at, its questions answered, and imported."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from desk.pages import StaffRequest, form_page
from desk.presenters.patients.importing import import_box, import_url
from desk.toasts import say
from doseplans.forms_ward_lists import ListFileForm
from doseplans.models import WardListUpload
from doseplans.services.ward_list import (
    ImportReport,
    cancel_import,
    discard_upload,
    find_upload,
    import_or_hand_over,
    is_under_way,
    keep_upload,
    latest_import,
    look_at_upload,
)
from doseplans.ward_list_preview import Preview, with_yes_to
from units.errors import InvalidInput
from units.http import unless_known
from units.policy import Act
from units.runs import standing_of


@form_page(Act.IMPORT_PATIENTS)
def import_patients(request: StaffRequest) -> HttpResponse:
    """The file is kept until somebody decides about it; what it would do is the next page."""
    if request.method != "POST":
        return render(request, "desk/patients/import_patients.html", {"form": ListFileForm()})
    form = ListFileForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            kept = keep_upload(
                request.actor, unit=request.unit, file_name=file.name, content=file.read(), at=request.at
            )
        except InvalidInput as error:
            form.add_error("file", error.sentence)
        else:
            return redirect("desk:preview_import", digest=kept.digest)
    return render(request, "desk/patients/import_patients.html", {"form": form}, status=422)


@form_page(Act.IMPORT_PATIENTS)
def preview(request: StaffRequest, digest: str) -> HttpResponse:
    """What the waiting list would do; with POST the import, or its discarding.

    The file's digest is the address: what was looked at is what is imported, whatever was uploaded meanwhile.
    """
    upload = find_upload(request.actor, unit=request.unit, digest=digest)
    if "live" in request.GET:
        return _live(request, upload)
    if upload.state != WardListUpload.State.WAITING:
        say(request, _("This list was decided about already: %s.") % upload.summary, tone="plain")
        return redirect("desk:patients")
    try:
        return _decide(request, upload) if request.method == "POST" else _look(request, upload)
    except InvalidInput as error:
        say(request, error.sentence, tone="stop")
        return redirect("desk:import_patients")


def _look(request: StaffRequest, upload: WardListUpload) -> HttpResponse:
    if is_under_way(latest_import(request.actor, upload=upload), at=request.at):
        return _show(request, upload, None)
    return _show(request, upload, look_at_upload(request.actor, upload=upload, at=request.at))


def _decide(request: StaffRequest, upload: WardListUpload) -> HttpResponse:
    if "_cancel" in request.POST:
        cancel_import(request.actor, upload=upload, at=request.at)
        return redirect(import_url(upload))
    if is_under_way(latest_import(request.actor, upload=upload), at=request.at):
        return redirect(import_url(upload))  # pressed twice, or in another window: it is watched there
    if "_discard" in request.POST:
        discard_upload(request.actor, upload=upload, at=request.at)
        say(request, _("Nothing was imported, and the uploaded file is erased."), tone="plain")
        return redirect("desk:patients")
    return _import(request, upload)


def _import(request: StaffRequest, upload: WardListUpload) -> HttpResponse:
    accepted = frozenset(request.POST.getlist("accept"))
    if "_yes" in request.POST:
        report = with_yes_to(request.actor, upload, request.POST["_yes"], accepted=accepted, at=request.at)
        return _show(request, upload, report)
    report, run = import_or_hand_over(request.actor, upload=upload, accepted=accepted, at=request.at)
    if run is not None:
        return redirect(import_url(upload))
    if not report.is_saved:
        return _show(request, upload, report)
    say(request, report.imported_words)
    return redirect("desk:patients")


def _live(request: StaffRequest, upload: WardListUpload) -> HttpResponse:
    """How the import stands, or 304."""
    run = latest_import(request.actor, upload=upload)
    if run is None:
        return HttpResponseNotModified(headers={"X-Clinic-Over": "1"})
    box = import_box(run, upload, at=request.at)

    def draw() -> HttpResponse:
        return render(request, "desk/planning/_planning_live.html", {"box": box})

    mark = f"{run.pk}-{standing_of(run, at=request.at)}-{run.percent}-{run.stage}"
    return unless_known(request, mark, draw, {} if box.live_url else {"X-Clinic-Over": "1"})


def _show(request: StaffRequest, upload: WardListUpload, report: ImportReport | None) -> HttpResponse:
    """The preview, under what became of the last try in a worker; that alone while one is under way."""
    was_tried = request.method == "POST" and "_yes" not in request.POST
    run = latest_import(request.actor, upload=upload)
    box = import_box(run, upload, at=request.at) if run is not None else None
    if box is not None and report is not None:
        box = replace(box, action=None)  # the list is looked at already
    context = {
        "upload": upload,
        "box": box,
        "preview": Preview.of(report) if report is not None else None,
        "was_tried": was_tried,
    }
    return render(
        request, "desk/patients/preview_import.html", context, status=422 if was_tried and report is not None else 200
    )
