"""The pages of a broken day: closures, the draft, one visit changed, the press that moves them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.test import Client

from desk.presenters.planning import replans
from doseplans.models import Dose
from patients.models import Carer, Channel, Patient
from scheduling.models import Appointment, AppointmentEvent, Closure, Replan
from scheduling.services import book_appointment, close
from tests.desk.conftest import words
from tests.ward import TODAY, dose_id, maintenance_patient

if TYPE_CHECKING:
    from tests.ward import Ward

Staff = Callable[[str], Client]
ON = TODAY + timedelta(days=1)

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def visit(ward: Ward) -> Appointment:
    patient = maintenance_patient(ward, 41, due=ON)
    return book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(ON, "08:00"))


@pytest.fixture
def closure(ward: Ward, visit: Appointment) -> Closure:
    return close(
        ward.cast.actor("administrator"),
        unit=ward.unit,
        resource=ward.rooms[0],
        starts_at=ward.at(ON, "00:00"),
        ends_at=ward.at(ON + timedelta(days=1), "00:00"),
        reason="Floor repaired",
    ).closure


def draft(browser: Client, closure: Closure) -> tuple[Replan, str]:
    answer = browser.post(f"/closures/{closure.public_id}/replan/")
    replan = Replan.objects.get(closure=closure)
    assert answer.headers["Location"] == f"/replans/{replan.public_id}/"
    return replan, answer.headers["Location"]


def test_each_closure_says_how_many_booked_visits_it_hits(
    ward: Ward, visit: Appointment, closure: Closure, staff: Staff
) -> None:
    manager, whole_day = ward.cast.actor("administrator"), (ward.at(ON, "00:00"), ward.at(ON, "23:00"))
    close(manager, unit=ward.unit, resource=ward.rooms[1], starts_at=whole_day[0], ends_at=whole_day[1], reason="Paint")
    close(manager, unit=ward.unit, resource=None, starts_at=whole_day[0], ends_at=whole_day[1], reason="Power")
    cards = staff("coordinator").get("/closures/").context["page"].cards
    assert {card.what: [(row.hits, len(row.actions)) for row in card.rows] for card in cards} == {
        ward.rooms[0].name: [("1 booked visit", 2)],  # to plan its visits, and to open again
        ward.rooms[1].name: [("No visit", 1)],
        "The whole unit": [("1 booked visit", 2)],
    }


def test_from_the_closure_to_moved_visits(visit: Appointment, closure: Closure, staff: Staff) -> None:
    browser = staff("coordinator")
    assert "Floor repaired" in words(browser.get("/closures/"))
    replan, url = draft(browser, closure)
    shown = words(browser.get(url))
    assert "1 visit moves" in shown
    assert "Same day, same time, Room 2" in shown
    assert "Nobody is moved and nobody is told before you accept" in shown
    assert "0 Not placed" in shown
    assert "0 People told" in shown  # the patient's own times stay: another room is no news
    assert "Same day" in shown
    assert "No message" in shown
    assert "1 of 1 move selected No message is sent Accept the 1 selected Nothing is left out" in shown
    assert "Accept all 1" in shown
    assert "Patient Arrives now Would arrive Effect" in shown
    assert not AppointmentEvent.objects.filter(kind="moved").exists()
    done = browser.post(f"{url}apply/", {"seen": replan.planned_at.isoformat(), "accept": "all"}, follow=True)
    assert "1 visit was moved. All times stay the same, so nobody is told." in words(done)
    assert "Accepted by Ada Coordinator" in words(browser.get(url))
    assert "Patient Was to arrive Arrives now Effect" in words(browser.get(url))
    assert visit.events.latest("pk").kind == "moved"


def test_one_visit_is_changed_and_a_refusal_keeps_what_was_typed(
    ward: Ward, visit: Appointment, closure: Closure, staff: Staff
) -> None:
    browser = staff("coordinator")
    replan, url = draft(browser, closure)
    line = replan.lines.get()
    place = {"room": ward.rooms[1].public_id, "operator": ward.operators[1].public_id}
    wanted = {"decision": "move", "on": ON.isoformat(), "arrives": "09:30", **place}
    refused = browser.post(f"{url}lines/{line.public_id}/", {**wanted, "arrives": "22:00"})
    assert refused.status_code == 422
    shown = " ".join(refused.content.decode().split())
    assert 'value="22:00"' in shown
    # It is said once, beside the form, and the page opens there.
    before, _row, beside = shown.partition(f'id="row-{line.public_id}" tabindex="-1" autofocus')
    assert [part.count("That slot is not offered") for part in (before, beside)] == [0, 1]
    # Signed in again after the press, the form is open for what was typed.
    signed_in = browser.get(f"{url}lines/{line.public_id}/?show=window")
    assert signed_in.headers["Location"] == f"{url}?line={line.public_id}&show=window"
    assert browser.post(f"{url}lines/{line.public_id}/", {**wanted, "arrives": ""}).status_code == 422
    assert browser.post(f"{url}lines/{line.public_id}/", wanted).status_code == 302
    line.refresh_from_db()
    assert (line.starts_at, line.is_pinned) == (ward.at(ON, "09:30"), True)
    browser.post(f"{url}lines/{line.public_id}/", {"decision": "keep"})
    assert "0 visits move" in words(browser.get(url))
    browser.post(f"{url}lines/{line.public_id}/", {"decision": "plan"})
    assert "1 visit moves" in words(browser.get(url))


def test_the_printed_list_says_whom_to_ring_where_there_is_news(
    ward: Ward, visit: Appointment, closure: Closure, staff: Staff
) -> None:
    Carer.objects.create(patient=visit.patient, name="Neil Fairweather", relationship="husband", phone="+447700900018")
    browser = staff("coordinator")
    replan, url = draft(browser, closure)
    same_time = words(browser.get(url))
    assert "born 2 Jul 1971" in same_time
    assert "Hospital W000041" in same_time
    assert "Rung at" not in same_time
    place = {"room": ward.rooms[1].public_id, "operator": ward.operators[1].public_id}
    wanted = {"decision": "move", "on": ON.isoformat(), "arrives": "09:30", **place}
    browser.post(f"{url}lines/{replan.lines.get().public_id}/", wanted)
    moved = words(browser.get(url))
    assert "Patient: 07700 900123" in moved
    assert "Neil Fairweather (husband): 07700 900018" in moved
    assert "Rung at, by, answer:" in moved


def test_who_has_to_be_rung_is_counted_as_such(ward: Ward, visit: Appointment, closure: Closure, staff: Staff) -> None:
    Patient.objects.filter(pk=visit.patient_id).update(preferred_channel=Channel.PHONE)
    browser = staff("coordinator")
    replan, url = draft(browser, closure)
    place = {"room": ward.rooms[1].public_id, "operator": ward.operators[1].public_id}
    wanted = {"decision": "move", "on": ON.isoformat(), "arrives": "09:30", **place}
    browser.post(f"{url}lines/{replan.lines.get().public_id}/", wanted)
    told = browser.get(url).context["page"].counts[-1]
    assert (told.number, told.note) == (1, "1 person to ring")
    accepted = words(browser.post(f"{url}apply/", {"accept": "all"}, follow=True))
    assert "whoever gets none is on the worklist, to be rung" in accepted


@pytest.fixture
def second(ward: Ward) -> Appointment:
    """Another in the room that closes, whose patient comes with hospital transport."""
    patient = maintenance_patient(ward, 42, due=ON)
    patient.flags.create(code="transport", text="Hospital transport")
    return book_appointment(ward.cast.actor("coordinator"), dose_id=dose_id(patient), wanted=ward.wanted(ON, "10:00"))


def test_what_is_not_ticked_stays_where_it_is(
    visit: Appointment, second: Appointment, closure: Closure, staff: Staff
) -> None:
    browser = staff("coordinator")
    replan, url = draft(browser, closure)
    press = {"seen": replan.planned_at.isoformat(), "accept": "selected"}
    nothing = browser.post(f"{url}apply/", press)
    assert (nothing.status_code, "No move is selected." in words(nothing)) == (422, True)
    taken = replan.lines.get(appointment=visit).public_id
    page = browser.post(f"{url}apply/", {**press, "take": taken}, follow=True)
    assert "1 visit was moved." in words(page)
    assert "Stays where it is by choice, although it is closed." in words(page)
    assert [one.events.latest("pk").kind for one in (visit, second)] == ["moved", "booked"]
    again = browser.post(f"{url}apply/", {**press, "take": taken}, follow=True)
    assert "1 visit was moved." in words(again)  # a double click
    other = replan.lines.get(appointment=second).public_id
    assert "had accepted another choice" in words(browser.post(f"{url}apply/", {**press, "take": other}, follow=True))
    assert AppointmentEvent.objects.filter(kind="moved").count() == 1


def test_the_filters_count_and_only_what_is_shown_can_be_accepted(
    ward: Ward, visit: Appointment, second: Appointment, closure: Closure, staff: Staff
) -> None:
    browser = staff("coordinator")
    replan, url = draft(browser, closure)
    line = replan.lines.get(appointment=second)
    place = {"room": ward.rooms[1].public_id, "operator": ward.operators[1].public_id}
    at = {"decision": "move", "on": ON.isoformat(), "arrives": "11:00", **place}
    answer = browser.post(f"{url}lines/{line.public_id}/?show=look", at)
    assert answer.headers["Location"] == f"{url}?show=look&near={line.public_id}#row-{line.public_id}"
    opened = browser.get(f"{url}?show=look&line={line.public_id}").content.decode()
    assert (opened.count("Move there"), opened.count(">Change<")) == (1, 0)
    page = browser.get(f"{url}?show=look").context["page"]
    assert [(str(chip.label), chip.count, chip.is_current) for chip in page.chips] == [
        ("All", 2, False),
        ("Needs a look", 1, True),
        ("Loading", 0, False),
        ("In window", 2, False),
    ]
    assert [[str(words) for words in row.look] for row in page.rows] == [["Hospital transport to book again"]]
    bar = page.accepting
    assert (bar.heading, bar.left, bar.accept, bar.accept_all) == (
        "1 of 2 moves selected",
        "1 left out stays booked in the closed room and remains on the worklist",
        "Accept the 1 selected",
        "",
    )
    assert bar.hidden == "1 move is not shown here: only what is shown can be accepted."
    assert (bar.told, bar.told_note) == (
        "1 message is sent once",
        "1 to patients, 0 to carers, 20 s after you accept",
    )
    none = browser.get(f"{url}?select=none").context["page"]
    assert ([row.box.is_ticked for row in none.rows], none.accepting.accept) == ([False, False], "Nothing is selected")
    assert "No visit of this re-plan is of that kind." in words(browser.get(f"{url}?show=loading"))


def boxes(browser: Client, url: str, asked: str = "") -> dict[str, bool]:
    """By the patient's name, whether the box of their line is ticked."""
    return {row.patient_name: row.box.is_ticked for row in browser.get(url + asked).context["page"].rows}


