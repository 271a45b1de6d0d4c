"""What every page of the admin has in common: only the actor's units, by the policy table, on the record.

Each app's `admin.py` builds on `ScopedAdmin` (or `LookOnlyAdmin`) and `ScopedInline`; a system check (units.E001)
refuses a model of ours that is registered otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.utils import NotRelationField, get_fields_from_path, get_model_from_relation
from django.contrib.admin.widgets import AdminSplitDateTime, AdminTextareaWidget, RelatedFieldWidgetWrapper
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db.models import ForeignKey, ManyToManyField, Model, QuerySet, TextField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from units.actors import Actor
from units.admin_history import ToldHistory
from units.backends import AdminActs, actor_of, admin_acts
from units.errors import ClinicError, NotFound
from units.history import recorded_as
from units.models import Unit, User
from units.policy import Act
from units.scope import scoped, unit_id_of

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
    _TabularInline = admin.TabularInline[Any, Any]
else:
    _ModelAdmin = admin.ModelAdmin
    _TabularInline = admin.TabularInline


def actor_in(request: HttpRequest) -> Actor:
    """The person at the admin."""
    return actor_of(cast("User", request.user))


def _on_record(request: HttpRequest, act: str) -> AbstractContextManager[object]:
    """One transaction on the record for what changes something; looking needs neither."""
    return nullcontext() if request.method in {"GET", "HEAD"} else recorded_as(actor_in(request), act=act)


@contextmanager
def saying(request: HttpRequest, words: str) -> Iterator[None]:
    """Inside, the pages say this in place of Django's words."""
    request._said_instead = words  # type: ignore[attr-defined]
    try:
        yield
    finally:
        del request._said_instead  # type: ignore[attr-defined]


def is_installer(request: HttpRequest) -> bool:
    """Whether this is the installer, who belongs to no unit and sets up all of them."""
    return bool(request.user.is_active and request.user.is_superuser)


class ScopedFields:
    """Choices of a related field are records the actor may see; of a unit, those the actor may change."""

    admin_site: admin.AdminSite
    model: type[Model]
    # Few texts are longer; the field grows while somebody types.
    formfield_overrides: Mapping[Any, Any] = {TextField: {"widget": AdminTextareaWidget(attrs={"rows": 3})}}

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """As Django's, without the signs beside a choice that lead away from a form half filled in."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            for sign in ("add", "change", "delete", "view"):
                setattr(field.widget, f"can_{sign}_related", False)
        if field is not None and isinstance(field.widget, AdminSplitDateTime):
            # The one label there is leads to neither of the two.
            for widget, part in zip(field.widget.widgets, (_("date"), _("time")), strict=True):
                widget.attrs["aria-label"] = f"{capfirst(str(field.label))}, {part}"
        return field

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        self._narrow(db_field, request, kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_manytomany(self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        self._narrow(db_field, request, kwargs)
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]

    def _narrow(self, db_field: Any, request: HttpRequest, kwargs: dict[str, Any]) -> None:
        related = db_field.remote_field.model
        if "queryset" in kwargs:
            return
        if related is Unit:
            kwargs["queryset"] = self._units(request)
            return
        try:
            related_admin = self.admin_site.get_model_admin(related)
        except NotRegistered:
            return
        if isinstance(related_admin, ScopedAdmin):
            kwargs["queryset"] = related_admin.get_queryset(request)

    def _units(self, request: HttpRequest) -> QuerySet[Unit]:
        if is_installer(request):
            return Unit.objects.all()
        acts = admin_acts(self.model._meta.app_label, str(self.model._meta.model_name))
        act = acts.change if acts else None
        return Unit.objects.filter(pk__in=actor_in(request).units_for(act) if act else ())


class SaysWhatHappened:
    """After a change the pages say what happened, in few words and without praise."""

    def told_as(self, record: Any) -> str:
        """What a record is called in these words."""
        return str(record)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        with saying(request, _("Added: %s.") % self.told_as(obj)):
            return super().response_add(request, obj, post_url_continue)  # type: ignore[misc]

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        with saying(request, _("Saved: %s.") % self.told_as(obj)):
            return super().response_change(request, obj)  # type: ignore[misc]

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        with saying(request, _("Deleted: %s.") % obj_display):
            return super().response_delete(request, obj_display, obj_id)  # type: ignore[misc]

    def message_user(self, request: HttpRequest, message: Any, *args: Any, **kwargs: Any) -> None:
        """What happened, in place of Django's words for it while one of its answers is being made."""
        said = getattr(request, "_said_instead", None) or message
        super().message_user(request, said, *args, **kwargs)  # type: ignore[misc]


