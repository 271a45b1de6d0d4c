"""The form of a patient's record in the admin."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.conf.locale import LANG_INFO
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from patients.models import Patient, validate_nhs_number
from patients.rules import birth_date_problem, hospital_number_plain, nhs_number_digits, nhs_number_spaced

if TYPE_CHECKING:
    _PatientForm = forms.ModelForm[Patient]
else:
    _PatientForm = forms.ModelForm


def language_choices(also: str) -> list[tuple[str, str]]:
    """The languages patients may be written to in, by their own names, and whatever is on record already."""
    codes = dict.fromkeys([*settings.PATIENT_LANGUAGES, also or "en"])
    return [(code, LANG_INFO.get(code, {}).get("name_local", code)) for code in codes]


class PatientForm(_PatientForm):
    """Who somebody is; an NHS number as people write it. Numbers already taken are said at the field."""

    nhs_number = forms.CharField(
        label=_("NHS number"),
        max_length=14,
        required=False,
        help_text=_("Ten digits. Leave it empty when it is not known."),
    )

    class Meta:
        model = Patient
        fields = (
            "unit",
            "family_name",
            "given_name",
            "birth_date",
            "sex",
            "nhs_number",
            "hospital_number",
            "phone",
            "email",
            "postal_address",
            "preferred_channel",
            "language",
            "accepts_email",
            "accepts_text",
            "consultant_name",
            "comments",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "language" in self.fields:
            self.fields["language"] = forms.ChoiceField(
                label=_("language of messages"),
                choices=language_choices(self.instance.language),
                initial=self.instance.language,
            )
        self.initial["nhs_number"] = nhs_number_spaced(self.initial.get("nhs_number"))

    def clean_nhs_number(self) -> str | None:
        digits = nhs_number_digits(self.cleaned_data["nhs_number"])
        if digits and self._is_judged("nhs_number"):
            validate_nhs_number(digits)
        return digits or None

    def clean_birth_date(self) -> date:
        born: date = self.cleaned_data["birth_date"]
        problem = birth_date_problem(born, timezone.localdate())
        if problem and self._is_judged("birth_date"):
            raise forms.ValidationError(problem)
        return born

    def clean_hospital_number(self) -> str:
        written = str(self.cleaned_data["hospital_number"])
        return hospital_number_plain(written) if self._is_judged("hospital_number") else written

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        others = Patient.objects.exclude(pk=self.instance.pk)
        number, unit = values.get("nhs_number"), values.get("unit") or getattr(self.instance, "unit", None)
        if number and others.filter(nhs_number=number).exists():
            self.add_error("nhs_number", _("A patient with this NHS number is on record already."))
        if unit and others.filter(unit=unit, hospital_number=values.get("hospital_number")).exists():
            self.add_error("hospital_number", _("A patient with this hospital number is in this unit already."))
        return values

    def _is_judged(self, name: str) -> bool:
        """What was on record before is not: an odd number taken over from a list must not stop a new address."""
        return self.instance.pk is None or name in self.changed_data

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # Django's, not in its stubs
        # Numbers are judged above, and said to be taken at their fields; the database keeps that all the same.
        numbers = {"nhs_number", "hospital_number"}
        return excluded | numbers | {name for name in self.fields if not self._is_judged(name)}
