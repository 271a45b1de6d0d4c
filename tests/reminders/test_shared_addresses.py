"""Two patients at one address, and a carer of two patients: what is whose never mixes."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from patients.models import Carer, Patient, WorklistItem
from reminders.ical import read_invite
from reminders.inbound.handling import Arrived, handle
from reminders.models import Reply
from scheduling.models import Appointment
from tests.cast import make_patient
from tests.portal.visitor import BORN, DAY, Visitor, link_to
from tests.reminders.inbound.mails import OURS, Said, gmail, written
from tests.reminders.mailserver import MailServer
from tests.reminders.world import World, derive_and_send, mails

SHARED = "h100001@example.org"
BROTHER = {"day": "9", "month": "3", "year": "1968"}


@pytest.fixture
def brother(world: World) -> Patient:
    """Another patient of the unit, with the cast's patient's address, telephone and carer."""
    patient = make_patient(world.unit, "Fairweather", "H100009", nhs_number="9996815609")
    Patient.objects.filter(pk=patient.pk).update(
        given_name="Owen", birth_date="1968-03-09", email=SHARED, phone=world.patient.phone
    )
    patient.refresh_from_db()
    world.carer_too()
    Carer.objects.create(
        patient=patient,
        name="Noor Fairweather",
        relationship="sister-in-law",
        email="carer1@example.org",
        receives_invites=True,
    )
    return patient


def answers() -> dict[str, list[tuple[str, str]]]:
    return {
        visit.patient.given_name: [(one.respondent.partition(":")[0], one.participant_status) for one in visit.answers]
        for visit in Appointment.objects.prefetch_related("responses").order_by("starts_at")
    }


def test_mail_of_each_has_its_own_name_visit_and_link(
    world: World,
    brother: Patient,
    smtp: MailServer,
) -> None:
    visits = {"Ines": world.book(), "Owen": world.book(brother, ahead=12 * DAY)}
    derive_and_send()
    sent = mails(smtp)
    assert sorted(mail.recipient for mail in sent) == ["carer1@example.org"] * 2 + [SHARED] * 2
    links = set()
    for mail in sent:
        name = "Owen" if "Owen" in mail.text else "Ines"
        other = "Ines" if name == "Owen" else "Owen"
        assert other not in mail.text + mail.html
        told = read_invite(mail.calendar)
        assert (told.uid, told.starts_at) == (str(visits[name].uid), visits[name].starts_at)
        assert [one.address for one in told.attendees] == [mail.recipient]
        links |= set(re.findall(r"/v/[\w-]+/", mail.text))
    assert len(links) == 4


def test_answer_by_calendar_counts_for_the_visit_it_names(
    world: World,
    brother: Patient,
    settings: object,
) -> None:
    settings.INBOUND_AUTHSERV_ID = OURS  # type: ignore[attr-defined]
    ours, theirs = world.book(), world.book(brother, ahead=12 * DAY)
    now = timezone.now().replace(microsecond=0)
    for said in (
        Said(theirs.uid, SHARED, "DECLINED", dtstamp=now),
        Said(ours.uid, "carer1@example.org", "ACCEPTED", dtstamp=now),
    ):
        assert handle(Arrived(gmail(said), timezone.now())).outcome == Reply.Outcome.APPLIED
    assert answers() == {"Ines": [("carer", "accepted")], "Owen": [("patient", "declined")]}
    assert WorklistItem.objects.get(kind="declined").patient == brother


def test_what_is_written_from_a_shared_address_hangs_on_nobodys_record(
    world: World,
    brother: Patient,
    smtp: MailServer,
) -> None:
    handle(Arrived(written(f"Somebody <{SHARED}>", "Can I bring my sister?"), timezone.now()))
    task = WorklistItem.objects.get(kind="unmatched_reply")
    assert (task.patient, task.detail.partition(",")[0]) == (None, "From an address that several patients share")
    world.book(brother)
    derive_and_send()
    mail = next(mail for mail in mails(smtp) if mail.recipient == SHARED)
    more = f"In-Reply-To: {mail.headers['Message-ID']}\r\n"
    handle(Arrived(written(f"Somebody <{SHARED}>", "By bus", more=more), timezone.now()))
    assert WorklistItem.objects.get(kind="unmatched_reply", patient=brother).detail.startswith("From the patient,")


@pytest.mark.parametrize("is_carer", [False, True])
def test_own_pages_of_two_never_mix(world: World, brother: Patient, *, is_carer: bool) -> None:
    visits = [world.book(), world.book(brother, ahead=12 * DAY)]
    browser = Client()  # one telephone in the family
    pages = [
        Visitor(world, visit, link_to(visit, carer=visit.patient.carers.get() if is_carer else None), browser)
        for visit in visits
    ]
    ours, theirs = pages
    ours.come_in().answers("ring")
    assert "date of birth" in theirs.sees()  # one birthday shown opens nobody else's page
    assert theirs.post(**BORN).status_code == 422
    assert theirs.post(**BROTHER).status_code == 303
    assert "You asked us to ring you." not in theirs.sees()
    assert theirs.answers("accepted").status_code == 303
    assert theirs.answers("no_call").status_code == 303  # of their own there is none
    assert theirs.answers("declined", visit=visits[0].public_id).status_code == 404
    assert answers()["Ines"] == []
    assert len(answers()["Owen"]) == 1
    assert WorklistItem.objects.get(key__startswith="ring:", done_at__isnull=True).patient == world.patient
    feed = re.search(r'value="https?://[^/]+(/calendar/[^"]+)"', text_after(theirs))
    assert feed
    entries = Client().get(feed[1]).content.decode()
    assert (str(visits[1].uid) in entries, str(visits[0].uid) in entries) == (True, False)


def text_after(visitor: Visitor) -> str:
    """The page once it shows an address for calendar programs."""
    assert visitor.post("calendar/").status_code == 303
    return str(visitor.get().content.decode())
