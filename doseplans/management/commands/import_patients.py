"""Imports a ward's list: `manage.py import_patients list.csv`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from doseplans.services.ward_list import Effect, ImportReport, import_ward_list, look_at_ward_list
from doseplans.wardlist import Finding
from doseplans.wardlist.dates import said
from units.actors import Actor
from units.errors import ClinicError
from units.models import Unit
from units.selectors import units_of


class Command(BaseCommand):
    """Reports to whoever stands at the terminal; exits with 1 when nothing was saved that should have been."""

    help = (
        "Imports the patients of a ward's list (CSV) with the doses they were given. All of them or none; a second run "
        "changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the list, saved as CSV")
        parser.add_argument("--unit", help="name or public id of the unit; may be left out where there is only one")
        parser.add_argument(
            "--accept",
            nargs="+",
            action="extend",
            default=[],
            metavar="ROW:CODE",
            help="say yes to these questions of the report",
        )
        parser.add_argument("--dry-run", action="store_true", help="report only, save nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = Actor.system("import_patients")
        path: Path = options["file"]
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        unit = self._unit(actor, options["unit"])
        use_case = look_at_ward_list if options["dry_run"] else import_ward_list
        try:
            report = use_case(
                actor, unit=unit, content=content, at=timezone.now(), accepted=frozenset(options["accept"])
            )
        except ClinicError as error:
            raise CommandError(error.sentence) from error
        self._tell(report, path, is_dry=options["dry_run"], verbosity=options["verbosity"])
        if not report.is_ready:
            raise CommandError(self._why_not(report))

    def _unit(self, actor: Actor, wanted: str | None) -> Unit:
        units = list(units_of(actor))
        if wanted:
            units = [unit for unit in units if wanted.casefold() == unit.name.casefold() or _is_id(wanted, unit)]
            if not units:
                raise CommandError(f"There is no unit “{wanted}”.")
        if len(units) != 1:
            names = ", ".join(f"“{unit.name}”" for unit in units)
            raise CommandError(
                f"Say which unit with --unit: {names}." if units else "There is no unit yet. Add one first."
            )
        return units[0]

    def _tell(self, report: ImportReport, path: Path, *, is_dry: bool, verbosity: int) -> None:
        reading = report.reading
        as_at = f", as at {said(reading.as_at)}" if reading.as_at else ""
        how = f", read as {reading.encoding} separated by {reading.separated_by}" if reading.separated_by else ""
        self.stdout.write(f"{path.name}{as_at}{how}. Unit: {report.unit_name}.")
        self._list(f"Wrong ({len(report.refusals)})", report.refusals, self.style.ERROR)
        self._list(f"Questions ({len(report.unanswered)})", report.unanswered, self.style.WARNING, keys=True)
        if not report.is_refused:
            answered = [question for question in report.questions if question.key in report.accepted]
            self._list(f"Said yes to ({len(answered)})", answered, self.style.NOTICE)
        if verbosity > 0:
            self._list_by_kind(f"To know ({len(report.notes)})", report.notes)
        if report.never_asked:
            self.stdout.write(self.style.WARNING(f"\nNot asked, so not answered: {', '.join(report.never_asked)}."))
        if report.is_ready:
            self._tell_outcomes(report, is_dry=is_dry, verbosity=verbosity)

    def _list(self, title: str, findings: Any, style: Any, *, keys: bool = False) -> None:
        if not findings:
            return
        self.stdout.write("")
        self.stdout.write(style(title))
        for finding in findings:
            self._write_finding(finding, keys=keys)

    def _list_by_kind(self, title: str, notes: tuple[Finding, ...]) -> None:
        """Notes of one kind together, what to do about them said once."""
        kinds: dict[tuple[str, str], list[Finding]] = {}
        for note in notes:
            kinds.setdefault((note.code, note.advice), []).append(note)
        if kinds:
            self.stdout.write("")
            self.stdout.write(self.style.MIGRATE_LABEL(title))
        for (_, advice), same in kinds.items():
            for note in same:
                self._write_line(note)
            self.stdout.write(f"    {advice}")

    def _write_finding(self, finding: Finding, *, keys: bool) -> None:
        self._write_line(finding)
        self.stdout.write(f"    {finding.advice}")
        if keys:
            self.stdout.write(f"    Yes: --accept {finding.key}")

    def _write_line(self, finding: Finding) -> None:
        value = f" “{finding.value}”" if finding.value else ""
        self.stdout.write(f"  Row {finding.line}, {finding.column}{value}: {finding.problem}")

    def _tell_outcomes(self, report: ImportReport, *, is_dry: bool, verbosity: int) -> None:
        shown = set(Effect) if verbosity > 1 else {Effect.UPDATED}
        self.stdout.write("")
        for outcome in report.outcomes_with(shown):
            what = f": {'; '.join(outcome.changes)}" if outcome.changes else f", {outcome.doses} doses given"
            self.stdout.write(f"  Row {outcome.line}, {outcome.hospital_number}, {outcome.effect.value}{what}")
        doses = sum(outcome.doses for outcome in report.outcomes_with({Effect.CREATED}))
        words = f"{len(report.outcomes)} patients: {report.in_words}; {doses} doses given taken over."
        self.stdout.write(self.style.SUCCESS(f"Nothing saved, only looked. {words}" if is_dry else words))

    def _why_not(self, report: ImportReport) -> str:
        if report.is_refused:
            rows = len({finding.line for finding in report.refusals})
            wrong = f"{rows} rows are wrong" if rows != 1 else "1 row is wrong"
            return f"Nothing was saved: {wrong}. Mend the list and import it again."
        number = len(report.unanswered)
        asked = "question needs" if number == 1 else "questions need"
        return f"Nothing was saved: {number} {asked} a yes (--accept), or the list needs mending."


def _is_id(wanted: str, unit: Unit) -> bool:
    try:
        return UUID(wanted) == unit.public_id
    except ValueError:
        return False
