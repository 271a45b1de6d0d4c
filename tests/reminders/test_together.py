"""A series and a swap in the mailbox: one invite or update for each visit, and nothing after an undo."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from reminders.ical import read_invite
from reminders.models import Message
from scheduling.models import Appointment
from scheduling.services import book_appointment, undo_change
from scheduling.services.planning.series import DosePlace
from scheduling.services.planning.series_booking import book_series
from scheduling.services.visits.swapping import Seen, swap_appointments
from tests.cast import Cast
from tests.reminders.mailserver import MailServer
from tests.reminders.reading import read_mail
from tests.reminders.world import derive_and_send, world_of
from tests.ward import Ward, dose_id, maintenance_patient, next_dose, open_ward
from units.models import Unit

AHEAD = timedelta(days=9)


@pytest.fixture
def ward(cast: Cast) -> Ward:
    world_of(cast)
    return open_ward(cast)


def series(ward: Ward) -> list[Appointment]:
    day = ward.unit.today() + AHEAD
    plan = next_dose(maintenance_patient(ward, due=day)).plan
    places = [
        DosePlace(plan.doses.get(sequence=5 + n).public_id, ward.wanted(day + n * timedelta(days=28))) for n in (0, 1)
    ]
    return book_series(ward.cast.actor("coordinator"), places=places)


def told(smtp: MailServer) -> list[tuple[str, int]]:
    found = (read_invite(read_mail(caught.raw).calendar) for caught in smtp.caught)
    return [(one.uid, one.sequence) for one in found]


def test_each_visit_of_a_series_has_one_invite(ward: Ward, smtp: MailServer) -> None:
    made = series(ward)
    derive_and_send()
    assert sorted(told(smtp)) == sorted((str(visit.uid), 0) for visit in made)


def test_a_series_taken_back_is_never_heard_of(ward: Ward, smtp: MailServer) -> None:
    Unit.objects.filter(pk=ward.unit.pk).update(undo_seconds=20)
    ward.unit.refresh_from_db()
    made = series(ward)
    derive_and_send()
    undo_change(ward.cast.actor("coordinator"), appointment_id=made[0].public_id)
    Message.objects.update(due_at=timezone.now())
    assert set(derive_and_send()) <= {"skipped"}
    assert told(smtp) == []


def test_a_swap_is_one_update_each(ward: Ward, smtp: MailServer) -> None:
    actor, day = ward.cast.actor("coordinator"), ward.unit.today() + AHEAD
    one, other = (
        book_appointment(actor, dose_id=dose_id(maintenance_patient(ward, n, due=day)), wanted=ward.wanted(day, clock))
        for n, clock in ((1, "09:00"), (2, "11:00"))
    )
    derive_and_send()
    swap_appointments(actor, first=Seen(one.public_id), second=Seen(other.public_id))
    derive_and_send()
    assert sorted(told(smtp)[2:]) == sorted((str(visit.uid), 1) for visit in (one, other))
