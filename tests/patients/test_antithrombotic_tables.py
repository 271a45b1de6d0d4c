"""The site's table of medicines against clotting: versioned, approved, and never edited once it was in use."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from patients.models import AntithromboticRow, AntithromboticTable
from patients.services.antithrombotic_tables import make_new_table, put_table_in_use
from tests.cast import signed_in
from units.errors import InvalidInput, NotAllowed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cast import Cast

pytestmark = pytest.mark.django_db
PAGE = "admin:patients_antithrombotictable"


@pytest.fixture
def client(cast: Cast) -> Client:
    return signed_in(cast.administrator)


def table_of(cast: Cast, **more: Any) -> AntithromboticTable:
    table = make_new_table(cast.actor("administrator"), unit=cast.unit, rows_of=None, **more)
    table.rows.create(medicine="Apixaban", hours_before=48)
    return table


APPROVED = {"approved_by_name": "Dr Malik", "approved_on": date(2026, 1, 5)}


def test_a_new_version_has_the_rows_of_the_one_before_and_is_a_draft(cast: Cast) -> None:
    first = put_table_in_use(cast.actor("administrator"), table=table_of(cast, **APPROVED))
    second = make_new_table(cast.actor("administrator"), unit=cast.unit, rows_of=first)
    assert (second.version, second.status, second.approved_by_name) == (2, "draft", "")
    assert list(second.rows.values_list("medicine", "hours_before")) == [("Apixaban", 48)]


def test_the_one_put_in_use_retires_the_one_before(cast: Cast) -> None:
    administrator = cast.actor("administrator")
    put_table_in_use(administrator, table=table_of(cast, **APPROVED))
    put_table_in_use(administrator, table=table_of(cast, **APPROVED))
    states = AntithromboticTable.objects.order_by("version").values_list("version", "status")
    assert list(states) == [(1, "retired"), (2, "active")]


def test_nothing_counts_that_nobody_approved_or_that_is_empty(cast: Cast) -> None:
    administrator = cast.actor("administrator")
    with pytest.raises(InvalidInput) as caught:
        put_table_in_use(administrator, table=table_of(cast))
    assert caught.value.sentence == "Write down who approved the table, and on which day, before it is used."
    with pytest.raises(InvalidInput):
        put_table_in_use(administrator, table=make_new_table(administrator, unit=cast.unit, rows_of=None, **APPROVED))


@pytest.mark.parametrize("who", ["doctor", "pharmacist", "nurse", "other_administrator"])
def test_only_the_units_administrator_sets_it_up(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        make_new_table(cast.actor(who), unit=cast.unit, rows_of=None)


def form_of(table: AntithromboticTable, **more: Any) -> dict[str, Any]:
    row = table.rows.get()
    return {
        "approved_by_name": "Dr Malik",
        "approved_on": "2026-01-05",
        "source": "Site policy",
        "rows-TOTAL_FORMS": 1,
        "rows-INITIAL_FORMS": 1,
        "rows-0-id": row.pk,
        "rows-0-table": table.pk,
        "rows-0-medicine": "Apixaban",
        "rows-0-hours_before": 72,
        **more,
    }


def test_a_draft_is_edited_and_put_in_use_in_the_admin_and_then_only_looked_at(client: Client, cast: Cast) -> None:
    table = table_of(cast)
    page = reverse(f"{PAGE}_change", args=[table.pk])
    client.post(page, form_of(table, _put_in_use="Put in use"))
    table.refresh_from_db()
    assert (table.status, table.rows.get().hours_before, table.approved_by_name) == ("active", 72, "Dr Malik")
    client.post(page, form_of(table, **{"rows-0-hours_before": 1, "approved_by_name": "Somebody"}))
    table.refresh_from_db()
    assert (table.rows.get().hours_before, table.approved_by_name) == (72, "Dr Malik")
    shown = client.get(page).content.decode()
    assert ("so it stays as it is" in shown, 'name="_save"' in shown) == (True, False)
    client.post(page, form_of(table, _new_version="Make a new version"))
    assert AntithromboticTable.objects.get(version=2).rows.get().hours_before == 72
    assert client.post(reverse(f"{PAGE}_delete", args=[table.pk]), {"post": "yes"}).status_code == 403


def test_a_table_is_begun_in_the_admin(client: Client, cast: Cast) -> None:
    posted = {"unit": cast.unit.pk, "source": "Site policy", "rows-TOTAL_FORMS": 1, "rows-INITIAL_FORMS": 0}
    posted |= {"rows-0-medicine": "Warfarin", "rows-0-hours_before": "", "rows-0-needs_inr": "on"}
    assert client.post(reverse(f"{PAGE}_add"), posted).status_code == 302
    table = AntithromboticTable.objects.get()
    assert (table.version, table.status, table.rows.get().needs_inr) == (1, "draft", True)


# --- kept by the database --------------------------------------------------------------------------------------------
def edit_table(table: AntithromboticTable) -> None:
    AntithromboticTable.objects.filter(pk=table.pk).update(source="Something else")


def make_it_a_draft(table: AntithromboticTable) -> None:
    AntithromboticTable.objects.filter(pk=table.pk).update(status="draft")


def edit_row(table: AntithromboticTable) -> None:
    table.rows.update(hours_before=1)


def add_row(table: AntithromboticTable) -> None:
    table.rows.create(medicine="Heparin", hours_before=4)


def drop_row(table: AntithromboticTable) -> None:
    table.rows.all().delete()


def move_row(table: AntithromboticTable) -> None:
    other = AntithromboticTable.objects.create(unit=table.unit, version=9)
    AntithromboticRow.objects.create(table=other, medicine="Heparin")
    AntithromboticRow.objects.filter(table=other).update(table=table)


def take_row_away(table: AntithromboticTable) -> None:
    other = AntithromboticTable.objects.create(unit=table.unit, version=9)
    table.rows.update(table=other)


def drop_table(table: AntithromboticTable) -> None:
    table.delete()


def by_plain_sql(table: AntithromboticTable) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM patients_antithrombotictable WHERE id = %s", [table.pk])


@pytest.mark.parametrize("state", ["active", "retired"])
@pytest.mark.parametrize(
    "change",
    [
        edit_table,
        make_it_a_draft,
        edit_row,
        add_row,
        drop_row,
        move_row,
        take_row_away,
        drop_table,
        by_plain_sql,
    ],
)
def test_a_table_that_was_put_in_use_cannot_be_changed_whoever_writes(
    cast: Cast, change: Callable[[AntithromboticTable], None], state: str
) -> None:
    table = put_table_in_use(cast.actor("administrator"), table=table_of(cast, **APPROVED))
    AntithromboticTable.objects.filter(pk=table.pk).update(status=state)
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        change(table)


def test_a_draft_can_be_changed_and_thrown_away(cast: Cast) -> None:
    table = table_of(cast)
    edit_row(table)
    add_row(table)
    edit_table(table)
    table.delete()
    assert not AntithromboticTable.objects.exists()
