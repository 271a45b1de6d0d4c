"""A course held, resumed, ended, opened again; a death recorded and taken back."""

from __future__ import annotations

from rest_framework import serializers

from api.fields import DayField, IdField, TextField, WholeNumberField
from api.serializers.dose_acts import MoveAnswer
from api.serializers.records import Answer, HoldAnswer, PatientAnswer, ResourceAnswer
from api.serializers.visits import AppointmentAnswer, Request
from doseplans.models import DosePlan
from scheduling.services.courses.holding import ENDINGS, GoOn
from scheduling.services.courses.holding import Answer as VisitChoice

KEPT_IN_UNIT = "Stays in the unit: it is in no message."
BEGINS_WITH = "The number of the dose that a new plan begins with; those before it are left out."


class ComingDoseAnswer(Answer):
    """A dose as it would be due, and why."""

    sequence = serializers.IntegerField()
    name = serializers.CharField()
    target_on = serializers.DateField()
    earliest_on = serializers.DateField()
    latest_on = serializers.DateField()
    rule = serializers.CharField(help_text="In words: what the dates are counted from.")


class CourseAnswer(Answer):
    """A plan as it stands, with its booked visits from today on: what a hold or an end has to answer for."""

    id = serializers.UUIDField(source="plan.public_id")
    patient = PatientAnswer(source="plan.patient")
    protocol = serializers.CharField(source="plan.protocol")
    ended_on = serializers.DateField(source="plan.ended_on", allow_null=True)
    end_reason = serializers.ChoiceField(DosePlan.EndReason.choices, source="plan.end_reason", allow_blank=True)
    hold = HoldAnswer(allow_null=True)
    only_operator = ResourceAnswer(allow_null=True, help_text="The one person who operates; null: anybody who may.")
    visits = AppointmentAnswer(many=True)


class OnlyOperatorRequest(Request):
    """Who operates for the plan."""

    operator = IdField(allow_null=True, help_text="A person's id; null lets anybody operate again.")


class VisitChoiceRequest(Request):
    """What becomes of one booked visit."""

    id = IdField()
    choice = serializers.ChoiceField([choice.value for choice in VisitChoice])
    version = WholeNumberField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=2**31 - 1,
        help_text="As it was read. Where every visit has one and any is another now: 409 with `stale_page`.",
    )


class HoldRequest(Request):
    """Why, until when, and visit by visit: keep or release."""

    reason = TextField(max_length=300, help_text=KEPT_IN_UNIT)
    review_on = DayField(help_text="On that day the hold is on the worklist.")
    visits = VisitChoiceRequest(many=True, help_text="Every booked visit from today on.")


class ReviewRequest(Request):
    """The hold stays."""

    review_on = DayField()
    note = TextField(required=False, allow_blank=True, max_length=300, default="")


class ResumeRequest(Request):
    """How the course goes on."""

    how = serializers.ChoiceField(
        [how.value for how in GoOn],
        help_text="`label`: the rule for the gap, nothing else. `date`: on the day `on`, for a written reason.",
    )
    on = DayField(required=False, allow_null=True, default=None)
    reason = TextField(required=False, allow_blank=True, max_length=300, default="")


class PreviewRequest(Request):
    """Which way of going on is looked at."""

    on = DayField(required=False, help_text="A day that a clinician would set for the next dose; without: by the rule.")


class EndRequest(Request):
    """How the course ended, and as of when."""

    reason = serializers.ChoiceField(list(ENDINGS), help_text="A death is recorded for the patient, not for a plan.")
    on = DayField()
    note = TextField(required=False, allow_blank=True, max_length=300, default="", help_text=KEPT_IN_UNIT)


class SwitchPreviewRequest(Request):
    """To which protocol, and how a new plan would begin where one is needed."""

    protocol = IdField(help_text="One of those in use: `protocols/`.")
    starts_on = DayField(
        required=False,
        allow_null=True,
        default=None,
        help_text="The day of a new plan's first dose; left out where the plan itself goes on.",
    )
    begins_with = serializers.IntegerField(required=False, default=1, min_value=1, max_value=99, help_text=BEGINS_WITH)


class SwitchRequest(SwitchPreviewRequest):
    """To which protocol, and why."""

    begins_with = WholeNumberField(required=False, default=1, min_value=1, max_value=99, help_text=BEGINS_WITH)
    reason = TextField(max_length=300, help_text=KEPT_IN_UNIT)


class SwitchPreviewAnswer(Answer):
    """What a switch would do. Where the plan `goes_on`, `moves` and `unfitting`; else `freed` and `coming`."""

    goes_on = serializers.BooleanField(help_text="False: the plan ends as switched, and a new one begins.")
    moves = MoveAnswer(many=True)
    unfitting = serializers.ListField(child=serializers.CharField(), help_text="Each a sentence about one visit.")
    freed = serializers.ListField(child=serializers.UUIDField(), help_text="Visits that would be cancelled.")
    coming = ComingDoseAnswer(many=True)
    begins_up_to = serializers.IntegerField(help_text="The last dose that a new plan may begin with.")


class DeathRequest(Request):
    """The day, and who told the unit."""

    died_on = DayField()
    note = TextField(required=False, allow_blank=True, max_length=300, default="")


class TakeBackRequest(Request):
    """How the mistake came about."""

    reason = TextField(max_length=300)


class DeathAnswer(Answer):
    """What a death, or taking it back, did. `visits` are those freed; none of them is ever taken again by itself."""

    patient = PatientAnswer()
    has_died = serializers.BooleanField()
    plans = serializers.ListField(child=serializers.UUIDField())
    visits = serializers.ListField(child=serializers.UUIDField())
