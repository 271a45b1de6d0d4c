"""Who gets in where: a rule for every address. The walk fails on an address without one.

A rule says what is asked (method, record, what is sent) and which roles get in. From that follows the rest: staff of
another unit find lists of their own and no record of ours (404); somebody without a role is refused; a stranger is
sent to the sign-in page, or refused by the API.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.access.world import World
from tests.ward import NOW, TODAY

COORDINATOR, NURSE, DOCTOR, PHARMACIST, MANAGER, ADMINISTRATOR = (
    frozenset({role}) for role in ("coordinator", "nurse", "doctor", "pharmacist", "manager", "administrator")
)
CLINICAL = NURSE | DOCTOR
DESK = COORDINATOR | CLINICAL
EVERY_ROLE = DESK | PHARMACIST | MANAGER | ADMINISTRATOR
INSTALLER = frozenset({"installer"})
LONER = frozenset({"loner"})
NOBODY: frozenset[str] = frozenset()
SIGNED_IN = EVERY_ROLE | INSTALLER | LONER
ANYBODY = SIGNED_IN | {"outsider"}


@dataclass(frozen=True)
class Rule:
    """One way of asking at one address.

    `record` is a name in `world.RECORDS`. `is_shared`: all units share what is there, so another unit's staff with
    the role get in as well. `is_api`: a stranger is refused instead of being sent to sign in.
    """

    who: frozenset[str]
    method: str = "GET"
    record: str = ""
    is_shared: bool = False
    is_api: bool = False
    sent: Callable[[World], Mapping[str, Any]] | None = None

    @property
    def is_about_ours(self) -> bool:
        """Whether the address or what is sent names a record of the cast's own unit."""
        return self.record not in {"", "day"} or self.sent is not None


def read(who: frozenset[str], record: str = "") -> tuple[Rule, ...]:
    return (Rule(who, record=record),)


def act(who: frozenset[str], record: str = "", **more: Any) -> tuple[Rule, ...]:
    """An address that only changes something; opening it leads whoever may be there to the page it belongs to."""
    return (Rule(who, "POST", record, **more),)


def form(who: frozenset[str], record: str = "") -> tuple[Rule, ...]:
    return (Rule(who, "GET", record), Rule(who, "POST", record))


def api(who: frozenset[str], record: str = "", method: str = "GET", **more: Any) -> Rule:
    return Rule(who, method, record, is_api=True, **more)


def model(
    label: str,
    *,
    look: frozenset[str],
    add: frozenset[str] = NOBODY,
    change: frozenset[str] = NOBODY,
    delete: frozenset[str] = NOBODY,
    is_shared: bool = False,
) -> dict[str, tuple[Rule, ...]]:
    """The pages of one model in the admin."""
    page = f"admin:{label.replace('.', '_')}"
    return {
        f"{page}_changelist": (Rule(look),),
        f"{page}_add": (Rule(add), Rule(add, "POST")),
        f"{page}_history": (Rule(look, record=label, is_shared=is_shared),),
        f"{page}_change": (
            Rule(look, record=label, is_shared=is_shared),
            Rule(change, "POST", label, is_shared=is_shared),
        ),
        f"{page}_delete": (Rule(delete, record=label, is_shared=is_shared),),
    }


def a_place(world: World) -> Mapping[str, Any]:
    wanted = world.ward.wanted(TODAY + timedelta(days=1))
    return {"starts_at": wanted.starts_at, "room": wanted.room, "operator": wanted.operator}


def a_place_for_the_dose(world: World) -> Mapping[str, Any]:
    return {"dose": world.dose.public_id, **a_place(world)}


def an_urgent_dose(world: World) -> Mapping[str, Any]:
    return {**a_place_for_the_dose(world), "reason": "Seen today"}


def a_record(world: World) -> Mapping[str, Any]:
    return {"given_at": NOW, "lot": "A1", "dose_amount": "100", "operator_name": "Dr Malik"}


