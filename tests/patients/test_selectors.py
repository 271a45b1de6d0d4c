"""Who is found by what somebody types, and who never is."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from patients.models import Flag, NameKey, Patient
from patients.rules import folded
from patients.selectors import access_entries_of, patient_by_public_id, patients_of, worklist_of
from patients.services import open_item, record_access
from tests.cast import Cast, make_patient
from units.actors import Actor
from units.errors import NotFound

NAMES = ["O’Neill", "Müller-Lüdenscheidt", "van der Berg", "Łukasiewicz", "ÅSTRÖM", "Nguyễn", "D'Arcy Wentworth"]


def found(cast: Cast, text: str) -> list[str]:
    return [patient.family_name for patient in patients_of(cast.actor("nurse"), search=text)]


@pytest.fixture
def ward(cast: Cast) -> Cast:
    for number, name in enumerate(NAMES):
        make_patient(cast.unit, name, f"N30000{number}", given_name="Zoë", birth_date=date(1950, 1, 1 + number))
    return cast


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("fairw", ["Fairweather"]),
        ("FAIRWEATHER, Ines", ["Fairweather"]),
        ("ines fair", ["Fairweather"]),
        ("o'neill", ["O’Neill"]),
        ("oneill", ["O’Neill"]),
        ("neill", ["O’Neill"]),
        ("muller", ["Müller-Lüdenscheidt"]),
        ("Ludenscheidt", ["Müller-Lüdenscheidt"]),
        ("berg zoe", ["van der Berg"]),
        ("lukas", ["Łukasiewicz"]),
        ("astrom", ["ÅSTRÖM"]),
        ("nguyen", ["Nguyễn"]),
        ("999 089 9452", ["Fairweather"]),
        ("9990899452", ["Fairweather"]),
        ("h100001", ["Fairweather"]),
        ("n30000", sorted(NAMES, key=lambda name: name.lower())),
        ("02/07/1971", ["Fairweather"]),
        ("1971-07-02 fair", ["Fairweather"]),
        ("fair 03/07/1971", []),
        ("weather", []),
        ("%", []),
        ("hartnoll", []),  # a patient of the other unit
        ("999 681 5595", []),
    ],
)
def test_search_finds_whom_all_of_it_fits(ward: Cast, text: str, names: list[str]) -> None:
    assert found(ward, text) == names


def test_database_folds_names_as_the_rule_does(ward: Cast) -> None:
    for name in NAMES:
        keys = set(NameKey.objects.filter(patient__family_name=name).values_list("key", flat=True))
        joined = {"".join(c for c in word if c.isalnum()) for word in folded(name).split()}
        assert joined | {"zoe"} <= keys
        assert all(key == folded(key) for key in keys)


def test_keys_follow_a_change_of_name(cast: Cast) -> None:
    Patient.objects.filter(pk=cast.patient.pk).update(family_name="Okonjo")
    assert found(cast, "fairweather") == []
    assert found(cast, "okon") == ["Okonjo"]


def test_search_goes_by_an_index(cast: Cast) -> None:
    Patient.objects.bulk_create(
        Patient(
            unit=cast.unit,
            family_name=f"{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}name",
            given_name="Ines",
            hospital_number=f"Z{n:06}",
            birth_date=date(1940, 1, 1) + timedelta(days=n),
        )
        for n in range(1500)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE patients_patient, patients_namekey")
    for text, index in {
        "fairw": "name_key_by_beginning",
        "H1000": "patient_by_hospital_number",
        "02/07/1971": "patient_by_birth_date",
        "999 089 9452": "patient_nhs_number_once",
    }.items():
        plan = patients_of(cast.actor("nurse"), search=text).order_by().explain()
        assert index in plan, f"{text}: {plan}"


def test_list_costs_the_same_for_one_and_thirty(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    actor = cast.actor("coordinator")
    for many in (1, 30):
        for number in range(many):
            patient = make_patient(cast.unit, f"Row{number}", f"R{many:03}{number:03}")
            Flag.objects.create(patient=patient, text="Hoist", code=Flag.Code.HOIST)
        with django_assert_num_queries(2):
            for patient in patients_of(actor):
                assert patient.unit.name
                list(patient.flags.all())


def test_patient_of_another_unit_is_not_found(cast: Cast) -> None:
    actor = cast.actor("nurse")
    assert patient_by_public_id(actor, cast.patient.public_id) == cast.patient
    for public_id in (cast.other_patient.public_id, uuid.uuid4()):
        with pytest.raises(NotFound) as refused:
            patient_by_public_id(actor, public_id)
        assert refused.value.sentence == "There is no such patient among yours."


def test_nobody_and_the_system_see_nothing_and_all(cast: Cast) -> None:
    assert list(patients_of(Actor.nobody())) == []
    assert set(patients_of(Actor.system("sweep"))) == {cast.patient, cast.other_patient}
    assert list(patients_of(cast.actor("loner"))) == []
    assert list(patients_of(cast.actor("installer"))) == []


def test_looks_are_shown_to_those_who_may_see_history(cast: Cast) -> None:
    record_access(cast.actor("nurse"), patient=cast.patient, page="patient")
    assert [entry.page for entry in access_entries_of(cast.actor("manager"), cast.patient)] == ["patient"]
    assert list(access_entries_of(cast.actor("nurse"), cast.patient)) == []
    assert list(access_entries_of(cast.actor("other_administrator"), cast.patient)) == []


def test_worklist_is_the_units_own(cast: Cast) -> None:
    from django.utils import timezone

    for unit, patient in ((cast.unit, cast.patient), (cast.other_unit, cast.other_patient)):
        open_item(unit=unit, patient=patient, kind="call", key=f"k{unit.pk}", title="Ring", due_at=timezone.now())
    assert [item.patient for item in worklist_of(cast.actor("nurse"))] == [cast.patient]
    assert list(worklist_of(cast.actor("manager"))) == []
