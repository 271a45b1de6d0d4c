"""What an import did, or would do, for a person to read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.utils.translation import gettext as _

from doseplans.wardlist import Finding, Reading, Severity


class Effect(StrEnum):
    """What becomes of one row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row's effect. `changes` names in words what is added or replaced in a record that was there."""

    line: int
    hospital_number: str
    name: str
    effect: Effect
    doses: int
    starts_on: date | None
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Findings and outcomes of one list in one unit. `is_saved` says whether the outcomes came true.

    Nothing is saved while anything is refused or a question has no yes.
    """

    unit_name: str
    reading: Reading
    findings: tuple[Finding, ...]
    outcomes: tuple[Outcome, ...]
    accepted: frozenset[str] = frozenset()
    is_saved: bool = False

    @property
    def refusals(self) -> tuple[Finding, ...]:
        return self._of(Severity.REFUSE)

    @property
    def questions(self) -> tuple[Finding, ...]:
        return self._of(Severity.ASK)

    @property
    def notes(self) -> tuple[Finding, ...]:
        return self._of(Severity.NOTE)

    @property
    def is_refused(self) -> bool:
        return bool(self.refusals)

    @property
    def unanswered(self) -> tuple[Finding, ...]:
        """Questions without a yes."""
        return tuple(question for question in self.questions if question.key not in self.accepted)

    @property
    def is_ready(self) -> bool:
        """Whether nothing stands against saving."""
        return not self.refusals and not self.unanswered

    @property
    def never_asked(self) -> tuple[str, ...]:
        """Keys somebody said yes to that are no question of this list: mistyped, or of another version of it."""
        return tuple(sorted(self.accepted - {question.key for question in self.questions}))

    def count(self, effect: Effect) -> int:
        """How many rows have this effect."""
        return sum(outcome.effect is effect for outcome in self.outcomes)

    @property
    def in_words(self) -> str:
        """How many rows have which effect: the same words before the import, after it, and wherever it is told."""
        counts = {effect.value: self.count(effect) for effect in Effect}
        return _("%(created)d new, %(updated)d changed, %(unchanged)d unchanged") % counts

    @property
    def imported_words(self) -> str:
        """What the import did, as its page, the message after it and the worker that did it say."""
        return _("Patients imported: %(counts)s.") % {"counts": self.in_words}

    def outcomes_with(self, effects: Collection[Effect]) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.effect in effects)

    def _of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is severity)
