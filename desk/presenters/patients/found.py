"""The patients of the unit, as found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.looks import Badge, badge_for
from desk.presenters.listing import address, pager
from desk.presenters.patients.purposes import purpose_of, purpose_url
from desk.presenters.people import name_of, namesake_words, patient_url
from desk.presenters.reader import Reader
from desk.selectors import PatientLine, PatientLines
from desk.viewmodels import Action, Chip, Choice, Empty, PatientRow, PatientsPage
from units.policy import Act

SHOWN = ("", "held", "unplanned")
SORTS = ("", "visit")


def patients_page(
    lines: PatientLines, reader: Reader, *, query: str, show: str, sort: str, number: int, kept: Mapping[str, str]
) -> PatientsPage:
    """The list; `query` is what was typed, and never part of an address. `kept` may name what it is looked through for.

    Then each row leads to that and not to the record.
    """
    path = reverse("desk:patients")
    purpose = purpose_of(kept.get("for", ""), reader)
    search_url = purpose_url(purpose) if purpose else path
    chips = (
        ("", _("All"), lines.total),
        ("held", _("On hold"), lines.held),
        ("unplanned", _("No plan"), lines.unplanned),
    )
    sorts = (("", _("name")), ("visit", _("next visit")))
    return PatientsPage(
        summary=_summary(lines, query),
        query=query,
        search_url=search_url,
        title=purpose.title if purpose else _("Patients"),
        chips=[
            Chip(label, address(path, kept, show=key, page=None), count, is_current=key == show)
            for key, label, count in chips
        ],
        sorts=[Choice(label, address(path, kept, sort=key, page=None), key == sort) for key, label in sorts],
        rows=[
            replace(row, url=reverse(purpose.page, args=[row.key])) if purpose else row for row in _rows(lines, reader)
        ],
        pager=pager(lines.found, number, path, kept),
        actions=[Action(_("Back to today"), reverse("desk:today"), icon="arrow-left")] if purpose else _actions(reader),
        empty=None if lines.lines else _empty(lines, query, search_url, reader),
    )


def _summary(lines: PatientLines, query: str) -> str:
    if lines.near and query:
        fitting = lines.total - lines.near
        fit = ngettext("%(n)d fits what you typed", "%(n)d fit what you typed", fitting) % {"n": fitting}
        near = ngettext("%(n)d is spelled like it", "%(n)d are spelled like it", lines.near) % {"n": lines.near}
        return _("%(fit)s, %(near)s") % {"fit": fit, "near": near} if fitting else near[:1].upper() + near[1:]
    if query:
        return ngettext("%(n)d fits what you typed", "%(n)d fit what you typed", lines.found) % {"n": lines.found}
    return ngettext("%(n)d patient", "%(n)d patients", lines.found) % {"n": lines.found}


def _actions(reader: Reader) -> list[Action]:
    actions = []
    if reader.may(Act.EDIT_PATIENTS):
        actions.append(Action(_("Add a patient"), reverse("desk:add_patient"), icon="plus"))
    if reader.may(Act.IMPORT_PATIENTS):
        actions.append(Action(_("Import patients"), reverse("desk:import_patients"), icon="clipboard-list"))
    return actions


def _empty(lines: PatientLines, query: str, path: str, reader: Reader) -> Empty:
    if query:
        return Empty(
            _("Nobody here fits that. Try fewer letters, the NHS number, or a date of birth such as 2/7/1971."),
            Action(_("Show all"), path),
        )
    if lines.total:
        return Empty(_("Nobody here at the moment."), Action(_("Show all"), path))
    return nobody_on_record(reader)


def nobody_on_record(reader: Reader) -> Empty:
    """What a unit begins with, and who brings its patients in."""
    actions = _actions(reader)
    action = actions[-1] if actions else None
    if reader.may(Act.IMPORT_PATIENTS):
        return Empty(_("No patient is on record in this unit yet."), action)
    return Empty(_("No patient is on record in this unit yet. A coordinator brings in the ward's list."), action)


def _rows(lines: PatientLines, reader: Reader) -> Iterator[PatientRow]:
    """The rows; a heading stands above the first of those whose names are only like what was typed."""
    is_near = False
    for line in lines.lines:
        heading = _("Similar spelling") if line.is_near and not is_near else ""
        is_near = line.is_near
        yield patient_row(line, reader, heading)


def patient_row(line: PatientLine, reader: Reader, heading: str = "") -> PatientRow:
    """One patient with the plan that counts and what comes next, by the clock of their own unit."""
    patient = line.patient
    unit = "" if patient.unit_id == reader.unit.pk else patient.unit.name
    reader = replace(reader, unit=patient.unit)
    return PatientRow(
        key=str(patient.public_id),
        url=patient_url(patient),
        name=name_of(patient),
        birth_date=patient.birth_date,
        nhs_number=patient.nhs_number or "",
        hospital_number=patient.hospital_number,
        plan=line.plan.protocol.name if line.plan else _("No plan"),
        plan_note=ngettext("%(n)d given", "%(n)d given", line.given) % {"n": line.given} if line.plan else "",
        badge=_badge(line),
        next_text=_next(line, reader),
        next_note=_next_note(line, reader),
        unit=unit,
        alike=namesake_words(line.namesakes),
        heading=heading,
    )


def _badge(line: PatientLine) -> Badge:
    if line.patient.deceased_at is not None:
        return badge_for("ended", _("Died"))
    if line.is_held:
        return badge_for("hold")
    if line.plan is None:
        return badge_for("none", _("No plan"))
    if line.plan.ended_on is not None:
        return badge_for("ended", str(line.plan.get_end_reason_display()))
    return badge_for("active")


def _next(line: PatientLine, reader: Reader) -> str:
    if line.next_visit_at is not None:
        return reader.moment(line.next_visit_at)
    if line.next_due_on is not None:
        return _("Due %(day)s") % {"day": reader.day(line.next_due_on)}
    return ""


def _next_note(line: PatientLine, reader: Reader) -> str:
    if line.next_visit_at is not None:
        return reader.relative(line.next_visit_at)
    return _("no visit yet") if line.next_due_on is not None else ""
