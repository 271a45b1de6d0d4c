"""Refusals of the pages themselves."""

from units.errors import ClinicError
from units.models import Unit


class InOtherUnit(ClinicError):
    """The record belongs to another unit of the actor's than the one they work in now.

    Its times, its people and the actor's role are that unit's: the page is shown there, not here.
    """

    code = "in_other_unit"

    def __init__(self, unit: Unit) -> None:
        super().__init__(f"This belongs to {unit.name}. Go there to see it.", unit=unit.public_id)
        self.unit = unit
