"""The gates a protocol can name. Each looks at the facts of one visit and says green, amber or red, in words.

Green is in order. Amber needs somebody, and there is time. Red stops the procedure, never a booking or an arrival;
a doctor may go on all the same with a written reason. Which gates a protocol has, and how long a finding is valid,
is data: no number here comes from anywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from doseplans.calculus import day_in_words
from doseplans.readiness.facts import AuthorisationFact, Facts, MedicineFact, TableRow
from doseplans.readiness.finding import Colour, Finding, Gate, GateState

Look = Callable[[Facts, "int | None"], Finding]

_GATES: dict[str, Gate] = {}
GATES: Mapping[str, Gate] = MappingProxyType(_GATES)
"""Every kind of gate by its code, in the order they are offered to an administrator."""

UNITS_PER_MG = 1
"""A billing unit of J1304 is 1 mg: 100 units a dose of 100 mg."""


def gate(code: str, label: str, section: str) -> Callable[[Look], Look]:
    """The function is what looks when a protocol names `code`."""

    def register(look: Look) -> Look:
        _GATES[code] = Gate(code, label, section, look)
        return look

    return register


def judge(facts: Facts, gates: Iterable[tuple[str, int | None]]) -> tuple[GateState, ...]:
    """Every gate of a protocol, given as code and days of validity, in the protocol's order.

    A code that nothing looks at is red: a protocol must not seem ready because a function is missing.
    """
    return tuple(_state(facts, code, validity_days) for code, validity_days in gates)


def _state(facts: Facts, code: str, validity_days: int | None) -> GateState:
    kind = GATES.get(code)
    if kind is None:
        return GateState(code, code, "papers", Colour.RED, "Nothing looks at this gate. Tell your administrator")
    found = kind.look(facts, validity_days)
    return GateState(code, kind.label, kind.section, found.colour, found.words)


def _green(words: str) -> Finding:
    return Finding(Colour.GREEN, words)


def _amber(words: str) -> Finding:
    return Finding(Colour.AMBER, words)


def _red(words: str) -> Finding:
    return Finding(Colour.RED, words)


def _day(day: date, facts: Facts) -> str:
    return day_in_words(day.toordinal(), beside=facts.at.date().toordinal())


# --- consents
def _consent(facts: Facts, kind: str, validity_days: int | None) -> Finding:
    given = [row for row in facts.consents if row.kind == kind and row.given_on <= facts.on]
    latest = max(given, key=lambda row: row.given_on, default=None)
    if latest is None:
        return _red("Not recorded")
    if latest.withdrawn_on is not None and latest.withdrawn_on <= facts.on:
        return _red(f"Withdrawn on {_day(latest.withdrawn_on, facts)}")
    if latest.expires_on is not None and latest.expires_on < facts.on:
        return _red(f"Valid only to {_day(latest.expires_on, facts)}")
    return _while_valid(latest.given_on, validity_days, facts) or _green(f"Given {_day(latest.given_on, facts)}")


def _while_valid(since: date, validity_days: int | None, facts: Facts) -> Finding | None:
    if validity_days is None or since + timedelta(days=validity_days) >= facts.on:
        return None
    valid = f"{validity_days} day{'' if validity_days == 1 else 's'}"
    return _red(f"Of {_day(since, facts)}: older than {valid} on the day of the visit")


@gate("consent_procedure", "Procedure consent", "papers")
def consent_procedure(facts: Facts, validity_days: int | None) -> Finding:
    """The patient has agreed to the lumbar puncture."""
    return _consent(facts, "procedure", validity_days)


@gate("consent_maker", "Maker's consent", "papers")
def consent_maker(facts: Facts, validity_days: int | None) -> Finding:
    """The maker's own consent, which only its access scheme asks for."""
    if any(row.kind == "maker" for row in facts.consents):
        return _consent(facts, "maker", validity_days)
    running = [row for row in facts.authorisations if not _is_over(row, facts.on)]
    if any(row.funding_source == "maker" for row in running):
        return _consent(facts, "maker", validity_days)
    if not running:
        return _amber("Not recorded, and who pays is not either: the maker's scheme asks for it")
    return _green("Not needed: not supplied by the maker's scheme")


# --- checks
def _check(facts: Facts, kind: str, validity_days: int | None) -> Finding:
    done = [row for row in facts.checks if row.kind == kind and row.done_on <= facts.on]
    latest = max(done, key=lambda row: row.done_on, default=None)
    if latest is None:
        return _red("Not recorded")
    result = f", {latest.result}" if latest.result else ""
    if not latest.is_acceptable:
        return _red(f"Not in order on {_day(latest.done_on, facts)}{result}")
    stale = _while_valid(latest.done_on, validity_days, facts)
    return stale or _green(f"In order on {_day(latest.done_on, facts)}{result}")


@gate("check_platelets", "Platelets", "papers")
def check_platelets(facts: Facts, validity_days: int | None) -> Finding:
    """A clinician has found the platelets in order."""
    return _check(facts, "platelets", validity_days)


@gate("check_inr", "INR", "papers")
def check_inr(facts: Facts, validity_days: int | None) -> Finding:
    """Asked only where the site's table wants it for something the patient takes."""
    rows = [facts.table.row(one.medicine) if facts.table else None for one in facts.medicines]
    if any(row is not None and row.needs_inr for row in rows):
        return _check(facts, "inr", validity_days)
    unknown = [one.medicine for one, row in zip(facts.medicines, rows, strict=True) if row is None]
    if unknown:
        return _amber(f"Not known whether it is needed: {', '.join(unknown)} is not in the unit's table")
    return _green("Not needed")


