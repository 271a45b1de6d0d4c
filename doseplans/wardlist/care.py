"""What was agreed about a patient's treatment: medicine, route, test, consents, funding, hold."""

import re
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from doseplans.wardlist.cells import is_blank
from doseplans.wardlist.columns import Meaning
from doseplans.wardlist.dates import DayProblem, DayUnreadable, read_day, said
from doseplans.wardlist.findings import shown
from doseplans.wardlist.funding import read_funding
from doseplans.wardlist.holds import read_hold
from doseplans.wardlist.rows import Care, Funding, ListedHold, Need
from doseplans.wardlist.sheet_row import SheetRow

LONGEST_DRUG = 120
LONGEST_ROUTE = 120
LONGEST_CONSULTANT = 120
LONGEST_GENETIC_TEST = 120
LONGEST_FUNDING = 200
LONGEST_HOLD = 300

IMPORTED_DRUGS = {"tofersen": "tofersen", "qalsody": "tofersen"}
# Named only so that a slip of the pen is answered with the word that was meant. None is ever taken for tofersen.
OTHER_DRUGS = (
    "nusinersen",
    "spinraza",
    "ocrelizumab",
    "ocrevus",
    "natalizumab",
    "tysabri",
    "methotrexate",
    "cytarabine",
)
_STRENGTH = re.compile(r"\b\d+(?:\.\d+)?\s*(?:mg|ml)\b(?:\s*/\s*\d+\s*ml)?|\b(?:it|intrathecal|injection|inj)\b")

_ROUTES = (
    (r"fluoro|x[\s-]?ray|screening|image intensifier", "fluoroscopy"),
    (r"\bct\b|tomograph", "ct"),
    (r"\buss?\b|ultra\s?sound|\bu/s\b", "ultrasound"),
    (r"un-?guided|blind|landmark|bedside|no guidance|not guided|standard", "unguided"),
)


@dataclass(frozen=True, slots=True)
class Genetics:
    """The test as reported (empty where no result is there) and what is known of it."""

    note: str
    state: str


def read_drug(row: SheetRow) -> str | None:
    """The protocol's code, or None after refusing: another medicine is never guessed into this plan."""
    text = row.value(Meaning.DRUG)
    if not text:
        advice = "Write Tofersen (or Qalsody) if that is what the patient gets."
        row.refuse(Meaning.DRUG, "drug-missing", "No drug is named.", advice)
        return None
    words = re.findall(r"[a-z0-9]+", _STRENGTH.sub(" ", text[:LONGEST_DRUG].casefold()))
    codes = {IMPORTED_DRUGS.get(word) for word in words}
    if len(codes) == 1 and None not in codes:
        return codes.pop()
    near = get_close_matches(" ".join(words), [*IMPORTED_DRUGS, *OTHER_DRUGS], n=1, cutoff=0.75)
    meant = f" Did you mean “{near[0]}”?" if near and near[0] not in words else ""
    advice = "Only tofersen (Qalsody) is imported. Correct the name, or take the row out and set up that plan by hand."
    row.refuse(Meaning.DRUG, "drug-unknown", f"“{shown(text)}” is not a drug this import knows.{meant}", advice)
    return None


def read_care(row: SheetRow, *, needs: tuple[Need, ...], at: date) -> Care:
    """Everything agreed, with questions where it does not fit together."""
    funding = _funding(row, at)
    return Care(
        consultant_name=row.words(Meaning.CONSULTANT, most=LONGEST_CONSULTANT),
        access_route=_access_route(row),
        is_route_said=bool(row.value(Meaning.ACCESS_ROUTE)),
        needs=needs,
        genetic_test=read_genetics(row).note,
        procedure_consent_on=_consent(row, Meaning.PROCEDURE_CONSENT, at),
        maker_consent_on=_consent(row, Meaning.MAKER_CONSENT, at),
        funding=funding,
        hold=_hold(row, at),
    )


def _access_route(row: SheetRow) -> str:
    text = row.value(Meaning.ACCESS_ROUTE)[:LONGEST_ROUTE]
    if not text:
        if Meaning.ACCESS_ROUTE in row.header.by_meaning:
            advice = "Nothing if that is so; else correct it on the plan before the first visit."
            row.note(Meaning.ACCESS_ROUTE, "route-missing", "No LP route is given: unguided is taken.", advice)
        return "unguided"
    found = {code for pattern, code in _ROUTES if re.search(pattern, text.casefold())}
    if len(found) == 1:
        return found.pop()
    problem = "Two LP routes are named." if found else "This is not an LP route."
    advice = "Write unguided, ultrasound (US), fluoroscopy or CT: the route decides the room and who must be there."
    row.refuse(Meaning.ACCESS_ROUTE, "route-unknown", problem, advice)
    return "unguided"


