"""Telephone numbers in forms: any that can be dialled, and a clear sentence for the rest."""

from __future__ import annotations

import doctest

import pytest
from django.forms import model_to_dict
from django.test import Client

from tests.cast import Cast, signed_in
from units import telephones

SENTENCE = "Write a telephone number with its area code, such as 01632 960001"


def test_doctests() -> None:
    assert doctest.testmod(telephones).failed == 0


def form(cast: Cast, phone: str) -> dict[str, object]:
    kept = model_to_dict(cast.unit)
    return {name: value for name, value in kept.items() if value not in (None, False)} | {"phone": phone}


@pytest.mark.parametrize(
    ("typed", "stored", "shown"),
    [
        ("07700 900416", "+447700900416", "07700 900416"),  # Ofcom's, for training
        ("01632 960001", "+441632960001", "01632 960001"),
        ("+44 (0)20 7946 0018", "+442079460018", "020 7946 0018"),
        ("+33 1 99 00 12 34", "+33199001234", "+33 1 99 00 12 34"),
    ],
)
def test_a_number_that_can_be_dialled_is_kept(cast: Cast, typed: str, stored: str, shown: str) -> None:
    from units.models import Unit

    page = signed_in(cast.administrator).post(f"/admin/units/unit/{cast.unit.pk}/change/", form(cast, typed))
    assert page.status_code == 302
    assert Unit.objects.filter(pk=cast.unit.pk).values_list("phone", flat=True).get().as_e164 == stored
    assert str(Unit.objects.get(pk=cast.unit.pk).phone) == shown


@pytest.mark.parametrize(
    "typed",
    [
        "ring the ward",
        "0800 FLOWERS",
        "12345",
        "07700 9004166789",
        "+999 1234567",
        "<script>alert(1)</script>",
        "'; DROP TABLE units_unit; --",
        "٠٧٧٠٠ ٩٠٠٤١٦",
        "1" * 100,
        "\N{BELL}" * 20,
    ],
)
def test_anything_else_is_refused_in_words(cast: Cast, typed: str) -> None:
    from units.models import Unit

    client: Client = signed_in(cast.administrator)
    page = client.post(f"/admin/units/unit/{cast.unit.pk}/change/", form(cast, typed))
    assert page.status_code == 200
    assert SENTENCE in page.content.decode()
    assert "<script>alert" not in page.content.decode()
    assert Unit.objects.get(pk=cast.unit.pk).phone.as_e164 == "+441632960001"


def test_patient_and_carer_take_the_same_numbers() -> None:
    from patients.models import Carer, Patient

    for model in (Patient, Carer):
        field = model._meta.get_field("phone").formfield()
        assert field.clean("07700 900416").as_e164 == "+447700900416"
