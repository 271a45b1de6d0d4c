"""What the page asks: a birthday, and an answer."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.dates import MONTHS, MONTHS_3
from django.utils.translation import gettext_lazy as _

LONGEST_NOTE = 200


class BirthdayForm(forms.Form):
    """A date of birth in three fields, as the NHS asks for it: 2 or 02, 7 or July."""

    day = forms.CharField(label=_("Day"), max_length=8, strip=True)
    month = forms.CharField(label=_("Month"), max_length=20, strip=True)
    year = forms.CharField(label=_("Year"), max_length=8, strip=True)
    answer = forms.CharField(required=False, max_length=12, widget=forms.HiddenInput)
    visit = forms.CharField(required=False, max_length=36, widget=forms.HiddenInput)
    s = forms.CharField(required=False, max_length=9, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        day, month, year = (str(values.get(name, "")) for name in ("day", "month", "year"))
        try:
            values["born_on"] = date(_number(year), _month(month), _number(day))
        except ValueError:
            if not any(self.errors.values()):
                self.add_error(None, _("Write a date of birth, such as 31 3 1980."))
        return values


def _number(text: str) -> int:
    """The digits, with or without zeros before them, in any script. Raises ValueError."""
    if not text.isdecimal():
        raise ValueError
    return int(text)


def _month(text: str) -> int:
    """A month by number, or by its name in the language of the page. Raises ValueError."""
    if text.isdecimal():
        return int(text)
    typed = text.casefold().rstrip(".")
    for names in (MONTHS, MONTHS_3):
        for number, name in names.items():
            if str(name).casefold().rstrip(".") == typed:
                return number
    raise ValueError


class AnswerForm(forms.Form):
    """One of the answers, to one state of one visit; or that the call once asked for is not needed any more."""

    ANSWERS = ("accepted", "declined", "ring", "no_call")

    answer = forms.ChoiceField(choices=[(answer, answer) for answer in ANSWERS])
    visit = forms.UUIDField()
    sequence = forms.IntegerField(min_value=0, max_value=2**31 - 1)
    note = forms.CharField(required=False, max_length=LONGEST_NOTE, strip=True)
