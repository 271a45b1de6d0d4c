"""The admin's front door: one sign-in for the whole product, opened by role, with what still needs setting up."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models.base import ModelBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

# A redirect that would tell which records exist, whosever they are.
NOT_OURS = frozenset({"view_on_site"})
# Ways of timing periodic work that no clinic asks for: by the sun, and once.
NOT_OFFERED = frozenset({"django_celery_beat.solarschedule", "django_celery_beat.clockedschedule"})


class ClinicAdminSite(admin.AdminSite):
    """Open to whoever may set something up, by the policy table; `is_staff` is not asked."""

    site_title = _("Infusion clinic")
    site_header = _("Infusion clinic")
    index_title = _("Set up")
    empty_value_display = "–"

    def register(
        self, model_or_iterable: Any, admin_class: type[admin.ModelAdmin[Any]] | None = None, **options: Any
    ) -> None:
        models: Any = [model_or_iterable] if isinstance(model_or_iterable, ModelBase) else model_or_iterable
        offered = [model for model in models if model._meta.label_lower not in NOT_OFFERED]
        super().register(offered, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        # Imported here: this module is loaded before the apps' models are.
        from units.admin_base import actor_in, is_installer
        from units.backends import SET_UP_ACTS

        if not request.user.is_authenticated or not request.user.is_active:
            return False
        return is_installer(request) or any(actor_in(request).may_anywhere(act) for act in SET_UP_ACTS)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The product's own sign-in; whoever is signed in and may not set up anything is told so."""
        wanted = request.GET.get("next") or reverse("admin:index")
        if request.user.is_authenticated:
            if not self.has_permission(request):
                raise PermissionDenied
            return HttpResponseRedirect(reverse("admin:index"))
        return redirect_to_login(wanted)

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("password_change"))

    def password_change_done(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("password_change_done"))

    def index(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        from clinic.setup_steps import setup_steps
        from units.admin import granting_actor

        steps = setup_steps(granting_actor(request))
        return super().index(request, {**(extra_context or {}), "setup_steps": steps})

    def get_urls(self) -> list[Any]:
        return [pattern for pattern in super().get_urls() if getattr(pattern, "name", None) not in NOT_OURS]
