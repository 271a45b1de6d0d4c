"""What the role of web and workers cannot do, even with SQL of its own; and that ordinary work goes on as that role."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from django.db import ProgrammingError, connection
from django.db.models import Model
from psycopg import sql

from clinic.environment import BASE_DIR
from clinic.privileges import FIXED_BUT, LOOK_ONLY, NEVER_DELETED, append_only_tables
from patients.models import AccessEntry, Patient
from tests.cast import Cast
from units.models import Unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def app() -> Iterator[psycopg.Connection]:
    """A connection to the test database as web and workers have it."""
    with psycopg.connect(
        os.environ["CLINIC_TEST_APP_URL"], dbname=connection.settings_dict["NAME"], autocommit=True
    ) as connected:
        yield connected


def insert(app: psycopg.Connection, record: Model) -> None:
    """The record as a row, written by the role itself; it does not see the test's own transaction."""
    values = {field.column: field.get_prep_value(getattr(record, field.attname)) for field in record._meta.local_fields}
    table = sql.Identifier(record._meta.db_table)
    statement = sql.SQL("INSERT INTO {0} SELECT * FROM jsonb_populate_record(NULL::{0}, %s)").format(table)
    app.execute(statement, [json.dumps(values, default=str)])


def refused(app: psycopg.Connection, statement: str | sql.Composed) -> type[Exception] | None:
    try:
        with app.transaction():
            app.execute(statement)  # type: ignore[arg-type]  # literal texts of this module
    except psycopg.Error as error:
        return type(error)
    return None


def test_a_web_process_gives_a_statement_up_and_a_worker_does_not() -> None:
    told = os.environ | {"DATABASE_URL": os.environ["CLINIC_TEST_APP_URL"], "DJANGO_SETTINGS_MODULE": "clinic.settings"}
    asked = (
        "import django; django.setup(); from django.db import connection as c\n"
        "with c.cursor() as cursor: print(cursor.execute('SHOW statement_timeout').fetchone()[0])"
    )
    found = [
        subprocess.run(
            [sys.executable, "-c", asked],
            env=told | {"CLINIC_PROCESS": process},
            cwd=BASE_DIR,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for process in ("web", "worker")
    ]
    assert found == ["20s", "0"]


def tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        return [name for (name,) in cursor.fetchall()]


def test_role_owns_nothing(app: psycopg.Connection) -> None:
    row = app.execute(
        "SELECT current_user, r.rolsuper, r.rolcreatedb, r.rolcreaterole, r.rolbypassrls,"
        " (SELECT count(*) FROM pg_class WHERE relowner = r.oid),"
        " (SELECT count(*) FROM pg_auth_members WHERE member = r.oid)"
        " FROM pg_roles r WHERE r.rolname = current_user"
    ).fetchone()
    assert row == (os.environ["CLINIC_APP_ROLE"], False, False, False, False, 0, 0)


def test_role_truncates_no_table(app: psycopg.Connection) -> None:
    privileged = [
        name
        for name in tables()
        if app.execute("SELECT has_table_privilege(%s, 'TRUNCATE')", [f'public."{name}"']).fetchone() != (False,)
    ]
    assert privileged == []


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "ALTER TABLE patients_patient ADD COLUMN x int",
        "ALTER TABLE patients_accessentry DISABLE TRIGGER ALL",
        "DROP TABLE patients_patienthistory",
        "DROP TRIGGER context_is_settled ON pghistory_context",
        "CREATE INDEX mine ON patients_patient (id)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SET session_replication_role = replica",
        "TRUNCATE patients_accessentry",
        "UPDATE django_migrations SET name = 'x'",
        "DELETE FROM pghistory_context",
        "UPDATE scheduling_appointmentevent SET reason = 'x'",
        "DELETE FROM scheduling_appointmentevent",
    ],
)
def test_role_is_refused(app: psycopg.Connection, statement: str) -> None:
    assert refused(app, statement) is psycopg.errors.InsufficientPrivilege


