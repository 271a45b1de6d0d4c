"""What is on record about visits: messages, history, rows. Shared by the visit's and the patient's page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.looks import Badge, Words, badge_for
from desk.presenters.reader import Reader
from desk.presenters.visits.steps import Taken, visit_url
from desk.rules import Progress, progress_of
from desk.viewmodels import HistoryRow, VisitRow
from patients.models import AccessEntry
from scheduling.engine.answers import PATIENT
from scheduling.models import Appointment, AppointmentEvent, AppointmentResponse
from scheduling.selectors.records import ActDone


def event_rows(events: Iterable[AppointmentEvent], *, name_visit: bool, reader: Reader) -> list[HistoryRow]:
    """What happened to visits, in words, as the events were written."""
    return [_event_row(event, reader, name_visit=name_visit) for event in events]


def _event_row(event: AppointmentEvent, reader: Reader, *, name_visit: bool) -> HistoryRow:
    text = _happened(event, reader, name_visit=name_visit)
    if _is_own_answer(event):  # its reason is the answer, which the text says
        return HistoryRow(event.at, str(OWN_NAMES[event.actor_name]), text)
    return HistoryRow(event.at, event.actor_name, text, event.reason)


OWN_NAMES: Mapping[str, Words] = MappingProxyType(
    {"Patient": gettext_lazy("The patient"), "Carer": gettext_lazy("A carer")}
)
"""Who answers on their own page or by mail, by the name that `Actor.own` puts on the record."""


def _is_own_answer(event: AppointmentEvent) -> bool:
    is_own = event.actor_id is None and event.actor_name in OWN_NAMES
    return is_own and event.kind == AppointmentEvent.Kind.ANSWERED


EVENT_WORDS: Mapping[str, Words] = MappingProxyType(
    {
        AppointmentEvent.Kind.BOOKED: gettext_lazy("booked %(when)s"),
        AppointmentEvent.Kind.MOVED: gettext_lazy("moved it to %(when)s"),
        AppointmentEvent.Kind.DELAYED: gettext_lazy("moved it to %(when)s, since the list runs late"),
        AppointmentEvent.Kind.CANCELLED: gettext_lazy("cancelled %(when)s"),
        AppointmentEvent.Kind.UNDONE: gettext_lazy("took the last change back"),
        AppointmentEvent.Kind.ARRIVED: gettext_lazy("marked the patient as arrived"),
        AppointmentEvent.Kind.STARTED: gettext_lazy("took the patient into the room"),
        AppointmentEvent.Kind.GIVEN: gettext_lazy("recorded the dose as given"),
        AppointmentEvent.Kind.NOT_GIVEN: gettext_lazy("recorded that the dose was not given"),
        AppointmentEvent.Kind.DONE: gettext_lazy("recorded the procedure as done"),
        AppointmentEvent.Kind.DISCHARGED: gettext_lazy("discharged the patient"),
        AppointmentEvent.Kind.NOSHOW: gettext_lazy("recorded that the patient did not attend"),
        AppointmentEvent.Kind.CORRECTED: gettext_lazy("put it right"),
        AppointmentEvent.Kind.OFFERED: gettext_lazy("offered an earlier time"),
        AppointmentEvent.Kind.OFFER_OVER: gettext_lazy("ended the offer of an earlier time"),
        AppointmentEvent.Kind.ANSWERED: gettext_lazy("took down whether the patient will come"),
        AppointmentEvent.Kind.KEPT: gettext_lazy("kept it outside the dose's window"),
        AppointmentEvent.Kind.TOLD_AGAIN: gettext_lazy("sent the visit's invite again"),
    }
)


def _happened(event: AppointmentEvent, reader: Reader, *, name_visit: bool) -> str:
    words = str(EVENT_WORDS[event.kind])
    if _is_own_answer(event):
        words = _("answered: %(answer)s") % {"answer": event.reason[:1].lower() + event.reason[1:]}
    when = {"when": reader.moment(datetime.fromisoformat(event.snapshot["arrive_at"]))}
    if "%(when)s" in words:
        return words % when
    return _("%(what)s (visit of %(when)s)") % {"what": words, **when} if name_visit else words


ACT_WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "create_patient": gettext_lazy("entered the patient"),
        "update_patient": gettext_lazy("changed the patient's details"),
        "import_ward_list": gettext_lazy("took the record over from a list"),
        "take_over_plans": gettext_lazy("took the plan over from a list"),
        "start_plan": gettext_lazy("started the plan"),
        "edit_plan_facts": gettext_lazy("changed the facts of the plan"),
        "choose_only_operator": gettext_lazy("chose who alone does the procedure"),
        "record_registry_return": gettext_lazy("recorded the registry return"),
        "hold_plan": gettext_lazy("put the plan on hold"),
        "review_hold": gettext_lazy("reviewed the hold"),
        "resume_plan": gettext_lazy("resumed the plan"),
        "switch_protocol": gettext_lazy("switched the plan to another protocol"),
        "end_plan": gettext_lazy("ended the plan"),
        "reopen_plan": gettext_lazy("opened the ended plan again"),
        "record_death": gettext_lazy("recorded the death"),
        "undo_death": gettext_lazy("took the recorded death back"),
        "omit_dose": gettext_lazy("left a dose out"),
        "set_dose_date": gettext_lazy("set the day of a dose"),
        "withdraw_decision": gettext_lazy("took a decision about a dose back"),
        "record_history": gettext_lazy("entered doses given elsewhere"),
        "correct_given": gettext_lazy("put the record of a dose right"),
        "withdraw_given": gettext_lazy("withdrew the record of a dose"),
        "withdraw_not_given": gettext_lazy("withdrew the record that a dose was not given"),
        "record_red_flag": gettext_lazy("recorded a red flag"),
        "record_follow_up": gettext_lazy("recorded what was asked after a dose"),
        "record_no_answer": gettext_lazy("noted a call that was not answered"),
        "record_consent": gettext_lazy("recorded a consent"),
        "withdraw_consent": gettext_lazy("recorded that a consent was withdrawn"),
        "record_check": gettext_lazy("recorded a check"),
        "strike_check": gettext_lazy("struck a check out"),
        "record_authorisation": gettext_lazy("recorded an authorisation"),
        "record_antithrombotic": gettext_lazy("recorded a medicine against clotting"),
        "stop_antithrombotic": gettext_lazy("recorded that a medicine against clotting ended"),
        "agree_pause": gettext_lazy("agreed a pause of a medicine against clotting"),
        "add_flag": gettext_lazy("recorded a need or an alert"),
        "add_carer": gettext_lazy("added a carer"),
        "correct_address": gettext_lazy("put an e-mail address right"),
        "revoke_links": gettext_lazy("ended the personal links and calendar addresses"),
        "write_note": gettext_lazy("wrote a note"),
        "end_note": gettext_lazy("ended a note"),
        "try_address_again": gettext_lazy("had an address tried again that mail came back from"),
    }
)
"""What a use case did, by its name. What a visit's own events tell is not among them, so that nothing is told twice."""


