"""The record that a dose was given, and its putting right."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from doseplans.errors import DoseAlreadyGiven, DoseNotGiven, DoseOutOfOrder
from doseplans.models import Administration, Dose, DosePlan, Protocol
from doseplans.services import GivenRecord, place_hold, record_given, start_plan, withdraw_given
from tests.doseplans.conftest import NOW, TODAY, history_of
from units.errors import InvalidInput, NotAllowed

if TYPE_CHECKING:
    from tests.cast import Cast

pytestmark = pytest.mark.django_db
RECORD = GivenRecord(
    given_at=datetime(2026, 12, 1, 10, 40, tzinfo=UTC),
    operator_name="Dr A. Malik",
    access_route="unguided",
    lot="B1234",
    expires_on=date(2027, 8, 31),
    dose_amount=Decimal(100),
    volume_ml=Decimal(15),
    csf_removed_ml=Decimal(10),
)
LATER = NOW + timedelta(days=60)


def dose_of(plan: DosePlan, sequence: int) -> Dose:
    return Dose.objects.select_related("plan__patient__unit", "plan__protocol").get(plan=plan, sequence=sequence)


def give(cast: Cast, plan: DosePlan, sequence: int, day: date | None = None, who: str = "nurse") -> Administration:
    record = RECORD if day is None else GivenRecord.on_day(day, cast.unit)
    return record_given(cast.actor(who), dose=dose_of(plan, sequence), record=record, at=LATER)


def test_everything_written_down_is_kept(plan: DosePlan, cast: Cast) -> None:
    given = Administration.objects.get(pk=give(cast, plan, 1).pk)
    assert (given.given_on, given.given_at, given.is_time_known) == (date(2026, 12, 1), RECORD.given_at, True)
    assert (given.dose_amount, given.dose_unit) == (Decimal("100.00"), "mg")
    assert (given.lot, given.expires_on, given.volume_ml, given.csf_removed_ml) == (
        "B1234",
        date(2027, 8, 31),
        Decimal(15),
        Decimal(10),
    )
    assert (given.recorded_by, given.source) == (cast.nurse, "day_board")


def test_the_day_is_the_units_calendar_day(plan: DosePlan, cast: Cast) -> None:
    # 23:30 UTC on the last day of British Summer Time's evening is half past midnight of the next day there.
    record = replace(RECORD, given_at=datetime(2026, 7, 1, 23, 30, tzinfo=UTC))
    given = record_given(cast.actor("nurse"), dose=dose_of(plan, 1), record=record, at=LATER)
    assert given.given_on == date(2026, 7, 2)


def test_a_day_without_a_time_is_noon_of_the_unit(plan: DosePlan, cast: Cast) -> None:
    given = give(cast, plan, 1, date(2026, 7, 1))
    assert (given.given_at, given.is_time_known) == (datetime(2026, 7, 1, 11, 0, tzinfo=UTC), False)


@pytest.mark.parametrize("who", ["coordinator", "pharmacist", "manager", "administrator", "other_nurse", "loner"])
def test_only_a_nurse_or_doctor_of_the_unit_records(plan: DosePlan, cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        give(cast, plan, 1, who=who)
    assert not Administration.objects.exists()


def test_a_dose_is_recorded_once(plan: DosePlan, cast: Cast) -> None:
    give(cast, plan, 1)
    with pytest.raises(DoseAlreadyGiven) as caught:
        give(cast, plan, 1)
    assert caught.value.sentence.startswith("Loading dose 1 of 3 is on record as given on Tue 1 Dec 2026.")
    assert Administration.objects.count() == 1


def test_the_dose_before_is_recorded_first(plan: DosePlan, cast: Cast) -> None:
    with pytest.raises(DoseOutOfOrder) as caught:
        give(cast, plan, 2)
    assert caught.value.sentence == "Loading dose 1 of 3 is not on record as given. Record that one first."


@pytest.mark.parametrize("day", [date(2026, 12, 1), date(2026, 11, 30)])
def test_a_dose_is_given_on_a_later_day_than_the_one_before(plan: DosePlan, cast: Cast, day: date) -> None:
    give(cast, plan, 1)
    with pytest.raises(DoseOutOfOrder):
        give(cast, plan, 2, day)


def test_a_time_to_come_is_refused(plan: DosePlan, cast: Cast) -> None:
    with pytest.raises(InvalidInput) as caught:
        record_given(cast.actor("nurse"), dose=dose_of(plan, 1), record=RECORD, at=NOW)
    assert caught.value.facts == {"fields": {"given_at": "The time given lies in the future."}}


def test_a_dose_of_nothing_is_refused(plan: DosePlan, cast: Cast) -> None:
    record = replace(RECORD, dose_amount=Decimal(0))
    with pytest.raises(InvalidInput):
        record_given(cast.actor("nurse"), dose=dose_of(plan, 1), record=record, at=LATER)


def test_what_happened_is_taken_down_even_under_a_hold_and_too_early(plan: DosePlan, cast: Cast) -> None:
    place_hold(cast.actor("doctor"), plan=plan, reason="Fever", on=TODAY)
    give(cast, plan, 1)
    assert give(cast, plan, 2, date(2026, 12, 5)).given_on == date(2026, 12, 5)


def test_a_two_person_check_needs_two_people_where_the_protocol_asks(cast: Cast) -> None:
    protocol = Protocol.objects.create(code="checked", name="Checked", status="active", needs_second_check=True)
    protocol.steps.create(ordinal=1, kind="single", count=1, interval=0)
    plan = start_plan(cast.actor("doctor"), patient=cast.patient, protocol=protocol, starts_on=TODAY, on=TODAY)
    dose = dose_of(plan, 1)
    for checker in ("", "dr a. malik"):
        with pytest.raises(InvalidInput) as caught:
            record_given(cast.actor("nurse"), dose=dose, record=replace(RECORD, second_checker_name=checker), at=LATER)
        assert list(caught.value.facts["fields"]) == ["second_checker_name"]  # type: ignore[call-overload]
    record_given(cast.actor("nurse"), dose=dose, record=replace(RECORD, second_checker_name="T. Bello"), at=LATER)


def test_a_wrong_record_is_put_right_and_the_old_one_kept(plan: DosePlan, cast: Cast) -> None:
    wrong = give(cast, plan, 1)
    withdraw_given(cast.actor("nurse"), dose=dose_of(plan, 1), reason="Typed a day early")
    right = give(cast, plan, 1, date(2026, 12, 2))
    assert list(Administration.objects.order_by("pk").values_list("pk", "is_entered_in_error")) == [
        (wrong.pk, True),
        (right.pk, False),
    ]
    assert history_of(wrong).reverse()[0].pgh_context.metadata["reason"] == "Typed a day early"


def test_only_the_last_dose_given_is_withdrawn(plan: DosePlan, cast: Cast) -> None:
    give(cast, plan, 1)
    give(cast, plan, 2, date(2026, 12, 15))
    with pytest.raises(DoseOutOfOrder):
        withdraw_given(cast.actor("nurse"), dose=dose_of(plan, 1), reason="Wrong patient")


def test_withdrawing_needs_a_record_and_a_reason(plan: DosePlan, cast: Cast) -> None:
    with pytest.raises(DoseNotGiven):
        withdraw_given(cast.actor("nurse"), dose=dose_of(plan, 1), reason="Wrong patient")
    give(cast, plan, 1)
    with pytest.raises(InvalidInput):
        withdraw_given(cast.actor("nurse"), dose=dose_of(plan, 1), reason=" ")
    with pytest.raises(NotAllowed):
        withdraw_given(cast.actor("coordinator"), dose=dose_of(plan, 1), reason="Wrong patient")
