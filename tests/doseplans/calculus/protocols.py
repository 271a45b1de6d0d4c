"""Protocols as the tests need them, built by hand so that nothing depends on what is shipped."""

from datetime import date

from doseplans.calculus import (
    Anchor,
    GapTier,
    Given,
    Interval,
    IntervalUnit,
    Minimum,
    Projection,
    ProtocolRule,
    Provenance,
    StepKind,
    StepRule,
    Window,
    project,
)

DAYS, MONTHS = IntervalUnit.DAYS, IntervalUnit.MONTHS
LABEL, POLICY = Provenance.LABEL, Provenance.POLICY

# Intervals: label. Windows and the minimum: local policy, the defaults shipped.
TOFERSEN = ProtocolRule(
    steps=(
        StepRule(StepKind.LOADING, 3, Interval(14), window=Window(0, 3, POLICY)),
        StepRule(StepKind.MAINTENANCE, None, Interval(28), window=Window(2, 5, POLICY)),
    ),
    minimum=Minimum(Interval(14), POLICY),
)

# D0, 14, 28, 63, then every 4 calendar months; a gap of 8 to under 16 months: two doses 14 days apart.
NUSINERSEN = ProtocolRule(
    steps=(
        StepRule(StepKind.LOADING, 3, Interval(14)),
        StepRule(StepKind.LOADING, 1, Interval(63), anchor=Anchor.FIRST_DOSE),
        StepRule(
            StepKind.MAINTENANCE,
            None,
            Interval(4, MONTHS),
            gap_tiers=(GapTier(Interval(8, MONTHS), Interval(16, MONTHS), 2, Interval(14), LABEL),),
        ),
    ),
    minimum=Minimum(Interval(14), LABEL),
)

# Two infusions 14 days apart, then every 6 months from the first; at least 5 months between those.
OCRELIZUMAB = ProtocolRule(
    steps=(
        StepRule(StepKind.LOADING, 2, Interval(14)),
        StepRule(
            StepKind.MAINTENANCE,
            None,
            Interval(6, MONTHS),
            anchor=Anchor.FIRST_DOSE,
            minimum=Minimum(Interval(5, MONTHS), LABEL),
        ),
    )
)

NATALIZUMAB = ProtocolRule((StepRule(StepKind.MAINTENANCE, None, Interval(28)),))
DIAGNOSTIC = ProtocolRule((StepRule(StepKind.SINGLE, 1, None),))


def on(text: str) -> int:
    """The ordinal of an ISO date."""
    return date.fromisoformat(text).toordinal()


def iso(ordinal: int) -> str:
    """The ISO date of an ordinal."""
    return date.fromordinal(ordinal).isoformat()


def given(*days: str) -> list[Given]:
    """Doses 1, 2, ... given on these ISO dates."""
    return [Given(sequence, on(day)) for sequence, day in enumerate(days, start=1)]


def targets(doses: Projection) -> list[str]:
    """The target dates, as ISO text."""
    return [iso(target) for target in doses.target]


def count(
    rule: ProtocolRule,
    *days: str,
    starts_on: str | None = None,
    at: str | None = None,
    expected: dict[int, str] | None = None,
    steps: int = 13,
) -> Projection:
    """A projection written in ISO dates; without `at`, as it stands on the day of the last dose given."""
    starts = starts_on or days[0]
    return project(
        rule,
        given(*days),
        starts_on=on(starts),
        expected={sequence: on(day) for sequence, day in (expected or {}).items()},
        at=on(at or (days[-1] if days else starts)),
        steps=steps,
    )
