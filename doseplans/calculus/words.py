"""Why a dose has its dates: first as facts, then in words that staff read beside the date."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from doseplans.calculus.projection import Basis, Counted, ProjectedDose
from doseplans.calculus.protocol import Anchor, Interval, Minimum, Provenance, Window

_SAID = {
    Counted.GIVEN: "{length} after {name} was given on {since}",
    Counted.BOOKED: "{length} after {name}, booked for {since}",
    Counted.DUE: "{length} after {name}, due on {since}",
    Counted.OVERDUE: "{length} after {since}, because {name} is overdue",
    Counted.OMITTED: "{length} after {name} was left out on {since}",
}
SAID_BY = {Provenance.LABEL: "from the label", Provenance.POLICY: "local policy"}


@dataclass(frozen=True, slots=True)
class Reasons:
    """The facts behind a dose's dates.

    `interval` is the whole time from the basis to the target, None for the first dose. `moved_by` is the
    minimum that put the target off, `opened_by` the one that cut the window's beginning; None where neither did.
    """

    basis: Basis
    interval: Interval | None
    interval_provenance: Provenance
    window: Window | None
    moved_by: Minimum | None
    opened_by: Minimum | None


# A unit's plans share the days of a year or two, and each count of a plan names some thirty of them.
@lru_cache(maxsize=4096)
def day_in_words(ordinal: int, beside: int | None = None) -> str:
    """A day as staff say it; the year only where it is not that of the day it stands beside.

    >>> on = lambda *day: date(*day).toordinal()
    >>> day_in_words(on(2026, 10, 26), beside=on(2026, 11, 23)), day_in_words(on(2026, 12, 28), beside=on(2027, 1, 25))
    ('Mon 26 Oct', 'Mon 28 Dec 2026')
    """
    day = date.fromordinal(ordinal)
    year = "" if beside is not None and date.fromordinal(beside).year == day.year else f" {day.year}"
    return f"{day:%a} {day.day} {day:%b}{year}"


def reasons(dose: ProjectedDose) -> Reasons:
    """The facts that gave a dose its dates."""
    step, basis = dose.step, dose.basis
    if dose.previous_on is None:
        return Reasons(basis, None, step.interval_provenance, step.window, None, None)
    index = dose.protocol.step_index(dose.sequence)
    least = dose.protocol.minimum_before(dose.sequence)
    interval, provenance = dose.protocol.interval_of(index), step.interval_provenance
    if basis.counted is Counted.DECIDED:
        return Reasons(basis, interval, provenance, step.window, None, None)
    if basis.tier:
        interval, provenance = basis.tier.interval, basis.tier.provenance
    elif step.anchor is Anchor.FIRST_DOSE:
        interval = Interval(interval.value * dose.protocol.times(dose.sequence), interval.unit)
    by_rule = interval.after(basis.on)
    if step.anchor is Anchor.ORIGINAL_SCHEDULE:
        by_rule = dose.protocol.original_day(dose.sequence, basis.on)
    opens = dose.target - (step.window.before if step.window else 0)
    return Reasons(
        basis=basis,
        interval=interval,
        interval_provenance=provenance,
        window=step.window,
        moved_by=least if dose.target > by_rule else None,
        opened_by=least if dose.target == by_rule and dose.earliest > opens else None,
    )


def explain(dose: ProjectedDose) -> str:
    """The dates of a dose in one line.

    >>> from doseplans.calculus.projection import Given, project
    >>> from doseplans.calculus.protocol import ProtocolRule, StepKind, StepRule
    >>> on = lambda *day: date(*day).toordinal()
    >>> policy = Provenance.POLICY
    >>> tofersen = ProtocolRule((
    ...     StepRule(StepKind.LOADING, 3, Interval(14), window=Window(0, 3, policy)),
    ...     StepRule(StepKind.MAINTENANCE, None, Interval(28), window=Window(2, 5, policy))))
    >>> days = (on(2026, 9, 1), on(2026, 9, 15), on(2026, 9, 29))
    >>> given = [Given(sequence, day) for sequence, day in enumerate(days, start=1)]
    >>> doses = project(tofersen, given, starts_on=days[0], expected={4: on(2026, 10, 29)}, at=on(2026, 10, 1))
    >>> explain(doses[0])
    'The first dose, planned for Tue 1 Sep 2026; window: that day to 3 days after (local policy)'
    >>> explain(doses[3])
    '28 days after loading 3 was given on Tue 29 Sep; window: 2 days before to 5 days after (local policy)'
    >>> explain(doses[4])
    '28 days after maintenance 1, booked for Thu 29 Oct; window: 2 days before to 5 days after (local policy)'
    >>> left_out = project(tofersen, given, starts_on=days[0], expected={}, at=on(2026, 10, 1), steps=2,
    ...     omitted={4: on(2026, 10, 27)}, decided={6: on(2026, 12, 30)})
    >>> for dose in left_out[3:]:
    ...     explain(dose)
    'Left out by a clinician; later doses count from Tue 27 Oct 2026'
    '28 days after maintenance 1 was left out on Tue 27 Oct; window: 2 days before to 5 days after (local policy)'
    'Set for Wed 30 Dec 2026 by a clinician; window: 2 days before to 5 days after (local policy)'
    """
    if dose.counted is Counted.OMITTED:
        return f"Left out by a clinician; later doses count from {day_in_words(dose.counted_on)}"
    why = reasons(dose)
    parts = [_counted(dose, why)]
    if why.moved_by:
        parts.append(f"put off to keep the minimum of {_minimum(why.moved_by)}")
    if why.window is None:
        parts.append("no window is set")
    else:
        parts.append(f"window: {why.window} ({SAID_BY[why.window.provenance]})")
    if why.opened_by:
        opens = day_in_words(dose.earliest, beside=dose.target)
        parts.append(f"opens {opens} to keep the minimum of {_minimum(why.opened_by)}")
    return "; ".join(parts)


def _minimum(minimum: Minimum) -> str:
    return f"{minimum.interval} ({SAID_BY[minimum.provenance]})"


def _counted(dose: ProjectedDose, why: Reasons) -> str:
    if why.basis.counted is Counted.DECIDED:
        return f"Set for {day_in_words(dose.target)} by a clinician"
    if why.interval is None:
        return f"The first dose, planned for {day_in_words(dose.target)}"
    since = day_in_words(why.basis.on, beside=dose.target)
    if why.basis.sequence is None:
        return f"By the original calendar, which began on {since}"
    length = str(why.interval)
    if why.interval_provenance is Provenance.POLICY:
        length += " (local policy)"
    if why.basis.tier:
        length += f" because of a gap of {why.basis.tier.in_words}"
    name = dose.protocol.label(why.basis.sequence).lower()
    return _SAID[why.basis.counted].format(length=length, name=name, since=since)
