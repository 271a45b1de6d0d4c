"""Day-care units, the people who work there, and the roles they hold."""

from __future__ import annotations

import uuid
import zoneinfo
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any, ClassVar, TypeVar

import pghistory
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from units.policy import Role
from units.telephones import TelephoneField

M = TypeVar("M", bound=models.Model)


def tracked_without(*secret: str) -> Callable[[type[M]], type[M]]:
    """As `tracked`, leaving out columns that must not be kept twice; a change of these alone writes no row."""

    def track(model: type[M]) -> type[M]:
        return pghistory.track(
            pghistory.InsertEvent(),
            pghistory.UpdateEvent(),
            pghistory.DeleteEvent(),
            exclude=list(secret),
            append_only=True,
            model_name=f"{model.__name__}History",
            obj_field=pghistory.ObjForeignKey(related_name="history", related_query_name="history"),
        )(model)

    return track


def tracked(model: type[M]) -> type[M]:
    """The model with a history table beside it (`XHistory`, read as `x.history`): every insert, update and delete.

    Written by trigger, so that bulk updates and plain SQL are seen too; rows carry the context's actor and reason.
    """
    track: Callable[[type[M]], type[M]] = tracked_without()
    return track(model)


def validate_zone(value: str) -> None:
    """Only IANA names: a fixed offset would be wrong for half the year."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(value)s” is not a time zone. Use a name such as Europe/London."), params={"value": value}
        )


@tracked
class Unit(models.Model):
    """A day-care unit: the place a patient travels to and the boundary of who sees whom."""

    class Nation(models.TextChoices):
        """Whose bank holidays count (subdivisions of GB)."""

        ENGLAND = "ENG", _("England")
        SCOTLAND = "SCT", _("Scotland")
        WALES = "WLS", _("Wales")
        NORTHERN_IRELAND = "NIR", _("Northern Ireland")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True)
    site_name = models.CharField(_("hospital or site"), max_length=120, blank=True)
    address = models.TextField(_("address"), blank=True, help_text=_("As it stands in a patient's invite."))
    directions = models.TextField(_("how to find us"), blank=True)
    what_to_bring = models.TextField(_("what to bring"), blank=True)
    phone = TelephoneField(_("telephone"), blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    timezone = models.CharField(_("time zone"), max_length=64, default="Europe/London", validators=[validate_zone])
    nation = models.CharField(_("bank holidays of"), max_length=3, choices=Nation.choices, default=Nation.ENGLAND)
    is_closed_on_bank_holidays = models.BooleanField(
        _("closed on bank holidays"), default=True, help_text=_("Local policy.")
    )
    quiet_from = models.TimeField(_("quiet hours from"), default=time(20, 0), help_text=_("Local policy."))
    quiet_until = models.TimeField(_("quiet hours until"), default=time(8, 0), help_text=_("Local policy."))
    undo_seconds = models.PositiveSmallIntegerField(
        _("seconds to undo"),
        default=20,
        help_text=_("A message waits this long, so that an undo sends nothing."),
    )
    reservation_minutes = models.PositiveSmallIntegerField(
        _("minutes a slot stays reserved"), default=10, help_text=_("Local policy.")
    )
    notice_hours = models.PositiveSmallIntegerField(
        _("hours of notice a patient needs"),
        default=12,
        help_text=_("Slots sooner than this are not proposed. Local policy."),
    )
    admission_at = models.TimeField(
        _("admitted the day before at"),
        null=True,
        blank=True,
        help_text=_("When to arrive on the day before. Empty: nobody is admitted the day before. Local policy."),
    )
    post_working_days = models.PositiveSmallIntegerField(
        _("working days a letter takes"),
        default=3,
        help_text=_("A letter that would come too late becomes a call. Local policy."),
    )
    downtime_list_at = models.TimeField(
        _("downtime list made at"),
        default=time(18, 0),
        help_text=_("Each evening the next day's list is kept for when the screens are dark. Local policy."),
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The unit's IANA zone, in which its days and clock times are meant."""
        return zoneinfo.ZoneInfo(self.timezone)

    def local(self, instant: datetime) -> datetime:
        """The instant as the unit's wall clock shows it."""
        return instant.astimezone(self.zone)

    def local_date(self, instant: datetime) -> date:
        """The unit's calendar day of the instant."""
        return self.local(instant).date()

    def today(self) -> date:
        """The unit's calendar day now."""
        return self.local_date(timezone.now())


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


@tracked_without("password", "last_login")
class User(AbstractBaseUser, PermissionsMixin):
    """A member of staff, signing in by e-mail address. What they may do comes from their memberships alone.

    `is_superuser` is for the installer, who sets up units and people and sees no patient.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(
        _("e-mail"), unique=True, error_messages={"unique": _("Somebody already signs in with this address.")}
    )
    name = models.CharField(_("name"), max_length=120)
    is_active = models.BooleanField(_("may sign in"), default=True)
    date_joined = models.DateTimeField(_("since"), default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("staff")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


@tracked
class Membership(models.Model):
    """A role somebody holds in a unit."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("who"))
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("unit"))
    role = models.CharField(_("role"), max_length=20, choices=[(role.value, role.value.capitalize()) for role in Role])

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(fields=["user", "unit", "role"], name="membership_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in Role]), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}, {self.unit}"
