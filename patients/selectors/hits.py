"""The first few who may be meant by what is being typed: asked at each letter, so bounded whatever the unit's size.

In statements whose text is the same for every search of a kind, so that they are planned once and not composed anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from patients.rules import Number, Search, beyond, understand_search
from patients.selectors.finding import (
    ENOUGH,
    Namesake,
    Near,
    distance,
    likest_first,
    namesakes_known,
    near_spellings,
    spelled_like,
)
from units.actors import Actor
from units.policy import Act
from units.rows import Question, ask, ask_together

COUNTED = 200
"""Of more than this many nobody reads a list; so many are looked at, those first of whom a word is the whole name."""

_COMPARED = 100

# A value asked for by (SELECT ...) is not looked at when the statement is planned. Any plan is then as good as that for
# these very values, so it is made once a connection; otherwise it is made anew each time, for as long as it runs.
#
# Beginnings are compared as the index has them: LIKE of a value not known when it is planned reads the whole table.
# In the index's order the name itself comes before those that only begin so: a Ng is found among a thousand Nguyens.
_FIRST = """
    SELECT family_name, given_name, birth_date, id, unit_id,
           CASE WHEN many = {counted} THEN many ELSE count(*) OVER () END
    FROM ({found}) AS found
    ORDER BY CASE WHEN upper(family_name) = ANY(%(capitals)s::text[]) THEN 0
                  WHEN upper(family_name) LIKE ANY(%(beginnings)s::text[]) THEN 1 ELSE 2 END,
             lower(family_name), lower(given_name), birth_date, id
    LIMIT {most}
"""
_NAMED = """
    SELECT DISTINCT ON (patient_id) patient_id AS id, unit_id, family_name, given_name, birth_date,
           count(*) OVER () AS many
    FROM (
        SELECT * FROM patients_namekey
        WHERE kind = 'word' AND key ~>=~ (SELECT %(name)s) AND key ~<~ (SELECT %(beyond)s) {rest}
        ORDER BY key USING ~<~ LIMIT {counted}
    ) AS keys
"""
_NUMBERED = """
    SELECT id, unit_id, family_name, given_name, birth_date, 0 AS many
    FROM patients_patient WHERE true {rest} LIMIT {counted}
"""
_LIKE = """
    SELECT family_name, given_name, birth_date, patient_id, unit_id
    FROM patients_namekey WHERE kind = 'word' AND key = ANY((SELECT %(near)s)::text[]) {rest} LIMIT {compared}
"""
_BEGINS = """
    SELECT family_name, given_name, birth_date, patient_id, unit_id
    FROM patients_namekey
    WHERE kind = 'word' AND key ~>=~ (SELECT %(name)s) AND key ~<~ (SELECT %(beyond)s) {rest} LIMIT {compared}
