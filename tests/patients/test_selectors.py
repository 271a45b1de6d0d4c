"""What is read of patients' records, and by whom."""

from __future__ import annotations

import uuid

import pytest
from pytest_django import DjangoAssertNumQueries

from patients.models import Flag
from patients.selectors import access_entries_of, patient_by_public_id, patients_of, worklist_of
from patients.services import open_item, record_access
from tests.cast import Cast, make_patient
from units.actors import Actor
from units.errors import NotFound


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
