"""Every state of the page in languages that nobody speaks: no English is left, and it can stand from right to left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from time_machine import travel

from patients.models import Patient
from reminders.catalogue import PSEUDO, PSEUDO_RIGHT_TO_LEFT
from scheduling.models import Appointment, AppointmentResponse, OfferedVisit
from tests.cast import Cast
from tests.portal.visitor import BORN, DAY, WRONG, Visitor, link_to, visitor_of
from tests.pseudo import english_in, spoken
from tests.reminders.world import world_of
from tests.scheduling.waiting import freed, offer_to, waiter
from tests.ward import open_ward, start_plan
from units.models import Unit

# The letters on the buttons for the size of the words, what the cast is called, the languages' own names and codes.
NAMES = {
    *("Ines", "Harbour", "Hospital", "Quay", "Road", "Anytown", "AN", "AA"),
    *("English", PSEUDO, PSEUDO_RIGHT_TO_LEFT),
}
LANGUAGES = [PSEUDO, PSEUDO_RIGHT_TO_LEFT]


@pytest.fixture
def speaker(cast: Cast, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    visitor = visitor_of(cast)
    Unit.objects.update(directions="", what_to_bring="")
    Patient.objects.filter(pk=visitor.world.patient.pk).update(language=request.param)
    with spoken(tmp_path):
        yield visitor


def read(page: object, language: str) -> str:
    """The page's markup, once it is all in the language."""
    html = page.content.decode()  # type: ignore[attr-defined]
    assert f'lang="{language}"' in html
    assert ('dir="rtl"' in html) == (language == PSEUDO_RIGHT_TO_LEFT)
    assert set(english_in(html)) <= NAMES, sorted(set(english_in(html)) - NAMES)
    return html


@pytest.mark.parametrize("speaker", LANGUAGES, indirect=True)
def test_no_english_is_left_before_the_birthday_is_shown(speaker: Visitor) -> None:
    language = Patient.objects.get(pk=speaker.world.patient.pk).language
    read(speaker.get(), language)
    read(speaker.post(day="31", month="13", year="1971"), language)
    carer = link_to(speaker.visit, carer=speaker.world.carer_too())
    read(Client().get(f"/v/{carer.token}/"), language)
    for _ in range(5):
        read(speaker.post(**WRONG), language)
    locked = speaker.post(**BORN)
    assert locked.status_code == 429
    read(locked, language)
    read(Client().get("/v/AAAAAAAAAAAAAAAAAAAAAA/", headers={"Accept-Language": f"{language}, en;q=0.5"}), language)


@pytest.mark.parametrize("speaker", LANGUAGES, indirect=True)
def test_no_english_is_left_on_any_state_of_the_page(speaker: Visitor) -> None:
    language = Patient.objects.get(pk=speaker.world.patient.pk).language
    carer = speaker.world.carer_too()
    theirs = Visitor(speaker.world, speaker.visit, link_to(speaker.visit, carer=carer)).come_in()
    speaker.world.book(ahead=20 * DAY)
    speaker.come_in()
    read(speaker.get(answer="declined"), language)
    for answer in ("declined", "accepted", "ring"):
        assert speaker.answers(answer).status_code == 303
        read(speaker.get(), language)
    theirs.answers("declined")
    speaker.post("calendar/")
    plan = start_plan(speaker.world.patient, given=[], next_on=timezone.now().date())
    plan.holds.create(reason="Fever", placed_on=timezone.now().date(), placed_by_name="Dr Malik")
    Appointment.objects.filter(pk=speaker.visit.pk).update(dose=plan.doses.first())
    for visitor in (speaker, theirs):
        read(visitor.get(), language)
    by_reply = AppointmentResponse.objects.filter(respondent="patient").latest("pk")
    by_reply.pk, by_reply.public_id, by_reply.participant_status = None, uuid4(), "tentative"
    by_reply.save()
    assert "ñóť šúŕé ýéť" in read(speaker.get(), language)
    for answer in ({"answer": ""}, {"answer": "accepted", "note": "x" * 201}, {"sequence": 5, "answer": "accepted"}):
        read(speaker.answers(**answer), language)
    for status in ("cancelled", "arrived", "noshow", "fulfilled"):
        Appointment.objects.filter(pk=speaker.visit.pk).update(status=status)
        read(speaker.get(s="0"), language)
        read(speaker.answers("accepted"), language)
    Appointment.objects.filter(pk=speaker.visit.pk).update(status="booked", ical_sequence=1)
    read(speaker.get(s="0"), language)
    for at in (speaker.visit.starts_at + timedelta(minutes=5), speaker.visit.ends_at + timedelta(minutes=5)):
        with travel(at):
            read(speaker.come_in().get(), language)


def test_no_english_is_left_of_an_earlier_time(cast: Cast, tmp_path: Path) -> None:
    world, ward = world_of(cast), open_ward(cast)
    Unit.objects.update(directions="", what_to_bring="")
    today = ward.unit.today()
    patient = waiter(ward, 1, due=today + timedelta(days=4), booked=today + timedelta(days=6))
    freed(ward, today + timedelta(days=3))
    offer_to(ward, [patient])
    Patient.objects.filter(pk=patient.pk).update(language=PSEUDO_RIGHT_TO_LEFT)
    with spoken(tmp_path):
        visitor = Visitor(world, patient.appointments.get(), link_to(patient.appointments.get())).come_in()
        page = read(visitor.get(), PSEUDO_RIGHT_TO_LEFT)
        assert 'value="accept"' in page
        assert "\u206601632 960001\u2069" in page
        for state in ("declined", "missed"):
            OfferedVisit.objects.update(state=state, answered_at=timezone.now())
            read(visitor.get(), PSEUDO_RIGHT_TO_LEFT)


def test_page_is_read_as_its_reader_chose_then_as_the_record_then_as_the_browser_says(
    cast: Cast, tmp_path: Path
) -> None:
    visitor = visitor_of(cast)
    with spoken(tmp_path):
        Patient.objects.update(language="xx")
        asked = visitor.browser.get(visitor.home, headers={"Accept-Language": "qpr-latn, en;q=0.5"})
        assert 'lang="qpr"' in asked.content.decode()
        Patient.objects.update(language=PSEUDO)
        assert f'lang="{PSEUDO}"' in visitor.get().content.decode()
        visitor.post("reading/", language="en")
        assert "What is your date of birth?" in visitor.sees()
        visitor.post("reading/", language="de")
        assert "What is your date of birth?" in visitor.sees()
