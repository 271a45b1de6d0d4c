"""What stands in a unit, read from its rows for the checker: hours, skills, nurses and windows derived anew.

Nothing here asks the engine, a selector or a service. `standing_faults` has a line for each promise that is broken;
`test_unit_rows` sees it find each one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise

from doseplans.models import Administration, Dose, DoseDecision, DosePlan, PlanHold, ProtocolPhase
from patients.models import Flag, NeedAllowance, WorklistItem
from scheduling.models import (
    LIVE,
    Allocation,
    Appointment,
    AppointmentEvent,
    Closure,
    MoveProposal,
    NurseShift,
    Resource,
    Schedule,
    Skill,
    SkillRule,
    VisitKind,
)
from units.models import Unit

from .engine import checker

CHANGE_NOTHING = ("offered", "offer_over", "answered", "kept")
MINIMUM = timedelta(days=14)
"""Tofersen's, as shipped."""


@dataclass(frozen=True)
class Lengths:
    """A visit's phases, with what its patient's needs add."""

    before: timedelta
    procedure: timedelta
    recovery: timedelta
    discharge: timedelta
    is_assisted: bool


class Setting:
    """What stays as it is in a unit while visits come and go, read once: skills and who has them, needs, lengths."""

    def __init__(self, unit: Unit) -> None:
        self.skills: dict[int, frozenset[str]] = {}
        for skill in Skill.objects.filter(unit=unit).prefetch_related("resources"):
            for resource in skill.resources.all():
                self.skills[resource.pk] = self.skills.get(resource.pk, frozenset()) | {skill.name}
        self.needs: dict[int, set[str]] = {}
        for patient_id, code in Flag.objects.filter(patient__unit=unit).values_list("patient_id", "code"):
            self.needs.setdefault(patient_id, set()).add(code)
        self.rules = list(SkillRule.objects.filter(skill__unit=unit).select_related("skill"))
        self.allowances = list(NeedAllowance.objects.filter(unit=unit))
        self.shifts = list(NurseShift.objects.filter(unit=unit))
        self.resources = Resource.objects.filter(unit=unit).in_bulk()
        self.plans = DosePlan.objects.filter(patient__unit=unit).select_related("protocol").in_bulk()
        self.kinds = VisitKind.objects.filter(unit=unit).in_bulk()
        self.phases = {
            (phase.protocol_id, phase.phase): timedelta(minutes=phase.minutes) for phase in ProtocolPhase.objects.all()
        }
        self.pool = [key for key, one in self.resources.items() if one.kind == "recovery" and one.is_active]


