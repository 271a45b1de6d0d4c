"""Doses to book, slots, reservations and visits."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import AmountField, DayField, IdField, InstantField, TextField, TruthField, WholeNumberField
from api.serializers.records import Answer, DoseAnswer, HoldAnswer, PatientAnswer, ResourceAnswer, UnitAnswer
from doseplans.models import AccessRoute, Sedation
from scheduling.engine.answers import PATIENT, carer_key
from scheduling.engine.ranking import Standing, Tone
from scheduling.models import Appointment, AppointmentEvent, AppointmentResponse, Part
from scheduling.selectors.to_book import Urgency

VERSION = "The visit's version as it was read. Another one now: 409 with `stale_page`."
OVERRIDE = "A doctor's written reason to go outside the window or below the minimum interval."


class Request(serializers.Serializer[Any]):
    """Something the API only hears."""


# --- doses to book ---------------------------------------------------------------------------------------------------
class ReservationAnswer(Answer):
    """Ten minutes' claim on a slot."""

    dose = serializers.UUIDField(source="dose.public_id")
    starts_at = InstantField()
    ends_at = InstantField()
    expires_at = InstantField()
    reserved_by = serializers.CharField(source="reserved_by_name")


class DoseToBookAnswer(Answer):
    """A dose without a visit. `problems` say what stops its booking, besides a hold."""

    dose = DoseAnswer()
    patient = PatientAnswer(source="dose.plan.patient")
    urgency = serializers.ChoiceField([urgency.value for urgency in Urgency])
    days_left = serializers.IntegerField(help_text="Until the window closes; negative once it has.")
    hold = HoldAnswer(allow_null=True)
    problems = serializers.ListField(child=serializers.CharField())
    reservation = ReservationAnswer(allow_null=True)
    last_given_on = serializers.DateField(allow_null=True)


# --- slots -----------------------------------------------------------------------------------------------------------
class ReasonAnswer(Answer):
    """One thing that speaks for or against a slot."""

    code = serializers.CharField()
    tone = serializers.ChoiceField([tone.value for tone in Tone])
    words = serializers.CharField()
    on = serializers.DateField(allow_null=True)


class SlotAnswer(Answer):
    """A free start with its reasons and what it costs. `starts_at`, `room` and `operator` are what booking it takes."""

    starts_at = InstantField(source="ranked.slot.arrive_at")
    ends_at = InstantField(source="ranked.slot.leave_at")
    procedure_at = InstantField(source="ranked.slot.procedure_at")
    room = ResourceAnswer()
    operator = ResourceAnswer()
    assistant = ResourceAnswer(allow_null=True, help_text="Who would assist. Found anew when it is booked.")
    imaging = ResourceAnswer(allow_null=True, help_text="The device that would be brought to the room.")
    standing = serializers.ChoiceField([standing.name.lower() for standing in Standing])
    needs_reason = serializers.BooleanField()
    days_late = serializers.IntegerField(source="ranked.days_late")
    drift_before = serializers.IntegerField(source="ranked.drift_before")
    drift_after = serializers.IntegerField(source="ranked.drift_after")
    reasons = ReasonAnswer(many=True, source="ranked.reasons")


class CheckedAnswer(Answer):
    """One step of a search, and how much it left."""

    code = serializers.CharField()
    words = serializers.CharField()
    left = serializers.IntegerField()


class WhyAnswer(Answer):
    """Why nothing is free inside the window, and what would help."""

    lack = serializers.CharField()
    words = serializers.CharField()
    help = serializers.CharField(source="help_words")
    since = serializers.DateField()
    last = serializers.DateField()
    until = serializers.DateField(allow_null=True)
    checked = CheckedAnswer(many=True)


class SlotsAnswer(Answer):
    """The best slots for a dose, or why there are none."""

    dose = DoseAnswer()
    unit = UnitAnswer(source="dose.plan.patient.unit")
    proposals = SlotAnswer(many=True)
    times_inside = serializers.IntegerField(source="found.inside", help_text="Free times in the window.")
    times_total = serializers.IntegerField(source="found.total", help_text="Free times in all days searched.")
    searched_from = serializers.DateField()
    searched_to = serializers.DateField()
    why = WhyAnswer(source="found.why", allow_null=True)
    reservation = ReservationAnswer(allow_null=True)


class SlotsRequest(Request):
    """How slots are asked for."""

    since = DayField(required=False, help_text="Look from this day on.")
    limit = serializers.IntegerField(required=False, min_value=1, max_value=20, default=4)


class PlaceRequest(Request):
    """A slot, as it was proposed."""

    starts_at = InstantField(help_text="When the patient arrives.")
    room = IdField()
    operator = IdField()
    is_admitted = TruthField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Admitted the day before, at the unit's hour. Left out: a new visit is on the day, a move keeps it.",
    )
    override_reason = TextField(required=False, allow_blank=True, max_length=300, default="", help_text=OVERRIDE)


class DosePlaceRequest(PlaceRequest):
    """A slot for a dose."""

    dose = IdField()


