"""What the import contracts cannot see: a relation given as a string counts as an import, and leads right as well."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Field, Model

# As in the contracts: each may know those to its right.
ORDER = ("clinic", "api", "desk", "reminders", "scheduling", "doseplans", "patients", "units")


def relations() -> list[tuple[type[Model], Field]]:
    return [
        (model, field)
        for model in apps.get_models()
        if model._meta.app_label in ORDER
        for field in [*model._meta.local_fields, *model._meta.local_many_to_many]
        if field.is_relation and field.related_model is not None
    ]


def test_relations_lead_to_the_right() -> None:
    back = [
        f"{model._meta.label}.{field.name} leads back to {field.related_model._meta.label}"
        for model, field in relations()
        if field.related_model._meta.app_label in ORDER
        and ORDER.index(field.related_model._meta.app_label) < ORDER.index(model._meta.app_label)
    ]
    assert back == []
    assert len(relations()) > 50


def test_relations_know_no_library_but_history() -> None:
    strange = [
        f"{model._meta.label}.{field.name} leads to {field.related_model._meta.label}"
        for model, field in relations()
        if field.related_model._meta.app_label not in {*ORDER, "pghistory", "auth"}
    ]
    assert strange == []


@pytest.mark.parametrize("model", [model for model in apps.get_models() if model._meta.app_label in ORDER])
def test_model_speaks(model: type[Model]) -> None:
    """Its name in the admin and in history is words, and what it is called by is not `Patient object (3)`."""
    if model in admin.site._registry:
        assert model.__str__ is not Model.__str__
        assert "_" not in str(model._meta.verbose_name)