@dataclass(frozen=True)
class UnitRows:
    """A unit's rows at an instant, each kind read once on first use."""

    unit: Unit
    at: datetime
    setting: Setting

    @cached_property
    def all_visits(self) -> list[Appointment]:
        """Every visit there has been, with its dose."""
        return list(Appointment.objects.filter(unit=self.unit).select_related("dose").order_by("pk"))

    @cached_property
    def visits(self) -> list[Appointment]:
        """Whoever is expected or here."""
        return [visit for visit in self.all_visits if visit.status in {"booked", "arrived"}]

    @cached_property
    def allocations(self) -> list[Allocation]:
        """What is taken: by visits, and by reservations that have not run out."""
        rows = Allocation.objects.filter(resource__in=self.setting.resources).select_related("reservation")
        return [row for row in rows if row.reservation is None or row.reservation.expires_at > self.at]

    def taken_by(self, visit: Appointment) -> list[Allocation]:
        return [row for row in self.allocations if row.appointment_id == visit.pk]

    @cached_property
    def events(self) -> dict[int, list[AppointmentEvent]]:
        """By visit, in order; without offers and answers, which change nothing about it."""
        found: dict[int, list[AppointmentEvent]] = {}
        rows = AppointmentEvent.objects.filter(appointment__unit=self.unit).exclude(kind__in=CHANGE_NOTHING)
        for event in rows.order_by("pk"):
            found.setdefault(event.appointment_id, []).append(event)
        return found

    @cached_property
    def stranded(self) -> set[str]:
        """Open items of the worklist that say of a visit that no list carries it."""
        items = WorklistItem.objects.filter(key__startswith="stranded:", done_at__isnull=True)
        return {key.split(":")[1] for key in items.values_list("key", flat=True)}

    @cached_property
    def proposed(self) -> set[int]:
        """Visits that wait to be moved, or that a clinician keeps where they are."""
        return set(MoveProposal.objects.filter(state__in=["open", "kept"]).values_list("appointment_id", flat=True))

    @cached_property
    def decided(self) -> set[int]:
        """Doses of which a clinician set the day."""
        return set(DoseDecision.objects.filter(withdrawn_at__isnull=True).values_list("dose_id", flat=True))

    @cached_property
    def given(self) -> list[tuple[int, int, date]]:
        """Plan, sequence and day of each dose given."""
        rows = Administration.objects.filter(is_entered_in_error=False)
        return list(rows.values_list("dose__plan_id", "dose__sequence", "given_on"))

    @cached_property
    def held(self) -> dict[int, date]:
        """Plans on hold, and since when."""
        return dict(PlanHold.objects.filter(lifted_at__isnull=True).values_list("plan_id", "placed_on"))

    def asked(self, visit: Appointment, of: str) -> frozenset[str]:
        """The skills that the unit's rules ask for one part of the visit."""
        plan = self.setting.plans[visit.dose.plan_id] if visit.dose else None
        return frozenset(
            rule.skill.name
            for rule in self.setting.rules
            if rule.asked_of == of
            and (not rule.access_route or (plan is not None and plan.access_route == rule.access_route))
            and (not rule.need or rule.need in self.setting.needs.get(visit.patient_id, ()))
            and (not rule.protocol_code or (plan is not None and plan.protocol.code == rule.protocol_code))
            and rule.visit_kind_id in {None, visit.visit_kind_id}
        )

    def lengths(self, visit: Appointment) -> Lengths:
        if visit.dose is not None:
            protocol = self.setting.plans[visit.dose.plan_id].protocol_id
            names = ("arrival", "preparation", "procedure", "recovery", "discharge")
            parts = [self.setting.phases.get((protocol, name), timedelta(0)) for name in names]
        else:
            kind = self.setting.kinds[visit.visit_kind_id or 0]
            lasting = (0, kind.minutes_before, kind.minutes_procedure, kind.minutes_recovery, kind.minutes_discharge)
            parts = [timedelta(minutes=minutes) for minutes in lasting]
        arrival, preparation, procedure, recovery, discharge = parts
        mine = [one for one in self.setting.allowances if one.code in self.setting.needs.get(visit.patient_id, ())]
        after = timedelta(minutes=sum(one.minutes_after for one in mine))
        return Lengths(
            before=arrival + preparation + timedelta(minutes=sum(one.minutes_before for one in mine)),
            procedure=procedure,
            recovery=recovery + after if recovery else recovery,
            discharge=discharge if recovery else discharge + after,
            is_assisted=any(one.needs_assistant for one in mine),
        )

    def instant(self, on: date, clock: time, *, ends: bool = False) -> datetime:
        """When the unit's clocks show that; 00:00 as an end is the midnight that ends the day."""
        if ends and clock == time(0):
            on += timedelta(days=1)
        return datetime.combine(on, clock, self.unit.zone).astimezone(UTC)

    @cached_property
    def lists(self) -> list[checker.OpenList]:
        """The unit's weekly lists on every day on which somebody is expected."""
        found = []
        days = sorted({self.unit.local_date(visit.starts_at) for visit in self.visits})
        schedules = Schedule.objects.filter(unit=self.unit).prefetch_related("operators", "breaks")
        for schedule in schedules:
            assert (schedule.every_weeks, schedule.is_extra) == (1, False), "not read here"
            for on in days:
                is_on = on.isoweekday() == schedule.weekday and schedule.valid_from <= on
                if not is_on or (schedule.valid_to and on > schedule.valid_to):
                    continue
                found.append(
                    checker.OpenList(
                        room_id=schedule.room_id,
                        operator_ids=frozenset(person.pk for person in schedule.operators.all()),
                        opens_at=self.instant(on, schedule.opens_at),
                        closes_at=self.instant(on, schedule.closes_at, ends=True),
                        last_out_at=self.instant(on, schedule.last_out_at, ends=True),
                        first_in_at=self.instant(on, schedule.first_in_at) if schedule.first_in_at else None,
                        breaks=tuple(
                            (self.instant(on, one.starts_at), self.instant(on, one.ends_at, ends=True))
                            for one in schedule.breaks.all()
                        ),
                        turnover=timedelta(minutes=self.setting.resources[schedule.room_id].turnover_minutes),
                    )
                )
        return found

    @cached_property
    def closed(self) -> list[checker.Taken]:
        """What closures take; the whole unit's takes each of its resources."""
        return [
            checker.Taken(key, closure.starts_at, closure.ends_at)
            for closure in Closure.objects.filter(unit=self.unit)
            for key in ([closure.resource_id] if closure.resource_id else self.setting.resources)
        ]

    def part(self, row: Allocation) -> str:
        """What the row's resource is to its visit."""
        kinds = {"room": "room", "person": "operator", "recovery": "place", "imaging": "device"}
        return "assistant" if row.phase == "assistance" else kinds[self.setting.resources[row.resource_id].kind]

    def as_checked(self, visit: Appointment) -> checker.Visit | None:
        """The visit as the checker wants it; None where it has no room or nobody operates."""
        lengths = self.lengths(visit)
        procedure_at = visit.starts_at + lengths.before
        if any(event.kind == "delayed" for event in self.events[visit.pk]):
            # Who was here already when the list ran late keeps the time at which they were to come, and waits.
            operates = [row.starts_at for row in self.taken_by(visit) if self.part(row) == "operator"]
            procedure_at = max([procedure_at, *operates])
        of: dict[str, list[int]] = {part: [] for part in ("room", "operator", "assistant", "place", "device")}
        for row in self.taken_by(visit):
            of[self.part(row)].append(row.resource_id)
        if not of["room"] or not of["operator"]:
            return None
        return checker.Visit(
            key=visit.pk,
            patient_id=visit.patient_id,
            arrives_at=visit.admitted_at or visit.starts_at,
            procedure_at=procedure_at,
            procedure_ends_at=procedure_at + lengths.procedure,
            leaves_at=procedure_at + lengths.procedure + lengths.recovery + lengths.discharge,
            room_id=of["room"][0],
            operator_id=of["operator"][0],
            place_id=next(iter(of["place"]), None),
            zone=self.unit.zone,
            room_skills=self.asked(visit, "room"),
            operator_skills=self.asked(visit, "operator"),
            place_skills=self.asked(visit, "place"),
            needs_place=bool(lengths.recovery),
            help_ids=tuple(of["assistant"] + of["device"]),
        )


