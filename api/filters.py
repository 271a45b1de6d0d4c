"""How visits are narrowed down."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from scheduling.engine.ticks import wall_clock
from scheduling.models import Appointment
from units.models import Unit


class DayFilter(django_filters.DateFilter):
    """A calendar day in each unit's own zone, written as 2026-11-24 and in no other way."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)


class AppointmentFilter(django_filters.FilterSet):
    """`?day=2026-11-24&patient=…&unit=…&status=booked`."""

    day = DayFilter(method="on_day", help_text="A calendar day, in each unit's own zone.")
    patient = django_filters.UUIDFilter("patient__public_id")
    unit = django_filters.UUIDFilter("unit__public_id")
    status = django_filters.ChoiceFilter(choices=Appointment.Status.choices)

    class Meta:
        model = Appointment
        fields = ["day", "patient", "unit", "status"]

    def is_valid(self) -> bool:
        """As always, but `?day=` is a value forgotten, not every day."""
        is_fine: bool = super().is_valid()
        for name in self.filters:
            if self.data.get(name) == "":
                self.form.add_error(name, "A value is missing.")
                is_fine = False
        return is_fine

    def on_day(self, visits: QuerySet[Appointment], name: str, on: date) -> QuerySet[Appointment]:
        """The visits of the day; units in other zones have it at other instants."""
        if not 2000 <= on.year < 2100:
            return visits.none()
        days = Q(pk__in=())
        for unit in Unit.objects.filter(pk__in=visits.order_by().values("unit_id")):
            since = wall_clock(on, time(0), unit.zone)
            until = wall_clock(on + timedelta(days=1), time(0), unit.zone)
            days |= Q(unit=unit, starts_at__gte=since, starts_at__lt=until)
        return visits.filter(days)
