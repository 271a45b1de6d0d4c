"""The gates as tables: what is on record, and what each says of it."""

from __future__ import annotations

import doctest
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from doseplans.readiness import (
    GATES,
    AuthorisationFact,
    CheckFact,
    ConsentFact,
    Facts,
    GivenFact,
    MedicineFact,
    Table,
    TableRow,
    gates,
    judge,
    working_days,
    working_days_before,
)

LONDON = ZoneInfo("Europe/London")
VISIT = datetime(2026, 3, 10, 10, 0, tzinfo=LONDON)  # a Tuesday
BEFORE = datetime(2026, 3, 6, 9, 0, tzinfo=LONDON)
NOTHING = Facts(at=BEFORE, procedure_at=VISIT)


def seen(facts: Facts, code: str, validity_days: int | None = None) -> tuple[str, str]:
    (state,) = judge(facts, [(code, validity_days)])
    return state.colour.value, state.words


def test_the_examples_are_true() -> None:
    assert doctest.testmod(gates).attempted > 0
    assert (doctest.testmod(gates).failed, doctest.testmod(working_days).failed) == (0, 0)


def test_every_gate_says_something_of_an_empty_record() -> None:
    colours = {state.code: state.colour.value for state in judge(NOTHING, [(code, None) for code in GATES])}
    assert colours == {
        "consent_procedure": "red",
        "consent_maker": "amber",
        "check_platelets": "red",
        "check_inr": "green",
        "check_infection": "red",
        "check_raised_icp": "red",
        "check_supine": "red",
        "authorisation": "red",
        "antithrombotic": "green",
        "not_on_hold": "green",
    }


def test_a_gate_nothing_looks_at_does_not_seem_ready() -> None:
    assert seen(NOTHING, "vial") == ("red", "Nothing looks at this gate. Tell your administrator")


def consent(**more: object) -> Facts:
    return replace(NOTHING, consents=(ConsentFact("procedure", date(2026, 1, 9), **more),))


@pytest.mark.parametrize(
    ("facts", "validity_days", "found"),
    [
        (NOTHING, None, ("red", "Not recorded")),
        (consent(), None, ("green", "Given Fri 9 Jan")),
        (consent(), 60, ("green", "Given Fri 9 Jan")),
        (consent(), 59, ("red", "Of Fri 9 Jan: older than 59 days on the day of the visit")),
        (consent(expires_on=date(2026, 3, 10)), None, ("green", "Given Fri 9 Jan")),
        (consent(expires_on=date(2026, 3, 9)), None, ("red", "Valid only to Mon 9 Mar")),
        (consent(withdrawn_on=date(2026, 3, 2)), None, ("red", "Withdrawn on Mon 2 Mar")),
        (replace(NOTHING, consents=(ConsentFact("procedure", date(2026, 3, 11)),)), None, ("red", "Not recorded")),
        # The later one counts: given again after it was withdrawn.
        (
            replace(
                NOTHING,
                consents=(
                    ConsentFact("procedure", date(2026, 1, 9), withdrawn_on=date(2026, 2, 2)),
                    ConsentFact("procedure", date(2026, 2, 20)),
                ),
            ),
            None,
            ("green", "Given Fri 20 Feb"),
        ),
    ],
)
def test_procedure_consent(facts: Facts, validity_days: int | None, found: tuple[str, str]) -> None:
    assert seen(facts, "consent_procedure", validity_days) == found


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (
            replace(NOTHING, authorisations=(AuthorisationFact("approved", "trust"),)),
            ("green", "Not needed: not supplied by the maker's scheme"),
        ),
        (replace(NOTHING, authorisations=(AuthorisationFact("approved", "maker"),)), ("red", "Not recorded")),
        # The scheme ended before the visit, and the trust pays now.
        (
            replace(
                NOTHING,
                authorisations=(
                    AuthorisationFact("approved", "maker", valid_to=date(2026, 2, 28)),
                    AuthorisationFact("approved", "trust"),
                ),
            ),
            ("green", "Not needed: not supplied by the maker's scheme"),
        ),
        (replace(NOTHING, consents=(ConsentFact("maker", date(2026, 1, 9)),)), ("green", "Given Fri 9 Jan")),
    ],
)
def test_the_makers_consent_is_asked_where_the_maker_supplies(facts: Facts, found: tuple[str, str]) -> None:
    assert seen(facts, "consent_maker") == found


