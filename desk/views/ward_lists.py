"""*Import patients*: the ward's list uploaded, looked at, its questions answered, and imported."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from desk.pages import StaffRequest, form_page
from desk.toasts import say
from doseplans.forms_ward_lists import ListFileForm
from doseplans.models import WardListUpload
from doseplans.services.ward_list import (
    ImportReport,
    discard_upload,
    find_upload,
    import_upload,
    keep_upload,
    look_at_upload,
)
from doseplans.ward_list_preview import Preview, imported_words
from units.errors import InvalidInput
from units.policy import Act


@form_page(Act.IMPORT_PATIENTS)
def import_patients(request: StaffRequest) -> HttpResponse:
    """The file is kept until somebody decides about it; what it would do is the next page."""
    if request.method != "POST":
        return render(request, "desk/import_patients.html", {"form": ListFileForm()})
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
    return render(request, "desk/import_patients.html", {"form": form}, status=422)


@form_page(Act.IMPORT_PATIENTS)
def preview(request: StaffRequest, digest: str) -> HttpResponse:
    """What the waiting list would do; with POST the import, or its discarding.

    The file's digest is the address: what was looked at is what is imported, whatever was uploaded meanwhile.
    """
    upload = find_upload(request.actor, unit=request.unit, digest=digest)
    if upload.state != WardListUpload.State.WAITING:
        say(request, _("This list was decided about already: %s.") % upload.summary, tone="plain")
        return redirect("desk:patients")
    try:
        if request.method == "POST" and "_discard" in request.POST:
            discard_upload(request.actor, upload=upload, at=request.at)
            say(request, _("Nothing was imported, and the uploaded file is erased."), tone="plain")
            return redirect("desk:patients")
        if request.method == "POST":
            return _import(request, upload)
        return _show(request, upload, look_at_upload(request.actor, upload=upload, at=request.at))
    except InvalidInput as error:
        say(request, error.sentence, tone="stop")
        return redirect("desk:import_patients")


def _import(request: StaffRequest, upload: WardListUpload) -> HttpResponse:
    accepted = frozenset(request.POST.getlist("accept"))
    report = import_upload(request.actor, upload=upload, at=request.at, accepted=accepted)
    if not report.is_saved:
        return _show(request, upload, report)
    say(request, imported_words(report))
    return redirect("desk:patients")


def _show(request: StaffRequest, upload: WardListUpload, report: ImportReport) -> HttpResponse:
    was_tried = request.method == "POST"
    context = {"upload": upload, "preview": Preview.of(report), "was_tried": was_tried}
    return render(request, "desk/preview_import.html", context, status=422 if was_tried else 200)
