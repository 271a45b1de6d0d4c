"""What the field in the top bar finds while somebody types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.presenters.people import namesake_words, patient_url
from desk.presenters.reader import Reader
from desk.selectors import PatientHit
from desk.viewmodels import Hit, Hits
from patients.selectors import COUNTED

MOST = 8
SHORTEST = 2
"""With one letter half the unit is found."""


def hits_found(hits: Sequence[PatientHit], total: int, reader: Reader, *, query: str) -> Hits:
    """Those who fit, then those with a like name, as far as they are shown; `total` is how many there are in all."""
    if len(query) < SHORTEST:
        return Hits("")
    if not hits:
        nobody = _("Nobody fits that, and no name is spelled like it. Try fewer letters, a number, or a birthday.")
        return Hits(nobody, nobody=nobody)
    nothing_booked = _("no visit booked")
    near = [_hit(hit, reader, nothing_booked) for hit in hits if hit.patient.is_near]
    exact = [_hit(hit, reader, nothing_booked) for hit in hits if not hit.patient.is_near]
    return Hits(_status(len(exact), len(near), total), exact, near, _all(total) if total > len(hits) else "")


def _status(exact: int, near: int, total: int) -> str:
    if total == COUNTED:
        return _("More than %(total)d found, the first %(n)d are shown") % {"total": total - 1, "n": exact + near}
    if total > exact + near:
        return _("%(total)d found, the first %(n)d are shown") % {"total": total, "n": exact + near}
    found = ngettext("%(n)d found", "%(n)d found", exact) % {"n": exact} if exact else _("Nobody fits exactly")
    if not near:
        return found
    return _("%(found)s, %(n)d of similar spelling") % {"found": found, "n": near}


def _all(total: int) -> str:
    if total == COUNTED:
        return _("More than %(n)d in the list") % {"n": total - 1}
    return _("All %(n)d in the list") % {"n": total}


def _hit(hit: PatientHit, reader: Reader, nothing_booked: str) -> Hit:
    patient = hit.patient
    next_text, died = nothing_booked, patient.deceased_at
    if patient.next_visit_at is not None:
        there = replace(reader, unit=hit.unit)
        next_text = _("next visit %(when)s") % {"when": there.moment(patient.next_visit_at)}
    return Hit(
        key=str(patient.public_id),
        url=patient_url(patient),
        family_name=patient.family_name,
        given_name=patient.given_name,
        birth_date=patient.birth_date,
        nhs_number=patient.nhs_number or "",
        hospital_number=patient.hospital_number,
        unit=hit.unit.name,
        next_text="" if died else next_text,
        alike=namesake_words(hit.namesakes),
        died_on=hit.unit.local_date(died) if died else None,
    )
