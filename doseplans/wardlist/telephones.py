"""Telephone numbers as a ward writes them, as E.164."""

import re
from dataclasses import dataclass

import phonenumbers

REGION = "GB"
LONGEST_CELL = 200
_RUN = re.compile(r"\+?\(?\d[\d\s().\-–/]{5,}\d")
# Ofcom's numbers for drama: nobody's, so libphonenumber calls them invalid; training lists are made of them.
_DRAMA = re.compile(r"^\+44(7700900\d{3}|1632960\d{3}|3069990\d{3}|8081570\d{3}|9098790\d{3}|28964960\d{2})$")


@dataclass(frozen=True, slots=True)
class ReadTelephone:
    """The first number of a cell as E.164, and what else stood there."""

    number: str
    rest: str


def read_telephone(text: str) -> ReadTelephone | None:
    """The number, or None where the text holds none that can be rung.

    >>> read_telephone("07700 900416")
    ReadTelephone(number='+447700900416', rest='')
    >>> read_telephone("020 7946 0018 (ask for Ewa)").rest
    'ask for Ewa'
    >>> read_telephone("ring the ward") is None
    True
    """
    if len(text) > LONGEST_CELL:
        return None
    if number := _number(text):
        return ReadTelephone(number, "")
    for run in _RUN.finditer(text):
        # "01632 960001/2" and "0770… / 020…": the slash parts numbers.
        for piece in run[0].split("/"):
            if number := _number(piece):
                return ReadTelephone(number, _rest(text, piece))
    return None


def _number(text: str) -> str:
    try:
        parsed = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return ""
    if any(character.isalpha() for character in text):
        return ""  # libphonenumber would spell words as keys
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return number if phonenumbers.is_valid_number(parsed) or _DRAMA.match(number) else ""


def _rest(text: str, piece: str) -> str:
    return " ".join(text.replace(piece, " ", 1).split()).strip(" ()/,;:-–")
