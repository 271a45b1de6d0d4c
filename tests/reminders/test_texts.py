"""Texts: filled in, checked, refused when indiscreet, published as versions."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from hypothesis import given
from hypothesis import strategies as st

from reminders.errors import TextRefused
from reminders.models import MessageText, Purpose
from reminders.selectors import ChosenText, text_for
from reminders.services import problems_with, publish_text
from reminders.services.previews import preview
from reminders.shipped import SHIPPED
from reminders.texts import SUBJECT_VARIABLES, VARIABLES, fill, indiscretions, problems_of
from reminders.words import day_words, length_words, phone_words, time_words
from tests.cast import Cast
from units.errors import NotAllowed
from units.models import Membership, Unit

MUST_NOT = "must not stand in a message: mail is read by others."
GOOD = "Dear {name}\n\n{arrive_day}, {arrive_time}. Ring {phone}."


@pytest.mark.parametrize("purpose", Purpose.values)
def test_shipped_text_of_every_purpose_passes_its_own_check(purpose: str) -> None:
    text = SHIPPED[purpose]
    assert problems_of(text.subject, text.body, must_name=("arrive_day", "arrive_time", "phone")) == []
    assert len(text.subject) <= 78


@pytest.mark.django_db
def test_shipped_texts_are_in_the_database_of_a_new_installation() -> None:
    rows = {
        row.purpose: (row.unit, row.language, row.version, row.subject, row.body) for row in MessageText.objects.all()
    }
    assert rows == {purpose: (None, "en", 1, text.subject, text.body) for purpose, text in SHIPPED.items()}


def test_line_whose_variables_are_empty_is_left_out_and_blank_lines_do_not_pile_up() -> None:
    text = "Where: {site}\n\nWhat to bring: {bring}\n\nHow to find us: {directions}\n\nPlain line"
    assert fill(text, {"site": "Mill Road"}) == "Where: Mill Road\n\nPlain line"


@given(st.dictionaries(st.sampled_from(sorted(VARIABLES)), st.text(), min_size=1))
def test_values_are_never_read_as_templates(values: dict[str, str]) -> None:
    nested = {name: f"{value}{{phone}}{{name.__class__}}" for name, value in values.items()}
    name = next(iter(nested))
    assert fill(f"x {{{name}}} y", nested).replace("\n", "") in f"x {nested[name]} y".replace("\n", "")


@pytest.mark.parametrize(
    ("subject", "body", "problem"),
    [
        ("Appointment", "Dear {nmae}", "There is no variable {nmae}. Did you mean {name}?"),
        ("Appointment", "Dear {}", "There is no variable {}."),
        ("Appointment", "Dear {name", "A { or } stands alone. Variables look like {arrive_day}."),
        ("Dear {name}", "x", "{name} cannot stand in the subject: it is read on locked screens."),
        ("Two\nlines", "x", "The subject is one line."),
        ("Your Tofersen visit", "x", f"“Tofersen” {MUST_NOT}"),
        ("Appointment", "After your lumbar puncture", f"“lumbar”, “puncture” {MUST_NOT}"),
        ("Appointment", "ALS clinic", f"“ALS” {MUST_NOT}"),
        ("Appointment", "NHS number 999 089 9452", f"“NHS number”, “999 089 9452” {MUST_NOT}"),
    ],
)
def test_text_is_refused_in_words(subject: str, body: str, problem: str) -> None:
    assert problems_of(subject, body) == [problem]


@pytest.mark.parametrize(
    "text",
    [
        "Als je niet kunt komen, bel ons op 020 7946 0000.",
        "Bring a list of your medicines and something to read.",
        "Ring 01632 960001 or +44 7700 900123.",
        "The Spinnaker Hospital, Dosthill Road",
        "It takes about 3 hours.",
    ],
)
def test_ordinary_words_are_not_taken_for_indiscretions(text: str) -> None:
    assert indiscretions(text) == []


@pytest.mark.parametrize(
    "word", ["QALSODY", "nusinersen", "SOD1", "MND", "intrathecally", "Motor  neurone", "9990899452"]
)
def test_indiscretion_is_found_whatever_its_form(word: str) -> None:
    assert indiscretions(f"about {word} here") == [word]


def test_subject_variables_are_variables() -> None:
    assert set(VARIABLES) > SUBJECT_VARIABLES


@pytest.mark.django_db
def test_names_of_the_protocols_in_use_are_refused_too(cast: Cast) -> None:
    from doseplans.models import Protocol

    Protocol.objects.create(code="secret", version=1, name="Zephyrmab", status="draft")
    (problem,) = problems_with("invite", "Appointment", f"{GOOD} zephyrmab")
    assert "“zephyrmab”" in problem


@pytest.mark.django_db
def test_published_text_is_the_next_version_and_the_old_one_stays(cast: Cast) -> None:
    actor = cast.actor("administrator")
    Membership.objects.filter(unit=cast.other_unit).delete()
    cast.other_unit.is_active = False
    cast.other_unit.save()
    second = publish_text(actor, unit=None, purpose="invite", language="en", subject="Second", body=GOOD)
    own = publish_text(actor, unit=cast.unit, purpose="invite", language="en", subject="Own", body=GOOD)
    assert (second.version, own.version) == (2, 1)
    first = MessageText.objects.get(purpose="invite", variant="standard", unit=None, version=1)
    assert first.body == SHIPPED["invite"].body
    assert text_for(cast.unit.pk, "invite", "en").subject == "Own"
    assert text_for(cast.other_unit.pk, "invite", "en").subject == "Second"
    second.is_active = False
    second.save()
    assert text_for(cast.other_unit.pk, "invite", "en").subject == SHIPPED["invite"].subject
    history = apps.get_model("reminders", "MessageTextHistory").objects.filter(pgh_obj=second).order_by("pgh_id")
    assert [row.pgh_label for row in history] == ["insert", "update"]


@pytest.mark.django_db
def test_text_is_chosen_by_language_first_then_unit_then_version(cast: Cast) -> None:
    def add(subject: str, *, unit: Unit | None, language: str, version: int = 1) -> None:
        MessageText.objects.create(
            unit=unit, purpose="invite", language=language, version=version, subject=subject, body=GOOD
        )

    add("cy for all", unit=None, language="cy")
    add("en of the unit", unit=cast.unit, language="en")
    assert text_for(cast.unit.pk, "invite", "cy-gb").subject == "cy for all"
    assert text_for(cast.unit.pk, "invite", "fr").subject == "en of the unit"
    add("cy of the unit", unit=cast.unit, language="cy")
    add("cy of the unit, newer", unit=cast.unit, language="cy", version=2)
    assert text_for(cast.unit.pk, "invite", "cy").subject == "cy of the unit, newer"


@pytest.mark.django_db
def test_missing_text_is_replaced_by_the_one_that_ships(cast: Cast) -> None:
    MessageText.objects.all().delete()
    assert text_for(cast.unit.pk, "cancel", "fr") == text_for(cast.unit.pk, "cancel", "en")
    assert text_for(cast.unit.pk, "cancel", "fr").body == SHIPPED["cancel"].body


@pytest.mark.django_db
def test_text_with_a_problem_is_not_published(cast: Cast) -> None:
    with pytest.raises(TextRefused) as refused:
        publish_text(
            cast.actor("administrator"), unit=cast.unit, purpose="invite", language="en", subject="x", body="No day"
        )
    assert refused.value.facts["problems"] == [
        "The text must say {arrive_day}: the day, such as Tuesday 1 December 2026.",
        "The text must say {arrive_time}: when to arrive, such as 9:30am.",
        "The text must say {phone}: the unit's telephone number.",
    ]
    assert MessageText.objects.filter(unit=cast.unit).count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "who", ["coordinator", "nurse", "doctor", "pharmacist", "manager", "other_administrator", "loner"]
)
def test_only_the_units_administrator_publishes(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        publish_text(cast.actor(who), unit=cast.unit, purpose="invite", language="en", subject="x", body=GOOD)


@pytest.mark.django_db
def test_text_for_every_unit_needs_the_right_in_every_unit(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        publish_text(cast.actor("administrator"), unit=None, purpose="invite", language="en", subject="x", body=GOOD)


@pytest.mark.django_db
def test_preview_shows_a_sample_visit(cast: Cast) -> None:
    words = ChosenText(None, "en", 1, "On {arrive_day}", "{name}: {arrive_time}, {length}")
    shown = preview(cast.unit, "invite", words, "standard")
    assert re.fullmatch(r"On \w+day \d+ \w+ 20\d\d", shown.subject)
    assert (shown.body, shown.size) == ("Sam Sample: 9:30am, about 3 hours 30 minutes", None)


LOCAL = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hour", "minute", "words"),
    [
        (9, 30, "9:30am"),
        (9, 0, "9am"),
        (12, 0, "midday"),
        (12, 5, "12:05pm"),
        (13, 0, "1pm"),
        (0, 0, "midnight"),
        (0, 5, "12:05am"),
    ],
)
def test_times_are_told_as_people_say_them(hour: int, minute: int, words: str) -> None:
    assert time_words(LOCAL.replace(hour=hour, minute=minute), "en-gb") == words


def test_days_and_times_follow_the_readers_language() -> None:
    assert day_words(LOCAL, "en") == "Tuesday 1 December 2026"
    assert day_words(LOCAL, "de") == "Dienstag, 1. Dezember 2026"
    assert time_words(LOCAL, "de") == "09:30"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (60, "about 1 hour"),
        (210, "about 3 hours 30 minutes"),
        (45, "about 45 minutes"),
        (121, "about 2 hours 1 minute"),
    ],
)
def test_length_is_told_in_words(minutes: int, words: str) -> None:
    assert length_words(timedelta(minutes=minutes), "en") == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("+441632960001", "01632 960001"),
        ("020 7946 0000", "020 7946 0000"),
        ("+33123456789", "+33 1 23 45 67 89"),
        ("", ""),
        ("ask\r\nAnn", "ask Ann"),
    ],
)
def test_telephone_numbers_are_told_as_they_are_dialled(number: str, words: str) -> None:
    assert phone_words(number) == words


@pytest.mark.django_db
def test_words_that_somebody_was_sent_are_fixed_by_the_database(cast: Cast) -> None:
    from django.db import IntegrityError, transaction
    from django.db.models import ProtectedError

    from reminders.models import Message
    from reminders.services import derive_messages
    from tests.reminders.world import world_of

    unused = MessageText.objects.create(purpose="invite", language="cy", subject="x", body=GOOD)
    MessageText.objects.filter(pk=unused.pk).update(body="other words")
    used = MessageText.objects.create(purpose="invite", language="pl", subject="x", body=GOOD)
    world_of(cast).book()
    derive_messages()
    Message.objects.update(text=used)
    for change in ({"body": "other"}, {"subject": "y"}, {"unit": cast.unit}):
        with pytest.raises(IntegrityError, match="never change"), transaction.atomic():
            MessageText.objects.filter(pk=used.pk).update(**change)
    assert MessageText.objects.filter(pk=used.pk).update(is_active=False) == 1
    with pytest.raises(ProtectedError):
        used.delete()
    with pytest.raises(IntegrityError, match="never change"), transaction.atomic():
        MessageText.objects.filter(pk=used.pk)._raw_delete("default")
