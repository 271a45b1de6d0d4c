"""What stops a booking, and what does not."""

from __future__ import annotations

import doctest
from dataclasses import replace
from datetime import date

import pytest

from doseplans import rules
from doseplans.calculus import Interval, Minimum, Provenance
from doseplans.errors import DoseAlreadyGiven, DoseTooEarly, EligibilityMissing, PlanEnded, PlanOnHold
from doseplans.rules import Bookability, bookable_problems, refuse_unless_bookable, unmet
from units.errors import ClinicError

FINE = Bookability(
    ended_on=None,
    ended_as="",
    has_died=False,
    hold_reason=None,
    hold_since=None,
    hold_review_on=None,
    birth_date=date(1971, 7, 2),
    genetic_test_note="SOD1 confirmed",
    minimum_age_years=18,
    needs_genetic_test=True,
)
ON = date(2026, 11, 24)
MINIMUM = Minimum(Interval(14), Provenance.POLICY)


def problems(
    facts: Bookability = FINE,
    *,
    is_given: bool = False,
    on: date = ON,
    previous_on: date | None = date(2026, 10, 27),
    may_override: bool = False,
) -> list[ClinicError]:
    return list(
        bookable_problems(
            facts,
            is_given=is_given,
            on=on,
            previous_on=previous_on,
            minimum=MINIMUM,
            may_override=may_override,
        )
    )


def test_the_examples_are_true() -> None:
    assert doctest.testmod(rules).failed == 0


def test_nothing_stops_a_dose_that_is_due() -> None:
    assert problems() == []
    assert problems(previous_on=None) == []


def test_the_minimum_interval_itself_is_long_enough() -> None:
    assert problems(previous_on=date(2026, 11, 10)) == []
    assert [type(problem) for problem in problems(previous_on=date(2026, 11, 11))] == [DoseTooEarly]


def test_a_dose_too_early_says_the_first_possible_day() -> None:
    (problem,) = problems(previous_on=date(2026, 11, 20))
    assert problem.facts == {"first_possible_on": date(2026, 12, 4)}
    assert problem.sentence == (
        "Tue 24 Nov is 4 days after the dose before it (Fri 20 Nov). The minimum is 14 days (local policy): the first "
        "possible day is Fri 4 Dec. Only a doctor may go below it, with a written reason."
    )


def test_a_clinicians_reason_overrides_the_minimum_interval_and_nothing_else() -> None:
    assert problems(previous_on=date(2026, 11, 20), may_override=True) == []
    held = replace(FINE, hold_reason="CSF white cells")
    assert [type(problem) for problem in problems(held, may_override=True)] == [PlanOnHold]


@pytest.mark.parametrize(
    ("facts", "refusal", "sentence"),
    [
        (
            replace(FINE, ended_on=date(2026, 11, 3), ended_as="Transferred"),
            PlanEnded,
            "This plan ended on Tue 3 Nov (transferred). Nothing more is booked in it.",
        ),
        (replace(FINE, has_died=True), PlanEnded, "The patient has died. Nothing more is booked."),
        (
            replace(
                FINE,
                hold_reason="CSF white cells up",
                hold_since=date(2026, 11, 16),
                hold_review_on=date(2027, 1, 4),
            ),
            PlanOnHold,
            (
                "The plan is on hold since Mon 16 Nov: CSF white cells up. Review on Mon 4 Jan 2027. "
                "Only a doctor lifts a hold."
            ),
        ),
        (
            replace(FINE, genetic_test_note=" "),
            EligibilityMissing,
            "This dose cannot be booked yet: genetic test report not recorded.",
        ),
        (
            replace(FINE, birth_date=date(2008, 11, 25)),
            EligibilityMissing,
            "This dose cannot be booked yet: under 18 on that day.",
        ),
    ],
)
def test_a_refusal_says_what_to_do_about_it(facts: Bookability, refusal: type[ClinicError], sentence: str) -> None:
    with pytest.raises(refusal) as caught:
        refuse_unless_bookable(facts, is_given=False, on=ON, previous_on=None, minimum=MINIMUM, may_override=False)
    assert caught.value.sentence == sentence


ASKED = replace(
    FINE,
    prescriber_name="Dr Malik",
    review_on=ON,
    pregnancy_discussed_on=date(2026, 10, 1),
    needs_prescriber=True,
    needs_review=True,
    needs_pregnancy_discussion=True,
)
TAKEN_OVER = replace(ASKED, taken_over_on=date(2026, 11, 1))


@pytest.mark.parametrize(
    ("facts", "today", "lines"),
    [
        (ASKED, ON, []),
        (ASKED, date(2026, 11, 25), ["The clinical review was due on Tue 24 Nov"]),
        (replace(ASKED, review_on=None), ON, ["Date of the next clinical review not recorded"]),
        (replace(ASKED, prescriber_name=" "), ON, ["Prescriber not recorded"]),
        (replace(ASKED, pregnancy_discussed_on=None), ON, ["Pregnancy and contraception discussion not recorded"]),
        (replace(TAKEN_OVER, prescriber_name="", review_on=None, pregnancy_discussed_on=None), ON, []),
        (TAKEN_OVER, date(2026, 11, 25), ["The clinical review was due on Tue 24 Nov"]),
        (replace(TAKEN_OVER, genetic_test_note=""), ON, ["Genetic test report not recorded"]),
    ],
)
def test_what_is_asked_before_a_dose_is_said_when_missing(facts: Bookability, today: date, lines: list[str]) -> None:
    assert list(unmet(facts, on=date(2026, 12, 8), today=today)) == lines


def test_all_that_is_missing_stands_in_one_sentence() -> None:
    nothing = replace(ASKED, genetic_test_note="", prescriber_name="", review_on=None, pregnancy_discussed_on=None)
    (problem,) = problems(nothing)
    assert problem.sentence == (
        "This dose cannot be booked yet: genetic test report not recorded, prescriber not recorded, date of the next "
        "clinical review not recorded, pregnancy and contraception discussion not recorded."
    )


def test_a_dose_after_the_review_to_come_is_booked() -> None:
    assert problems(ASKED, on=date(2026, 12, 22)) != []  # asked on that day itself the review has passed
    asked_today = bookable_problems(
        ASKED, is_given=False, on=date(2026, 12, 22), previous_on=None, minimum=MINIMUM, may_override=False,
        today=ON,
    )  # fmt: skip
    assert list(asked_today) == []


def test_somebody_comes_of_age_on_the_day() -> None:
    assert problems(replace(FINE, birth_date=date(2008, 11, 24))) == []


def test_a_protocol_that_asks_for_nothing_refuses_nobody() -> None:
    assert problems(replace(FINE, minimum_age_years=None, needs_genetic_test=False, genetic_test_note="")) == []


def test_the_gravest_comes_first() -> None:
    worst = replace(FINE, has_died=True, hold_reason="fever", genetic_test_note="")
    found = problems(worst, is_given=True, previous_on=date(2026, 11, 20))
    assert [type(problem) for problem in found] == [
        PlanEnded,
        PlanOnHold,
        DoseAlreadyGiven,
        EligibilityMissing,
        DoseTooEarly,
    ]
