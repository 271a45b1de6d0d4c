"""The waiting list: wishes to come earlier, slots that came free, offers and the answers to them."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import DayField, IdField, InstantField, TextField, WholeNumberField
from api.serializers.records import Answer, DoseAnswer, PatientAnswer, ResourceAnswer
from api.serializers.visits import Request
from scheduling.models import AppointmentEvent, Offer, OfferedVisit
from scheduling.models.waiting import LONGEST_NOTICE_HOURS
from scheduling.services.waiting.offers import LONGEST_MINUTES, MOST_PATIENTS, SHORTEST_MINUTES, STANDS_MINUTES

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


@extend_schema_field({"type": "string", "pattern": f"^{_CLOCK.pattern}$"})
class ClockField(serializers.Field[time, str, str, time]):
    """A time of the day by the unit's clock, such as 09:30."""

    default_error_messages = {"invalid": "Write a time of the day as 09:30."}

    def to_internal_value(self, data: Any) -> time:
        if not (isinstance(data, str) and _CLOCK.fullmatch(data)):
            self.fail("invalid")
        return time.fromisoformat(data)

    def to_representation(self, value: time) -> str:
        return f"{value:%H:%M}"


# --- wishes ----------------------------------------------------------------------------------------------------------
class WishRequest(Request):
    """On what terms the patient would come earlier."""

    notice_hours = WholeNumberField(min_value=0, max_value=LONGEST_NOTICE_HOURS)
    holds_until = DayField()
    weekdays = serializers.ListField(
        child=WholeNumberField(min_value=1, max_value=7),
        required=False,
        default=list,
        max_length=7,
        help_text="1 is Monday; none: any day.",
    )
    arrive_from = ClockField(required=False, allow_null=True, default=None)
    leave_by = ClockField(required=False, allow_null=True, default=None)
    note = TextField(required=False, allow_blank=True, max_length=300, default="")


class WishAnswer(Answer):
    """A patient would have the dose earlier than it is booked, or as soon as may be while it is not."""

    id = serializers.UUIDField(source="public_id")
    dose = DoseAnswer()
    patient = PatientAnswer(source="dose.plan.patient")
    notice_hours = serializers.IntegerField()
    weekdays = serializers.ListField(child=serializers.IntegerField())
    arrive_from = ClockField(allow_null=True)
    leave_by = ClockField(allow_null=True)
    holds_until = serializers.DateField()
    note = serializers.CharField(allow_blank=True)
    asked_at = InstantField()
    asked_by = serializers.CharField(source="asked_by_name")
    ended_at = InstantField(allow_null=True)
    outcome = serializers.CharField(allow_blank=True)


class EndingRequest(Request):
    """Why; it may be left out."""

    reason = TextField(required=False, allow_blank=True, max_length=200, default="")


# --- freed slots -----------------------------------------------------------------------------------------------------
class CandidateAnswer(Answer):
    """Somebody who waits and the slot: when they would come and go, or why they cannot have it (`against`)."""

    wish = serializers.UUIDField(source="wish.public_id")
    dose = DoseAnswer()
    patient = PatientAnswer(source="dose.plan.patient")
    appointment = serializers.UUIDField(
        source="visit.public_id", allow_null=True, default=None, help_text="The visit that would be moved there."
    )
    starts_at = InstantField(source="slot.arrive_at", allow_null=True, default=None)
    ends_at = InstantField(source="slot.leave_at", allow_null=True, default=None)
    reasons = serializers.ListField(child=serializers.CharField())
    against = serializers.CharField(allow_blank=True)


class FreedSlotAnswer(Answer):
    """A slot that a visit left: who may have it, best first, and who may not."""

    room = ResourceAnswer(source="freed.room")
    operator = ResourceAnswer(source="freed.operator")
    procedure_at = InstantField(source="freed.procedure_at")
    freed_by = serializers.ChoiceField(AppointmentEvent.Kind.choices, source="freed.kind")
    freed_at = InstantField(source="freed.freed_at")
    allowed = CandidateAnswer(many=True)
    left_out = CandidateAnswer(many=True)


# --- offers ----------------------------------------------------------------------------------------------------------
class OfferRequest(Request):
    """The slot as `freed-slots` names it, and whose doses it is offered to."""

    room = IdField()
    operator = IdField()
    procedure_at = InstantField()
    doses = serializers.ListField(child=IdField(), min_length=1, max_length=MOST_PATIENTS)
    minutes = WholeNumberField(
        required=False,
        default=STANDS_MINUTES,
        min_value=SHORTEST_MINUTES,
        max_value=LONGEST_MINUTES,
        help_text="How long it stands; never past the first arrival.",
    )


class OfferedAnswer(Answer):
    """What an offer is to one patient, and their answer."""

    id = serializers.UUIDField(source="public_id")
    dose = DoseAnswer()
    patient = PatientAnswer(source="dose.plan.patient")
    appointment = serializers.UUIDField(source="appointment.public_id", allow_null=True, default=None)
    rank = serializers.IntegerField()
    starts_at = InstantField()
    ends_at = InstantField()
    state = serializers.ChoiceField(OfferedVisit.State.choices)
    answered_at = InstantField(allow_null=True)
    answered_by = serializers.CharField(source="answered_by_name", allow_blank=True)
    note = serializers.CharField(allow_blank=True)


class OfferAnswer(Answer):
    """A freed slot kept for whoever accepts first. One whose `expires_at` has passed is accepted by nobody."""

    id = serializers.UUIDField(source="public_id")
    room = ResourceAnswer()
    operator = ResourceAnswer()
    procedure_at = InstantField()
    expires_at = InstantField()
    state = serializers.ChoiceField(Offer.State.choices)
    made_at = InstantField()
    made_by = serializers.CharField(source="made_by_name")
    ended_at = InstantField(allow_null=True)
    ended_by = serializers.CharField(source="ended_by_name", allow_blank=True)
    outcome = serializers.CharField(allow_blank=True)
    offered = OfferedAnswer(many=True, source="offered.all")
