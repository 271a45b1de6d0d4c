"""A list that runs late, and urgent visits squeezed in."""

from __future__ import annotations

from rest_framework import serializers

from api.fields import IdField, InstantField, TextField, WholeNumberField
from api.serializers.records import Answer, PatientAnswer, ResourceAnswer
from api.serializers.visits import BookRequest, Request
from scheduling.selectors.list_left import Along
from scheduling.services.day.running_late import MOST_MINUTES

_ALONG = "What is late: the room's list, the operator's from room to room, or this patient alone."
_STAY = "Visits that are left where they are; each goes on the worklist, to be moved by hand."


class LateQuery(Request):
    """How late; asked before anything is moved."""

    minutes = serializers.IntegerField(
        min_value=5, max_value=MOST_MINUTES, required=False, default=30, help_text="Full five minutes."
    )
    along = serializers.ChoiceField(
        [along.value for along in Along], required=False, default=Along.ROOM.value, help_text=_ALONG
    )
    stay = serializers.ListField(child=IdField(), required=False, default=list, help_text=_STAY)


class LateRequest(Request):
    """How late, as it was looked at."""

    minutes = WholeNumberField(min_value=5, max_value=MOST_MINUTES, help_text="Full five minutes.")
    along = serializers.ChoiceField(
        [along.value for along in Along], required=False, default=Along.ROOM.value, help_text=_ALONG
    )
    stay = serializers.ListField(child=IdField(), required=False, default=list, help_text=_STAY)
    over_reason = TextField(
        required=False,
        allow_blank=True,
        max_length=300,
        default="",
        help_text="Why visits that would not fit may run past the hours of the lists; by leave to squeeze in only.",
    )
    mark = TextField(
        required=False,
        allow_blank=True,
        max_length=40,
        default="",
        help_text="The `mark` that was looked at: where the day would go on otherwise by now, 409 with `stale_page`.",
    )


class LateLineAnswer(Answer):
    """One visit of the list. Where `short` says what the day lacks for it, `way_out` says what could be done."""

    appointment = serializers.UUIDField(source="visit.public_id")
    patient = PatientAnswer(source="visit.patient")
    room = ResourceAnswer(source="placed.room.resource")
    operator = ResourceAnswer(source="placed.operator.resource")
    minutes = serializers.IntegerField(help_text="By how much its procedure moves; 0 for one that stays.")
    arrives_at = InstantField()
    procedure_at = InstantField()
    leaves_at = InstantField()
    is_told = serializers.BooleanField(help_text="Its patient gets an update: the time to arrive is to come still.")
    is_over = serializers.BooleanField(help_text="Past the hours of its list, by leave.")
    is_left = serializers.BooleanField()
    short = serializers.CharField(allow_blank=True)
    way_out = serializers.CharField(allow_blank=True)


class LateAnswer(Answer):
    """The rest of the list, in its order."""

    mark = serializers.CharField(help_text="Names exactly this outcome.")
    repacked = serializers.IntegerField(help_text="Other visits that change their recovery place.")
    lines = LateLineAnswer(many=True)


class SqueezeInRequest(BookRequest):
    """An urgent visit, with why it may leave the hours of the lists."""

    reason = TextField(max_length=300)


class SqueezeAnswer(Answer):
    """What the visit would leave, in words; empty for an ordinary slot."""

    leaves = serializers.ListField(child=serializers.CharField())
