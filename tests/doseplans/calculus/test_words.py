"""Every date says what it was counted from, and who says so."""

import pytest

from doseplans.calculus import Counted, ProtocolRule, StepKind, StepRule, explain, reasons
from doseplans.calculus.protocol import Anchor, GapTier, Interval, Minimum, Window
from doseplans.models import Dose
from tests.doseplans.calculus.protocols import (
    DIAGNOSTIC,
    LABEL,
    MONTHS,
    NUSINERSEN,
    OCRELIZUMAB,
    POLICY,
    TOFERSEN,
    count,
    on,
)

LOADED = ("2026-09-01", "2026-09-15", "2026-09-29")


@pytest.mark.parametrize(
    ("expected", "at", "sentence"),
    [
        (
            {},
            "2026-10-01",
            "28 days after maintenance 1, due on Tue 27 Oct; window: 2 days before to 5 days after (local policy)",
        ),
        (
            {4: "2026-10-26"},
            "2026-10-01",
            "28 days after maintenance 1, booked for Mon 26 Oct; window: 2 days before to 5 days after (local policy)",
        ),
        (
            {},
            "2026-10-30",
            (
                "28 days after Fri 30 Oct, because maintenance 1 is overdue; "
                "window: 2 days before to 5 days after (local policy)"
            ),
        ),
    ],
)
def test_a_dose_to_come_says_what_it_counts_from(expected: dict[int, str], at: str, sentence: str) -> None:
    doses = count(TOFERSEN, *LOADED, expected=expected, at=at, steps=2)
    assert explain(doses[4]) == sentence


def test_the_fifth_maintenance_dose_given_is_named_in_the_sixth() -> None:
    days = ["05-05", "05-19", "06-03", "07-01", "07-31", "08-28", "09-28", "10-26"]
    doses = count(TOFERSEN, *(f"2026-{day}" for day in days), steps=1)
    assert explain(doses[8]) == (
        "28 days after maintenance 5 was given on Mon 26 Oct; window: 2 days before to 5 days after (local policy)"
    )


def test_the_reasons_are_facts_too() -> None:
    why = reasons(count(TOFERSEN, *LOADED, steps=1)[3])
    assert (why.basis.sequence, why.basis.on, why.basis.counted) == (3, on("2026-09-29"), Counted.GIVEN)
    assert (why.interval, why.interval_provenance) == (Interval(28), LABEL)
    assert why.window == Window(2, 5, POLICY)
    assert (why.moved_by, why.opened_by) == (None, None)


def test_a_year_is_named_where_the_days_are_in_different_years() -> None:
    doses = count(TOFERSEN, "2026-12-20", steps=1)
    assert explain(doses[1]).startswith("14 days after loading 1 was given on Sun 20 Dec 2026;")


def test_a_dose_put_off_for_the_minimum_says_so() -> None:
    doses = count(NUSINERSEN, "2026-01-05", "2026-01-19", "2026-03-02", steps=1)
    assert explain(doses[3]) == (
        "63 days after loading 1 was given on Mon 5 Jan; put off to keep the minimum of 14 days (from the label); "
        "no window is set"
    )


def test_a_repeated_dose_names_the_gap() -> None:
    doses = count(NUSINERSEN, "2026-01-05", "2026-01-19", "2026-02-02", "2026-03-09", "2026-11-09", steps=1)
    assert explain(doses[5]) == (
        "14 days because of a gap of 8 months or more and less than 16 months after maintenance 1 was given on "
        "Mon 9 Nov; no window is set"
    )


def test_months_from_the_first_dose_are_added_up() -> None:
    doses = count(OCRELIZUMAB, "2026-01-05", "2026-01-19", steps=2)
    assert explain(doses[3]) == "12 months after loading 1 was given on Mon 5 Jan 2026; no window is set"


def test_a_window_cut_by_the_minimum_says_when_it_opens() -> None:
    rule = ProtocolRule(
        (StepRule(StepKind.MAINTENANCE, None, Interval(28), interval_provenance=POLICY, window=Window(20, 0, LABEL)),),
        Minimum(Interval(14), POLICY),
    )
    assert explain(count(rule, "2026-09-01", steps=1)[1]) == (
        "28 days (local policy) after maintenance 1 was given on Tue 1 Sep; "
        "window: 20 days before to that day (from the label); "
        "opens Tue 15 Sep to keep the minimum of 14 days (local policy)"
    )


def test_the_original_calendar_is_named() -> None:
    rule = ProtocolRule((StepRule(StepKind.MAINTENANCE, None, Interval(28), anchor=Anchor.ORIGINAL_SCHEDULE),))
    doses = count(rule, "2026-09-03", starts_on="2026-09-01", steps=1)
    assert explain(doses[1]) == "By the original calendar, which began on Tue 1 Sep; no window is set"


def test_a_single_visit_is_planned_for_its_day() -> None:
    assert explain(count(DIAGNOSTIC, starts_on="2026-09-01")[0]) == (
        "The first dose, planned for Tue 1 Sep 2026; no window is set"
    )


def test_the_longest_reasons_fit_where_they_are_kept() -> None:
    tier = GapTier(Interval(10, MONTHS), Interval(12, MONTHS), 2, Interval(14), POLICY)
    step = StepRule(StepKind.MAINTENANCE, None, Interval(1, MONTHS), window=Window(10, 10, LABEL), gap_tiers=(tier,))
    rule = ProtocolRule((step,), Minimum(Interval(21), LABEL))
    days = [f"{2000 + month // 12}-{month % 12 + 1:02}-25" for month in range(100)]
    why = explain(count(rule, *days, "2009-03-25", steps=1)[-1])
    assert "because of a gap of 10 months or more" in why
    assert "put off to keep the minimum" in why
    assert 200 < len(why) <= (Dose._meta.get_field("rule").max_length or 0)
