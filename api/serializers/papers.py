"""Consents, checks and authorisations, and a plan begun."""

from __future__ import annotations

from rest_framework import serializers

from api.fields import DayField, IdField, TextField, TruthField, WholeNumberField
from api.serializers.records import Answer
from api.serializers.visits import Request
from doseplans.models import AccessRoute
from patients.models import Authorisation, Check, Consent


class ConsentRequest(Request):
    """A consent given on paper."""

    kind = serializers.ChoiceField(Consent.Kind.choices)
    given_on = DayField()
    expires_on = DayField(required=False, allow_null=True, default=None)


class CheckRequest(Request):
    """A finding, as the clinician who looked at it decided."""

    kind = serializers.ChoiceField(Check.Kind.choices)
    done_on = DayField()
    is_acceptable = TruthField()
    result = TextField(
        required=False, allow_blank=True, max_length=80, default="", help_text="As reported, with its unit."
    )


class AuthorisationRequest(Request):
    """Who pays, and for how much."""

    status = serializers.ChoiceField(Authorisation.Status.choices)
    funding_source = serializers.ChoiceField(Authorisation.Source.choices)
    requested_on = DayField(required=False, allow_null=True, default=None)
    approved_on = DayField(required=False, allow_null=True, default=None)
    valid_from = DayField(required=False, allow_null=True, default=None)
    valid_to = DayField(required=False, allow_null=True, default=None)
    units_approved = WholeNumberField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=2**31 - 1,
        help_text="Billing units: J1304 counts 1 a milligram.",
    )
    doses_approved = WholeNumberField(required=False, allow_null=True, default=None, min_value=1, max_value=2**15 - 1)
    note = TextField(required=False, allow_blank=True, max_length=200, default="")


class StartPlanRequest(Request):
    """A plan to begin, and the facts that its protocol asks for. What is missing stops booking, not planning."""

    protocol = IdField(help_text="A version in use: see `/protocols/`.")
    starts_on = DayField(help_text="The day the first dose is planned for.")
    access_route = serializers.ChoiceField(AccessRoute.choices, required=False, default=AccessRoute.UNGUIDED)
    consultant_name = TextField(required=False, allow_blank=True, max_length=120, default="")
    prescriber_name = TextField(required=False, allow_blank=True, max_length=120, default="")
    genetic_test_note = TextField(required=False, allow_blank=True, max_length=120, default="")
    review_on = DayField(required=False, allow_null=True, default=None)
    pregnancy_discussed_on = DayField(required=False, allow_null=True, default=None)


class ProtocolAnswer(Answer):
    """A version of a protocol that a plan can be started on; all units share them."""

    id = serializers.UUIDField(source="public_id")
    code = serializers.CharField()
    version = serializers.IntegerField()
    name = serializers.CharField()
    medicine = serializers.CharField(allow_blank=True)
