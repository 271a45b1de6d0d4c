"""An earlier time offered: who is written to, what it says, and when it must not leave."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from patients.models import Patient, WorklistItem
from reminders.models import Message, Purpose
from reminders.services import derive_messages
from scheduling.models import Closure, Offer, OfferedVisit
from scheduling.services.waiting.offers import accept_offer, settle_offers, withdraw_offer
from tests.cast import Cast
from tests.reminders.mailserver import MailServer
from tests.reminders.reading import read_mail
from tests.reminders.world import derive_and_send, world_of
from tests.scheduling.waiting import freed, offer_to, waiter
from tests.ward import Ward, open_ward


@pytest.fixture
def ward(cast: Cast) -> Ward:
    world_of(cast)
    return open_ward(cast)


@pytest.fixture
def two(ward: Ward) -> list[Patient]:
    """Two who wait, whose invites are out, and a slot that came free in three days."""
    today = ward.unit.today()
    due, booked = today + timedelta(days=4), today + timedelta(days=6)
    patients = [waiter(ward, n, due=due, booked=booked, clock=clock) for n, clock in ((1, "09:00"), (2, "13:00"))]
    freed(ward, today + timedelta(days=3))
    derive_and_send()
    return patients


def mails(smtp: MailServer) -> list[str]:
    return [read_mail(caught.raw).subject for caught in smtp.caught]


def key_of(patient: Patient) -> OfferedVisit:
    return OfferedVisit.objects.get(dose__plan__patient=patient)


def test_offer_is_told_and_then_gone(ward: Ward, two: list[Patient], smtp: MailServer) -> None:
    smtp.caught.clear()
    offer_to(ward, two)
    derive_and_send()
    derive_and_send()
    assert mails(smtp) == ["An earlier time for your hospital appointment"] * 2
    text = read_mail(smtp.caught[0].raw).text
    visit, offered = two[0].appointments.get(), key_of(two[0])
    local = ward.unit.local(offered.starts_at)
    assert f"{local:%A} {local.day} {local:%B %Y}" in text
    assert "9am" in text
    assert f"Your appointment on {ward.unit.local(visit.starts_at):%A} " in text
    assert "Please answer by: " in text
    assert two[0].family_name not in mails(smtp)[0]
    smtp.caught.clear()
    accept_offer(ward.cast.actor("coordinator"), offered_id=offered.public_id)
    derive_and_send()
    assert [subject.split(":")[0] for subject in sorted(mails(smtp))] == [
        "New time",
        "The earlier time for your hospital appointment is gone",
    ]
    assert sorted(caught.recipients[0] for caught in smtp.caught) == ["w000001@example.org", "w000002@example.org"]


def test_an_offer_that_lapses_before_sending_is_not_sent(ward: Ward, two: list[Patient], smtp: MailServer) -> None:
    smtp.caught.clear()
    first, second = two
    offer = offer_to(ward, two)
    derive_messages()
    assert Message.objects.filter(purpose=Purpose.OFFER, state="pending").count() == 2
    offered = key_of(first)
    Closure.objects.create(
        unit=ward.unit,
        resource=ward.rooms[0],
        starts_at=offered.starts_at,
        ends_at=offered.ends_at,
        reason="A leak",
    )
    derive_and_send()
    assert mails(smtp) == []
    assert set(Message.objects.filter(purpose=Purpose.OFFER).values_list("state", "why")) == {
        ("skipped", "Room 1 is closed then.")
    }
    withdraw_offer(ward.cast.actor("coordinator"), offer_id=offer.public_id)
    derive_and_send()
    assert mails(smtp) == []
    assert set(Message.objects.filter(purpose=Purpose.OFFER_OVER).values_list("why", flat=True)) == {
        "No offer had gone out, so there is nothing to take back."
    }
    assert second.appointments.get().status == "booked"


def test_withdrawn_before_anybody_was_written_to_writes_nothing(
    ward: Ward, two: list[Patient], smtp: MailServer
) -> None:
    smtp.caught.clear()
    offer = offer_to(ward, two)
    withdraw_offer(ward.cast.actor("coordinator"), offer_id=offer.public_id)
    derive_and_send()
    assert mails(smtp) == []
    assert not Message.objects.filter(purpose=Purpose.OFFER).exists()


def test_who_cannot_be_written_to_is_rung(ward: Ward, two: list[Patient], smtp: MailServer) -> None:
    Patient.objects.filter(pk=two[0].pk).update(accepts_email=False)
    Patient.objects.filter(pk=two[1].pk).update(preferred_channel="phone")
    smtp.caught.clear()
    offer_to(ward, two)
    derive_and_send()
    calls = WorklistItem.objects.filter(key__startswith="offer:").order_by("patient")
    assert [call.detail.rpartition(". ")[2] for call in calls] == ["Does not want e-mail.", "Wants a call."]
    assert mails(smtp) == ["An earlier time for your hospital appointment"]
    assert all(call.done_at is None for call in calls)
    Offer.objects.update(expires_at=timezone.now())
    assert settle_offers(at=timezone.now()) == 1
    assert not calls.filter(done_at__isnull=True).exists()
