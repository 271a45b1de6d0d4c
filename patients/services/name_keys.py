"""Upkeep of what patients are found by. A trigger keeps the keys; this is for the day when somebody doubts it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Upper

from patients.models import NameKey, NameSpelling, Patient
from patients.rules import name_keys, searched, slips_of, sound_of

_BATCH = 2000


def wrong_name_keys() -> tuple[int, int]:
    """How many patients have other keys than their names ask for, and how many words other spellings, or none."""
    wrong, words = 0, set()
    for patients in _batches():
        kept: dict[int, set[tuple[Any, ...]]] = defaultdict(set)
        columns = ("patient", "kind", "key", "unit", "family_name", "given_name", "birth_date", "searched")
        for patient_id, *told in NameKey.objects.filter(patient__in=patients).values_list(*columns):
            kept[patient_id].add(tuple(told))
        for patient in patients:
            wanted = set(_keys(patient))
            wrong += kept[patient.pk] != wanted
            words |= {key for kind, key, *_ in wanted if kind == NameKey.Kind.WORD}
    spelled: dict[tuple[str, str], set[str]] = defaultdict(set)
    for word, sound, slip in NameSpelling.objects.values_list("word", "sound", "slip").iterator(_BATCH):
        spelled[word, sound].add(slip)
    right = {word for (word, sound), slips in spelled.items() if (sound, slips) == (sound_of(word), slips_of(word))}
    return wrong, len(words - right)


def write_name_keys() -> None:
    """Every patient's keys and every spelling are as the trigger writes them. No patient can be changed meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Whoever adds a name now would still see the spelling that is about to go, and not add it.
        cursor.execute("LOCK TABLE patients_patient IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("DELETE FROM patients_namespelling")
        cursor.execute("UPDATE patients_patient SET family_name = family_name")  # as it was: enters no history


def _keys(patient: Any) -> Iterator[tuple[Any, ...]]:
    """What should be kept for the patient: a row for each key."""
    names, born = (patient.family_name, patient.given_name), patient.birth_date
    whole = searched(names, born, nhs_number=patient.nhs_number, hospital_number=patient.folded_number)
    for kind, key in name_keys(*names, born):
        yield kind, key, patient.unit_id, *names, born, whole


def _batches() -> Iterator[Sequence[Patient]]:
    """A few thousand patients at a time, each with no more than its keys tell."""
    last = 0
    rows = Patient.objects.only("unit", "family_name", "given_name", "birth_date", "nhs_number").order_by("pk")
    rows = rows.annotate(folded_number=Upper("hospital_number"))
    while batch := list(rows.filter(pk__gt=last)[:_BATCH]):
        last = batch[-1].pk
        yield batch
