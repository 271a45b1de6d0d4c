"""Who somebody is, wherever a page names them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from uuid import UUID

from django.urls import get_script_prefix, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.templatetags.clinic_ui import nhs_number, short_date
from desk.viewmodels import Banner, FlagLine
from patients.models import Carer, Flag, Patient, WorklistItem
from patients.selectors import Found, Namesake, namesakes_of

FLAG_ICONS: Mapping[str, str] = MappingProxyType(
    {
        Flag.Code.LARGE_PRINT: "a-large-small",
        Flag.Code.EASY_READ: "eye",
        Flag.Code.INTERPRETER: "languages",
        Flag.Code.BSL: "languages",
        Flag.Code.TRANSPORT: "map-pin",
        Flag.Code.COMMUNICATION_AID: "volume-2",
        Flag.Code.CARER_ATTENDS: "users",
    }
)


def name_of(patient: Patient) -> str:
    """Surname, forename: as lists and cards say it."""
    return f"{patient.family_name}, {patient.given_name}"


def patient_url(patient: Patient | Found) -> str:
    return _patient_url(get_script_prefix()).replace(str(_ANYBODY), str(patient.public_id))


_ANYBODY = UUID(int=0)


@cache
def _patient_url(_script_prefix: str) -> str:
    """Anybody's, composed once: a list says it a hundred times, and composing takes longer than reading the row."""
    return reverse("desk:patient", args=[_ANYBODY])


def flag_lines(flags: Iterable[Flag], kind: str) -> tuple[FlagLine, ...]:
    """The flags of one kind as the banner shows them."""
    return tuple(FlagLine(flag.text, FLAG_ICONS.get(flag.code, "")) for flag in flags if flag.kind == kind)


def identity_lines(patient: Patient) -> list[str]:
    """What tells the patient from another of that name: on paper, where nothing can be opened."""
    lines = [_("born %(on)s") % {"on": short_date(patient.birth_date)}]
    if patient.nhs_number:
        lines.append(_("NHS %(number)s") % {"number": nhs_number(patient.nhs_number)})
    return [*lines, _("Hospital %(number)s") % {"number": patient.hospital_number}]


def telephone_lines(patient: Patient) -> list[str]:
    """Whom to ring and under which number, the patient first; their carers are read with them."""
    no_number = _("no telephone on record")
    own = _("Patient: %(number)s") % {"number": patient.phone or no_number}
    return [own, *(f"{carer}: {carer.phone or no_number}" for carer in patient.carers.all())]


def escalation_lines(items: Iterable[WorklistItem]) -> tuple[FlagLine, ...]:
    """Red flags that no doctor has dealt with yet, as alerts of the banner."""
    return tuple(FlagLine(item.title, "flag") for item in items)


NAMED = 2
"""So many namesakes are named; of more it is said that there are more."""


def namesake_words(namesakes: Sequence[Namesake]) -> str:
    """Whom the patient might be taken for; empty for nobody."""
    if not namesakes:
        return ""
    pattern = _("%(name)s, born %(on)s")
    named = [
        pattern % {"name": f"{each.given_name} {each.family_name}".strip(), "on": short_date(each.birth_date)}
        for each in namesakes[:NAMED]
    ]
    if len(namesakes) == 1:
        return _("Another patient is called %(one)s") % {"one": named[0]}
    more = len(namesakes) - len(named)
    if more:
        named.append(ngettext("and %(n)d more", "and %(n)d more", more) % {"n": more})
    return _("Other patients have a like name: %(names)s") % {"names": "; ".join(named)}


def namesake_lines(patient: Patient) -> tuple[FlagLine, ...]:
    """The warning of the banner that somebody else in the unit has a like name, or surname and birthday."""
    words = namesake_words(namesakes_of([patient])[patient.pk])
    return (FlagLine(words, "users"),) if words else ()


def banner(patient: Patient, flags: Iterable[Flag], *, note: str = "", alerts: tuple[FlagLine, ...] = ()) -> Banner:
    """The identity banner; leads to the patient's page. `alerts` come before those on record.

    Two queries, for whom the patient might be taken: asked here, so that no page with a banner can forget to warn.
    """
    shown = tuple(flags)
    return Banner(
        family_name=patient.family_name,
        given_name=patient.given_name,
        birth_date=patient.birth_date,
        nhs_number=patient.nhs_number or "",
        hospital_number=patient.hospital_number,
        alerts=(*alerts, *namesake_lines(patient), *flag_lines(shown, Flag.Kind.ALERT)),
        needs=flag_lines(shown, Flag.Kind.NEED),
        note=note,
        url=patient_url(patient),
        died_on=patient.unit.local_date(patient.deceased_at) if patient.deceased_at else None,
    )


def banner_note(patient: Patient, carers: Iterable[Carer]) -> str:
    """Sex and who looks after them, under the name of the full banner."""
    named = [str(carer) for carer in carers]
    sex = "" if patient.sex == Patient.Sex.UNKNOWN else str(patient.get_sex_display())
    cared_for = _("cared for by %(names)s") % {"names": ", ".join(named)} if named else ""
    note = ", ".join(part for part in (sex, cared_for) if part)
    return note[:1].upper() + note[1:]
