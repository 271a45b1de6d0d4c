"""Versions of protocols: made from one another, put in use, retired. A used one is never edited (see `triggers`)."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import uuid4

from doseplans.calculus import ProtocolInvalid
from doseplans.errors import ProtocolIncomplete
from doseplans.models import Protocol, ProtocolGapTier, ProtocolGate, ProtocolPhase, ProtocolStep
from doseplans.readiness import GATES
from doseplans.rules import gap_tier_problems, phase_problems
from units.actors import Actor
from units.errors import NotAllowed
from units.history import recorded_as
from units.policy import Act


def make_new_version(actor: Actor, *, protocol: Protocol) -> Protocol:
    """A draft that says the same as `protocol`, with the next version number; to be edited and put in use.

    Raises: NotAllowed.
    """
    _require(actor)
    parts: list[ProtocolStep | ProtocolPhase | ProtocolGapTier | ProtocolGate] = [
        *protocol.steps.all(),
        *protocol.phases.all(),
        *protocol.gap_tiers.all(),
        *protocol.gates.all(),
    ]
    with recorded_as(actor, act="make_new_version"):
        versions = Protocol.objects.select_for_update().filter(code=protocol.code)
        draft = Protocol.objects.get(pk=protocol.pk)
        draft.pk, draft.public_id = None, uuid4()
        draft.version = max(version.version for version in versions) + 1
        draft.status = Protocol.Status.DRAFT
        draft.save(force_insert=True)
        for part in parts:
            part.pk, part.protocol = None, draft
            part.save(force_insert=True)
    return draft


def put_in_use(actor: Actor, *, protocol: Protocol) -> Protocol:
    """New plans follow this version. The one in use so far is retired; plans that follow it go on with it.

    Raises: NotAllowed, ProtocolIncomplete.
    """
    _require(actor)
    with recorded_as(actor, act="put_in_use"):
        versions = {version.pk: version for version in Protocol.objects.select_for_update().filter(code=protocol.code)}
        chosen = versions[protocol.pk]
        if problems := problems_of(chosen):
            raise ProtocolIncomplete(" ".join(problems))
        for version in versions.values():
            if version.pk != chosen.pk and version.status == Protocol.Status.ACTIVE:
                _set_status(version, Protocol.Status.RETIRED)
        _set_status(chosen, Protocol.Status.ACTIVE)
    return chosen


def retire(actor: Actor, *, protocol: Protocol) -> Protocol:
    """No plan is started on this version any more; plans that follow it go on with it. Raises: NotAllowed."""
    _require(actor)
    with recorded_as(actor, act="retire"):
        stored = Protocol.objects.select_for_update().get(pk=protocol.pk)
        _set_status(stored, Protocol.Status.RETIRED)
    return stored


def kept(protocol_ids: Iterable[int]) -> dict[int, Protocol]:
    """The protocols with their steps, unchanging until the transaction ends: what a new plan counts from.

    Without it a draft's edit could slip in between the reading of its steps and the plan that makes them final.
    """
    protocols = Protocol.objects.select_for_update(no_key=True).filter(pk__in=set(protocol_ids)).order_by("pk")
    return {protocol.pk: protocol for protocol in protocols.prefetch_related("steps", "gap_tiers")}


def problems_of(protocol: Protocol) -> list[str]:
    """Why no plan can follow the protocol, in words; empty where one can."""
    problems = list(phase_problems(list(protocol.phases.all())))
    problems += gap_tier_problems(protocol.gap_tiers.all(), {step.ordinal for step in protocol.steps.all()})
    problems += [f"Nothing looks at “{gate.code}”." for gate in protocol.gates.all() if gate.code not in GATES]
    try:
        protocol.rule  # noqa: B018  reading the rows is the check
    except ProtocolInvalid as problem:
        return [str(problem), *problems]
    return problems


def _set_status(protocol: Protocol, status: str) -> None:
    protocol.status = status
    protocol.save(update_fields=["status"])


def _require(actor: Actor) -> None:
    """Protocols are shared by all units, so the act in any of them is enough."""
    if not actor.may_anywhere(Act.SET_UP_PROTOCOLS):
        raise NotAllowed("Only an administrator sets up protocols.", act=Act.SET_UP_PROTOCOLS)
