"""Django's permissions (asked by the admin) answered from the policy table."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from units.actors import Actor
from units.models import User
from units.policy import Act

# Which act opens which app's models in the admin: to look, and to change.
ADMIN_ACTS: dict[str, tuple[Act, Act | None]] = {
    "units": (Act.SET_UP_UNIT, Act.SET_UP_UNIT),
    "patients": (Act.SET_UP_UNIT, None),
    "doseplans": (Act.SET_UP_PROTOCOLS, Act.SET_UP_PROTOCOLS),
    "scheduling": (Act.SET_UP_UNIT, Act.SET_UP_UNIT),
    "reminders": (Act.SET_UP_MESSAGES, Act.SET_UP_MESSAGES),
    "django_celery_beat": (Act.SET_UP_UNIT, Act.SET_UP_UNIT),
    "pghistory": (Act.VIEW_HISTORY, None),
}


class RoleBackend(ModelBackend):
    """Signs in by e-mail and password; grants `app.view_x`, `app.change_x` ... by role.

    A ModelAdmin narrows this further (which rows, which models are look-only).
    """

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        address = (username or kwargs.get(User.USERNAME_FIELD) or "").strip().lower()
        return super().authenticate(request, username=address, password=password)

    def has_perm(self, user_obj: AbstractBaseUser | AnonymousUser, perm: str, obj: Any = None) -> bool:
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        app_label, _, codename = perm.partition(".")
        return self._opens(user_obj, app_label, is_look=codename.startswith("view_"))

    def has_module_perms(self, user_obj: AbstractBaseUser | AnonymousUser, app_label: str) -> bool:
        return isinstance(user_obj, User) and user_obj.is_active and self._opens(user_obj, app_label, is_look=True)

    def _opens(self, user: User, app_label: str, *, is_look: bool) -> bool:
        look, change = ADMIN_ACTS.get(app_label, (None, None))
        act = look if is_look else change
        return act is not None and _actor(user).may_anywhere(act)


def _actor(user: User) -> Actor:
    """The user's actor, made once a request: the admin asks a hundred times a page."""
    cached: Actor | None = getattr(user, "_actor", None)
    if cached is None:
        cached = Actor.for_user(user)
        user._actor = cached  # type: ignore[attr-defined]
    return cached
