"""What the web's and the workers' database role may do, granted after each migration.

The role owns nothing: no DDL, no TRUNCATE, and history can only be added to.
"""

from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import connections, transaction
from psycopg import sql

# Kept by triggers and by these grants both. A trigger alone is not enough: pgtrigger lets a session's setting switch
# its triggers off, a missing privilege nobody switches on.
LOOK_ONLY = ("django_migrations",)
# Rows that stand as they were written, but for these columns.
FIXED_BUT = {
    "scheduling_appointmentevent": ("messages_derived_at",),
    "scheduling_note": ("ended_at", "ended_by_id", "ended_by_name"),
}
# pghistory completes its own context while a request runs; what is settled, a trigger of units' keeps.
NEVER_DELETED = ("pghistory_context",)


def append_only_tables() -> list[str]:
    """Tables to which the run-time role may only add: every pghistory event table, the access log, and answers."""
    import pghistory.models

    names = [
        model._meta.db_table
        for model in apps.get_models()
        if issubclass(model, pghistory.models.Event) and not model._meta.abstract and model._meta.managed
    ]
    return [*names, "patients_accessentry", "scheduling_appointmentresponse"]


def grant_app_role(sender: AppConfig, *, using: str = "default", **_: Any) -> None:
    """The run-time role can read and write rows of every table, and nothing more. Idempotent.

    Runs once a migration, after the last app; skipped where no such role is named or where it is the owner itself.
    """
    role = settings.DATABASE_APP_ROLE
    if not role or sender.label != _last_app_label():
        return
    # One transaction: a worker that runs meanwhile never sees the wide grant without the revocations after it.
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT current_user, EXISTS (SELECT 1 FROM pg_roles WHERE rolname = %s)", [role])
        current, is_there = cursor.fetchone()
        if not is_there or current == role:
            return
        for statement in [*_granted(sql.Identifier(role)), *_withheld(sql.Identifier(role))]:
            cursor.execute(statement)


def _granted(role: sql.Identifier) -> list[sql.Composed]:
    return [
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role),
        sql.SQL("REVOKE CREATE ON SCHEMA public FROM {}").format(role),
        sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(role),
        sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(role),
        sql.SQL("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {}").format(role),
    ]


def _withheld(role: sql.Identifier) -> list[sql.Composed]:
    def revoke(privileges: str, tables: Iterable[str]) -> list[sql.Composed]:
        words = sql.SQL(privileges)  # one of the three texts below
        return [sql.SQL("REVOKE {} ON {} FROM {}").format(words, sql.Identifier(table), role) for table in tables]

    return [
        *revoke("UPDATE, DELETE, TRUNCATE", append_only_tables()),
        *revoke("INSERT, UPDATE, DELETE", LOOK_ONLY),
        *revoke("DELETE", NEVER_DELETED),
        *revoke("UPDATE, DELETE", FIXED_BUT),
        *(
            sql.SQL("GRANT UPDATE ({}) ON {} TO {}").format(
                sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table), role
            )
            for table, columns in FIXED_BUT.items()
        ),
    ]


def _last_app_label() -> str:
    """post_migrate fires once an app that has models, in this order; the last one sees every table."""
    return [config.label for config in apps.get_app_configs() if config.models_module is not None][-1]
