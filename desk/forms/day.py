"""Recording a dose as given: prefilled, so that only what differs is typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.presenters.reader import Reader
from desk.presenters.visits.steps import Taken
from doseplans.models import AccessRoute, Administration, Protocol, Sedation
from doseplans.services import GivenRecord
from scheduling.models import Appointment
from units.errors import InvalidInput

FORM_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "operator_name": "operator",
        "second_checker_name": "second_checker",
        "lot": "lot_number",
        "expires_on": "lot_expires_on",
        "dose_amount": "dose_mg",
    }
)
"""What a use case calls a value, and what the form calls it."""


@dataclass(frozen=True)
class Prefill:
    """What the form knows before anybody types: the protocol's figures, the operator, the time."""

    protocol: Protocol
    operator: str
    access_route: str
    given_at: time
    on: date
    is_back_entry: bool
    checkers: Sequence[str]
    version: int

    @classmethod
    def of(cls, visit: Appointment, protocol: Protocol, reader: Reader, checkers: Sequence[str]) -> Prefill:
        person = Taken.of(visit).person
        on = reader.unit.local_date(visit.starts_at)
        return cls(
            protocol=protocol,
            operator=person.resource.name if person else "",
            access_route=visit.dose.plan.access_route if visit.dose else "",
            given_at=reader.unit.local(reader.at).time().replace(second=0, microsecond=0),
            on=on,
            is_back_entry=on != reader.today,
            checkers=checkers,
            version=visit.version,
        )


def quantity_field(label: Any, *, digits: int = 8, required: bool = True) -> forms.DecimalField:
    """An amount of something, more than nothing."""
    return forms.DecimalField(
        label=label,
        required=required,
        min_value=Decimal("0.01"),
        max_digits=digits,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("Write how much."),
            "invalid": gettext_lazy("Write a number, such as 15 or 0.5."),
            "min_value": gettext_lazy("It is more than nothing."),
        },
    )


def _yes_or_no(label: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        required=False,
        choices=[
            ("", gettext_lazy("Not recorded")),
            ("True", gettext_lazy("Taken")),
            ("False", gettext_lazy("Not taken")),
        ],
        coerce=lambda value: value == "True",
        empty_value=None,
    )


def rarer_fields() -> dict[str, forms.Field]:
    """What a record may hold besides what every one does."""
    return {
        "access_route": forms.ChoiceField(
            label=gettext_lazy("Needle guided by"),
            required=False,
            choices=[("", gettext_lazy("Not recorded")), *AccessRoute.choices],
        ),
        "sedation": forms.ChoiceField(
            label=gettext_lazy("Sedation"),
            required=False,
            choices=[("", gettext_lazy("Not recorded")), *Sedation.choices],
        ),
        "is_blood_taken": _yes_or_no(gettext_lazy("Blood sample")),
        "is_csf_kept": _yes_or_no(gettext_lazy("CSF sample")),
        "events": forms.CharField(
            label=gettext_lazy("What happened"),
            required=False,
            max_length=300,
            help_text=gettext_lazy("Anything untoward, such as a second attempt."),
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        ),
    }


RARER = ("access_route", "sedation", "is_blood_taken", "is_csf_kept", "events")


def rarer_values(data: Mapping[str, Any]) -> dict[str, Any]:
    """The values of `rarer_fields` as a record takes them."""
    return {name: data[name] for name in RARER}


