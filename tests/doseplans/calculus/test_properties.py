"""What holds for every protocol, history and diary."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from doseplans.calculus import (
    Anchor,
    Counted,
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
    explain,
    project,
    too_early,
)

START = 740_000
units = st.sampled_from(IntervalUnit)
windows = st.none() | st.builds(Window, st.integers(0, 9), st.integers(0, 9), st.sampled_from(Provenance))
minima = st.none() | st.builds(Minimum, st.builds(Interval, st.integers(1, 3), units), st.sampled_from(Provenance))
NEVER = GapTier(Interval(20_000), None, 2, Interval(14), Provenance.LABEL)


@st.composite
def steps(draw: st.DrawFn, *, is_last: bool) -> StepRule:
    """Intervals are always longer than any minimum drawn, so that the minimum moves nothing on its own."""
    unit = draw(units)
    return StepRule(
        kind=draw(st.sampled_from(StepKind)),
        count=draw(st.none() | st.integers(1, 6)) if is_last else draw(st.integers(1, 4)),
        interval=Interval(draw(st.integers(94, 120) if unit is IntervalUnit.DAYS else st.integers(4, 6)), unit),
        anchor=draw(st.sampled_from(Anchor)),
        window=draw(windows),
    )


@st.composite
def protocols(draw: st.DrawFn, anchor: Anchor | None = None) -> ProtocolRule:
    length = draw(st.integers(1, 3))
    drawn = [draw(steps(is_last=index == length - 1)) for index in range(length)]
    if anchor is not None:
        drawn = [replace(step, anchor=anchor) for step in drawn]
    return ProtocolRule(tuple(drawn), draw(minima))


@st.composite
def histories(draw: st.DrawFn, rule: ProtocolRule) -> list[Given]:
    most = min(rule.length or 20, 20)
    day, history = START + draw(st.integers(-5, 5)), []
    for sequence in range(1, draw(st.integers(0, most)) + 1):
        history.append(Given(sequence, day))
        day += draw(st.integers(1, 200))
    return history


@st.composite
def diaries(draw: st.DrawFn, history: list[Given]) -> dict[int, int]:
    """Bookings for some of the doses to come, anywhere: also where they cannot stand."""
    last = history[-1].on if history else START
    coming = st.integers(len(history) + 1, len(history) + 13)
    return draw(st.dictionaries(coming, st.integers(last - 40, last + 900), max_size=4))


@st.composite
def situations(draw: st.DrawFn, anchor: Anchor | None = None) -> tuple[ProtocolRule, list[Given], dict[int, int], int]:
    rule = draw(protocols(anchor))
    history = draw(histories(rule))
    last = history[-1].on if history else START
    return rule, history, draw(diaries(history)), last + draw(st.integers(-20, 400))


Situation = tuple[ProtocolRule, list[Given], dict[int, int], int]


def count(situation: Situation) -> Projection:
    rule, history, expected, at = situation
    return project(rule, history, starts_on=START, expected=expected, at=at)


@given(situations())
def test_windows_are_in_order_and_days_go_on(situation: Situation) -> None:
    doses = count(situation)
    assert all(dose.earliest <= dose.target <= dose.latest for dose in doses)
    assert all(earlier < later for earlier, later in zip(doses.counted_on, doses.counted_on[1:], strict=False))


@given(situations())
def test_identity_is_the_sequence_from_one_on_without_gaps(situation: Situation) -> None:
    rule, history, _expected, _at = situation
    doses = count(situation)
    assert [dose.sequence for dose in doses] == list(range(1, len(doses) + 1))
    assert len(doses) == min(rule.length or 10_000, len(history) + 13)
    assert [dose.counted for dose in doses[: len(history)]] == [Counted.GIVEN] * len(history)


@given(situations())
def test_no_window_opens_before_the_minimum_since_the_dose_before(situation: Situation) -> None:
    rule, *_ = situation
    for dose in count(situation)[1:]:
        assert dose.previous_on is not None
        assert too_early(dose.previous_on, dose.earliest, rule, sequence=dose.sequence) is None


@given(situations())
def test_booking_every_dose_on_the_day_it_counts_from_changes_nothing(situation: Situation) -> None:
    rule, history, _expected, at = situation
    doses = count(situation)
    booked = {dose.sequence: dose.counted_on for dose in doses[len(history) :]}
    again = project(rule, history, starts_on=START, expected=booked, at=at)
    assert (again.target, again.counted_on, again.ideal) == (doses.target, doses.counted_on, doses.ideal)


@given(situations(), st.data())
def test_giving_a_dose_on_the_day_it_counted_from_moves_no_other(situation: Situation, data: st.DataObject) -> None:
    rule, history, expected, at = situation
    doses = count(situation)
    if len(doses) == len(history):
        return
    following = doses[len(history)]
    later = {sequence: day for sequence, day in expected.items() if sequence > following.sequence}
    after = project(
        rule,
        [*history, Given(following.sequence, following.counted_on)],
        starts_on=START,
        expected=later,
        at=at,
        steps=12,
    )
    assert (after.target, after.ideal) == (doses.target, doses.ideal)


@given(protocols(), st.integers(1, 20))
def test_every_dose_on_its_target_is_the_ideal_calendar(rule: ProtocolRule, doses_given: int) -> None:
    history = [Given(1, START)]
    for sequence in range(2, min(doses_given, rule.length or 20) + 1):
        due = project(rule, history, starts_on=START, expected={}, at=history[-1].on, steps=1)[sequence - 1]
        history.append(Given(sequence, due.target))
    doses = project(rule, history, starts_on=START, expected={}, at=history[-1].on)
    assert doses.ideal == doses.target
    assert all(dose.drift == 0 for dose in doses)


@given(situations(Anchor.PREVIOUS_ACTUAL))
def test_drift_is_the_sum_of_lateness_where_days_count_from_the_dose_before(situation: Situation) -> None:
    rule, *_ = situation
    if any(step.interval is None or step.interval.unit is IntervalUnit.MONTHS for step in rule.steps):
        return
    total = 0
    for dose in count(situation):
        total += dose.lateness or 0
        assert dose.drift == total


@given(situations(Anchor.PREVIOUS_ACTUAL), st.integers(1, 30))
def test_one_late_dose_shifts_all_that_follow_by_as_much(situation: Situation, late: int) -> None:
    rule, history, _expected, _at = situation
    if len(history) < 2 or any(
        step.interval is None or step.interval.unit is IntervalUnit.MONTHS for step in rule.steps
    ):
        return
    last = history[-1]
    on_time = project(rule, history, starts_on=START, expected={}, at=last.on)
    delayed = project(
        rule, [*history[:-1], Given(last.sequence, last.on + late)], starts_on=START, expected={}, at=last.on + late
    )
    coming = len(history)
    assert delayed.target[:coming] == on_time.target[:coming]
    assert delayed.target[coming:] == [target + late for target in on_time.target[coming:]]
    assert delayed.ideal == on_time.ideal


@given(situations(Anchor.PREVIOUS_ACTUAL))
def test_whole_columns_and_dose_by_dose_count_the_same(situation: Situation) -> None:
    rule, history, expected, at = situation
    # A gap rule that no gap reaches sends every step the slow way.
    slow = ProtocolRule(tuple(replace(step, gap_tiers=(NEVER,)) for step in rule.steps), rule.minimum)
    assert slow.distances == (None,) * len(rule.steps)
    quick = count(situation)
    one_by_one = project(slow, history, starts_on=START, expected=expected, at=at)
    for column in ("earliest", "target", "latest", "ideal", "counted_on", "counted"):
        assert getattr(one_by_one, column) == getattr(quick, column)


@given(situations(), st.randoms())
def test_the_order_of_typing_does_not_matter(situation: Situation, random: object) -> None:
    rule, history, expected, at = situation
    shuffled = list(history)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert project(rule, shuffled, starts_on=START, expected=expected, at=at) == count(situation)


@given(situations())
def test_every_dose_can_be_explained_in_a_line_that_fits_its_column(situation: Situation) -> None:
    for dose in count(situation):
        assert 10 < len(explain(dose)) <= 200


@st.composite
def decisions(draw: st.DrawFn, situation: Situation) -> tuple[dict[int, int], dict[int, int]]:
    """Days set for some of the doses to come, and some of those left out, each at most once."""
    _rule, history, _expected, at = situation
    coming = draw(st.lists(st.integers(len(history) + 1, len(history) + 8), unique=True, max_size=4))
    days = {sequence: at + draw(st.integers(-60, 500)) for sequence in coming}
    left_out = {sequence for sequence in coming if draw(st.booleans())}
    return (
        {sequence: day for sequence, day in days.items() if sequence not in left_out},
        {sequence: day for sequence, day in days.items() if sequence in left_out},
    )


@given(situations(), st.data())
def test_decisions_keep_every_promise_but_the_one_they_are_made_to_break(
    situation: Situation, data: st.DataObject
) -> None:
    rule, history, expected, at = situation
    decided, omitted = data.draw(decisions(situation))
    doses = project(rule, history, starts_on=START, expected=expected, at=at, decided=decided, omitted=omitted)
    taken = [dose for dose in doses if dose.counted is not Counted.OMITTED]
    assert all(dose.earliest <= dose.target <= dose.latest for dose in doses)
    assert all(earlier.counted_on < later.counted_on for earlier, later in pairwise(taken))
    for dose in doses:
        assert 10 < len(explain(dose)) <= 200
        if dose.last_taken_on is not None and dose.sequence not in decided:
            assert too_early(dose.last_taken_on, dose.earliest, rule, sequence=dose.sequence) is None


@given(situations(Anchor.PREVIOUS_ACTUAL), st.integers(1, 200))
def test_a_hold_never_shortens_an_interval(situation: Situation, held: int) -> None:
    """The days of a hold pass without a visit: no dose comes sooner after the one before it than it would have."""
    rule, history, _expected, at = situation
    before = project(rule, history, starts_on=START, expected={}, at=at)
    after = project(rule, history, starts_on=START, expected={}, at=at + held)
    for sooner, later in zip(before, after, strict=True):
        assert later.target >= sooner.target
        if sooner.interval is None or later.interval is None:
            continue
        step = sooner.step.interval
        by_months = step is not None and step.unit is IntervalUnit.MONTHS
        if not by_months:
            assert later.interval >= sooner.interval
        # A month is as long as it is: what is kept is the rule's own length from wherever it begins.
        assert later.previous_on is not None
        assert step is None or later.counted_on >= step.after(later.previous_on) or later.sequence <= len(history)


@given(situations())
def test_counting_again_from_the_same_facts_changes_nothing(situation: Situation) -> None:
    assert count(situation) == count(situation)
