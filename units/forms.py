"""Forms of the admin about people: an account, its password, and the roles it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import (
    AdminUserCreationForm,
    ReadOnlyPasswordHashField,
    ReadOnlyPasswordHashWidget,
    UserChangeForm,
)
from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from units.models import Membership, Unit, User

if TYPE_CHECKING:
    _MembershipForm = forms.ModelForm[Membership]
    _UnitForm = forms.ModelForm[Unit]
    _UserCreation = AdminUserCreationForm[User]
    _UserChange = UserChangeForm[User]
else:
    _MembershipForm = forms.ModelForm
    _UnitForm = forms.ModelForm
    _UserCreation = AdminUserCreationForm
    _UserChange = UserChangeForm


# What a unit says of itself stands in messages; which words those must not say is the business of the app that sends.
TextRule = Callable[[str, str], list[str]]
_text_rules: list[TextRule] = []


def refuse_words(rule: TextRule) -> None:
    """From now on the rule is asked of a unit's texts: given one and the unit's address, it returns refused words."""
    _text_rules.append(rule)


def installers() -> QuerySet[User]:
    """Who may sign in and sets up every unit, also one that is out of use."""
    return User.objects.filter(is_active=True, is_superuser=True).order_by("name")


class UnitForm(_UnitForm):
    """A unit whose texts say nothing that a message must not, and out of use only for who knows what that means."""

    is_understood = forms.BooleanField(label=_("Out of use, and nobody of the unit can open it"), required=False)

    class Meta:
        model = Unit
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "is_understood" in self.fields:
            self.fields["is_understood"].help_text = _(
                "Only while a unit is in use can its people, you among them, open it. Afterwards only an installer "
                "puts it in use again: %(names)s."
            ) % {"names": ", ".join(user.name for user in installers()) or _("there is none")}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        address = values.get("address") or ""
        for field in ("site_name", "directions", "what_to_bring"):
            words = [word for rule in _text_rules for word in rule(values.get(field) or "", address)]
            if words:
                listed = ", ".join(f"“{word}”" for word in words)
                self.add_error(field, _("%(words)s must not stand in a message.") % {"words": listed})
        if "is_understood" in self.fields and self.instance.is_active and not values.get("is_active"):
            self._refuse_to_lock_out(is_understood=bool(values.get("is_understood")))
        return values

    def _refuse_to_lock_out(self, *, is_understood: bool) -> None:
        """Only an installer opens a unit again that is out of use: there must be one, and whoever saves must know."""
        if not installers().exists():
            self.add_error("is_active", _("Nobody could put it in use again: there is no installer's account."))
        elif not is_understood:
            self.add_error("is_understood", _("Tick this to put the unit out of use, or leave it in use."))


class AccountCreationForm(_UserCreation):
    """A new account: who, by which address, with which first password."""

    class Meta:
        model = User
        fields = ("email", "name")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class WayToANewPassword(ReadOnlyPasswordHashWidget):
    """A way to set another password, where Django would tell how this one is kept."""

    def render(self, *args: Any, **kwargs: Any) -> SafeString:
        return format_html('<a class="button" href="../password/">{}</a>', _("Set a new password"))


class AccountChangeForm(_UserChange):
    """An account as it stands."""

    password = ReadOnlyPasswordHashField(label=_("Password"), widget=WayToANewPassword)

    class Meta:
        model = User
        fields = ("email", "name", "is_active")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class MembershipByEmailForm(_MembershipForm):
    """A role for somebody who signs in already, perhaps elsewhere: named by address, since they are not listed."""

    email = forms.EmailField(label=_("E-mail"), help_text=_("As they sign in."))

    class Meta:
        model = Membership
        fields = ("unit", "role")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        address = self.cleaned_data.get("email", "").lower()
        user = User.objects.filter(email=address, is_active=True).first()
        if user is None:
            self.add_error("email", _("Nobody signs in with this address. Add the person first."))
            return cleaned
        unit, role = self.cleaned_data.get("unit"), self.cleaned_data.get("role")
        if Membership.objects.filter(user=user, unit=unit, role=role).exists():
            self.add_error("email", _("This person has that role in this unit already."))
        self.instance.user = user
        return cleaned