def standing_faults(unit: Unit, *, at: datetime, setting: Setting | None = None) -> list[str]:
    """One line for each promise that the unit's rows break; an empty list where everything holds."""
    rows = UnitRows(unit, at, setting or Setting(unit))
    checked = {visit.pk: rows.as_checked(visit) for visit in rows.visits}
    whole = {key: visit for key, visit in checked.items() if visit is not None}
    return [
        *(line for visit in rows.visits for line in _of_one(rows, visit, whole.get(visit.pk))),
        *_of_places_and_people(rows, whole.values()),
        *_of_nurses(rows),
        *_of_doses(rows),
        *_of_events(rows),
    ]


def _of_one(rows: UnitRows, visit: Appointment, seen: checker.Visit | None) -> Iterator[str]:
    """What the visit takes is what it needs, and a list carries it, or it is on the worklist for having none."""
    # Who was said not to have been given a dose and is here after all keeps what is left of their places.
    if visit.status == "arrived" and any(event.kind == "corrected" for event in rows.events[visit.pk]):
        return
    if seen is None:
        yield f"visit {visit.pk}: no room or nobody to operate"
        return
    yield from _of_allocations(rows, visit, seen)
    found = checker.faults([seen], rows.lists, rows.closed, pool=rows.setting.pool, skills=rows.setting.skills)
    lost = [line for line in found if "no list" in line or "taken before" in line]
    yield from (line for line in found if line not in lost)
    if visit.status == "booked" and visit.starts_at > rows.at:
        is_told = str(visit.public_id) in rows.stranded
        if visit.squeezed_in_reason:
            # Excused of the hours, and of nothing else.
            lost = [line for line in lost if "no list" not in line]
        if lost and not is_told:
            yield f"{lost[0]}, and nobody was told"
        if is_told and not lost and not visit.squeezed_in_reason:
            yield f"visit {visit.pk}: on the worklist as stranded, and a list carries it"


