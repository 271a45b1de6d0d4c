"""A wish to come earlier, and the offer of a slot that came free."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.forms.booking import InstantField
from desk.forms.courses import RefusableForm, clock_field, day_field
from scheduling.models import EarlierWish, Schedule
from scheduling.models.waiting import LONGEST_NOTICE_HOURS
from scheduling.services.waiting.offers import LONGEST_MINUTES, SHORTEST_MINUTES, STANDS_MINUTES, Opening
from scheduling.services.waiting.wishes import WishTerms
from units.errors import InvalidInput
from units.models import Unit


class WishForm(RefusableForm):
    """On what terms the patient would come earlier."""

    is_paired = True
    wide = ("weekdays", "note")

    notice_hours = forms.IntegerField(
        label=gettext_lazy("Hours of notice needed"),
        min_value=0,
        max_value=LONGEST_NOTICE_HOURS,
        error_messages={"required": gettext_lazy("Write how many hours before they must know; 0 for any time.")},
    )
    holds_until = day_field(gettext_lazy("The wish holds until"))
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Possible days"),
        choices=Schedule.Weekday.choices,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None ticked: any day."),
    )
    arrive_from = clock_field(gettext_lazy("Can arrive from"))
    leave_by = clock_field(gettext_lazy("Must leave by"))
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Stays in the unit: it is in no message."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    @classmethod
    def known(cls, wish: EarlierWish | None, unit: Unit, latest_on: date, today: date) -> dict[str, Any]:
        """What the form shows at first: the wish that stands, or what is likely."""
        if wish is None:
            likely = latest_on if latest_on >= today else today + timedelta(days=14)
            return {"notice_hours": unit.notice_hours, "holds_until": likely}
        names = ("notice_hours", "holds_until", "weekdays", "arrive_from", "leave_by", "note")
        return {name: getattr(wish, name) for name in names}

    def terms(self) -> WishTerms:
        """What was filled in."""
        data = self.cleaned_data
        return WishTerms(**{**data, "weekdays": tuple(data["weekdays"])})


class OfferForm(forms.Form):
    """The slot, as our own page names it, and how long the offer stands."""

    room = forms.UUIDField()
    operator = forms.UUIDField()
    procedure_at = InstantField()
    minutes = forms.IntegerField(min_value=SHORTEST_MINUTES, max_value=LONGEST_MINUTES, required=False)


@dataclass(frozen=True)
class Offering:
    """A slot to offer, to whom, for how many minutes."""

    opening: Opening
    dose_ids: tuple[UUID, ...]
    minutes: int


def offering_of(posted: QueryDict) -> Offering:
    """What was chosen. Raises InvalidInput for anything our page did not write, and where nobody is ticked."""
    form = OfferForm(posted)
    if not form.is_valid():
        raise InvalidInput(_("That choice cannot be read. Choose one of the slots shown."))
    try:
        doses = tuple(UUID(key) for key in posted.getlist("dose"))
    except ValueError:
        raise InvalidInput(_("That choice cannot be read. Choose one of the patients shown.")) from None
    if not doses:
        raise InvalidInput(_("Tick at least one patient to offer the slot to."))
    data = form.cleaned_data
    opening = Opening(data["room"], data["operator"], data["procedure_at"])
    return Offering(opening, doses, data["minutes"] or STANDS_MINUTES)
