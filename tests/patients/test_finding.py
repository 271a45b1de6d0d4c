"""Who is found by what somebody types, who comes after them with a like name, and who never is."""

from __future__ import annotations

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from patients.models import NameKey, NameSpelling, Patient
from patients.rules import name_keys, slips_of, sound_of
from patients.selectors import COUNTED, first_found, namesakes_of, patients_of
from patients.services.name_keys import wrong_name_keys
from tests.cast import Cast, make_patient
from units.actors import Actor

NAMES = ["O’Neill", "Müller-Lüdenscheidt", "van der Berg", "Łukasiewicz", "ÅSTRÖM", "Nguyễn", "D'Arcy Wentworth"]
NEAR = ["Kowalczyk", "Sørensen", "Petrov", "Catherwood"]


def found(cast: Cast, text: str) -> list[str]:
    return [patient.family_name for patient in patients_of(cast.actor("nurse"), search=text)]


def first(actor: Actor, text: str) -> list[str]:
    """As the field in the top bar shows them."""
    hits, total = first_found(actor, search=text, most=8, next_visit_at=("SELECT NULL::timestamptz", {}))
    assert len(hits) == min(total, 8)
    return [hit.family_name for hit in hits]


def near(cast: Cast, text: str) -> list[tuple[str, bool]]:
    return [(patient.family_name, patient.is_near) for patient in patients_of(cast.actor("nurse"), search=text)]


@pytest.fixture
def ward(cast: Cast) -> Cast:
    for number, name in enumerate(NAMES):
        make_patient(cast.unit, name, f"N30000{number}", given_name="Zoë", birth_date=date(1950, 1, 1 + number))
    for number, name in enumerate(NEAR):
        make_patient(cast.unit, name, f"K40000{number}", given_name="Anna Maria", birth_date=date(1968, 3, 14 + number))
    return cast


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("fairw", ["Fairweather"]),
        ("FAIRWEATHER, Ines", ["Fairweather"]),
        ("ines fair", ["Fairweather"]),
        ("o'neill", ["O’Neill"]),
        ("Oneill", ["O’Neill"]),
        ("o neill", ["O’Neill"]),
        ("neill", ["O’Neill"]),
        ("muller", ["Müller-Lüdenscheidt"]),
        ("Ludenscheidt", ["Müller-Lüdenscheidt"]),
        ("berg zoe", ["van der Berg"]),
        ("vanderberg", ["van der Berg"]),
        ("lukas", ["Łukasiewicz"]),
        ("astrom", ["ÅSTRÖM"]),
        ("nguyen", ["Nguyễn"]),
        ("sorensen", ["Sørensen"]),
        ("999 089 9452", ["Fairweather"]),
        ("9990899452", ["Fairweather"]),
        ("999 089", ["Fairweather"]),
        ("h100001", ["Fairweather"]),
        ("n30000", sorted(NAMES, key=lambda name: name.lower())),
        ("02/07/1971", ["Fairweather"]),
        ("2.7.71", ["Fairweather"]),
        ("1971-07-02 fair", ["Fairweather"]),
        ("14/3/68", ["Kowalczyk"]),
        ("14 Mar 1968", ["Kowalczyk"]),
        ("14031968", ["Kowalczyk"]),
        ("140368", ["Kowalczyk"]),
        ("petrov 1968", ["Petrov"]),
        ("maria petr", ["Petrov"]),
        ("petrov 1969", []),
        ("fair 03/07/1971", []),
        ("weather", []),
        ("%", []),
        ("hartnoll", []),  # a patient of the other unit
        ("hartnol", []),
        ("999 681 5595", []),
    ],
)
def test_search_finds_whom_all_of_it_fits(ward: Cast, text: str, names: list[str]) -> None:
    assert near(ward, text) == [(name, False) for name in names]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Kowalchik", "Kowalczyk"),
        ("kowalch", "Kowalczyk"),  # not finished yet
        ("cowalczyk", "Kowalczyk"),
        ("kowalczky anna", "Kowalczyk"),
        ("Sorenson", "Sørensen"),
        ("soerensen", "Sørensen"),
        ("Obriel", ""),  # like nobody
        ("oniell", "O’Neill"),
        ("petorv", "Petrov"),
        ("pettrov", "Petrov"),
        ("ptrov", "Petrov"),
        ("petrow 1968", "Petrov"),
        ("Katherwood", "Catherwood"),
        ("fairwether ines", "Fairweather"),
        ("ana petrof", "Petrov"),
    ],
)
def test_a_name_spelled_nearly_so_is_found_after_those_that_fit(ward: Cast, text: str, name: str) -> None:
    assert near(ward, text) == ([(name, True)] if name else [])


