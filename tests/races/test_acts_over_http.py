"""Acts on a dose and a plan at the same moment, against several server processes: one truth afterwards, no deadlock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from doseplans.models import Administration, Dose, FollowUp
from patients.models import Patient
from scheduling.models import Appointment, AppointmentEvent, MoveProposal
from tests.races.arena import Arena, Client, at_once, dose_id, statuses
from tests.ward import live, next_dose

pytestmark = pytest.mark.race

API = "/api/v1/"
BOOK = f"{API}appointments/"
CLIENTS, ROUNDS = 8, 6


def clients_of(arena: Arena, who: str, count: int = CLIENTS) -> list[Client]:
    return [Client(arena.web.address, getattr(arena.ward.cast, who)) for _ in range(count)]


def arrived(arena: Arena) -> Appointment:
    """A visit of now whose patient is here, for a dose due today."""
    dose = next_dose(arena.patient(due=arena.ward.unit.today()))
    now = timezone.now()
    return Appointment.objects.create(
        unit=arena.ward.unit,
        patient=dose.plan.patient,
        dose=dose,
        status=Appointment.Status.ARRIVED,
        starts_at=now,
        ends_at=now + timedelta(hours=4),
        arrived_at=now,
        dtstamp=now,
        booked_at=now,
    )


def records(given_at: str, count: int = CLIENTS) -> list[dict[str, Any]]:
    """What each writes down, told apart by the lot."""
    return [
        {"given_at": given_at, "lot": f"TF{number}", "dose_amount": "100", "operator_name": "Dr Malik"}
        for number in range(count)
    ]


def test_one_dose_is_recorded_as_given_once(arena: Arena) -> None:
    nurses = clients_of(arena, "nurse")
    for _ in range(ROUNDS):
        visit = arrived(arena)
        path, bodies = f"{BOOK}{visit.public_id}/administration/", records(visit.starts_at.isoformat())
        answers = at_once([partial(one.post, path, body) for one, body in zip(nurses, bodies, strict=True)])
        assert statuses(answers) == {201: 1, 409: CLIENTS - 1}
        assert {answer.code for answer in answers if answer.status == 409} == {"not_in_that_state"}
        winner = next(number for number, answer in enumerate(answers) if answer.status == 201)
        assert Administration.objects.get(dose=visit.dose).lot == f"TF{winner}"
        assert FollowUp.objects.filter(administration__dose=visit.dose).count() == 2
        assert AppointmentEvent.objects.filter(appointment=visit, kind="given").count() == 1
    assert arena.deadlocks() == 0


def test_an_invite_asked_for_again_by_many_goes_once(arena: Arena) -> None:
    patient = arena.patient()
    patient.email = "again@example.org"
    patient.save()
    begins = timezone.now() + timedelta(days=5)
    visit = Appointment.objects.create(
        unit=arena.ward.unit,
        patient=patient,
        dose=next_dose(patient),
        starts_at=begins,
        ends_at=begins + timedelta(hours=4),
        dtstamp=timezone.now(),
        booked_at=timezone.now(),
    )
    path = f"{BOOK}{visit.public_id}/send-again/"
    answers = at_once([partial(one.post, path, {"version": 1}) for one in clients_of(arena, "nurse")])
    assert statuses(answers) == {200: 1, 409: CLIENTS - 1}
    assert {answer.code for answer in answers if answer.status == 409} == {"stale_page"}
    assert AppointmentEvent.objects.filter(appointment=visit, kind="told_again").count() == 1


def test_a_record_put_right_by_many_stands_once_and_every_version_is_kept(arena: Arena) -> None:
    nurses = clients_of(arena, "nurse")
    dose = Dose.objects.get(plan__patient=arena.patient(), sequence=4)
    given = dose.administrations.get()
    bodies = [{**body, "reason": "Wrong lot"} for body in records(given.given_at.isoformat())]
    path = f"{API}doses/{dose.public_id}/correct/"
    answers = at_once([partial(one.post, path, body) for one, body in zip(nurses, bodies, strict=True)])
    assert statuses(answers) == {200: CLIENTS}
    versions = Administration.objects.filter(dose=dose)
    assert versions.filter(is_entered_in_error=False).count() == 1
    assert sorted(versions.values_list("lot", flat=True)) == ["", *(f"TF{number}" for number in range(CLIENTS))]
    assert arena.deadlocks() == 0


def holding(arena: Arena, patient: Patient) -> tuple[str, str, dict[str, Any]]:
    body = {"reason": "Fever", "review_on": (arena.day + timedelta(days=7)).isoformat(), "visits": []}
    return "doctor", f"{API}plans/{patient.plans.get().public_id}/hold/", body


def ending(arena: Arena, patient: Patient) -> tuple[str, str, dict[str, Any]]:
    body = {"reason": "stopped", "on": arena.ward.unit.today().isoformat()}
    return "doctor", f"{API}plans/{patient.plans.get().public_id}/end/", body


def dying(arena: Arena, patient: Patient) -> tuple[str, str, dict[str, Any]]:
    return "nurse", f"{API}patients/{patient.public_id}/death/", {"died_on": arena.ward.unit.today().isoformat()}


@pytest.mark.parametrize("stopping", [holding, ending, dying])
def test_nothing_stays_booked_in_a_plan_that_stops_at_the_same_moment(
    arena: Arena, stopping: Callable[[Arena, Patient], tuple[str, str, dict[str, Any]]]
) -> None:
    wanted = arena.ward.wanted(arena.day, "09:00")
    for round_ in range(ROUNDS):
        patient = arena.patient()
        who, path, body = stopping(arena, patient)
        [stopper], [booker] = clients_of(arena, who, 1), clients_of(arena, "coordinator", 1)
        acts = [
            partial(stopper.post, path, body),
            partial(booker.post, BOOK, arena.booking(dose_id(patient), wanted)),
        ]
        answers = at_once(acts if round_ % 2 else acts[::-1])
        stopped, booked = answers if round_ % 2 else answers[::-1]
        if stopped.status == 200:
            assert (booked.status, booked.code) in {(201, ""), (422, "plan_on_hold"), (422, "plan_ended")}, booked
            assert live(patient) == []
        else:  # it was booked first, and whoever stops the plan is to look at the visit
            assert (stopped.status, stopped.code) == (409, "stale_page")
            assert booked.status == 201
            assert len(live(patient)) == 1
            coordinator = clients_of(arena, "coordinator", 1)[0]
            assert coordinator.post(f"{BOOK}{booked.body['id']}/cancel/", {"cancelled_by": "unit"}).status == 200
    assert arena.deadlocks() == 0


def proposed(arena: Arena, doctor: Client) -> tuple[UUID, int]:
    """A booked visit that a day set by a doctor leaves outside its window, and its version."""
    patient, [coordinator] = arena.patient(), clients_of(arena, "coordinator", 1)
    booking = coordinator.post(BOOK, arena.booking(dose_id(patient), arena.ward.wanted(arena.day, "09:00")))
    assert booking.status == 201, booking.sentence
    on = (arena.day + timedelta(days=10)).isoformat()
    path = f"{API}doses/{booking.body['dose']['id']}/set-date/"
    changed = doctor.post(path, {"on": on, "reason": "After the MRI"})
    assert len(changed.body["proposals"]) == 1, changed.sentence
    return UUID(booking.body["id"]), booking.body["version"]


def test_a_proposal_is_accepted_once(arena: Arena) -> None:
    [doctor], movers = clients_of(arena, "doctor", 1), clients_of(arena, "coordinator", 2)
    for round_ in range(ROUNDS):
        visit_id, version = proposed(arena, doctor)
        on = arena.day + timedelta(days=10 + round_ % 3)
        slots = [arena.ward.wanted(on, f"{9 + 4 * number:02}:00", room=number, operator=number) for number in (0, 1)]
        answers = at_once(
            [
                partial(one.post, f"{BOOK}{visit_id}/move/", {**arena.choice(slot), "version": version})
                for one, slot in zip(movers, slots, strict=True)
            ]
        )
        assert statuses(answers) == {200: 1, 409: 1}
        assert {answer.code for answer in answers if answer.status == 409} == {"stale_page"}
        visit = Appointment.objects.get(public_id=visit_id)
        assert MoveProposal.objects.get(appointment=visit).state == "moved"
        assert visit.ical_sequence == 1
        assert AppointmentEvent.objects.filter(appointment=visit, kind="moved").count() == 1
        assert movers[0].post(f"{BOOK}{visit_id}/cancel/", {"cancelled_by": "unit"}).status == 200
    assert arena.deadlocks() == 0
