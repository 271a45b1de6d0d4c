"""What is on record about a visit, as the gates are given it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class ConsentFact:
    kind: str
    given_on: date
    expires_on: date | None = None
    withdrawn_on: date | None = None


@dataclass(frozen=True, slots=True)
class CheckFact:
    kind: str
    done_on: date
    is_acceptable: bool
    result: str = ""


@dataclass(frozen=True, slots=True)
class AuthorisationFact:
    """`since` is the day from which doses given are counted against it."""

    status: str
    funding_source: str
    since: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    units_approved: int | None = None
    doses_approved: int | None = None


@dataclass(frozen=True, slots=True)
class GivenFact:
    """A dose given, with its amount in milligrams where that is known."""

    on: date
    amount_mg: Decimal | None = None


@dataclass(frozen=True, slots=True)
class MedicineFact:
    """A medicine against clotting that the patient takes."""

    medicine: str
    hold_agreed_on: date | None = None


@dataclass(frozen=True, slots=True)
class TableRow:
    """A medicine of the site's table. `hours_before` None: it need not be held."""

    hours_before: int | None = None
    needs_inr: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The table that the site has approved and put in use. Medicines are compared without regard to capitals."""

    version: int
    rows: Mapping[str, TableRow]

    def row(self, medicine: str) -> TableRow | None:
        return self.rows.get(medicine.strip().casefold())


@dataclass(frozen=True, slots=True)
class Facts:
    """A visit and its patient as they stand at `at`. Both instants carry the unit's zone.

    `dose_mg` is what the visit's dose takes, None where the protocol does not say it in milligrams. `table` None: the
    unit has none in use. `checks` hold the latest of each kind up to the visit's day.
    """

    at: datetime
    procedure_at: datetime
    consents: tuple[ConsentFact, ...] = ()
    checks: tuple[CheckFact, ...] = ()
    authorisations: tuple[AuthorisationFact, ...] = ()
    medicines: tuple[MedicineFact, ...] = ()
    is_flagged_antithrombotic: bool = False
    table: Table | None = None
    given: tuple[GivenFact, ...] = field(default=())
    dose_mg: Decimal | None = None
    hold_reason: str | None = None

    @property
    def on(self) -> date:
        """The visit's day, by the unit's calendar."""
        return self.procedure_at.date()

    @property
    def last_given_on(self) -> date | None:
        return max((dose.on for dose in self.given), default=None)
