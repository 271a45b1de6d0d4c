"""The upload of a ward's list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doseplans.models import WardListUpload
from doseplans.wardlist.decoding import MOST_BYTES

if TYPE_CHECKING:
    _WardListForm = forms.ModelForm[WardListUpload]
else:
    _WardListForm = forms.ModelForm


class ListFileForm(forms.Form):
    """The file. What it says is looked at on the next page."""

    file = forms.FileField(
        label=gettext_lazy("The ward's list"),
        help_text=gettext_lazy("Saved as CSV, up to 5 MB. Nothing is saved yet: the next page shows what it would do."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv,text/plain"}),
        error_messages={
            "required": gettext_lazy("Choose the file with the list."),
            "empty": gettext_lazy("The file is empty."),
        },
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            size = f"{file.size / 1024 / 1024:.1f}"
            raise ValidationError(_("The file is %(size)s MB; the most is 5 MB. Split the list.") % {"size": size})
        return file


class WardListForm(ListFileForm, _WardListForm):
    """Which unit, and the file."""

    class Meta:
        model = WardListUpload
        fields = ["unit"]
