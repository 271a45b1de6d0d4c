"""A course that goes on by another rule: whether the doses given are still the same doses."""

from doseplans.calculus.protocol import ProtocolRule


def carries_on(old: ProtocolRule, new: ProtocolRule, *, dealt_with: int, planned: int) -> bool:
    """Whether a course by `old` can go on by `new` without any dose becoming another one.

    `dealt_with` doses from the first on are given or left out: each must have the same kind and number by both rules.
    `planned` have dates: none of them may be beyond the end of the new rule.

    >>> from doseplans.calculus.protocol import Interval, StepKind, StepRule
    >>> def loading(count):
    ...     maintenance = StepRule(StepKind.MAINTENANCE, None, Interval(28))
    ...     return ProtocolRule((StepRule(StepKind.LOADING, count, Interval(14)), maintenance))
    >>> [carries_on(loading(3), loading(4), dealt_with=given, planned=16) for given in (2, 3, 4)]
    [True, True, False]
    """
    if new.length is not None and new.length < planned:
        return False
    sequences = range(1, dealt_with + 1)
    return all(old.kind_and_number(sequence) == new.kind_and_number(sequence) for sequence in sequences)
