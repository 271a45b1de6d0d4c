"""Patients, doses and resources, as other answers name them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.fields import InstantField
from doseplans.models import AccessRoute, ProtocolStep
from patients.models import Authorisation, Channel, Check, Consent, Flag, Patient
from scheduling.models import Resource


class Answer(serializers.Serializer[Any]):
    """Something the API only says."""


class ResourceAnswer(Answer):
    """A room, a recovery place or a person."""

    id = serializers.UUIDField(source="public_id")
    kind = serializers.ChoiceField(Resource.Kind.choices)
    name = serializers.CharField()


class UnitAnswer(Answer):
    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    timezone = serializers.CharField(help_text="IANA name; all calendar days are meant in it.")


class PatientAnswer(Answer):
    """Who somebody is: what every page names before an act."""

    id = serializers.UUIDField(source="public_id")
    family_name = serializers.CharField()
    given_name = serializers.CharField()
    birth_date = serializers.DateField()
    nhs_number = serializers.CharField(allow_null=True, help_text="Ten digits; null where it is not known.")
    hospital_number = serializers.CharField()


class FlagAnswer(Answer):
    """An alert or a need, as the banner shows it."""

    kind = serializers.ChoiceField(Flag.Kind.choices)
    code = serializers.ChoiceField(Flag.Code.choices)
    text = serializers.CharField()


class PatientFoundAnswer(PatientAnswer):
    """A patient in a list."""

    sex = serializers.ChoiceField(Patient.Sex.choices)
    has_died = serializers.SerializerMethodField()
    flags = FlagAnswer(many=True)

    def get_has_died(self, patient: Patient) -> bool:
        return patient.deceased_at is not None


class CarerAnswer(Answer):
    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    relationship = serializers.CharField(allow_blank=True)
    phone = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)
    receives_invites = serializers.BooleanField()


class ConsentAnswer(Answer):
    kind = serializers.ChoiceField(Consent.Kind.choices)
    given_on = serializers.DateField()
    expires_on = serializers.DateField(allow_null=True)
    withdrawn_on = serializers.DateField(allow_null=True)


class CheckAnswer(Answer):
    """A finding before a lumbar puncture; one entered in error counts no more."""

    kind = serializers.ChoiceField(Check.Kind.choices)
    done_on = serializers.DateField()
    is_acceptable = serializers.BooleanField()
    result = serializers.CharField(allow_blank=True)
    recorded_by = serializers.CharField(source="recorded_by_name", allow_blank=True)
    is_entered_in_error = serializers.BooleanField()


class AuthorisationAnswer(Answer):
    status = serializers.ChoiceField(Authorisation.Status.choices)
    funding_source = serializers.ChoiceField(Authorisation.Source.choices)
    requested_on = serializers.DateField(allow_null=True)
    approved_on = serializers.DateField(allow_null=True)
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)
    units_approved = serializers.IntegerField(allow_null=True)
    doses_approved = serializers.IntegerField(allow_null=True)
    note = serializers.CharField(allow_blank=True)


class DoseAnswer(Answer):
    """One step of a plan: when it is due and why."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField(source="*")
    kind = serializers.ChoiceField(ProtocolStep.Kind.choices)
    number = serializers.IntegerField(source="number_in_kind")
    sequence = serializers.IntegerField()
    ideal_on = serializers.DateField()
    target_on = serializers.DateField()
    earliest_on = serializers.DateField()
    latest_on = serializers.DateField()
    rule = serializers.CharField(help_text="In words: what the dates are counted from.")


class HoldAnswer(Answer):
    """While it stands nothing of the plan is booked."""

    reason = serializers.CharField()
    placed_on = serializers.DateField()
    review_on = serializers.DateField(allow_null=True)


class PlannedDoseAnswer(Answer):
    """A dose of a plan with what became of it. `late_days` and `drift_days` count from its target and its ideal."""

    dose = DoseAnswer(allow_null=True)
    name = serializers.CharField(source="label")
    is_given = serializers.BooleanField()
    given_at = InstantField(source="administration.given_at", allow_null=True, default=None)
    administration = serializers.UUIDField(
        source="administration.public_id",
        allow_null=True,
        default=None,
        help_text="The record that it was given; a correction says which record it replaces.",
    )
    late_days = serializers.IntegerField(source="lateness", allow_null=True)
    drift_days = serializers.IntegerField(source="drift")


class PlanAnswer(Answer):
    """A course of one protocol."""

    id = serializers.UUIDField(source="plan.public_id")
    protocol = serializers.CharField(source="plan.protocol")
    access_route = serializers.ChoiceField(AccessRoute.choices, source="plan.access_route")
    starts_on = serializers.DateField(source="plan.starts_on")
    ended_on = serializers.DateField(source="plan.ended_on", allow_null=True)
    hold = HoldAnswer(allow_null=True)
    doses = PlannedDoseAnswer(many=True, source="line.doses")


class PatientRecordAnswer(PatientFoundAnswer):
    """One patient's record."""

    unit = UnitAnswer()
    phone = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)
    postal_address = serializers.CharField(allow_blank=True, help_text="A line a line of the address.")
    preferred_channel = serializers.ChoiceField(Channel.choices)
    consultant_name = serializers.CharField(allow_blank=True)
    carers = CarerAnswer(many=True, source="read_carers")
    consents = ConsentAnswer(many=True, source="read_consents")
    authorisations = AuthorisationAnswer(many=True, source="read_authorisations")
    plans = PlanAnswer(many=True, source="read_plans")
