"""The small pages on which a plan is held, resumed, ended or reopened, and a death recorded or taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.looks import Words
from desk.presenters.booking.slots import in_words
from desk.presenters.people import banner, name_of, patient_url
from desk.presenters.reader import Reader
from desk.viewmodels import Line, MenuLink
from desk.viewmodels.courses import ComingDose, CoursePage, DatesView
from doseplans.calculus import ProjectedDose, explain, too_early
from doseplans.label import label_on_late
from doseplans.models import Dose, DosePlan, PlanHold
from patients.models import Patient
from reminders.people import Person
from scheduling.models import Appointment

SHOWN_COMING = 3
"""Doses that a preview shows: enough to see the rhythm."""


@dataclass(frozen=True)
class CourseRead:
    """What was read about the plan for its page. `people` are those who would be told of a change."""

    plan: DosePlan
    hold: PlanHold | None
    visits: Sequence[Appointment]
    people: Sequence[Person]

    @property
    def patient(self) -> Patient:
        return self.plan.patient


def visit_label(visit: Appointment, reader: Reader) -> str:
    """Tue 24 Nov, 10:00: Maintenance 2."""
    what = visit.purpose
    return _("%(when)s: %(what)s") % {"when": reader.moment(visit.starts_at), "what": what}


def hold_page(read: CourseRead, reader: Reader, *, notices: Sequence[Line] = ()) -> CoursePage:
    """Why, until when, and each booked visit."""
    effects = [
        Line(
            _("Nothing of this plan is booked, offered or reminded of until a doctor lifts the hold."),
            "stop",
            "circle-pause",
        ),
    ]
    if read.visits:
        n = len(read.visits)
        effects.append(
            Line(
                ngettext(
                    "%(n)d booked visit lies inside the hold: say what becomes of it.",
                    "%(n)d booked visits lie inside the hold: say for each what becomes of it.",
                    n,
                )
                % {"n": n},
                icon="calendar",
            )
        )
        effects += [_told(read.people, reader, _("Of a released visit")), *_unreachable(read.people)]
    else:
        effects.append(Line(_("No visit is booked: nobody needs to be told."), icon="calendar"))
    return _page(
        read.plan.patient,
        title=_("Hold the plan"),
        summary=_summary(read, reader),
        url=reverse("desk:hold", args=[read.plan.public_id]),
        submit=_("Place the hold"),
        effects=effects,
        is_grave=True,
        notices=notices,
    )


def review_page(read: CourseRead, reader: Reader) -> CoursePage:
    """The hold stays; when it is looked at again."""
    return _page(
        read.plan.patient,
        title=_("Leave the hold, set a new review"),
        summary=_summary(read, reader),
        url=reverse("desk:review_hold", args=[read.plan.public_id]),
        submit=_("Set the review"),
        effects=[Line(_("The hold stays. On the new day it is on the worklist again."), icon="circle-pause")],
        notices=_hold_notices(read.hold, reader),
        others=[MenuLink(_("Resume the plan instead"), reverse("desk:resume", args=[read.plan.public_id]))],
    )


def resume_page(
    read: CourseRead,
    reader: Reader,
    *,
    following: Dose | None,
    dates: Sequence[DatesView],
    notices: Sequence[Line] = (),
) -> CoursePage:
    """What the label says, what would follow either way, and the choice."""
    plan = read.plan
    return _page(
        plan.patient,
        title=_("Resume the plan"),
        summary=_summary(read, reader),
        url=reverse("desk:resume", args=[plan.public_id]),
        submit=_("Lift the hold and resume"),
        effects=[
            Line(_("The plan's dates are counted again and its doses can be booked."), icon="calendar-check"),
            Line(_("Booked visits stay where they are. Nobody is told anything now."), icon="mail"),
        ],
        notices=[*notices, *_hold_notices(read.hold, reader)],
        rule=_rule(plan, following),
        dates=dates,
        others=[MenuLink(_("Leave it on hold, set a new review"), reverse("desk:review_hold", args=[plan.public_id]))],
    )


def _rule(plan: DosePlan, following: Dose | None) -> list[Line]:
    if following is None:
        return [Line(_("No dose of this plan is left to give."), "warn")]
    said = label_on_late(plan.protocol.code, following.kind, following.number_in_kind)
    if not said:
        return [Line(_("The label's text on a late dose is not on record for this protocol."), "warn", "info")]
    lines = [Line(_("If %(dose)s is late: %(rule)s") % {"dose": str(following).lower(), "rule": said[0]}, icon="info")]
    if len(said) == 1:
        return [Line(said[0], icon="info")]
    return lines + [Line(more, icon="info") for more in said[1:]]


def dates_view(
    title: Words, doses: Sequence[ProjectedDose], visits: Sequence[Appointment], reader: Reader, *, empty: Words = ""
) -> DatesView:
    """The next doses as they would be due."""
    booked = {visit.dose.sequence: reader.unit.local_date(visit.starts_at) for visit in visits if visit.dose}
    return DatesView(
        title, [_coming(dose, booked.get(dose.sequence), reader) for dose in doses[:SHOWN_COMING]], empty=empty
    )


def _coming(dose: ProjectedDose, booked_on: date | None, reader: Reader) -> ComingDose:
    target, earliest, latest = map(date.fromordinal, (dose.target, dose.earliest, dose.latest))
    return ComingDose(dose.name, target, earliest, latest, explain(dose), note=_note(dose, booked_on, reader))


def _note(dose: ProjectedDose, booked_on: date | None, reader: Reader) -> Line | None:
    if booked_on is not None:
        is_outside = not dose.earliest <= booked_on.toordinal() <= dose.latest
        words = _("Its visit is booked for %(day)s.") % {"day": reader.day(booked_on)}
        return Line(
            f"{words} {_('That is outside the window.')}" if is_outside else words, "warn" if is_outside else "plain"
        )
    if dose.previous_on is None:
        return None
    short = too_early(dose.previous_on, dose.target, dose.protocol, sequence=dose.sequence)
    if short is not None:
        values = {"n": short.days_between, "day": reader.day(date.fromordinal(short.allowed_from))}
        words = ngettext(
            "%(n)d day after the dose before it, below the minimum: it would be reached on %(day)s.",
            "%(n)d days after the dose before it, below the minimum: it would be reached on %(day)s.",
            short.days_between,
        )
        return Line(words % values, "warn", "triangle-alert")
    if dose.target < reader.today.toordinal():
        return Line(_("Overdue: as soon as possible."), "warn", "alarm-clock")
    return None


def end_page(read: CourseRead, reader: Reader, *, notices: Sequence[Line] = ()) -> CoursePage:
    """How it ends, and what is freed by it."""
    effects = [*_freed(read.visits, reader)]
    if read.visits:
        effects += [_told(read.people, reader, _("Of each")), *_unreachable(read.people)]
    effects.append(Line(_("Nothing more of this plan is booked, and no reminder is sent."), icon="mail-x"))
    if read.hold is not None:
        effects.append(Line(_("The hold is over with it."), icon="circle-pause"))
    effects.append(Line(_("If it turns out to be a mistake, a doctor can open the plan again."), icon="undo-2"))
    return _page(
        read.plan.patient,
        title=_("End the plan"),
        summary=_summary(read, reader),
        url=reverse("desk:end_plan", args=[read.plan.public_id]),
        submit=_end_words(len(read.visits)),
        effects=effects,
        is_grave=True,
        notices=notices,
    )


def _end_words(n: int) -> str:
    if not n:
        return _("End the plan")
    return ngettext("End the plan and cancel %(n)d visit", "End the plan and cancel %(n)d visits", n) % {"n": n}


def reopen_page(read: CourseRead, reader: Reader) -> CoursePage:
    """An end recorded in error."""
    return _page(
        read.plan.patient,
        title=_("Open the plan again"),
        summary=_summary(read, reader),
        url=reverse("desk:reopen_plan", args=[read.plan.public_id]),
        submit=_("Open the plan again"),
        effects=[
            Line(_("The plan is live again, on hold if it was when it ended."), icon="circle-check"),
            Line(_("Cancelled visits are not booked again: the doses go back to the doses to book."), icon="list"),
        ],
    )


def death_page(
    patient: Patient, visits: Sequence[Appointment], plans: Sequence[DosePlan], tasks: int, reader: Reader
) -> CoursePage:
    """The day, and all that ends with it."""
    names = in_words([plan.protocol.name for plan in plans])
    effects = [
        *_freed(visits, reader),
        Line(_("Nobody is told, and nothing is sent to the patient or a carer any more."), icon="mail-x"),
    ]
    if plans:
        effects.append(Line(_("%(plans)s ends.") % {"plans": names}, icon="circle-check"))
    if tasks:
        words = ngettext("%(n)d open task about the patient is closed.", "%(n)d open tasks are closed.", tasks)
        effects.append(Line(words % {"n": tasks}, icon="list"))
    effects.append(Line(_("If it turns out to be a mistake, a doctor can take it back."), icon="undo-2"))
    return _page(
        patient,
        title=_("Record a death"),
        summary="",
        url=reverse("desk:record_death", args=[patient.public_id]),
        submit=_("Record the death of %(name)s") % {"name": name_of(patient)},
        effects=effects,
        is_grave=True,
    )


def undo_death_page(
    patient: Patient, freed: Sequence[Appointment], plans: Sequence[DosePlan], reader: Reader
) -> CoursePage:
    """A death recorded in error."""
    effects = []
    if plans:
        names = in_words([plan.protocol.name for plan in plans])
        effects.append(Line(_("Live again: %(plans)s, on hold if it was.") % {"plans": names}, icon="circle-check"))
    effects.append(Line(_("The tasks that the death closed are open again."), icon="list"))
    if freed:
        words = ngettext(
            "%(n)d visit to come was cancelled and is not taken again: the worklist lists it, to book again and to "
            "tell.",
            "%(n)d visits to come were cancelled and are not taken again: the worklist lists them, to book again and "
            "to tell.",
            len(freed),
        )
        effects.append(Line(words % {"n": len(freed)}, "warn", "calendar-x"))
        effects += [Line(visit_label(visit, reader), icon="calendar") for visit in freed]
    return _page(
        patient,
        title=_("Take back a death recorded in error"),
        summary="",
        url=reverse("desk:undo_death", args=[patient.public_id]),
        submit=_("Take it back"),
        effects=effects,
    )


def _page(
    patient: Patient,
    *,
    title: Words,
    summary: Words,
    url: str,
    submit: Words,
    effects: Sequence[Line],
    is_grave: bool = False,
    notices: Sequence[Line] = (),
    rule: Sequence[Line] = (),
    dates: Sequence[DatesView] = (),
    others: Sequence[MenuLink] = (),
) -> CoursePage:
    return CoursePage(
        banner=banner(patient, patient.flags.all()),
        title=title,
        summary=summary,
        back=MenuLink(name_of(patient), patient_url(patient)),
        url=url,
        submit=submit,
        effects=effects,
        is_grave=is_grave,
        notices=notices,
        rule=rule,
        dates=dates,
        others=others,
    )


def _summary(read: CourseRead, reader: Reader) -> str:
    plan = read.plan
    return _("%(protocol)s, from %(day)s") % {"protocol": plan.protocol.name, "day": reader.day(plan.starts_on)}


def _hold_notices(hold: PlanHold | None, reader: Reader) -> list[Line]:
    if hold is None:
        return []
    words = _("On hold since %(day)s, %(name)s: %(reason)s.") % {
        "day": reader.day(hold.placed_on),
        "name": hold.placed_by_name,
        "reason": hold.reason.rstrip("."),
    }
    return [Line(words, "stop", "circle-pause")]


def _freed(visits: Sequence[Appointment], reader: Reader) -> Iterable[Line]:
    if not visits:
        yield Line(_("No visit is booked."), icon="calendar")
        return
    n = len(visits)
    words = ngettext(
        "%(n)d visit is cancelled and its place free:", "%(n)d visits are cancelled and their places free:", n
    )
    yield Line(words % {"n": n}, "stop", "calendar-x")
    for visit in visits:
        yield Line(visit_label(visit, reader), icon="calendar")


def _told(people: Sequence[Person], reader: Reader, of_what: str) -> Line:
    names = [person.name for person in people if person.address]
    if not names:
        return Line(_("Nobody can be e-mailed: ring, or write."), "warn", "mail-x")
    values = {"what": of_what, "names": in_words(names), "n": reader.unit.undo_seconds}
    return Line(_("%(what)s, %(names)s will be told, %(n)d s after.") % values, icon="mail")


def _unreachable(people: Sequence[Person]) -> list[Line]:
    return [Line(f"{person.name}: {person.why_not}", "warn", "mail-x") for person in people if person.why_not]