def check(kind: str = "platelets", *, fine: bool = True, on: date = date(2026, 3, 3), result: str = "") -> Facts:
    return replace(NOTHING, checks=(CheckFact(kind, on, fine, result),))


@pytest.mark.parametrize(
    ("facts", "validity_days", "found"),
    [
        (NOTHING, None, ("red", "Not recorded")),
        (check("inr"), None, ("red", "Not recorded")),
        (check(result="210"), None, ("green", "In order on Tue 3 Mar, 210")),
        (check(result="210"), 7, ("green", "In order on Tue 3 Mar, 210")),
        (check(), 6, ("red", "Of Tue 3 Mar: older than 6 days on the day of the visit")),
        (check(fine=False, result="38"), None, ("red", "Not in order on Tue 3 Mar, 38")),
        (check(on=date(2026, 3, 11)), None, ("red", "Not recorded")),
    ],
)
def test_a_check(facts: Facts, validity_days: int | None, found: tuple[str, str]) -> None:
    assert seen(facts, "check_platelets", validity_days) == found


TABLE = Table(
    3,
    {
        "warfarin": TableRow(120, needs_inr=True),
        "aspirin": TableRow(None),
        "apixaban": TableRow(48),
    },
)


def takes(medicine: str, *, agreed: date | None = None, at: datetime = BEFORE, table: Table | None = TABLE) -> Facts:
    return replace(NOTHING, at=at, medicines=(MedicineFact(medicine, agreed),), table=table)


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (takes("Apixaban"), ("green", "Not needed")),
        (takes("Warfarin"), ("red", "Not recorded")),
        (
            replace(takes("Warfarin"), checks=(CheckFact("inr", date(2026, 3, 9), True, "1.1"),)),
            ("green", "In order on Mon 9 Mar, 1.1"),
        ),
        (takes("Dalteparin"), ("amber", "Not known whether it is needed: Dalteparin is not in the unit's table")),
    ],
)
def test_inr_is_asked_where_the_table_wants_it(facts: Facts, found: tuple[str, str]) -> None:
    assert seen(facts, "check_inr") == found


AGREED = date(2026, 3, 5)
LATER = datetime(2026, 3, 9, 9, 0, tzinfo=LONDON)
LAST_BY = "Apixaban: last dose by Sun 8 Mar 10:00"


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (takes("aspirin"), ("green", "aspirin need not be held")),
        (takes("Apixaban", agreed=AGREED), ("green", LAST_BY)),
        (takes("Apixaban"), ("amber", f"{LAST_BY}; the pause is not agreed")),
        (takes("Apixaban", at=LATER), ("red", f"{LAST_BY}, which has passed; the pause was not agreed")),
        (takes("Apixaban", agreed=AGREED, at=LATER), ("green", LAST_BY)),
        # Agreed for the visit before this one.
        (
            replace(takes("Apixaban", agreed=AGREED), given=(GivenFact(date(2026, 3, 5)),)),
            ("amber", f"{LAST_BY}; the pause is not agreed"),
        ),
        (takes("Dalteparin", agreed=AGREED), ("red", "Dalteparin is not in the unit's table")),
        (
            takes("Apixaban", agreed=AGREED, table=None),
            ("red", "The unit has no table in use, so nobody can say when the last dose is"),
        ),
        (
            replace(NOTHING, is_flagged_antithrombotic=True),
            ("amber", "The banner names one, but which medicine is not recorded"),
        ),
    ],
)
def test_antithrombotic(facts: Facts, found: tuple[str, str]) -> None:
    assert seen(facts, "antithrombotic") == found


def test_of_several_medicines_the_worst_is_told() -> None:
    both = replace(takes("Apixaban"), medicines=(MedicineFact("aspirin"), MedicineFact("Dalteparin")))
    assert seen(both, "antithrombotic") == ("red", "Dalteparin is not in the unit's table")


