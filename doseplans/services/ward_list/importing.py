"""Taking a ward's list over into a unit: look at it first, then save all of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from hashlib import sha256

from django.db import IntegrityError

from doseplans.errors import ListOvertaken, ProtocolNotInUse
from doseplans.models import Protocol
from doseplans.services.ward_list.comparing import Comparison, compare
from doseplans.services.ward_list.on_record import look_up
from doseplans.services.ward_list.report import Effect, ImportReport, Outcome
from doseplans.services.ward_list.saving import Saving, Tell, first_dose_on, save, say_nothing
from doseplans.wardlist import Finding, Reading, Severity, read_ward_list
from doseplans.wardlist.columns import Meaning
from doseplans.wardlist.dates import said
from doseplans.wardlist.findings import in_order
from units.actors import Actor
from units.history import recorded_as
from units.models import Unit
from units.policy import Act

PROTOCOL = "tofersen"
MET_MEANWHILE = ("patient_hospital_number_once", "patient_nhs_number_once", "flag_once", "consent_once")


def look_at_ward_list(
    actor: Actor, *, unit: Unit, content: bytes, at: datetime, accepted: frozenset[str] = frozenset()
) -> ImportReport:
    """What importing the list would do, and everything there is to say about it. Saves nothing.

    Raises: NotAllowed, ProtocolNotInUse.
    """
    actor.require(Act.IMPORT_PATIENTS, unit.pk)
    report, _ = _look(unit, _protocol(), content, at, accepted)
    return report


def import_ward_list(
    actor: Actor,
    *,
    unit: Unit,
    content: bytes,
    at: datetime,
    accepted: frozenset[str] = frozenset(),
    tell: Tell = say_nothing,
) -> ImportReport:
    """The patients of the list stand in the unit with their histories, each plan going on from the last dose given.

    All of them or none: nothing is saved while anything is refused, or a question's key is not in `accepted`; the
    report's `is_saved` says which. A second run changes nothing. `tell` hears how far it is; what it raises ends the
    import, and nothing is saved. Raises: NotAllowed, ProtocolNotInUse, ListOvertaken.
    """
    actor.require(Act.IMPORT_PATIENTS, unit.pk)
    protocol = _protocol()
    reason = f"Ward list {sha256(content).hexdigest()[:12]}"
    try:
        with recorded_as(actor, act="import_ward_list", reason=reason):
            # One import at a time in a unit: the second one then sees what the first has saved.
            Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
            report, comparisons = _look(unit, protocol, content, at, accepted, tell)
            if not report.is_ready:
                return report
            save(Saving(actor, unit, protocol, unit.local_date(at)), comparisons, tell)
    except IntegrityError as error:
        if not any(name in str(error) for name in MET_MEANWHILE):
            raise
        raise ListOvertaken(
            "Somebody changed one of these patients meanwhile. Nothing was saved: import again."
        ) from error
    return replace(report, is_saved=True)


def _protocol() -> Protocol:
    protocol = Protocol.objects.filter(code=PROTOCOL, status=Protocol.Status.ACTIVE).prefetch_related("steps").first()
    if protocol is None:
        raise ProtocolNotInUse("No version of tofersen is in use. Put one in use before you import.")
    return protocol


def _look(
    unit: Unit, protocol: Protocol, content: bytes, at: datetime, accepted: frozenset[str], tell: Tell = say_nothing
) -> tuple[ImportReport, list[Comparison]]:
    on = unit.local_date(at)
    days = protocol.minimum_interval_days or 1
    reading = read_ward_list(content, at=on, minimum_interval_days=days, told=partial(_tell_read, tell))
    known = look_up(unit, protocol, reading.rows)
    comparisons = [compare(row, known, reading) for row in reading.rows]
    findings = [*reading.findings, *(found for comparison in comparisons for found in comparison.findings)]
    findings += _first_days_assumed(comparisons, reading, on)
    outcomes = tuple(_outcome(comparison, on) for comparison in comparisons)
    return ImportReport(unit.name, reading, in_order(findings), outcomes, accepted), comparisons


def _tell_read(tell: Tell, done: int, total: int) -> None:
    """Reading takes about a fifth of the time."""
    tell(done / total / 5, f"{done} of {total} rows read")


def _first_days_assumed(comparisons: Sequence[Comparison], reading: Reading, on: date) -> list[Finding]:
    return [
        Finding(
            Severity.NOTE,
            "first-day-assumed",
            comparison.row.line,
            reading.heading(Meaning.DOSE),
            "",
            f"No dose was given yet and no day is planned: {said(first_dose_on(comparison, on=on))} is taken.",
            "Nothing now: the day moves with the first booking, or is changed on the patient's page.",
        )
        for comparison in comparisons
        if comparison.needs_plan and not comparison.row.course.given_on and not comparison.row.course.starts_on
    ]


def _outcome(comparison: Comparison, on: date) -> Outcome:
    row = comparison.row
    changes = () if comparison.is_new else comparison.changes
    effect = Effect.CREATED if comparison.is_new else Effect.UPDATED if changes else Effect.UNCHANGED
    return Outcome(
        line=row.line,
        hospital_number=row.who.hospital_number,
        name=f"{row.who.family_name}, {row.who.given_name}",
        effect=effect,
        doses=len(row.course.given_on),
        starts_on=first_dose_on(comparison, on=on),
        changes=changes,
    )
