"""Fields that refuse what nobody means: a time without an offset, a year no visit is in, a number for a text."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

FIRST_YEAR, LAST_YEAR = 2000, 2099
FAR = f"The year must lie between {FIRST_YEAR} and {LAST_YEAR}."


@extend_schema_field(OpenApiTypes.DATETIME)
class InstantField(serializers.Field[datetime, str, str, datetime]):
    """An instant: ISO 8601 with an offset in, UTC out. A time without an offset would be somebody's guess."""

    default_error_messages = {
        "invalid": "This is no instant. Write it as 2026-11-24T09:00:00Z or with another offset.",
        "naive": "The offset is missing: write 2026-11-24T09:00:00Z, or +01:00 in summer.",
        "far": FAR,
    }

    def to_internal_value(self, data: Any) -> datetime:
        try:
            instant = datetime.fromisoformat(data)
        except (ValueError, TypeError):
            self.fail("invalid")
        if instant.tzinfo is None:
            self.fail("naive")
        if not FIRST_YEAR <= instant.year <= LAST_YEAR:
            self.fail("far")
        return instant.astimezone(UTC)

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


class DayField(serializers.DateField):
    """A calendar day of this century, in the unit's zone."""

    default_error_messages = {"far": FAR}

    def to_internal_value(self, value: Any) -> date:
        on: date = super().to_internal_value(value)
        if not FIRST_YEAR <= on.year <= LAST_YEAR:
            self.fail("far")
        return on


class TextField(serializers.CharField):
    """A text; a number or a truth value is refused instead of being taken for one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class IdField(serializers.UUIDField):
    """The public id of a record, as a text."""

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class WholeNumberField(serializers.IntegerField):
    """A whole number; a text that holds one is refused."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class TruthField(serializers.BooleanField):
    """True or false; a text or a number that means one of them is refused."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


@extend_schema_field({"type": "string", "format": "decimal", "pattern": r"^[0-9]{1,4}(\.[0-9]{1,2})?$"})
class AmountField(serializers.DecimalField):
    """A dose or a volume: a decimal as a text, so that no float ever rounds it."""

    default_error_messages = {"text": 'Write it as a text, such as "15.00".'}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_digits": 6, "decimal_places": 2, "min_value": Decimal("0.01"), **kwargs})

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str):
            self.fail("text")
        return super().to_internal_value(data)
