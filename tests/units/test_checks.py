"""The system checks see what they are there for."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model

from tests.cast import Cast, signed_in
from units import checks
from units.backends import ADMIN_ACTS, AdminActs, RoleBackend, admin_acts
from units.models import Unit
from units.policy import POLICY, Act, Role


def test_nothing_to_complain_about() -> None:
    for check in (checks.admin_pages_are_scoped, checks.policy_is_whole, checks.admin_acts_name_real_models):
        assert check() == []


def test_page_that_shows_every_unit_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    registry: Any = admin.site._registry
    monkeypatch.setitem(registry, Unit, admin.ModelAdmin(Unit, admin.site))
    assert [found.id for found in checks.admin_pages_are_scoped()] == ["units.E001"]


def test_role_without_rights_and_act_without_role_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = {role: acts - {Act.BOOK} for role, acts in POLICY.items() if role is not Role.MANAGER}
    monkeypatch.setattr(checks, "POLICY", MappingProxyType(lacking))
    assert [found.id for found in checks.policy_is_whole()] == ["units.E002", "units.E003"]


def test_acts_for_a_model_that_is_none_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    named = {**ADMIN_ACTS, "units.roon": AdminActs(Act.SET_UP_UNIT)}
    monkeypatch.setattr("units.backends.ADMIN_ACTS", MappingProxyType(named))
    assert [found.id for found in checks.admin_acts_name_real_models()] == ["units.E004"]


def test_what_is_not_named_is_closed(cast: Cast) -> None:
    assert admin_acts("auth", "group") is None
    assert not cast.administrator.has_perm("auth.change_group")
    assert not cast.administrator.has_module_perms("sessions")


def test_djangos_own_permissions_grant_nothing(cast: Cast) -> None:
    from django.contrib.auth.models import Group, Permission

    everything = Group.objects.create(name="everything")
    everything.permissions.set(Permission.objects.all())
    cast.nurse.groups.add(everything)
    cast.nurse.user_permissions.set(Permission.objects.all())
    nurse = get_user_model().objects.get(pk=cast.nurse.pk)
    assert nurse.get_all_permissions() == set()
    assert not nurse.has_perm("units.change_user")
    assert not RoleBackend().has_perm(nurse, "scheduling.delete_closure")
    assert signed_in(nurse).get("/admin/", follow=True).status_code == 403
