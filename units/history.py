"""Who changed what, and why: attached by the database's triggers to every row of history."""

from collections.abc import Iterator
from contextlib import contextmanager

import pghistory

from units.actors import Actor


@contextmanager
def recorded_as(actor: Actor, *, act: str, reason: str = "") -> Iterator[None]:
    """Every history row written inside carries the actor, the use case's name and the reason.

    Nested uses keep the outer context and add to it.
    """
    with pghistory.context(user=actor.user_id, actor=actor.name, act=act, reason=reason):
        yield
