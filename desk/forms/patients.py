"""Who a patient is and how they are reached, as typed at the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.forms.courses import RefusableForm, day_field
from patients.errors import PatientExists
from patients.forms import PatientForm
from patients.models import Patient
from units.errors import ClinicError

REQUIRED = {
    "birth_date": gettext_lazy("Write the date of birth."),
    "family_name": gettext_lazy("Write the surname."),
    "given_name": gettext_lazy("Write the forename."),
    "hospital_number": gettext_lazy("Write the hospital number."),
}


YES_NO = (("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")))


def yes_no_field(name: str) -> forms.TypedChoiceField:
    """A question about the patient that always has an answer."""
    label = capfirst(Patient._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    return forms.TypedChoiceField(label=label, choices=YES_NO, coerce=lambda word: word == "yes")


class DetailsForm(PatientForm, RefusableForm):
    """The details of a patient, new or on record; the unit is the page's."""

    is_paired = True
    wide = ("postal_address", "comments", "is_somebody_else")

    birth_date = day_field(gettext_lazy("Date of birth"))
    accepts_email = yes_no_field("accepts_email")
    accepts_text = yes_no_field("accepts_text")

    class Meta:
        model = Patient
        fields = PatientForm.Meta.fields[1:]  # all but the unit

    def __init__(self, posted: Mapping[str, Any] | None = None, *, patient: Patient) -> None:
        super().__init__(posted, instance=patient)
        self.fields["language"].label = capfirst(self.fields["language"].label)
        for name in ("accepts_email", "accepts_text"):
            self.initial[name] = "yes" if self.initial[name] else "no"
        for name, field in self.fields.items():
            field.widget.attrs.setdefault("autocomplete", "off")
            # What this page did not change stays as somebody else has written it meanwhile.
            field.show_hidden_initial = patient.pk is not None
            if name in REQUIRED:
                field.error_messages["required"] = REQUIRED[name]
            if isinstance(field.widget, forms.Textarea):
                field.widget.attrs["rows"] = 3

    def written(self) -> dict[str, Any]:
        """What the use case is given: everything of a new patient, else what differs from the record."""
        names = self._meta.fields or ()
        return {
            name: self.cleaned_data[name] for name in names if self.instance.pk is None or name in self.changed_data
        }

    def refuse(self, error: ClinicError) -> None:
        """A number that somebody else has taken meanwhile is said beside it."""
        if isinstance(error, PatientExists):
            self.add_error(str(error.facts["field"]), error.sentence)
        else:
            super().refuse(error)


class NewPatientForm(DetailsForm):
    """Somebody new. Whoever is like a patient on record is asked about once, so that nobody is there twice."""

    field_order = ("family_name", "given_name", "is_somebody_else")

    is_somebody_else = forms.BooleanField(
        label=gettext_lazy("Yes, this is somebody else"), required=False, widget=forms.HiddenInput
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        name, born = values.get("family_name"), values.get("birth_date")
        likes = Patient.objects.filter(unit=self.instance.unit, family_name__iexact=name or "")
        if born and (like := likes.filter(birth_date=born).first()):
            field = self.fields["is_somebody_else"]
            field.widget, field.required = forms.CheckboxInput(), True
            if not values.get("is_somebody_else"):
                sentence = _("%(name)s, hospital number %(number)s, born on the same day, is on record already.")
                said = {"name": f"{like.family_name}, {like.given_name}", "number": like.hospital_number}
                if not self.errors:
                    field.widget.attrs["data-asked"] = ""  # nothing else is wrong: the page opens on the question
                self.add_error("is_somebody_else", sentence % said)
        return values
