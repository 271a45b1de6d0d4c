"""The worklist as it is read: what is open, what was done today, and a word that changes with it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from patients.models import WorklistItem
from units.actors import Actor
from units.errors import NotFound
from units.models import Unit
from units.policy import Act
from units.scope import scoped


def worklist_of(actor: Actor, *, unit: Unit | None = None, at: datetime | None = None) -> QuerySet[WorklistItem]:
    """The open items of the actor's worklist, soonest due first, with their patients and owners at hand.

    With `at` those that wait for a person then: of what is asked after a dose, only what has come due.
    """
    items = scoped(WorklistItem.objects.filter(done_at__isnull=True), actor, Act.WORK_WORKLIST)
    if unit is not None:
        items = items.filter(unit=unit)
    if at is not None:
        items = items.exclude(kind=WorklistItem.Kind.FOLLOW_UP, due_at__gt=at)
    return items.select_related("patient__unit", "owner").order_by("due_at", "pk")


def waits_for(user_id: int, *, at: datetime) -> Q:
    """What that user may have to see to at that time: theirs, nobody's, or of somebody who cannot sign in any more.

    A red flag and what has come due are everybody's, whoever has taken them: that person may have gone home.
    """
    is_nobodys = Q(owner__isnull=True) | Q(owner__is_active=False)
    return is_nobodys | Q(owner=user_id) | Q(kind=WorklistItem.Kind.ESCALATION) | Q(due_at__lte=at)


def worklist_done(actor: Actor, *, unit: Unit, since: datetime) -> QuerySet[WorklistItem]:
    """What was finished in the unit since that instant, latest first, with who did it at hand."""
    items = scoped(WorklistItem.objects.filter(unit=unit, done_at__gte=since), actor, Act.WORK_WORKLIST)
    return items.select_related("patient__unit", "done_by").order_by("-done_at", "-pk")


def worklist_item(actor: Actor, public_id: UUID) -> WorklistItem:
    """One item of the actor's worklist, open or done, with its patient at hand.

    Raises: NotFound, for an item of another unit as for one that is not there.
    """
    items = scoped(WorklistItem.objects.select_related("patient__unit", "owner"), actor, Act.WORK_WORKLIST)
    item = items.filter(public_id=public_id).first()
    if item is None:
        raise NotFound("There is no such item on your worklist.")
    return item


_STAMP = """
    SELECT md5(concat_ws('|',
      (SELECT string_agg(id || '.' || xmin, ' ' ORDER BY id) FROM patients_worklistitem
       WHERE unit_id = %(unit)s AND done_at IS NULL),
      (SELECT string_agg(id || '.' || xmin, ' ' ORDER BY id) FROM patients_worklistitem
       WHERE unit_id = %(unit)s AND done_at >= %(since)s)))
"""


def worklist_stamp(actor: Actor, *, unit: Unit, since: datetime) -> str:
    """A word that changes whenever an item of the unit is opened, taken or finished; one query. Raises NotAllowed."""
    actor.require(Act.WORK_WORKLIST, unit.pk)
    with connection.cursor() as cursor:
        cursor.execute(_STAMP, {"unit": unit.pk, "since": since})
        (word,) = cursor.fetchone() or ("",)
    return str(word)
