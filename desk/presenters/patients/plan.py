"""A plan on its patient's page: what may be done with it, its doses against their ideal, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.looks import Badge, badge_for
from desk.presenters.patients.plan_line import plan_line
from desk.presenters.reader import Reader
from desk.presenters.visits.steps import visit_url
from desk.viewmodels import Action, Fact, Line, PlanDose, PlanView
from doseplans.models import DosePlan, PlanHold, PlanSwitch
from doseplans.rules import eligibility_problems
from doseplans.selectors import DoseLine
from doseplans.selectors import Line as PlanLine
from scheduling.models import Appointment
from units.policy import Act

SHOWN_GIVEN = 5
SHOWN_AHEAD = 6
"""Doses of a plan that the page opens with; all of them are one link away."""


@dataclass(frozen=True)
class PlanRead:
    """A plan as it was read: its doses, the hold that stands, and its live visits by dose."""

    plan: DosePlan
    line: PlanLine
    hold: PlanHold | None
    visits: Mapping[int, Appointment]
    only_operator: str = ""


def next_to_book(read: PlanRead) -> DoseLine | None:
    """The plan's first dose that is neither given nor booked; None in a plan that has ended."""
    if read.plan.ended_on is not None:
        return None
    waiting = (line for line in read.line.doses if not line.is_given and not line.is_left_out and line.dose)
    return next((line for line in waiting if line.dose and line.dose.pk not in read.visits), None)


def stops_booking(read: PlanRead, today: date) -> list[str]:
    """What the protocol asks for and is missing for the next dose to book, in short lines, as in *Doses to book*."""
    if read.plan.ended_on is not None:
        return []
    line = next_to_book(read)
    return eligibility_problems(read.plan, on=line.target_on if line else today, today=today)


def mend_url(plan: DosePlan, reader: Reader) -> str:
    """Where what is missing is written down; empty for those who may not."""
    may = plan.ended_on is None and reader.may(Act.EDIT_PLANS)
    return reverse("desk:plan_facts", args=[plan.public_id]) if may else ""


def plan_view(read: PlanRead, reader: Reader, *, all_doses: bool) -> PlanView:
    """The plan as a table of doses."""
    plan = read.plan
    given = [line for line in read.line.doses if line.is_given]
    ahead = [line for line in read.line.doses if not line.is_given] if plan.ended_on is None else []
    shown = [*given, *ahead] if all_doses else [*given[-SHOWN_GIVEN:], *ahead[:SHOWN_AHEAD]]
    is_cut = len(shown) < len(given) + len(ahead)
    missing = stops_booking(read, reader.today)
    can_be_booked = read.hold is None and not missing
    to_book, actions = next_to_book(read) if can_be_booked else None, _plan_actions(read, reader)
    return PlanView(
        title=plan.protocol.name,
        note=_note(plan, given, reader),
        doses=[_dose(line, read, reader, is_next=line is to_book) for line in shown],
        badge=_plan_badge(read, reader),
        drift=drift_summary(read.line),
        line=plan_line(read.line, read.visits, reader) if plan.ended_on is None else None,
        hold=_hold(read.hold),
        earlier_url=f"{reverse('desk:patient', args=[plan.patient.public_id])}?doses=all#doses" if is_cut else "",
        actions=actions[:1],
        menu=actions[1:],
        facts=[*_plan_facts(plan, reader), *_only_operator(read)],
        facts_url=mend_url(plan, reader),
        missing=[_missing(what, mend_url(plan, reader)) for what in missing],
    )


def _missing(what: str, url: str) -> Line:
    """What stops booking, with the way to mend it, or who does."""
    if url:
        return Line(_("Stops booking: %(what)s.") % {"what": what}, "stop", "ban", url=url, link=_("Mend it"))
    return Line(_("Stops booking: %(what)s. A doctor sees to it.") % {"what": what}, "stop", "ban")


def _plan_facts(plan: DosePlan, reader: Reader) -> list[Fact]:
    """Who may have the medicine, as on record. What was settled elsewhere is said to be so."""
    protocol = plan.protocol
    nothing = _("not recorded (taken over)") if plan.taken_over_on else _("not recorded")

    def day(value: date | None) -> str:
        return reader.day(value) if value else nothing

    facts = []
    if protocol.needs_genetic_test:
        facts.append(Fact(_("Genetic test"), plan.genetic_test_note or _("not recorded")))
    if protocol.needs_prescriber:
        facts.append(Fact(_("Prescriber"), plan.prescriber_name or nothing))
    if protocol.needs_review:
        is_over = plan.ended_on is None and plan.review_on is not None and plan.review_on < reader.today
        facts.append(Fact(_("Next review"), day(plan.review_on), tone="stop" if is_over else "plain"))
    if protocol.needs_pregnancy_discussion:
        facts.append(Fact(_("Pregnancy discussed"), day(plan.pregnancy_discussed_on)))
    if protocol.needs_registry_return:
        returned = reader.day(plan.registry_returned_on) if plan.registry_returned_on else _("none yet")
        facts.append(Fact(_("Registry return"), returned))
    facts.append(Fact(_("Needle guided by"), str(plan.get_access_route_display())))
    facts += [_switched_from(switch, reader) for switch in plan.switches.all()]
    return facts


