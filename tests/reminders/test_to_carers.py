"""Mail to a carer says whose visit it is from its first line on, in every text and language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from patients.models import Patient
from reminders.catalogue import PSEUDO
from reminders.ical import read_invite
from reminders.models import Message, MessageText, Purpose
from reminders.selectors import text_for
from reminders.services.opening import text_of
from reminders.shipped import SHIPPED
from reminders.shipped_to_carers import TO_CARERS
from reminders.shipping import parts_of, said_to_carer, shipped_text
from tests.cast import Cast
from tests.pseudo import english_in, spoken
from tests.reminders.mailserver import MailServer
from tests.reminders.reading import Mail
from tests.reminders.world import DAY, World, derive_and_send, mails

pytestmark = pytest.mark.django_db
# What the reader, and not the patient, does or is.
READERS_OWN = re.compile(
    r"\byour (calendar|mail)\b|you need not do anything|answer came from you|Was it you|write to you"
)
ABOUT = "You get this because Ines asked us to tell you too."


def to_carer(smtp: MailServer) -> list[Mail]:
    return [mail for mail in mails(smtp) if mail.recipient == "carer1@example.org"]


@pytest.mark.parametrize("purpose", Purpose.values)
def test_no_text_calls_the_visit_the_carers(purpose: str) -> None:
    text = said_to_carer(shipped_text(purpose, "standard"))
    first = text.body.split("\n\n")[1]
    assert "{patient}" not in text.subject
    assert ("your" in text.subject.lower(), "your" in first.lower()) == (False, False)
    said_of_the_reader = READERS_OWN.sub("", text.body)
    for words in (
        "Your",
        "your hospital",
        "whether you can",
        "you have",
        "If you cannot",
        "If you would",
        "If you do ",
    ):
        assert words not in said_of_the_reader, (purpose, words)
    if purpose != Purpose.OFFER_OVER:  # there the visit that stands is named below
        assert "{patient}" in first


def test_every_wording_for_carers_is_of_a_text_that_ships() -> None:
    shipped = {part for purpose in SHIPPED for part in parts_of(shipped_text(purpose, "standard"))}
    assert set(TO_CARERS) - shipped == set()


def test_first_line_of_a_carers_mail_says_whose_visit_it_is(world: World, smtp: MailServer) -> None:
    world.carer_too()
    visit = world.book()
    derive_and_send()
    world.move(visit, DAY)
    derive_and_send()
    world.cancel(visit)
    derive_and_send()
    told = to_carer(smtp)
    assert [mail.text.split("\n")[2] for mail in told] == [
        "Ines has a hospital appointment.",
        "Ines's hospital appointment has changed. Please use this time and forget the earlier one.",
        told[2].text.split("\n")[2],
    ]
    assert told[2].text.split("\n")[2].startswith("Ines's hospital appointment on ")
    assert [mail.subject.partition(" on ")[0] for mail in told] == [
        "Hospital appointment",
        "New time: hospital appointment now",
        "Cancelled: hospital appointment",
    ]
    for mail in told:
        assert "Ines" not in mail.subject
        assert read_invite(mail.calendar).title == "Hospital appointment"
        assert "Ines" not in mail.calendar.decode()
        assert ABOUT in mail.text
        assert "our appointment" not in mail.html.partition("</h1>")[0]
    assert "See the appointment: " in told[0].text
    patients = [mail for mail in mails(smtp) if mail.recipient != "carer1@example.org"]
    assert patients[0].text.split("\n")[2] == "You have a hospital appointment."
    assert "See your appointment: " in patients[0].text


def test_words_of_a_units_own_come_after_whose_visit_it_is(world: World, smtp: MailServer) -> None:
    body = "Hello {name}\n\nYour appointment: {arrive_day}, {arrive_time}. Ring {phone}."
    MessageText.objects.create(unit=world.unit, purpose="invite", language="en", subject="Hello", body=body)
    world.carer_too()
    world.book()
    derive_and_send()
    (mail,) = to_carer(smtp)
    assert mail.text.split("\n")[:3] == [ABOUT, "", "Hello Noor Fairweather"]
    assert mail.text.count(ABOUT) == 1
    assert mail.html.count(ABOUT) == 1
    assert mail.html.index(ABOUT) < mail.html.index("Hello Noor")
    message = Message.objects.get(recipient__startswith="carer:", purpose="invite")
    assert text_of(message).startswith(ABOUT)


def test_units_own_text_may_name_the_patient_to_carers_alone(world: World, smtp: MailServer) -> None:
    body = "Hello {name}\n\nThis is about {patient}.\n\n{arrive_day}, {arrive_time}. Ring {phone}."
    MessageText.objects.create(unit=world.unit, purpose="invite", language="en", subject="Hello", body=body)
    world.carer_too()
    world.book()
    derive_and_send()
    (mail,) = to_carer(smtp)
    (patients,) = (mail for mail in mails(smtp) if mail.recipient != "carer1@example.org")
    assert mail.text.startswith("Hello Noor Fairweather\n\nThis is about Ines.\n\n")
    assert "This is about" not in patients.text


@pytest.mark.parametrize("purpose", Purpose.values)
def test_carers_words_are_translated_like_the_patients(cast: Cast, tmp_path: Path, purpose: str) -> None:
    with spoken(tmp_path):
        text = text_for(cast.unit.pk, purpose, PSEUDO, is_to_carer=True)
        theirs = text_for(cast.unit.pk, purpose, PSEUDO)
    assert text.language == PSEUDO
    assert english_in(re.sub(r"\{\w+\}", "", f"{text.subject}\n{text.body}")) == []
    assert text.body != theirs.body


def test_no_english_is_left_in_a_carers_mail(world: World, smtp: MailServer, tmp_path: Path) -> None:
    Patient.objects.filter(pk=world.patient.pk).update(language=PSEUDO)
    type(world.unit).objects.update(directions="", what_to_bring="")
    world.patient.refresh_from_db()
    world.carer_too()
    with spoken(tmp_path):
        world.book()
        derive_and_send()
    (mail,) = to_carer(smtp)
    known = {"Noor", "Fairweather", "Ines", "Harbour", "Hospital", "Quay", "Road", "Anytown", "AN", "AA"}
    assert set(english_in(f"{mail.subject}\n{mail.html}")) - known == set()
    assert "Ines" in mail.text.split("\n")[2]