def test_hours_pass_as_they_do_on_the_night_the_clocks_change() -> None:
    spring = replace(takes("Apixaban", agreed=AGREED), procedure_at=datetime(2026, 3, 30, 10, tzinfo=LONDON))
    assert seen(spring, "antithrombotic")[1] == "Apixaban: last dose by Sat 28 Mar 09:00"
    autumn = replace(takes("Apixaban", agreed=AGREED), procedure_at=datetime(2026, 10, 26, 10, tzinfo=LONDON))
    assert seen(autumn, "antithrombotic")[1] == "Apixaban: last dose by Sat 24 Oct 11:00"


def paid(*, given: int = 0, amount: str = "100", dose_mg: str | None = "100", **more: object) -> Facts:
    row = AuthorisationFact(**{"status": "approved", "funding_source": "payer", "since": date(2026, 1, 1)} | more)
    doses = tuple(GivenFact(date(2026, 1, 2) + timedelta(days=14 * n), Decimal(amount)) for n in range(given))
    return replace(NOTHING, authorisations=(row,), given=doses, dose_mg=Decimal(dose_mg) if dose_mg else None)


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (NOTHING, ("red", "Not recorded")),
        (paid(status="not_required"), ("green", "Not required")),
        (paid(status="requested"), ("red", "Requested, not answered yet")),
        (paid(status="denied"), ("red", "Denied")),
        (paid(status="appealed"), ("red", "Denied, the appeal is not answered yet")),
        (paid(), ("green", "Approved")),
        (paid(valid_to=date(2026, 3, 10)), ("green", "Approved to Tue 10 Mar")),
        (paid(valid_to=date(2026, 3, 9)), ("red", "Valid only to Mon 9 Mar")),
        (paid(valid_from=date(2026, 3, 11)), ("red", "Valid only from Wed 11 Mar")),
        (paid(doses_approved=3, given=2), ("green", "Approved, dose 3 of 3 approved")),
        (paid(doses_approved=3, given=3), ("red", "All 3 approved doses are given")),
        # 100 units a dose of 100 mg
        (paid(units_approved=300, given=2), ("green", "Approved, 100 units left")),
        (paid(units_approved=300, given=3), ("red", "0 of 300 approved units are left, and a dose takes 100")),
        (paid(units_approved=150, given=1), ("red", "50 of 150 approved units are left, and a dose takes 100")),
        (paid(units_approved=250, given=2, amount="75"), ("green", "Approved, 100 units left")),
        # What was given before the approval is not set against it.
        (paid(doses_approved=1, given=2, since=date(2026, 3, 1)), ("green", "Approved, dose 1 of 1 approved")),
        # A dose that is not counted in milligrams has no units.
        (paid(units_approved=100, given=5, dose_mg=None), ("green", "Approved")),
    ],
)
def test_authorisation(facts: Facts, found: tuple[str, str]) -> None:
    assert seen(facts, "authorisation") == found


def test_one_authorisation_that_covers_is_enough() -> None:
    rows = (AuthorisationFact("denied", "payer"), AuthorisationFact("approved", "maker"))
    assert seen(replace(NOTHING, authorisations=rows), "authorisation") == ("green", "Approved")


def test_a_hold_is_red() -> None:
    held = replace(NOTHING, hold_reason="CSF white cells up.")
    assert seen(held, "not_on_hold") == ("red", "On hold: CSF white cells up")


EASTER = {date(2026, 4, 3), date(2026, 4, 6)}


@pytest.mark.parametrize(
    ("day", "warned_from"),
    [
        (date(2026, 3, 12), date(2026, 3, 10)),  # Thursday: Tuesday
        (date(2026, 3, 10), date(2026, 3, 6)),  # Tuesday: Friday
        (date(2026, 3, 30), date(2026, 3, 26)),  # Monday after the clocks went forward: Thursday
        (date(2026, 4, 7), date(2026, 4, 1)),  # Tuesday after Easter: Wednesday before
        (date(2026, 4, 4), date(2026, 4, 1)),  # a list on the Saturday of Easter
        (date(2026, 10, 27), date(2026, 10, 23)),  # Tuesday after the clocks went back: Friday
    ],
)
def test_two_working_days_before(day: date, warned_from: date) -> None:
    assert working_days_before(day, 2, EASTER) == warned_from