def test_without_javascript_boxes_stay_as_they_are_under_another_filter(
    visit: Appointment, second: Appointment, closure: Closure, staff: Staff
) -> None:
    browser = staff("coordinator")
    replan, url = draft(browser, closure)
    keys = [str(replan.lines.get(appointment=one).public_id) for one in (visit, second)]
    shown = browser.get(url).content.decode()
    assert f'form="accept" formaction="{url}?show=window"' in " ".join(shown.split())
    sent = {"seen": replan.planned_at.isoformat(), "here": ",".join(keys), "take": keys[:1]}
    answer = browser.post(f"{url}?show=window", sent)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{url}?show=window")
    one_left = {"Patient041, Ines": True, "Patient042, Ines": False}
    assert boxes(browser, url, "?show=window") == one_left
    # What another filter does not show stays as it was; "all" is asked for, and is not kept before it is sent.
    browser.post(url, {**sent, "here": keys[0]})
    assert boxes(browser, url) == one_left
    assert boxes(browser, url, "?select=all") == dict.fromkeys(one_left, True)
    assert boxes(browser, url) == one_left
    # Planned again, a line that was left out stays so. Nobody else has it.
    assert boxes(staff("nurse"), url) == dict.fromkeys(one_left, True)
    browser.post(f"/closures/{closure.public_id}/replan/")
    assert boxes(browser, url) == one_left