class BookRequest(PlaceRequest):
    """A slot for a dose, or for a patient's visit without a plan."""

    dose = IdField(required=False, help_text="The dose it is for; without it, `patient` and `visit_kind` are needed.")
    patient = IdField(required=False, help_text="Whose visit without a plan it is.")
    visit_kind = IdField(required=False, help_text="What the visit without a plan is for: see `/visit-kinds/`.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One thing or the other."""
        is_plain = "patient" in attrs or "visit_kind" in attrs
        if "dose" in attrs and is_plain:
            raise serializers.ValidationError({"dose": "Name a dose, or a patient and a kind of visit, not both."})
        if "dose" not in attrs:
            missing = [name for name in ("patient", "visit_kind") if name not in attrs]
            if len(missing) == 2:
                raise serializers.ValidationError({"dose": "Name a dose, or a patient and a kind of visit."})
            if missing:
                raise serializers.ValidationError({missing[0]: "A visit without a plan needs this too."})
        return attrs


class VisitKindAnswer(Answer):
    """A visit without a plan that the unit has in use. Lengths are local policy, before what a patient's needs add."""

    id = serializers.UUIDField(source="public_id")
    unit = UnitAnswer()
    name = serializers.CharField()
    minutes_before = serializers.IntegerField()
    minutes_procedure = serializers.IntegerField()
    minutes_recovery = serializers.IntegerField()
    minutes_discharge = serializers.IntegerField()


class VisitKindBrief(Answer):
    """What a visit without a plan is for."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()


# --- visits ----------------------------------------------------------------------------------------------------------
class TakenAnswer(Answer):
    """A resource taken for a part of the visit."""

    resource = ResourceAnswer()
    phase = serializers.ChoiceField(Part.choices)
    starts_at = InstantField()
    ends_at = InstantField()


class ResponseAnswer(Answer):
    """What the patient, or one of their carers, answered to the visit as it stands. FHIR AppointmentResponse."""

    carer = serializers.SerializerMethodField()
    participant_status = serializers.ChoiceField(AppointmentResponse.Status.choices)
    channel = serializers.ChoiceField(AppointmentResponse.Channel.choices)
    answered_at = InstantField()
    recorded_by = serializers.CharField(source="recorded_by_name")
    note = serializers.CharField(allow_blank=True)

    @extend_schema_field(
        {
            "type": "string",
            "format": "uuid",
            "nullable": True,
            "description": "The carer who answered; null: the patient.",
        }
    )
    def get_carer(self, response: AppointmentResponse) -> str | None:
        """A carer who is gone since keeps a place: the nil UUID."""
        if response.respondent == PATIENT:
            return None
        carers = {carer_key(carer.pk): str(carer.public_id) for carer in response.appointment.patient.carers.all()}
        return carers.get(response.respondent, str(UUID(int=0)))


class AppointmentAnswer(Answer):
    """A visit. `starts_at` is when it begins on its day, and to arrive unless `admitted_at` is set; `ends_at` when to
    expect to leave; `sequence` is the invite's.
    """

    id = serializers.UUIDField(source="public_id")
    unit = UnitAnswer()
    patient = PatientAnswer()
    dose = DoseAnswer(allow_null=True)
    visit_kind = VisitKindBrief(allow_null=True)
    status = serializers.ChoiceField(Appointment.Status.choices)
    starts_at = InstantField()
    ends_at = InstantField()
    admitted_at = InstantField(
        allow_null=True, help_text="When to arrive, of a patient who is admitted the day before."
    )
    version = serializers.IntegerField()
    sequence = serializers.IntegerField(source="ical_sequence")
    participant_status = serializers.ChoiceField(
        AppointmentResponse.Status.choices,
        help_text="Whether the patient will come; declined where anybody who answered says so. A move sets it back.",
    )
    answer = ResponseAnswer(allow_null=True, help_text="The answer that decides it.")
    answers = ResponseAnswer(many=True, help_text="The last answer of the patient and of each carer who gave one.")
    booked_at = InstantField()
    booked_by = serializers.CharField(source="booked_by_name")
    override_reason = serializers.CharField(allow_blank=True)
    squeezed_in_reason = serializers.CharField(
        allow_blank=True, help_text="Why it stands outside the hours of its list, by leave; empty for any other visit."
    )
    cancelled_by = serializers.ChoiceField(Appointment.CancelledBy.choices, allow_blank=True)
    cancellation_reason = serializers.CharField(allow_blank=True)
    arrived_at = InstantField(allow_null=True)
    procedure_started_at = InstantField(allow_null=True)
    recovery_started_at = InstantField(allow_null=True)
    discharged_at = InstantField(allow_null=True)
    allocations = TakenAnswer(many=True)


class EventAnswer(Answer):
    """What happened to a visit, as it was written down."""

    kind = serializers.ChoiceField(AppointmentEvent.Kind.choices)
    at = InstantField()
    by = serializers.CharField(source="actor_name")
    reason = serializers.CharField(allow_blank=True)


class AppointmentRecordAnswer(AppointmentAnswer):
    """A visit with its history."""

    events = EventAnswer(many=True)


class VersionRequest(Request):
    """An act on a visit."""

    version = WholeNumberField(required=False, allow_null=True, min_value=1, max_value=2**31 - 1, help_text=VERSION)


class MoveRequest(PlaceRequest, VersionRequest):
    """Another slot for the visit."""

    reason = TextField(required=False, allow_blank=True, max_length=300, default="")


class CancelRequest(VersionRequest):
    """Who asked for it, and why."""

    cancelled_by = serializers.ChoiceField(Appointment.CancelledBy.choices)
    reason = TextField(required=False, allow_blank=True, max_length=300, default="")


class AnswerRequest(VersionRequest):
    """Whether the patient will come, as they said."""

    participant_status = serializers.ChoiceField(AppointmentResponse.Status.choices)
    channel = serializers.ChoiceField(AppointmentResponse.Channel.choices)
    note = TextField(required=False, allow_blank=True, max_length=300, default="")
    sequence = WholeNumberField(
        required=False,
        allow_null=True,
        default=None,
        min_value=0,
        max_value=2**31 - 1,
        help_text="The invite's SEQUENCE that was answered; left out: the latest. An older one changes nothing.",
    )
    answered_at = InstantField(required=False, allow_null=True, default=None)
    carer = IdField(required=False, allow_null=True, default=None, help_text="Who answered; left out: the patient.")


class NoshowRequest(VersionRequest):
    """The patient did not come."""

    reason = TextField(required=False, allow_blank=True, max_length=300, default="")


class StartRequest(VersionRequest):
    """Into the procedure room."""

    override_reason = TextField(
        required=False,
        allow_blank=True,
        max_length=300,
        default="",
        help_text="A doctor's written reason to start although a gate is red. Without it: 422 with `not_ready`.",
    )


class RecordRequest(Request):
    """The record of a dose, as it is written down."""

    given_at = InstantField()
    lot = TextField(required=False, allow_blank=True, max_length=40, default="")
    expires_on = DayField(required=False, allow_null=True, default=None)
    dose_amount = AmountField(required=False, allow_null=True, default=None)
    volume_ml = AmountField(required=False, allow_null=True, default=None)
    csf_removed_ml = AmountField(required=False, allow_null=True, default=None)
    operator_name = TextField(max_length=120)
    second_checker_name = TextField(required=False, allow_blank=True, max_length=120, default="")
    access_route = serializers.ChoiceField(AccessRoute.choices, required=False, allow_blank=True, default="")
    sedation = serializers.ChoiceField(Sedation.choices, required=False, allow_blank=True, default="")
    is_blood_taken = TruthField(required=False, allow_null=True, default=None)
    is_csf_kept = TruthField(required=False, allow_null=True, default=None)
    events = TextField(
        required=False, allow_blank=True, max_length=300, default="", help_text="Anything untoward, in words."
    )
    note = TextField(required=False, allow_blank=True, max_length=300, default="")


class GivenRequest(RecordRequest, VersionRequest):
    """A dose given, as it is written down at the visit."""

    lot = TextField(max_length=40)
    dose_amount = AmountField()


class AdministrationAnswer(Answer):
    """The record that a dose was given."""

    id = serializers.UUIDField(source="public_id")
    given_at = InstantField()
    given_on = serializers.DateField()
    lot = serializers.CharField(allow_blank=True)
    dose_amount = serializers.DecimalField(max_digits=8, decimal_places=2, allow_null=True)
    dose_unit = serializers.CharField(allow_blank=True)


class GivenAnswer(Answer):
    """What followed: the record, the next dose, and visits that no longer fit their windows."""

    appointment = AppointmentAnswer()
    administration = AdministrationAnswer()
    next_dose = DoseAnswer(allow_null=True)
    unfitting = serializers.ListField(child=serializers.UUIDField())


# --- the day ---------------------------------------------------------------------------------------------------------
class ClosureAnswer(Answer):
    """A time when a resource, or the whole unit where it is null, takes nobody."""

    id = serializers.UUIDField(source="public_id")
    resource = ResourceAnswer(allow_null=True)
    starts_at = InstantField()
    ends_at = InstantField()
    reason = serializers.CharField()


class PauseAnswer(Answer):
    """A break of a list, in which no procedure runs."""

    starts_at = InstantField()
    ends_at = InstantField()


class HeldListAnswer(Answer):
    """A room's list on the day: when procedures may run, who operates, when patients may come and must be gone."""

    room = ResourceAnswer()
    operators = ResourceAnswer(many=True)
    opens_at = InstantField()
    closes_at = InstantField()
    first_in_at = InstantField(allow_null=True)
    last_out_at = InstantField()
    breaks = PauseAnswer(many=True)


class DayBoardAnswer(Answer):
    """One unit's day."""

    unit = UnitAnswer()
    on = serializers.DateField()
    rooms = ResourceAnswer(many=True)
    places = ResourceAnswer(many=True)
    lists = HeldListAnswer(many=True, source="held_lists")
    closures = ClosureAnswer(many=True)
    visits = AppointmentAnswer(many=True)
