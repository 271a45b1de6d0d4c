"""A ward's list taken over into a unit; the reading of it is `doseplans.wardlist`."""

from doseplans.services.ward_list.importing import import_ward_list, look_at_ward_list
from doseplans.services.ward_list.report import Effect, ImportReport, Outcome
from doseplans.services.ward_list.running import (
    cancel_import,
    import_or_hand_over,
    is_under_way,
    latest_import,
    start_import,
)
from doseplans.services.ward_list.uploads import (
    discard_upload,
    find_upload,
    forget_uploads,
    import_upload,
    keep_upload,
    look_at_upload,
)

__all__ = [
    "Effect",
    "ImportReport",
    "Outcome",
    "cancel_import",
    "discard_upload",
    "find_upload",
    "forget_uploads",
    "import_or_hand_over",
    "import_upload",
    "import_ward_list",
    "is_under_way",
    "keep_upload",
    "latest_import",
    "look_at_upload",
    "look_at_ward_list",
    "start_import",
]
