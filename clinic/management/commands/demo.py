"""`manage.py demo`: the demo unit, once; `--accounts` prints who may sign in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.demo.people import ACCOUNTS, PASSWORD
from units.models import Unit, User


class Command(BaseCommand):
    help = "Make a demo unit with invented patients. Refuses in production and where a unit exists."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--accounts", action="store_true", help="only print the demo accounts")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["accounts"]:
            self.stdout.write(accounts())
            return
        if settings.ENVIRONMENT.is_production:
            raise CommandError("The demo unit is not for production: its passwords are printed in the documentation.")
        if Unit.objects.exists():
            raise CommandError("There is a unit already. The demo is only made in an empty database.")
        from clinic.demo.build import build_demo

        house = build_demo()
        self.stdout.write(f"{house.unit.name}, {house.unit.site_name}: {house.unit.patients.count()} invented patients")


def accounts() -> str:
    """The demo accounts, a line each; "" where the clinic has no demo unit."""
    there = set(User.objects.filter(email__in=[email for email, *_ in ACCOUNTS]).values_list("email", flat=True))
    lines = [f"  {role.value:<14} {email:<28} {name}" for email, name, role in ACCOUNTS if email in there]
    return "\n".join([f"Everybody's password: {PASSWORD}", *lines]) if lines else ""
