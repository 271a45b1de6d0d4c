"""One day of a unit through the API: its lists as they are held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduling.models import Schedule
from tests.ward import TODAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from time_machine import Traveller

    from tests.api.conftest import Caller
    from tests.ward import Ward


def test_the_day_tells_its_lists_with_their_breaks(
    ward: Ward, caller: Callable[[str], Caller], clock: Traveller
) -> None:
    Schedule.objects.filter(room=ward.rooms[1]).delete()
    held = Schedule.objects.get(room=ward.rooms[0], weekday=2)
    Schedule.objects.filter(pk=held.pk).update(first_in_at="07:30")
    held.breaks.create(starts_at="12:30", ends_at="13:00")
    (told,) = caller("nurse").get(f"day-board/{TODAY}/").json()["lists"]
    assert (told["room"]["name"], [one["name"] for one in told["operators"]]) == ("Room 1", ["Dr Malik", "Dr Osei"])
    clocks = [told[name][11:16] for name in ("first_in_at", "opens_at", "closes_at", "last_out_at")]
    assert clocks == ["07:30", "08:00", "17:00", "20:00"]
    assert [(one["starts_at"][11:16], one["ends_at"][11:16]) for one in told["breaks"]] == [("12:30", "13:00")]
