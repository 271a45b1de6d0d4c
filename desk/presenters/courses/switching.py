"""The page on which a plan is switched to another protocol, and what would follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from desk.presenters.courses.plans import visit_label
from desk.presenters.people import banner, name_of, patient_url
from desk.presenters.reader import Reader
from desk.viewmodels import Line, MenuLink
from desk.viewmodels.courses import CoursePage
from desk.viewmodels.doses import Follows, MovedDose
from doseplans.calculus import explain
from doseplans.models import DosePlan, Protocol
from scheduling.services.courses.switching import SwitchPreview

SHOWN_COMING = 3
"""Doses of a new plan that the preview shows: enough to see the rhythm."""


NO_CHOICE = gettext_lazy(
    "No other protocol is in use, so there is nothing to switch to. An administrator puts one in use, or makes a new "
    "version of this one, under Administration, Protocols."
)


def switch_page(plan: DosePlan, reader: Reader, *, notices: Sequence[Line] = (), has_choice: bool = True) -> CoursePage:
    """To which protocol, why, and what follows; without a button where there is none to switch to."""
    reason_stays = Line(_("Your reason stands on the record, with the protocol before."), icon="history")
    if not has_choice:
        notices = [*notices, Line(NO_CHOICE, "warn", "triangle-alert")]
    follows_now = _("The plan follows %(protocol)s.") % {"protocol": plan.protocol}
    return CoursePage(
        banner=banner(plan.patient, plan.patient.flags.all()),
        title=_("Switch to another protocol"),
        summary=_("%(protocol)s, from %(day)s") % {"protocol": plan.protocol.name, "day": reader.day(plan.starts_on)},
        back=MenuLink(name_of(plan.patient), patient_url(plan.patient)),
        url=reverse("desk:switch_protocol", args=[plan.public_id]),
        submit=_("Switch the plan") if has_choice else "",
        effects=[reason_stays] if has_choice else [Line(_("Nothing changes."), icon="circle-check")],
        is_grave=True,
        notices=[*notices, Line(follows_now, "plain", "info")],
    )


def switch_follows(seen: SwitchPreview, plan: DosePlan, protocol: Protocol, reader: Reader) -> Follows:
    """What would follow, said before the button."""
    return _goes_on(seen, protocol) if seen.goes_on else _begins_anew(seen, plan, protocol, reader)


def _goes_on(seen: SwitchPreview, protocol: Protocol) -> Follows:
    words = _("The plan itself goes on by %(protocol)s: its doses, holds and visits stay.") % {"protocol": protocol}
    lines = [Line(words, icon="arrow-right")]
    lines += [Line(sentence, "warn", "calendar-x") for sentence in seen.unfitting]
    if seen.unfitting:
        lines.append(Line(_("No visit moves by itself: the worklist asks for each."), icon="list"))
    elif not seen.moves:
        lines.append(Line(_("No date moves."), "ok", "circle-check"))
    n = len(seen.moves)
    title = ngettext("%(n)d date moves", "%(n)d dates move", n) % {"n": n} if n else ""
    return Follows(lines, [MovedDose(move.dose, move.was_on, move.now_on, move.why) for move in seen.moves], title)


def _begins_anew(seen: SwitchPreview, plan: DosePlan, protocol: Protocol, reader: Reader) -> Follows:
    words = _("This plan ends as switched today, and a new plan of %(protocol)s begins.") % {"protocol": protocol}
    if plan.protocol.code == protocol.code:
        words += " " + _("By this version doses already given would be other doses.")
    lines = [Line(words, "warn", "arrow-right")]
    n = len(seen.freed)
    if n:
        freed = ngettext(
            "%(n)d visit is cancelled, and the patient is told:",
            "%(n)d visits are cancelled, and the patient is told:",
            n,
        )
        lines.append(Line(freed % {"n": n}, "stop", "calendar-x"))
        lines += [Line(visit_label(visit, reader), icon="calendar") for visit in seen.freed]
    if plan.protocol.code != protocol.code:
        asked = _(
            "What its protocol asks of the patient is recorded anew: reports and discussions are of one medicine."
        )
        lines.append(Line(asked, icon="clipboard-list"))
    if seen.begins_up_to > 1:
        up_to = _("It may begin with one of its doses 1 to %(n)d.") % {"n": seen.begins_up_to}
        lines.append(Line(up_to, icon="info"))
    for dose in seen.coming[:SHOWN_COMING]:
        why = explain(dose).split(";")[0]
        due = {"dose": dose.name, "day": reader.day(date.fromordinal(dose.target)), "why": why[:1].lower() + why[1:]}
        lines.append(Line(_("%(dose)s is due %(day)s: %(why)s.") % due, icon="calendar"))
    if not seen.coming:
        lines.append(Line(_("Set the day of its first dose to see the dates."), icon="calendar"))
    return Follows(lines)
