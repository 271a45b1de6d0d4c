"""The sign-in page; on a machine that shows the demo unit it says who may be tried out."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.views import LoginView

from units.models import User


class SignInView(LoginView):
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | demo_accounts()


def demo_accounts() -> dict[str, Any]:
    """The demo unit's accounts and their password; nothing in production, nor where there is no demo unit."""
    if settings.ENVIRONMENT.is_production:
        return {}
    from clinic.demo.people import ACCOUNTS, PASSWORD  # not loaded in production

    addresses = [email for email, _, _ in ACCOUNTS]
    there = set(User.objects.filter(email__in=addresses, is_active=True).values_list("email", flat=True))
    accounts = [(role.value.capitalize(), email) for email, _, role in ACCOUNTS if email in there]
    return {"demo_accounts": accounts, "demo_password": PASSWORD} if accounts else {}
