"""A unit's list for downtime: `manage.py downtime_list UNIT DAY`."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from desk.downtime import keep_list
from units.actors import Actor
from units.models import Unit
from units.selectors import units_of


class Command(BaseCommand):
    """Puts the list into the folder and says where."""

    help = "Makes the list of a unit's day as a PDF, for when the screens are dark, and says where it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("unit", help="name or public id of the unit")
        parser.add_argument("day", type=_day, help="such as 2026-11-24")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = Actor.system("downtime list")
        wanted: str = options["unit"]
        found = [unit for unit in units_of(actor) if _is_named(unit, wanted)]
        if len(found) != 1:
            names = ", ".join(f"“{unit.name}”" for unit in units_of(actor)) or "there is none yet"
            raise CommandError(f"There is no unit “{wanted}”. Those in use: {names}.")
        try:
            path: Path = keep_list(actor, unit=found[0], on=options["day"], at=timezone.now())
        except OSError as error:
            raise CommandError(f"The list cannot be kept: {error.strerror}.") from error
        self.stdout.write(str(path))


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _is_named(unit: Unit, wanted: str) -> bool:
    try:
        return unit.public_id == UUID(wanted)
    except ValueError:
        return unit.name.casefold() == wanted.casefold()
