"""Doing what a trigger forbids, so that a test can stand where the product never would."""

from collections.abc import Iterator
from contextlib import contextmanager

import pgtrigger
from django.db import connection


@contextmanager
def without_trigger(uri: str) -> Iterator[None]:
    """The trigger ("app.Model:name") looks away inside. In a transaction, as most tests are.

    pgtrigger's own `ignore` puts its setting in front of each statement, which a prepared one cannot take.
    """
    ((model, trigger),) = pgtrigger.registered(uri)
    _ignore(f"{{{trigger.get_pgid(model)}}}")
    try:
        yield
    finally:
        _ignore("{}")


def _ignore(names: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [names])
