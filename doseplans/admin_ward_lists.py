"""The admin's import of a ward's list: upload, look at what it would do, answer the questions, import."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doseplans.forms_ward_lists import WardListForm
from doseplans.models import ImportRun, WardListUpload
from doseplans.services.ward_list import (
    ImportReport,
    discard_upload,
    import_or_hand_over,
    is_under_way,
    keep_upload,
    latest_import,
    look_at_upload,
)
from doseplans.ward_list_preview import Preview, with_yes_to
from units.admin_base import ScopedAdmin, actor_in
from units.current import choose_unit
from units.errors import ClinicError
from units.policy import Act
from units.runs import LIVE_RUN
from units.selectors import units_of


@admin.register(WardListUpload)
class WardListUploadAdmin(ScopedAdmin):
    """Lists uploaded for import and what came of them. A waiting one opens as a preview; its file is shown nowhere."""

    form = WardListForm
    deletable = False
    list_display = ["file_name", "unit", "uploaded_at", "uploaded_by_name", "stands", "summary"]
    list_filter = ["state", "unit"]
    list_select_related = ["unit"]
    add_form_template = "admin/doseplans/wardlistupload/upload.html"
    preview_template = "admin/doseplans/wardlistupload/preview.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[WardListUpload]:
        # A file is megabytes, and only its own preview reads it.
        live = Prefetch("runs", ImportRun.objects.filter(state__in=LIVE_RUN), to_attr="live_runs")
        uploads: QuerySet[WardListUpload] = super().get_queryset(request).defer("content").prefetch_related(live)
        return uploads

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def stands(self, upload: Any) -> str:
        for run in upload.live_runs:
            if is_under_way(run, at=timezone.now()):
                how = {"state": run.get_state_display().lower(), "percent": run.percent}
                return _("Being imported: %(state)s, %(percent)d %%") % how
        return str(upload.get_state_display())

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["unit", "file"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        units = list(units_of(actor_in(request), Act.IMPORT_PATIENTS)[:2])
        return {"unit": units[0].pk} if len(units) == 1 else {}

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": _("Import a ward's list"), **(extra_context or {})}
        response: HttpResponse = super().add_view(request, form_url, context)
        return response

    def save_model(self, request: HttpRequest, obj: WardListUpload, form: Any, change: bool) -> None:
        file = form.cleaned_data["file"]
        kept = keep_upload(
            actor_in(request), unit=obj.unit, file_name=file.name, content=file.read(), at=timezone.now()
        )
        obj.pk = kept.pk
        obj.refresh_from_db()

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing: the upload's own row says who and when."""

    def response_add(self, request: HttpRequest, obj: WardListUpload, post_url_continue: Any = None) -> HttpResponse:
        return HttpResponseRedirect(_address_of(obj))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What the waiting list would do; with POST the import, or its discarding.

        While a worker imports it, the desk's page of the list shows how far it is, and cancels.
        """
        upload: WardListUpload | None = self.get_object(request, unquote(object_id))
        if upload is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_change_permission(request, upload):
            raise PermissionDenied
        if upload.state != WardListUpload.State.WAITING:
            messages.info(request, _("This list was decided about already: %s.") % upload.summary)
            return HttpResponseRedirect(_list_address())
        if is_under_way(latest_import(actor_in(request), upload=upload), at=timezone.now()):
            return _to_progress(request, upload)
        try:
            return self._decide(request, upload) if request.method == "POST" else self._look(request, upload)
        except ClinicError as error:
            messages.error(request, error.sentence)
            return HttpResponseRedirect(_list_address())

    def _look(self, request: HttpRequest, upload: WardListUpload) -> HttpResponse:
        return self._show(request, upload, look_at_upload(actor_in(request), upload=upload, at=timezone.now()))

    def _decide(self, request: HttpRequest, upload: WardListUpload) -> HttpResponse:
        return self._discard(request, upload) if "_discard" in request.POST else self._import(request, upload)

    def _discard(self, request: HttpRequest, upload: WardListUpload) -> HttpResponse:
        discard_upload(actor_in(request), upload=upload, at=timezone.now())
        messages.info(request, _("Nothing was imported, and the uploaded file is erased."))
        return HttpResponseRedirect(_list_address())

    def _import(self, request: HttpRequest, upload: WardListUpload) -> HttpResponse:
        accepted = frozenset(request.POST.getlist("accept"))
        if "_yes" in request.POST:
            asked = request.POST["_yes"]
            report = with_yes_to(actor_in(request), upload, asked, accepted=accepted, at=timezone.now())
            return self._show(request, upload, report)
        report, run = import_or_hand_over(actor_in(request), upload=upload, accepted=accepted, at=timezone.now())
        if run is not None:
            return _to_progress(request, upload)
        if not report.is_saved:
            return self._show(request, upload, report)
        messages.success(request, report.imported_words)
        return HttpResponseRedirect(_list_address())

    def _show(self, request: HttpRequest, upload: WardListUpload, report: ImportReport) -> HttpResponse:
        was_tried = request.method == "POST" and "_yes" not in request.POST
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import a ward's list"),
            "opts": self.opts,
            "original": upload,
            "upload": upload,
            "preview": Preview.of(report),
            "was_tried": was_tried,
        }
        status = 422 if was_tried else 200
        return TemplateResponse(request, self.preview_template, context, status=status)


def _to_progress(request: HttpRequest, upload: WardListUpload) -> HttpResponse:
    """The desk's page about the list; the desk is about one unit, which is the list's from now on."""
    choose_unit(request, upload.unit.public_id)
    return HttpResponseRedirect(reverse("desk:preview_import", args=[upload.digest]))


def _address_of(upload: WardListUpload) -> str:
    return reverse("admin:doseplans_wardlistupload_change", args=[upload.pk])


def _list_address() -> str:
    return reverse("admin:doseplans_wardlistupload_changelist")
