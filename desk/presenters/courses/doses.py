"""The small pages on which a dose is not given, left out, set for a day, put right, withdrawn or entered from paper."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.looks import Words
from desk.presenters.people import banner, name_of, patient_url
from desk.presenters.reader import Reader
from desk.presenters.visits.steps import visit_url
from desk.viewmodels import Line, MenuLink
from desk.viewmodels.courses import CoursePage
from desk.viewmodels.doses import Follows, MovedDose
from doseplans.models import Administration, Dose
from scheduling.models import Appointment, MoveProposal
from scheduling.services.courses.not_given import NotGivenSeen
from scheduling.services.courses.previews import Preview


def follows_of(seen: Preview, reader: Reader) -> Follows:
    """What would follow, said before the button."""
    if seen.problem:
        return Follows([Line(seen.problem, "stop", "circle-x")])
    lines = []
    if seen.days_late:
        late = seen.days_late
        words = (
            ngettext("%(n)d day after the day it was due.", "%(n)d days after the day it was due.", late)
            if late > 0
            else ngettext("%(n)d day before the day it was due.", "%(n)d days before the day it was due.", -late)
        )
        lines.append(Line(words % {"n": abs(late)}, "warn" if late > 0 else "plain", "calendar-clock"))
    if seen.following is not None:
        label, on = seen.following
        words = _("%(dose)s is due %(day)s: %(why)s.")
        why = seen.why[:1].lower() + seen.why[1:]
        lines.append(Line(words % {"dose": label, "day": reader.day(on), "why": why}, icon="calendar"))
    lines += [Line(words, "warn", "calendar-x") for words in seen.unfitting]
    if seen.unfitting:
        lines.append(Line(_("No visit moves by itself: the worklist asks for each."), icon="list"))
    elif not seen.moves:
        lines.append(Line(_("No date moves."), "ok", "circle-check"))
    n = len(seen.moves)
    title = ngettext("%(n)d date moves", "%(n)d dates move", n) % {"n": n}
    moves = [MovedDose(move.dose, move.was_on, move.now_on, move.why) for move in seen.moves]
    return Follows(lines, moves, title if moves else "")


def not_given_page(visit: Appointment) -> CoursePage:
    """The patient came, the dose was not given."""
    return _page(
        visit.dose,
        title=_("Dose not given"),
        url=reverse("desk:not_given", args=[visit.public_id]),
        submit=_("Record as not given"),
        back=MenuLink(_("Back to the visit"), visit_url(visit)),
        effects=[
            Line(_("The visit ends; room, operator and recovery place are free at once."), icon="calendar-x"),
            Line(_("Nobody is sent a cancellation: the patient was here."), icon="mail-x"),
            Line(_("A clinician is asked on the worklist how it goes on."), icon="flag"),
        ],
    )


def omit_page(dose: Dose, visit: Appointment | None, reader: Reader, *, notices: Sequence[Line] = ()) -> CoursePage:
    """The dose is left out."""
    effects = []
    if visit is not None:
        when = reader.moment(visit.starts_at)
        effects.append(
            Line(_("Its visit on %(when)s is cancelled, and the patient is told.") % {"when": when}, icon="calendar-x")
        )
    effects.append(Line(_("A doctor can take this back until a later dose is given."), icon="undo-2"))
    return _page(
        dose,
        title=_("Leave out %(dose)s") % {"dose": str(dose).lower()},
        url=reverse("desk:omit_dose", args=[dose.public_id]),
        submit=_("Leave the dose out"),
        effects=effects,
        is_grave=True,
        notices=notices,
        others=[MenuLink(_("Set another day for it instead"), reverse("desk:set_dose_date", args=[dose.public_id]))],
    )


def set_date_page(dose: Dose, reader: Reader) -> CoursePage:
    """A clinician sets the day."""
    words = _("By the rule it is due %(day)s: %(why)s.")
    why = dose.rule.split(";")[0]
    rule = words % {"day": reader.day(dose.target_on), "why": why[:1].lower() + why[1:]}
    return _page(
        dose,
        title=_("Set the day of %(dose)s") % {"dose": str(dose).lower()},
        url=reverse("desk:set_dose_date", args=[dose.public_id]),
        submit=_("Set this day"),
        effects=[Line(_("The day may lie below the minimum interval: your reason stands on the record."), icon="info")],
        notices=[Line(rule, "plain", "info")],
    )


def take_back_page(dose: Dose) -> CoursePage:
    """What was decided no longer holds."""
    return _page(
        dose,
        title=_("Take back what was decided about %(dose)s") % {"dose": str(dose).lower()},
        url=reverse("desk:take_back_decision", args=[dose.public_id]),
        submit=_("Take it back"),
        effects=[
            Line(_("No visit comes back by this: one that was cancelled is booked again."), icon="calendar-x"),
        ],
    )


def correct_page(dose: Dose, record: Administration, reader: Reader) -> CoursePage:
    """A wrong record is put right."""
    by = record.recorded_by.name if record.recorded_by else _("the import")
    words = _("On record: given %(day)s, entered by %(name)s.")
    return _page(
        dose,
        title=_("Put right: %(dose)s") % {"dose": dose},
        url=reverse("desk:correct_given", args=[dose.public_id]),
        submit=_("Put the record right"),
        notices=[Line(words % {"day": reader.day(record.given_on), "name": by}, "plain", "info")],
        effects=[Line(_("What was written down before is kept, marked as entered in error."), icon="history")],
        others=[
            MenuLink(
                _("It was not given at all, or to another patient: withdraw the record"),
                reverse("desk:withdraw_given", args=[dose.public_id]),
            )
        ],
    )


def withdraw_page(dose: Dose) -> CoursePage:
    """The dose was not given after all."""
    return _page(
        dose,
        title=_("Withdraw the record of %(dose)s") % {"dose": str(dose).lower()},
        url=reverse("desk:withdraw_given", args=[dose.public_id]),
        submit=_("Withdraw the record"),
        effects=[
            Line(_("What was written down is kept, marked as entered in error."), icon="history"),
            Line(_("Nobody is asked after this dose any more."), icon="phone-missed"),
        ],
        is_grave=True,
    )


def withdraw_not_given_page(dose: Dose, seen: NotGivenSeen, reader: Reader) -> CoursePage:
    """That the dose was not given was recorded in error."""
    attempt = seen.attempt
    words = _("On record: not given %(day)s (%(why)s), entered by %(name)s.") % {
        "day": reader.day(attempt.at),
        "why": str(attempt.get_reason_display()).lower(),
        "name": attempt.recorded_by_name,
    }
    effects = [Line(_("What was written down is kept, marked as entered in error."), icon="history")]
    if seen.goes_on:
        effects.append(
            Line(
                _("The visit is back at “arrived”, with its places where they are still free: record the dose there."),
                icon="map-pin-check",
            )
        )
    elif seen.visit is not None:
        effects.append(
            Line(
                _("Its day is over, or the dose went another way since: the visit is marked as entered in error."),
                icon="calendar-x",
            )
        )
    effects.append(Line(_("The task about it is closed. Nobody is told anything."), icon="list"))
    return _page(
        dose,
        title=_("Take back that %(dose)s was not given") % {"dose": str(dose).lower()},
        url=reverse("desk:withdraw_not_given", args=[dose.public_id]),
        submit=_("Take the record back"),
        notices=[Line(words, "plain", "info")],
        effects=effects,
    )


def paper_page(dose: Dose, visit: Appointment | None) -> CoursePage:
    """A day that was written on paper."""
    words = _("The visit booked for that day is closed with these times. Nobody is told anything.")
    if visit is None:
        words = _("No visit is booked: one is written down with these times. Nobody is told anything.")
    return _page(
        dose,
        title=_("Enter %(dose)s from paper") % {"dose": str(dose).lower()},
        url=reverse("desk:paper", args=[dose.public_id]),
        submit=_("Record as given"),
        effects=[Line(words, icon="calendar-check")],
    )


def keep_page(visit: Appointment, proposal: MoveProposal) -> CoursePage:
    """A visit outside its window stays."""
    return _page(
        visit.dose,
        title=_("Keep the visit where it is"),
        url=reverse("desk:keep_visit", args=[visit.public_id]),
        submit=_("Keep the visit"),
        back=MenuLink(_("Back to the visit"), visit_url(visit)),
        notices=[Line(proposal.cause, "warn", "calendar-clock")],
        effects=[Line(_("Your reason stands on the record. Nobody is told anything."), icon="history")],
    )


def _page(
    dose: Dose | None,
    *,
    title: Words,
    url: str,
    submit: Words,
    back: MenuLink | None = None,
    effects: Sequence[Line] = (),
    is_grave: bool = False,
    notices: Sequence[Line] = (),
    others: Sequence[MenuLink] = (),
) -> CoursePage:
    assert dose is not None  # noqa: S101  the views refuse a visit without a dose
    patient = dose.plan.patient
    return CoursePage(
        banner=banner(patient, patient.flags.all()),
        title=title,
        summary=dose.plan.protocol.name,
        back=back or MenuLink(name_of(patient), patient_url(patient)),
        url=url,
        submit=submit,
        effects=effects,
        is_grave=is_grave,
        notices=notices,
        others=others,
    )
