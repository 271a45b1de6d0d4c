"""What was done to a patient's record and course of treatment, as the append-only history keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Min, Model, QuerySet

from doseplans.models import Administration, DoseDecision, DosePlan, FollowUp, PlanHold
from patients.models import AntithromboticUse, Authorisation, Carer, Check, Consent, Flag, Patient
from scheduling.models import Note
from units.actors import Actor
from units.policy import Act
from units.scope import scoped

TRACKED = (
    (Patient, ""),
    (DosePlan, "patient"),
    (PlanHold, "plan__patient"),
    (DoseDecision, "dose__plan__patient"),
    (Administration, "dose__plan__patient"),
    (FollowUp, "administration__dose__plan__patient"),
    (Consent, "patient"),
    (Check, "patient"),
    (Authorisation, "patient"),
    (AntithromboticUse, "patient"),
    (Flag, "patient"),
    (Carer, "patient"),
    (Note, "patient"),
)
"""What has a history, and the way from it to the patient."""


@dataclass(frozen=True)
class ActDone:
    """One thing a person did. `act` is the use case's name, as `recorded_as` was told it."""

    at: datetime
    actor_name: str
    act: str
    reason: str


def acts_on_record(actor: Actor, patient: Patient, *, limit: int = 60) -> list[ActDone]:
    """The latest acts on the patient's record, plans and papers, newest first; one query.

    An act that changed several rows is told once. Empty for those who may not see the unit's plans.
    """
    histories = [_contexts(actor, model, way, patient) for model, way in TRACKED]
    rows = histories[0].union(*histories[1:]).order_by("-at")[:limit]
    seen: dict[object, ActDone] = {}
    for context, at, said in rows:
        told = said or {}
        seen[context] = ActDone(at, told.get("actor") or "", told.get("act") or "", told.get("reason") or "")
    return sorted(seen.values(), key=lambda done: done.at, reverse=True)


def _contexts(actor: Actor, model: type[Model], way: str, patient: Patient) -> QuerySet[Any, Any]:
    history = model.history.rel.related_model  # type: ignore[attr-defined]  # pghistory's
    to_patient = "__".join(filter(None, ("pgh_obj", way)))
    rows = scoped(history.objects.all(), actor, Act.VIEW_PLANS, through=f"{to_patient}__unit_id")
    return (
        rows.filter(**{to_patient: patient.pk}, pgh_context__isnull=False)
        .values_list("pgh_context_id", "pgh_context__metadata")
        .annotate(at=Min("pgh_created_at"))
        .values_list("pgh_context_id", "at", "pgh_context__metadata")
        .order_by()
    )
