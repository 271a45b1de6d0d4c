"""A unit opened in the admin can book a visit without a plan at once, and sets the lengths itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client

from scheduling.models import VisitKind
from scheduling.selectors.errands import visit_kinds
from scheduling.services.visits.kinds import add_usual_visit_kinds
from tests.cast import signed_in
from units.actors import Actor
from units.errors import NotAllowed
from units.models import Unit

if TYPE_CHECKING:
    from tests.cast import Cast

pytestmark = pytest.mark.django_db

NAMES = ["Blood patch", "Diagnostic lumbar puncture", "Headache review"]
FORM = {
    "name": "Meadow Day Unit",
    "timezone": "Europe/London",
    "nation": "WLS",
    "is_active": "on",
    "quiet_from": "20:00",
    "quiet_until": "08:00",
    "undo_seconds": 20,
    "reservation_minutes": 10,
    "notice_hours": 12,
    "post_working_days": 3,
    "downtime_list_at": "18:00",
}


def opened(client: Client) -> Unit:
    assert client.post("/admin/units/unit/add/", FORM).status_code == 302
    return Unit.objects.get(name=FORM["name"])


@pytest.mark.parametrize("who", ["administrator", "installer"])
def test_a_new_unit_has_the_usual_visits(cast: Cast, who: str) -> None:
    client = signed_in(getattr(cast, who))
    unit = opened(client)
    kinds = visit_kinds(Actor.system("test"), unit=unit)
    assert [kind.name for kind in kinds] == NAMES
    changed = {**FORM, "name": "Meadow Unit"}
    assert client.post(f"/admin/units/unit/{unit.pk}/change/", changed).status_code == 302
    assert VisitKind.objects.filter(unit=unit).count() == len(NAMES)


def test_its_lengths_are_local_policy_and_can_be_changed(cast: Cast) -> None:
    client = signed_in(cast.administrator)
    patch = VisitKind.objects.get(unit=opened(client), name="Blood patch")
    page = f"/admin/scheduling/visitkind/{patch.pk}/change/"
    assert "Local policy" in client.get(page).content.decode()
    form = {
        "unit": patch.unit_id,
        "name": patch.name,
        "is_active": "on",
        "minutes_before": 30,
        "minutes_procedure": 60,
        "minutes_recovery": 120,
        "minutes_discharge": 15,
    }
    assert client.post(page, form).status_code == 302
    patch.refresh_from_db()
    assert (patch.minutes_procedure, patch.minutes_recovery) == (60, 120)


def test_who_sets_up_no_unit_adds_none(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        add_usual_visit_kinds(cast.actor("nurse"), unit=cast.unit)
    assert not VisitKind.objects.exists()
