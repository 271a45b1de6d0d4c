"""Somebody with a link in their mail, and a browser."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client

from reminders.models import PersonalLink
from scheduling.models import Appointment
from tests.cast import Cast
from tests.reminders.world import World, world_of

DAY = timedelta(days=1)
BORN = {"day": "2", "month": "7", "year": "1971"}
WRONG = {"day": "3", "month": "7", "year": "1971"}


@dataclass
class Visitor:
    world: World
    visit: Appointment
    link: PersonalLink
    browser: Client = field(default_factory=Client)

    @property
    def home(self) -> str:
        return f"/v/{self.link.token}/"

    def get(self, path: str = "", **query: Any) -> Any:
        return self.browser.get(f"{self.home}{path}", query)

    def post(self, path: str = "", **sent: Any) -> Any:
        return self.browser.post(f"{self.home}{path}", sent)

    def come_in(self) -> Visitor:
        """The birthday was shown."""
        assert self.post(**BORN).status_code == 303
        return self

    def answers(self, answer: str, **more: Any) -> Any:
        sequence = self.visit.ical_sequence
        return self.post("answer/", **{"visit": self.visit.public_id, "sequence": sequence, "answer": answer, **more})

    def sees(self, **query: Any) -> str:
        return text_of(self.get(**query))


def text_of(response: HttpResponse) -> str:
    """The page's words, one space between them."""
    return " ".join(response.content.decode().replace("&#x27;", "'").split())


def link_to(visit: Appointment, *, carer: Any = None) -> PersonalLink:
    return PersonalLink.objects.create(
        appointment=visit,
        patient=visit.patient,
        carer=carer,
        recipient=f"carer:{carer.pk}" if carer else "patient",
    )


def visitor_of(cast: Cast) -> Visitor:
    world = world_of(cast)
    visit = world.book(ahead=10 * DAY)
    return Visitor(world, visit, link_to(visit))
