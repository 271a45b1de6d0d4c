"""What patients wrote in reply is read beside the worklist, by whoever may see messages, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from patients.models import WorklistItem
from reminders.inbound.handling import Arrived, handle
from tests.cast import Cast
from tests.desk.conftest import words
from tests.reminders.inbound.mails import written

Staff = Callable[[str], Client]
SAID = "I have a <b>cold</b>.\n\nCan I still come?"


@pytest.fixture
def item(cast: Cast) -> WorklistItem:
    handle(Arrived(written("Ines <h100001@example.org>", SAID), timezone.now()))
    handle(Arrived(written("ines@work.example", "Hello?"), timezone.now()))  # from nobody on record
    return WorklistItem.objects.get(kind="unmatched_reply")


def test_a_reply_is_read_where_it_is_to_be_done(cast: Cast, item: WorklistItem, staff: Staff) -> None:
    panel = staff("coordinator").get(f"/worklist/{item.public_id}/")
    said = words(panel)
    assert "The patient, h100001@example.org" in said
    assert "I have a <b>cold</b>. Can I still come?" in said
    assert b"&lt;b&gt;" in panel.content
    listed = words(staff("coordinator").get("/worklist/?kind=unmatched_reply"))
    assert ("Replies" in listed, "Read it" in listed, "cold" in listed) == (True, True, False)


def test_who_may_not_see_messages_does_not_read_it(item: WorklistItem, staff: Staff) -> None:
    assert "cold" not in words(staff("pharmacist").get(f"/worklist/{item.public_id}/"))
    assert staff("other_nurse").get(f"/worklist/{item.public_id}/").status_code == 404
