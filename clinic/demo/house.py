"""The demo unit itself: rooms, places, people, lists, accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta

from django.contrib.auth.hashers import make_password

from clinic.demo.people import ACCOUNTS, ASSISTS, OPERATORS, PASSWORD
from doseplans.models import AccessRoute
from patients.models import Flag, NeedAllowance
from scheduling.models import NurseShift, Resource, Schedule, ScheduleBreak, Skill, SkillRule
from scheduling.services.visits.kinds import add_usual_visit_kinds
from units.actors import Actor
from units.models import Membership, Unit, User

WEEKEND = (6, 7)


@dataclass(frozen=True, slots=True)
class House:
    """What visits are placed in."""

    unit: Unit
    rooms: tuple[Resource, ...]
    places: tuple[Resource, ...]
    operators: tuple[Resource, ...]
    nurse: Resource

    def team(self, on: date) -> tuple[tuple[Resource, Resource], ...]:
        """The rooms open on a day, each with its first operator: both on weekdays, one at the weekend."""
        open_rooms = self.rooms[:1] if on.isoweekday() in WEEKEND else self.rooms
        pair = 2 if on.isoweekday() % 2 else 0
        return tuple((room, self.operators[pair + n]) for n, room in enumerate(open_rooms))


def build_house(today: date) -> House:
    """The unit with 2 procedure rooms, 6 recovery places, 4 operators, a nurse and a list every day of the week."""
    unit = Unit.objects.create(
        name="Neurology day unit",
        site_name="Northgate Hospital",
        address="Northgate Hospital\nLevel 2, East Wing\nNorthgate Road\nNorthgate NG1 0AA",
        directions="From the main entrance take lift B to level 2 and follow the blue signs to the day unit.",
        what_to_bring="Your medicines list, something to read, and comfortable loose clothes.",
        phone="+441174960155",
        email="day.unit@demo.example",
        notice_hours=12,
        admission_at=time(16),
    )
    rooms = _resources(unit, Resource.Kind.ROOM, ("Room 1", "Room 2"))
    places = _resources(unit, Resource.Kind.RECOVERY, tuple(f"Rec. {n}" for n in range(1, 7)))
    operators = _resources(unit, Resource.Kind.PERSON, OPERATORS)
    nurse = Resource.objects.create(unit=unit, kind=Resource.Kind.PERSON, name=ASSISTS, ordinal=len(OPERATORS) + 1)
    house = House(unit, rooms, places, operators, nurse)
    _lists(house, today - timedelta(days=400))
    _other_lists(house, today)
    _visits_and_needs(unit)
    _skills(house)
    _accounts(house)
    return house


def _resources(unit: Unit, kind: str, names: tuple[str, ...]) -> tuple[Resource, ...]:
    return tuple(
        Resource.objects.create(unit=unit, kind=kind, name=name, ordinal=n) for n, name in enumerate(names, start=1)
    )


def _lists(house: House, since: date) -> None:
    """Weekdays 09:00 to 17:00 in both rooms; at the weekend one short list, so that the demo has a today."""
    for weekday in range(1, 8):
        is_weekend = weekday in WEEKEND
        for number, room in enumerate(house.rooms[: 1 if is_weekend else 2]):
            schedule = Schedule.objects.create(
                unit=house.unit,
                room=room,
                weekday=weekday,
                opens_at=time(9),
                closes_at=time(17, 30) if is_weekend else time(16, 30),
                last_out_at=time(19) if is_weekend else time(18, 30),
                step_minutes=15,
                valid_from=since,
            )
            pair = 2 if weekday % 2 else 0
            others = [person for n, person in enumerate(house.operators) if n != pair + number]
            schedule.operators.set([house.operators[pair + number], others[weekday % 3], house.nurse])
            if number and not is_weekend:
                ScheduleBreak.objects.create(schedule=schedule, starts_at=time(13, 30), ends_at=time(14))


def _other_lists(house: House, today: date) -> None:
    """In the second room every other Saturday with fixed starts, and once, within the fortnight, an extra Sunday."""
    sunday = today + timedelta(days=14 - today.isoweekday() % 7)
    saturdays = {"weekday": 6, "every_weeks": 2, "fixed_starts": [time(9), time(10, 30), time(12)]}
    once = {"weekday": 7, "is_extra": True, "valid_from": sunday, "valid_to": sunday}
    for number, fields in enumerate((saturdays, once)):
        schedule = Schedule.objects.create(
            **{
                "unit": house.unit,
                "room": house.rooms[1],
                "opens_at": time(9),
                "closes_at": time(13),
                "first_in_at": time(8),
                "last_out_at": time(15, 30),
                "valid_from": today - timedelta(days=400),
                **fields,
            }
        )
        schedule.operators.set([house.operators[number], house.operators[number + 2], house.nurse])


def _visits_and_needs(unit: Unit) -> None:
    """Visits without a plan, and what needs add. Local policy of an invented unit: a real one sets its own."""
    add_usual_visit_kinds(Actor.system("Demo"), unit=unit)
    for code, before, after, is_assisted in (
        (Flag.Code.HOIST, 15, 0, True),
        (Flag.Code.NIV, 15, 15, False),
        (Flag.Code.INTERPRETER, 15, 0, False),
        (Flag.Code.TRANSPORT, 0, 0, False),
        (Flag.Code.STRETCHER, 0, 0, True),
    ):
        NeedAllowance.objects.create(
            unit=unit, code=code, minutes_before=before, minutes_after=after, needs_assistant=is_assisted
        )


def _skills(house: House) -> None:
    """Who punctures, where the hoist and the imaging are, and the nurses in recovery. Local policy, invented too."""
    arm = Resource.objects.create(unit=house.unit, kind=Resource.Kind.IMAGING, name="Mobile C-arm", ordinal=1)
    asked_of = SkillRule.AskedOf
    held: tuple[tuple[str, tuple[Resource, ...], dict[str, str]], ...] = (
        ("lumbar puncture", house.operators, {"asked_of": asked_of.OPERATOR}),
        (
            "fluoroscopy",
            (house.rooms[0], arm),
            {"asked_of": asked_of.IMAGING, "access_route": AccessRoute.FLUOROSCOPY},
        ),
        ("hoist", house.places[:2], {"asked_of": asked_of.PLACE, "need": Flag.Code.HOIST}),
    )
    for name, resources, rule in held:
        skill = Skill.objects.create(unit=house.unit, name=name)
        skill.resources.set(resources)
        SkillRule.objects.create(skill=skill, **rule)
    for weekday in range(1, 8):
        NurseShift.objects.create(
            unit=house.unit,
            weekday=weekday,
            starts_at=time(8),
            ends_at=time(20),
            nurses=1 if weekday in WEEKEND else 2,
            patients_each=4,
        )


def _accounts(house: House) -> None:
    by_name = {person.name: person for person in (*house.operators, house.nurse)}
    hashed = make_password(PASSWORD)  # slow on purpose, and all have the same
    for email, name, role in ACCOUNTS:
        user = User.objects.create(email=email, password=hashed, name=name)
        Membership.objects.create(user=user, unit=house.unit, role=role)
        if name in by_name:
            by_name[name].user = user
            by_name[name].save()
