"""Where somebody starts, and the unit they work in now."""

from __future__ import annotations

from functools import wraps
from urllib.parse import urlsplit

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from desk.pages import StaffRequest, action, page, uuid_or_none
from units.admin_base import is_installer
from units.current import choose_unit
from units.errors import NotFound
from units.policy import Act, Role

HOMES = (
    (frozenset({Role.COORDINATOR}), "desk:doses"),
    (frozenset({Role.NURSE, Role.DOCTOR, Role.PHARMACIST, Role.MANAGER}), "desk:today"),
    (frozenset({Role.ADMINISTRATOR}), "admin:index"),
)


@page(None)
def _home_of_the_role(request: StaffRequest) -> HttpResponse:
    roles = request.actor.roles.get(request.unit.pk, frozenset())
    name = next((name for wanted, name in HOMES if roles & wanted), "desk:today")
    return HttpResponseRedirect(reverse(name))


@wraps(_home_of_the_role)
def home(request: StaffRequest) -> HttpResponse:
    """The page on which the day's work of the role begins; the installer, who has none, begins with setting up."""
    if not request.actor.units and is_installer(request):
        return HttpResponseRedirect(reverse("admin:index"))
    return _home_of_the_role(request)


@action(None, page_of_it=lambda: reverse("desk:home"))
def switch_unit(request: StaffRequest) -> HttpResponse:
    """Another unit of the actor's is the current one; the list they were on opens there, or the page in `next`."""
    public_id = uuid_or_none(request.POST.get("unit", ""))
    if public_id is None:
        raise NotFound("There is no such unit among yours.")
    unit = choose_unit(request, public_id)
    wanted = request.POST.get("next", "")
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return HttpResponseRedirect(wanted)
    return HttpResponseRedirect(_same_place(request) if request.actor.may(Act.VIEW_SCHEDULE, unit.pk) else "/")


def _same_place(request: StaffRequest) -> str:
    """The list the person came from; a single patient or visit belongs to the unit just left."""
    path = urlsplit(request.headers.get("Referer", "")).path
    lists = {reverse(f"desk:{name}") for name in ("today", "doses", "worklist", "patients")}
    return path if path in lists else reverse("desk:home")
