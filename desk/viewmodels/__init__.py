"""What each page is given: plain frozen values, worked out before the template is asked to draw.

A template reads these and nothing else, so it asks no queries and knows no rules. URLs arrive ready made: a template
never guesses a route, and an action that the actor may not do is simply absent (None or an empty tuple).
Dates and times are aware values; the template says them as people do.
"""

from desk.viewmodels.day import AgendaSection, Count, RecoveryLane, RoomLane, Step, TodayPage, VisitCard, VisitPanel
from desk.viewmodels.lists import (
    DoseRow,
    DosesPage,
    PatientRow,
    PatientsPage,
    SlotCard,
    SlotsPanel,
    Task,
    TaskSection,
    WorklistPage,
)
from desk.viewmodels.parts import (
    Action,
    Banner,
    Chip,
    Choice,
    Empty,
    Fact,
    FlagLine,
    Frame,
    Line,
    MenuLink,
    NavItem,
    Pager,
    Refusal,
    UnitChoice,
)
from desk.viewmodels.records import (
    Contact,
    HistoryRow,
    MessageRow,
    Paper,
    PatientPage,
    PlanDose,
    PlanView,
    VisitPage,
    VisitRow,
)

__all__ = [
    "Action",
    "AgendaSection",
    "Banner",
    "Chip",
    "Choice",
    "Contact",
    "Count",
    "DoseRow",
    "DosesPage",
    "Empty",
    "Fact",
    "FlagLine",
    "Frame",
    "HistoryRow",
    "Line",
    "MenuLink",
    "MessageRow",
    "NavItem",
    "Pager",
    "Paper",
    "PatientPage",
    "PatientRow",
    "PatientsPage",
    "PlanDose",
    "PlanView",
    "RecoveryLane",
    "Refusal",
    "RoomLane",
    "SlotCard",
    "SlotsPanel",
    "Step",
    "Task",
    "TaskSection",
    "TodayPage",
    "UnitChoice",
    "VisitCard",
    "VisitPage",
    "VisitPanel",
    "VisitRow",
    "WorklistPage",
]