def test_a_line_ticked_by_hand_is_asked_for_anew_when_the_draft_is_planned_again(
    visit: Appointment, second: Appointment, closure: Closure, staff: Staff
) -> None:
    browser = staff("coordinator")
    replan, url = draft(browser, closure)
    Dose.objects.filter(appointments=second).update(target_on=TODAY, latest_on=TODAY)
    usual = {"Patient041, Ines": True, "Patient042, Ines": False}
    assert boxes(browser, url) == usual
    keys = [str(line.public_id) for line in replan.lines.all()]
    browser.post(url, {"seen": replan.planned_at.isoformat(), "here": ",".join(keys), "take": keys})
    assert boxes(browser, url) == dict.fromkeys(usual, True)
    Replan.objects.filter(pk=replan.pk).update(planned_at=replan.planned_at + timedelta(seconds=1))
    assert boxes(browser, url) == usual


def test_without_javascript_boxes_come_along_when_the_draft_is_planned_again(
    visit: Appointment, second: Appointment, closure: Closure, staff: Staff
) -> None:
    browser = staff("coordinator")
    replan, url = draft(browser, closure)
    again = f"/closures/{closure.public_id}/replan/"
    page = " ".join(browser.get(url).content.decode().split())
    assert f'form="accept" formaction="{again}" data-acts' in page
    bar = browser.get(url).context["page"].accepting
    sent = {"seen": bar.seen, "here": bar.here, "take": str(replan.lines.get(appointment=visit).public_id)}
    browser.post(again, sent)
    assert boxes(browser, url) == {"Patient041, Ines": True, "Patient042, Ines": False}