OWN_COLUMNS = {"patients_accessentry": "at", "scheduling_appointmentresponse": "note"}
"""A column of each table that is no history of another."""


def test_role_can_only_add_to_history(app: psycopg.Connection) -> None:
    # The triggers that guard history too can be switched off by a setting; the privileges cannot.
    app.execute("SELECT set_config('pgtrigger.ignore', '{_pgtrigger_ignore}', false)")
    assert "patients_accessentry" in append_only_tables()
    assert len(append_only_tables()) > 15
    for table in append_only_tables():
        name = sql.Identifier(table)
        column = OWN_COLUMNS.get(table, "pgh_label")
        update = sql.SQL("UPDATE {} SET {} = {}").format(name, sql.Identifier(column), sql.Identifier(column))
        assert refused(app, update) is psycopg.errors.InsufficientPrivilege, table
        assert refused(app, sql.SQL("DELETE FROM {}").format(name)) is psycopg.errors.InsufficientPrivilege, table


@pytest.mark.parametrize(
    "statement", ["UPDATE patients_patienthistory SET family_name = 'x'", "DELETE FROM patients_patienthistory"]
)
def test_owner_too_is_stopped_by_the_triggers(cast: Cast, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), connection.cursor() as cursor:
        cursor.execute(statement)


def test_settled_context_cannot_be_rewritten(app: psycopg.Connection) -> None:
    rewrite = "UPDATE pghistory_context SET metadata = '{}' WHERE metadata->>'actor' = "
    with app.transaction(force_rollback=True):
        for actor, age in (("now", timedelta()), ("before", timedelta(hours=2))):
            at = datetime.now(UTC) - age
            app.execute(
                "INSERT INTO pghistory_context (id, created_at, updated_at, metadata) VALUES (%s, %s, %s, %s)",
                [uuid.uuid4(), at, at, json.dumps({"actor": actor})],
            )
        assert refused(app, f"{rewrite} 'now'") is None
        assert refused(app, f"{rewrite} 'before'") is psycopg.errors.RaiseException


def test_ordinary_work_goes_on(app: psycopg.Connection) -> None:
    now = datetime.now(UTC)
    unit = Unit(pk=-1, name="Harbour Day Unit")
    patient = Patient(
        pk=-1,
        unit=unit,
        family_name="Fairweather",
        given_name="Ines",
        birth_date=date(1971, 7, 2),
        hospital_number="H100001",
        created_at=now,
    )
    with app.transaction(force_rollback=True):
        insert(app, unit)
        insert(app, patient)
        insert(app, AccessEntry(pk=-1, at=now, patient=patient, actor_name="Ada Nurse", page="patient"))
        app.execute("UPDATE patients_patient SET comments = 'rang' WHERE id = -1")
        app.execute("SELECT id FROM scheduling_appointmentevent FOR UPDATE SKIP LOCKED")
        app.execute("UPDATE scheduling_appointmentevent SET messages_derived_at = now()")
        app.execute("DELETE FROM patients_namekey WHERE patient_id = -1")
        labels = app.execute("SELECT pgh_label FROM patients_patienthistory WHERE pgh_obj_id = -1 ORDER BY pgh_id")
        assert labels.fetchall() == [("insert",), ("update",)]


def test_app_role_reads_and_writes_every_other_table(app: psycopg.Connection) -> None:
    """A table added later must be granted as well: the grant runs after each migration."""
    look_only = {*append_only_tables(), *LOOK_ONLY, *NEVER_DELETED, *FIXED_BUT}
    for name in tables():
        wanted = "SELECT" if name in look_only else "SELECT,INSERT,UPDATE,DELETE"
        for privilege in wanted.split(","):
            granted = app.execute("SELECT has_table_privilege(%s, %s)", [f'public."{name}"', privilege]).fetchone()
            assert granted == (True,), f"{privilege} on {name}"
