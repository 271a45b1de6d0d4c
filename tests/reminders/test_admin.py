"""The admin of texts and messages."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from reminders.models import Message, MessageText
from reminders.services import derive_messages
from tests.cast import signed_in
from tests.reminders.world import World

TEXTS = reverse("admin:reminders_messagetext_changelist")
ADD = reverse("admin:reminders_messagetext_add")
PREVIEW = reverse("admin:reminders_messagetext_preview")
MESSAGES = reverse("admin:reminders_message_changelist")
BODY = "Dear {name}\r\n\r\n{arrive_day}, {arrive_time}. Ring {phone}."


@pytest.fixture
def administrator(world: World) -> Client:
    return signed_in(world.cast.administrator)


def typed(world: World, **changes: str) -> dict[str, str]:
    return {
        "unit": str(world.unit.pk),
        "purpose": "invite",
        "variant": "standard",
        "language": "en",
        "subject": "Your appointment",
        "body": BODY,
        "is_active": "on",
        **changes,
    }


def test_administrator_adds_a_text_of_the_unit(world: World, administrator: Client) -> None:
    answer = administrator.post(ADD, typed(world))
    assert answer.status_code == 302
    text = MessageText.objects.get(unit=world.unit)
    assert (text.version, text.subject, text.is_active) == (1, "Your appointment", True)


def test_changing_the_words_makes_a_version_and_history(world: World, administrator: Client) -> None:
    administrator.post(ADD, typed(world))
    first = MessageText.objects.get(unit=world.unit)
    change = reverse("admin:reminders_messagetext_change", args=[first.pk])
    page = administrator.get(change).content.decode()
    assert "Sam Sample" in page
    answer = administrator.post(change, typed(world, subject="Better words"))
    assert answer.status_code == 302
    rows = MessageText.objects.filter(unit=world.unit).order_by("version")
    assert list(rows.values_list("version", "subject")) == [(1, "Your appointment"), (2, "Better words")]
    second = rows[1]
    listed = administrator.get(f"{TEXTS}?unit__id__exact={world.unit.pk}").content.decode()
    assert listed.count('class="is-yes"') == 1  # one of the two is in use: the later
    history = administrator.get(reverse("admin:reminders_messagetext_history", args=[second.pk])).content.decode()
    assert "Ada Administrator" in history


def test_taking_a_version_out_of_use_makes_no_new_one(world: World, administrator: Client) -> None:
    administrator.post(ADD, typed(world))
    text = MessageText.objects.get(unit=world.unit)
    values = typed(world)
    del values["is_active"]
    administrator.post(reverse("admin:reminders_messagetext_change", args=[text.pk]), values)
    text.refresh_from_db()
    assert (text.is_active, MessageText.objects.filter(unit=world.unit).count()) == (False, 1)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"body": BODY + " {nmae}"}, "There is no variable {nmae}. Did you mean {name}?"),
        ({"body": BODY + " Tofersen"}, "“Tofersen” must not stand in a message"),
        ({"body": "Ring {phone}"}, "The text must say {arrive_day}"),
        ({"subject": "For {name}"}, "{name} cannot stand in the subject"),
    ],
)
def test_bad_text_is_refused_in_words(
    world: World, administrator: Client, changes: dict[str, str], problem: str
) -> None:
    answer = administrator.post(ADD, typed(world, **changes))
    assert answer.status_code == 200
    assert problem in answer.content.decode()
    assert not MessageText.objects.filter(unit=world.unit).exists()


def test_text_for_all_units_is_refused_to_the_administrator_of_one(world: World, administrator: Client) -> None:
    answer = administrator.post(ADD, typed(world, unit=""), follow=True)
    assert "Ask your administrator" in answer.content.decode()
    common = MessageText.objects.get(unit=None, purpose="invite", variant="standard")
    page = administrator.get(reverse("admin:reminders_messagetext_change", args=[common.pk]))
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert MessageText.objects.filter(purpose="invite").count() == 3  # a variant each, as shipped


def test_preview_shows_the_typed_words_and_saves_nothing(world: World, administrator: Client) -> None:
    answer = administrator.post(PREVIEW, typed(world, subject="On {arrive_day}"))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Dear Sam Sample" in page
    assert "{arrive_day}" not in page.partition("<h2>")[2]
    assert MessageText.objects.filter(unit=world.unit).count() == 0
    bad = administrator.post(PREVIEW, typed(world, body=BODY + " Tofersen")).content.decode()
    assert "“Tofersen” must not stand in a message" in bad
    assert administrator.get(PREVIEW).status_code == 200


@pytest.mark.parametrize("who", ["coordinator", "nurse", "manager", "loner"])
def test_preview_is_shut_to_others(world: World, who: str) -> None:
    answer = signed_in(getattr(world.cast, who)).post(PREVIEW, typed(world))
    assert answer.status_code in {302, 403}


def test_messages_are_there_to_look_at_and_nobody_elses(world: World, administrator: Client) -> None:
    world.book()
    world.book(world.cast.other_patient)
    derive_messages()
    ours = Message.objects.filter(patient=world.patient)[0]
    theirs = Message.objects.filter(patient=world.cast.other_patient)[0]
    page = administrator.get(MESSAGES).content.decode()
    assert "Ines Fairweather" in page
    assert "Hartnoll" not in page
    look = reverse("admin:reminders_message_change", args=[ours.pk])
    assert administrator.get(look).status_code == 200
    assert administrator.post(look, {"state": "sent"}).status_code == 403
    assert administrator.get(reverse("admin:reminders_message_change", args=[theirs.pk])).status_code in {403, 404}
    assert administrator.get(reverse("admin:reminders_message_add")).status_code == 403
    assert administrator.post(reverse("admin:reminders_message_delete", args=[ours.pk])).status_code == 403


def test_preview_opens_as_a_mail_and_as_a_letter(world: World, administrator: Client) -> None:
    mail = administrator.post(PREVIEW, typed(world, **{"as": "html", "is_large_print": "on"}))
    assert "font-size:24px" in mail.content.decode()
    assert "sandbox" in mail.headers["Content-Security-Policy"]
    letter = administrator.post(PREVIEW, typed(world, **{"as": "letter"}))
    assert (letter.headers["Content-Type"], letter.content[:5]) == ("application/pdf", b"%PDF-")


def test_preview_of_a_text_message_says_its_length(world: World, administrator: Client) -> None:
    words = {"variant": "short", "subject": "", "body": "Hospital, {short_day}, {arrive_time}.\r\nRing {phone}."}
    page = administrator.post(PREVIEW, typed(world, **words)).content.decode()
    assert "characters: one text message." in page
    long = administrator.post(PREVIEW, typed(world, **{**words, "body": words["body"] + " Please." * 20})).content
    assert "goes in 2 parts" in long.decode()


def test_history_shows_what_a_version_says_otherwise(world: World, administrator: Client) -> None:
    administrator.post(ADD, typed(world))
    first = MessageText.objects.get(unit=world.unit)
    change = reverse("admin:reminders_messagetext_change", args=[first.pk])
    administrator.post(change, typed(world, body=BODY + "\r\nBring a book."))
    second = MessageText.objects.get(unit=world.unit, version=2)
    page = administrator.get(reverse("admin:reminders_messagetext_history", args=[second.pk])).content.decode()
    assert "Against version 1" in page
    assert "<ins>Bring a book.</ins>" in page


def test_unit_says_nothing_that_a_message_must_not(world: World, administrator: Client) -> None:
    change = reverse("admin:units_unit_change", args=[world.unit.pk])
    page = administrator.post(change, {"directions": "Follow the signs to Lumbar Puncture", "address": "AN1 2AA"})
    assert "“Lumbar”, “Puncture” must not stand in a message." in page.content.decode()
    page = administrator.post(change, {"directions": "Sat nav: AN1 2AA", "address": "Quay Road AN1 2AA"})
    assert "must not stand in a message" not in page.content.decode()
