"""Writes what patients are found by anew: `manage.py name_keys`; with `--check` it only says whether that is needed."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from patients.models import Patient
from patients.services.name_keys import write_name_keys, wrong_name_keys


class Command(BaseCommand):
    """A trigger keeps the keys right; exits with 1 where `--check` finds that it did not."""

    help = "Writes the keys by which patients are found anew. No patient can be changed meanwhile."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing, and say how many are wrong")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["check"]:
            write_name_keys()
        patients, spellings = wrong_name_keys()
        if patients or spellings:
            raise CommandError(
                f"The keys of {patients} of {Patient.objects.count()} patients are wrong, and {spellings} "
                f"spelling{'' if spellings == 1 else 's'}. Write them anew: manage.py name_keys"
            )
        self.stdout.write("Every patient is found by what their name asks for.")
