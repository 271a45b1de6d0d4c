"""Who is acting. Every selector and use case takes an Actor first and asks it before it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from units.errors import NotAllowed
from units.policy import OWN_ACTS, Act, Role, acts_of
from units.rows import Joined

if TYPE_CHECKING:
    from units.models import Membership, Unit, User

SENTENCES = {
    Act.BOOK: "Your role here does not book visits. Ask a coordinator.",
    Act.CLOSE: "Your role here closes no rooms, places or people. Ask a coordinator.",
    Act.SQUEEZE_IN: "Only a nurse or a doctor squeezes a visit in outside the hours of the lists.",
    Act.RECORD_ADMINISTRATION: "Only a nurse or a doctor records a dose given.",
    Act.OVERRIDE_DOSE_LIMITS: "Only a doctor may go below the minimum interval or outside the window.",
    Act.PRINT_LETTERS: "Your role here does not print letters. Ask a coordinator.",
    Act.PRINT_DOWNTIME_LIST: "Only a coordinator, a nurse or a doctor prints the downtime list.",
    Act.WRITE_NOTES: "Only a coordinator, a nurse, a doctor or a pharmacist writes and ends notes.",
    Act.RECORD_CONSENT: "Only a nurse or a doctor records a consent.",
    Act.RECORD_CHECK: "Only a nurse or a doctor records a check.",
    Act.RECORD_MEDICINES: "Only a nurse, a doctor or a pharmacist records what the patient takes.",
    Act.OVERRIDE_READINESS: "Only a doctor starts a procedure although a gate is red, with a written reason.",
    Act.HOLD_PLAN: "Only a doctor places or lifts a hold.",
    Act.EDIT_PLANS: "Only a doctor starts, changes or ends a plan.",
    Act.RECORD_DEATH: "Only a nurse or a doctor records a death. Tell one of them now.",
    Act.UNDO_DEATH: "Only a doctor takes back a death that was recorded in error.",
}


@dataclass(frozen=True)
class Actor:
    """A person (or the system itself) with the roles they hold in each unit.

    `roles` maps a unit's primary key to the roles there. `user_id` is None for the system, for nobody, and for a
    patient or carer, who holds no role: `own_patient_id` is the one patient whose record they may act on. `units` are
    those of the roles, by name, as they were when the roles were read.
    """

    user_id: int | None
    name: str
    roles: Mapping[int, frozenset[Role]] = field(default_factory=dict)
    is_system: bool = False
    own_patient_id: int | None = None
    units: tuple[Unit, ...] = field(default=(), compare=False, repr=False)

    @classmethod
    def for_user(cls, user: User) -> Actor:
        """The actor of a signed-in person, with the units they work in: one query."""
        roles: dict[Unit, set[Role]] = {}
        if user.is_active:
            held = [membership for membership, _ in _held().all_also([user.pk]) if membership.unit.is_active]
            for membership in sorted(held, key=lambda membership: (membership.unit.name, membership.unit_id)):
                roles.setdefault(membership.unit, set()).add(Role(membership.role))
        by_key = {unit.pk: frozenset(theirs) for unit, theirs in roles.items()}
        return cls(user.pk, user.name, by_key, units=tuple(roles))

    @classmethod
    def nobody(cls) -> Actor:
        """Somebody who is not signed in: may do nothing, sees nothing."""
        return cls(None, "nobody")

    @classmethod
    def system(cls, name: str) -> Actor:
        """A worker or a command acting for the product itself, in every unit; `name` goes on the record."""
        return cls(None, name, is_system=True)

    @classmethod
    def own(cls, name: str, *, patient_id: int) -> Actor:
        """A patient, or a carer the patient agreed to, who writes or clicks for themselves.

        `name` goes on the record and is no name of a person: "Patient", "Carer".
        """
        return cls(None, name, own_patient_id=patient_id)

    def may_own(self, act: Act, patient_id: int) -> bool:
        """Whether that is the actor's own record and the policy table lets them do `act` to it."""
        return self.own_patient_id == patient_id and act in OWN_ACTS

    def may(self, act: Act, unit_id: int) -> bool:
        """Whether the policy table lets this actor do `act` in that unit."""
        return self.is_system or act in acts_of(self.roles.get(unit_id, frozenset()))

    def may_anywhere(self, act: Act) -> bool:
        """Whether the act is allowed in at least one unit; for menus, never for a decision about a record."""
        return self.is_system or any(self.may(act, unit_id) for unit_id in self.roles)

    def units_for(self, act: Act) -> frozenset[int]:
        """Keys of the units in which this actor may do `act`.

        The system is in every unit: its selectors must not ask (`is_system` is checked in `scope`).
        """
        return frozenset(unit_id for unit_id in self.roles if self.may(act, unit_id))

    def require(self, act: Act, unit_id: int) -> None:
        """Nothing, or NotAllowed with a sentence that says whom to ask."""
        if not self.may(act, unit_id):
            raise NotAllowed(SENTENCES.get(act, "Your role here does not allow that. Ask your administrator."), act=act)


@cache
def _held() -> Joined[Membership]:
    """Somebody's roles with their units, asked for by every page."""
    from units.models import Membership

    return Joined(Membership, "unit", column="user_id")
