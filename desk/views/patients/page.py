"""Patients: found by name, number or date of birth; and one patient's page."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django_htmx.http import replace_url

from desk.pages import StaffRequest, action, form_page, page, stay_in
from desk.presenters.listing import address, bounds, page_number
from desk.presenters.patients.finding import MOST, SHORTEST, hits_found
from desk.presenters.patients.found import SHOWN, SORTS, patients_page
from desk.presenters.patients.page import PatientRead, patient_page
from desk.presenters.patients.plan import PlanRead
from desk.presenters.patients.purposes import purpose_of
from desk.selectors import PatientHit, events_of, next_visit, patient_hits, patient_lines
from desk.views.visits.showing import reader_of
from doseplans.selectors import line_of, plans_for_patient
from patients.models import Patient
from patients.selectors import (
    access_entries_of,
    antithrombotics_of,
    authorisations_of,
    carers_of,
    checks_of,
    consents_of,
    escalations_of,
    patient_by_public_id,
)
from patients.services import record_access
from reminders.selectors import messages_of_patient
from reminders.services.links import live_feeds, live_links
from scheduling.models import Appointment
from scheduling.selectors.aftercare import follow_ups_of, open_items_of_follow_ups
from scheduling.selectors.appointments import visits_of
from scheduling.selectors.notes import notes_of_patient
from scheduling.selectors.operators import only_operators
from scheduling.selectors.records import acts_on_record
from units.policy import Act

QUERY = "patients_found_by"
"""Where the session keeps what was typed: a name belongs in no address, since addresses are logged and bookmarked."""

LONGEST_QUERY = 100
LAST_LOOKS = 100
LAST_ASKED = 6


@form_page(Act.VIEW_PATIENTS)
def patients(request: StaffRequest) -> HttpResponse:
    """The unit's patients. What is typed is posted; `?found=1` shows what it found, also after going back to it."""
    if request.method == "POST":
        request.session[QUERY] = request.POST.get("q", "").replace("\0", "").strip()[:LONGEST_QUERY]
        query = request.session[QUERY]
        url = address(request.path, {"for": _purpose(request)}, found="1" if query else None)
        return replace_url(_show(request, query), url) if request.htmx else redirect(url)
    return _show(request, request.session.get(QUERY, "") if request.GET.get("found") else "")


@action(Act.VIEW_PATIENTS, page_of_it=lambda: reverse("desk:patients"))
def find(request: StaffRequest) -> HttpResponse:
    """Who may be meant by what is being typed in the top bar; kept nowhere. A part of a page, without its frame."""
    query = request.POST.get("q", "").replace("\0", "").strip()[:LONGEST_QUERY]
    hits: Sequence[PatientHit] = ()
    total = 0
    if len(query) >= SHORTEST:
        hits, total = patient_hits(request.actor, at=request.at, search=query, most=MOST)
    found = hits_found(hits, total, reader_of(request), query=query)
    return HttpResponse(render_to_string("components/found.html", {"found": found, "today": reader_of(request).today}))


def _purpose(request: StaffRequest) -> str:
    """What a patient is looked for, where the address says it and the actor may do it."""
    purpose = purpose_of(request.GET.get("for", ""), reader_of(request))
    return purpose.key if purpose else ""


def _show(request: StaffRequest, query: str) -> HttpResponse:
    show, sort = request.GET.get("show", ""), request.GET.get("sort", "")
    show, sort = show if show in SHOWN else "", sort if sort in SORTS else ""
    number = page_number(request.GET.get("page", ""))
    lines = patient_lines(
        request.actor,
        unit=request.unit,
        at=request.at,
        search=query,
        show=show,
        by_visit=sort == "visit",
        bounds=lambda total: slice(*bounds(total, number)),
    )
    kept = {"found": "1" if query else "", "show": show, "sort": sort, "for": _purpose(request)}
    listed = patients_page(lines, reader_of(request), query=query, show=show, sort=sort, number=number, kept=kept)
    return render(request, "desk/patients/found.html", {"page": listed})


@page(Act.VIEW_PATIENTS)
def patient(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """One patient's record; that it was opened is on record too."""
    found = patient_by_public_id(request.actor, patient_id)
    stay_in(request, found.unit)
    record_access(request.actor, patient=found, page="patient")
    read = _read(request, found)
    shown = patient_page(read, reader_of(request), all_doses=request.GET.get("doses") == "all")
    return render(request, "desk/patients/page.html", {"page": shown})


def _read(request: StaffRequest, found: Patient) -> PatientRead:
    actor = request.actor
    visits = list(visits_of(actor, found).prefetch_related("responses"))
    return PatientRead(
        patient=found,
        flags=list(found.flags.all()),
        carers=list(carers_of(actor, found)),
        consents=list(consents_of(actor, found)),
        authorisations=list(authorisations_of(actor, found)),
        checks=list(checks_of(actor, found)),
        antithrombotics=list(antithrombotics_of(actor, found)),
        plans=_plans(request, found, visits),
        visits=visits,
        messages=messages_of_patient(actor, found.public_id),
        events=events_of(actor, found),
        acts=acts_on_record(actor, found),
        looked=list(access_entries_of(actor, found)[:LAST_LOOKS]),
        escalations=list(escalations_of(actor, found)),
        follow_ups=list(follow_ups_of(actor, found)[:LAST_ASKED]),
        follow_up_items=open_items_of_follow_ups(actor, found),
        links=live_links(actor, found) if actor.may(Act.VIEW_MESSAGES, found.unit_id) else (),
        notes=list(notes_of_patient(actor, found)),
        feeds=live_feeds(actor, found) if actor.may(Act.VIEW_MESSAGES, found.unit_id) else (),
        next_visit=next_visit(actor, found, at=request.at),
    )


def _plans(request: StaffRequest, found: Patient, visits: Sequence[Appointment]) -> list[PlanRead]:
    today = request.unit.local_date(request.at)
    live = {visit.dose_id: visit for visit in visits if visit.is_live and visit.dose_id is not None}
    plans = []
    known = list(plans_for_patient(request.actor, patient_id=found.public_id))
    only = only_operators(request.actor, known)
    for plan in known:
        booked = {
            visit.dose.sequence: visit.unit.local_date(visit.starts_at)
            for visit in live.values()
            if visit.dose is not None and visit.dose.plan_id == plan.pk
        }
        line = line_of(plan, expected=booked, on=today)
        hold = next(iter(plan.standing_holds), None)  # type: ignore[attr-defined]  # prefetched by the selector
        operator = only.get(plan.pk)
        plans.append(PlanRead(plan, line, hold, live, operator.name if operator else ""))
    return plans
