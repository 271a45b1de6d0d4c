"""The site's table of medicines against clotting: versions made from one another, approved, put in use."""

from __future__ import annotations

from datetime import date

from django.db.models import Max

from patients.models import AntithromboticRow, AntithromboticTable
from units.actors import Actor
from units.errors import InvalidInput
from units.history import recorded_as
from units.models import Unit
from units.policy import Act

Status = AntithromboticTable.Status


def make_new_table(
    actor: Actor,
    *,
    unit: Unit,
    rows_of: AntithromboticTable | None,
    approved_by_name: str = "",
    approved_on: date | None = None,
    source: str = "",
) -> AntithromboticTable:
    """A draft with the unit's next number, and the rows of another table where one is named. Raises: NotAllowed."""
    actor.require(Act.SET_UP_UNIT, unit.pk)
    with recorded_as(actor, act="make_new_table"):
        Unit.objects.select_for_update().get(pk=unit.pk)
        latest = AntithromboticTable.objects.filter(unit=unit).aggregate(latest=Max("version"))["latest"] or 0
        table = AntithromboticTable.objects.create(
            unit=unit,
            version=latest + 1,
            approved_by_name=approved_by_name,
            approved_on=approved_on,
            source=source,
        )
        for row in AntithromboticRow.objects.filter(table=rows_of) if rows_of else ():
            row.pk, row.table = None, table
            row.save(force_insert=True)
    return table


def put_table_in_use(actor: Actor, *, table: AntithromboticTable) -> AntithromboticTable:
    """The table counts from now on, and is never edited again; the one before it is retired.

    Raises: NotAllowed; InvalidInput where nobody has approved it, or it names no medicine.
    """
    actor.require(Act.SET_UP_UNIT, table.unit_id)
    with recorded_as(actor, act="put_table_in_use"):
        tables = {row.pk: row for row in AntithromboticTable.objects.select_for_update().filter(unit=table.unit_id)}
        chosen = tables[table.pk]
        if not chosen.approved_by_name.strip() or chosen.approved_on is None:
            raise InvalidInput("Write down who approved the table, and on which day, before it is used.")
        if not chosen.rows.exists():
            raise InvalidInput("The table names no medicine yet.")
        for other in tables.values():
            if other.pk != chosen.pk and other.status == Status.ACTIVE:
                other.status = Status.RETIRED
                other.save(update_fields=["status"])
        chosen.status = Status.ACTIVE
        chosen.save(update_fields=["status"])
    return chosen
