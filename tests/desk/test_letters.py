"""Letters to print, as a clerk meets them: the list, one PDF, the pile, and what became of it."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from reminders.models import PrintRun
from reminders.services import derive_messages
from reminders.services.links import revoke_links
from tests.cast import make_patient, signed_in
from tests.reminders.posting import wants_letters
from tests.reminders.world import DAY, World, world_of

pytestmark = pytest.mark.django_db
LETTERS = reverse("desk:letters")
MAKE = reverse("desk:make_print_run")
NEXT_MONTH = 30 * DAY


@pytest.fixture
def world(cast) -> World:  # type: ignore[no-untyped-def]
    world = world_of(cast)
    wants_letters(world.patient)
    return world


@pytest.fixture
def clerk(world: World) -> Client:
    return signed_in(world.cast.coordinator)


def words_of(client: Client, url: str) -> str:
    page = client.get(url).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", page[page.index("<main") :]).split())


def test_nothing_waits(clerk: Client) -> None:
    assert "No letter waits to be printed." in words_of(clerk, LETTERS)
    answer = clerk.post(MAKE, follow=True)
    assert "No letter waits to be printed any more." in answer.content.decode()


def test_clerk_prints_posts_and_finds_the_account_of_it(world: World, clerk: Client) -> None:
    world.book(ahead=NEXT_MONTH)
    derive_messages()
    assert "Make a PDF of 1 letter" in words_of(clerk, LETTERS)
    page = clerk.post(MAKE)
    run = PrintRun.objects.get()
    assert page.headers["Location"] == reverse("desk:print_run", args=[run.public_id])
    pdf = clerk.get(reverse("desk:print_run_pdf", args=[run.public_id]))
    assert (pdf.headers["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    assert "no-store" in pdf.headers["Cache-Control"]
    assert "1 letter is in the post" in words_of(clerk, page.headers["Location"])
    posted = reverse("desk:letters_posted", args=[run.public_id])
    clerk.post(posted)
    assert "Posted by Ada Coordinator" in words_of(clerk, LETTERS)
    assert clerk.post(posted).status_code == 409
    assert clerk.post(MAKE).headers["Location"] == LETTERS


def test_page_opened_before_a_change_is_shown_what_to_take_out(world: World, clerk: Client) -> None:
    visit = world.book(ahead=NEXT_MONTH)
    world.book(wants_letters(make_patient(world.unit, "Okonjo", "H100002")), ahead=NEXT_MONTH)
    derive_messages()
    clerk.post(MAKE)
    run = PrintRun.objects.get()
    world.cancel(visit)
    derive_messages()
    posted = reverse("desk:letters_posted", args=[run.public_id])
    refused = clerk.post(posted)
    assert refused.status_code == 409
    assert "Take letter 1 out of the pile: it is no longer right." in refused.content.decode()
    assert 'name="taken_out" value="1"' in refused.content.decode()
    assert clerk.post(posted, {"taken_out": "1"}).status_code == 302
    assert "Taken out" in words_of(clerk, reverse("desk:print_run", args=[run.public_id]))


def test_one_letter_spoilt_waits_again(world: World, clerk: Client) -> None:
    world.book(ahead=NEXT_MONTH)
    derive_messages()
    clerk.post(MAKE)
    run = PrintRun.objects.get()
    answer = clerk.post(reverse("desk:letters_spoilt", args=[run.public_id]), {"number": "1"}, follow=True)
    assert "1 letter waits to be printed again." in answer.content.decode()
    assert "Make a PDF of 1 letter" in words_of(clerk, LETTERS)


def test_list_asks_as_often_for_many_letters_as_for_one(world: World, clerk: Client, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    world.book(ahead=NEXT_MONTH)
    derive_messages()
    clerk.get(LETTERS)
    with CaptureQueriesContext(
        connection,
    ) as one:
        clerk.get(LETTERS)
    for number in range(2, 8):
        patient = wants_letters(make_patient(world.unit, f"Okonjo{number}", f"H10000{number}"))
        world.book(patient, ahead=NEXT_MONTH)
    derive_messages()
    with django_assert_num_queries(len(one)):
        clerk.get(LETTERS)


def test_letter_whose_link_was_ended_is_never_posted_and_gets_a_new_one(world: World, clerk: Client) -> None:
    world.book(ahead=NEXT_MONTH)
    world.book(wants_letters(make_patient(world.unit, "Okonjo", "H100002")), ahead=NEXT_MONTH)
    derive_messages()
    clerk.post(MAKE)
    first = PrintRun.objects.get()
    page = reverse("desk:print_run", args=[first.public_id])
    told = "Take letter 1 out of the pile: its link to the reader's own page was ended since."
    assert told not in words_of(clerk, page).replace("&#x27;", "'")
    revoke_links(world.cast.actor("coordinator"), patient_id=world.patient.public_id)
    posted = reverse("desk:letters_posted", args=[first.public_id])
    refused = clerk.post(posted)  # from a page opened before
    assert refused.status_code == 409
    assert told in refused.content.decode().replace("&#x27;", "'")
    assert "1 letter is in the post" in words_of(clerk, page)
    answer = clerk.post(posted, {"taken_out": "1"}, follow=True)
    assert "Put down: 1 letter is in the post. 1 is to be printed again." in answer.content.decode()
    assert "Make a PDF of 1 letter" in words_of(clerk, LETTERS)
    clerk.post(MAKE)
    second = PrintRun.objects.exclude(pk=first.pk).get()
    assert "out of the pile: its link" not in words_of(clerk, reverse("desk:print_run", args=[second.public_id]))


def test_pile_of_which_nothing_is_right_is_not_said_to_be_posted(world: World, clerk: Client) -> None:
    visit = world.book(ahead=NEXT_MONTH)
    derive_messages()
    clerk.post(MAKE)
    world.cancel(visit)
    derive_messages()
    posted = reverse("desk:letters_posted", args=[PrintRun.objects.get().public_id])
    answer = clerk.post(posted, {"taken_out": "1"}, follow=True)
    assert "Put down: nothing of it was posted." in answer.content.decode()
    assert "Posted by" not in answer.content.decode()
    assert "Spoilt, said Ada Coordinator" in answer.content.decode()
