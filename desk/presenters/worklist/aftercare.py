"""What is asked after a dose, and a red flag recorded: words for their pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.looks import Badge, badge_for
from desk.presenters.people import banner, escalation_lines, name_of, patient_url
from desk.presenters.reader import Reader
from desk.viewmodels import Line, MenuLink
from desk.viewmodels.aftercare import Asked
from desk.viewmodels.courses import CoursePage
from doseplans.models import DosePlan, FollowUp
from doseplans.red_flags import red_flags_in_words
from patients.models import Patient, WorklistItem
from scheduling.models import Appointment
from scheduling.services.day.aftercare import Escalated
from units.policy import Act


def asked_rows(follow_ups: Iterable[FollowUp], items: Mapping[str, WorklistItem], reader: Reader) -> list[Asked]:
    """The askings of a patient, with a link to those that wait; `items` are open worklist items by follow-up."""
    return [_asked(one, items.get(str(one.public_id)), reader) for one in follow_ups]


def _asked(follow_up: FollowUp, item: WorklistItem | None, reader: Reader) -> Asked:
    dose = follow_up.administration.dose
    title = _("%(kind)s, %(dose)s") % {"kind": follow_up.get_kind_display(), "dose": str(dose).lower()}
    if follow_up.done_at is not None:
        when = _("%(when)s, %(name)s") % {"when": reader.moment(follow_up.done_at), "name": follow_up.done_by_name}
        detail = f"{when}. {follow_up.note}" if follow_up.note else when
        words = red_flags_in_words(follow_up.red_flags)
        badge = Badge("stop", "flag", _("Red flag: %(words)s") % {"words": words}) if words else _fine()
        return Asked(title, detail, badge)
    due = _("%(first)s to %(last)s") % {
        "first": reader.moment(follow_up.due_from),
        "last": reader.moment(follow_up.due_by),
    }
    if follow_up.kind == FollowUp.Kind.CHECK:
        due = reader.day(follow_up.due_from)
    detail = f"{due}. {follow_up.note}" if follow_up.note else due
    can_answer = item is not None and reader.may(Act.WORK_WORKLIST)
    url = reverse("desk:task", args=[item.public_id]) if item is not None and can_answer else ""
    badge = _waiting(follow_up, reader) if item is not None else badge_for("withdrawn", _("Not asked any more"))
    return Asked(title, detail, badge, url)


def _fine() -> Badge:
    return Badge("ok", "circle-check", _("No red flag"))


def _waiting(follow_up: FollowUp, reader: Reader) -> Badge:
    if follow_up.due_from > reader.at:
        return Badge("booked", "clock", _("To come"))
    if follow_up.due_by > reader.at:
        return Badge("action", "phone", _("Due"))
    return Badge("warn", "alarm-clock", _("Overdue"))


def red_flag_page(
    patient: Patient,
    plans: Sequence[DosePlan],
    visits: Sequence[Appointment],
    escalations: Sequence[WorklistItem],
    *,
    held: int,
) -> CoursePage:
    """Which flag; the hold and the escalation are said before the button. `held` of the plans are on hold already."""
    effects = [Line(_("A doctor is asked at once: it stands on top of the worklist."), "stop", "flag")]
    free = len(plans) - held
    if free:
        words = ngettext("The plan goes on hold.", "%(n)d plans go on hold.", free) % {"n": free}
        effects.append(Line(_("%(words)s Nothing more of it is booked.") % {"words": words}, "stop", "circle-pause"))
    elif held:
        effects.append(Line(_("The plan is on hold already, and stays so."), icon="circle-pause"))
    if visits:
        words = ngettext(
            "%(n)d booked visit stays as it is until the doctor decides.",
            "%(n)d booked visits stay as they are until the doctor decides.",
            len(visits),
        )
        effects.append(Line(words % {"n": len(visits)}, icon="calendar"))
    effects.append(Line(_("The patient is told nothing by this."), icon="mail-x"))
    return CoursePage(
        banner=banner(patient, patient.flags.all(), alerts=escalation_lines(escalations)),
        title=_("Record a red flag"),
        summary="",
        back=MenuLink(name_of(patient), patient_url(patient)),
        url=reverse("desk:red_flag", args=[patient.public_id]),
        submit=_("Record it and ask a doctor"),
        effects=effects,
        is_grave=True,
    )


def escalated_words(patient: Patient, escalated: Escalated) -> str:
    """What was set going."""
    words = [_("Red flag recorded: %(name)s.") % {"name": name_of(patient)}]
    words.append(_("The plan is on hold.") if escalated.holds else "")
    if escalated.kept:
        n = len(escalated.kept)
        kept = ngettext("%(n)d booked visit stays for now.", "%(n)d booked visits stay for now.", n)
        words.append(kept % {"n": n})
    words.append(_("A doctor is asked on the worklist: ring one as well."))
    return " ".join(part for part in words if part)
