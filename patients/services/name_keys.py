"""Upkeep of what patients are found by. A trigger keeps the keys; this is for the day when somebody doubts it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from django.db import connection, transaction

from patients.models import NameKey, NameSpelling, Patient
from patients.rules import name_keys, slips_of, sound_of

_BATCH = 2000


def wrong_name_keys() -> tuple[int, int]:
    """How many patients have other keys than their names ask for, and how many words other spellings, or none."""
    wrong, words = 0, set()
    for patients in _batches():
        kept: dict[int, set[tuple[str, str]]] = defaultdict(set)
        for patient_id, kind, key in NameKey.objects.filter(patient__in=patients).values_list("patient", "kind", "key"):
            kept[patient_id].add((kind, key))
        for patient in patients:
            wanted = set(name_keys(patient.family_name, patient.given_name, patient.birth_date))
            wrong += kept[patient.pk] != wanted
            words |= {key for kind, key in wanted if kind == NameKey.Kind.WORD}
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


def _batches() -> Iterator[list[Patient]]:
    """A few thousand patients at a time, each with no more than its name and birthday."""
    last = 0
    rows = Patient.objects.only("family_name", "given_name", "birth_date").order_by("pk")
    while batch := list(rows.filter(pk__gt=last)[:_BATCH]):
        last = batch[-1].pk
        yield batch
