"""Who a row is about: numbers, name, birth, sex."""

from datetime import date

from doseplans.wardlist.cells import SCIENTIFIC, SPREADSHEET_ERROR, is_blank, is_formula
from doseplans.wardlist.columns import Meaning
from doseplans.wardlist.dates import ADULT_AGE, OLDEST_AGE, DayUnreadable, read_day, said
from doseplans.wardlist.names import oddity, split_full, tidied
from doseplans.wardlist.rows import Identity
from doseplans.wardlist.sheet_row import SheetRow
from patients.rules import age_on, nhs_number_problem

LONGEST_NAME = 80
LONGEST_HOSPITAL_NUMBER = 20
SEXES = {
    "m": "male", "male": "male", "man": "male", "f": "female", "female": "female", "woman": "female", "w": "female",
    "o": "other", "other": "other", "x": "other", "indeterminate": "other", "nonbinary": "other", "u": "unknown",
}  # fmt: skip


def read_identity(row: SheetRow, *, at: date) -> Identity | None:
    """Who the row is about, or None after refusing what cannot be anybody."""
    hospital_number = hospital_number_of(row)
    nhs_number = _nhs_number(row)
    family_name, given_name = _names(row)
    birth_date = _birth_date(row, at=at)
    sex = _sex(row)
    if row.is_refused or birth_date is None:
        return None
    return Identity(hospital_number, nhs_number, family_name, given_name, birth_date, sex)


def hospital_number_of(row: SheetRow) -> str:
    """The hospital number without spaces, in capitals; refused where it is missing or was eaten by the spreadsheet."""
    text = row.value(Meaning.HOSPITAL_NUMBER)
    number = "".join(text.split()).upper().removesuffix(".0")
    if not number:
        row.refuse(
            Meaning.HOSPITAL_NUMBER,
            "hospital-number-missing",
            "The patient has no hospital number.",
            "Fill it in from the hospital's own system: it is how the patient is found again.",
        )
    elif _is_eaten(text) or is_formula(text):
        row.refuse(
            Meaning.HOSPITAL_NUMBER,
            "hospital-number-unreadable",
            "This is not a hospital number: the spreadsheet program changed it.",
            "Format the column as text, type the number again and save the list again.",
        )
    elif len(number) > LONGEST_HOSPITAL_NUMBER or not any(character.isdigit() for character in number):
        row.refuse(
            Meaning.HOSPITAL_NUMBER,
            "hospital-number-unreadable",
            "This cannot be a hospital number.",
            f"It has digits and at most {LONGEST_HOSPITAL_NUMBER} characters. Check which column it stands in.",
        )
    return number


def nhs_digits(text: str) -> str:
    """The number without its spaces and dashes.

    >>> nhs_digits("999 681 5595"), nhs_digits("9990899452.0")
    ('9996815595', '9990899452')
    """
    return "".join(text.removesuffix(".0").replace("-", " ").split())


def _nhs_number(row: SheetRow) -> str | None:
    text = row.value(Meaning.NHS_NUMBER)
    if not text:
        row.note(
            Meaning.NHS_NUMBER,
            "nhs-number-missing",
            "The patient has no NHS number here.",
            "Nothing now: it is kept as unknown. Add it once it is traced.",
        )
        return None
    problem = "The spreadsheet program changed the number." if _is_eaten(text) else nhs_number_problem(nhs_digits(text))
    if problem:
        row.refuse(
            Meaning.NHS_NUMBER,
            "nhs-number-wrong",
            problem,
            "Compare it with a letter or the Spine and correct it; leave the cell empty if the number is not known.",
        )
        return None
    return nhs_digits(text)


def _is_eaten(text: str) -> bool:
    return bool(SCIENTIFIC.match(text) or SPREADSHEET_ERROR.match(text))


