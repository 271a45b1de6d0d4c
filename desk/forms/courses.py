"""Holding a plan, going on with it, ending it; a death; and taking an end or a death back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.pages import uuid_or_none
from doseplans.models import DosePlan
from scheduling.services.courses.holding import ENDINGS, Answer, GoOn
from units.errors import ClinicError, InvalidInput

LONGEST_REASON = 300

ANSWERS = [
    (Answer.KEEP.value, gettext_lazy("Keep it: a call about it goes on the worklist")),
    (Answer.RELEASE.value, gettext_lazy("Release it: it is cancelled, and the patient is told")),
]


def reason_field(label: Any, *, required: bool = True, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=LONGEST_REASON,
        help_text=hint,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write a word or two about why.")},
    )


def day_field(label: Any, *, required: bool = True, hint: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=hint,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": gettext_lazy("Choose a day."),
            "invalid": gettext_lazy("Write a date, such as 31/03/2027."),
        },
    )


def clock_field(label: Any) -> forms.TimeField:
    """A time of the day that may be left out."""
    return forms.TimeField(
        label=label,
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": gettext_lazy("Write a time, such as 09:30.")},
    )


class RefusableForm(forms.Form):
    """A form beside whose fields a use case's refusal can stand.

    `is_paired` lays its fields out in two columns, all but those named in `wide`.
    """

    is_paired = False
    wide: Iterable[str] = ()

    def refuse(self, error: ClinicError) -> None:
        """The refusal stands beside the fields it is about, or above them all."""
        named = error.facts.get("fields")
        fields = dict(named) if isinstance(error, InvalidInput) and isinstance(named, Mapping) else {}
        for name, sentence in fields.items():
            self.add_error(name if name in self.fields else None, str(sentence))
        if not fields:
            self.add_error(None, error.sentence)


class SeenForm(RefusableForm):
    """A form about visits that knows which ones, at which version, its page showed."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def seen_versions(self) -> Mapping[UUID, int] | None:
        """The visits' versions as the page showed them; None where it did not say."""
        return seen_in(self.cleaned_data["seen"]) if "seen" in self.data else None


def seen_words(visits: Mapping[UUID, int]) -> str:
    """The visits as a hidden field carries them.

    >>> key = UUID("00000000-0000-4000-8000-000000000000")
    >>> seen_in(seen_words({key: 3})) == {key: 3}
    True
    """
    return ",".join(f"{key}:{version}" for key, version in sorted(visits.items()))


def seen_in(words: str) -> Mapping[UUID, int]:
    """What `seen_words` wrote; anything else is left out."""
    pairs = (part.partition(":") for part in words.split(","))
    found = ((uuid_or_none(key), version) for key, _colon, version in pairs)
    return {key: int(version) for key, version in found if key and version.isascii() and version.isdigit()}


class HoldForm(SeenForm):
    """Why, until when, and visit by visit what becomes of it."""

    reason = reason_field(gettext_lazy("Why it is held"), hint=gettext_lazy("Stays in the unit: it is in no message."))
    review_on = day_field(gettext_lazy("Review on"), hint=gettext_lazy("On that day it is on the worklist."))

    def __init__(
        self, visits: Sequence[tuple[UUID, str]], posted: Mapping[str, Any] | None = None, **more: Any
    ) -> None:
        super().__init__(posted, **more)
        self.visits = [key for key, _label in visits]
        for key, label in visits:
            self.fields[_name(key)] = forms.ChoiceField(
                label=label,
                choices=ANSWERS,
                widget=forms.RadioSelect,
                error_messages={"required": gettext_lazy("Choose whether this visit is kept or released.")},
            )

    def answers(self) -> dict[UUID, str]:
        """What becomes of each visit; of a valid form."""
        return {key: self.cleaned_data[_name(key)] for key in self.visits}


def _name(key: UUID) -> str:
    return f"visit_{key}"


class ReviewForm(RefusableForm):
    """The hold stays: when it is looked at again."""

    review_on = day_field(gettext_lazy("Review on"))
    note = reason_field(gettext_lazy("What was found"), required=False)


class ResumeForm(RefusableForm):
    """How the course goes on."""

    how = forms.ChoiceField(
        label=gettext_lazy("How it goes on"),
        choices=[
            (GoOn.LABEL.value, gettext_lazy("By the rule for the gap")),
            (GoOn.DATE.value, gettext_lazy("The next dose on a day that I set")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how the plan goes on.")},
    )
    on = day_field(gettext_lazy("Day of the next dose"), required=False, hint=gettext_lazy("Only for a day you set."))
    reason = reason_field(
        gettext_lazy("Why"), required=False, hint=gettext_lazy("Needed for a day you set. Stays in the unit.")
    )

    def __init__(self, posted: Mapping[str, Any] | None = None, *, preview_url: str, **more: Any) -> None:
        super().__init__(posted, **more)
        # What would follow from a day is shown as soon as it is chosen.
        self.fields["on"].widget.attrs.update(
            {"hx-get": preview_url, "hx-target": "#dates", "hx-trigger": "change", "hx-params": "on"}
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("how") == GoOn.DATE:
            if data.get("on") is None and "on" not in self.errors:
                self.add_error("on", _("Choose the day of the next dose."))
            if not data.get("reason", "").strip():
                self.add_error("reason", _("Write down why you set this day."))
        return data

    def day(self) -> date | None:
        """The day set; None where the rule gives it. Of a valid form."""
        on: date | None = self.cleaned_data["on"]
        return on if self.cleaned_data["how"] == GoOn.DATE else None


class EndForm(SeenForm):
    """How the course ended."""

    reason = forms.ChoiceField(
        label=gettext_lazy("How it ends"),
        choices=[(value, DosePlan.EndReason(value).label) for value in ENDINGS],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how the plan ends.")},
    )
    on = day_field(gettext_lazy("As of"))
    note = reason_field(
        gettext_lazy("In words"), required=False, hint=gettext_lazy("Stays in the unit: it is in no message.")
    )


class DeathForm(RefusableForm):
    """The day, and who told us."""

    died_on = day_field(gettext_lazy("Died on"))
    note = reason_field(gettext_lazy("Told by"), required=False, hint=gettext_lazy("Such as: rung by her husband."))


class TakeBackForm(RefusableForm):
    """Why what stands on record is not so."""

    reason = reason_field(gettext_lazy("How the mistake came about"))
