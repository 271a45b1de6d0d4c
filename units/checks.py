"""System checks: the policy table is whole, and no page of the admin goes round it."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.core.checks import CheckMessage, Error, Tags, register

from units.policy import POLICY, Act, Role

# Ours by name, so that a library's admin is never taken for one of ours.
OURS = ("units", "patients", "doseplans", "scheduling", "reminders", "desk", "api")


@register(Tags.security)
def admin_pages_are_scoped(**_: Any) -> list[CheckMessage]:
    """units.E001: a model of ours is registered in the admin without the cut to the actor's units."""
    from units.admin_base import ScopedAdmin
    from units.backends import admin_acts

    return [
        Error(
            f"{model._meta.label} is in the admin with {type(page).__name__}, which shows every unit's rows.",
            hint="Build it on units.admin_base.ScopedAdmin and name its acts in units.backends.ADMIN_ACTS.",
            obj=type(page),
            id="units.E001",
        )
        for model, page in admin.site._registry.items()
        if model._meta.app_label in OURS
        and not (
            isinstance(page, ScopedAdmin) and admin_acts(model._meta.app_label, str(model._meta.model_name)) is not None
        )
    ]


@register(Tags.security)
def policy_is_whole(**_: Any) -> list[CheckMessage]:
    """units.E002: a role without a row. units.E003: an act that no role carries, so that nobody could ever do it."""
    missing = [role for role in Role if role not in POLICY]
    carried = frozenset().union(*POLICY.values())
    return [
        *(Error(f"The policy table has no row for the role {role}.", id="units.E002") for role in missing),
        *(Error(f"No role carries the act {act}.", id="units.E003") for act in Act if act not in carried),
    ]


@register(Tags.security)
def admin_acts_name_real_models(**_: Any) -> list[CheckMessage]:
    """units.E004: an entry of ADMIN_ACTS that fits no model grants nothing and hides a mistake."""
    from units.backends import ADMIN_ACTS

    known = {model._meta.label_lower for model in apps.get_models()} | set(apps.app_configs)
    return [
        Error(f"ADMIN_ACTS names {name}, which is no model and no app.", id="units.E004")
        for name in ADMIN_ACTS
        if name not in known
    ]
