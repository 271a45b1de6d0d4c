"""Use cases of plans and doses. Those that also touch visits (a hold, an end, a dose given) begin in `scheduling`."""

from doseplans.services.administrations import GivenRecord, record_given, withdraw_given
from doseplans.services.courses import Course, Hold, record_history, take_over_plans
from doseplans.services.endings import end_plan, end_plans_of_deceased, reopen_plan, reopen_plans_of_deceased
from doseplans.services.plans import lift_hold, place_hold, postpone_review, start_plan
from doseplans.services.projecting import reproject_plan
from doseplans.services.protocols import make_new_version, put_in_use, retire

__all__ = [
    "Course",
    "GivenRecord",
    "Hold",
    "end_plan",
    "end_plans_of_deceased",
    "lift_hold",
    "make_new_version",
    "place_hold",
    "postpone_review",
    "put_in_use",
    "record_given",
    "record_history",
    "reopen_plan",
    "reopen_plans_of_deceased",
    "reproject_plan",
    "retire",
    "start_plan",
    "take_over_plans",
    "withdraw_given",
]
