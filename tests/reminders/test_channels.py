"""Which way a message goes, as a table: no database."""

from __future__ import annotations

from datetime import date

import pytest

from reminders.channels.gsm7 import plain, size_of
from reminders.channels.planning import Reach, last_posting_day, plan_channels
from reminders.rules import Kind

NO_MAIL = {"email": "No e-mail address on record"}
NO_TEXT = {"text": "No mobile number on record"}
NO_POST = {"letter": "No postal address on record"}
REQUEST, CANCEL, REMINDER, OFFER = Kind.REQUEST, Kind.CANCEL, Kind.REMINDER, Kind.OFFER


@pytest.mark.parametrize(
    ("kind", "reach", "at_once"),
    [
        (REQUEST, Reach(), ("email",)),
        (REQUEST, Reach("email", NO_MAIL), ("text",)),
        (REQUEST, Reach("email", {**NO_MAIL, **NO_TEXT}), ("letter",)),
        (REQUEST, Reach("email", {**NO_MAIL, **NO_TEXT, **NO_POST}), ("phone",)),
        (REQUEST, Reach("letter"), ("letter", "email")),
        (REQUEST, Reach("letter", NO_MAIL), ("letter",)),
        (REQUEST, Reach("letter", NO_POST), ("phone", "email")),
        (REQUEST, Reach("text"), ("text", "email")),
        (REQUEST, Reach("text", NO_TEXT), ("phone", "email")),
        (REQUEST, Reach("text", NO_TEXT, frozenset({"text"})), ("email",)),
        (REQUEST, Reach("phone"), ("phone", "email")),
        (CANCEL, Reach("phone", NO_MAIL), ("phone",)),
        (REMINDER, Reach("phone"), ("email",)),
        (REMINDER, Reach("text"), ("text",)),
        (REMINDER, Reach("phone", {**NO_MAIL, **NO_TEXT, **NO_POST}), ()),
        (OFFER, Reach("letter"), ("phone", "email")),
        (OFFER, Reach("email", {**NO_MAIL, **NO_TEXT}), ("phone",)),
    ],
)
def test_first_channel_and_what_goes_besides(kind: Kind, reach: Reach, at_once: tuple[str, ...]) -> None:
    assert plan_channels(kind, reach).at_once == at_once


def test_letter_that_would_come_too_late_is_a_call() -> None:
    assert plan_channels(REQUEST, Reach("letter"), is_post_in_time=False).at_once == ("phone", "email")
    assert "letter" not in plan_channels(REQUEST, Reach("email", NO_MAIL), is_post_in_time=False).order


def test_what_failed_for_good_is_not_tried_again() -> None:
    assert plan_channels(REQUEST, Reach(), already_tried=["email"]).order == ("text", "letter", "phone")
    assert plan_channels(REQUEST, Reach("text"), already_tried=["text", "email"]).order == ("letter", "phone")
    assert plan_channels(REQUEST, Reach("email", NO_POST), already_tried=["email", "text"]).order == ("phone",)


@pytest.mark.parametrize(
    ("visit", "days", "holidays", "last"),
    [
        (date(2026, 12, 2), 3, (), date(2026, 11, 26)),
        (date(2026, 12, 7), 3, (), date(2026, 12, 1)),  # a Monday: the weekend brings no post
        (date(2026, 12, 31), 3, (date(2026, 12, 25), date(2026, 12, 28)), date(2026, 12, 23)),
        (date(2026, 12, 2), 0, (), date(2026, 12, 1)),
    ],
)
def test_last_day_to_post(visit: date, days: int, holidays: tuple[date, ...], last: date) -> None:
    assert last_posting_day(visit, days, holidays) == last


def test_plain_words_stay_in_the_small_alphabet() -> None:
    assert plain("It’s “Ward 3” – level 2…\nCafé") == 'It\'s "Ward 3" - level 2... Café'
    assert plain("Привет") == "Привет"
    assert (size_of("Привет").is_gsm7, size_of("П" * 70).parts, size_of("П" * 71).parts) == (False, 1, 2)
    assert (size_of("€" * 80).parts, size_of("€" * 81).parts, size_of("😀").length) == (1, 2, 2)