def _of_allocations(rows: UnitRows, visit: Appointment, seen: checker.Visit) -> Iterator[str]:
    if seen.leaves_at != visit.ends_at:
        yield f"visit {visit.pk}: leaves at another time than its phases say"
    taken, setting = rows.taken_by(visit), rows.setting
    procedure = seen.procedure_at, seen.procedure_ends_at
    for row in taken:
        wanted = procedure
        if rows.part(row) == "room":
            wanted = procedure[0], procedure[1] + timedelta(minutes=setting.resources[row.resource_id].turnover_minutes)
        elif rows.part(row) == "place":
            wanted = procedure[1], seen.leaves_at
        if (row.starts_at, row.ends_at) != wanted:
            yield f"visit {visit.pk}: {rows.part(row)} for another time than its phase"
    parts = sorted(rows.part(row) for row in taken)
    is_guided = bool(rows.asked(visit, "imaging") - setting.skills.get(seen.room_id, frozenset()))
    is_assisted = rows.lengths(visit).is_assisted
    needed = ["operator", "room"] + ["place"] * seen.needs_place + ["assistant"] * is_assisted + ["device"] * is_guided
    if parts != sorted(needed):
        yield f"visit {visit.pk}: has {', '.join(parts)}"
    for row in taken:
        asked = rows.asked(visit, {"device": "imaging", "assistant": "assistant"}.get(rows.part(row), "nothing"))
        if not asked <= setting.skills.get(row.resource_id, frozenset()):
            yield f"visit {visit.pk}: {setting.resources[row.resource_id]} lacks a skill"


def _of_places_and_people(rows: UnitRows, visits: Iterable[checker.Visit]) -> Iterator[str]:
    """Nothing and nobody is taken twice: by visits to come, by those that are over, by reservations."""
    visits = list(visits)
    mine = {visit.key for visit in visits}
    others = [row for row in rows.allocations if row.appointment_id not in mine]
    taken = [checker.Taken(row.resource_id, row.starts_at, row.ends_at) for row in others]
    patients: dict[int, list[checker.Stretch]] = {}
    for visit in rows.all_visits:
        if visit.status != "fulfilled":
            continue
        patients.setdefault(visit.patient_id, []).append((visit.starts_at, visit.ends_at))
    found = checker.faults(visits, rows.lists, taken, pool=rows.setting.pool, patients_taken=patients)
    yield from (line for line in found if "taken" in line or "another visit" in line)
    # Each row by itself too, whatever its visit is.
    ordered = sorted(rows.allocations, key=lambda row: (row.resource_id, row.starts_at))
    for one, other in pairwise(ordered):
        if one.resource_id == other.resource_id and other.starts_at < one.ends_at:
            yield f"{rows.setting.resources[one.resource_id]} is taken twice at {other.starts_at:%d/%m %H:%M}"


