"""Protocols that contradict themselves are refused before a date is counted."""

from collections.abc import Callable

import pytest

from doseplans.calculus import (
    Anchor,
    GapTier,
    Interval,
    Minimum,
    ProtocolInvalid,
    ProtocolRule,
    StepKind,
    StepRule,
    Window,
)
from tests.doseplans.calculus.protocols import DIAGNOSTIC, LABEL, MONTHS, NUSINERSEN, POLICY, TOFERSEN

FORTNIGHT, FOUR_WEEKS = Interval(14), Interval(28)
TIER = GapTier(Interval(8, MONTHS), None, 2, FORTNIGHT, LABEL)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: ProtocolRule(()), id="no steps"),
        pytest.param(lambda: Interval(0), id="an interval of nothing"),
        pytest.param(lambda: Window(-1, 0, POLICY), id="a negative window"),
        pytest.param(lambda: StepRule(StepKind.LOADING, 0, FORTNIGHT), id="a step without doses"),
        pytest.param(lambda: GapTier(FOUR_WEEKS, None, 1, FORTNIGHT, LABEL), id="a gap rule that repeats nothing"),
        pytest.param(
            lambda: StepRule(StepKind.MAINTENANCE, None, FOUR_WEEKS, anchor=Anchor.FIRST_DOSE, gap_tiers=(TIER,)),
            id="a gap rule where gaps are not counted",
        ),
        pytest.param(
            lambda: ProtocolRule(
                (StepRule(StepKind.MAINTENANCE, None, FOUR_WEEKS), StepRule(StepKind.LOADING, 1, FORTNIGHT))
            ),
            id="a step after one without end",
        ),
        pytest.param(
            lambda: ProtocolRule((StepRule(StepKind.LOADING, 1, FORTNIGHT), StepRule(StepKind.LOADING, 1, None))),
            id="a later step without an interval",
        ),
        pytest.param(lambda: ProtocolRule((StepRule(StepKind.LOADING, 2, None),)), id="two doses without interval"),
        pytest.param(
            lambda: ProtocolRule((StepRule(StepKind.LOADING, 2, FORTNIGHT),), Minimum(Interval(15), POLICY)),
            id="an interval under the minimum",
        ),
    ],
)
def test_a_contradiction_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(ProtocolInvalid):
        make()


def test_the_length_is_known_where_every_step_is_counted() -> None:
    counted = ProtocolRule((StepRule(StepKind.LOADING, 3, FORTNIGHT), StepRule(StepKind.MAINTENANCE, 4, FOUR_WEEKS)))
    assert (counted.length, TOFERSEN.length, DIAGNOSTIC.length) == (7, None, 1)


def test_a_dose_is_named_by_its_kind_and_its_number_in_that_kind() -> None:
    assert [NUSINERSEN.label(sequence) for sequence in (1, 3, 4, 5)] == [
        "Loading 1",
        "Loading 3",
        "Loading 4",
        "Maintenance 1",
    ]
    visits = ProtocolRule((StepRule(StepKind.SINGLE, 2, FORTNIGHT),))
    assert visits.label(2) == "Dose 2"
