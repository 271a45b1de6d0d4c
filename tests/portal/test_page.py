"""The page: what it says, what it takes down, and what it never shows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from time_machine import travel

from patients.models import Patient, WorklistItem
from reminders.models import FeedToken
from scheduling.models import Appointment, AppointmentResponse
from tests.portal.visitor import DAY, Visitor, link_to, text_of
from tests.ward import start_plan
from units.models import Unit

PREFETCH = {"HTTP_SEC_PURPOSE": "prefetch;prerender", "HTTP_USER_AGENT": "SafeLinks"}


def said(visitor: Visitor) -> list[tuple[str, str, str]]:
    rows = AppointmentResponse.objects.filter(appointment=visitor.visit).order_by("pk")
    return [(row.respondent, row.participant_status, row.channel) for row in rows]


def rings() -> int:
    return WorklistItem.objects.filter(key__startswith="ring:", done_at__isnull=True).count()


def test_page_says_what_when_where_how_long_and_what_to_bring(visitor: Visitor) -> None:
    page = visitor.come_in().sees()
    local = visitor.world.unit.local(visitor.visit.starts_at)
    for words in (
        f"{local:%A} {local.day} {local:%B %Y}",
        "(about 3 hours 30 minutes)",
        "Harbour Hospital",
        "Quay Road",
        "Level 2, past the café",
        "This e-mail and a list of your medicines",
        'href="tel:+441632960001"',
    ):
        assert words in page
    for never in ("Fairweather", "9990899452", "H100001", "1971", "Harbour Day Unit"):
        assert never not in page


def test_opening_the_links_of_a_mail_changes_nothing(visitor: Visitor) -> None:
    """Whatever scans a mail follows its links, asks for their heads, and fetches pages beforehand."""
    for browser in (visitor.browser, visitor.come_in().browser):
        for path in ("", "answer/", "calendar/", "reading/", "leave/"):
            for query in ({}, {"answer": "declined", "s": "0"}, {"answer": "ring"}):
                assert browser.get(f"{visitor.home}{path}", query, **PREFETCH).status_code in {200, 303}
                assert browser.head(f"{visitor.home}{path}", query).status_code in {200, 303}
    assert (said(visitor), rings(), FeedToken.objects.count()) == ([], 0, 0)
    assert browser.put(visitor.home).status_code == 405


def test_answer_in_the_link_waits_through_the_gate_for_one_more_press(visitor: Visitor) -> None:
    gate = visitor.sees(answer="declined", s="0")
    assert 'name="answer" value="declined"' in gate
    opened = visitor.post(day="2", month="7", year="1971", answer="declined", s="0")
    assert opened.headers["Location"] == f"{visitor.home}?s=0&answer=declined"
    page = visitor.sees(answer="declined", s="0")
    assert "Press once more to tell us" in page
    assert page.index("I can't come") < page.index("I'll be there")
    assert said(visitor) == []


@pytest.mark.parametrize(
    ("answer", "words"), [("accepted", "You told us: I'll be there."), ("declined", "You told us: I can't come.")]
)
def test_answer_is_on_record_and_can_be_changed(visitor: Visitor, answer: str, words: str) -> None:
    visitor.come_in()
    assert visitor.answers(answer).status_code == 303
    assert visitor.answers(answer).status_code == 303  # twice pressed
    assert words in visitor.sees()
    assert said(visitor) == [("patient", answer, "page")]
    row = AppointmentResponse.objects.get()
    assert (row.recorded_by, row.recorded_by_name) == (None, "Patient")
    assert WorklistItem.objects.filter(kind="declined").exists() == (answer == "declined")
    visitor.answers("accepted", note="By taxi")
    assert said(visitor)[-1] == ("patient", "accepted", "page")
    visitor.visit.refresh_from_db()
    assert visitor.visit.participant_status == "accepted"
    assert not WorklistItem.objects.filter(kind="declined", done_at__isnull=True).exists()


def test_no_cancels_nothing(visitor: Visitor) -> None:
    beforehand = "“I can't come” does not cancel your appointment."
    assert beforehand in visitor.come_in().sees()
    visitor.answers("declined")
    assert beforehand not in visitor.sees()
    visitor.visit.refresh_from_db()
    assert visitor.visit.status == "booked"
    assert "Until then nothing is cancelled." in visitor.sees()


def test_carers_answer_is_their_own_and_both_are_told_that_they_differ(visitor: Visitor) -> None:
    carer = visitor.world.carer_too()
    theirs = Visitor(visitor.world, visitor.visit, link_to(visitor.visit, carer=carer)).come_in()
    visitor.come_in().answers("accepted")
    theirs.answers("declined")
    assert [who for who, *_ in said(visitor)] == ["patient", f"carer:{carer.pk}"]
    assert "Somebody who looks after you has given another answer." in visitor.sees()
    assert "You told us: I can't come." in theirs.sees()


def test_please_ring_me_opens_one_call_with_the_note(visitor: Visitor) -> None:
    visitor.come_in()
    for note in ("After two, please", ""):
        assert visitor.answers("ring", note=note).status_code == 303
    task = WorklistItem.objects.get(key__startswith="ring:")
    assert (task.kind, task.title) == ("call", "Ring back: asked for on their own page")
    assert task.detail.endswith("After two, please")
    assert "You asked us to ring you. We will." in visitor.sees()
    assert said(visitor) == []


def test_note_of_a_later_press_stands_on_the_call_too(visitor: Visitor) -> None:
    visitor.come_in().answers("ring")
    for note in ("After two, please", "After two, please", "y" * 200, "z" * 200):
        assert visitor.answers("ring", note=note).status_code == 303
        task = WorklistItem.objects.get(key__startswith="ring:")
        assert task.detail.endswith(f" {note}")
        assert task.detail.count("After two") <= 1
    assert task.detail.startswith("The patient asks to be rung. Visit of ")


def test_call_asked_for_by_mistake_can_be_taken_back(visitor: Visitor) -> None:
    carer = visitor.world.carer_too()
    theirs = Visitor(visitor.world, visitor.visit, link_to(visitor.visit, carer=carer)).come_in()
    theirs.answers("ring")
    assert "I don't need a call any more" not in visitor.come_in().sees()
    visitor.answers("ring")
    page = visitor.sees()
    assert page.index("Please ring me") < page.index("I don't need a call any more")
    for _ in range(2):  # twice pressed
        assert visitor.answers("no_call").status_code == 303
    assert "You asked us to ring you." not in visitor.sees()
    assert "I don't need a call any more" not in visitor.sees()
    task = WorklistItem.objects.get(key__startswith="ring:", done_at__isnull=False)
    assert (task.outcome, task.done_by) == ("They need no call any more: taken back on their own page.", None)
    assert said(visitor) == []
    assert "You asked us to ring you." in theirs.sees()  # the carer's call is the carer's
    visitor.answers("ring")
    assert rings() == 2


def test_call_asked_for_about_a_cancelled_visit_can_be_taken_back(visitor: Visitor) -> None:
    visitor.come_in().answers("ring")
    visitor.world.cancel(visitor.visit)
    assert 'value="no_call"' in visitor.sees()
    assert visitor.answers("no_call").status_code == 303
    assert rings() == 0


def test_one_call_is_asked_for_from_two_visits(visitor: Visitor) -> None:
    other = visitor.world.book(ahead=20 * DAY)
    visitor.come_in().answers("ring")
    assert visitor.answers("ring", visit=other.public_id, sequence=0, note="About both").status_code == 303
    assert rings() == 1
    assert WorklistItem.objects.get(key__startswith="ring:").detail.endswith("About both")


def test_page_opened_before_a_move_answers_nothing_and_shows_the_new_time(visitor: Visitor) -> None:
    visitor.come_in()
    visitor.world.move(visitor.visit, 2 * DAY)
    stale = visitor.answers("accepted", sequence=0)
    assert stale.status_code == 409
    local = visitor.world.unit.local(visitor.visit.starts_at)
    assert "The time of this appointment has just changed." in text_of(stale)
    assert f"{local:%A} {local.day}" in text_of(stale)
    assert said(visitor) == []
    assert 'name="sequence" value="1"' in text_of(stale)
    assert "This appointment has changed since that message was sent." in visitor.sees(s="0")
    assert "has changed since" not in visitor.sees(s="1")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("cancelled", "This appointment is cancelled"),
        ("arrived", "You have arrived"),
        ("noshow", "We missed you."),
        ("entered-in-error", "Please do not travel for it."),
    ],
)
def test_visit_that_asks_for_no_answer_says_so(visitor: Visitor, status: str, words: str) -> None:
    visitor.come_in()
    Appointment.objects.update(status=status)
    page = visitor.sees()
    assert words in page
    assert 'value="accepted"' not in page
    assert 'value="ring"' in page
    assert visitor.answers("accepted").status_code == 409
    assert said(visitor) == []


def test_page_opened_before_a_cancellation_speaks_of_no_new_time(visitor: Visitor) -> None:
    visitor.come_in()
    visitor.world.cancel(visitor.visit)
    late = visitor.answers("accepted", sequence=0)
    assert late.status_code == 409
    seen = text_of(late)
    assert "This appointment needs no answer any more." in seen
    assert "This appointment is cancelled" in seen
    assert "new time" not in seen


def test_cancelled_visit_brings_nobody_on_their_way(visitor: Visitor) -> None:
    Appointment.objects.update(status="cancelled")
    page = visitor.come_in().sees()
    for words in ("Please do not travel for it.", "How to reach us", "01632 960001"):
        assert words in page
    for misleading in ("Expect to leave", "How to find us", "What to bring", "I'll be there"):
        assert misleading not in page


def test_visit_under_way_and_just_over(visitor: Visitor) -> None:
    with travel(visitor.visit.starts_at + timedelta(minutes=5)):
        assert "Your appointment is now" in visitor.come_in().sees()
    with travel(visitor.visit.ends_at + timedelta(minutes=5)):
        assert "This appointment is over" in visitor.come_in().sees()


def test_held_and_ended_plans_ask_to_ring_before_travelling(visitor: Visitor) -> None:
    plan = start_plan(visitor.world.patient, given=[], next_on=timezone.now().date())
    Appointment.objects.update(dose=plan.doses.first())
    visitor.come_in()
    assert "We are looking at this appointment again." not in visitor.sees()
    hold = plan.holds.create(reason="Fever", placed_on=timezone.now().date(), placed_by_name="Dr Malik")
    page = visitor.sees()
    assert "We are looking at this appointment again. Please ring us before you travel." in page
    assert "Fever" not in page
    hold.delete()
    assert "tofersen" not in page.lower()


def test_other_coming_visits_are_the_patients_own_and_can_be_answered(visitor: Visitor) -> None:
    later = visitor.world.book(ahead=20 * DAY)
    theirs = visitor.world.book(visitor.world.cast.other_patient, ahead=20 * DAY)
    page = visitor.come_in().sees()
    assert str(later.public_id) in page
    assert str(theirs.public_id) not in page
    assert visitor.answers("accepted", visit=later.public_id).status_code == 303
    assert later.responses.count() == 1
    assert visitor.answers("accepted", visit=theirs.public_id).status_code == 404
    assert visitor.get(f"appointments/{theirs.public_id}.ics").status_code == 404
    assert not theirs.responses.exists()


@pytest.mark.parametrize(
    "sent",
    [
        {"answer": "arrived"},
        {"answer": ""},
        {"sequence": "-1"},
        {"sequence": "99999999999999999999"},
        {"visit": "' OR 1=1 --"},
        {"note": "x" * 201},
        {"note": "\x00"},
    ],
)
def test_hostile_answers_are_refused_in_words(visitor: Visitor, sent: dict[str, Any]) -> None:
    response = visitor.come_in().answers(**{"answer": "accepted", **sent})
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert said(visitor) == []


def test_typed_markup_stays_text(visitor: Visitor) -> None:
    Unit.objects.update(directions="<script>alert(1)</script>", what_to_bring="Bring your Tofersen letter")
    page = visitor.come_in().get(answer="<b>", visit="<b>", s="<b>").content.decode()
    assert "<script>alert" not in page
    assert "<b>" not in page
    assert "Tofersen" not in page


def test_forged_form_is_turned_away(visitor: Visitor) -> None:
    visitor.come_in()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = visitor.browser.cookies
    response = strict.post(
        f"{visitor.home}answer/", {"visit": visitor.visit.public_id, "sequence": 0, "answer": "ring"}
    )
    assert response.status_code == 403
    assert rings() == 0


def test_size_of_the_words_is_remembered_and_large_print_begins_large(visitor: Visitor) -> None:
    visitor.come_in()
    assert 'data-size="normal"' in visitor.sees()
    visitor.world.patient.flags.create(code="large_print", text="Large print")
    assert 'data-size="large"' in visitor.sees()
    visitor.post("reading/", size="largest")
    assert 'data-size="largest"' in visitor.sees()
    visitor.post("reading/", size="<huge>", language="xx")
    assert 'data-size="largest"' in visitor.sees()


def test_page_costs_the_same_for_one_and_for_many_visits(visitor: Visitor, django_assert_max_num_queries: Any) -> None:
    visitor.come_in()
    for n in range(11, 19):
        visitor.world.book(ahead=n * DAY)
    with django_assert_max_num_queries(9):
        assert visitor.get().status_code == 200


def test_after_a_death_nothing_personal_is_left(visitor: Visitor) -> None:
    visitor.come_in()
    Patient.objects.filter(pk=visitor.world.patient.pk).update(deceased_at=timezone.now())
    for response in (visitor.get(), visitor.answers("accepted"), visitor.post("calendar/")):
        assert response.status_code == 404
        assert "This link no longer works" in text_of(response)
    assert said(visitor) == []
