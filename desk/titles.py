"""What the browser calls a page about a patient: each unlike the others, and nothing of the patient.

Titles land in histories, in lists of open tabs and on shared screens. The page's own heading may say more.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.looks import Words

OF_A_PATIENT: Mapping[str, Words] = MappingProxyType(
    {
        "visit": gettext_lazy("Visit"),
        "visit_notes": gettext_lazy("Notes about a visit"),
        "move": gettext_lazy("Move a visit"),
        "cancel": gettext_lazy("Cancel a visit"),
        "answer": gettext_lazy("What they said"),
        "send_again": gettext_lazy("Send an invite again"),
        "keep_visit": gettext_lazy("Keep a visit where it is"),
        "swap": gettext_lazy("Choose a visit to swap with"),
        "swap_with": gettext_lazy("Swap two visits"),
        "late": gettext_lazy("Running late"),
        "not_given": gettext_lazy("Dose not given"),
        "given": gettext_lazy("Dose given"),
        "message": gettext_lazy("Message"),
        "patient_notes": gettext_lazy("Notes"),
        "details": gettext_lazy("Details"),
        "needs": gettext_lazy("Needs and alerts"),
        "no_go": gettext_lazy("Times that do not suit"),
        "carers": gettext_lazy("Carers"),
        "choose_visit": gettext_lazy("Choose another visit"),
        "other_visit": gettext_lazy("Book another visit"),
        "squeeze_visit": gettext_lazy("Squeeze a visit in"),
        "squeeze_dose": gettext_lazy("Squeeze a dose in"),
        "series": gettext_lazy("Book a series"),
        "earlier_wish": gettext_lazy("Would come earlier"),
        "red_flag": gettext_lazy("Record a red flag"),
        "consents": gettext_lazy("Consents"),
        "checks": gettext_lazy("Checks"),
        "authorisations": gettext_lazy("Authorisations"),
        "medicines": gettext_lazy("Medicines"),
        "start_plan": gettext_lazy("Start a plan"),
        "plan_facts": gettext_lazy("Facts of a plan"),
        "record_death": gettext_lazy("Record a death"),
        "undo_death": gettext_lazy("Take back a death"),
        "hold": gettext_lazy("Hold a plan"),
        "review_hold": gettext_lazy("Review a hold"),
        "resume": gettext_lazy("Resume a plan"),
        "switch_protocol": gettext_lazy("Switch protocol"),
        "only_operator": gettext_lazy("Who operates"),
        "end_plan": gettext_lazy("End a plan"),
        "reopen_plan": gettext_lazy("Open a plan again"),
        "omit_dose": gettext_lazy("Leave out a dose"),
        "set_dose_date": gettext_lazy("Set the day of a dose"),
        "take_back_decision": gettext_lazy("Take back a decision"),
        "correct_given": gettext_lazy("Put a record right"),
        "withdraw_given": gettext_lazy("Withdraw a record"),
        "withdraw_not_given": gettext_lazy("Take back that a dose was not given"),
        "paper": gettext_lazy("Enter a dose from paper"),
    }
)

BESIDE: Mapping[str, Words] = MappingProxyType(
    {
        "day_visit": gettext_lazy("Visit - Day board"),
        "calendar_visit": gettext_lazy("Visit - Calendar"),
        "calendar_dose": gettext_lazy("Dose - Calendar"),
        "calendar_ask_visit": gettext_lazy("Another time for a visit - Calendar"),
        "calendar_ask_dose": gettext_lazy("A time for a dose - Calendar"),
        "slots": gettext_lazy("Find a slot - Doses to book"),
        "task": gettext_lazy("Task - Worklist"),
        "preview_import": gettext_lazy("Look a list over - Import patients"),
    }
)
"""What is open beside a list, or follows from it."""


def title_of_route(name: str) -> Words:
    """The title of the desk's page with that name; empty where its template says it.

    >>> title_of_route("move"), title_of_route("today")
    ('Move a visit - Patient', '')
    """
    if name in OF_A_PATIENT:
        return _("%(page)s - Patient") % {"page": OF_A_PATIENT[name]}
    return BESIDE.get(name, "")
