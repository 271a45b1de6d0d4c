"""A call that somebody asked for on their own page, as whoever rings them reads it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from patients.models import WorklistItem
from tests.cast import Cast
from tests.desk.conftest import words
from tests.portal.visitor import DAY, Visitor, visitor_of

Staff = Callable[[str], Client]


@pytest.fixture
def visitor(cast: Cast) -> Visitor:
    visitor = visitor_of(cast).come_in()
    assert visitor.answers("ring", note="After two").status_code == 303
    return visitor


def moment(visitor: Visitor) -> str:
    local = visitor.world.unit.local(visitor.visit.arrives_at)
    return f"{local:%a} {local.day} {local:%b}"


def read(staff: Staff) -> list[str]:
    """The list, and the call opened beside it."""
    client, item = staff("coordinator"), WorklistItem.objects.get(key__startswith="ring:")
    return [words(client.get("/worklist/")), words(client.get(f"/worklist/{item.public_id}/"))]


def test_call_says_when_the_visit_is(visitor: Visitor, staff: Staff) -> None:
    for page in read(staff):
        assert f"Visit of {moment(visitor)}" in page
        assert "by now" not in page


def test_call_says_where_the_visit_was_moved_to_since(visitor: Visitor, staff: Staff) -> None:
    before = moment(visitor)
    visitor.world.move(visitor.visit, 2 * DAY + timedelta(hours=1))
    for page in read(staff):
        assert f"The visit is on {moment(visitor)}" in page
        assert f"Visit of {before}" in page
        assert page.index("by now.") < page.index("After two")


def test_call_says_that_the_visit_is_cancelled_by_now(visitor: Visitor, staff: Staff) -> None:
    visitor.world.cancel(visitor.visit)
    for page in read(staff):
        assert "The visit is cancelled by now." in page


def test_call_leads_to_its_visit(visitor: Visitor, staff: Staff) -> None:
    item = WorklistItem.objects.get(key__startswith="ring:")
    page = staff("coordinator").get(f"/worklist/{item.public_id}/").content.decode()
    assert f"/visits/{visitor.visit.public_id}/" in page


def test_call_taken_back_is_off_the_list_and_on_record(visitor: Visitor, staff: Staff) -> None:
    visitor.answers("no_call")
    assert "Ring back" not in words(staff("coordinator").get("/worklist/"))
    done = words(staff("coordinator").get("/worklist/?whose=done"))
    assert "They need no call any more: taken back on their own page." in done
    assert "By itself" in done
