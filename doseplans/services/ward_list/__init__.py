"""A ward's list taken over into a unit; the reading of it is `doseplans.wardlist`."""

from doseplans.services.ward_list.importing import import_ward_list, look_at_ward_list
from doseplans.services.ward_list.report import Effect, ImportReport, Outcome

__all__ = ["Effect", "ImportReport", "Outcome", "import_ward_list", "look_at_ward_list"]
