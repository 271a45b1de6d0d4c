"""What a page shows of a ward's list before it is imported, in the admin and at the desk."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doseplans.services.ward_list import Effect, ImportReport, Outcome
from doseplans.wardlist import Finding

MOST_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its tick."""

    finding: Finding
    is_accepted: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What the page shows of a report: every refusal and question, and as many rows as a page carries."""

    report: ImportReport
    questions: tuple[Question, ...]
    outcomes: tuple[Outcome, ...]

    @classmethod
    def of(cls, report: ImportReport) -> Preview:
        questions = tuple(Question(each, each.key in report.accepted) for each in report.questions)
        # What changes is read first; rows that stay as they are say nothing.
        shown = report.outcomes_with({Effect.UPDATED}) + report.outcomes_with({Effect.CREATED})
        return cls(report, questions, shown[:MOST_SHOWN])

    @property
    def counts(self) -> dict[str, int]:
        return {effect.value: self.report.count(effect) for effect in Effect}

    @property
    def not_shown(self) -> int:
        return self.counts["created"] + self.counts["updated"] - len(self.outcomes)

    @property
    def button(self) -> str:
        """The import's button, named by its result."""
        total = self.counts["created"] + self.counts["updated"]
        if not total:
            return _("Nothing changes: put the list away")
        return ngettext("Import %(count)d patient", "Import %(count)d patients", total) % {"count": total}
