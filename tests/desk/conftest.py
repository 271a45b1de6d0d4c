"""Somebody at a browser, with a ward at work."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

if TYPE_CHECKING:
    from django.http import HttpResponse

    from patients.models import Patient
    from scheduling.models import Appointment
    from tests.ward import Ward

PANEL: dict[str, Any] = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "panel"}
"""How htmx asks for the panel."""


class Words(HTMLParser):
    """What a page says, without its markup."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def __str__(self) -> str:
        return " ".join(" ".join(self.parts).split())


def words(response: HttpResponse | Any) -> str:
    """The page's words."""
    return str(Words(response.content.decode()))


@pytest.fixture
def staff(ward: Ward) -> Callable[[str], Client]:
    """`staff("nurse")`: that member of the cast, signed in."""
    from tests.cast import signed_in

    return lambda who: signed_in(getattr(ward.cast, who))


@pytest.fixture
def patient(ward: Ward, clock: Any) -> Patient:
    """Somebody whose next dose is due tomorrow."""
    from tests.ward import maintenance_patient

    return maintenance_patient(ward)


@pytest.fixture
def visit(ward: Ward, patient: Patient) -> Appointment:
    """That patient's visit: today at ten, in Room 1 with Dr Malik."""
    from scheduling.services import book_appointment
    from tests.ward import TODAY, dose_id

    return book_appointment(
        ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(TODAY, "10:00")
    )