class ScopedAdmin(SaysWhatHappened, ToldHistory, ScopedFields, _ModelAdmin):
    """A model's pages, cut down to the units in which the policy table opens it to the actor.

    `unit_lookup` leads from the model to its unit's key; None says that all units share its rows, and that its rows
    name no patient. `has_common_rows`: a row without a unit serves every unit. The installer gets in only where
    `installer_may`.
    """

    unit_lookup: str | None = "unit_id"
    has_common_rows = False
    installer_may = False
    deletable = True
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    view_on_site = False

    # --- whose rows

    @property
    def acts(self) -> AdminActs | None:
        return admin_acts(self.opts.app_label, str(self.opts.model_name))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        if is_installer(request):
            return rows if self.installer_may else rows.none()
        if self.unit_lookup is None:
            return rows
        own = scoped(rows, actor_in(request), self._look_act(), through=self.unit_lookup)
        if not self.has_common_rows or not actor_in(request).may_anywhere(self._look_act()):
            return own
        return own | rows.filter(**{f"{self.unit_lookup}__isnull": True})

    def _look_act(self) -> Act:
        if self.acts is None:
            raise PermissionDenied
        return self.acts.look

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """As Django's, without the rows that only tie two records together."""
        gone, counts, lacking, protected = super().get_deleted_objects(objs, request)
        ties = tuple(
            f"{capfirst(field.remote_field.through._meta.verbose_name)}: "  # type: ignore[union-attr]
            for field in self.opts.local_many_to_many
        )
        return _without(gone, ties), counts, lacking, protected

    # --- who may

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.acts.look if self.acts else None, obj) or self.has_change_permission(
            request, obj
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(request, self.acts.change if self.acts else None, None)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.acts.change if self.acts else None, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.deletable and self.has_change_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def _may(self, request: HttpRequest, act: Act | None, obj: Any) -> bool:
        if is_installer(request):
            return self.installer_may and act is not None
        actor = actor_in(request)
        if act is None or not request.user.is_active:
            return False
        if obj is None or obj.pk is None or self.unit_lookup is None:
            return actor.may_anywhere(act)
        return self.belongs(actor, act, obj)

    def belongs(self, actor: Actor, act: Act, obj: Any) -> bool:
        """Whether the actor may do `act` in the record's own unit."""
        unit_id = unit_id_of(obj, cast("str", self.unit_lookup))
        if unit_id is None:
            return self.has_common_rows and actor.may_anywhere(act)
        return actor.may(act, unit_id)

    # --- how it is shown

    def desk_links(self, request: HttpRequest, record: Any) -> Sequence[tuple[Any, str]]:
        """Words and address of the pages where the record is worked on; empty where that is here."""
        return ()

    def list_links(self, request: HttpRequest) -> Sequence[tuple[Any, str]]:
        """Words and address of what else is done from the list, beside adding to it."""
        return ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """With the unit chosen for those who may set up only one."""
        given = super().get_changeform_initial_data(request)
        belongs = any(field.name == "unit" and not field.null for field in self.opts.fields)
        if belongs and len(units := self._units(request)[:2]) == 1:
            return {"unit": units[0].pk, **given}
        return given

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Without the unit for those who have one only."""
        shown = [*super().get_list_display(request), *(["last_change"] if self.tracked_in() else [])]
        is_one = not is_installer(request) and len(actor_in(request).units) == 1
        return [name for name in shown if not (is_one and name == "unit")]

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [self._narrowed_filter(item) for item in super().get_list_filter(request)]

    def _narrowed_filter(self, item: Any) -> Any:
        """A filter by a related record offers those of the rows shown, not every unit's."""
        if not isinstance(item, str):
            return item
        try:
            field = get_fields_from_path(self.model, item)[-1]
            get_model_from_relation(field)
        except (FieldDoesNotExist, NotRelationField):
            return item
        return (item, admin.RelatedOnlyFieldListFilter)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        raise Http404(_("There is no such record among yours."))

    # --- on the record

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """As Django's; a use case's refusal is told above the form, and nothing was saved."""
        try:
            with _on_record(request, "admin_change"):
                return super().changeform_view(request, *args, **kwargs)
        except NotFound as error:
            raise Http404 from error
        except ClinicError as error:
            self.message_user(request, error.sentence, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with _on_record(request, "admin_delete"):
            return super().delete_view(request, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        context = {"list_links": self.list_links(request), **(extra_context or {})}
        with _on_record(request, "admin_change"):
            return super().changelist_view(request, context)


def _without(told: Any, ties: tuple[str, ...]) -> list[Any]:
    """The told records, nested as they hang together, but for those whose words begin with one of `ties`."""
    kept = [_without(one, ties) if isinstance(one, list) else one for one in told]
    return [one for one in kept if one != [] and not (isinstance(one, str) and one.startswith(ties))]


class LookOnlyAdmin(ScopedAdmin):
    """Pages that show and change nothing: what happens to these records is a use case's business."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ScopedInline(ScopedFields, _TabularInline):
    """Rows inside another record's page: open to whoever may do the same with that record."""

    extra = 0
    show_change_link = False

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """As Django's; in a row only the column has a name, which each of its fields needs too."""
        formset = super().get_formset(request, obj, **kwargs)
        for field in formset.form.base_fields.values():
            field.widget.attrs.setdefault("aria-label", capfirst(str(field.label or "")))
        return formset

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._owner().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        owner = self._owner()
        return owner.has_add_permission(request) if obj is None else owner.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._owner().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._owner().has_change_permission(request, obj)

    def _owner(self) -> admin.ModelAdmin[Any]:
        return self.admin_site.get_model_admin(self.parent_model)


class LookOnlyInline(ScopedInline):
    """Rows inside another record's page that a use case owns."""

    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
