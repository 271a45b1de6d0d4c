"""Mails taken apart: as four programs shape an answer, as people write, and as nobody should."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.inbound.bounces import Fate
from reminders.inbound.reading import LONGEST_TEXT, ReadMail, UnreadableMail, read_head, read_mail
from tests.reminders.inbound.mails import PROGRAMS, WRITTEN, Said, bounce, calendar, gmail, outlook, written

UID = UUID("0d5b8a52-7b1c-4a55-9f0a-3a4c5d6e7f80")
SAID = Said(UID)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_an_answer_is_found_however_a_program_packs_it(program: Callable[[Said], bytes]) -> None:
    mail = read_mail(program(SAID.but(partstat="TENTATIVE", sequence=2)))
    found = mail.calendar
    assert found is not None
    assert (found.method, found.uid, found.sequence, found.dtstamp) == ("REPLY", str(UID), 2, WRITTEN)
    assert [(one.address, one.answer) for one in found.attendees] == [("h100001@example.org", "TENTATIVE")]
    assert mail.from_address == "h100001@example.org"
    assert mail.authentication == (
        "mx.clinic.example; spf=pass smtp.mailfrom=example.org; dmarc=pass (p=NONE) header.from=example.org",
    )


def test_a_comment_beside_the_answer_is_one_clean_line() -> None:
    found = read_mail(outlook(SAID.but(comment="Running\\nlate\\, sorry"))).calendar
    assert found is not None
    assert found.comment == "Running late, sorry"


def test_objects_that_differ_are_quarantined() -> None:
    other = calendar(SAID.but(partstat="DECLINED")).encode()
    with pytest.raises(UnreadableMail, match="differ"):
        read_mail(gmail(SAID).replace(b"--gm1--", b"--gm1\r\nContent-Type: text/calendar\r\n\r\n" + other + b"--gm1--"))


def test_our_own_invite_that_comes_back_asks_nothing() -> None:
    mail = read_mail(outlook(SAID.but(method="REQUEST")))
    assert mail.calendar is None


def test_what_somebody_wrote_is_read_without_our_mail_below_it() -> None:
    below = "On Tue, 24 Nov 2026 at 09:00, Clinic <clinic@example.org> wrote:\r\n> Dear Ines"
    mail = read_mail(written("Ines <h100001@example.org>", f"I am away.\r\n\r\n\r\n\r\nInes\r\n{below}"))
    assert (mail.text, mail.is_automatic) == ("I am away.\n\nInes", False)
    assert len(read_mail(written("a@b.example", "x" * 9000)).text) == LONGEST_TEXT


def test_a_page_is_read_as_text() -> None:
    raw = b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n<style>p{}</style><p>I am <b>away</b></p><p>Ines</p>"
    assert read_mail(raw).text == "I am away\nInes"


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "Precedence: bulk",
        "X-Autoreply: yes",
        "List-Id: <news.example>",
    ],
)
def test_a_program_that_answers_is_known_by_its_header(header: str) -> None:
    assert read_mail(written("a@b.example", "Away", more=f"{header}\r\n")).is_automatic
    assert read_mail(b"From: a@b.example\r\nSubject: Out of office: Re\r\n\r\nAway").is_automatic
    assert not read_mail(written("a@b.example", "Here", more="Auto-Submitted: no\r\n")).is_automatic


def test_a_report_is_read_with_the_mail_it_is_about() -> None:
    report = read_mail(bounce("<1@clinic.example>", "new@home.example", original="Ann@home.example")).report
    assert report is not None
    assert report.message_id == "<1@clinic.example>"
    assert report.recipients == (
        ("ann@home.example", Fate.BOUNCED, "5.1.1"),
        ("new@home.example", Fate.BOUNCED, "5.1.1"),
    )


@pytest.mark.parametrize(
    ("action", "status", "fate"),
    [
        ("failed", "5.2.2", Fate.BOUNCED),
        ("failed", "4.4.7", Fate.GIVEN_UP),
        ("delayed", "4.4.1", Fate.DELAYED),
        ("delivered", "2.0.0", Fate.ARRIVED),
        ("relayed", "2.1.5", Fate.ARRIVED),
    ],
)
def test_what_became_of_a_mail(action: str, status: str, fate: Fate) -> None:
    report = read_mail(bounce("<1@clinic.example>", "a@b.example", action=action, status=status)).report
    assert report is not None
    assert report.recipients == (("a@b.example", fate, status),)


def nested(depth: int) -> bytes:
    head = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n"
    return head + b"".join(
        b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1) for n in range(depth)
    )


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (nested(20), "nested too deeply"),
        (nested(5000), "too many parts"),
        (
            b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 9000,
            "parts",
        ),
        (b"From: a@b.example, c@d.example\r\n\r\nx", "several senders"),
        (outlook(SAID).replace(b"VEVENT", b"VJOURNAL"), "holds 0 events"),
        (outlook(SAID).replace(b"DTSTAMP", b"X-STAMP"), "no UID or no DTSTAMP"),
        (outlook(SAID).replace(b"SEQUENCE:0", b"SEQUENCE:many"), "5545|SEQUENCE"),
    ],
    ids=["deep", "deeper", "wide", "two senders", "broken object", "no stamp", "no number"],
)
def test_22_what_cannot_be_read_is_refused_with_words_that_quote_nothing(raw: bytes, why: str) -> None:
    began = time.monotonic()
    with pytest.raises(UnreadableMail, match=why) as refused:
        read_mail(raw)
    assert "example" not in str(refused.value)
    assert time.monotonic() - began < 3


def test_thirty_megabytes_of_one_line_take_no_time() -> None:
    began = time.monotonic()
    mail = read_mail(b"From: a@b.example\r\n\r\n" + b"x" * 30_000_000)
    assert (len(mail.text), time.monotonic() - began < 5) == (LONGEST_TEXT, True)


def test_a_header_alone_says_who_wrote() -> None:
    raw = written("Ines <h100001@example.org>", "A photograph", more="In-Reply-To: <1@clinic.example>\r\n")
    head = read_head(raw)
    assert (head.from_address, head.answers_to, head.text) == ("h100001@example.org", ("<1@clinic.example>",), "")


def test_odd_octets_and_charsets_lose_nothing() -> None:
    raw = b"From: a@b.example\r\nContent-Type: text/plain; charset=x-none\r\n\r\nCaf\xe9 \x00 ok"
    assert read_mail(raw).text == "Café  ok"


def readable(raw: bytes) -> ReadMail | None:
    try:
        return read_mail(raw)
    except UnreadableMail:
        return None


@given(st.binary(max_size=400))
def test_any_octets_are_read_or_refused(raw: bytes) -> None:
    found = readable(raw)
    assert found is None or found.from_address == found.from_address.lower()


@given(st.sampled_from(PROGRAMS), st.randoms(use_true_random=False), st.integers(1, 30))
def test_a_broken_answer_is_read_or_refused(program: Callable[[Said], bytes], rng: random.Random, cuts: int) -> None:
    raw = bytearray(program(SAID))
    for _ in range(cuts):
        at = rng.randrange(len(raw))
        raw[at : at + rng.randrange(4)] = rng.randbytes(rng.randrange(4))
    found = readable(bytes(raw))
    assert found is None or found.text == "" or found.calendar is None
