"""What becomes of an answer: points 19 to 21 of the invites' definition of done, as a table without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reminders.inbound.authentication import Sender, sender_of
from reminders.inbound.judging import Apply, Asked, Hold, OnRecord, Reason, Reject, judge

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ANN, BEN = "ann@home.example", "ben@home.example"
TOLD = OnRecord(1, 2, {ANN: "patient", BEN: "carer:7"})
ASKED = Asked("REPLY", 2, NOON, ((ANN, "ACCEPTED"),), ANN, Sender.PROVEN, NOON)


@pytest.mark.parametrize(
    ("partstat", "status"), [("ACCEPTED", "accepted"), ("declined", "declined"), ("TENTATIVE", "tentative")]
)
def test_19_an_answer_is_its_attendees_alone(partstat: str, status: str) -> None:
    assert judge(replace(ASKED, attendees=((ANN, partstat),)), TOLD) == Apply("patient", status)
    carers = replace(ASKED, attendees=((BEN.upper(), partstat),), from_address=BEN)
    assert judge(carers, TOLD) == Apply("carer:7", status)


@pytest.mark.parametrize(
    ("changes", "last", "reason"),
    [
        ({}, (2, NOON), Reason.NOT_NEWER),
        ({"dtstamp": NOON - timedelta(seconds=1)}, (2, NOON), Reason.NOT_NEWER),
        ({"sequence": 1, "dtstamp": NOON + timedelta(hours=1)}, (2, NOON), Reason.NOT_NEWER),
        ({"sequence": 0}, None, Reason.BEFORE_MOVE),
        ({"sequence": -1}, None, Reason.BEFORE_MOVE),
        ({"sequence": 3}, None, Reason.AHEAD),
        ({"dtstamp": NOON + timedelta(days=2)}, None, Reason.STAMP_AHEAD),
    ],
    ids=["the same again", "older", "older state", "before the move", "below zero", "never sent", "from the future"],
)
def test_20_what_is_out_of_turn_changes_nothing(
    changes: dict[str, Any], last: tuple[int, datetime] | None, reason: Reason
) -> None:
    told = replace(TOLD, last={"patient": last} if last else {})
    assert judge(replace(ASKED, **changes), told) == Reject(reason)


def test_20_a_newer_answer_counts_whatever_somebody_else_said() -> None:
    told = replace(TOLD, last={"patient": (2, NOON), "carer:7": (2, NOON + timedelta(hours=2))})
    assert judge(replace(ASKED, dtstamp=NOON + timedelta(seconds=1)), told) == Apply("patient", "accepted")
    assert judge(replace(ASKED, sequence=1), TOLD) == Apply("patient", "accepted")  # a text edit since: the same time


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"attendees": (("eve@evil.example", "ACCEPTED"),)}, Reject(Reason.STRANGER, is_to_read=True)),
        ({"from_address": "eve@evil.example"}, Reject(Reason.OTHER_SENDER, is_to_read=True)),
        ({"from_address": ""}, Reject(Reason.OTHER_SENDER, is_to_read=True)),
        ({"sender": Sender.FORGED}, Reject(Reason.FORGED)),
        ({"sender": Sender.UNKNOWN}, Hold("patient", "accepted")),
        ({"attendees": ((ANN, "ACCEPTED"), (BEN, "DECLINED"))}, Reject(Reason.MANY_ATTENDEES, is_to_read=True)),
        ({"attendees": ()}, Reject(Reason.MANY_ATTENDEES, is_to_read=True)),
        ({"attendees": ((ANN, "DELEGATED"),)}, Reject(Reason.NO_ANSWER, is_to_read=True)),
        ({"attendees": ((ANN, "NEEDS-ACTION"),)}, Reject(Reason.NO_ANSWER)),
        ({"method": "COUNTER"}, Reject(Reason.OTHER_TIME, is_to_read=True)),
        ({"method": "REFRESH"}, Reject(Reason.OTHER_METHOD, is_to_read=True)),
        ({"method": ""}, Reject(Reason.OTHER_METHOD, is_to_read=True)),
    ],
)
def test_21_strangers_and_forgers_change_nothing(changes: dict[str, Any], verdict: Hold | Reject) -> None:
    assert judge(replace(ASKED, **changes), TOLD) == verdict


def test_a_visit_that_is_over_or_unknown_needs_no_answer() -> None:
    assert judge(ASKED, replace(TOLD, is_open=False)) == Reject(Reason.OVER)
    assert judge(ASKED, None) == Reject(Reason.UNKNOWN_VISIT)


PASS = "mx.clinic.example; dmarc=pass header.from=home.example"


@pytest.mark.parametrize(
    ("headers", "sender"),
    [
        ([PASS], Sender.PROVEN),
        (["mx.clinic.example 1; dkim=pass header.d=x; DMARC=Pass (p=reject; (nested) dmarc=fail)"], Sender.PROVEN),
        (["mx.clinic.example; dmarc=fail (p=none) header.from=home.example"], Sender.FORGED),
        (["mx.clinic.example; dmarc=fail", PASS], Sender.FORGED),  # ours is on top; the one below was written by others
        (["mx.evil.example; dmarc=pass header.from=home.example"], Sender.UNKNOWN),
        (["mx.evil.example; dmarc=pass", "mx.clinic.example; dmarc=none"], Sender.UNKNOWN),
        (["mx.clinic.example.evil.example; dmarc=pass"], Sender.UNKNOWN),
        (["mx.clinic.example; dmarc=pass header.from=other.example"], Sender.UNKNOWN),
        (["mx.clinic.example; spf=pass; dkim=pass header.d=home.example"], Sender.UNKNOWN),
        (["mx.clinic.example; x-dmarc=pass; arc=pass (dmarc=pass)"], Sender.UNKNOWN),
        (["mx.clinic.example; dmarc=temperror"], Sender.UNKNOWN),
        (["(" * 3000 + "mx.clinic.example; dmarc=pass"], Sender.UNKNOWN),
        ([], Sender.UNKNOWN),
    ],
)
def test_21_only_our_own_servers_topmost_word_counts(headers: list[str], sender: Sender) -> None:
    assert sender_of(headers, our_id="MX.clinic.example", domain="Home.example") == sender
    assert sender_of(headers, our_id="", domain="home.example") == Sender.UNKNOWN