class GivenForm(forms.Form):
    """A dose given, as the nurse writes it down."""

    lot_number = forms.CharField(
        label=gettext_lazy("Vial lot"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Write the lot from the vial.")},
    )
    lot_expires_on = forms.DateField(
        label=gettext_lazy("Expires"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": gettext_lazy("Write the expiry date from the vial."),
            "invalid": gettext_lazy("Write a date, such as 31/03/2028."),
        },
    )
    given_at = forms.TimeField(
        label=gettext_lazy("Given at"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={
            "required": gettext_lazy("Write when it was given."),
            "invalid": gettext_lazy("Write a time, such as 11:40."),
        },
    )
    dose_mg = quantity_field(gettext_lazy("Dose"))
    volume_ml = quantity_field(gettext_lazy("Volume"), digits=6)
    csf_removed_ml = quantity_field(gettext_lazy("CSF removed"), digits=6)
    operator = forms.CharField(
        label=gettext_lazy("Operator"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write who gave it.")},
    )
    second_checker = forms.ChoiceField(
        label=gettext_lazy("Second check"),
        error_messages={
            "required": gettext_lazy("This protocol asks for a second person's check: choose who checked.")
        },
    )
    reason = forms.CharField(
        label=gettext_lazy("Why it differs"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Say in a few words why.")},
    )
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    back = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, prefill: Prefill, posted: Mapping[str, Any] | None = None, *, back: str = "day") -> None:
        protocol = prefill.protocol
        initial = {
            "given_at": None if prefill.is_back_entry else prefill.given_at,
            "dose_mg": plain(protocol.dose_amount),
            "volume_ml": plain(protocol.volume_ml),
            "csf_removed_ml": plain(protocol.csf_removed_ml),
            "operator": prefill.operator,
            "access_route": prefill.access_route,
            "version": prefill.version,
            "back": back,
        }
        super().__init__(posted, initial=initial, auto_id="given_%s")
        self.fields.update(rarer_fields())
        self.prefill = prefill
        if protocol.needs_second_check:
            checker: Any = self.fields["second_checker"]
            checker.choices = [("", _("Choose…")), *((name, name) for name in prefill.checkers)]
        else:
            del self.fields["second_checker"]
        if not self._is_reason_asked(posted):
            del self.fields["reason"]

    def _is_reason_asked(self, posted: Mapping[str, Any] | None) -> bool:
        """Entered on another day, or not the protocol's dose: the reader later wants to know why."""
        if self.prefill.is_back_entry:
            self.fields["reason"].label = _("Why it is entered later")
            return True
        usual = self.prefill.protocol.dose_amount
        if posted is None or usual is None:
            return False
        try:
            return Decimal(str(posted.get("dose_mg", ""))) != usual
        except ArithmeticError:
            return False

    @property
    def rarer(self) -> list[forms.BoundField]:
        """Fields that are folded until somebody needs them."""
        return [self[name] for name in RARER]

    @property
    def is_rarer_open(self) -> bool:
        """Something other than what was planned stands in a folded field, or is wrong with it."""
        return any(field.errors or (field.value() or "") != (field.initial or "") for field in self.rarer)

    def record(self, reader: Reader) -> GivenRecord:
        """What was written down; of a valid form. The time is the unit's wall clock on the visit's day."""
        data = self.cleaned_data
        return GivenRecord(
            given_at=datetime.combine(self.prefill.on, data["given_at"], tzinfo=reader.unit.zone),
            operator_name=data["operator"],
            second_checker_name=data.get("second_checker", ""),
            lot=data["lot_number"],
            expires_on=data["lot_expires_on"],
            dose_amount=data["dose_mg"],
            dose_unit=self.prefill.protocol.dose_unit,
            volume_ml=data["volume_ml"],
            csf_removed_ml=data["csf_removed_ml"],
            note=data.get("reason", ""),
            **rarer_values(data),
            source=Administration.Source.PAPER if self.prefill.is_back_entry else Administration.Source.DAY_BOARD,
        )

    def refuse(self, error: InvalidInput) -> None:
        """The use case's refusal stands beside the fields it is about."""
        named = error.facts.get("fields")
        fields = dict(named) if isinstance(named, Mapping) else {}
        for name, sentence in fields.items():
            field = FORM_FIELDS.get(name, name)
            self.add_error(field if field in self.fields else None, str(sentence))
        if not fields:
            self.add_error(None, error.sentence)


def plain(value: Decimal | None) -> str:
    """15, not 15.00.

    >>> plain(Decimal("15.00")), plain(Decimal("0.50")), plain(None)
    ('15', '0.5', '')
    """
    return "" if value is None else f"{value.normalize():f}"
