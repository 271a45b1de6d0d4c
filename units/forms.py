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


class UnitForm(_UnitForm):
    """A unit whose texts say nothing that a message must not."""

    class Meta:
        model = Unit
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        address = values.get("address") or ""
        for field in ("site_name", "directions", "what_to_bring"):
            words = [word for rule in _text_rules for word in rule(values.get(field) or "", address)]
            if words:
                listed = ", ".join(f"“{word}”" for word in words)
                self.add_error(field, _("%(words)s must not stand in a message.") % {"words": listed})
        return values


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
