"""The examples that are shipped beside tofersen: drafts whose rows alone give the dates of other medicines.

Source of every figure: the table "Other protocols the model must carry without code changes" of the domain facts.
"""

from __future__ import annotations

from datetime import date

import pytest

from doseplans.calculus import Given, Projection, project
from doseplans.errors import ProtocolIncomplete, ProtocolNotInUse
from doseplans.models import Protocol
from doseplans.services import put_in_use, start_plan
from tests.cast import Cast

pytestmark = pytest.mark.django_db

CODES = [
    "diagnostic-lp",
    "it-chemotherapy",
    "natalizumab",
    "nusinersen-50-28",
    "nusinersen-eu",
    "nusinersen-us",
    "ocrelizumab",
]


def counted(code: str, *given: str, starts_on: str = "", steps: int) -> Projection:
    days = [date.fromisoformat(day).toordinal() for day in given]
    starts = date.fromisoformat(starts_on or given[0]).toordinal()
    return project(
        Protocol.objects.get(code=code).rule,
        [Given(sequence, day) for sequence, day in enumerate(days, start=1)],
        starts_on=starts,
        expected={},
        at=days[-1] if days else starts,
        steps=steps,
    )


def due(doses: Projection, *, given: int = 0) -> list[str]:
    return [date.fromordinal(dose.target).isoformat() for dose in doses[given:]]


def test_they_are_drafts_and_say_that_they_are_examples() -> None:
    examples = Protocol.objects.exclude(code="tofersen")
    assert sorted(examples.values_list("code", flat=True)) == CODES
    assert {example.status for example in examples} == {"draft"}
    assert all("(example)" in example.name and example.source.startswith("Example") for example in examples)


@pytest.mark.parametrize("code", CODES)
def test_no_plan_is_started_on_one(cast: Cast, code: str) -> None:
    with pytest.raises(ProtocolNotInUse):
        start_plan(
            cast.actor("doctor"),
            patient=cast.patient,
            protocol=Protocol.objects.get(code=code),
            starts_on=date(2026, 12, 1),
            on=date(2026, 11, 24),
        )


@pytest.mark.parametrize("code", CODES)
def test_none_is_put_in_use_before_a_site_has_finished_it(cast: Cast, code: str) -> None:
    with pytest.raises(ProtocolIncomplete):
        put_in_use(cast.actor("administrator"), protocol=Protocol.objects.get(code=code))


@pytest.mark.parametrize(
    ("code", "starts_on", "days"),
    [
        # D0, 14, 28, 63, then every 4 calendar months
        ("nusinersen-eu", "2026-01-31", ["2026-01-31", "2026-02-14", "2026-02-28", "2026-04-04",
                                         "2026-08-04", "2026-12-04", "2027-04-04"]),
        # 31 October: four months later February has no 31st
        ("nusinersen-eu", "2026-08-29", ["2026-08-29", "2026-09-12", "2026-09-26", "2026-10-31",
                                         "2027-02-28", "2027-06-28"]),
        # 50 mg twice 14 days apart, then every 4 months
        ("nusinersen-50-28", "2027-10-15", ["2027-10-15", "2027-10-29", "2028-02-29", "2028-06-29"]),
        # twice 14 days apart, then every 6 months from infusion 1, clamped at the month's end
        ("ocrelizumab", "2026-08-31", ["2026-08-31", "2026-09-14", "2027-02-28", "2027-08-31", "2028-02-29"]),
        # every 4 weeks
        ("natalizumab", "2026-12-08", ["2026-12-08", "2027-01-05", "2027-02-02"]),
        ("diagnostic-lp", "2026-12-08", ["2026-12-08"]),
        ("it-chemotherapy", "2026-12-08", ["2026-12-08"]),
    ],
)  # fmt: skip
def test_their_rows_give_the_dates(code: str, starts_on: str, days: list[str]) -> None:
    assert due(counted(code, starts_on=starts_on, steps=len(days)))[: len(days)] == days


def test_a_late_dose_of_nusinersen_moves_what_follows() -> None:
    # Maintenance given 20 days late, within 8 months: every 4 months from the day given.
    doses = counted("nusinersen-eu", "2026-01-31", "2026-02-14", "2026-02-28", "2026-04-04", "2026-08-24", steps=2)
    assert due(doses, given=5) == ["2026-12-24", "2027-04-24"]


@pytest.mark.parametrize(
    ("given_on", "days"),
    [
        ("2026-12-03", ["2027-04-03", "2027-08-03"]),  # a day under eight months
        ("2026-12-04", ["2026-12-18", "2027-04-18"]),  # eight months: two doses 14 days apart, then 4-monthly
        ("2027-08-03", ["2027-08-17", "2027-12-17"]),  # a day under sixteen
        ("2027-08-04", ["2027-12-04", "2028-04-04"]),  # sixteen: no tier is given, so none is made up
    ],
)
def test_a_gap_of_eight_to_sixteen_months_repeats_a_dose(given_on: str, days: list[str]) -> None:
    doses = counted("nusinersen-eu", "2026-01-31", "2026-02-14", "2026-02-28", "2026-04-04", given_on, steps=2)
    assert due(doses, given=5) == days


def test_what_has_no_source_is_empty() -> None:
    american = Protocol.objects.get(code="nusinersen-us")
    assert (american.dose_amount, american.volume_ml, american.csf_removed_ml) == (None, None, None)
    assert (american.steps.count(), american.phases.count(), american.gap_tiers.count()) == (0, 0, 0)
    strong = Protocol.objects.get(code="nusinersen-50-28")
    assert (strong.csf_removed_ml, strong.minimum_interval_days, strong.gap_tiers.count()) == (None, None, 0)
    assert list(strong.steps.values_list("dose_amount", flat=True)) == [50, 28]
    assert not Protocol.objects.filter(code__in=CODES, minimum_interval_days__isnull=False).exists()


def test_the_least_time_between_maintenance_infusions_of_ocrelizumab_is_five_months() -> None:
    # Infusion 2 a month late: the third stays at 6 months from infusion 1, but never under 5 months from infusion 2.
    doses = counted("ocrelizumab", "2026-01-05", "2026-03-01", steps=1)
    assert due(doses, given=2) == ["2026-08-01"]
