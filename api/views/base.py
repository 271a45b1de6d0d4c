"""What every view of the API has in common."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from api.fields import DayField
from api.pagination import Pages
from units.actors import Actor
from units.current import current_unit
from units.errors import NotFound
from units.models import Unit
from units.policy import Act
from units.selectors import unit_by_public_id

M = TypeVar("M", bound=Model)

UNIT = OpenApiParameter(
    "unit", OpenApiTypes.UUID, description="One of your units; without it the one chosen in the pages."
)
DAY_IN_PATH = OpenApiParameter("on", OpenApiTypes.DATE, OpenApiParameter.PATH, description="In the unit's zone.")


class ClinicView(APIView):
    """A view for people who are signed in and whose role carries its act (`api.permissions.ActPermission`).

    `acts` names the act by method where they differ. `problems` adds statuses to the description, by method.
    """

    act: ClassVar[Act | None] = None
    acts: ClassVar[Mapping[str, Act]] = {}
    problems: ClassVar[Mapping[str, tuple[int, ...]]] = {}

    @property
    def actor(self) -> Actor:
        actor: Actor = self.request._request.actor  # type: ignore[attr-defined]
        return actor

    @property
    def at(self) -> datetime:
        """The instant the answer is about."""
        return timezone.now()

    def body(self, serializer: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """What was sent, checked. Raises ValidationError."""
        return checked(serializer, self.request.data)

    def query(self, serializer: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """What the address asks, checked. Raises ValidationError.

        As a plain mapping: a form's empty field counts as left out, but `?on=` in an address is a fault.
        """
        asked, fields = self.request.query_params, serializer().fields
        lists = {name: asked.getlist(name) for name in asked if isinstance(fields.get(name), serializers.ListField)}
        return checked(serializer, asked.dict() | lists)

    def unit(self, act: Act) -> Unit:
        """The unit asked for, or the current one, if the actor may do `act` there.

        Raises: NotFound, NotAllowed.
        """
        asked = self.request.query_params.get("unit")
        if asked is None:
            unit = current_unit(self.request._request)
            self.actor.require(act, unit.pk)
            return unit
        return unit_by_public_id(self.actor, checked(_UnitRequest, {"unit": asked})["unit"], act)

    def paged(self, rows: QuerySet[M] | list[Any], serializer: type[serializers.Serializer[Any]]) -> Response:
        """One page of the rows."""
        paginator = Pages()
        page = paginator.paginate_queryset(rows, self.request, view=self)
        return paginator.get_paginated_response(serializer(page, many=True).data)


class _UnitRequest(serializers.Serializer[Any]):
    unit = serializers.UUIDField()


def checked(serializer: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """The data as the serializer understands it. Raises ValidationError."""
    asked = serializer(data=data)
    asked.is_valid(raise_exception=True)
    found: dict[str, Any] = asked.validated_data
    return found


def uuid_in(text: str) -> UUID:
    """The id in an address. Raises NotFound for anything else: there is no such record."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is no such record in your units.") from None


def day_in(text: str) -> date:
    """The day in an address. Raises NotFound for anything that is no day of this century."""
    try:
        on: date = DayField().run_validation(text)
    except serializers.ValidationError:
        raise NotFound("That is no day. Write it as 2026-11-24.") from None
    return on