def test_those_that_fit_come_before_the_like_ones_and_the_likest_first(cast: Cast) -> None:
    for number, name in enumerate(["Pettroff", "Petrow", "Petrov", "Pedrov-Smith"]):
        make_patient(cast.unit, name, f"P50000{number}")
    assert near(cast, "petrov") == [("Petrov", False), ("Pedrov-Smith", True), ("Petrow", True), ("Pettroff", True)]


def test_like_names_are_not_asked_for_where_enough_fit(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(9):
        make_patient(cast.unit, "Petrov", f"P50000{number}")
    make_patient(cast.unit, "Petrow", "P500009")
    nurse = cast.actor("nurse")
    with django_assert_num_queries(3):  # who fits; the page; its flags
        assert [patient.is_near for patient in patients_of(nurse, search="petrov")] == [False] * 9


def test_a_search_costs_the_same_for_one_and_thirty(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    nurse = cast.actor("nurse")
    for many in (1, 30):
        for number in range(many):
            make_patient(cast.unit, "Petrow", f"P{many:02}{number:04}")
        with django_assert_num_queries(5):
            assert {patient.family_name for patient in patients_of(nurse, search="petrov")} == {"Petrow"}


# --- keys ------------------------------------------------------------------------------------------------------------
def test_the_trigger_writes_the_keys_of_the_rule(ward: Cast) -> None:
    names = [
        "Pfister",
        "Ashcraft",
        "Hwang",
        "Wbster",
        "Lloyd",
        "Tymczak",
        "Ó Súilleabháin",
        "Ng",
        "Иванов",
        "Smith  Jr.",
    ]
    for number, name in enumerate(names):
        make_patient(ward.unit, name, f"S60000{number}", given_name="Jean-Luc  Marie" if number % 2 else "Æthelflæd")
    make_patient(ward.unit, "Nameless", "S700000", given_name="")
    for patient in Patient.objects.all():
        wanted = set(name_keys(patient.family_name, patient.given_name, patient.birth_date))
        assert set(NameKey.objects.filter(patient=patient).values_list("kind", "key")) == wanted, str(patient)
    assert wrong_name_keys() == (0, 0)  # with what else a key tells
    for word in set(NameSpelling.objects.values_list("word", flat=True)):
        rows = set(NameSpelling.objects.filter(word=word).values_list("sound", "slip"))
        assert rows == {(sound_of(word), slip) for slip in slips_of(word)}
    words = set(NameKey.objects.filter(kind="word").values_list("key", flat=True))
    assert words <= set(NameSpelling.objects.values_list("word", flat=True))


def test_keys_follow_a_change_of_name_and_birthday(cast: Cast) -> None:
    Patient.objects.filter(pk=cast.patient.pk).update(family_name="Okonjo", birth_date=date(1980, 5, 3))
    assert found(cast, "fairweather") == []
    assert found(cast, "okon") == ["Okonjo"]
    assert cast.patient.name_keys.get(kind="born").key == "okonjo 1980-05-03"


def test_keys_follow_a_change_of_unit_and_numbers(cast: Cast) -> None:
    here, there = cast.actor("nurse"), cast.actor("other_nurse")
    Patient.objects.filter(pk=cast.patient.pk).update(
        unit=cast.other_unit, hospital_number="b 700_1", nhs_number="9990308241"
    )
    for text in ("fairw", "fairw B", "fairw 700", "fairw 999 030", "fairw 1971", "fairw 2/7/71", "fairwether"):
        assert first(here, text) == [], text
    for text in ("fairw", "fairw 999 030", "fairw 1971", "fairw 2/7/71", "fairw 1971-07-02", "fairwether 99903"):
        assert first(there, text) == ["Fairweather"], text
    for text in ("fairw 700%1", "fairw 999 089", "fairw 1972", "fairw 3/7/71", "fairw 99908"):
        assert first(there, text) == [], text
    assert wrong_name_keys() == (0, 0)


def test_a_short_name_is_found_among_many_that_begin_so(cast: Cast) -> None:
    Patient.objects.bulk_create(
        Patient(
            unit=cast.unit,
            family_name="Nguyen",
            given_name="Anh",
            hospital_number=f"Z{n:06}",
            birth_date=date(1940, 1, 1) + timedelta(days=n),
        )
        for n in range(COUNTED)
    )
    make_patient(cast.unit, "Ng", "N1", given_name="Ngaio")
    assert first(cast.actor("nurse"), "ng")[0] == "Ng"


def test_keys_that_went_wrong_are_told_and_written_again(cast: Cast) -> None:
    call_command("name_keys", check=True, stdout=StringIO())
    NameKey.objects.filter(patient=cast.patient, key="fairweather").delete()
    NameSpelling.objects.filter(word="ines").delete()
    with pytest.raises(CommandError, match=r"1 of 2 patients .* 1 spelling"):
        call_command("name_keys", check=True)
    call_command("name_keys", stdout=StringIO())
    call_command("name_keys", check=True, stdout=StringIO())
    assert found(cast, "fairw") == ["Fairweather"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pgh_label FROM patients_patienthistory WHERE pgh_obj_id = %s", [cast.patient.pk])
        assert cursor.fetchall() == [("insert",)]


def test_search_goes_by_an_index(cast: Cast) -> None:
    Patient.objects.bulk_create(
        Patient(
            unit=cast.unit,
            family_name=f"{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}name",
            given_name="Ines",
            hospital_number=f"Z{n:06}",
            nhs_number=f"888{n:07}",
            birth_date=date(1940, 1, 1) + timedelta(days=n),
        )
        for n in range(1500)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE patients_patient, patients_namekey, patients_namespelling")
    for text, index in {
        "fairw": "name_key_by_beginning",
        "H1000": "patient_by_hospital_number",
        "02/07/1971": "patient_by_birth_date",
        "999 089 9452": "nhs_number",  # one of two, by the database's collation
    }.items():
        plan = patients_of(cast.actor("nurse"), search=text).order_by().explain()
        assert index in plan, f"{text}: {plan}"


def test_what_is_asked_while_typing_is_planned_once(cast: Cast) -> None:
    make_patient(cast.unit, "Petrov", "P1")
    make_patient(cast.unit, "Petrow", "P2")
    for n in range(12):  # the driver prepares at the fifth, the server looks at five plans more
        first(cast.actor("nurse"), f"petrov ines {1960 + n}")
        first(cast.actor("nurse"), "petrov")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(custom_plans), sum(generic_plans) > 0 FROM pg_prepared_statements"
            " WHERE statement ~ 'patients_name' AND statement ~ '[(]SELECT [$]'"
        )
        assert cursor.fetchone() == (5, True)


# --- namesakes -------------------------------------------------------------------------------------------------------
def test_namesakes_are_those_of_the_unit_who_might_be_taken_for_the_patient(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    one = make_patient(cast.unit, "Kowalczyk", "K1", given_name="Anna", birth_date=date(1980, 5, 3))
    like = [
        make_patient(cast.unit, "Kovalczyk", "K2", given_name="Ana"),
        make_patient(cast.unit, "Kowalczyk", "K3", given_name="Anna Maria"),
        make_patient(cast.unit, "Anna", "K4", given_name="Kowalczyk"),
        make_patient(cast.unit, "KOWALCZYK", "K5", given_name="Jerzy", birth_date=date(1980, 5, 3)),
    ]
    make_patient(cast.unit, "Kowalczyk", "K6", given_name="Jerzy", birth_date=date(1980, 5, 4))
    make_patient(cast.other_unit, "Kowalczyk", "K7", given_name="Anna")
    with django_assert_num_queries(2):
        found = namesakes_of([one, cast.patient])
    assert {other.pk for other in found[one.pk]} == {other.pk for other in like}
    assert found[cast.patient.pk] == []
    assert namesakes_of([]) == {}