def read_genetics(row: SheetRow) -> Genetics:
    """The genetic test's state: confirmed, awaited, negative or unknown."""
    text = row.value(Meaning.GENETIC_TEST)[:LONGEST_GENETIC_TEST]
    lowered = text.casefold()
    if not text:
        return Genetics("", "unknown")
    if re.search(r"\bneg|-\s?ve\b|not found|not detected|wild\s?type|no mutation", lowered):
        return Genetics(text, "negative")
    if re.search(r"await|pending|requested|\bsent\b|tbc|to follow|outstanding|not (yet )?(done|back)|chas", lowered):
        return Genetics("", "awaited")
    if re.search(r"\+\s?ve|\bpos|confirmed|detected|mutation|\byes\b|\bp\.|\bsod1\b|^\+$", lowered):
        return Genetics(text, "confirmed")
    return Genetics(text, "unclear")


def _consent(row: SheetRow, meaning: Meaning, at: date) -> date | None:
    text = row.text(meaning)
    if is_blank(text) or text.casefold() in {"no", "n", "not given", "not needed", "not required"}:
        return None
    left_out = "Say yes to import the patient without this consent, the words kept in the comments; else write the day."
    try:
        read = read_day(text, at=at)
    except DayUnreadable as unreadable:
        if unreadable.problem is DayProblem.WORDS:
            row.ask(meaning, "consent-without-day", "This is not the day of a consent.", left_out)
            row.keep_in_comments(meaning, text)
        else:
            advice = "Correct it from the signed form, day first: 31/07/2025."
            row.refuse(meaning, "consent-day-wrong", unreadable.sentence, advice)
        return None
    if read.day > at:
        problem = f"A consent cannot have been given on {said(read.day)}, a day that has not come."
        row.ask(meaning, "consent-in-future", problem, left_out)
        row.keep_in_comments(meaning, text)
        return None
    if read.assumed:
        row.note(meaning, "day-assumed", f"Read with {read.assumed}.", "Look that it is right.")
    return read.day


def _funding(row: SheetRow, at: date) -> Funding | None:
    text = row.words(Meaning.FUNDING, most=LONGEST_FUNDING)
    if not text:
        advice = "Nothing now: the plan shows that no funding is on record."
        row.note(Meaning.FUNDING, "funding-missing", "It is not said who pays.", advice)
        return None
    read = read_funding(text, at=at)
    if read.problem:
        advice = "Write the day in full, such as “IFR approved to 31/03/2027”; say yes to keep only the words."
        row.ask(Meaning.FUNDING, "funding-day-wrong", read.problem, advice)
    if read.is_guess:
        advice = "Say yes to keep the words and mark it as requested; else write EAP, IFR approved to …, or private."
        row.ask(Meaning.FUNDING, "funding-unknown", "It is not clear who pays, or whether it was approved.", advice)
    if read.funding.valid_to and read.funding.valid_to < at:
        problem = f"The approval ended on {said(read.funding.valid_to)}."
        row.note(Meaning.FUNDING, "funding-ended", problem, "Ask for a new approval before the next dose.")
    return read.funding


def _hold(row: SheetRow, at: date) -> ListedHold | None:
    text = row.words(Meaning.HOLD, most=LONGEST_HOLD)
    read = read_hold(text, at=at)
    if read is None:
        return None
    if read.is_guess:
        advice = "Say yes to put the plan on hold, the safe side; else write No, or move the words to Comments."
        row.ask(Meaning.HOLD, "hold-unclear", "It is not clear whether treatment is on hold.", advice)
    if not read.hold.review_on:
        advice = "Nothing now: the hold stands until a doctor lifts it."
        row.note(Meaning.HOLD, "hold-without-review", "The hold names no day of review.", advice)
    elif read.hold.review_on < at:
        problem = f"The hold was to be reviewed on {said(read.hold.review_on)}, which is past."
        row.note(Meaning.HOLD, "hold-review-past", problem, "The hold still stands: ask the consultant.")
    return read.hold
