"""Django's permissions (asked by the admin) answered from the policy table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model

from units.actors import Actor
from units.models import User
from units.policy import Act
from units.rows import Joined


@dataclass(frozen=True)
class AdminActs:
    """The act that opens a model in the admin to look, and the one to change; None: nobody changes it there."""

    look: Act
    change: Act | None = None


_SET_UP = AdminActs(Act.SET_UP_UNIT, Act.SET_UP_UNIT)

# By model, else by app. What is not named is closed, so that a new library's models stay shut until somebody decides.
ADMIN_ACTS: Mapping[str, AdminActs] = MappingProxyType(
    {
        "units.unit": _SET_UP,
        "units.user": AdminActs(Act.SET_UP_STAFF, Act.SET_UP_STAFF),
        "units.membership": AdminActs(Act.SET_UP_STAFF, Act.SET_UP_STAFF),
        "patients.patient": AdminActs(Act.VIEW_PATIENTS, Act.EDIT_PATIENTS),
        "patients.worklistitem": AdminActs(Act.VIEW_PATIENTS),
        "patients.accessentry": AdminActs(Act.VIEW_HISTORY),
        "patients": AdminActs(Act.VIEW_PATIENTS, Act.EDIT_PATIENTS),
        "patients.needallowance": _SET_UP,
        "patients.antithrombotictable": AdminActs(Act.SET_UP_UNIT, Act.SET_UP_UNIT),
        "patients.antithromboticrow": AdminActs(Act.SET_UP_UNIT, Act.SET_UP_UNIT),
        "doseplans.protocol": AdminActs(Act.SET_UP_PROTOCOLS, Act.SET_UP_PROTOCOLS),
        "doseplans.protocolstep": AdminActs(Act.SET_UP_PROTOCOLS, Act.SET_UP_PROTOCOLS),
        "doseplans.protocolphase": AdminActs(Act.SET_UP_PROTOCOLS, Act.SET_UP_PROTOCOLS),
        "doseplans.wardlistupload": AdminActs(Act.IMPORT_PATIENTS, Act.IMPORT_PATIENTS),
        "doseplans": AdminActs(Act.VIEW_PLANS),
        "scheduling.resource": _SET_UP,
        "scheduling.schedule": _SET_UP,
        "scheduling.closure": _SET_UP,
        "scheduling.visitkind": _SET_UP,
        "scheduling.skill": _SET_UP,
        "scheduling.nurseshift": _SET_UP,
        "scheduling": AdminActs(Act.VIEW_SCHEDULE),
        "reminders.messagetext": AdminActs(Act.SET_UP_MESSAGES, Act.SET_UP_MESSAGES),
        "reminders": AdminActs(Act.VIEW_MESSAGES),
        "django_celery_beat": _SET_UP,
    }
)

# Who may open the admin at all: whoever sets something up.
SET_UP_ACTS = (Act.SET_UP_UNIT, Act.SET_UP_STAFF, Act.SET_UP_PROTOCOLS, Act.SET_UP_MESSAGES)


def admin_acts(app_label: str, model_name: str = "") -> AdminActs | None:
    """The acts that open a model in the admin; None where it is closed to everybody but the installer.

    A many-to-many table ("schedule_operators") is part of the model that holds it.

    >>> admin_acts("units", "membership").change
    <Act.SET_UP_STAFF: 'set_up_staff'>
    >>> admin_acts("sessions", "session") is None
    True
    """
    owner = model_name.partition("_")[0]
    return ADMIN_ACTS.get(f"{app_label}.{owner}") or ADMIN_ACTS.get(app_label)


class RoleBackend(ModelBackend):
    """Signs in by e-mail and password; grants `app.view_x`, `app.change_x` ... by role, in any unit.

    A `ScopedAdmin` narrows this to the record's own unit. Django's own permission and group tables grant nothing:
    there is one place to look, the policy table.
    """

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        address = (username or kwargs.get(User.USERNAME_FIELD) or "").strip().lower()
        return super().authenticate(request, username=address, password=password)

    def get_user(self, user_id: int) -> User | None:
        """Who is signed in, while they may be: asked by every page."""
        user = _USERS.get(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None

    def get_user_permissions(self, user_obj: AbstractBaseUser | AnonymousUser, obj: Model | None = None) -> set[str]:
        return set()

    def get_group_permissions(self, user_obj: AbstractBaseUser | AnonymousUser, obj: Model | None = None) -> set[str]:
        return set()

    def get_all_permissions(self, user_obj: AbstractBaseUser | AnonymousUser, obj: Model | None = None) -> set[str]:
        return set()

    def has_perm(self, user_obj: AbstractBaseUser | AnonymousUser, perm: str, obj: Any = None) -> bool:
        app_label, _, codename = perm.partition(".")
        verb, _, model_name = codename.partition("_")
        return self._opens(user_obj, admin_acts(app_label, model_name), is_look=verb == "view")

    def has_module_perms(self, user_obj: AbstractBaseUser | AnonymousUser, app_label: str) -> bool:
        opened = [acts for name, acts in ADMIN_ACTS.items() if name.partition(".")[0] == app_label]
        return any(self._opens(user_obj, acts, is_look=True) for acts in opened)

    def _opens(self, user: AbstractBaseUser | AnonymousUser, acts: AdminActs | None, *, is_look: bool) -> bool:
        if acts is None or not isinstance(user, User) or not user.is_active:
            return False
        act = acts.look if is_look else acts.change
        return act is not None and actor_of(user).may_anywhere(act)


_USERS = Joined(User, column="id")


def actor_of(user: User) -> Actor:
    """The user's actor, made once a request: the admin asks for it a hundred times a page."""
    cached: Actor | None = getattr(user, "_actor", None)
    if cached is None:
        cached = Actor.for_user(user)
        user._actor = cached  # type: ignore[attr-defined]
    return cached
