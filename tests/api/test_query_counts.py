"""A list costs the same number of queries for one row and for thirty."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.conftest import Caller
from tests.ward import TODAY, dose_id, maintenance_patient

if TYPE_CHECKING:
    from tests.ward import Ward


def queries(caller: Caller, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = caller.get(path)
    assert response.status_code == 200
    return len(captured)


@pytest.mark.parametrize("path", ["doses-to-book/", "patients/", "appointments/", f"day-board/{TODAY}/"])
def test_list_costs_the_same_for_thirty(path: str, ward: Ward, clock: Any, caller: Callable[[str], Caller]) -> None:
    from scheduling.services import book_appointment

    def fill(first: int, last: int) -> None:
        for number in range(first, last):
            patient = maintenance_patient(ward, number)
            if number < 6:
                at = f"{9 + number % 6:02}:00"
                book_appointment(
                    ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(TODAY, at)
                )

    nurse = caller("nurse")
    fill(0, 1)
    maintenance_patient(ward, 100)
    nurse.get(path)
    one = queries(nurse, path)
    fill(1, 31)
    assert queries(nurse, path) == one
