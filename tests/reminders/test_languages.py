"""Every text a patient reads can be translated: shown in a language that nobody speaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import polib
import pytest
from django.conf import settings
from pypdf import PdfReader

from reminders.catalogue import PSEUDO, PSEUDO_RIGHT_TO_LEFT, Entry, entries, pseudo, template_of
from reminders.links import MARK
from reminders.models import MessageText, Purpose
from reminders.selectors import text_for
from reminders.services.previews import preview, preview_html, preview_letter, sample
from tests.cast import Cast
from tests.pseudo import english_in, spoken
from tests.reminders.reading import read_mail
from units.models import Unit

pytestmark = pytest.mark.django_db
Variant = MessageText.Variant
_VARIABLE = re.compile(r"\{\w+\}")
_SECRET = re.compile(r"https?://|v/\s*|[\w-]{22}/")
# What the cast and the sample are called is nobody's to translate.
NAMES = {
    "personal",
    "link",
    "Sam",
    "Sample",
    "Harbour",
    "Hospital",
    "Street",
    "Sampletown",
    "AN",
    "Quay",
    "Road",
    "Anytown",
}


@pytest.fixture
def unit(cast: Cast, tmp_path: Path) -> Iterator[Unit]:
    cast.unit.address, cast.unit.email = "1 Quay Road, Anytown AN1 2AA", "unit@harbour.example"
    cast.unit.save()
    with spoken(tmp_path):
        yield cast.unit


@pytest.mark.parametrize("purpose", Purpose.values)
def test_no_english_is_left_in_any_message(unit: Unit, purpose: str) -> None:
    from reminders.services.composing import mail_of

    for variant in Variant.values:
        text = text_for(unit.pk, purpose, PSEUDO, variant)
        assert text.language == PSEUDO
        if variant == Variant.SHORT:  # on its way its accents go, so that it fits
            assert english_in(_VARIABLE.sub("", text.body)) == []
        else:
            shown = preview(unit, purpose, text, variant)
            assert set(english_in(shown.subject + "\n" + shown.body)) <= NAMES, (variant, shown.body)
            message = sample(unit, purpose, text, "email")
            mail = read_mail(mail_of(message))
            assert set(english_in(mail.html)) <= NAMES
            calendar = message.facts["title"] + message.facts["description"]
            assert set(english_in(calendar)) <= NAMES


@pytest.mark.parametrize("language", [PSEUDO, PSEUDO_RIGHT_TO_LEFT])
def test_letter_in_a_longer_language_says_all_of_it(unit: Unit, language: str) -> None:
    text = text_for(unit.pk, "invite", language, Variant.STANDARD)
    for is_large in (False, True):
        raw = preview_letter(unit, "invite", text, is_large_print=is_large)
        words = " ".join(page.extract_text() for page in PdfReader(BytesIO(raw)).pages)
        found = "".join(words.split())
        body = sample(unit, "invite", text, "letter").body_text.replace(MARK, "")
        for word in re.findall(r"\w+", body):  # a line from right to left is read back in another order
            assert word in found, word
        assert set(english_in(_SECRET.sub(" ", words))) <= NAMES


def test_right_to_left_is_said_to_the_mail_program(unit: Unit) -> None:
    text = text_for(unit.pk, "invite", PSEUDO_RIGHT_TO_LEFT)
    assert 'lang="qpr" dir="rtl"' in preview_html(unit, "invite", text)
    assert "\u206601632 960001\u2069" in sample(unit, "invite", text, "email").body_text


def test_text_half_translated_stays_english(unit: Unit, tmp_path: Path) -> None:
    path = tmp_path / PSEUDO / "LC_MESSAGES" / "django.mo"
    catalogue = polib.mofile(str(path))
    catalogue.remove(catalogue.find("You have a hospital appointment."))
    catalogue.save(str(path))
    with spoken_again(tmp_path):
        assert text_for(unit.pk, "invite", PSEUDO).language == "en"
        assert text_for(unit.pk, "update", PSEUDO).language == PSEUDO


def spoken_again(folder: Path):  # type: ignore[no-untyped-def]
    from django.test import override_settings

    return override_settings(LOCALE_PATHS=[str(folder)])


def test_words_of_a_site_go_before_the_translation_and_after_their_own_language(unit: Unit) -> None:
    own = {"unit": unit, "purpose": "invite", "body": "{arrive_day} {arrive_time} {phone}"}
    MessageText.objects.create(language=PSEUDO, subject="Theirs", **own)
    assert text_for(unit.pk, "invite", PSEUDO).subject == "Theirs"


def test_catalogue_for_translators_is_as_the_sources_are() -> None:
    base = Path(settings.BASE_DIR)
    kept = polib.pofile(str(base / "locale" / "patients.pot"))
    assert [entry.msgid for entry in kept] == [entry.msgid for entry in template_of(base)], (
        "Run .venv/bin/python manage.py catalogue"
    )


def test_catalogue_finds_code_and_templates(tmp_path: Path) -> None:
    (tmp_path / "portal").mkdir()
    (tmp_path / "portal" / "views.py").write_text('a = _("One")\nb = ngettext("%(n)d day", "%(n)d days", 2)\n')
    (tmp_path / "templates" / "portal").mkdir(parents=True)
    (tmp_path / "templates" / "portal" / "page.html").write_text(
        '{% load i18n %}{% translate "It\'s you" %}{% blocktranslate %}Hello {{ name }}{% endblocktranslate %}'
    )
    found = entries(tmp_path)
    for entry in (Entry("One"), Entry("%(n)d day", "%(n)d days"), Entry("It's you"), Entry("Hello %(name)s")):
        assert entry in found


def test_made_up_words_keep_their_variables_and_grow() -> None:
    words = "Please arrive at: {arrive_time} %(count)d <b>now</b>"
    made_up = pseudo(words)
    for kept in ("{arrive_time}", "%(count)d", "<b>", "</b>"):
        assert kept in made_up
    assert len(pseudo("What to bring")) >= 1.4 * len("What to bring")
    assert english_in(made_up.replace("{arrive_time}", "").replace("%(count)d", "")) == []