def _of_nurses(rows: UnitRows) -> Iterator[str]:
    """At no moment are more patients in recovery than the nurses on duty may have."""
    stays = [row for row in rows.allocations if row.phase == "recovery"]
    for stay in stays:
        local = rows.unit.local(stay.starts_at)
        today = [shift for shift in rows.setting.shifts if shift.weekday == local.isoweekday()]
        moments = {stay.starts_at} | {rows.instant(local.date(), shift.ends_at) for shift in today}
        for at in sorted(moments):
            if not today or not stay.starts_at <= at < stay.ends_at:
                continue
            clock = rows.unit.local(at).time()
            most = sum(one.nurses * one.patients_each for one in today if one.starts_at <= clock < one.ends_at)
            here = sum(other.starts_at <= at < other.ends_at for other in stays)
            if here > most:
                yield f"{here} patients in recovery at {at:%d/%m %H:%M}, and nurses for {most}"


def _of_doses(rows: UnitRows) -> Iterator[str]:
    """One visit for each dose, inside its window and not under the minimum interval, and none booked under a hold."""
    live = Counter(visit.dose_id for visit in rows.all_visits if visit.dose and visit.status in LIVE)
    yield from (f"dose {key} has {count} visits" for key, count in live.items() if count > 1)
    for visit in rows.visits:
        if visit.dose is None or visit.status != "booked" or visit.starts_at <= rows.at:
            continue
        # Excused of these two, and of nothing else: what a clinician decided, and what waits to be moved or was kept.
        if not visit.override_reason and visit.pk not in rows.proposed:
            yield from _of_window(rows, visit, visit.dose)
        since = rows.held.get(visit.dose.plan_id)
        placed = [event for event in rows.events[visit.pk] if event.kind in {"booked", "moved"}]
        if since is not None and any(rows.unit.local_date(event.at) > since for event in placed):
            yield f"visit {visit.pk}: placed while its plan is on hold"


def _of_window(rows: UnitRows, visit: Appointment, dose: Dose) -> Iterator[str]:
    on = rows.unit.local_date(visit.starts_at)
    was_overdue = on > dose.latest_on and dose.latest_on < rows.unit.local_date(rows.events[visit.pk][-1].at)
    if not dose.earliest_on <= on <= dose.latest_on and not was_overdue:
        yield f"visit {visit.pk}: on {on}, outside {dose.earliest_on} to {dose.latest_on}"
    if dose.pk in rows.decided:
        return
    days = [day for plan, sequence, day in rows.given if plan == dose.plan_id and sequence < dose.sequence]
    days += [
        rows.unit.local_date(other.starts_at)
        for other in rows.visits
        if other.dose and other.dose.plan_id == dose.plan_id and other.dose.sequence < dose.sequence
    ]
    if days and on < max(days) + MINIMUM:
        yield f"visit {visit.pk}: {(on - max(days)).days} days after the dose before"


def _of_events(rows: UnitRows) -> Iterator[str]:
    """Each change of a visit has its one event, and the last of them says how the visit stands.

    That a clinician keeps it outside its window changes nothing that anybody is told; the proposal has it on record.
    """
    kept = Counter(MoveProposal.objects.filter(state="kept").values_list("appointment_id", flat=True))
    for visit in rows.all_visits:
        mine = rows.events.get(visit.pk, [])
        changes = visit.version - kept[visit.pk] - 1
        if len(mine) - 1 != changes:
            yield f"visit {visit.pk}: {changes} changes and {len(mine) - 1} events"
            continue
        last = mine[-1]
        says = last.snapshot["arrive_at"], last.snapshot["leave_at"], last.ical_sequence
        if says != (visit.arrives_at.isoformat(), visit.ends_at.isoformat(), visit.ical_sequence):
            yield f"visit {visit.pk}: its last event, {last.kind}, says otherwise"
        if visit.status not in LIVE and rows.taken_by(visit):
            yield f"visit {visit.pk}: {visit.status}, and still takes something"
