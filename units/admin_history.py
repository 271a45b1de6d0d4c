"""What the admin tells of a record's history: the last change in its list, every change on a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from units.history import LastChange, changes, last_changes

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = object


class ToldHistory(_ModelAdmin):
    """A model's pages with its history, where it has one."""

    object_history_template = "admin/record_history.html"
    # Related history told with a record's own: (history model, its column that holds the record's key).
    history_beside: Sequence[tuple[str, str]] = ()

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """With each row's last change, read for all rows of the page at once."""
        changelist = super().get_changelist_instance(request)
        if tracked_in := self.tracked_in():
            found = last_changes([row.pk for row in changelist.result_list], *tracked_in)
            for row in changelist.result_list:
                row._last_change = found.get(row.pk)
        return changelist

    @admin.display(description=gettext_lazy("last change"))
    def last_change(self, row: Any) -> SafeString | str:
        """When, and by whom where somebody was named."""
        last: LastChange | None = row._last_change
        if last is None:
            return ""
        return format_html('<span class="in-one">{}</span> {}', localize(localtime(last.at)), last.actor)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Every change of the record, from the database's own history: who, when, from what to what, and why."""
        record = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        if record is None:
            raise Http404(_("There is no such record among yours."))
        context = {
            **self.admin_site.each_context(request),
            "title": _("History: %s") % record,
            "changes": changes(*self._histories(record)),
            "module_name": str(capfirst(self.opts.verbose_name_plural)),
            "object": record,
            "opts": self.opts,
            "preserved_filters": self.get_preserved_filters(request),
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.object_history_template, context)

    def _histories(self, record: Any) -> list[QuerySet[Any]]:
        return [model._default_manager.filter(**{column: record.pk}) for model, column in self.tracked_in()]

    def tracked_in(self) -> list[tuple[type[Model], str]]:
        """Where the changes of a record are, and the column there that holds its key; empty for what is not tracked."""
        own = [(self.model.history.rel.related_model, "pgh_obj_id")] if hasattr(self.model, "history") else []
        return [*own, *((apps.get_model(label), column) for label, column in self.history_beside)]
