"""Where the visits of a closure are to go: a draft, its lines, and what a person chooses."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.fields import IdField, InstantField
from api.serializers.records import Answer, PatientAnswer, ResourceAnswer
from api.serializers.visits import Request
from scheduling.models import Replan, ReplanLine


class ReplanLineAnswer(Answer):
    """One visit: where it was when it was planned, where it goes (null unless it moves), and what that means."""

    id = serializers.UUIDField(source="public_id")
    appointment = serializers.UUIDField(source="appointment.public_id")
    patient = PatientAnswer(source="appointment.patient")
    becomes = serializers.ChoiceField(ReplanLine.Decision.choices, source="decision")
    is_pinned = serializers.BooleanField(help_text="A person chose, and the plan goes around it.")
    was_starts_at = InstantField()
    was_ends_at = InstantField()
    was_room = serializers.CharField(allow_blank=True)
    was_operator = serializers.CharField(allow_blank=True)
    starts_at = InstantField(allow_null=True)
    ends_at = InstantField(allow_null=True)
    room = ResourceAnswer(allow_null=True)
    operator = ResourceAnswer(allow_null=True)
    effect = serializers.CharField()
    reasons = serializers.ListField(child=serializers.CharField())


class ReplanAnswer(Answer):
    """What is to become of the visits that a closure strands. Nothing is moved before it is applied."""

    id = serializers.UUIDField(source="public_id")
    closure = serializers.UUIDField(source="closure.public_id", allow_null=True, default=None)
    cause = serializers.CharField()
    replan_state = serializers.ChoiceField(Replan.State.choices, source="state")
    made_by = serializers.CharField(source="made_by_name")
    planned_at = InstantField(help_text="Send it with what you apply: another draft is then refused.")
    changes = serializers.ListField(
        child=serializers.CharField(), help_text="What is different from the draft before, in words."
    )
    is_optimised = serializers.BooleanField(help_text="The optimiser's plan has won against the stepwise one.")
    comparison = serializers.CharField(allow_blank=True, help_text="Which plan won, and why.")
    ended_at = InstantField(allow_null=True)
    ended_by = serializers.CharField(source="ended_by_name", allow_blank=True)
    lines = ReplanLineAnswer(many=True)


class ReplanChoiceRequest(Request):
    """What becomes of one visit; a time, a room and a person with "move". "plan" lets the plan choose."""

    choice = serializers.ChoiceField([*ReplanLine.Decision.values, "plan"])
    starts_at = InstantField(required=False, allow_null=True, default=None)
    room = IdField(required=False, allow_null=True, default=None)
    operator = IdField(required=False, allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        missing = [name for name in ("starts_at", "room", "operator") if attrs[name] is None]
        if attrs["choice"] == ReplanLine.Decision.MOVE and missing:
            raise serializers.ValidationError(dict.fromkeys(missing, "A move needs a time, a room and a person."))
        return attrs


class ReplanApplyRequest(Request):
    """When the draft that was looked at was planned, and which of its moves are accepted; null applies what stands."""

    planned_at = InstantField(required=False, allow_null=True, default=None)
    lines = serializers.ListField(
        child=IdField(),
        required=False,
        allow_null=True,
        default=None,
        help_text="The lines whose moves are accepted, by `id`; the others are kept where they are. Null accepts all.",
    )
