"""Letters leave by the printer: each once, right when it leaves, and counted."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from pypdf import PdfReader

from patients.models import AccessEntry, Patient, WorklistItem
from reminders.errors import LettersChanged, RunIsClosed
from reminders.letters.rendering import square_of
from reminders.models import Message, PrintedLetter, PrintRun
from reminders.services import derive_messages
from reminders.services.lettering import paper_of
from reminders.services.printing import confirm_posted, letters_waiting, make_print_run, pdf_of, spoil
from scheduling.models import Appointment
from tests.cast import make_patient
from tests.reminders.posting import large_print, wants_letters
from tests.reminders.world import DAY, World, send_all, told
from units.actors import Actor
from units.errors import NotAllowed, NotFound

pytestmark = pytest.mark.django_db
FAR = 30 * DAY


@pytest.fixture
def by_post(world: World) -> World:
    """The patient gets letters and has no e-mail address."""
    wants_letters(world.patient)
    return world


def clerk(world: World) -> Actor:
    return world.cast.actor("coordinator")


def printed(world: World) -> PrintRun:
    run = make_print_run(clerk(world), unit=world.unit)
    assert run is not None
    return run


def text_of(raw: bytes) -> str:
    """In one line: where the letter's lines end depends on the hour the test is run at."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(raw)).pages).split())


def letters_only(visit: Appointment) -> list[tuple[str, str, str]]:
    return told(visit, channel="letter", purpose__in=["invite", "update", "cancel"])


def tasks(world: World) -> list[tuple[str, str]]:
    return list(WorklistItem.objects.filter(done_at__isnull=True).values_list("kind", "title"))


def test_letter_is_printed_posted_and_counted(by_post: World) -> None:
    visit = by_post.book(ahead=FAR)
    derive_messages()
    assert send_all() == []  # the mail's workers leave letters alone
    run = printed(by_post)
    assert (run.letters, run.pages, run.made_by_name) == (1, 1, "Ada Coordinator")
    raw = pdf_of(clerk(by_post), run_id=run.public_id)
    words = text_of(raw)
    for wanted in ("Ines Fairweather", "AN1 2AA", "Harbour Hospital", "Dear Ines Fairweather", "01632 960001"):
        assert wanted in words
    for unwanted in ("calendar", "{", "Day Unit", "9990899452", "H100001"):
        assert unwanted not in words
    assert raw == pdf_of(clerk(by_post), run_id=run.public_id)
    assert AccessEntry.objects.filter(patient=by_post.patient, page="letters").count() == 2
    confirm_posted(clerk(by_post), run_id=run.public_id)
    assert letters_only(visit) == [("patient", "invite", "sent")]
    run.refresh_from_db()
    assert (run.printed_by_name, run.is_open) == ("Ada Coordinator", False)
    assert make_print_run(clerk(by_post), unit=by_post.unit) is None


def test_letter_leads_to_the_readers_own_page_by_square_and_address(by_post: World) -> None:
    visit = by_post.book(ahead=FAR)
    derive_messages()
    run = printed(by_post)
    token = visit.personal_links.get(recipient="patient").token
    raw = pdf_of(clerk(by_post), run_id=run.public_id)
    assert f"/v/{token}/" in "".join(text_of(raw).split())
    assert "point the camera of a telephone at the square" in text_of(raw)
    message = run.printed.get().message
    assert token not in f"{message.body_text} {message.facts}"
    answer = paper_of(message).answer
    assert answer is not None
    assert answer.square == square_of(f"{''.join(answer.address)}?s=0")


def test_second_press_prints_nothing_again(by_post: World) -> None:
    by_post.book(ahead=FAR)
    derive_messages()
    printed(by_post)
    assert make_print_run(clerk(by_post), unit=by_post.unit) is None
    assert PrintedLetter.objects.count() == 1


def test_claim_whose_maker_died_is_printed_after_its_lease(by_post: World) -> None:
    by_post.book(ahead=FAR)
    derive_messages()
    Message.objects.filter(channel="letter").update(state="sending", lease_until=timezone.now(), attempts=1)
    assert printed(by_post).letters == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("cancel", "The visit was cancelled."),
        ("undo", "It was undone before anything was sent."),
        ("arrive", "The patient has arrived."),
    ],
)
def test_letter_no_longer_right_drops_out_before_it_is_printed(by_post: World, change: str, why: str) -> None:
    visit = by_post.book(ahead=FAR)
    derive_messages()
    getattr(by_post, change)(visit)
    waiting, total = letters_waiting(clerk(by_post), unit=by_post.unit, at=timezone.now())
    assert ([one.why_not for one in waiting], total) == ([why], 1)
    assert make_print_run(clerk(by_post), unit=by_post.unit) is None
    assert Message.objects.get(purpose="invite").why == why
    assert tasks(by_post) == []


def test_nobody_writes_to_the_dead(by_post: World) -> None:
    by_post.book(ahead=FAR)
    derive_messages()
    Patient.objects.update(deceased_at=timezone.now())
    assert make_print_run(clerk(by_post), unit=by_post.unit) is None
    assert tasks(by_post) == []


