"""Refusals about patients' records and the worklist."""

from units.errors import ClinicError


class ItemAlreadyDone(ClinicError):
    """Somebody has finished the worklist item."""

    code = "item_already_done"
