"""What a clerk writes about a patient, who may, and what is kept of it."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from patients.errors import ItemAlreadyDone, PatientExists
from patients.models import AccessEntry, Flag, Patient, WorklistItem
from patients.services import (
    add_flag,
    create_patient,
    finish_item,
    open_item,
    record_access,
    remove_flag,
    update_patient,
)
from tests.cast import Cast, make_patient
from units.errors import InvalidInput, NotAllowed, NotFound

NEW: dict[str, Any] = {
    "family_name": " Okafor ",
    "given_name": "Chidi",
    "birth_date": date(1965, 3, 9),
    "hospital_number": "h200002 ",
}


def test_create_patient_stands_in_the_unit(cast: Cast) -> None:
    created = create_patient(cast.actor("coordinator"), unit=cast.unit, nhs_number="999 681 9124", **NEW)
    kept = Patient.objects.get(public_id=created.public_id)
    assert (kept.family_name, kept.hospital_number, kept.nhs_number) == ("Okafor", "H200002", "9996819124")
    entry = kept.history.get()
    assert entry.pgh_context.metadata == {
        "user": cast.coordinator.pk,
        "actor": "Ada Coordinator",
        "act": "create_patient",
        "reason": "",
    }


@pytest.mark.parametrize("who", ["pharmacist", "manager", "administrator", "loner", "other_coordinator"])
def test_create_patient_without_the_act_is_refused(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        create_patient(cast.actor(who), unit=cast.unit, **NEW)
    assert not Patient.objects.filter(family_name="Okafor").exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"nhs_number": "9991234567"}, "nhs_number"),
        ({"email": "not an address"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"family_name": "  "}, "family_name"),
        ({"preferred_channel": "pigeon"}, "preferred_channel"),
    ],
)
def test_create_patient_names_the_wrong_field(cast: Cast, values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        create_patient(cast.actor("nurse"), unit=cast.unit, **{**NEW, **values})
    assert list(refused.value.facts["fields"]) == [field]  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("values", "field"),
    [({"nhs_number": "9996815595"}, "nhs_number"), ({"hospital_number": "h100001"}, "hospital_number")],
)
def test_create_patient_with_a_number_taken_is_refused_in_words(cast: Cast, values: dict[str, Any], field: str) -> None:
    with pytest.raises(PatientExists) as refused:
        create_patient(cast.actor("nurse"), unit=cast.unit, **{**NEW, **values})
    assert refused.value.facts == {"field": field}
    assert "Hartnoll" not in refused.value.sentence


def test_two_patients_without_a_number_are_two(cast: Cast) -> None:
    create_patient(cast.actor("nurse"), unit=cast.unit, nhs_number="", **NEW)
    create_patient(cast.actor("nurse"), unit=cast.unit, nhs_number=None, **{**NEW, "hospital_number": "H3"})
    assert Patient.objects.filter(nhs_number=None).count() == 2


def test_update_patient_changes_what_is_named(cast: Cast) -> None:
    update_patient(cast.actor("nurse"), patient_id=cast.patient.public_id, reason="moved house", phone="020 7946 0991")
    cast.patient.refresh_from_db()
    assert str(cast.patient.phone) == "020 7946 0991"
    assert cast.patient.family_name == "Fairweather"
    latest = cast.patient.history.latest("pgh_id")
    assert latest.pgh_context.metadata["reason"] == "moved house"


def test_update_patient_refuses_what_other_use_cases_own(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        update_patient(
            cast.actor("nurse"),
            patient_id=cast.patient.public_id,
            deceased_at=timezone.now(),  # type: ignore[call-arg]
        )
    cast.patient.refresh_from_db()
    assert cast.patient.deceased_at is None


def test_update_patient_of_another_unit_is_not_found(cast: Cast) -> None:
    for public_id in (cast.other_patient.public_id, uuid.uuid4()):
        with pytest.raises(NotFound):
            update_patient(cast.actor("nurse"), patient_id=public_id, phone="020 7946 0991")
    with pytest.raises(NotAllowed):
        update_patient(cast.actor("manager"), patient_id=cast.patient.public_id, phone="020 7946 0991")


def test_flags_are_added_once_and_taken_away(cast: Cast) -> None:
    actor = cast.actor("nurse")
    first = add_flag(actor, patient=cast.patient, kind="alert", code=Flag.Code.ALLERGY, text="Latex allergy")
    again = add_flag(actor, patient=cast.patient, kind="alert", code=Flag.Code.ALLERGY, text=" Latex allergy ")
    assert first == again
    with pytest.raises(NotAllowed):
        remove_flag(cast.actor("pharmacist"), flag=first)
    remove_flag(actor, flag=first)
    assert not cast.patient.flags.exists()
    assert [row.pgh_label for row in Flag.history.rel.related_model.objects.order_by("pgh_id")] == ["insert", "delete"]


def test_flag_longer_than_the_banner_is_refused(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        add_flag(cast.actor("nurse"), patient=cast.patient, kind="alert", code="other", text="x" * 61)


def test_record_access_says_who_looked(cast: Cast) -> None:
    record_access(cast.actor("nurse"), patient=cast.patient, page="patient")
    entry = AccessEntry.objects.get()
    assert (entry.user, entry.actor_name, entry.page) == (cast.nurse, "Ada Nurse", "patient")
    with pytest.raises(NotAllowed):
        record_access(cast.actor("other_nurse"), patient=cast.patient, page="patient")


def item(cast: Cast, key: str = "call:1") -> bool:
    return open_item(
        unit=cast.unit,
        patient=cast.patient,
        kind=WorklistItem.Kind.CALL,
        key=key,
        title="Ring the patient",
        due_at=timezone.now(),
    )


def test_open_item_twice_is_one(cast: Cast) -> None:
    assert item(cast)
    assert not item(cast)
    assert WorklistItem.objects.count() == 1


def test_finished_item_may_be_opened_again(cast: Cast) -> None:
    item(cast)
    done = finish_item(
        cast.actor("pharmacist"), item_id=WorklistItem.objects.get().public_id, outcome="Spoke to the wife"
    )
    assert (done.done_by, done.outcome) == (cast.pharmacist, "Spoke to the wife")
    assert item(cast)
    assert WorklistItem.objects.filter(done_at__isnull=True).count() == 1


def test_finish_item_twice_names_who_was_first(cast: Cast) -> None:
    item(cast)
    key = WorklistItem.objects.get().public_id
    finish_item(cast.actor("nurse"), item_id=key)
    with pytest.raises(ItemAlreadyDone) as refused:
        finish_item(cast.actor("coordinator"), item_id=key)
    assert refused.value.sentence == "This was done by Ada Nurse already."


def test_finish_item_of_another_unit_is_not_found(cast: Cast) -> None:
    item(cast)
    for who in ("other_nurse", "manager", "loner"):
        with pytest.raises(NotFound):
            finish_item(cast.actor(who), item_id=WorklistItem.objects.get().public_id)


def test_one_request_keeps_two_acts_apart(cast: Cast) -> None:
    """Each use case has a context of its own: the second's reason must not stand under the first."""
    other = make_patient(cast.unit, "Second", "H900001")
    for patient, reason in ((cast.patient, "first reason"), (other, "second reason")):
        update_patient(cast.actor("nurse"), patient_id=patient.public_id, reason=reason, comments=reason)
    told = [patient.history.latest("pgh_id").pgh_context.metadata["reason"] for patient in (cast.patient, other)]
    assert told == ["first reason", "second reason"]
