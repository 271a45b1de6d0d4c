"""Short forms: a consent, a check, who pays, a medicine against clotting, the facts of a plan, a plan begun."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.forms.courses import RefusableForm, day_field
from doseplans.models import AccessRoute, DosePlan, Protocol
from patients.models import Authorisation, Check, Consent


def choice_field(label: Any, choices: Any, *, required: bool = True, hint: Any = "") -> forms.ChoiceField:
    """A list to choose from; nothing is chosen before somebody has."""
    return forms.ChoiceField(
        label=label,
        required=required,
        choices=[("", gettext_lazy("Choose…")), *choices],
        help_text=hint,
        error_messages={"required": gettext_lazy("Choose one.")},
    )


def words_field(label: Any, *, required: bool = False, longest: int = 120, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=longest,
        help_text=hint,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write it down.")},
    )


def number_field(label: Any, *, hint: Any = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=1,
        max_value=30000,
        help_text=hint,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": gettext_lazy("Write a whole number.")},
    )


class ConsentForm(RefusableForm):
    """A consent given on paper."""

    kind = choice_field(gettext_lazy("Which consent"), Consent.Kind.choices)
    given_on = day_field(gettext_lazy("Given on"))
    expires_on = day_field(gettext_lazy("Valid to"), required=False)


class CheckForm(RefusableForm):
    """A finding, as the clinician who looked at it decided."""

    kind = choice_field(gettext_lazy("Check"), Check.Kind.choices)
    done_on = day_field(gettext_lazy("Done on"))
    is_acceptable = forms.TypedChoiceField(
        label=gettext_lazy("As the clinician decided"),
        choices=[("yes", gettext_lazy("In order")), ("no", gettext_lazy("Not in order"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose one.")},
    )
    result = words_field(gettext_lazy("Result"), longest=80, hint=gettext_lazy("As reported, with its unit."))


class AuthorisationForm(RefusableForm):
    """Who pays, and for how much."""

    is_paired = True
    wide = ("note",)

    status = choice_field(gettext_lazy("State"), Authorisation.Status.choices)
    funding_source = choice_field(gettext_lazy("Funding"), Authorisation.Source.choices)
    requested_on = day_field(gettext_lazy("Requested on"), required=False)
    approved_on = day_field(gettext_lazy("Approved on"), required=False)
    valid_from = day_field(gettext_lazy("Valid from"), required=False)
    valid_to = day_field(gettext_lazy("Valid to"), required=False)
    doses_approved = number_field(gettext_lazy("Doses approved"))
    units_approved = number_field(
        gettext_lazy("Units approved"), hint=gettext_lazy("Billing units: J1304 counts 1 a milligram, 100 a dose.")
    )
    note = words_field(gettext_lazy("Note"), longest=200)


class MedicineForm(RefusableForm):
    """A medicine against clotting that the patient takes."""

    medicine = words_field(
        gettext_lazy("Medicine"),
        required=True,
        longest=60,
        hint=gettext_lazy("As the unit's table names it."),
    )
    since = day_field(gettext_lazy("Since"), required=False)

    def __init__(self, *args: Any, known: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if names := ", ".join(known):
            self.fields["medicine"].help_text = gettext_lazy("The unit's table names: %(names)s.") % {"names": names}


NEEDS = MappingProxyType(
    {
        "genetic_test_note": "needs_genetic_test",
        "prescriber_name": "needs_prescriber",
        "review_on": "needs_review",
        "pregnancy_discussed_on": "needs_pregnancy_discussion",
    }
)
"""The facts without which a protocol lets nothing be booked, each with the protocol's field that says so."""


class FactsForm(RefusableForm):
    """Who may have the medicine, as a doctor writes it down."""

    consultant_name = words_field(gettext_lazy("Consultant"))
    prescriber_name = words_field(gettext_lazy("Prescriber"), hint=gettext_lazy("A doctor experienced in the disease."))
    genetic_test_note = words_field(
        gettext_lazy("Genetic test"), hint=gettext_lazy("Result as reported; empty while no report is on record.")
    )
    review_on = day_field(gettext_lazy("Next clinical review"), required=False)
    pregnancy_discussed_on = day_field(
        gettext_lazy("Pregnancy discussed on"),
        required=False,
        hint=gettext_lazy("Contraception, pregnancy and breastfeeding, with the consultant."),
    )
    access_route = forms.ChoiceField(label=gettext_lazy("Needle guided by"), choices=AccessRoute.choices)

    @classmethod
    def of(cls, plan: DosePlan, posted: Any = None) -> FactsForm:
        """With what is on record."""
        form = cls(posted, initial={name: getattr(plan, name) for name in cls.base_fields})
        form.mark_needed([plan.protocol], is_begun_here=plan.taken_over_on is None)
        return form

    def mark_needed(self, protocols: Sequence[Protocol], *, is_begun_here: bool = True) -> None:
        """Beside each fact stands whether booking needs it, and of which protocols where not of all.

        A course begun elsewhere was judged there, all but the genetic report (`doseplans.rules.unmet`).
        """
        for name, need in NEEDS.items():
            asking = [one for one in protocols if getattr(one, need)]
            if not asking or not (is_begun_here or need == "needs_genetic_test"):
                continue
            mark = _("needed for booking")
            if len(asking) < len(protocols):
                mark = _("needed for booking with %(protocols)s") % {"protocols": ", ".join(map(str, asking))}
            self.fields[name].mark = mark  # type: ignore[attr-defined]  # read by components/field.html


class StartForm(FactsForm):
    """A plan to begin: the protocol, its first day, and the facts."""

    protocol = choice_field(gettext_lazy("Protocol"), [])
    starts_on = day_field(gettext_lazy("First dose on"))

    field_order = ["protocol", "starts_on"]

    def __init__(
        self, protocols: Sequence[Protocol], *args: Any, chosen: Protocol | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["protocol"]
        field.choices = [("", gettext_lazy("Choose…")), *((str(one.public_id), str(one)) for one in protocols)]
        self.mark_needed([chosen] if chosen else list(protocols))
