"""The gate: who gets in, who is kept out, and what a stranger learns. Points 7 and 10 of what done means."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from time_machine import travel

from patients.models import AccessEntry, Carer, Patient, WorklistItem
from reminders.models import GateAddress, PersonalLink
from reminders.services.links import revoke_links
from tests.portal.visitor import BORN, DAY, WRONG, Visitor, link_to, text_of
from units.errors import NotAllowed


def shows_visit(response: HttpResponse) -> bool:
    return "Can you come?" in text_of(response)


def test_right_birthday_opens_the_page_for_that_browser_only(visitor: Visitor) -> None:
    assert "What is your date of birth?" in visitor.sees()
    assert "Harbour" not in visitor.sees()
    visitor.come_in()
    assert shows_visit(visitor.get())
    assert "What is your date of birth?" in text_of(Client().get(visitor.home))
    entry = AccessEntry.objects.get(patient=visitor.world.patient)
    assert (entry.actor_name, entry.user, entry.page) == ("Patient", None, "own page")


@pytest.mark.parametrize(
    ("day", "month", "year"),
    [("02", "07", "1971"), (" 2 ", "7", "1971"), ("2", "July", "1971"), ("2", "jul.", "1971"), ("٢", "٧", "١٩٧١")],
)
def test_birthday_is_read_as_people_write_it(visitor: Visitor, day: str, month: str, year: str) -> None:
    assert visitor.post(day=day, month=month, year=year).status_code == 303


@pytest.mark.parametrize(
    ("day", "month", "year"),
    [("", "", ""), ("31", "2", "1971"), ("x", "7", "1971"), ("2", "7", "0"), ("²", "7", "1971")],
)
def test_what_is_no_date_is_no_try(visitor: Visitor, day: str, month: str, year: str) -> None:
    response = visitor.post(day=day, month=month, year=year)
    assert response.status_code == 422
    assert "Write a date of birth, such as 31 3 1980." in text_of(response)
    visitor.link.refresh_from_db()
    assert visitor.link.wrong_tries == 0


def test_fifth_wrong_birthday_pauses_even_the_right_one(visitor: Visitor) -> None:
    codes = [visitor.post(**WRONG).status_code for _ in range(6)]
    assert codes == [422, 422, 422, 422, 429, 429]
    assert visitor.post(**BORN).status_code == 429
    with travel(timezone.now() + timedelta(minutes=16)):
        assert visitor.post(**BORN).status_code == 303
    visitor.link.refresh_from_db()
    assert (visitor.link.wrong_tries, visitor.link.locked_until) == (0, None)


def test_wrong_birthdays_on_many_links_pause_the_address_they_come_from(visitor: Visitor) -> None:
    others = [link_to(visitor.world.book(ahead=n * DAY)) for n in range(11, 15)]
    for link in others:
        Client().post(f"/v/{link.token}/", WRONG)
    visitor.post(**WRONG)
    assert visitor.post(**BORN).status_code == 429
    elsewhere = Client(REMOTE_ADDR="192.0.2.9")
    assert elsewhere.post(visitor.home, BORN).status_code == 303
    assert GateAddress.objects.count() == 2
    assert not GateAddress.objects.filter(digest__contains="192").exists()


def test_twentieth_wrong_birthday_ends_the_link_and_asks_for_a_call(visitor: Visitor) -> None:
    at = timezone.now()
    for n in range(20):
        with travel(at + timedelta(minutes=16 * n)):
            last = Client(REMOTE_ADDR=f"192.0.2.{n}").post(visitor.home, WRONG)
    assert last.status_code == 404
    task = WorklistItem.objects.get(key=f"link-guessed:{visitor.link.pk}")
    assert (task.kind, task.patient) == ("call", visitor.world.patient)
    assert "tried on the link of the patient. Ring them" in task.detail
    assert visitor.post(**BORN).status_code == 404


def test_call_about_a_carers_link_says_whose_it_was(visitor: Visitor) -> None:
    theirs = Visitor(visitor.world, visitor.visit, link_to(visitor.visit, carer=visitor.world.carer_too()))
    PersonalLink.objects.filter(pk=theirs.link.pk).update(wrong_tries=19)
    assert theirs.post(**WRONG).status_code == 404
    task = WorklistItem.objects.get(key=f"link-guessed:{theirs.link.pk}")
    assert "tried on the link of the carer Noor Fairweather. Ring them" in task.detail
    assert visitor.post(**BORN).status_code == 303


def test_every_link_that_does_not_work_is_answered_the_same(visitor: Visitor) -> None:
    """Unknown, revoked, past, of a carer who is no longer to be told, after a death: nobody learns which."""
    answers = [Client().get("/v/AAAAAAAAAAAAAAAAAAAAAA/")]
    for change in (
        lambda: PersonalLink.objects.update(revoked_at=timezone.now()),
        lambda: Patient.objects.update(deceased_at=timezone.now()),
    ):
        change()
        answers.append(visitor.get())
        PersonalLink.objects.update(revoked_at=None)
        Patient.objects.update(deceased_at=None)
    with travel(timezone.now() + 13 * DAY):
        answers.append(visitor.get())
    carers = link_to(visitor.visit, carer=visitor.world.cast.carer)
    answers.append(Client().get(f"/v/{carers.token}/"))
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert "Ines" not in text_of(answers[0])


def test_a_link_lives_until_the_end_of_the_day_after_the_visit(visitor: Visitor) -> None:
    ends = visitor.world.unit.local(visitor.visit.ends_at)
    midnight = ends.replace(hour=0, minute=0, second=0, microsecond=0)
    with travel(midnight + 2 * DAY - timedelta(minutes=1)):
        assert visitor.get().status_code == 200
    with travel(midnight + 2 * DAY + timedelta(minutes=1)):
        assert visitor.get().status_code == 404


def test_carer_is_asked_for_the_patients_birthday_and_told_whose_page_it_is(visitor: Visitor) -> None:
    carer = visitor.world.carer_too()
    theirs = Visitor(visitor.world, visitor.visit, link_to(visitor.visit, carer=carer))
    assert "What is the patient's date of birth?" in theirs.sees()
    assert "These are the appointments of Ines." in theirs.come_in().sees()
    assert AccessEntry.objects.get(patient=visitor.world.patient).actor_name == "Carer"
    Carer.objects.update(receives_invites=False)
    assert theirs.get().status_code == 404


def test_a_browser_that_showed_one_birthday_opens_nobody_elses_page(visitor: Visitor) -> None:
    other = visitor.world.cast.other_patient
    link = link_to(visitor.world.book(other))
    visitor.come_in()
    assert "What is your date of birth?" in text_of(visitor.browser.get(f"/v/{link.token}/"))
    for path in ("answer/", "calendar/"):
        assert visitor.browser.post(f"/v/{link.token}/{path}").status_code == 303
    assert not other.feed_tokens.exists()


def test_the_page_shuts_after_half_an_hour_and_at_once_when_asked(visitor: Visitor) -> None:
    visitor.come_in()
    with travel(timezone.now() + timedelta(minutes=31)):
        assert not shows_visit(visitor.get())
    visitor.come_in()
    visitor.post("leave/")
    assert not shows_visit(visitor.get())


def test_cookie_made_up_or_torn_opens_nothing(visitor: Visitor) -> None:
    for value in ("", "x", '[1,"patient"]:x:y', "é" * 500):
        visitor.browser.cookies["own_page"] = value
        assert not shows_visit(visitor.get())


def test_headers_and_cookies_keep_the_secret(visitor: Visitor) -> None:
    response = visitor.come_in().get()
    assert response.headers["Referrer-Policy"] == "strict-origin"
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    cookie = visitor.browser.cookies["own_page"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["max-age"]) == ("/v/", True, "Lax", 1800)
    assert visitor.link.token not in cookie.value
    title = response.content.decode().split("<title>")[1].split("</title>")[0]
    assert title.strip() == "Hospital appointment"


def test_secret_is_not_in_the_database_and_not_guessable_from_it(visitor: Visitor) -> None:
    stored = " ".join(str(value) for value in PersonalLink.objects.filter(pk=visitor.link.pk).values_list()[0])
    assert visitor.link.token not in stored
    assert len(visitor.link.token) == 22
    assert Client().get(f"/v/{visitor.link.nonce}/").status_code == 404
    assert Client().get(f"/v/{visitor.link.digest}/").status_code == 404


def test_staff_end_every_link_and_calendar_of_a_patient_in_one_go(visitor: Visitor) -> None:
    visitor.come_in().post("calendar/")
    cast = visitor.world.cast
    with pytest.raises(NotAllowed):
        revoke_links(cast.actor("manager"), patient_id=visitor.world.patient.public_id)
    assert revoke_links(cast.actor("coordinator"), patient_id=visitor.world.patient.public_id) == 2
    assert visitor.get().status_code == 404
    visitor.link.refresh_from_db()
    assert visitor.link.revoked_by_name == "Ada Coordinator"
