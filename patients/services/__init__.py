"""Use cases around patients' records and the worklist."""

from patients.services.worklist import finish_item, open_item

__all__ = ["finish_item", "open_item"]