def a_hold(_: World) -> Mapping[str, Any]:
    return {"reason": "Fever", "review_on": TODAY, "visits": []}


def an_offer(world: World) -> Mapping[str, Any]:
    place = {"room": world.ward.rooms[0].public_id, "operator": world.ward.operators[0].public_id}
    return {**place, "procedure_at": NOW, "doses": [world.dose.public_id]}


def a_choice(_: World) -> Mapping[str, Any]:
    return {"choice": "keep"}


SET_UP = ADMINISTRATOR | INSTALLER
RULES: Mapping[str, tuple[Rule, ...]] = {
    # --- who is who
    "login": (Rule(ANYBODY), Rule(ANYBODY, "POST")),
    "logout": (Rule(SIGNED_IN, "POST", is_shared=True),),
    "password_change": (Rule(SIGNED_IN, is_shared=True), Rule(SIGNED_IN, "POST", is_shared=True)),
    "password_change_done": (Rule(SIGNED_IN, is_shared=True),),
    # --- for machines that look after the machine, and for browsers
    "health_live": (Rule(ANYBODY),),
    "health_ready": (Rule(ANYBODY),),
    "robots": (Rule(ANYBODY),),
    "favicon": (Rule(ANYBODY),),
    # --- behind a secret: here with one that never was, which tells nobody anything
    **{
        f"portal:{name}": (api(NOBODY, record, method),)
        for name, method, record in (
            ("page", "GET", "no link"),
            ("answer", "POST", "no link"),
            ("answer_offer", "POST", "no link, an offer"),
            ("visit_file", "GET", "no link, a visit"),
            ("new_feed", "POST", "no link"),
            ("reading", "POST", "no link"),
            ("leave", "POST", "no link"),
            ("feed", "GET", "no link"),
        )
    },
    # --- the staff's pages
    "desk:home": read(EVERY_ROLE | INSTALLER),
    "desk:my_calendar": (
        Rule(EVERY_ROLE, is_shared=True),
        Rule(EVERY_ROLE, "POST", sent=lambda _: {"act": "make"}, is_shared=True),
    ),
    "desk:switch_unit": act(EVERY_ROLE, sent=lambda world: {"unit": world.cast.unit.public_id}),
    "desk:today": read(EVERY_ROLE),
    "desk:day": read(EVERY_ROLE, "day"),
    "desk:day_live": read(EVERY_ROLE, "day"),
    "desk:day_visit": read(EVERY_ROLE, "visit on its day"),
    "desk:day_notes": (Rule(EVERY_ROLE, record="day"), Rule(DESK | PHARMACIST, "POST", "day")),
    "desk:paper_day": form(CLINICAL, "day"),
    "desk:tomorrow": read(EVERY_ROLE),
    "desk:tomorrow_day": read(EVERY_ROLE, "day"),
    "desk:downtime": read(DESK),
    "desk:downtime_pdf": read(DESK, "day"),
    "desk:since": read(EVERY_ROLE),
    "desk:since_read": act(EVERY_ROLE),
    "desk:mine": read(EVERY_ROLE),
    "desk:end_note": act(DESK | PHARMACIST, "note"),
    "desk:patient_notes": (Rule(EVERY_ROLE, record="patient"), Rule(DESK | PHARMACIST, "POST", "patient")),
    "desk:visit_notes": (Rule(EVERY_ROLE, record="visit"), Rule(DESK | PHARMACIST, "POST", "visit")),
    "desk:calendar": read(EVERY_ROLE),
    "desk:calendar_day": read(EVERY_ROLE, "day"),
    "desk:calendar_live": read(EVERY_ROLE, "day"),
    "desk:calendar_week": read(EVERY_ROLE, "day"),
    "desk:calendar_week_live": read(EVERY_ROLE, "day"),
    "desk:calendar_place": read(DESK, "day"),
    "desk:calendar_visit": read(EVERY_ROLE, "visit on its day"),
    "desk:calendar_ask_visit": read(DESK, "visit on its day"),
    "desk:calendar_dose": read(EVERY_ROLE, "dose on a day"),
    "desk:calendar_ask_dose": read(DESK, "dose on a day"),
    "desk:doses": read(EVERY_ROLE),
    "desk:doses_csv": read(EVERY_ROLE),
    "desk:waiting": read(EVERY_ROLE),
    "desk:make_offer": act(DESK, sent=lambda world: {**an_offer(world), "dose": world.dose.public_id}),
    "desk:withdraw_offer": act(DESK, "offer"),
    "desk:accept_offer": act(DESK, "offered"),
    "desk:decline_offer": act(DESK, "offered"),
    "desk:end_wish": act(DESK, "wish"),
    "desk:earlier_wish": form(DESK, "dose"),
    "desk:slots": read(EVERY_ROLE, "dose"),
    "desk:series": form(DESK, "dose"),
    "desk:swap": read(DESK, "visit"),
    "desk:swap_with": form(DESK, "visit and another"),
    "desk:reserve": act(DESK, "dose"),
    "desk:release": act(DESK, "dose"),
    "desk:book": act(DESK, "dose"),
    "desk:omit_dose": form(DOCTOR, "dose"),
    "desk:set_dose_date": form(DOCTOR, "dose"),
    "desk:take_back_decision": form(DOCTOR, "dose"),
    "desk:correct_given": form(CLINICAL, "given dose"),
    "desk:withdraw_given": form(CLINICAL, "given dose"),
    "desk:paper": form(CLINICAL, "dose"),
    "desk:what_follows": read(EVERY_ROLE, "dose and what"),
    "desk:not_given": form(CLINICAL, "visit"),
    "desk:withdraw_not_given": form(CLINICAL, "dose"),
    "desk:keep_visit": form(DOCTOR, "visit"),
    "desk:visit": read(EVERY_ROLE, "visit"),
    "desk:move": form(DESK, "visit"),
    "desk:cancel": form(DESK, "visit"),
    "desk:answer": form(DESK, "visit"),
    "desk:send_again": form(DESK, "visit"),
    "desk:undo": act(DESK, "visit"),
    "desk:arrive": act(DESK, "visit"),
    "desk:put_back": act(DESK, "visit"),
    "desk:start": act(CLINICAL, "visit"),
    "desk:given": act(CLINICAL, "visit"),
    "desk:finish": act(CLINICAL, "visit"),
    "desk:noshow": act(DESK, "visit"),
    "desk:came": act(DESK, "visit"),
    "desk:late": form(DESK, "visit"),
    "desk:squeeze_dose": form(CLINICAL, "dose"),
    "desk:squeeze_visit": form(CLINICAL, "patient and kind"),
    "desk:discharge": act(DESK, "visit"),
    "desk:find": act(EVERY_ROLE),
    "desk:patients": form(EVERY_ROLE),
    "desk:import_patients": form(COORDINATOR | ADMINISTRATOR),
    "desk:preview_import": form(COORDINATOR | ADMINISTRATOR, "ward list"),
    "desk:patient": read(EVERY_ROLE, "patient"),
    "desk:add_patient": form(DESK),
    "desk:details": form(DESK, "patient"),
    "desk:needs": form(DESK, "patient"),
    "desk:carers": form(DESK, "patient"),
    "desk:no_go": form(DESK, "patient"),
    "desk:choose_visit": read(DESK, "patient"),
    "desk:other_visit": form(DESK, "patient and kind"),
    "desk:red_flag": form(DESK | PHARMACIST, "patient"),
    "desk:record_death": form(CLINICAL, "patient"),
    "desk:undo_death": form(DOCTOR, "patient"),
    "desk:hold": form(DOCTOR, "plan"),
    "desk:review_hold": form(DOCTOR, "plan"),
    "desk:resume": form(DOCTOR, "plan"),
    "desk:switch_protocol": form(DOCTOR, "plan"),
    "desk:only_operator": form(DESK, "plan"),
    "desk:end_plan": form(DOCTOR, "plan"),
    "desk:reopen_plan": form(DOCTOR, "plan"),
    "desk:consents": (Rule(EVERY_ROLE, record="patient"), Rule(CLINICAL, "POST", "patient")),
    "desk:checks": (Rule(EVERY_ROLE, record="patient"), Rule(CLINICAL, "POST", "patient")),
    "desk:authorisations": (Rule(EVERY_ROLE, record="patient"), Rule(DESK | PHARMACIST, "POST", "patient")),
    "desk:medicines": (Rule(EVERY_ROLE, record="patient"), Rule(CLINICAL | PHARMACIST, "POST", "patient")),
    "desk:start_plan": form(DOCTOR, "patient"),
    "desk:plan_facts": form(DOCTOR, "plan"),
    "desk:closures": read(EVERY_ROLE),
    "desk:close": form(DESK | ADMINISTRATOR),
    "desk:open_again": act(DESK | ADMINISTRATOR, "closure"),
    "desk:plan_closure": act(DESK, "closure"),
    "desk:replan": read(EVERY_ROLE, "replan"),
    "desk:change_replan_line": act(DESK, "line of a replan"),
    "desk:apply_replan": act(DESK, "replan"),
    "desk:give_up_replan": act(DESK, "replan"),
    "desk:ahead": read(DESK),
    "desk:plan_ahead": act(DESK),
    "desk:horizon": read(EVERY_ROLE, "horizon"),
    "desk:change_horizon_line": act(DESK, "line of a horizon"),
    "desk:book_horizon": act(DESK, "horizon"),
    "desk:give_up_horizon": act(DESK, "horizon"),
    "desk:planning_live": read(EVERY_ROLE, "planning run"),
    "desk:cancel_planning": act(DESK, "planning run"),
    "desk:messaging": read(DESK | MANAGER | ADMINISTRATOR),
    "desk:message": read(DESK | MANAGER | ADMINISTRATOR, "message"),
    "desk:message_page": read(DESK | MANAGER | ADMINISTRATOR, "message"),
    "desk:revoke_links": act(DESK, "patient"),
    "desk:letters": read(COORDINATOR | NURSE),
    "desk:make_print_run": act(COORDINATOR | NURSE),
    "desk:print_run": read(COORDINATOR | NURSE, "print_run"),
    "desk:print_run_pdf": read(COORDINATOR | NURSE, "print_run"),
    "desk:letters_posted": act(COORDINATOR | NURSE, "print_run"),
    "desk:letters_spoilt": act(COORDINATOR | NURSE, "print_run"),
    "desk:worklist": read(DESK | PHARMACIST),
    "desk:worklist_live": read(DESK | PHARMACIST),
    "desk:take_task": act(DESK | PHARMACIST, "item"),
    "desk:give_back_task": act(DESK | PHARMACIST, "item"),
    "desk:task": read(DESK | PHARMACIST, "item"),
    "desk:follow_up": act(DESK | PHARMACIST, "follow-up item"),
    "desk:answer_task": act(DESK, "item"),
    "desk:address_task": act(DESK, "item"),
    "desk:unreached_task": act(DESK | PHARMACIST, "item"),
    "desk:finish_task": act(DESK | PHARMACIST, "item"),
    # --- the API
    "api:schema": (api(SIGNED_IN, is_shared=True),),
    "api:docs": (Rule(SIGNED_IN, is_shared=True),),
    "api:doses_to_book": (api(EVERY_ROLE),),
    "api:dose_slots": (api(EVERY_ROLE, "dose"),),
    "api:what_follows": (api(EVERY_ROLE, "dose"),),
    "api:plan_series": (api(EVERY_ROLE, "dose", "POST"),),
    "api:book_series": (api(DESK, "", "POST", sent=lambda world: {"places": [a_place_for_the_dose(world)]}),),
    "api:appointment_swap": (
        api(DESK, "visit", sent=lambda world: {"other": world.visit.public_id}),
        api(DESK, "visit", "POST", sent=lambda world: {"other": world.visit.public_id}),
    ),
    "api:omit_dose": (api(DOCTOR, "dose", "POST", sent=lambda _: {"reason": "Unwell"}),),
    "api:set_dose_date": (api(DOCTOR, "dose", "POST", sent=lambda _: {"reason": "Holiday", "on": TODAY}),),
    "api:take_back_decision": (api(DOCTOR, "dose", "POST", sent=lambda _: {"reason": "A mistake"}),),
    "api:withdraw_not_given": (api(CLINICAL, "dose", "POST", sent=lambda _: {"reason": "A mistake"}),),
    "api:correct_administration": (
        api(CLINICAL, "given dose", "POST", sent=lambda world: {**a_record(world), "reason": "A mistake"}),
    ),
    "api:withdraw_administration": (api(CLINICAL, "given dose", "POST", sent=lambda _: {"reason": "A mistake"}),),
    "api:record_from_paper": (
        api(
            CLINICAL,
            "dose",
            "POST",
            sent=lambda world: {
                **a_record(world),
                **dict.fromkeys(("arrived_at", "started_at", "discharged_at"), NOW),
            },
        ),
    ),
    "api:reservations": (api(DESK, method="POST", sent=a_place_for_the_dose),),
    "api:reservation": (api(DESK, "dose", "DELETE"),),
    "api:appointments": (api(EVERY_ROLE), api(DESK, method="POST", sent=a_place_for_the_dose)),
    "api:appointment": (api(EVERY_ROLE, "visit"),),
    "api:appointment_move": (api(DESK, "visit", "POST", sent=a_place),),
    "api:appointment_cancel": (api(DESK, "visit", "POST", sent=lambda _: {"cancelled_by": "unit"}),),
    "api:appointment_responses": (
        api(DESK, "visit", "POST", sent=lambda _: {"participant_status": "accepted", "channel": "phone"}),
    ),
    "api:appointment_undo": (api(DESK, "visit", "POST"),),
    "api:appointment_arrive": (api(DESK, "visit", "POST"),),
    "api:appointment_put_back": (api(DESK, "visit", "POST"),),
    "api:appointment_start": (api(CLINICAL, "visit", "POST"),),
    "api:appointment_administration": (api(CLINICAL, "visit", "POST", sent=a_record),),
    "api:appointment_not_given": (api(CLINICAL, "visit", "POST", sent=lambda _: {"reason": "unwell"}),),
    "api:appointment_finish": (api(CLINICAL, "visit", "POST"),),
    "api:visit_kinds": (api(EVERY_ROLE),),
    "api:appointment_messages": (api(DESK | MANAGER | ADMINISTRATOR, "visit"),),
    "api:send_again": (api(DESK, "visit", "POST", sent=lambda world: {"version": world.visit.version}),),
    "api:appointment_noshow": (api(DESK, "visit", "POST"),),
    "api:appointment_discharge": (api(DESK, "visit", "POST"),),
    "api:undo_noshow": (api(DESK, "visit", "POST"),),
    "api:appointment_late": (
        api(DESK, "visit"),
        api(DESK, "visit", "POST", sent=lambda _: {"minutes": 30}),
    ),
    "api:squeeze_ins": (api(CLINICAL, method="POST", sent=an_urgent_dose),),
    "api:squeeze_in_look": (api(CLINICAL, method="POST", sent=an_urgent_dose),),
    "api:earlier_wishes": (api(EVERY_ROLE),),
    "api:ask_for_earlier": (
        api(DESK, "dose", "POST", sent=lambda _: {"notice_hours": 24, "holds_until": TODAY + timedelta(days=9)}),
    ),
    "api:end_wish": (api(DESK, "wish", "POST"),),
    "api:freed_slots": (api(EVERY_ROLE),),
    "api:offers": (api(EVERY_ROLE), api(DESK, method="POST", sent=an_offer)),
    "api:closures": (api(EVERY_ROLE),),
    "api:plan_closure": (api(DESK, "closure", "POST"),),
    "api:replan": (api(EVERY_ROLE, "replan"),),
    "api:apply_replan": (api(DESK, "replan", "POST"),),
    "api:give_up_replan": (api(DESK, "replan", "POST"),),
    "api:change_replan_line": (api(DESK, "replan line", "POST", sent=a_choice),),
    "api:replan_run": (api(EVERY_ROLE, "replan"),),
    "api:plan_horizon": (api(DESK, method="POST"),),
    "api:horizon": (api(EVERY_ROLE, "horizon"),),
    "api:book_horizon": (api(DESK, "horizon", "POST"),),
    "api:give_up_horizon": (api(DESK, "horizon", "POST"),),
    "api:horizon_run": (api(EVERY_ROLE, "horizon"),),
    "api:change_horizon_line": (api(DESK, "horizon line", "POST", sent=lambda _: {"choice": "leave_out"}),),
    "api:planning_run": (api(EVERY_ROLE, "planning run"),),
    "api:cancel_planning_run": (api(DESK, "planning run", "POST"),),
    "api:withdraw_offer": (api(DESK, "offer", "POST"),),
    "api:accept_offer": (api(DESK, "offered", "POST"),),
    "api:decline_offer": (api(DESK, "offered", "POST"),),
    "api:patients": (api(EVERY_ROLE),),
    "api:patient_search": (api(EVERY_ROLE, method="POST"),),
    "api:patient": (api(EVERY_ROLE, "patient"),),
    "api:consents": (
        api(EVERY_ROLE, "patient"),
        api(CLINICAL, "patient", "POST", sent=lambda _: {"kind": "procedure", "given_on": TODAY}),
    ),
    "api:checks": (
        api(EVERY_ROLE, "patient"),
        api(
            CLINICAL,
            "patient",
            "POST",
            sent=lambda _: {"kind": "inr", "done_on": TODAY, "is_acceptable": True},
        ),
    ),
    "api:authorisations": (
        api(EVERY_ROLE, "patient"),
        api(
            DESK | PHARMACIST,
            "patient",
            "POST",
            sent=lambda _: {"status": "approved", "funding_source": "trust"},
        ),
    ),
    "api:start_plan": (
        api(
            DOCTOR,
            "patient",
            "POST",
            sent=lambda world: {"protocol": world.dose.plan.protocol.public_id, "starts_on": TODAY},
        ),
    ),
    "api:protocols": (api(EVERY_ROLE),),
    "api:record_death": (api(CLINICAL, "patient", "POST", sent=lambda _: {"died_on": TODAY}),),
    "api:undo_death": (api(DOCTOR, "patient", "POST", sent=lambda _: {"reason": "A mistake"}),),
    "api:plan": (api(EVERY_ROLE, "plan"),),
    "api:plan_hold": (api(DOCTOR, "plan", "POST", sent=a_hold),),
    "api:plan_hold_review": (api(DOCTOR, "plan", "POST", sent=lambda _: {"review_on": TODAY}),),
    "api:plan_operator": (api(DESK, "plan", "POST", sent=lambda _: {"operator": None}),),
    "api:plan_resume": (api(EVERY_ROLE, "plan"), api(DOCTOR, "plan", "POST", sent=lambda _: {"how": "label"})),
    "api:plan_switch": (
        api(
            DOCTOR,
            "plan",
            "POST",
            sent=lambda world: {"protocol": world.dose.plan.protocol.public_id, "reason": "A new label"},
        ),
    ),
    "api:plan_end": (api(DOCTOR, "plan", "POST", sent=lambda _: {"reason": "stopped", "on": TODAY}),),
    "api:plan_reopen": (api(DOCTOR, "plan", "POST", sent=lambda _: {"reason": "A mistake"}),),
    "api:day_board": (api(EVERY_ROLE, "day"),),
    # --- the admin
    "admin:index": (Rule(SET_UP),),
    "admin:login": (Rule(SET_UP),),
    "admin:logout": (Rule(SIGNED_IN, "POST"),),
    "admin:password_change": (Rule(SET_UP),),
    "admin:password_change_done": (Rule(SET_UP),),
    "admin:jsi18n": (Rule(SET_UP),),
    "admin:auth_user_password_change": (
        Rule(SET_UP, record="units.user"),
        Rule(SET_UP, "POST", "units.user"),
    ),
    "admin:reminders_messagetext_preview": (Rule(SET_UP, "POST"),),
    **model("units.unit", look=SET_UP, add=SET_UP, change=SET_UP),
    **model("units.user", look=SET_UP, add=SET_UP, change=SET_UP),
    **model("units.membership", look=SET_UP, add=SET_UP, delete=SET_UP),
    **model("patients.patient", look=ADMINISTRATOR),
    **model("patients.worklistitem", look=ADMINISTRATOR),
    **model(
        "patients.needallowance", look=ADMINISTRATOR, add=ADMINISTRATOR, change=ADMINISTRATOR, delete=ADMINISTRATOR
    ),
    **model(
        "patients.antithrombotictable",
        look=ADMINISTRATOR,
        add=ADMINISTRATOR,
        change=ADMINISTRATOR,
        delete=ADMINISTRATOR,
    ),
    **model("patients.accessentry", look=ADMINISTRATOR),
    **model("doseplans.wardlistupload", look=ADMINISTRATOR, add=ADMINISTRATOR, change=ADMINISTRATOR),
    **model("doseplans.protocol", look=ADMINISTRATOR, add=ADMINISTRATOR, change=ADMINISTRATOR, is_shared=True),
    **model("doseplans.doseplan", look=ADMINISTRATOR),
    **model("doseplans.dose", look=ADMINISTRATOR),
    **model("doseplans.administration", look=ADMINISTRATOR),
    **model("scheduling.resource", look=ADMINISTRATOR, add=ADMINISTRATOR, change=ADMINISTRATOR),
    **model("scheduling.schedule", look=ADMINISTRATOR, add=ADMINISTRATOR, change=ADMINISTRATOR, delete=ADMINISTRATOR),
    **model("scheduling.closure", look=ADMINISTRATOR, add=ADMINISTRATOR, delete=ADMINISTRATOR),
    **model("scheduling.visitkind", look=ADMINISTRATOR, add=ADMINISTRATOR, change=ADMINISTRATOR),
    **model("scheduling.skill", look=ADMINISTRATOR, add=ADMINISTRATOR, change=ADMINISTRATOR, delete=ADMINISTRATOR),
    **model("scheduling.nurseshift", look=ADMINISTRATOR, add=ADMINISTRATOR, change=ADMINISTRATOR, delete=ADMINISTRATOR),
    **model("scheduling.appointment", look=ADMINISTRATOR),
    **model("reminders.messagetext", look=SET_UP, add=SET_UP, change=SET_UP),
    **model("reminders.message", look=ADMINISTRATOR),
    **{
        name: rules
        for kind in ("periodictask", "intervalschedule", "crontabschedule")
        for name, rules in model(
            f"django_celery_beat.{kind}", look=SET_UP, add=SET_UP, change=SET_UP, delete=SET_UP, is_shared=True
        ).items()
    },
}

# Addresses that lead nowhere by themselves, each with what it is.
WITHOUT_RULE: Mapping[str, str] = {
    "admin:autocomplete": "asks the page of the model named in its query, which has a rule; test_walk tries it",
    "admin:app_list": "the index, cut to one app; has the index's rule in test_walk",
    "admin:(?P<url>.*)$": "the admin's answer for no address: 404 to whoever may be in the admin",
    "api:none": "the API's answer for no address: 404 to anybody",
}
# The admin's old address of a record, which only redirects to its page.
OLD_ADDRESS = "<path:object_id>/"
