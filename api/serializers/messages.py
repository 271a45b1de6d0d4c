"""What was sent about a visit, and sending its invite again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import IdField, InstantField, TruthField, WholeNumberField
from api.serializers.records import Answer
from api.serializers.visits import VERSION, Request
from patients.models import Channel
from reminders.models import DeliveryReport, Message, Purpose
from reminders.people import PATIENT
from reminders.selectors import MessageLine


class MessageAnswer(Answer):
    """One message to one reader. `why_not` says in words why it was not sent."""

    id = serializers.UUIDField(source="public_id")
    purpose = serializers.ChoiceField(Purpose.choices)
    carer = serializers.SerializerMethodField()
    channel = serializers.ChoiceField(Channel.choices, source="channel_code")
    state = serializers.ChoiceField(Message.State.choices)
    state_words = serializers.CharField()
    why_not = serializers.CharField(allow_blank=True)
    fate = serializers.ChoiceField(
        DeliveryReport.Fate.choices,
        allow_blank=True,
        help_text="What was heard of it since it left; empty: nothing, which is usual.",
    )
    due_at = InstantField()
    sent_at = InstantField(allow_null=True)

    @extend_schema_field(
        {
            "type": "string",
            "format": "uuid",
            "nullable": True,
            "description": "The carer it is for; null: the patient. One who is gone keeps a place: the nil UUID.",
        }
    )
    def get_carer(self, line: MessageLine) -> str | None:
        """By the public id of the carer."""
        if line.recipient == PATIENT:
            return None
        carers: dict[str, Any] = self.context.get("carers", {})
        return str(carers.get(line.recipient, UUID(int=0)))


class SendAgainRequest(Request):
    """To whom the invite goes once more. A call repeated sends nothing: the version it names is then an earlier one."""

    version = WholeNumberField(min_value=1, max_value=2**31 - 1, help_text=VERSION)

    carer = IdField(
        required=False, allow_null=True, default=None, help_text="To this carer alone; without it see `is_to_patient`."
    )
    is_to_patient = TruthField(
        required=False, default=False, help_text="To the patient alone. Neither: to all who are told of the visit."
    )
