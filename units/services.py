"""Use cases about units and the people who work in them."""

from __future__ import annotations

from units.actors import Actor
from units.errors import InvalidInput, NotAllowed
from units.history import recorded_as
from units.models import Membership, Unit, User
from units.policy import Act, Role


def grant_role(actor: Actor, *, user: User, unit: Unit, role: Role) -> Membership:
    """The person holds the role in the unit. Granting it twice changes nothing.

    Raises: NotAllowed, without the act SET_UP_STAFF in that unit or for one's own account; InvalidInput, for an
    account that is closed.
    """
    _require_staff_act(actor, user, unit)
    if not user.is_active:
        raise InvalidInput("This account is closed. Open it again before you give it a role.")
    with recorded_as(actor, act="grant_role"):
        membership, _ = Membership.objects.get_or_create(user=user, unit=unit, role=role)
    return membership


def withdraw_role(actor: Actor, *, membership: Membership) -> None:
    """The person holds the role in the unit no more; what they did stays on record.

    Raises: NotAllowed, as for granting.
    """
    _require_staff_act(actor, membership.user, membership.unit)
    with recorded_as(actor, act="withdraw_role"):
        Membership.objects.filter(pk=membership.pk).delete()


def open_unit(actor: Actor, *, unit: Unit) -> Unit:
    """The new unit is saved, and whoever set it up is its first administrator.

    Raises: NotAllowed, for somebody who sets up no unit so far.
    """
    if not actor.may_anywhere(Act.SET_UP_UNIT):
        raise NotAllowed("Only an administrator opens a unit.")
    with recorded_as(actor, act="open_unit"):
        unit.save()
        if actor.user_id is not None:
            Membership.objects.create(user_id=actor.user_id, unit=unit, role=Role.ADMINISTRATOR)
    return unit


def _require_staff_act(actor: Actor, user: User, unit: Unit) -> None:
    actor.require(Act.SET_UP_STAFF, unit.pk)
    if actor.user_id is not None and actor.user_id == user.pk:
        raise NotAllowed("Nobody changes their own roles. Ask another administrator.")
