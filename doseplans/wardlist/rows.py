"""What one row of a ward list says, typed. Codes are the record's own: see `patients.models` and `doseplans.models`."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Need:
    """Something the ward must provide for; `text` as the banner shows it."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class ListedCarer:
    """Somebody who looks after the patient. `phone` is E.164 or empty."""

    name: str
    relationship: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Funding:
    """Who pays: source and state as codes, until when (None: not said), and the list's own words."""

    source: str
    status: str
    valid_to: date | None
    text: str


@dataclass(frozen=True, slots=True)
class ListedHold:
    """Treatment is on hold: why, and when that is looked at again (None: not said)."""

    reason: str
    review_on: date | None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the row is about. `nhs_number` is ten digits, or None where it is not known."""

    hospital_number: str
    nhs_number: str | None
    family_name: str
    given_name: str
    birth_date: date
    sex: str


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach the patient. `phone` is E.164 or empty; `language` an ISO 639 code, empty where none is named.

    `is_channel_said` is False where the list says nothing and `channel` is what works.
    """

    phone: str
    email: str
    channel: str
    is_channel_said: bool
    language: str
    carer: ListedCarer | None


@dataclass(frozen=True, slots=True)
class Care:
    """What was agreed about the treatment. `is_route_said` is False where the list says nothing: unguided then."""

    consultant_name: str
    access_route: str
    is_route_said: bool
    needs: tuple[Need, ...]
    genetic_test: str
    procedure_consent_on: date | None
    maker_consent_on: date | None
    funding: Funding | None
    hold: ListedHold | None


@dataclass(frozen=True, slots=True)
class Course:
    """The doses given, in order, one per number from 1 on; or the day the first is planned for (None: not said)."""

    protocol_code: str
    given_on: tuple[date, ...]
    starts_on: date | None


@dataclass(frozen=True, slots=True)
class WardRow:
    """One patient of the list, fit to be saved once the questions about it are answered."""

    line: int
    who: Identity
    contact: Contact
    care: Care
    course: Course
    comments: str