def test_planned_again_the_draft_shows_what_it_showed(visit: Appointment, closure: Closure, staff: Staff) -> None:
    browser = staff("coordinator")
    _replan, url = draft(browser, closure)
    again = f"/closures/{closure.public_id}/replan/?show=look"
    assert f'formaction="{again}"' in browser.get(f"{url}?show=look").content.decode()
    assert browser.post(again).headers["Location"] == f"{url}?show=look"


def test_a_long_draft_has_pages_and_only_one_page_of_boxes_is_sent(
    visit: Appointment, second: Appointment, closure: Closure, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert replans.LINES_A_PAGE < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS / 2
    monkeypatch.setattr(replans, "LINES_A_PAGE", 1)
    browser = staff("coordinator")
    _replan, url = draft(browser, closure)
    first = browser.get(url).context["page"]
    assert (len(first.rows), first.pager.next_url) == (1, f"{url}?page=2")
    assert first.accepting.accept_all == "Accept all 2"
    assert first.accepting.hidden == "1 move is on another page: only this page's are selected."
    browser.post(first.pager.next_url, {"seen": first.accepting.seen, "here": first.accepting.here})
    [last] = browser.get(first.pager.next_url).context["page"].rows
    assert (last.box.is_ticked, last.part.number) == (True, 2)
    assert f"?page=2&line={last.key}" in last.change.url
    back = browser.post(last.change_url, {"decision": "keep"}, follow=True).context["page"]
    assert [row.key for row in back.rows] == [last.key]
    [moves] = browser.get(url).context["page"].rows
    assert not moves.box.is_ticked
    assert browser.get(url, {"show": "window"}).context["page"].accepting.accept_all == "Accept all 1"


def test_the_line_that_was_changed_is_shown_whatever_the_filter(
    visit: Appointment, second: Appointment, closure: Closure, staff: Staff
) -> None:
    browser = staff("coordinator")
    replan, url = draft(browser, closure)
    key = replan.lines.get(appointment=visit).public_id
    back = browser.post(f"{url}lines/{key}/?show=look", {"decision": "keep"}, follow=True)
    assert [row.key for row in back.context["page"].rows] == [str(key)]
    assert f'id="row-{key}" tabindex="-1"' in " ".join(back.content.decode().split())


def test_a_change_that_comes_after_the_draft_is_over_is_told_so_above_it(
    ward: Ward, visit: Appointment, closure: Closure, staff: Staff
) -> None:
    browser = staff("coordinator")
    replan, url = draft(browser, closure)
    browser.post(f"{url}apply/", {"seen": replan.planned_at.isoformat(), "accept": "all"})
    place = {"room": ward.rooms[1].public_id, "operator": ward.operators[1].public_id}
    wanted = {"decision": "move", "on": ON.isoformat(), "arrives": "09:30", **place}
    late = browser.post(f"{url}lines/{replan.lines.get().public_id}/", wanted)
    assert (late.status_code, "Move there" in words(late)) == (409, False)
    assert "nothing more is changed in it" in late.context["refusal"].sentence


def test_a_page_that_is_out_of_date_applies_nothing(visit: Appointment, closure: Closure, staff: Staff) -> None:
    browser = staff("coordinator")
    replan, url = draft(browser, closure)
    seen = (replan.planned_at - timedelta(minutes=1)).isoformat()
    answer = browser.post(f"{url}apply/", {"seen": seen, "accept": "all"})
    assert answer.status_code == 409
    assert "This page was out of date" in words(answer)
    assert not AppointmentEvent.objects.filter(kind="moved").exists()


def test_nothing_to_move_given_up_and_only_looking(closure: Closure, staff: Staff) -> None:
    browser = staff("coordinator")
    _, url = draft(browser, closure)
    assert "Move there" not in words(staff("manager").get(url))
    assert browser.post(f"{url}give-up/").status_code == 302
    assert "Given up by Ada Coordinator" in words(browser.get(url))
    Appointment.objects.get().allocations.all().delete()
    browser.post(f"/closures/{closure.public_id}/replan/")
    latest = Replan.objects.latest("pk")
    assert "There is nothing to move" in words(browser.get(f"/replans/{latest.public_id}/"))