def _only_operator(read: PlanRead) -> list[Fact]:
    if not read.only_operator:
        return []
    return [Fact(_("Operates"), _("only %(name)s") % {"name": read.only_operator})]


def _switched_from(switch: PlanSwitch, reader: Reader) -> Fact:
    words = _("%(protocol)s until %(day)s (%(name)s: %(why)s)")
    said = {
        "protocol": switch.from_protocol,
        "day": reader.day(switch.switched_on),
        "name": switch.switched_by_name,
        "why": switch.reason,
    }
    return Fact(_("Switched from"), words % said)


def _plan_actions(read: PlanRead, reader: Reader) -> list[Action]:
    """Hold, resume, switch, end, open again: whatever fits how the plan stands, for those who may."""
    plan = read.plan

    def to(label: str, name: str, icon: str) -> Action:
        return Action(label, reverse(f"desk:{name}", args=[plan.public_id]), icon=icon, about=plan.protocol.name)

    actions = []
    if plan.ended_on is None and reader.may(Act.HOLD_PLAN):
        actions.append(to(_("Resume…"), "resume", "check") if read.hold else to(_("Hold…"), "hold", "circle-pause"))
    if plan.ended_on is None and reader.may(Act.SWITCH_PROTOCOL):
        actions.append(to(_("Switch…"), "switch_protocol", "arrow-right"))
    if plan.ended_on is None and reader.may(Act.BOOK):
        actions.append(to(_("Operator…"), "only_operator", "users"))
    if plan.ended_on is None and reader.may(Act.EDIT_PLANS):
        actions.append(to(_("End…"), "end_plan", "x"))
    if plan.ended_on is not None and plan.end_reason != DosePlan.EndReason.DIED and reader.may(Act.EDIT_PLANS):
        actions.append(to(_("Ended in error…"), "reopen_plan", "undo-2"))
    return actions


def _note(plan: DosePlan, given: Sequence[DoseLine], reader: Reader) -> str:
    parts = [ngettext("%(n)d given", "%(n)d given", len(given)) % {"n": len(given)}]
    if given:
        parts.append(_("first on %(day)s") % {"day": reader.day(given[0].counted_on)})
    else:
        parts.append(_("starts %(day)s") % {"day": reader.day(plan.starts_on)})
    if plan.consultant_name:
        parts.append(plan.consultant_name)
    if plan.ended_on:
        parts.append(_("ended %(day)s") % {"day": reader.day(plan.ended_on)})
    return ", ".join(parts)


def _plan_badge(read: PlanRead, reader: Reader) -> Badge:
    if read.plan.ended_on is not None:
        return badge_for("ended", str(read.plan.get_end_reason_display()))
    return badge_for("hold", _hold_words(read.hold, reader)) if read.hold else badge_for("active")


def _hold_words(hold: PlanHold, reader: Reader) -> str:
    """On hold since Tue 24 Nov, review Tue 1 Dec."""
    since = _("On hold since %(day)s") % {"day": reader.day(hold.placed_on)}
    if hold.review_on is None:
        return since
    words = _("%(since)s, review %(day)s") if hold.review_on > reader.today else _("%(since)s, review due %(day)s")
    return words % {"since": since, "day": reader.day(hold.review_on)}


def _hold(hold: PlanHold | None) -> Line | None:
    if hold is None:
        return None
    words = _("Held by %(name)s: %(reason)s. Nothing is booked, offered or reminded of.") % {
        "name": hold.placed_by_name,
        "reason": hold.reason.rstrip("."),
    }
    return Line(words, "stop", "circle-pause")


def drift_summary(line: PlanLine) -> str:
    """How far the plan is behind its ideal calendar, and its longest interval."""
    given = [dose for dose in line.doses if dose.is_given]
    if not given:
        return ""
    behind = given[-1].drift
    if behind > 0:
        words = ngettext("%(n)d day behind the ideal calendar", "%(n)d days behind the ideal calendar", behind)
    elif behind < 0:
        words = ngettext("%(n)d day ahead of the ideal calendar", "%(n)d days ahead of the ideal calendar", -behind)
    else:
        words = _("On the ideal calendar")
    words %= {"n": abs(behind)}
    if line.drift.longest_interval is not None:
        words += _(", longest interval %(n)d days") % {"n": line.drift.longest_interval}
    return words + _doses_lost(line)