def act_rows(acts: Iterable[ActDone]) -> list[HistoryRow]:
    """What was done to the record and the plans, in words."""
    return [HistoryRow(act.at, act.actor_name, ACT_WORDS[act.act], act.reason) for act in acts if act.act in ACT_WORDS]


def look_rows(looks: Iterable[AccessEntry], reader: Reader) -> list[HistoryRow]:
    """Who opened the record, a line for each person and day, with the last time of that day; latest first."""
    found: dict[tuple[str, date], HistoryRow] = {}
    for look in looks:
        day = reader.unit.local_date(look.at)
        found.setdefault((look.actor_name, day), HistoryRow(look.at, look.actor_name, _("looked at the record")))
    return list(found.values())


def visit_badge(visit: Appointment, reader: Reader) -> Badge:
    """A visit's state in a list of visits, where no countdown is watched."""
    progress = progress_of(visit, at=reader.at)
    if progress is Progress.DUE:
        return badge_for("booked")
    if progress is Progress.UNCLOSED:
        return badge_for("attention", _("Not recorded"))
    if progress is Progress.CANCELLED and visit.arrived_at is not None:
        return badge_for("cancelled", _("Dose not given"))
    return badge_for(progress.value)


def visit_row(visit: Appointment, reader: Reader, names: Mapping[str, str] | None = None) -> VisitRow:
    """One line of a patient's visits. `names` are the carers', by the key that answers carry."""
    taken = Taken.of(visit)
    where = [row.resource.name for row in taken.in_procedure]
    return VisitRow(
        starts_at=visit.starts_at,
        what=visit.purpose,
        where=", ".join(where),
        badge=visit_badge(visit, reader),
        url=visit_url(visit),
        detail=visit.cancellation_reason or answers_in_words(visit, names or {}),
    )


def answers_in_words(visit: Appointment, names: Mapping[str, str]) -> str:
    """What each said to a booked visit, in one line; `names` are the carers' by their key. Have `responses` at hand."""
    if visit.status != Appointment.Status.BOOKED:
        return ""
    unsaid = AppointmentResponse.Status.NEEDS_ACTION
    said = [one for one in visit.answers if one.participant_status != unsaid]
    return ". ".join(
        _("%(who)s: %(answer)s")
        % {
            "who": _("Patient") if one.respondent == PATIENT else names.get(one.respondent, _("Carer")),
            "answer": str(one).lower(),
        }
        for one in said
    )


def last_change(events: Sequence[AppointmentEvent], reader: Reader) -> str:
    """What happened to the visit last, by whom and when: for a page that was out of date."""
    if not events:
        return ""
    last = _event_row(events[-1], reader, name_visit=False)
    return _("%(clock)s: %(name)s %(what)s.") % {"clock": reader.clock(last.at), "name": last.who, "what": last.text}
