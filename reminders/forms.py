"""What the admin asks before a message text is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from reminders.models import MessageText
from reminders.services import problems_with
from reminders.texts import SUBJECT_VARIABLES, VARIABLES

if TYPE_CHECKING:
    _TextForm = forms.ModelForm[MessageText]
else:
    _TextForm = forms.ModelForm


def _listed(names: frozenset[str] | None = None) -> str:
    return "; ".join(f"{{{name}}} {meaning}" for name, meaning in VARIABLES.items() if names is None or name in names)


class MessageTextForm(_TextForm):
    """A text whose variables exist and which names no drug, diagnosis, procedure or identifier."""

    class Meta:
        model = MessageText
        fields = ["unit", "purpose", "variant", "language", "subject", "body", "is_active"]
        widgets = {
            "subject": forms.TextInput(attrs={"size": 78}),
            "body": forms.Textarea(attrs={"rows": 24, "cols": 100}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "language" in self.fields:
            self.fields["language"].help_text = _("In use: %(codes)s.") % {
                "codes": ", ".join(settings.PATIENT_LANGUAGES)
            }
        if "subject" in self.fields:
            self.fields["subject"].help_text = _("May contain %(variables)s.") % {
                "variables": _listed(SUBJECT_VARIABLES)
            }
        if "body" in self.fields:
            self.fields["body"].help_text = _(
                "May contain %(variables)s. A line whose variables are all empty is left out."
            ) % {"variables": _listed()}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        purpose = values.get("purpose") or self.instance.purpose
        variant = values.get("variant") or self.instance.variant
        subject, body = values.get("subject"), values.get("body")
        if purpose and subject is not None and body is not None:
            for problem in problems_with(purpose, subject, body, variant):
                self.add_error("subject" if "subject" in problem else "body", problem)
        return values

    def validate_unique(self) -> None:
        """Nothing: the version is counted when the text is published."""
