"""What a page shows of a ward's list before it is imported, in the admin and at the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doseplans.models import WardListUpload
from doseplans.services.ward_list import Effect, ImportReport, Outcome, look_at_upload
from doseplans.wardlist import Finding
from units.actors import Actor

MOST_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its tick."""

    finding: Finding
    is_accepted: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """Questions of one kind in one column, which one press answers with yes."""

    key: str
    words: str
    count: int

    @property
    def button(self) -> str:
        return _("Yes to all %(count)d: %(what)s") % {"count": self.count, "what": self.words}


def kind_of(question: Finding) -> str:
    """What a press names: the kind of doubt and the column, so that a yes to telephones is none to surnames.

    >>> from doseplans.wardlist import Severity
    >>> kind_of(Finding(Severity.ASK, "odd-name", 7, "Forename", "Bob1", "A digit.", "Say yes to keep it."))
    'odd-name Forename'
    """
    return f"{question.code} {question.column}"


def with_yes_to(
    actor: Actor, upload: WardListUpload, kind: str, *, accepted: frozenset[str], at: datetime
) -> ImportReport:
    """What the waiting list would do once every question of the kind has its yes, beside those answered already."""
    report = look_at_upload(actor, upload=upload, at=at, accepted=accepted)
    return replace(report, accepted=accepted | {one.key for one in report.questions if kind_of(one) == kind})


def _kinds(questions: Sequence[Finding]) -> tuple[Kind, ...]:
    """The kinds with several questions, most first. A kind whose problems differ row by row is named by its column."""
    found: dict[str, list[Finding]] = {}
    for question in questions:
        found.setdefault(kind_of(question), []).append(question)
    several = sorted((each for each in found.values() if len(each) > 1), key=len, reverse=True)
    return tuple(Kind(kind_of(each[0]), _named(each), len(each)) for each in several)


def _named(alike: Sequence[Finding]) -> str:
    problems = {each.problem for each in alike}
    if len(problems) == 1:
        return f"{alike[0].column}, {problems.pop().rstrip('.')}"
    advice = {each.advice for each in alike}
    return f"{alike[0].column}, {advice.pop().rstrip('.')}" if len(advice) == 1 else alike[0].column


@dataclass(frozen=True, slots=True)
class Preview:
    """What the page shows of a report: every refusal and question, and as many rows as a page carries."""

    report: ImportReport
    questions: tuple[Question, ...]
    kinds: tuple[Kind, ...]
    outcomes: tuple[Outcome, ...]

    @classmethod
    def of(cls, report: ImportReport) -> Preview:
        questions = tuple(Question(each, each.key in report.accepted) for each in report.questions)
        # What changes is read first; rows that stay as they are say nothing.
        shown = report.outcomes_with({Effect.UPDATED}) + report.outcomes_with({Effect.CREATED})
        return cls(report, questions, _kinds(report.questions), shown[:MOST_SHOWN])

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