def _doses_lost(line: PlanLine) -> str:
    """What the pace of the last year costs in doses a year, once that is half a dose or more."""
    lost = line.drift.doses_a_year_lost
    if lost is None or lost < Fraction(1, 2):
        return ""
    n = max(round(lost), 1)
    words = ngettext(
        "; at this pace about %(n)d dose a year is lost", "; at this pace about %(n)d doses a year are lost", n
    )
    return words % {"n": n}


def _dose(line: DoseLine, read: PlanRead, reader: Reader, *, is_next: bool) -> PlanDose:
    visit = read.visits.get(line.dose.pk) if line.dose else None
    record = line.administration
    is_known = line.is_given or visit is not None
    return PlanDose(
        label=line.label,
        ideal_on=line.ideal_on,
        target_on=line.target_on,
        earliest_on=line.earliest_on,
        latest_on=line.latest_on,
        badge=_dose_badge(line, visit, reader.today),
        booked_at=visit.starts_at if visit else None,
        booked_url=visit_url(visit) if visit else "",
        given_at=record.given_at if record else None,
        late_days=line.lateness if is_known else None,
        drift_days=line.drift if is_known else None,
        action=_find_slot(line, reader) if is_next else None,
        notes=_dose_notes(line, reader),
        acts=_dose_acts(line, read, reader),
    )


def _dose_notes(line: DoseLine, reader: Reader) -> list[Line]:
    """What a clinician decided about the dose, and each time the patient came and it was not given."""
    notes = []
    if line.decision is not None:
        words = _("Left out by %(name)s: %(why)s") if line.is_left_out else _("Day set by %(name)s: %(why)s")
        said = {"name": line.decision.decided_by_name, "why": line.decision.reason}
        notes.append(Line(words % said, "plain", "ban" if line.is_left_out else "calendar-clock"))
    for attempt in line.not_given:
        words = _("Not given %(day)s: %(why)s")
        why = ", ".join(part for part in (str(attempt.get_reason_display()).lower(), attempt.note) if part)
        notes.append(Line(words % {"day": reader.day(attempt.at), "why": why}, "warn", "circle-x"))
    return notes


def _dose_acts(line: DoseLine, read: PlanRead, reader: Reader) -> list[Action]:
    """What else can be done with the dose: rarer than finding its slot, so quiet."""
    if line.dose is None:
        return []
    acts: list[tuple[str, str]] = []
    if line.is_given and reader.may(Act.RECORD_ADMINISTRATION):
        acts.append((_("Put right…"), "correct_given"))
    if line.not_given and reader.may(Act.RECORD_ADMINISTRATION):
        acts.append((_("“Not given” was wrong…"), "withdraw_not_given"))
    if line.decision is not None and not line.is_given and reader.may(Act.OVERRIDE_DOSE_LIMITS):
        acts.append((_("Take back…"), "take_back_decision"))
    if read.plan.ended_on is None and _is_first_to_come(line, read):
        if reader.may(Act.OVERRIDE_DOSE_LIMITS):
            acts += [(_("Set a day…"), "set_dose_date"), (_("Leave out…"), "omit_dose")]
        if reader.may(Act.BOOK):
            acts.append((_("Would come earlier…"), "earlier_wish"))
        if line.target_on <= reader.today and reader.may(Act.RECORD_ADMINISTRATION):
            acts.append((_("From paper…"), "paper"))
    key = line.dose.public_id
    return [Action(label, reverse(f"desk:{name}", args=[key]), kind="quiet", about=line.label) for label, name in acts]


def _is_first_to_come(line: DoseLine, read: PlanRead) -> bool:
    """The plan's first dose that is neither given nor left out, booked or not."""
    waiting = (one for one in read.line.doses if not one.is_given and not one.is_left_out)
    return next(waiting, None) is line


def _find_slot(line: DoseLine, reader: Reader) -> Action | None:
    if line.dose is None or not reader.may(Act.BOOK):
        return None
    return Action(_("Find a slot"), reverse("desk:slots", args=[line.dose.public_id]), about=line.label)


def _dose_badge(line: DoseLine, visit: Appointment | None, today: date) -> Badge:
    if line.is_given:
        return badge_for("given")
    if line.is_left_out:
        return badge_for("omitted")
    if visit is not None:
        return badge_for("booked") if visit.status == Appointment.Status.BOOKED else badge_for("arrived")
    return badge_for("overdue") if line.latest_on < today else badge_for("none")
