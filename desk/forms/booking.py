"""Choosing a slot, and cancelling a visit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients.models import Carer
from scheduling.engine.answers import PATIENT, carer_key
from scheduling.engine.ticks import wall_clock
from scheduling.models import Appointment, AppointmentResponse
from scheduling.services.visits.wanted import Wanted
from scheduling.services.visits.weighing import Start
from units.errors import InvalidInput
from units.models import Unit

LONGEST_REASON = 300


class InstantField(forms.CharField):
    """An instant as our own pages write it into a form: ISO 8601 with its offset."""

    def clean(self, value: Any) -> datetime:
        text = super().clean(value)
        try:
            instant = datetime.fromisoformat(text)
        except ValueError:
            raise ValidationError(_("This is no time.")) from None
        if instant.tzinfo is None or not 2000 <= instant.year < 2100:
            raise ValidationError(_("This is no time."))
        return instant


class SlotForm(forms.Form):
    """A slot of the panel, chosen. Nobody types these but for the reason."""

    starts_at = InstantField()
    room = forms.UUIDField()
    operator = forms.UUIDField()
    reason = forms.CharField(required=False, max_length=LONGEST_REASON)
    version = forms.IntegerField(required=False, min_value=1)
    is_admitted = forms.BooleanField(required=False)


class StartForm(forms.Form):
    """A start of the calendar, asked for: the procedure's day and time by the unit's clock, and the room."""

    on = forms.DateField(error_messages={"required": gettext_lazy("Choose a day.")})
    clock = forms.TimeField(
        error_messages={
            "required": gettext_lazy("Choose a time."),
            "invalid": gettext_lazy("Write a time, such as 12:15."),
        }
    )
    room = forms.UUIDField(error_messages={"required": gettext_lazy("Choose a room.")})
    version = forms.IntegerField(required=False, min_value=1)

    def clean_on(self) -> date:
        """A day of this century."""
        on: date = self.cleaned_data["on"]
        if not 2000 <= on.year < 2100:
            raise ValidationError(_("This is no day."))
        return on

    def start(self, unit: Unit) -> Start:
        """The start asked for; the form must be valid."""
        asked = self.cleaned_data
        return Start(wall_clock(asked["on"], asked["clock"], unit.zone), asked["room"])


@dataclass(frozen=True)
class Wish:
    """A slot that somebody wants, with the reason they gave and the version of the visit their page showed."""

    wanted: Wanted
    reason: str
    version: int | None


def wish_of(posted: Mapping[str, str]) -> Wish:
    """The slot chosen. Raises InvalidInput for anything our pages did not write."""
    form = SlotForm(posted)
    if not form.is_valid():
        raise InvalidInput(_("That choice cannot be read. Choose one of the slots shown."), fields=form.errors)
    data = form.cleaned_data
    # A box that is not there, or not ticked, leaves a visit that is moved as it is.
    wanted = Wanted(data["starts_at"], data["room"], data["operator"], data["is_admitted"] or None)
    return Wish(wanted, data["reason"].strip(), data["version"])


def reason_in(posted: Mapping[str, str]) -> str:
    """The reason as it was written, whatever became of the choice."""
    return posted.get("reason", "")[:LONGEST_REASON]


class CancelForm(forms.Form):
    """Who asked, and why: reports count the sides apart, and the next reader wants to know."""

    asked_by = forms.ChoiceField(
        label=gettext_lazy("Who asked for it"),
        choices=Appointment.CancelledBy.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose who asked for it.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=300,
        help_text=gettext_lazy("Stays in the unit: it is not in the message."),
        error_messages={"required": gettext_lazy("Write a word or two about why.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


SAID = [one for one in AppointmentResponse.Status.choices if one[0] != AppointmentResponse.Status.NEEDS_ACTION]


class AnswerForm(forms.Form):
    """Whether the patient will come, who said so, and how."""

    respondent = forms.ChoiceField(
        label=gettext_lazy("Who said it?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose who said it.")},
    )
    answer = forms.ChoiceField(
        label=gettext_lazy("What did they say?"),
        choices=[
            *SAID,
            (AppointmentResponse.Status.NEEDS_ACTION, gettext_lazy("Nothing: the answer on record is wrong")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what they said.")},
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("How"),
        choices=AppointmentResponse.Channel.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how the answer came.")},
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("Stays in the unit."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, carers: Iterable[Carer] = (), is_answered: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_answered:  # nothing is on record that could be wrong
            cast("forms.ChoiceField", self.fields["answer"]).choices = SAID
        who = cast("forms.ChoiceField", self.fields["respondent"])
        who.choices = [(PATIENT, _("The patient")), *((carer_key(carer.pk), str(carer)) for carer in carers)]
        who.initial = PATIENT
        if len(who.choices) == 1:
            who.required, who.widget = False, forms.HiddenInput()

    def clean_respondent(self) -> str:
        """Who said it; the patient where nobody else could have."""
        return str(self.cleaned_data["respondent"] or PATIENT)
