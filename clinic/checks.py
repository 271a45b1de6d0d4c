"""System checks of our own: what would be unsafe to run with."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def runtime_role_is_not_the_owner(**_: Any) -> list[CheckMessage]:
    """clinic.E001: in production the web must not connect as the role that owns the tables."""
    if settings.ENVIRONMENT.is_production and not settings.DATABASE_APP_ROLE:
        return [
            Error(
                "CLINIC_APP_ROLE is not set, so nobody would be granted less than everything.",
                hint="Name the database role that web and workers connect as.",
                id="clinic.E001",
            )
        ]
    return []
