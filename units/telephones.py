"""Telephone numbers on record: any that can be dialled. The one rule for the admin, the pages and the API."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Any

import phonenumbers
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from phonenumber_field import formfields, modelfields
from phonenumber_field.phonenumber import PhoneNumber, to_python

LONGEST = 64


class Telephone(PhoneNumber):
    """A number by its length, not by the tables of ranges in use.

    Those tables refuse what is out of use, Ofcom's numbers for training among them, and lag behind what is new.
    """

    def __str__(self) -> str:
        """As people dial it: without the country's code at home, with it from elsewhere; as typed where it is none.

        >>> str(telephone("+447700900416")), str(telephone("+33199001234"))
        ('07700 900416', '+33 1 99 00 12 34')
        """
        # Numbers read are kept (`_stored`), and formatting one takes longer than reading its row.
        return self._in_words

    @cached_property
    def _in_words(self) -> str:
        if not self.is_valid():
            return str(self.raw_input or "")
        home = phonenumbers.country_code_for_region(settings.PHONENUMBER_DEFAULT_REGION)
        return str(self.as_national if self.country_code == home else self.as_international)

    def is_valid(self) -> bool:
        """Whether the number can be dialled.

        >>> telephone("07700 900416").is_valid(), telephone("ring the ward").is_valid()
        (True, False)
        """
        typed = self.raw_input or ""
        if len(typed) > LONGEST or not typed.isascii():
            return False
        if not self.extension and any(character.isalpha() for character in typed):
            return False  # libphonenumber would spell words as keys
        return bool(phonenumbers.is_possible_number_with_reason(self) == phonenumbers.ValidationResult.IS_POSSIBLE)


def telephone(value: Any, region: str | None = None) -> Any:
    """The value as a Telephone; nothing as it is."""
    number = to_python(value, region=region)
    if not isinstance(number, PhoneNumber) or isinstance(number, Telephone):
        return number
    same = Telephone(raw_input=number.raw_input)
    same.merge_from(number)
    return same


class TelephoneFormField(formfields.PhoneNumberField):
    """A telephone number as people type it."""

    def to_python(self, value: Any) -> Any:
        return telephone(super().to_python(value))


class _Assigned(modelfields.PhoneNumberDescriptor):
    def __set__(self, instance: Any, value: Any) -> None:
        is_read = isinstance(value, Telephone)
        instance.__dict__[self.field.name] = value if is_read else telephone(value, region=self.field.region)


@lru_cache(maxsize=4096)
def _stored(value: str | None) -> Any:
    """Reading a number costs more than reading the row it stands in, and the same few are read all day."""
    return telephone(value)


class TelephoneField(modelfields.PhoneNumberField):
    """A telephone number, stored as E.164."""

    descriptor_class = _Assigned
    default_error_messages = {
        "invalid": _(
            "Write a telephone number with its area code, such as 01632 960001, "
            "or with its country, such as +33 1 99 00 12 34."
        )
    }

    def to_python(self, value: Any) -> Any:
        return telephone(super().to_python(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return _stored(value)

    def formfield(self, form_class: Any = None, **kwargs: Any) -> Any:
        return super().formfield(form_class=form_class or TelephoneFormField, **kwargs)

    def deconstruct(self) -> Any:
        """As the library's field: the column is the same, so no migration knows the difference."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "phonenumber_field.modelfields.PhoneNumberField", args, kwargs