def _names(row: SheetRow) -> tuple[str, str]:
    if Meaning.FULL_NAME in row.header.by_meaning and Meaning.FAMILY_NAME not in row.header.by_meaning:
        text = row.text(Meaning.FULL_NAME)
        parts = split_full(text)
        if parts is None:
            row.refuse(
                Meaning.FULL_NAME,
                "name-not-split",
                "It does not say which part is the surname." if text else "The name is missing.",
                "Write the surname, a comma, the forename: THOMPSON, Aoife.",
            )
            return "", ""
        family, given = parts
        _look_at_name(row, Meaning.FULL_NAME, family)
        _look_at_name(row, Meaning.FULL_NAME, given)
    else:
        family = _one_name(row, Meaning.FAMILY_NAME)
        given = _one_name(row, Meaning.GIVEN_NAME)
    return (
        family if oddity(family) else tidied(family),
        given if oddity(given) else tidied(given, is_family=False),
    )


def _one_name(row: SheetRow, meaning: Meaning) -> str:
    text = " ".join(row.text(meaning).split())
    if not text or text in {"-", "?", "–", "—"}:
        row.refuse(
            meaning,
            f"{'surname' if meaning is Meaning.FAMILY_NAME else 'forename'}-missing",
            f"The {meaning.value} is missing.",
            "Fill it in: a patient without a full name could be taken for another.",
        )
        return ""
    _look_at_name(row, meaning, text)
    return text


def _look_at_name(row: SheetRow, meaning: Meaning, name: str) -> None:
    if len(name) > LONGEST_NAME:
        row.refuse(meaning, "too-long", f"A name of {len(name)} characters; the most is {LONGEST_NAME}.", "Shorten it.")
    elif SPREADSHEET_ERROR.match(name):
        problem = "The spreadsheet program wrote an error instead of the name."
        row.refuse(meaning, "name-unreadable", problem, "Type the name again.")
    elif odd := oddity(name):
        row.ask(
            meaning,
            "odd-name",
            f"This does not look like a name. {odd}",
            "Correct it from the notes; say yes to keep it exactly as typed, as plain text.",
        )


def _birth_date(row: SheetRow, *, at: date) -> date | None:
    text = row.text(Meaning.BIRTH_DATE)
    if is_blank(text):
        row.refuse(
            Meaning.BIRTH_DATE,
            "birth-date-missing",
            "The date of birth is missing.",
            "Fill it in: name and date of birth are checked before every treatment.",
        )
        return None
    try:
        read = read_day(text, at=at, is_birth=True)
    except DayUnreadable as unreadable:
        advice = "Correct it from the notes and write it day first, with the year in full: 17/10/1977."
        row.refuse(Meaning.BIRTH_DATE, "birth-date-wrong", unreadable.sentence, advice)
        return None
    if read.assumed:
        row.note(Meaning.BIRTH_DATE, "day-assumed", f"Read with {read.assumed}.", "Look that it is right.")
    if _is_plausible_birth(row, read.day, at):
        return read.day
    return None


def _is_plausible_birth(row: SheetRow, born: date, at: date) -> bool:
    if born > at:
        problem, advice = "The date of birth has not come yet.", "Correct the year from the notes."
        row.refuse(Meaning.BIRTH_DATE, "birth-date-in-future", problem, advice)
        return False
    age = age_on(born, at)
    if age < ADULT_AGE:
        problem = f"Born on {said(born)} the patient is {age}; this medicine is for adults."
        advice = "Check the year. A child is not treated under this plan: take the row out of the list."
        row.refuse(Meaning.BIRTH_DATE, "not-an-adult", problem, advice)
        return False
    if age >= OLDEST_AGE - 5:
        problem, advice = f"Born on {said(born)} the patient would be {age}.", "Check the year; say yes if it is right."
        row.ask(Meaning.BIRTH_DATE, "very-old", problem, advice)
    return True


def _sex(row: SheetRow) -> str:
    text = row.value(Meaning.SEX)
    sex = SEXES.get("".join(character for character in text.casefold() if character.isalpha()))
    if text and sex is None:
        advice = "Write M, F or other; say yes to record the sex as unknown."
        row.ask(Meaning.SEX, "sex-unknown", "This is not read as a sex.", advice)
    return sex or "unknown"