@gate("check_infection", "Infection", "papers")
def check_infection(facts: Facts, validity_days: int | None) -> Finding:
    """No infection that stands against a lumbar puncture, as a clinician found."""
    return _check(facts, "infection", validity_days)


@gate("check_raised_icp", "Raised pressure", "papers")
def check_raised_icp(facts: Facts, validity_days: int | None) -> Finding:
    """No signs of raised intracranial pressure, as a clinician found."""
    return _check(facts, "raised_icp", validity_days)


@gate("check_supine", "Can lie flat", "papers")
def check_supine(facts: Facts, validity_days: int | None) -> Finding:
    """The patient tolerates the position."""
    return _check(facts, "supine", validity_days)


# --- who pays
@gate("authorisation", "Authorisation", "papers")
def authorisation(facts: Facts, _validity_days: int | None) -> Finding:
    """Somebody pays for this dose. What is asked for and not answered does not cover it. Local policy."""
    if not facts.authorisations:
        return _red("Not recorded")
    findings = [_covers(row, facts) for row in facts.authorisations]
    return next((found for found in findings if found.colour is Colour.GREEN), findings[0])


def _is_over(row: AuthorisationFact, on: date) -> bool:
    return row.valid_to is not None and row.valid_to < on


UNANSWERED = MappingProxyType(
    {"requested": "Requested, not answered yet", "appealed": "Denied, the appeal is not answered yet"}
)


def _covers(row: AuthorisationFact, facts: Facts) -> Finding:
    if row.status in UNANSWERED:
        return _red(UNANSWERED[row.status])
    if row.status == "denied":
        return _red("Denied")
    if row.valid_to is not None and row.valid_to < facts.on:
        return _red(f"Valid only to {_day(row.valid_to, facts)}")
    if row.valid_from is not None and row.valid_from > facts.on:
        return _red(f"Valid only from {_day(row.valid_from, facts)}")
    if row.status == "not_required":
        return _green("Not required")
    return _counted(row, facts)


def _counted(row: AuthorisationFact, facts: Facts) -> Finding:
    """An approval, with the doses given since set against it."""
    given = [dose for dose in facts.given if row.since is None or dose.on >= row.since]
    until = f" to {_day(row.valid_to, facts)}" if row.valid_to else ""
    left: list[str] = []
    if row.doses_approved is not None:
        if len(given) >= row.doses_approved:
            return _red(f"All {row.doses_approved} approved doses are given")
        left.append(f"dose {len(given) + 1} of {row.doses_approved} approved")
    if row.units_approved is not None and facts.dose_mg is not None:
        used = sum((dose.amount_mg or facts.dose_mg for dose in given), Decimal(0)) * UNITS_PER_MG
        needed = facts.dose_mg * UNITS_PER_MG
        if used + needed > row.units_approved:
            return _red(
                f"{row.units_approved - used:.0f} of {row.units_approved} approved units are left, and a dose takes "
                f"{needed:.0f}"
            )
        left.append(f"{row.units_approved - used:.0f} units left")
    return _green(", ".join([f"Approved{until}", *left]))


# --- medicines against clotting
@gate("antithrombotic", "Antithrombotic", "antithrombotics")
def antithrombotic(facts: Facts, _validity_days: int | None) -> Finding:
    """Whatever the patient takes against clotting can be held as the site's table says. Words are for staff."""
    if not facts.medicines:
        if facts.is_flagged_antithrombotic:
            return _amber("The banner names one, but which medicine is not recorded")
        return _green("None recorded")
    if facts.table is None:
        return _red("The unit has no table in use, so nobody can say when the last dose is")
    findings = [_held(one, facts.table.row(one.medicine), facts) for one in facts.medicines]
    for colour in (Colour.RED, Colour.AMBER):
        if worst := [found.words for found in findings if found.colour is colour]:
            return Finding(colour, "; ".join(worst))
    return _green("; ".join(found.words for found in findings))


def _held(one: MedicineFact, row: TableRow | None, facts: Facts) -> Finding:
    if row is None:
        return _red(f"{one.medicine} is not in the unit's table")
    if row.hours_before is None:
        return _green(f"{one.medicine} need not be held")
    last_by = last_dose_by(facts.procedure_at, row.hours_before)
    by = f"{one.medicine}: last dose by {_day(last_by.date(), facts)} {last_by:%H:%M}"
    if is_hold_agreed(one, facts):
        return _green(by)
    if facts.at < last_by:
        return _amber(f"{by}; the pause is not agreed")
    return _red(f"{by}, which has passed; the pause was not agreed")


def is_hold_agreed(one: MedicineFact, facts: Facts) -> bool:
    """A pause is agreed for one visit: what was agreed before the last dose was for that one."""
    if one.hold_agreed_on is None:
        return False
    return facts.last_given_on is None or one.hold_agreed_on > facts.last_given_on


def last_dose_by(procedure_at: datetime, hours: int) -> datetime:
    """So many hours before, as clocks in the unit's zone show it; hours are counted as they pass, also on a DST night.

    >>> from zoneinfo import ZoneInfo
    >>> monday = datetime(2026, 3, 30, 10, tzinfo=ZoneInfo("Europe/London"))
    >>> last_dose_by(monday, 48).isoformat()
    '2026-03-28T09:00:00+00:00'
    """
    return (procedure_at.astimezone(UTC) - timedelta(hours=hours)).astimezone(procedure_at.tzinfo)


# --- the plan
@gate("not_on_hold", "Plan", "plan")
def not_on_hold(facts: Facts, _validity_days: int | None) -> Finding:
    """No doctor has put the plan on hold."""
    return _green("Not on hold") if facts.hold_reason is None else _red(f"On hold: {facts.hold_reason.rstrip('.')}")
