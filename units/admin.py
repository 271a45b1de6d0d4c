"""The admin of units and people. Administrators see their own units, and nobody raises their own rights."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from units.actors import Actor
from units.admin_base import ScopedAdmin, ScopedInline, actor_in, is_installer
from units.forms import AccountChangeForm, AccountCreationForm, MembershipByEmailForm, UnitForm
from units.models import Membership, Unit, User
from units.policy import Act, Role
from units.services import grant_role, open_unit, withdraw_role

# Django's groups grant nothing here: what somebody may do is their role's row in the policy table.
admin.site.unregister(Group)


def granting_actor(request: HttpRequest) -> Actor:
    """Who grants roles: the administrator with their units, or the installer, who may in all of them."""
    if is_installer(request):
        return Actor(request.user.pk, str(request.user), is_system=True)
    return actor_in(request)


@admin.register(Unit)
class UnitAdmin(ScopedAdmin):
    """A unit's address, clock and local policies."""

    form = UnitForm
    unit_lookup = "pk"
    installer_may = True
    deletable = False
    list_display = ["name", "site_name", "phone", "timezone", "nation", "is_active"]
    list_filter = ["is_active", "nation"]
    search_fields = ["name", "site_name", "address"]
    search_help_text = _("Name, hospital or address.")
    fieldsets = [
        (None, {"fields": ["name", "site_name", "is_active"]}),
        (_("What patients are told"), {"fields": ["address", "directions", "what_to_bring", "phone", "email"]}),
        (_("Clock and calendar"), {"fields": ["timezone", "nation", "is_closed_on_bank_holidays"]}),
        (
            _("Local policy"),
            {
                "fields": [
                    ("quiet_from", "quiet_until"),
                    "undo_seconds",
                    "reservation_minutes",
                    "notice_hours",
                    "admission_at",
                    "post_working_days",
                    "downtime_list_at",
                ]
            },
        ),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Unit | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if not self._is_warned(request, obj):
            return fieldsets
        (name, first), *rest = fieldsets
        return [(name, {**first, "fields": [*first["fields"], "is_understood"]}), *rest]

    def get_form(self, request: HttpRequest, obj: Unit | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if not self._is_warned(request, obj):
            form.base_fields.pop("is_understood", None)
        return form

    def _is_warned(self, request: HttpRequest, unit: Unit | None) -> bool:
        """Whoever would lose a unit by putting it out of use."""
        return unit is not None and unit.is_active and not is_installer(request)

    def save_model(self, request: HttpRequest, obj: Unit, form: Any, change: bool) -> None:
        if change or is_installer(request):
            super().save_model(request, obj, form, change)
        else:
            open_unit(actor_in(request), unit=obj)
            # The actor was made before the unit was there; the page that follows shows the new one.
            del request.user._actor  # type: ignore[union-attr]


class MembershipInline(ScopedInline):
    """The roles an account holds in the actor's units. A role is given or taken, never changed into another."""

    verbose_name = _("role")
    verbose_name_plural = _("roles")

    model = Membership
    fk_name = "user"
    fields = ["unit", "role"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        rows = super().get_queryset(request)
        if is_installer(request):
            return rows
        return rows.filter(unit_id__in=actor_in(request).units_for(Act.SET_UP_STAFF))

    def get_min_num(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        # Somebody without a role belongs to no unit, and would vanish from the list of whoever added them.
        return 1 if obj is None and not is_installer(request) else 0

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        # The installer adds somebody with a role, too, and may do so before there is a unit.
        return int(obj is None and is_installer(request))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """With the unit chosen where there is only one."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "unit" and field is not None and len(units := self._units(request)[:2]) == 1:
            field.initial = units[0].pk
        return field

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        return super().get_formset(request, obj, validate_min=obj is None, **kwargs)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_give(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_give(request, obj)

    def _may_give(self, request: HttpRequest, obj: Any) -> bool:
        if obj is not None and obj.pk == request.user.pk:
            return False
        return is_installer(request) or actor_in(request).may_anywhere(Act.SET_UP_STAFF)


@admin.register(User)
class UserAdmin(ScopedAdmin, DjangoUserAdmin):
    """Accounts of the people who work in the actor's units."""

    unit_lookup = "memberships__unit_id"
    installer_may = True
    deletable = False
    form = AccountChangeForm
    add_form = AccountCreationForm
    inlines = [MembershipInline]
    ordering = ["name"]
    list_display = ["name", "email", "roles", "is_active", "last_login"]
    list_filter = ["memberships__role", "is_active"]
    search_fields = ["name", "email"]
    search_help_text = _("Name or e-mail address.")
    filter_horizontal = ()
    history_beside = [("units.MembershipHistory", "user_id")]
    fieldsets = [
        (None, {"fields": ["name", "email", "password"]}),
        (_("Access"), {"fields": ["is_active", "last_login", "date_joined"]}),
    ]
    add_fieldsets = [(None, {"fields": ["name", "email", "password1", "password2"]})]
    # Django's own offer an account without a password, which here could never sign in.
    add_form_template = None
    change_user_password_template = "admin/units/user/password.html"  # noqa: S105  a page

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        return ", ".join(f"{Role(held.role).capitalize()} ({held.unit})" for held in user.memberships.all())

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        rows = super().get_queryset(request)
        mine = Membership.objects.select_related("unit").order_by("unit__name", "role")
        if not is_installer(request):
            rows = rows.filter(Q(pk=request.user.pk) | Q(is_superuser=False))
            mine = mine.filter(unit_id__in=actor_in(request).units_for(Act.SET_UP_STAFF))
        return rows.distinct().prefetch_related(Prefetch("memberships", queryset=mine))

    def belongs(self, actor: Actor, act: Act, obj: User) -> bool:
        return Membership.objects.filter(user=obj, unit_id__in=actor.units_for(act)).exists()

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.may_change_sign_in(request, obj):
            return fieldsets
        # Whoever sets the address or the password of an account can sign in with it.
        return [(None, {"fields": ["name", "email"]}), *fieldsets[1:]]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        fixed = ["last_login", "date_joined"]
        if obj is not None and not self.may_change_sign_in(request, obj):
            return [*fixed, "name", "email", "is_active"]
        if obj is not None and obj.pk == request.user.pk:
            return [*fixed, "is_active"]
        return fixed

    def may_change_sign_in(self, request: HttpRequest, user: User) -> bool:
        """Whether the actor administers every unit this account opens: else they would gain the others' rights."""
        if is_installer(request):
            return True
        if user.is_superuser:
            return False
        opened = set(user.memberships.model.objects.filter(user=user).values_list("unit_id", flat=True))
        return opened <= actor_in(request).units_for(Act.SET_UP_STAFF)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002  Django's name
        user = self.get_object(request, id)
        if user is not None and not self.may_change_sign_in(request, user):
            raise PermissionDenied
        response: HttpResponse = super().user_change_password(request, id, form_url)
        return response

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        actor = granting_actor(request)
        formset.save(commit=False)
        for membership in formset.deleted_objects:
            withdraw_role(actor, membership=membership)
        for membership in formset.new_objects:
            grant_role(actor, user=form.instance, unit=membership.unit, role=Role(membership.role))


@admin.register(Membership)
class MembershipAdmin(ScopedAdmin):
    """All roles at a glance; the way to give one to somebody who works in another unit already."""

    installer_may = True
    form = MembershipByEmailForm
    fields = ["email", "unit", "role"]
    list_display = ["user", "role", "unit"]
    list_filter = ["role", "unit"]
    list_select_related = ["user", "unit"]
    search_fields = ["user__name", "user__email"]
    search_help_text = _("Name or e-mail address.")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, Act.SET_UP_STAFF, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.user_id == request.user.pk:
            return False
        return self._may(request, Act.SET_UP_STAFF, obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["email", "unit", "role"] if obj is None else ["user", "unit", "role"]

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        given = grant_role(granting_actor(request), user=obj.user, unit=obj.unit, role=Role(obj.role))
        obj.pk = given.pk

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        withdraw_role(granting_actor(request), membership=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for membership in queryset.exclude(user=request.user.pk).select_related("user", "unit"):
            withdraw_role(granting_actor(request), membership=membership)
