"""Several visits at once: a series of a plan's doses, and two visits that change places."""

from __future__ import annotations

from rest_framework import serializers

from api.fields import IdField, InstantField, TextField, TruthField, WholeNumberField
from api.serializers.records import Answer, DoseAnswer
from api.serializers.visits import AppointmentAnswer, Request, SlotAnswer, VersionRequest
from scheduling.services.planning.series import MOST, USUAL


class SeriesPlaceRequest(Request):
    """A slot for one dose of a series, as it was proposed."""

    dose = IdField()
    starts_at = InstantField(help_text="When the patient arrives.")
    room = IdField()
    operator = IdField()
    is_admitted = TruthField(
        required=False, allow_null=True, default=None, help_text="Admitted the day before, at the unit's hour."
    )


class SeriesRequest(Request):
    """How many doses, and the slots that were chosen for some of them."""

    count = WholeNumberField(required=False, min_value=1, max_value=MOST, default=USUAL)
    chosen = serializers.ListField(child=SeriesPlaceRequest(), required=False, default=list, max_length=MOST)


class SeriesBookRequest(Request):
    """The slots of a series, one a dose."""

    places = serializers.ListField(child=SeriesPlaceRequest(), min_length=1, max_length=MOST)


class SeriesLineAnswer(Answer):
    """One dose with the dates that follow from the slots before it. Without a slot `problem` says why."""

    dose = DoseAnswer()
    slot = SlotAnswer(allow_null=True)
    others = SlotAnswer(many=True, help_text="Other slots it could have.")
    problem = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True, help_text="What is different from what was chosen.")


class SeriesAnswer(Answer):
    """The next doses as they could be booked. Only the last line can be without a slot. Nothing is kept meanwhile."""

    lines = SeriesLineAnswer(many=True)


class AppointmentsAnswer(Answer):
    """The visits that one act made or changed. Undoing it for one of them undoes it for all."""

    appointments = AppointmentAnswer(many=True)


class SwapRequest(VersionRequest):
    """The other visit, and the versions of both as they were read."""

    other = IdField()
    other_version = WholeNumberField(required=False, allow_null=True, default=None, min_value=1, max_value=2**31 - 1)
    reason = TextField(required=False, allow_blank=True, max_length=300, default="")


class SwapPreviewRequest(Request):
    """The other visit."""

    other = IdField()


class SwapChangeAnswer(Answer):
    """One of the two visits: when its patient arrives and where, before and after."""

    appointment = serializers.UUIDField(source="visit.public_id")
    was_at = InstantField()
    was_place = serializers.CharField(source="was")
    now_at = InstantField(source="visit.arrives_at")
    now_place = serializers.CharField(source="now")


class SwapPreviewAnswer(Answer):
    """What the swap would do. Both would fit, or this is refused with the reason."""

    changes = SwapChangeAnswer(many=True)
