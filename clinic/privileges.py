"""What the web's and the workers' database role may do, granted after each migration.

The role owns nothing: no DDL, no TRUNCATE, and history can only be added to.
"""

from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import connections
from psycopg import sql

# Kept by triggers and by these grants both: a trigger protects rows, a missing privilege protects the table.
LOOK_ONLY = ("django_migrations",)


def append_only_tables() -> list[str]:
    """Tables to which the run-time role may only add: every pghistory event table and the access log."""
    import pghistory.models

    names = [
        model._meta.db_table
        for model in apps.get_models()
        if issubclass(model, pghistory.models.Event) and not model._meta.abstract and model._meta.managed
    ]
    return [*names, "patients_accessentry"]


def grant_app_role(sender: AppConfig, *, using: str = "default", **_: Any) -> None:
    """The run-time role can read and write rows of every table, and nothing more. Idempotent.

    Runs once a migration, after the last app; skipped where no such role is named or where it is the owner itself.
    """
    role = settings.DATABASE_APP_ROLE
    if not role or sender.label != _last_app_label():
        return
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, EXISTS (SELECT 1 FROM pg_roles WHERE rolname = %s)", [role])
        current, is_there = cursor.fetchone()
        if not is_there or current == role:
            return
        name = sql.Identifier(role)
        statements = [
            sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name),
            sql.SQL("REVOKE CREATE ON SCHEMA public FROM {}").format(name),
            sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(name),
            sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(name),
            sql.SQL("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {}").format(name),
        ]
        statements += [
            sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(sql.Identifier(table), name)
            for table in append_only_tables()
        ]
        statements += [
            sql.SQL("REVOKE INSERT, UPDATE, DELETE ON {} FROM {}").format(sql.Identifier(table), name)
            for table in LOOK_ONLY
        ]
        for statement in statements:
            cursor.execute(statement)


def _last_app_label() -> str:
    """post_migrate fires once an app that has models, in this order; the last one sees every table."""
    return [config.label for config in apps.get_app_configs() if config.models_module is not None][-1]
