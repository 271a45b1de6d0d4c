"""The admin's front door: one sign-in for the whole product, opened by role, with what still needs setting up."""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models.base import ModelBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.admin_places import GROUPS, PLACES, Place

if TYPE_CHECKING:
    from clinic.setup_steps import SetupStep

# A redirect that would tell which records exist, whosever they are.
NOT_OURS = frozenset({"view_on_site"})
# Ways of timing periodic work that no clinic asks for: by the sun, and once.
NOT_OFFERED = frozenset({"django_celery_beat.solarschedule", "django_celery_beat.clockedschedule"})


def yes_or_no(value: bool | None) -> SafeString | str:
    """Words where the admin has a green or red sign, which says nothing without its colour."""
    if value is None:
        return gettext("not known")
    return format_html('<span class="{}">{}</span>', "is-yes" if value else "is-no", gettext("yes" if value else "no"))


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

    def place_of(self, opts: Any) -> Place:
        """What the list of a model is called; one without words of its own goes by the model's name."""
        found = PLACES.get(opts.label_lower, Place(capfirst(opts.verbose_name_plural)))
        return found if found.adds else Place(found.name, found.says, gettext("Add %s") % opts.verbose_name)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """The lists by what they are set up for, not by the folder their models are in."""
        apps = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        open_to_them = {entry["model"]._meta.label_lower: entry for app in apps for entry in app["models"]}
        groups = [
            _group(f"place-{number}", group.name, group.places, open_to_them) for number, group in enumerate(GROUPS)
        ]
        others = {
            label: self.place_of(entry["model"]._meta) for label, entry in open_to_them.items() if label not in PLACES
        }
        return [group for group in (*groups, _group("place-more", _("More"), others, open_to_them)) if group["models"]]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """As Django's; times are shown and typed in the zone of the unit, as on every other page."""

        @wraps(view)
        def in_the_units_zone(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            with timezone.override(_zone(request)):
                response = view(request, *args, **kwargs)
                # A page is drawn after its view, which would be outside the zone.
                return response.render() if isinstance(response, TemplateResponse) else response

        return super().admin_view(in_the_units_zone, cacheable)

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
        steps = _steps(self, request)
        context = {
            "setup_steps": steps,
            "steps_to_do": sum(not step.done for step in steps),
            "leaves_some": any(not step.url for step in steps),
        }
        return super().index(request, {**(extra_context or {}), **context})

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """With the next thing to set up, which a list says above itself; read only where a page asks."""

        def next_step() -> Any:
            return next((step for step in _steps(self, request) if not step.done and step.url), None)

        return {**super().each_context(request), "next_step": next_step}

    def get_urls(self) -> list[Any]:
        return [pattern for pattern in super().get_urls() if getattr(pattern, "name", None) not in NOT_OURS]


def _steps(site: ClinicAdminSite, request: HttpRequest) -> list[SetupStep]:
    from clinic.setup_steps import setup_steps
    from units.admin import granting_actor

    opened = [entry["admin_url"] for group in site.get_app_list(request) for entry in group["models"]]
    return setup_steps(granting_actor(request), [address for address in opened if address])


def _group(key: str, name: Any, places: Mapping[str, Place], entries: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """A group in the shape that the admin's templates know, with the lists that the reader may open."""
    models = [
        {**entries[label], "name": place.name, "says": place.says, "adds": place.adds}
        for label, place in places.items()
        if label in entries
    ]
    return {
        "name": name,
        "app_label": key,
        "app_url": reverse("admin:index"),
        "has_module_perms": True,
        "models": models,
    }


def _zone(request: HttpRequest) -> Any:
    """The zone of the unit the page is about; the installer, who belongs to none, has the clock's own."""
    from units.current import current_unit
    from units.errors import NotAllowed

    try:
        return current_unit(request).zone
    except NotAllowed:
        return timezone.get_default_timezone()
