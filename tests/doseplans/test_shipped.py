"""Tofersen as a new installation has it: every figure beside its source."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from doseplans.calculus import project

if TYPE_CHECKING:
    from doseplans.models import Protocol


def test_the_dose_and_what_it_asks_of_a_patient(tofersen: Protocol) -> None:
    assert (tofersen.status, tofersen.dose_amount, tofersen.dose_unit) == ("active", Decimal(100), "mg")
    assert (tofersen.volume_ml, tofersen.csf_removed_ml) == (Decimal(15), Decimal(10))
    assert (tofersen.minimum_age_years, tofersen.needs_genetic_test) == (18, True)
    assert (tofersen.needs_prescriber, tofersen.needs_review) == (True, True)
    assert (tofersen.needs_pregnancy_discussion, tofersen.needs_registry_return) == (True, True)
    assert (tofersen.minimum_interval_days, tofersen.minimum_interval_provenance) == (14, "policy")


def test_the_steps_are_the_label_and_their_windows_policy(tofersen: Protocol) -> None:
    assert list(
        tofersen.steps.values_list(
            "kind", "count", "interval", "interval_unit", "anchor", "interval_provenance",
            "window_before_days", "window_after_days", "window_provenance",
        )
    ) == [
        ("loading", 3, 14, "days", "previous_actual", "label", 0, 3, "policy"),
        ("maintenance", None, 28, "days", "previous_actual", "label", 2, 5, "policy"),
    ]  # fmt: skip


def test_the_visit_is_three_and_a_quarter_hours_and_only_the_procedure_takes_the_room(tofersen: Protocol) -> None:
    phases = tofersen.phases.values_list(
        "phase", "minutes", "needs_room", "needs_operator", "needs_recovery_place", "provenance"
    )
    assert list(phases) == [
        ("arrival", 15, False, False, False, "policy"),
        ("preparation", 45, False, False, False, "policy"),
        ("procedure", 45, True, True, False, "policy"),
        ("recovery", 75, False, False, True, "policy"),
        ("discharge", 15, False, False, False, "policy"),
    ]


def test_the_rule_read_from_the_rows_is_fifteen_doses_in_a_year(tofersen: Protocol) -> None:
    start = date(2026, 1, 5).toordinal()
    doses = project(tofersen.rule, [], starts_on=start, expected={}, at=start, steps=15)
    days = [0, 14, 28, 56, 84, 112, 140, 168, 196, 224, 252, 280, 308, 336, 364]
    assert [target - start for target in doses.target] == days
