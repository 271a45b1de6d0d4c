"""The admin speaks the ward's language: no list, form or column goes by the name a column has in the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Field, Model
from django.utils.functional import Promise

from tests.cast import Cast, signed_in
from units.models import Unit
from units.policy import Role
from units.services import grant_role

OURS = {"units", "patients", "doseplans", "scheduling", "reminders"}
# Shown nowhere: keys, and what machines write down for themselves.
UNSEEN = {
    "id", "public_id", "key", "content", "facts", "snapshot", "purpose_key", "recipient", "reservation", "undoes",
    "together", "password",
}  # fmt: skip


def models() -> Iterator[type[Model]]:
    """Every model of ours that the admin lists, or shows inside another's page."""
    for model, page in admin.site._registry.items():
        if model._meta.app_label in OURS:
            yield model
            yield from (inline.model for inline in page.inlines)


@pytest.mark.parametrize("model", dict.fromkeys(models()), ids=lambda model: model.__name__)
def test_every_label_is_a_translated_word(model: type[Model]) -> None:
    assert isinstance(model._meta.verbose_name, Promise)
    assert isinstance(model._meta.verbose_name_plural, Promise)
    fields: list[Field[Any, Any]] = [*model._meta.concrete_fields, *model._meta.local_many_to_many]
    raw = [
        field.name
        for field in fields
        if field.name not in UNSEEN
        and not (
            isinstance(field.verbose_name, Promise) and (isinstance(field.help_text, Promise) or not field.help_text)
        )
    ]
    assert raw == []


def test_a_list_says_who_last_changed_what(cast: Cast) -> None:
    """Also where only what belongs to the record has changed; nobody is named where nobody was."""
    client = signed_in(cast.administrator)

    def last_changes(place: str) -> dict[str, str]:
        rows = client.get(f"/admin/{place}/").context["cl"]
        return {str(row): rows.model_admin.last_change(row) for row in rows.result_list}

    assert last_changes("units/user")["Ada Nurse"] != ""
    grant_role(cast.actor("administrator"), user=cast.nurse, unit=cast.unit, role=Role.COORDINATOR)
    assert last_changes("units/user")["Ada Nurse"].endswith(" Ada Administrator")
    assert not last_changes("units/user")["Ada Doctor"].endswith(" Ada Administrator")
    Unit.objects.filter(pk=cast.unit.pk).update(site_name="Elsewhere")
    assert not last_changes("units/unit")["Harbour Day Unit"].endswith(" Ada Administrator")
    assert "Last change" in client.get("/admin/units/unit/").content.decode()
