"""What a patient needs, and who looks after them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.forms.courses import RefusableForm, clock_field, day_field
from patients.models import Carer, Flag, NoGoTime


class NeedForm(RefusableForm):
    """A need or an alert, in the words of the banner; without words, in those of what was chosen."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Shown as"), choices=Flag.Kind.choices, initial=Flag.Kind.NEED, widget=forms.RadioSelect
    )
    code = forms.ChoiceField(
        label=gettext_lazy("What"),
        choices=[("", gettext_lazy("Choose…")), *Flag.Code.choices],
        error_messages={"required": gettext_lazy("Choose what it is.")},
    )
    text = forms.CharField(
        label=gettext_lazy("In words"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("As the banner shows it, such as: Interpreter, Swedish."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        code, text = data.get("code", ""), data.get("text", "").strip()
        if not text and code in {Flag.Code.OTHER, Flag.Code.ALLERGY, Flag.Code.ANTITHROMBOTIC}:
            self.add_error("text", _("Write what it is."))
        elif not text and code:
            text = str(Flag.Code(code).label)
        return {**data, "text": text}


class NoGoForm(RefusableForm):
    """When the patient had better not be in the unit. What is left out is any."""

    is_paired = True
    wide = ("words", "weekdays")

    words = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=120,
        help_text=gettext_lazy("As the slots will say it, such as: transport leaves at 15:30."),
        error_messages={"required": gettext_lazy("Write why, in a few words.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("On these days"),
        choices=NoGoTime.Weekday.choices,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None ticked: every day."),
    )
    starts_at = clock_field(gettext_lazy("From"))
    ends_at = clock_field(gettext_lazy("Until"))
    since = day_field(gettext_lazy("First day"), required=False)
    until = day_field(gettext_lazy("Last day"), required=False)


class CarerForm(RefusableForm):
    """Somebody who looks after the patient."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write their name.")},
    )
    relationship = forms.CharField(
        label=gettext_lazy("Who they are"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Such as: wife, son, home nurse."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("Telephone"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"invalid": gettext_lazy("Write an address, such as name@example.org.")},
    )
    receives_invites = forms.ChoiceField(
        label=Carer._meta.get_field("receives_invites").verbose_name.capitalize(),
        choices=[("", gettext_lazy("No")), ("yes", gettext_lazy("Yes, the patient has agreed"))],
        help_text=gettext_lazy("Carers are told by e-mail only."),
        required=False,
        widget=forms.RadioSelect,
    )

    def clean_receives_invites(self) -> bool:
        return bool(self.cleaned_data["receives_invites"] == "yes")
