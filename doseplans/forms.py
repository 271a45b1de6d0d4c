"""What an administrator may type into a protocol, checked as a whole before it is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from doseplans.calculus import ProtocolInvalid
from doseplans.models import Protocol, ProtocolPhase, ProtocolStep
from doseplans.rules import phase_problems, protocol_rule

if TYPE_CHECKING:
    _ProtocolForm = forms.ModelForm[Protocol]
    _StepFormSet = forms.BaseInlineFormSet[ProtocolStep, Protocol, forms.ModelForm[ProtocolStep]]
    _PhaseFormSet = forms.BaseInlineFormSet[ProtocolPhase, Protocol, forms.ModelForm[ProtocolPhase]]
else:
    _ProtocolForm = forms.ModelForm
    _StepFormSet = forms.BaseInlineFormSet
    _PhaseFormSet = forms.BaseInlineFormSet


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
    """The rows as they will be stored, in their order; empty where a row has errors of its own."""
    if any(form.errors for form in formset.forms):
        return []
    kept = [
        form.instance
        for form in formset.forms
        if form.has_changed() or form.instance.pk
        if not formset._should_delete_form(form)
    ]
    return sorted(kept, key=lambda row: row.ordinal)


class StepFormSet(_StepFormSet):
    """The steps together must give dates."""

    def clean(self) -> None:
        super().clean()
        if any(form.errors for form in self.forms):
            return
        protocol = self.instance
        try:
            protocol_rule(kept_rows(self), protocol.minimum_interval_days, protocol.minimum_interval_provenance)
        except ProtocolInvalid as problem:
            raise ValidationError(str(problem)) from problem


class PhaseFormSet(_PhaseFormSet):
    """The phases together must make a visit."""

    def clean(self) -> None:
        super().clean()
        if any(form.errors for form in self.forms):
            return
        if problems := list(phase_problems(kept_rows(self))):
            raise ValidationError(problems)
