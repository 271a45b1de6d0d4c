"""A dose that went otherwise than planned: not given, left out, set for a day, put right, entered from paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.forms.courses import RefusableForm, day_field, reason_field
from desk.forms.day import FORM_FIELDS, plain, quantity_field, rarer_fields, rarer_values
from doseplans.models import Administration, DoseNotGiven, Protocol
from doseplans.services import GivenRecord
from scheduling.engine.ticks import is_shown
from units.errors import ClinicError, InvalidInput
from units.models import Unit


class NotGivenForm(RefusableForm):
    """Why the dose was not given although the patient came."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why it was not given"),
        choices=DoseNotGiven.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose why it was not given.")},
    )
    note = reason_field(
        gettext_lazy("In words"), required=False, hint=gettext_lazy("Stays in the unit: it is in no message.")
    )
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class _PreviewedForm(RefusableForm):
    """A form with a day; with `preview_url`, what would follow from it is shown as soon as it is chosen."""

    day_name = "on"

    def __init__(self, posted: Mapping[str, Any] | None = None, *, preview_url: str = "", **more: Any) -> None:
        super().__init__(posted, **more)
        if preview_url:
            self.fields[self.day_name].widget.attrs.update(
                {"hx-get": preview_url, "hx-target": "#follows", "hx-trigger": "change", "hx-params": self.day_name}
            )


class OmitForm(_PreviewedForm):
    """Why the dose is left out, and the day later ones count from."""

    on = day_field(
        gettext_lazy("Later doses count from"),
        hint=gettext_lazy("The day the dose was due, unless you choose another."),
    )
    reason = reason_field(gettext_lazy("Why it is left out"), hint=gettext_lazy("Stays in the unit."))
    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


class SetDateForm(_PreviewedForm):
    """The day a clinician sets for a dose."""

    on = day_field(gettext_lazy("Day of the dose"))
    reason = reason_field(gettext_lazy("Why this day"), hint=gettext_lazy("Stays in the unit."))


class ReasonForm(RefusableForm):
    """Why a decision or a record does not hold, or a visit stays."""

    reason = reason_field(gettext_lazy("Why"), hint=gettext_lazy("Stays in the unit."))
    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


def _clock(label: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={
            "required": gettext_lazy("Write the time."),
            "invalid": gettext_lazy("Write a time, such as 11:40."),
        },
    )


