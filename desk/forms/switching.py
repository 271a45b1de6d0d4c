"""A plan switched to another protocol: to which, why, and how a new plan begins where one is needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.forms.courses import SeenForm, day_field, reason_field
from doseplans.models import Protocol
from doseplans.services.switching import Beginning


class SwitchForm(SeenForm):
    """What follows from it is shown as soon as a protocol or a day is chosen."""

    is_paired = False
    wide: Iterable[str] = ()

    protocol = forms.ChoiceField(
        label=gettext_lazy("Switch to"),
        error_messages={"required": gettext_lazy("Choose the protocol the course goes on by.")},
    )
    starts_on = day_field(
        gettext_lazy("First dose on"),
        required=False,
        hint=gettext_lazy("Only where a new plan begins: what follows below says so."),
    )
    begins_with = forms.IntegerField(
        label=gettext_lazy("Begins with its dose number"),
        required=False,
        min_value=1,
        max_value=99,
        initial=1,
        help_text=gettext_lazy("1, unless doses of its beginning are left out because of those given before."),
    )
    reason = reason_field(gettext_lazy("Why it is switched"), hint=gettext_lazy("Stays in the unit."))

    def __init__(
        self, protocols: Sequence[Protocol], posted: Mapping[str, Any] | None = None, *, preview_url: str, **more: Any
    ) -> None:
        super().__init__(posted, **more)
        asked = [("", _("Choose…")), *((str(one.public_id), str(one)) for one in protocols)]
        self.fields["protocol"].choices = asked  # type: ignore[attr-defined]  # a choice field has them
        shown = {
            "hx-get": preview_url,
            "hx-target": "#follows",
            "hx-trigger": "change",
            "hx-include": "closest form",
            "hx-params": "protocol,starts_on,begins_with",
        }
        for name in ("protocol", "starts_on", "begins_with"):
            self.fields[name].widget.attrs.update(shown)

    @property
    def chosen(self) -> UUID:
        """The protocol's public id; of a valid form."""
        return UUID(self.cleaned_data["protocol"])

    def beginning(self) -> Beginning | None:
        """How the new plan begins; None where no day is set. Of a valid form."""
        on = self.cleaned_data["starts_on"]
        return None if on is None else Beginning(on, self.cleaned_data["begins_with"] or 1)
