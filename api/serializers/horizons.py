"""The coming weeks planned at once: a draft, its doses, what a person chooses, and the search for a better plan."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.fields import IdField, InstantField, WholeNumberField
from api.serializers.records import Answer, PatientAnswer, ResourceAnswer
from api.serializers.visits import Request
from scheduling.models import Horizon, HorizonLine
from scheduling.models.horizons import MOST_WEEKS
from units.runs import Standing


class PlanningRunAnswer(Answer):
    """The search for a better plan than a draft. `standing` tells of a worker that died, and of none that came, too."""

    id = serializers.UUIDField(source="public_id")
    standing = serializers.ChoiceField([one.value for one in Standing])
    stage = serializers.CharField(allow_blank=True)
    percent = serializers.IntegerField(min_value=0, max_value=100)
    seconds = serializers.IntegerField(help_text="The time limit.")
    queued_at = InstantField()
    started_at = InstantField(allow_null=True)
    ended_at = InstantField(allow_null=True)
    outcome = serializers.CharField(allow_blank=True, help_text="Why it ended, where it was not done.")


class HorizonLineAnswer(Answer):
    """One dose: where it would go (null unless it is to be booked), and what that means; or why it has no place."""

    id = serializers.UUIDField(source="public_id")
    dose = serializers.UUIDField(source="dose.public_id")
    patient = PatientAnswer(source="dose.plan.patient")
    dose_becomes = serializers.ChoiceField(HorizonLine.Decision.choices, source="decision")
    is_pinned = serializers.BooleanField(help_text="A person chose, and the plan goes around it.")
    target_on = serializers.DateField()
    drift_days = serializers.IntegerField(allow_null=True, help_text="Days behind the ideal calendar with this slot.")
    starts_at = InstantField(allow_null=True)
    ends_at = InstantField(allow_null=True)
    room = ResourceAnswer(allow_null=True)
    operator = ResourceAnswer(allow_null=True)
    effect = serializers.CharField()
    reasons = serializers.ListField(child=serializers.CharField())
    is_booked = serializers.SerializerMethodField()
    refusal = serializers.CharField(allow_blank=True, help_text="What stopped its booking, when that was tried.")

    def get_is_booked(self, line: HorizonLine) -> bool:
        return line.appointment_id is not None


class HorizonAnswer(Answer):
    """Where the unit's unbooked doses of some weeks go. Nothing is booked before it is asked for."""

    id = serializers.UUIDField(source="public_id")
    weeks = serializers.IntegerField(min_value=1, max_value=MOST_WEEKS)
    horizon_state = serializers.ChoiceField(Horizon.State.choices, source="state")
    made_by = serializers.CharField(source="made_by_name")
    planned_at = InstantField(help_text="Send it with what you book: another draft is then refused.")
    changes = serializers.ListField(
        child=serializers.CharField(), help_text="What is different from the draft before, in words."
    )
    is_optimised = serializers.BooleanField(help_text="The optimiser's plan has won against the stepwise one.")
    comparison = serializers.CharField(allow_blank=True, help_text="Which plan won, and why.")
    ended_at = InstantField(allow_null=True)
    ended_by = serializers.CharField(source="ended_by_name", allow_blank=True)
    lines = HorizonLineAnswer(many=True)


class HorizonBookedAnswer(Answer):
    """What one booking has come to. Each course (a plan's doses) is booked whole or not at all."""

    horizon = HorizonAnswer()
    booked = serializers.IntegerField(help_text="Doses booked by this request.")
    refused = serializers.IntegerField(help_text="Doses that no longer fitted; they were planned again.")
    courses_refused = serializers.IntegerField()
    stopped = serializers.CharField(allow_blank=True, help_text="Why it ended before its end, where it did.")


class HorizonRequest(Request):
    """How many weeks."""

    weeks = WholeNumberField(min_value=1, max_value=MOST_WEEKS, default=12)


class HorizonChoiceRequest(Request):
    """What becomes of one dose; a time, a room and a person with "book". "plan" lets the plan choose."""

    choice = serializers.ChoiceField([HorizonLine.Decision.BOOK, HorizonLine.Decision.LEAVE_OUT, "plan"])
    starts_at = InstantField(required=False, allow_null=True, default=None)
    room = IdField(required=False, allow_null=True, default=None)
    operator = IdField(required=False, allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        missing = [name for name in ("starts_at", "room", "operator") if attrs[name] is None]
        if attrs["choice"] == HorizonLine.Decision.BOOK and missing:
            raise serializers.ValidationError(dict.fromkeys(missing, "A booking needs a time, a room and a person."))
        return attrs


class HorizonBookRequest(Request):
    """When the draft that was looked at was planned; null books what stands."""

    planned_at = InstantField(required=False, allow_null=True, default=None)
    lines = serializers.ListField(
        child=IdField(),
        required=False,
        allow_null=True,
        default=None,
        help_text="The lines to book, by `id`; the others stay in the draft. Null books all.",
    )
