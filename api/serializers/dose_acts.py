"""What is recorded about a dose beside its visit, and what would follow from it."""

from __future__ import annotations

from datetime import date
from typing import Any

from rest_framework import serializers

from api.fields import DayField, InstantField, TextField
from api.serializers.records import Answer, DoseAnswer
from api.serializers.visits import AppointmentAnswer, RecordRequest, Request, VersionRequest
from doseplans.models import DoseNotGiven
from scheduling.services.courses.previews import What

KEPT_IN_UNIT = "Stays in the unit: it is in no message."


# --- what would follow -----------------------------------------------------------------------------------------------
class WhatFollowsRequest(Request):
    """What might be recorded, and for which day."""

    what = serializers.ChoiceField([what.value for what in What])
    on = DayField(
        required=False,
        help_text="The day it was given or is set for, or from which later doses count. Without it: today.",
    )


class MoveAnswer(Answer):
    """A dose whose due day would change."""

    name = serializers.CharField(source="dose")
    was_on = serializers.DateField()
    now_on = serializers.DateField()
    why = serializers.CharField(help_text="In words: what the new day is counted from.")


class WhatFollowsAnswer(Answer):
    """Which dates would move, and which booked visits would no longer fit. Nothing is saved."""

    moves = MoveAnswer(many=True)
    unfitting = serializers.ListField(child=serializers.CharField(), help_text="Each a sentence about one visit.")
    next_name = serializers.SerializerMethodField(help_text="The next dose; null where none is left.")
    next_on = serializers.SerializerMethodField()
    why = serializers.CharField(allow_blank=True, help_text="In words: what the next dose would be counted from.")
    days_late = serializers.IntegerField(allow_null=True, help_text="Of the dose itself; negative where it is early.")
    problem = serializers.CharField(allow_blank=True, help_text="Why it cannot be recorded so; empty where it can.")

    def get_next_name(self, seen: Any) -> str | None:
        return seen.following[0] if seen.following else None

    def get_next_on(self, seen: Any) -> date | None:
        return seen.following[1] if seen.following else None


# --- acts ------------------------------------------------------------------------------------------------------------
class NotGivenRequest(VersionRequest):
    """Why the dose was not given although the patient came."""

    reason = serializers.ChoiceField(DoseNotGiven.Reason.choices)
    note = TextField(required=False, allow_blank=True, max_length=300, default="", help_text="Needed with `other`.")


class OmitRequest(VersionRequest):
    """Why the dose is left out."""

    reason = TextField(max_length=300, help_text=KEPT_IN_UNIT)
    on = DayField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Later doses count from it. Without it: the day the dose was due, or today where that has passed.",
    )


class SetDateRequest(Request):
    """The day a clinician sets."""

    on = DayField()
    reason = TextField(max_length=300, help_text=KEPT_IN_UNIT)


class ReasonRequest(Request):
    """Why a decision or a record does not hold."""

    reason = TextField(max_length=300, help_text=KEPT_IN_UNIT)


class CorrectRequest(RecordRequest):
    """The dose as it was really given: the whole record, not only what changes."""

    replaces = serializers.UUIDField(
        required=False,
        default=None,
        allow_null=True,
        help_text="The record that is put right; where another one stands by now, 409 `stale_page`.",
    )
    reason = TextField(max_length=300, help_text="What was wrong with the record.")


class PaperRequest(RecordRequest, VersionRequest):
    """A day written on paper, with the times at which things really happened."""

    arrived_at = InstantField()
    started_at = InstantField()
    discharged_at = InstantField()


class ProposalAnswer(Answer):
    """A booked visit that no longer fits its window. Nothing moves before somebody moves it."""

    appointment = serializers.UUIDField(source="appointment.public_id")
    cause = serializers.CharField()
    earliest_on = serializers.DateField()
    latest_on = serializers.DateField()


class ChangedAnswer(Answer):
    """What followed: the dose and its visit as they stand, and the moves that are proposed."""

    dose = DoseAnswer()
    appointment = AppointmentAnswer(allow_null=True)
    proposals = ProposalAnswer(many=True)
