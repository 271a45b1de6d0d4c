"""What a database already holds, asked without starting Django: that costs seconds at every start."""

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg.sql import SQL, Identifier

from clinic.environment import BASE_DIR


def fingerprint() -> str:
    """Changes with anything a migration run depends on: our migrations, the packages, who is granted what."""
    digest = hashlib.sha256(version("django").encode())
    for path in (*_migrations(), BASE_DIR / "constraints.txt", BASE_DIR / "clinic" / "privileges.py"):
        digest.update(str(path.relative_to(BASE_DIR)).encode() + path.read_bytes())
    return digest.hexdigest()


def are_up_to_date(url: str, mark: Path) -> bool:
    """True where the last migration run, noted in the mark, was of exactly this code and is still in the database."""
    if not mark.exists() or mark.read_text() != fingerprint():
        return False
    with psycopg.connect(url, connect_timeout=10) as connection:
        if not _exists(connection, "django_migrations"):
            return False
        applied = set(connection.execute("SELECT app, name FROM django_migrations").fetchall())
    return {(path.parent.parent.name, path.stem) for path in _migrations()} <= applied


def hold_a_unit(url: str) -> bool:
    """False for a fresh database, into which the demo unit may go."""
    return _holds_rows(url, "units_unit")


def hold_an_account(url: str) -> bool:
    """False where nobody can sign in yet."""
    return _holds_rows(url, "units_user")


def _holds_rows(url: str, table: LiteralString) -> bool:
    with psycopg.connect(url, connect_timeout=10) as connection:
        if not _exists(connection, table):
            return False
        return connection.execute(SQL("SELECT FROM {} LIMIT 1").format(Identifier(table))).rowcount > 0


def _exists(connection: psycopg.Connection[tuple[object, ...]], table: str) -> bool:
    answer = connection.execute("SELECT to_regclass(%s) IS NOT NULL", [table]).fetchone()
    return bool(answer and answer[0])


def _migrations() -> list[Path]:
    return sorted(path for path in BASE_DIR.glob("*/migrations/*.py") if path.name != "__init__.py")
