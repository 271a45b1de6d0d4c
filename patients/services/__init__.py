"""Use cases around patients' records and the worklist."""

from patients.services.access import record_access
from patients.services.deaths import mark_deceased, unmark_deceased
from patients.services.records import (
    add_carer,
    add_flag,
    add_no_go,
    create_patient,
    remove_carer,
    remove_flag,
    remove_no_go,
    update_patient,
)
from patients.services.worklist import (
    close_items,
    finish_item,
    give_back_item,
    not_reached,
    open_item,
    reopen_items,
    take_item,
)

__all__ = [
    "add_carer",
    "add_flag",
    "add_no_go",
    "close_items",
    "create_patient",
    "finish_item",
    "give_back_item",
    "mark_deceased",
    "not_reached",
    "open_item",
    "record_access",
    "remove_carer",
    "remove_flag",
    "remove_no_go",
    "reopen_items",
    "take_item",
    "unmark_deceased",
    "update_patient",
]
