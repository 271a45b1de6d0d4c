"""The checker sees each fault, and has nothing against what holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from .boards import LONDON
from .checker import Nursing, OpenList, Taken, Visit, faults

NINE = datetime(2026, 11, 25, 9, tzinfo=UTC)
SKILLS = {1: frozenset({"ct"}), 11: frozenset({"lp"}), 12: frozenset({"lp"})}


def at(minutes: int) -> datetime:
    return NINE + timedelta(minutes=minutes)


LIST = OpenList(
    room_id=1,
    operator_ids=frozenset({11, 12}),
    opens_at=NINE,
    closes_at=at(180),
    last_out_at=at(300),
    first_in_at=at(-60),
    breaks=((at(120), at(135)),),
    turnover=timedelta(minutes=15),
)
VISIT = Visit(
    key=1,
    patient_id=101,
    arrives_at=at(-60),
    procedure_at=NINE,
    procedure_ends_at=at(45),
    leaves_at=at(135),
    room_id=1,
    operator_id=11,
    place_id=21,
    zone=LONDON,
    earliest_on=date(2026, 11, 24),
    latest_on=date(2026, 11, 26),
    minimum_on=date(2026, 11, 24),
    soonest_at=at(-60),
    room_skills=frozenset({"ct"}),
    operator_skills=frozenset({"lp"}),
)


def later(visit: Visit, minutes: int, **changes: object) -> Visit:
    by = timedelta(minutes=minutes)
    names = ("arrives_at", "procedure_at", "procedure_ends_at", "leaves_at")
    return replace(visit, **{name: getattr(visit, name) + by for name in names}, **changes)  # type: ignore[arg-type]


def found(*visits: Visit, taken: tuple[Taken, ...] = (), **more: object) -> list[str]:
    return faults(visits, [LIST], taken, pool={21, 22}, skills=SKILLS, **more)  # type: ignore[arg-type]


def test_nothing_against_two_visits_one_after_the_other() -> None:
    second = later(VISIT, 60, key=2, patient_id=102, place_id=22)
    assert found(VISIT, second) == []


@pytest.mark.parametrize(
    ("visit", "words"),
    [
        (replace(VISIT, latest_on=date(2026, 11, 24)), "past its latest, 2026-11-25"),
        (replace(VISIT, earliest_on=date(2026, 11, 26)), "before its window, 2026-11-25"),
        (replace(VISIT, minimum_on=date(2026, 11, 26)), "under its minimum interval, 2026-11-25"),
        (replace(VISIT, soonest_at=at(-59)), "sooner than the notice needed"),
        (later(VISIT, -1, soonest_at=None), "no list holds it"),
        (later(VISIT, 136), "no list holds it"),
        (later(VISIT, 80), "no list holds it"),
        (replace(VISIT, leaves_at=at(301)), "no list holds it"),
        (replace(VISIT, operator_id=13, operator_skills=frozenset()), "no list holds it"),
        (replace(VISIT, place_id=None), "a recovery place too few or too many"),
        (replace(VISIT, place_id=29), "its recovery place is none of the pool"),
        (replace(VISIT, operator_skills=frozenset({"paediatric"})), "11 lacks a skill"),
        (replace(VISIT, place_skills=frozenset({"bed"})), "21 lacks a skill"),
    ],
)
def test_a_visit_that_breaks_a_rule_of_its_own(visit: Visit, words: str) -> None:
    assert found(visit) == [f"visit 1: {words}"]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (later(VISIT, 59, patient_id=102, operator_id=12, place_id=22), "room 1 taken twice"),
        (later(VISIT, 44, patient_id=102, room_id=2, place_id=22), "operator 11 taken twice"),
        (later(VISIT, 60, patient_id=102), "place 21 taken twice"),
        (later(VISIT, 60, place_id=22), "patient 101 taken twice"),
    ],
)
def test_two_visits_that_share_something(other: Visit, words: str) -> None:
    shared = faults(
        [VISIT, replace(other, key=2)], [LIST, replace(LIST, room_id=2)], pool={21, 22}, skills=SKILLS | {2: SKILLS[1]}
    )
    assert shared == [f"visits 1 and 2: {words}"]


def test_who_operates_cannot_assist_elsewhere_and_nurses_have_so_many() -> None:
    other = later(VISIT, 15, key=2, patient_id=102, room_id=2, operator_id=12, place_id=22, help_ids=(11,))
    both = [LIST, replace(LIST, room_id=2)]
    skills = SKILLS | {2: SKILLS[1]}
    words = ["visits 1 and 2: operator 11 taken twice"]
    assert faults([VISIT, other], both, pool={21, 22}, skills=skills) == words
    helped = replace(other, help_ids=(31,))
    assert faults([VISIT, helped], both, pool={21, 22}, skills=skills) == []
    for most, expected in ((2, []), (1, ["more than 1 patients in recovery"])):
        duty = [Nursing((NINE, at(300)), most)]
        assert faults([VISIT, helped], both, pool={21, 22}, skills=skills, nursing=duty) == expected


def test_what_was_taken_before() -> None:
    assert found(VISIT, taken=(Taken(1, at(59), at(70)),)) == ["visit 1: room 1 was taken before"]
    assert found(VISIT, taken=(Taken(1, at(60), at(70)), Taken(21, at(0), at(45)))) == []
    assert found(VISIT, patients_taken={101: [(at(134), at(200))]}) == ["visit 1: patient has another visit then"]