"""
_SHOWN = """
    SELECT patient.id, patient.public_id, patient.unit_id, patient.family_name, patient.given_name, patient.birth_date,
           patient.nhs_number, patient.hospital_number, patient.deceased_at, ({next_visit_at})
    FROM patients_patient patient WHERE patient.id = ANY((SELECT %(shown)s)::bigint[])
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A patient as a hit shows them. `next_visit_at` is what the caller asked beside them."""

    pk: int
    public_id: UUID
    unit_id: int
    family_name: str
    given_name: str
    birth_date: date
    nhs_number: str | None
    hospital_number: str
    deceased_at: datetime | None
    next_visit_at: datetime | None
    is_near: bool = False
    namesakes: Sequence[Namesake] = ()


@dataclass
class _Asked:
    """Conditions of a statement, and its values by their names."""

    conditions: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return "".join(f" AND {each}" for each in self.conditions)

    def value(self, value: Any, cast: str = "") -> str:
        """A place for it in the statement."""
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f"%({name})s{cast}"

    def unseen(self, value: Any, cast: str) -> str:
        """As `value`, of which the plan knows nothing."""
        return f"(SELECT {self.value(value)}){cast}"


def first_found(actor: Actor, *, search: str, most: int, next_visit_at: Question) -> tuple[list[Found], int]:
    """The first of those the actor may see whom the search fits, then those with a like name; and how many in all.

    Each with whom they might be taken for. Four queries, or six where fewer than `ENOUGH` fit exactly. The count ends
    at `COUNTED`. Whose surname is what was typed comes before whose surname begins so, and they before the others.
    `next_visit_at` is a SELECT of one value, where `patient.id` is whom it is asked of.
    """
    asked = understand_search(search)
    if asked.is_empty:
        return [], 0
    rows = _exact(actor, asked, max(most, ENOUGH))
    exact, total = [Namesake._make(row[:-1]) for row in rows], rows[0][-1] if rows else 0
    likest: list[Namesake] = []
    if total < ENOUGH and (near := near_spellings(asked.names)):
        likest = _likest(actor, asked, near, [each.pk for each in exact])
    return _shown(exact[:most], likest[: max(0, most - len(exact))], next_visit_at), min(total + len(likest), COUNTED)


def _exact(actor: Actor, search: Search, most: int) -> list[tuple[Any, ...]]:
    capitals = [name.upper() for name in search.names]
    beginnings = [f"{name}%" for name in capitals]
    asked = _Asked(values={"capitals": capitals, "beginnings": beginnings})
    if search.names:
        _ask_names(asked, actor, search, {})
    else:
        _scope(asked, actor)
        _ask_numbers(asked, search)
    # Limits are written out: planned for an unknown one, the statement would never be kept.
    found = (_NAMED if search.names else _NUMBERED).format(rest=asked, counted=COUNTED)
    return ask(_FIRST.format(found=found, counted=COUNTED, most=most), asked.values)


def _likest(actor: Actor, search: Search, near: Near, known: list[int]) -> list[Namesake]:
    """Those whom it fits when each name may be one of its near words, the likest first; but for those known."""
    asked = _Asked()
    _ask_names(asked, actor, search, near)
    asked.conditions.append(f"patient_id <> ALL({asked.unseen(known, '::bigint[]')})")
    statement = _LIKE.format(rest=asked, compared=_COMPARED)
    if len(search.names) > 1:  # whom a single name fits is known
        statement = f"({statement}) UNION ({_BEGINS.format(rest=asked, compared=_COMPARED)}) LIMIT {_COMPARED}"
    rows = set(ask(statement, asked.values))
    likest = likest_first(sorted(rows), key=lambda row: distance(search.names, f"{row[0]} {row[1]}"))
    return [Namesake._make(row) for row in likest]


def _shown(exact: Sequence[Namesake], near: Sequence[Namesake], next_visit_at: Question) -> list[Found]:
    every = [*exact, *near]
    if not every:
        return []
    statement, values = next_visit_at
    shown = _SHOWN.format(next_visit_at=statement), {**dict(values), "shown": [each.pk for each in every]}
    rows, spelled = ask_together(shown, spelled_like(every))
    by_key, namesakes = {row[0]: row for row in rows}, namesakes_known(every, spelled)
    likes = [False] * len(exact) + [True] * len(near)
    # Whoever was deleted meanwhile is not among the rows any more.
    found: Iterator[tuple[Any, bool]] = zip((by_key.get(each.pk) for each in every), likes, strict=True)
    return [Found(*[*row, is_near, namesakes[row[0]]]) for row, is_near in found if row is not None]


def _ask_names(asked: _Asked, actor: Actor, search: Search, near: Near) -> None:
    """By the keys of the longest name, since it fits the fewest; all else is told by the same rows."""
    first, *others = sorted(search.names, key=len, reverse=True)
    asked.values |= {"name": first, "beyond": beyond(first)}
    if near:
        asked.values["near"] = list(near[first])
    _scope(asked, actor)
    for name in others:
        if near.get(name):
            words = [f"% {name}%", *(f"% {word} %" for word in near[name])]
            asked.conditions.append(f"searched LIKE ANY({asked.unseen(words, '::text[]')})")
        else:
            _ask_searched(asked, [f" {name}"])
    for number in search.numbers:
        _ask_searched(asked, _signs_of(number))
    if search.days:
        _ask_searched(asked, map(_sign_of, search.days))


def _ask_searched(asked: _Asked, parts: Iterable[str]) -> None:
    """One of these is in what may be searched for (`patients.rules.searched`)."""
    has = (f"strpos(searched, {asked.value(part)}) > 0" for part in parts)
    asked.conditions.append(f"({' OR '.join(has)})")


def _signs_of(number: Number) -> Iterator[str]:
    yield f" #{number.hospital}"
    if number.nhs:
        yield f" +{number.nhs}"
    yield from (_sign_of(day) for day in number.days)
    if number.year:
        yield f" ={number.year}-"


def _sign_of(day: date) -> str:
    return f" ={day.isoformat()} "


def _ask_numbers(asked: _Asked, search: Search) -> None:
    """By the indexes of the patients themselves, where no name was typed."""
    for number in search.numbers:
        fits = [_begins(asked, "upper(hospital_number)", number.hospital)]
        if number.nhs:
            fits.append(_begins(asked, "nhs_number", number.nhs))
        if number.days:
            fits.append(f"birth_date = ANY({asked.value(list(number.days), '::date[]')})")
        if number.year:
            ends = date(number.year, 1, 1), date(number.year, 12, 31)
            fits.append("birth_date BETWEEN {} AND {}".format(*(asked.value(end, "::date") for end in ends)))
        asked.conditions.append(f"({' OR '.join(fits)})")
    if search.days:
        asked.conditions.append(f"birth_date = ANY({asked.value(list(search.days), '::date[]')})")


def _begins(asked: _Asked, column: str, beginning: str) -> str:
    return f"({column} ~>=~ {asked.value(beginning)} AND {column} ~<~ {asked.value(beyond(beginning))})"


def _scope(asked: _Asked, actor: Actor) -> None:
    """As `units.scope.scoped`, for a statement that is not the ORM's."""
    if not actor.is_system:
        units = list(actor.units_for(Act.VIEW_PATIENTS))
        asked.conditions.append(f"unit_id = ANY({asked.unseen(units, '::bigint[]')})")
