"""Dates and numbers as people say them, and the components."""

from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.template import Context, Template
from django.utils import timezone

from desk.looks import LOOKS
from desk.templatetags.clinic_ui import age, clock, day, nhs_number, relative_day, signed
from desk.toasts import ICONS, toast_of
from desk.viewmodels import Action, Banner, FlagLine

TODAY = date(2026, 11, 24)
ANNA = Banner(
    family_name="Kowalczyk",
    given_name="Anna",
    birth_date=date(1971, 7, 2),
    nhs_number="9990308241",
    hospital_number="Q204388",
    alerts=(FlagLine("Clopidogrel"),),
    needs=(FlagLine("Hoist"),),
)


def drawn(source: str, **context: Any) -> str:
    return " ".join(Template("{% load clinic_ui %}" + source).render(Context(context)).split())


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (date(2026, 11, 24), "today"),
        (date(2026, 11, 25), "tomorrow"),
        (date(2026, 11, 23), "yesterday"),
        (date(2026, 11, 27), "in 3 days"),
        (date(2026, 11, 19), "5 days ago"),
        (date(2027, 2, 2), "in 10 weeks"),
        (date(2026, 9, 15), "10 weeks ago"),
    ],
)
def test_relative_day(when: date, words: str) -> None:
    assert relative_day(when, TODAY) == words


def test_clock_and_day_are_the_units_own() -> None:
    with timezone.override(ZoneInfo("Europe/London")):
        late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
        assert clock(late) == "00:30"
        assert day(late) == "Wed 1 Jul"


def test_day_says_the_year_when_it_is_far() -> None:
    assert day(date(2025, 5, 5), TODAY) == "Mon 5 May 2025"
    assert day(date(2026, 10, 26), TODAY) == "Mon 26 Oct"


def test_age_counts_birthdays() -> None:
    assert [age(date(1971, 11, 24), TODAY), age(date(1971, 11, 25), TODAY)] == ["55", "54"]


def test_nhs_number_is_grouped_or_said_to_be_unknown() -> None:
    assert [nhs_number("999 0308241"), nhs_number(""), nhs_number(None)] == ["999 030 8241", "not known", "not known"]


def test_signed_has_a_true_minus() -> None:
    assert [signed(3), signed(0), signed(-2), signed(None)] == ["+3", "0", "−2", "–"]


def test_banner_surname_in_capitals_and_alerts_before_needs() -> None:
    html = drawn("{% patient_banner patient form='short' today=today %}", patient=ANNA, today=TODAY)
    assert "KOWALCZYK, Anna" in html
    assert "2 Jul 1971 (55)" in html
    assert "999 030 8241" in html
    assert html.index("Clopidogrel") < html.index("Hoist")


def test_banner_escapes_what_people_typed() -> None:
    sly = Banner("<b>O", "Neil", date(1971, 7, 2), "", "Q1", alerts=(FlagLine("<i>x"),))
    html = drawn("{% patient_banner patient today=today %}", patient=sly, today=TODAY)
    assert "<b>" not in html.lower()
    assert "<i>" not in html
    assert "not known" in html


def test_banner_without_alerts_says_so() -> None:
    calm = Banner("Abara", "Ngozi", date(1974, 8, 8), "", "Q1")
    assert "No alerts recorded" in drawn("{% patient_banner patient today=today %}", patient=calm, today=TODAY)


def test_action_posts_by_a_form_with_its_fields_and_token() -> None:
    button = Action("Reserve", "/reserve/", method="post", panel=True, fields=(("slot", "a1"),), about="Thu 26 Nov")
    html = drawn("{% action button %}", button=button, csrf_token="token-1")
    assert 'method="post" action="/reserve/"' in html
    assert '<input type="hidden" name="slot" value="a1">' in html
    assert 'value="token-1"' in html
    assert 'aria-label="Reserve, Thu 26 Nov"' in html


def test_toast_with_undo_is_timed_and_an_error_is_not() -> None:
    booked = toast_of(Message(messages.SUCCESS, "Booked.", extra_tags="undo=%2Fundo%2F1%2F&seconds=20"))
    assert (booked.tone, booked.undo_url, booked.seconds) == ("ok", "/undo/1/", 20)
    refused = toast_of(Message(messages.ERROR, "Not booked."))
    assert (refused.tone, refused.undo_url, refused.seconds) == ("stop", "", None)


def test_say_carries_the_undo_through_the_redirect(monkeypatch: pytest.MonkeyPatch) -> None:
    from desk import toasts

    kept: list[Message] = []

    def keep(_request: object, level: int, text: str, extra_tags: str = "") -> None:
        kept.append(Message(level, text, extra_tags))

    monkeypatch.setattr(messages, "add_message", keep)
    toasts.say(cast("Any", SimpleNamespace()), "Booked.", undo_url="/undo/?a=1&b=2", seconds=9)
    assert [(toast_of(message).undo_url, toast_of(message).seconds) for message in kept] == [("/undo/?a=1&b=2", 9)]


def test_every_icon_that_is_asked_for_is_in_the_sprite() -> None:
    import re

    base = Path(settings.BASE_DIR)
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (base / "static/vendor/lucide/sprite.svg").read_text()))
    asked = {look.icon for look in LOOKS.values()} | set(ICONS.values())
    for template in (base / "templates").rglob("*.html"):
        asked |= set(re.findall(r'{% icon "([^"]+)"', template.read_text()))
    for module in [*(base / "desk").rglob("*.py"), *(base / "clinic").rglob("*.py")]:
        asked |= set(re.findall(r'icon="([a-z0-9-]+)"', module.read_text()))
    assert asked <= sprite
