"""A ward's list of a thousand patients taken over, beside psycopg copying the same rows; its end beside its beginning.

The reference is one INSERT ... SELECT a table into another unit, under the same constraints and triggers and in one
transaction: it reads no spreadsheet, compares nothing with what is on record, counts no dates and checks no rule.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from statistics import median

import psycopg

from benchmarks.booking import dsn
from benchmarks.database import analyze, ward
from benchmarks.figures import Figure
from benchmarks.raw import ON_RECORD
from doseplans.models import Administration, Dose, DosePlan
from doseplans.services.ward_list import import_ward_list
from doseplans.services.ward_list.saving import PART
from patients.models import Authorisation, Carer, Consent, Patient
from tests.doseplans.wardlist.lists import GOOD, sheet
from tests.ward import NOW, TODAY
from units.models import Unit

ROWS, THIRD = 1_000, 3
SYLLABLES = re.findall("..", "bakelimonurasetivozudafegihojakolumenopy")


def a_list(rows: int, *, prefix: str) -> bytes:
    """Patients with up to two and a half years of doses each, nearly all with a name of their own."""
    chance = random.Random(prefix)  # noqa: S311  the same list at every run
    return sheet([list(GOOD), *(_row(chance, f"{prefix}{number:05}") for number in range(rows))])


def _row(chance: random.Random, number: str) -> list[str]:
    days = [f"{day:%d/%m/%Y}" for day in _given(chance)]
    own = {
        "Hosp No": number,
        "NHS No": "",
        "Surname": _name(chance),
        "Forename": _name(chance),
        "DOB": f"{date(1940, 1, 1) + timedelta(days=chance.randrange(20_000)):%d/%m/%Y}",
        "E-mail": f"{number.lower()}@example.org",
        "Carer e-mail": f"c{number.lower()}@example.org",
        **{f"Dose {place}": (days[place - 1] if len(days) >= place else "") for place in (1, 2, 3)},
        "Maintenance doses given": "; ".join(days[3:]),
    }
    return list({**GOOD, **own}.values())


def _name(chance: random.Random) -> str:
    return "".join(chance.choices(SYLLABLES, k=chance.choice((2, 3, 4)))).capitalize()


def _given(chance: random.Random) -> Iterator[date]:
    day = TODAY - timedelta(days=chance.randrange(60, 900))
    for sequence in range(1, 60):
        if day > TODAY:
            return
        yield day
        day += timedelta(days=14 if sequence < 3 else 28 + chance.randrange(3))


def figures() -> Iterable[Figure]:
    """Patients a second: ours beside raw, and those written last beside those written first."""
    cast = ward().cast
    actor, unit = cast.actor("other_coordinator"), cast.other_unit
    there = Unit.objects.create(name="Where the rows are copied")
    ours, raw = _Clock(), _Clock()

    def take_over(rows: int, prefix: str) -> None:
        content = a_list(rows, prefix=prefix)
        ours.began()
        assert import_ward_list(actor, unit=unit, content=content, at=NOW, tell=ours.tell).is_saved
        ours.ended()

    take_over(PART, "W")  # statements are planned
    ours = _Clock()
    with psycopg.connect(dsn()) as connection:
        for prefix in ("L", "M"):
            take_over(ROWS, prefix)
            analyze()
            raw.began()
            copy_once_more(connection, unit, there, prefix)
            raw.ended()
    assert Dose.objects.filter(plan__patient__unit=there).count() == (
        Dose.objects.filter(plan__patient__unit=unit).exclude(plan__patient__hospital_number__startswith="W").count()
    )
    yield Figure("import of 1,000 rows", ours.rate, raw.rate, "/s", 0.3, at_most=False, note="the rows alone, copied")
    told = len(ours.parts) // 2  # of each list; nobody is told of its last part
    first = [seconds for place, seconds in enumerate(ours.parts) if place % told < THIRD]
    last = [seconds for place, seconds in enumerate(ours.parts) if place % told >= told - THIRD]
    yield Figure(
        "the last 300 of them",
        PART / median(last),
        PART / median(first),
        "/s",
        0.7,
        at_most=False,
        note="the first 300",
    )


class _Clock:
    """How long the lists took, and each part of them that was written."""

    def __init__(self) -> None:
        self.spent: list[float] = []
        self.parts: list[float] = []
        self._at = self._since = 0.0

    @property
    def rate(self) -> float:
        return ROWS * len(self.spent) / sum(self.spent)

    def began(self) -> None:
        self._at = time.perf_counter()

    def ended(self) -> None:
        now = time.perf_counter()
        self.spent.append(now - self._at)

    def tell(self, _part: float, words: str) -> None:
        """As the import tells how far it is: a part is written when the next one begins."""
        now = time.perf_counter()
        if "written" in words and not words.startswith("0 "):
            self.parts.append(now - self._since)
        self._since = now


_NEW_PATIENT = "JOIN patients_patient taken ON taken.id = old.patient_id JOIN patients_patient fresh ON {same_patient}"
_SAME_PATIENT = (
    "fresh.unit_id = %(there)s AND fresh.hospital_number = 'R' || taken.hospital_number "
    "AND taken.unit_id = %(unit)s AND taken.hospital_number LIKE %(whose)s"
)
_NEW_PLAN = (
    "JOIN doseplans_doseplan plan ON plan.id = old.plan_id JOIN patients_patient taken ON taken.id = plan.patient_id "
    "JOIN patients_patient person ON person.unit_id = %(there)s "
    "AND person.hospital_number = 'R' || taken.hospital_number "
    "AND taken.unit_id = %(unit)s AND taken.hospital_number LIKE %(whose)s "
    "JOIN doseplans_doseplan fresh ON fresh.patient_id = person.id"
)
_NEW_DOSE = (
    "JOIN doseplans_dose dose ON dose.id = old.dose_id "
    + _NEW_PLAN.replace("old.plan_id", "dose.plan_id").replace("fresh", "copied")
    + " JOIN doseplans_dose fresh ON fresh.plan_id = copied.id AND fresh.sequence = dose.sequence"
)


def copy_once_more(connection: psycopg.Connection, unit: Unit, there: Unit, prefix: str) -> None:
    """The rows of that list stand in the other unit as well."""
    keys = {"unit": unit.pk, "there": there.pk, "whose": f"{prefix}%"}
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(ON_RECORD, ["0b6f5a52-7d0e-4a52-9a39-6a4f3e0f5f11", '{"actor": "raw", "act": "copy"}'])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        own = {"unit_id": "%(there)s", "hospital_number": "'R' || old.hospital_number"}
        where = "WHERE old.unit_id = %(unit)s AND old.hospital_number LIKE %(whose)s"
        cursor.execute(_copy(Patient, own, where), keys)
        to_patient = _NEW_PATIENT.format(same_patient=_SAME_PATIENT)
        for model in (Carer, Consent, Authorisation, DosePlan):
            cursor.execute(_copy(model, {"patient_id": "fresh.id"}, to_patient), keys)
        cursor.execute(_copy(Dose, {"plan_id": "fresh.id"}, _NEW_PLAN), keys)
        cursor.execute(_copy(Administration, {"dose_id": "fresh.id"}, _NEW_DOSE), keys)


def _copy(
    model: type[Patient | Carer | Consent | Authorisation | DosePlan | Dose | Administration],
    own: dict[str, str],
    whose: str,
) -> str:
    names = [str(field.column) for field in model._meta.concrete_fields if not field.primary_key]
    values = [own.get(name, "gen_random_uuid()" if name == "public_id" else f'old."{name}"') for name in names]
    columns = ", ".join(f'"{name}"' for name in names)
    table = model._meta.db_table
    return f'INSERT INTO "{table}" ({columns}) SELECT {", ".join(values)} FROM "{table}" old {whose}'  # noqa: S608  our own names
