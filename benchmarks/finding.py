"""Finding a patient among a hundred thousand over HTTP, beside a view of one row by its primary key."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

import time_machine
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client
from django.test.utils import override_settings
from django.urls import include, path

from benchmarks.database import analyze, ward
from benchmarks.figures import Figure, median_seconds_beside
from patients.models import Patient
from patients.rules import name_keys, searched, slips_of, sound_of
from tests.cast import signed_in
from tests.ward import NOW

PATIENTS = 100_000
GIVEN = 400
# What a nurse may type, and a part of the answer that only it can have.
TYPED = {
    "four letters": "kowa",
    "surname": "kowalczyk",
    "surname misspelled": "kowalchik",
    "both names": "kowalczyk anna",
    "surname and year": "kowalczyk 1968",
    "birthday": "14/3/68",
    "hospital number": "F054321",
}


def by_key(request: HttpRequest, pk: int) -> HttpResponse:
    """The reference: a signed-in person, one patient by the primary key, JSON."""
    patient = Patient.objects.get(pk=pk)
    return JsonResponse({"name": patient.family_name, "born": patient.birth_date, "by": str(request.user.pk)})


urlpatterns = [path("by-key/<int:pk>/", by_key), path("", include("clinic.urls"))]


def figures() -> Iterable[Figure]:
    """Each of `TYPED`: the slowest of them has the figure, the others stand in the note."""
    there = ward()
    with override_settings(ROOT_URLCONF="benchmarks.finding", ALLOWED_HOSTS=["*"]), time_machine.travel(NOW, tick=True):
        began = time.perf_counter()
        pk = _fill(there.unit.pk)
        yield _slowest(signed_in(there.cast.nurse), pk, f"built in {time.perf_counter() - began:.0f} s")


def _fill(unit_id: int) -> int:
    """The patients and their keys, without triggers and foreign keys, which cost minutes; one patient's key."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE patients_patient DISABLE TRIGGER USER")
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'patients_namekey'::regclass AND contype = 'f'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE patients_namekey DROP CONSTRAINT "{name}"')
        patients = Patient.objects.bulk_create(_patients(unit_id), batch_size=5_000)
        words = set()
        columns = "patient_id, unit_id, kind, key, family_name, given_name, birth_date, searched"
        with cursor.copy(f"COPY patients_namekey ({columns}) FROM STDIN") as copy:
            for patient in patients:
                names, born, number = (
                    (patient.family_name, patient.given_name),
                    patient.birth_date,
                    patient.hospital_number,
                )
                whole = searched(names, born, nhs_number=None, hospital_number=number)
                for kind, key in name_keys(*names, born):
                    copy.write_row((patient.pk, unit_id, kind, key, *names, born, whole))
                    words |= {key} if kind == "word" else set()
        with cursor.copy("COPY patients_namespelling (word, slip, sound) FROM STDIN") as copy:
            for word in words:
                for slip in slips_of(word):
                    copy.write_row((word, slip, sound_of(word)))
        cursor.execute("ALTER TABLE patients_patient ENABLE TRIGGER USER")
    analyze()
    return patients[PATIENTS // 2].pk


def _patients(unit_id: int) -> Iterator[Patient]:
    """Made-up people with eight thousand surnames, the first borne by one in ninety as Smith is in Britain."""
    dice = random.Random(7)  # noqa: S311  not a secret: the same people each time
    surnames = ["Kowalczyk", "Kowalczuk", "Kowalski", "Petrov", "Sørensen", "O'Brien"]
    surnames += [_name(dice, 3) for _ in range(8_000)]
    forenames = ["Anna", "Ines", "Jerzy", *(_name(dice, 2) for _ in range(GIVEN))]
    for number in range(PATIENTS):
        yield Patient(
            unit_id=unit_id,
            family_name=surnames[int(len(surnames) * dice.random() ** 2)],
            given_name=forenames[int(len(forenames) * dice.random() ** 2)],
            birth_date=date(1935, 1, 1) + timedelta(days=dice.randrange(25_000)),
            hospital_number=f"F{number:06}",
        )


def _name(dice: random.Random, syllables: int) -> str:
    return "".join(dice.choice("bcdfghklmnprstvwz") + dice.choice("aeiouy") for _ in range(syllables)).capitalize() + (
        dice.choice(["", "n", "s", "ck", "er", "son"])
    )


def _slowest(nurse: Client, pk: int, built: str) -> Figure:
    def search(typed: str) -> None:
        # As htmx sends a form.
        form = {"content_type": "application/x-www-form-urlencoded", "headers": {"HX-Request": "true"}}
        _found(nurse.post("/find/", urlencode({"q": typed}), **form))

    def one_row() -> None:
        _ok(nurse.get(f"/by-key/{pk}/"))

    times = {
        name: median_seconds_beside(partial(search, typed), one_row, times=40, warm=5) for name, typed in TYPED.items()
    }
    slowest = max(times, key=lambda name: times[name][0] / times[name][1])
    ours, reference = times[slowest]
    ratios = ", ".join(f"{name} {ours / theirs:.1f}" for name, (ours, theirs) in times.items())
    return Figure(
        f"patient search, {PATIENTS:,} patients",
        ours * 1000,
        reference * 1000,
        "ms",
        3.0,
        at_most=True,
        note=f"the slowest of: {ratios}; {built}",
    )


def _found(response: Any) -> None:
    _ok(response)
    assert b"hit-name" in response.content, response.content[:500]


def _ok(response: Any) -> None:
    assert response.status_code == 200, response.content[:500]
