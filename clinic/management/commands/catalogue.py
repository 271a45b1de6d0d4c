"""Gather what patients read for translators, and compile the languages there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from reminders.catalogue import update_and_compile, write_pseudo


class Command(BaseCommand):
    help = (
        "Writes locale/patients.pot with every text a patient may read, adds what is new to each "
        "locale/<language>/LC_MESSAGES/django.po, and compiles them. A language is offered once "
        "CLINIC_PATIENT_LANGUAGES names it."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pseudo", metavar="FOLDER", help="write the made-up languages qps and qpr there instead")

    def handle(self, *args: Any, pseudo: str | None = None, **options: Any) -> None:
        base = Path(settings.BASE_DIR)
        if pseudo:
            write_pseudo(base, Path(pseudo))
            self.stdout.write(f"The made-up languages are in {pseudo}.")
            return
        done = update_and_compile(base)
        self.stdout.write(f"locale/patients.pot is written. Compiled: {', '.join(done) or 'no language yet'}.")
