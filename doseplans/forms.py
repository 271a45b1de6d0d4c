"""What an administrator may type into a protocol, checked as a whole before it is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from doseplans.calculus import ProtocolInvalid
from doseplans.models import Protocol, ProtocolGapTier, ProtocolGate, ProtocolPhase, ProtocolStep
from doseplans.readiness import GATES
from doseplans.rules import gap_tier_problems, phase_problems, protocol_rule

if TYPE_CHECKING:
    _ProtocolForm = forms.ModelForm[Protocol]
    _StepFormSet = forms.BaseInlineFormSet[ProtocolStep, Protocol, forms.ModelForm[ProtocolStep]]
    _PhaseFormSet = forms.BaseInlineFormSet[ProtocolPhase, Protocol, forms.ModelForm[ProtocolPhase]]
    _GapTierFormSet = forms.BaseInlineFormSet[ProtocolGapTier, Protocol, forms.ModelForm[ProtocolGapTier]]
    _GateForm = forms.ModelForm[ProtocolGate]
else:
    _ProtocolForm = forms.ModelForm
    _StepFormSet = forms.BaseInlineFormSet
    _PhaseFormSet = forms.BaseInlineFormSet
    _GapTierFormSet = forms.BaseInlineFormSet
    _GateForm = forms.ModelForm


class ProtocolForm(_ProtocolForm):
    """A version's own fields. Its number and state are not typed: use cases set them."""

    class Meta:
        model = Protocol
        exclude = ["status", "version"]

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if self.instance.pk is None and Protocol.objects.filter(code=code).exists():
            raise ValidationError(_("There is a protocol with this code. Open it and make a new version of it."))
        return code


def kept_rows(formset: Any) -> list[Any]:
    """The rows as they will be stored; empty where a row has errors of its own."""
    if any(form.errors for form in formset.forms):
        return []
    return [
        form.instance
        for form in formset.forms
        if form.has_changed() or form.instance.pk
        if not formset._should_delete_form(form)
    ]


def in_order(formset: Any) -> list[Any]:
    """The rows as they will be stored, by their number."""
    return sorted(kept_rows(formset), key=lambda row: row.ordinal)


class StepFormSet(_StepFormSet):
    """The steps together must give dates."""

    def clean(self) -> None:
        super().clean()
        if any(form.errors for form in self.forms):
            return
        protocol = self.instance
        try:
            protocol_rule(in_order(self), protocol.minimum_interval_days, protocol.minimum_interval_provenance)
        except ProtocolInvalid as problem:
            raise ValidationError(str(problem)) from problem


class PhaseFormSet(_PhaseFormSet):
    """The phases together must make a visit."""

    def clean(self) -> None:
        super().clean()
        if any(form.errors for form in self.forms):
            return
        if problems := list(phase_problems(in_order(self))):
            raise ValidationError(problems)


class GapTierFormSet(_GapTierFormSet):
    """The gap tiers fit the steps beside them (`steps`, set by the admin) and give dates together with them."""

    steps: StepFormSet | None = None

    def clean(self) -> None:
        super().clean()
        if any(form.errors for form in self.forms) or self.steps is None or not self.steps.is_valid():
            return
        tiers, steps, protocol = kept_rows(self), in_order(self.steps), self.instance
        if problems := list(gap_tier_problems(tiers, {step.ordinal for step in steps})):
            raise ValidationError(problems)
        try:
            protocol_rule(steps, protocol.minimum_interval_days, protocol.minimum_interval_provenance, gap_tiers=tiers)
        except ProtocolInvalid as problem:
            raise ValidationError(str(problem)) from problem


class GateForm(_GateForm):
    """A gate is one of those that something looks at; how long a finding is valid is the site's to say."""

    code = forms.ChoiceField(
        label=_("what is looked at"),
        choices=lambda: [("", "---------"), *((code, g.label) for code, g in GATES.items())],
    )

    class Meta:
        model = ProtocolGate
        fields = ("ordinal", "code", "validity_days", "provenance")
