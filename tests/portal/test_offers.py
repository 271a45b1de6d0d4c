"""An earlier time on the page: taken, refused, gone; and two who press at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from patients.models import Patient
from reminders.models import PersonalLink
from reminders.words import day_words
from scheduling.models import Offer, OfferedVisit
from scheduling.services import cancel_appointment
from scheduling.services.waiting.offers import withdraw_offer
from tests.cast import Cast
from tests.portal.visitor import Visitor, link_to, text_of
from tests.reminders.world import world_of
from tests.scheduling.waiting import freed, offer_to, waiter
from tests.ward import Ward, open_ward


@pytest.fixture
def ward(cast: Cast) -> Ward:
    world_of(cast)
    return open_ward(cast)


@pytest.fixture
def two(ward: Ward) -> list[Visitor]:
    """Two who wait and have opened their pages, and an offer to both."""
    today = ward.unit.today()
    due, booked = today + timedelta(days=4), today + timedelta(days=6)
    patients = [waiter(ward, n, due=due, booked=booked, clock=clock) for n, clock in ((1, "09:00"), (2, "13:00"))]
    freed(ward, today + timedelta(days=3))
    offer_to(ward, patients)
    return [_visitor(ward, patient) for patient in patients]


def _visitor(ward: Ward, patient: Patient) -> Visitor:
    visit = patient.appointments.get()
    return Visitor(world_of(ward.cast), visit, link_to(visit)).come_in()


def offered(visitor: Visitor) -> OfferedVisit:
    return OfferedVisit.objects.get(dose__plan__patient=visitor.visit.patient)


def say(visitor: Visitor, choice: str) -> int:
    return visitor.post(f"offers/{offered(visitor).public_id}/", choice=choice).status_code


def test_first_to_press_has_it_and_the_other_is_told_kindly(two: list[Visitor]) -> None:
    first, second = two
    before = first.sees()
    assert "I take this time" in before
    day = " ".join(day_words(first.visit.arrives_at, "en").split())
    assert f"in place of your appointment on {day}, " in before
    assert (say(first, "accept"), say(second, "accept")) == (303, 409)
    first.visit.refresh_from_db()
    assert first.visit.starts_at == offered(first).starts_at
    assert "You took this time. It is your appointment now." in first.sees()
    assert "This time is no longer free. We are sorry. Your appointment stays as it is." in second.sees()
    assert say(first, "accept") == 409  # the other tab
    assert Offer.objects.get().state == "accepted"


def test_whoever_comes_by_another_visits_link_is_shown_the_visit_that_moved(two: list[Visitor], ward: Ward) -> None:
    first = two[0]
    later = world_of(ward.cast).book(first.visit.patient, ahead=timedelta(days=40))
    by_later = Visitor(world_of(ward.cast), later, link_to(later)).come_in()
    answer = by_later.post(f"offers/{offered(first).public_id}/", choice="accept")
    assert answer.headers["Location"].endswith(f"?visit={first.visit.public_id}")
    assert by_later.sees().count("You took this time.") == 1  # not above the later visit, but in the list
    cancel_appointment(
        ward.cast.actor("coordinator"), appointment_id=first.visit.public_id, cancelled_by="unit", reason="Closed"
    )
    assert "You took this time." not in by_later.sees()


def test_no_thanks_keeps_the_visit_and_the_other_may_have_it(two: list[Visitor]) -> None:
    first, second = two
    assert say(first, "decline") == 303
    assert "You said no to this time." in first.sees()
    assert say(first, "accept") == 409
    assert say(second, "accept") == 303


def test_withdrawn_offer_is_over_and_kindly_said(two: list[Visitor], ward: Ward) -> None:
    withdraw_offer(ward.cast.actor("coordinator"), offer_id=Offer.objects.get().public_id)
    page = text_of(two[0].post(f"offers/{offered(two[0]).public_id}/", choice="accept"))
    assert "This time is no longer free." in page
    assert "I take this time" not in page


def test_nobody_answers_what_was_offered_to_somebody_else(two: list[Visitor]) -> None:
    first, second = two
    theirs = offered(second)
    assert first.post(f"offers/{theirs.public_id}/", choice="accept").status_code == 404
    assert PersonalLink.objects.get(pk=second.link.pk).patient.appointments.get().ical_sequence == 0
    assert offered(second).state == "asked"
