"""A patient's needs, times that do not suit, and carers as rows, each with a button that takes it off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.urls import reverse
from django.utils.translation import gettext as _

from desk.looks import Badge
from desk.viewmodels import Action
from desk.viewmodels.papers import PaperRow
from patients.models import Carer, Flag, NoGoTime, Patient
from scheduling.selectors.errands import Allowance


def need_rows(patient: Patient, flags: Iterable[Flag], allowances: Mapping[str, Allowance]) -> list[PaperRow]:
    """What the banner says, with what it adds to a visit here."""
    return [
        PaperRow(
            title=flag.text,
            detail=_adds(allowances.get(flag.code)) or _code_of(flag),
            badge=_kind(flag),
            acts=[_off("needs", patient, flag.pk, flag.text)],
        )
        for flag in flags
    ]


def _code_of(flag: Flag) -> str:
    """What the code says beyond the words of the flag itself."""
    code = str(flag.get_code_display())
    return "" if code == flag.text else code


def _kind(flag: Flag) -> Badge:
    if flag.kind == Flag.Kind.ALERT:
        return Badge("warn", "triangle-alert", str(flag.get_kind_display()))
    return Badge("booked", "accessibility", str(flag.get_kind_display()))


def _adds(allowance: Allowance | None) -> str:
    if allowance is None:
        return ""
    parts = [_("%(n)d min more before") % {"n": allowance.minutes_before} if allowance.minutes_before else ""]
    parts.append(_("%(n)d min more after") % {"n": allowance.minutes_after} if allowance.minutes_after else "")
    parts.append(_("needs an assistant") if allowance.needs_assistant else "")
    parts.append(_("%(n)d h of notice") % {"n": allowance.notice_hours} if allowance.notice_hours else "")
    said = [part for part in parts if part]
    return _("%(what)s (local policy)") % {"what": ", ".join(said)} if said else ""


def no_go_rows(patient: Patient, times: Iterable[NoGoTime]) -> list[PaperRow]:
    """When the patient had better not be in the unit, in words."""
    return [
        PaperRow(
            title=one.words,
            detail=_when(one),
            badge=Badge("booked", "ban", _("Does not suit")),
            acts=[_off("no_go", patient, one.pk, one.words)],
        )
        for one in times
    ]


def _when(one: NoGoTime) -> str:
    """Mon, Thu, from 15:30, until 24/12/2026."""
    parts = [", ".join(str(NoGoTime.Weekday(day).label)[:3] for day in one.weekdays)]
    clocks = {
        "from": f"{one.starts_at:%H:%M}" if one.starts_at else "",
        "to": f"{one.ends_at:%H:%M}" if one.ends_at else "",
    }
    if one.starts_at and one.ends_at:
        parts.append(_("%(from)s to %(to)s") % clocks)
    elif one.starts_at:
        parts.append(_("from %(from)s") % clocks)
    elif one.ends_at:
        parts.append(_("until %(to)s") % clocks)
    parts.append(_("as of %(day)s") % {"day": f"{one.since:%d/%m/%Y}"} if one.since else "")
    parts.append(_("up to %(day)s") % {"day": f"{one.until:%d/%m/%Y}"} if one.until else "")
    return ", ".join(part for part in parts if part)


def carer_rows(patient: Patient, carers: Iterable[Carer]) -> list[PaperRow]:
    """Who looks after the patient, and whether they are told."""
    return [
        PaperRow(
            title=str(carer),
            detail=", ".join(part for part in (str(carer.phone or ""), carer.email) if part),
            badge=Badge("ok", "mail-check", _("Gets invites"))
            if carer.receives_invites
            else Badge("booked", "mail-x", _("Is not told")),
            acts=[_off("carers", patient, carer.pk, carer.name)],
        )
        for carer in carers
    ]


def _off(page: str, patient: Patient, key: int, about: str) -> Action:
    url = reverse(f"desk:{page}", args=[patient.public_id])
    return Action(_("Take off"), url, "post", fields=(("row", str(key)),), about=about)
