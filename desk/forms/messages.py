"""To whom an invite goes again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy

from desk.looks import Words

ALL = "all"


class AgainForm(forms.Form):
    """To whom it goes once more: one reader's key, or all of them."""

    to = forms.ChoiceField(label=gettext_lazy("To whom"), widget=forms.RadioSelect)
    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, choices: Sequence[tuple[str, Words]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["to"]).choices = choices
        if not choices:
            del self.fields["to"]
