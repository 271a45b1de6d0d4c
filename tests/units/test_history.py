"""What the database wrote down of a change, read back in words."""

from __future__ import annotations

from datetime import time

import pytest

from tests.cast import Cast
from units.history import changes, recorded_as
from units.models import Unit, User


def test_changes_are_told_newest_first_with_who_and_why(cast: Cast) -> None:
    with recorded_as(cast.actor("administrator"), act="move", reason="new wing"):
        cast.unit.site_name = "Harbour Hospital, east wing"
        cast.unit.nation = Unit.Nation.WALES
        cast.unit.save()
    latest, first = changes(cast.unit.history.all())
    assert (latest.label, latest.actor, latest.act, latest.reason) == (
        "update",
        "Ada Administrator",
        "move",
        "new wing",
    )
    assert [(field.label, field.old, field.new) for field in latest.fields] == [
        ("hospital or site", "Harbour Hospital", "Harbour Hospital, east wing"),
        ("bank holidays of", "England", "Wales"),
    ]
    assert (first.label, first.actor) == ("insert", "")
    assert ("name", None, "Harbour Day Unit") in [(field.label, field.old, field.new) for field in first.fields]


def test_a_time_of_day_is_told_without_seconds(cast: Cast) -> None:
    with recorded_as(cast.actor("administrator"), act="edit"):
        cast.unit.quiet_from = time(21, 30)
        cast.unit.save()
    latest = changes(cast.unit.history.all())[0]
    assert [(field.old, field.new) for field in latest.fields] == [("20:00", "21:30")]


def test_bulk_update_and_delete_are_on_record(cast: Cast) -> None:
    held = cast.nurse.memberships.get()
    with recorded_as(cast.actor("administrator"), act="tidy"):
        cast.nurse.memberships.update(role="doctor")
        cast.nurse.memberships.all().delete()
    history = type(held).history.rel.related_model.objects.filter(user_id=cast.nurse.pk)
    told = changes(history)
    assert [(change.label, change.actor) for change in told] == [
        ("delete", "Ada Administrator"),
        ("update", "Ada Administrator"),
        ("insert", ""),
    ]
    assert [(field.old, field.new) for field in told[1].fields] == [("Nurse", "Doctor")]


def test_password_and_last_sign_in_are_not_kept_twice(cast: Cast) -> None:
    cast.nurse.set_password("another long afternoon")
    cast.nurse.save()
    history = User.history.rel.related_model
    assert not {"password", "last_login"} & {field.name for field in history._meta.fields}
    assert cast.nurse.history.count() == 1


def test_inner_use_case_adds_nothing(cast: Cast) -> None:
    with recorded_as(cast.actor("nurse"), act="outer", reason="why"):
        with recorded_as(cast.actor("doctor"), act="inner"):
            cast.unit.phone = "+441632960009"
        cast.unit.save()
    assert cast.unit.history.latest("pgh_id").pgh_context.metadata["act"] == "outer"


def test_use_case_that_fails_ends_its_context(cast: Cast) -> None:
    def fails() -> None:
        with recorded_as(cast.actor("nurse"), act="fails"):
            Unit.objects.filter(pk=cast.unit.pk).update(site_name="X")
            raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        fails()
    with recorded_as(cast.actor("doctor"), act="works"):
        Unit.objects.filter(pk=cast.unit.pk).update(site_name="Y")
    latest = changes(cast.unit.history.all())[0]
    assert (latest.actor, latest.act) == ("Ada Doctor", "works")
