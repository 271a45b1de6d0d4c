"""Asking after a dose, and a red flag recorded without being asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from desk.forms.courses import RefusableForm
from doseplans.red_flags import WORDS

LONGEST_NOTE = 200
NO_YES = [("no", gettext_lazy("No")), ("yes", gettext_lazy("Yes"))]


def _note_field(hint: Any) -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=LONGEST_NOTE,
        help_text=hint,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class FollowUpForm(RefusableForm):
    """Each red flag asked by name, with no answer chosen beforehand; or nobody was reached, and nothing is asked."""

    def __init__(self, posted: Mapping[str, Any] | None = None, *, is_unreached: bool = False) -> None:
        super().__init__(posted)
        for flag, words in WORDS.items():
            self.fields[flag.value] = forms.ChoiceField(
                label=f"{words[0].upper()}{words[1:]}?",
                required=not is_unreached,
                choices=NO_YES,
                widget=forms.RadioSelect,
                error_messages={"required": gettext_lazy("Ask this one too, and answer yes or no.")},
            )
        self.fields["note"] = _note_field(gettext_lazy("What they said, or what was agreed."))

    def questions(self) -> list[forms.BoundField]:
        """The questions, in the order in which they are asked."""
        return [self[flag.value] for flag in WORDS]

    def red_flags(self) -> list[str]:
        """Those answered with yes; of a valid form."""
        return [flag.value for flag in WORDS if self.cleaned_data[flag.value] == "yes"]


class RedFlagForm(RefusableForm):
    """Which red flags somebody heard of or saw."""

    red_flags = forms.MultipleChoiceField(
        label=gettext_lazy("Which red flag"),
        choices=[(flag.value, f"{words[0].upper()}{words[1:]}") for flag, words in WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one.")},
    )
    note = _note_field(gettext_lazy("Since when, who told you, what was agreed."))
