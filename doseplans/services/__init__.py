"""Use cases of plans and doses. Those that also touch visits (a hold, an end, a dose given) begin in `scheduling`."""

from doseplans.services.administrations import GivenRecord, correct_given, record_given, withdraw_given
from doseplans.services.courses import Course, Hold, record_history, take_over_plans
from doseplans.services.decisions import omit_dose, set_dose_date, withdraw_decision
from doseplans.services.endings import end_plan, end_plans_of_deceased, reopen_plan, reopen_plans_of_deceased
from doseplans.services.facts import edit_plan_facts, record_registry_return
from doseplans.services.plans import hold_for_red_flag, lift_hold, place_hold, postpone_review, start_plan
from doseplans.services.projecting import reproject_plan
from doseplans.services.protocols import make_new_version, put_in_use, retire

__all__ = [
    "Course",
    "GivenRecord",
    "Hold",
    "correct_given",
    "edit_plan_facts",
    "end_plan",
    "end_plans_of_deceased",
    "hold_for_red_flag",
    "lift_hold",
    "make_new_version",
    "omit_dose",
    "place_hold",
    "postpone_review",
    "put_in_use",
    "record_given",
    "record_history",
    "record_registry_return",
    "reopen_plan",
    "reopen_plans_of_deceased",
    "reproject_plan",
    "retire",
    "set_dose_date",
    "start_plan",
    "take_over_plans",
    "withdraw_decision",
    "withdraw_given",
]
