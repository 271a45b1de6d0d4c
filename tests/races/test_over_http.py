"""Races over HTTP against several server processes: exactly one winner, everybody else told why, no deadlock."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from itertools import product

import pytest

from doseplans.models import Dose, DosePlan, Protocol
from scheduling.models import Allocation, Appointment
from tests.races.arena import Arena, at_once, dose_id, statuses
from tests.ward import live

pytestmark = pytest.mark.race

BOOK = "/api/v1/appointments/"
CLOCKS = ("07:00", "07:45", "08:30", "09:15", "10:00", "10:45", "11:30", "12:15", "13:00", "13:45")
CLIENTS, ROUNDS = 50, 30


def test_fifty_clients_for_one_slot_thirty_times(arena: Arena) -> None:
    clients = arena.clients(CLIENTS)
    patients = [arena.patient() for _ in clients]
    slots = [
        arena.ward.wanted(arena.day + timedelta(days=day), clock)
        for day, clock in product(range(ROUNDS // len(CLOCKS)), CLOCKS)
    ]
    for wanted in slots:
        bodies = [arena.booking(dose_id(patient), wanted) for patient in patients]
        answers = at_once([partial(client.post, BOOK, body) for client, body in zip(clients, bodies, strict=True)])
        assert statuses(answers) == {201: 1, 409: CLIENTS - 1}
        refused = [answer for answer in answers if answer.status == 409]
        assert {answer.code for answer in refused} == {"slot_taken"}
        assert {answer.sentence for answer in refused} == {
            "Room 1 is taken at that time by another visit. Choose another slot."
        }
        assert arena.booked_at(wanted) == 1
        winner = next(index for index, answer in enumerate(answers) if answer.status == 201)
        patients[winner] = arena.patient()
    assert arena.deadlocks() == 0


def test_one_dose_twice(arena: Arena) -> None:
    patient = arena.patient(due=arena.day + timedelta(days=10))
    clients = arena.clients(20)
    day = arena.day + timedelta(days=10)
    slots = [arena.ward.wanted(day, clock, room=room, operator=room) for clock, room in product(CLOCKS, (0, 1))]
    body = [arena.booking(dose_id(patient), wanted) for wanted in slots]
    answers = at_once([partial(c.post, BOOK, b) for c, b in zip(clients, body, strict=True)])
    assert statuses(answers) == {201: 1, 409: 19}
    assert {answer.code for answer in answers if answer.status == 409} == {"dose_already_booked"}
    assert len(live(patient)) == 1


def test_overlapping_visits_of_one_patient(arena: Arena) -> None:
    day = arena.day + timedelta(days=20)
    twin = Protocol.objects.get(code="tofersen", status="active")
    other = Protocol.objects.create(code="second", name="Second", status="active", minimum_interval_days=14)
    for step in twin.steps.all():
        step.pk, step._state.adding, step.protocol = None, True, other
        step.save()
    for phase in twin.phases.all():
        phase.pk, phase._state.adding, phase.protocol = None, True, other
        phase.save()
    for attempt in range(8):
        patient = arena.patient(due=day + timedelta(days=attempt))
        plan = DosePlan.objects.create(patient=patient, protocol=other, starts_on=day, genetic_test_note="confirmed")
        second = Dose.objects.create(
            plan=plan, sequence=1, kind="loading", number_in_kind=1, rule="as the test says",
            **dict.fromkeys(("ideal_on", "target_on", "earliest_on", "latest_on"), day + timedelta(days=attempt)),
        )  # fmt: skip
        on = day + timedelta(days=attempt)
        bodies = [
            arena.booking(dose_id(patient) if first_plan else second.public_id, wanted)
            for first_plan, wanted in (
                (True, arena.ward.wanted(on, "09:00", room=0, operator=0)),
                (False, arena.ward.wanted(on, "10:00", room=1, operator=1)),
            )
        ]
        bodies[0]["dose"] = str(patient.plans.get(protocol=twin).doses.get(sequence=5).public_id)
        clients = arena.clients(2)
        answers = at_once([partial(c.post, BOOK, b) for c, b in zip(clients, bodies, strict=True)])
        assert statuses(answers) == {201: 1, 409: 1}
        assert {answer.code for answer in answers if answer.status == 409} == {"patient_elsewhere"}
        assert len(live(patient)) == 1


def test_book_against_move(arena: Arena) -> None:
    day = arena.day + timedelta(days=40)
    for attempt in range(10):
        on = day + timedelta(days=2 * attempt)
        mover, booker = arena.patient(due=on), arena.patient(due=on)
        clients = arena.clients(2)
        first = clients[0].post(BOOK, arena.booking(dose_id(mover), arena.ward.wanted(on, "07:00")))
        assert first.status == 201, first.sentence
        target = arena.ward.wanted(on, "12:00")
        move = f"{BOOK}{first.body['id']}/move/"
        answers = at_once(
            [
                partial(clients[0].post, move, {**arena.choice(target), "version": 1}),
                partial(clients[1].post, BOOK, arena.booking(dose_id(booker), target)),
            ]
        )
        assert sorted(answer.status for answer in answers) in ([200, 409], [201, 409])
        assert arena.booked_at(target) == 1
        visit = Appointment.objects.get(public_id=first.body["id"])
        assert visit.ical_sequence == (1 if answers[0].status == 200 else 0)
        assert Allocation.objects.filter(appointment=visit).count() == 3
    assert arena.deadlocks() == 0


def test_two_moves_crossing(arena: Arena) -> None:
    day = arena.day + timedelta(days=70)
    for attempt in range(6):
        on = day + timedelta(days=2 * attempt)
        patients = [arena.patient(due=on), arena.patient(due=on)]
        slots = [arena.ward.wanted(on, "08:00"), arena.ward.wanted(on, "11:00")]
        clients = arena.clients(2)
        visits = [
            client.post(BOOK, arena.booking(dose_id(patient), slot))
            for client, patient, slot in zip(clients, patients, slots, strict=True)
        ]
        answers = at_once(
            [
                partial(clients[n].post, f"{BOOK}{visits[n].body['id']}/move/", arena.choice(slots[1 - n]))
                for n in (0, 1)
            ]
        )
        assert statuses(answers) == {409: 2}
        assert [arena.booked_at(slot) for slot in slots] == [1, 1]
    assert arena.deadlocks() == 0