def test_letter_that_came_too_late_while_it_waited_becomes_a_call(by_post: World) -> None:
    visit = by_post.book(ahead=FAR)
    derive_messages()
    Appointment.objects.filter(pk=visit.pk).update(
        starts_at=timezone.now() + 2 * DAY, ends_at=timezone.now() + 2 * DAY + timedelta(hours=3)
    )
    assert make_print_run(clerk(by_post), unit=by_post.unit) is None
    assert letters_only(visit) == [("patient", "invite", "skipped")]
    assert Message.objects.get(purpose="invite").why == "A letter would come too late."
    assert ("call", "Tell the patient: new visit") in [
        (kind.replace("no_address", "call"), title) for kind, title in tasks(by_post)
    ]


def test_change_after_printing_is_said_and_taken_out(by_post: World) -> None:
    other = wants_letters(make_patient(by_post.unit, "Okonjo", "H100002"))
    moved, stays = by_post.book(ahead=FAR), by_post.book(other, ahead=FAR)
    derive_messages()
    run = printed(by_post)
    by_post.move(moved, DAY)
    derive_messages()
    with pytest.raises(LettersChanged) as refusal:
        confirm_posted(clerk(by_post), run_id=run.public_id)
    assert refusal.value.facts["numbers"] == [1]
    assert PrintRun.objects.get().is_open
    confirm_posted(clerk(by_post), run_id=run.public_id, taken_out=[1])
    assert letters_only(moved) == [("patient", "invite", "skipped"), ("patient", "update", "pending")]
    assert letters_only(stays) == [("patient", "invite", "sent")]
    assert [paper.state for paper in run.printed.all()] == ["taken_out", "posted"]


def test_cancellation_follows_a_letter_that_was_posted(by_post: World) -> None:
    visit = by_post.book(ahead=FAR)
    derive_messages()
    confirm_posted(clerk(by_post), run_id=printed(by_post).public_id)
    by_post.cancel(visit)
    derive_messages()
    run = printed(by_post)
    words = text_of(pdf_of(clerk(by_post), run_id=run.public_id))
    assert "is cancelled" in words
    assert "calendar" not in words


def test_spoilt_letter_is_printed_again_and_the_rest_stays(by_post: World) -> None:
    other = wants_letters(make_patient(by_post.unit, "Okonjo", "H100002"))
    by_post.book(ahead=FAR)
    by_post.book(other, ahead=FAR)
    derive_messages()
    run = printed(by_post)
    assert spoil(clerk(by_post), run_id=run.public_id, numbers=[2]) == 1
    again = printed(by_post)
    assert (again.letters, again.printed.get().message.patient_id) == (1, other.pk)
    confirm_posted(clerk(by_post), run_id=run.public_id)
    assert [paper.state for paper in run.printed.all()] == ["posted", "spoilt"]
    assert spoil(clerk(by_post), run_id=again.public_id) == 1
    again.refresh_from_db()
    assert again.spoilt_by_name == "Ada Coordinator"
    with pytest.raises(RunIsClosed, match="Ada Coordinator has already said"):
        confirm_posted(clerk(by_post), run_id=again.public_id)


def test_every_letter_of_a_run_is_large_print_where_its_reader_needs_it(by_post: World) -> None:
    large_print(by_post.patient)
    by_post.book(ahead=FAR)
    derive_messages()
    sizes: set[float] = set()

    def collect(text: str, cm: list[float], tm: list[float], font: object, size: float) -> None:
        if text.strip():
            sizes.add(round(abs(size * tm[3] * cm[3]), 2))

    raw = pdf_of(clerk(by_post), run_id=printed(by_post).public_id)
    for page in PdfReader(BytesIO(raw)).pages:
        page.extract_text(visitor_text=collect)
    assert sizes
    assert min(sizes) >= 16


def test_script_without_a_font_is_told_by_a_person(by_post: World) -> None:
    wants_letters(by_post.patient, given_name="แมรี่")
    visit = by_post.book(ahead=FAR)
    derive_messages()
    assert make_print_run(clerk(by_post), unit=by_post.unit) is None
    assert letters_only(visit) == [("patient", "invite", "failed")]
    assert "message_failed" in [kind for kind, _title in tasks(by_post)]


def test_another_unit_neither_prints_nor_reads_ours(by_post: World) -> None:
    by_post.book(ahead=FAR)
    derive_messages()
    run = printed(by_post)
    stranger = by_post.cast.actor("other_coordinator")
    with pytest.raises(NotAllowed):
        make_print_run(stranger, unit=by_post.unit)
    with pytest.raises(NotFound):
        pdf_of(stranger, run_id=run.public_id)
    with pytest.raises(NotAllowed):
        make_print_run(by_post.cast.actor("doctor"), unit=by_post.unit)


def test_letter_stands_in_one_live_run_only(by_post: World) -> None:
    from django.db import IntegrityError, transaction

    by_post.book(ahead=FAR)
    derive_messages()
    paper = printed(by_post).printed.get()
    with pytest.raises(IntegrityError, match="printed_letter_once"), transaction.atomic():
        PrintedLetter.objects.create(run=paper.run, message=paper.message, number=2, first_page=2, pages=1)