class _RecordForm(_PreviewedForm):
    """The record of a dose, whatever day it is from: only day, time and person must be known."""

    day_name = "given_on"
    is_paired = True
    wide = ("reason", "events")

    given_on = day_field(gettext_lazy("Day given"))
    given_at = _clock(gettext_lazy("Given at"))
    operator = forms.CharField(
        label=gettext_lazy("Operator"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write who gave it.")},
    )
    second_checker = forms.ChoiceField(label=gettext_lazy("Second check"))
    lot_number = forms.CharField(
        label=gettext_lazy("Vial lot"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    lot_expires_on = day_field(gettext_lazy("Expires"), required=False)
    dose_mg = quantity_field(gettext_lazy("Dose"), required=False)
    volume_ml = quantity_field(gettext_lazy("Volume, mL"), digits=6, required=False)
    csf_removed_ml = quantity_field(gettext_lazy("CSF removed, mL"), digits=6, required=False)

    def __init__(
        self,
        posted: Mapping[str, Any] | None = None,
        *,
        protocol: Protocol,
        unit: Unit,
        checkers: Sequence[str],
        **more: Any,
    ) -> None:
        super().__init__(posted, **more)
        self.protocol, self.unit = protocol, unit
        self.fields.update(rarer_fields())
        self.fields["dose_mg"].label = _("Dose, %(unit)s") % {"unit": protocol.dose_unit}
        checker: Any = self.fields["second_checker"]
        names = [*checkers]
        if (known := self.initial.get("second_checker")) and known not in names:
            names.insert(0, known)
        checker.choices = [("", _("Choose…")), *((name, name) for name in names)]
        checker.required = protocol.needs_second_check
        if not protocol.needs_second_check:
            del self.fields["second_checker"]
        self.order_fields([*self.front, *self.fields])

    front: Iterable[str] = ("reason", "given_on", "given_at")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        on = data.get("given_on")
        for name, value in list(data.items()):
            if on is not None and isinstance(value, time) and not is_shown(on, value, self.unit.zone):
                words = _("The clocks went forward that night: there was no %(clock)s. Write what the clock showed.")
                self.add_error(name, words % {"clock": f"{value:%H:%M}"})
        return data

    def instant(self, name: str) -> datetime:
        """The unit's wall clock on the day given; of a valid form."""
        clock: time = self.cleaned_data[name]
        return datetime.combine(self.cleaned_data["given_on"], clock, tzinfo=self.unit.zone)

    def record(self, *, source: str, note: str) -> GivenRecord:
        """What was written down; of a valid form."""
        data = self.cleaned_data
        is_time_known = data["given_at"] is not None
        return GivenRecord(
            given_at=self.instant("given_at") if is_time_known else GivenRecord.noon_of(data["given_on"], self.unit),
            is_time_known=is_time_known,
            operator_name=data["operator"],
            second_checker_name=data.get("second_checker", ""),
            lot=data["lot_number"],
            expires_on=data["lot_expires_on"],
            dose_amount=data["dose_mg"],
            dose_unit=self.protocol.dose_unit,
            volume_ml=data["volume_ml"],
            csf_removed_ml=data["csf_removed_ml"],
            note=note,
            source=source,
            **rarer_values(data),
        )

    def refuse(self, error: ClinicError) -> None:
        """The refusal stands beside the fields it is about, under the names this form gives them."""
        named = error.facts.get("fields")
        if isinstance(error, InvalidInput) and isinstance(named, Mapping):
            renamed = {FORM_FIELDS.get(name, name): sentence for name, sentence in named.items()}
            error = InvalidInput(error.sentence, fields=renamed)
        super().refuse(error)


class CorrectForm(_RecordForm):
    """The dose as it was really given, and what was wrong."""

    reason = reason_field(gettext_lazy("What was wrong with the record"))
    replaces = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, posted: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(posted, **more)
        # Of a dose from a ward's list often only the day is known, and nobody is asked to make up the rest.
        for name in ("given_at", "operator"):
            if not self.initial.get(name):
                self.fields[name].required = False

    @staticmethod
    def initial_of(record: Administration, unit: Unit) -> dict[str, Any]:
        """What stands on record now."""
        return {
            "replaces": record.public_id,
            "given_on": record.given_on,
            "given_at": unit.local(record.given_at).time() if record.is_time_known else None,
            "operator": record.operator_name,
            "second_checker": record.second_checker_name,
            "lot_number": record.lot,
            "lot_expires_on": record.expires_on,
            "dose_mg": plain(record.dose_amount),
            "volume_ml": plain(record.volume_ml),
            "csf_removed_ml": plain(record.csf_removed_ml),
            "access_route": record.access_route,
            "sedation": record.sedation,
            "is_blood_taken": record.is_blood_taken,
            "is_csf_kept": record.is_csf_kept,
            "events": record.events,
        }


class PaperForm(_RecordForm):
    """A day written on paper: the dose, and when the patient came, went in and went home."""

    front = ("given_on", "arrived_at", "started_at", "given_at", "discharged_at")

    arrived_at = _clock(gettext_lazy("Arrived at"))
    started_at = _clock(gettext_lazy("In the room at"))
    discharged_at = _clock(gettext_lazy("Went home at"))
    reason = reason_field(gettext_lazy("Why it is entered later"))
    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    @staticmethod
    def initial_of(protocol: Protocol, on: date) -> dict[str, Any]:
        """The protocol's figures, on the visit's day."""
        figures: Mapping[str, Decimal | None] = {
            "dose_mg": protocol.dose_amount,
            "volume_ml": protocol.volume_ml,
            "csf_removed_ml": protocol.csf_removed_ml,
        }
        return {"given_on": on, **{name: plain(value) for name, value in figures.items()}}
