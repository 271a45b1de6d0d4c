"""Message texts as templates: which variables there are, how they are filled in, and what no text may say.

Plain functions. Filling in looks only for the names listed here, so that a name such as `{phone.__class__}` typed
into a patient's record stays what it is: text.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from types import MappingProxyType

from patients.rules import nhs_number_problem

VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        "name": "who the message is for",
        "patient": "the patient's forename in a message to a carer; empty in the patient's own",
        "arrive_day": "the day, such as Tuesday 1 December 2026",
        "short_day": "the day in short, such as Tue 1 Dec",
        "arrive_time": "when to arrive, such as 9:30am",
        "leave_time": "when to expect to leave",
        "length": "how long it takes, such as about 3 hours",
        "site": "the hospital or site",
        "address": "its address on one line",
        "phone": "the unit's telephone number",
        "email": "the unit's e-mail address",
        "directions": "how to find us",
        "calendar": "what an e-mail does to the reader's calendar; empty in letters",
        "bring": "what to bring",
        "booked_day": "the day of the visit as it is booked, where another time is offered",
        "short_booked_day": "the same day in short",
        "booked_time": "when to arrive for it",
        "answer_by": "until when an offered time is kept",
        "short_answer_by": "the same in short, such as Tue 1 Dec, 5pm",
        "answer_link": "the reader's own page; on a line of its own: a button for each answer",
    }
)
# A subject is read on a locked screen and by every server on the way: nobody's name, nothing but the day.
SUBJECT_VARIABLES = frozenset({"arrive_day", "arrive_time", "short_day"})

# What says the same in fewer letters, for text messages.
SHORT_FORMS: Mapping[str, str] = MappingProxyType(
    {"arrive_day": "short_day", "booked_day": "short_booked_day", "answer_by": "short_answer_by"}
)

_VARIABLE = re.compile(r"\{([^{}\n]*)\}")
_BRACE = re.compile(r"[{}]")

# Stems, matched from the start of a word whatever the case.
_STEMS = (
    "tofersen", "qalsody", "nusinersen", "spinraza", "ocrelizumab", "ocrevus", "natalizumab", "tysabri", "biogen",
    "oligonucleotide", "antisense", "intrathecal", "lumbar", "punctur", "spinal", "cerebrospinal", "amyotroph",
    "sclerosis", "motor neuron", "neuropath", "injection", "injected", "infusion", "infused", "chemo", "sedat",
    "dose", "dosing", "warfarin", "anticoag", "antithrombotic", "genetic", "mutation", "diagnos", "nhs number",
    "nhs no", "hospital number", "date of birth",
)  # fmt: skip
_STEM = re.compile(r"\b(?:" + "|".join(_STEMS).replace(" ", r"\s+") + r")\w*", re.IGNORECASE)
# Only in capitals: "als" is an ordinary word in German and Dutch.
_ACRONYM = re.compile(r"\b(?:ALS|MND|SOD1|CSF|LP|SMA)\b")
_TEN_DIGITS = re.compile(r"(?<![\d+])\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)")
# A birthday: a full date of a year that no visit is in, in figures or with the month in words, or one called so.
_OLD_YEAR = r"(?:19\d\d|20[01]\d)"
_BIRTHDAY = re.compile(
    rf"\b\d{{1,2}}[./-]\d{{1,2}}[./-]{_OLD_YEAR}\b|\b{_OLD_YEAR}-\d{{2}}-\d{{2}}\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?\s+[^\W\d]{{3,12}}\s+{_OLD_YEAR}\b|\bD\.?O\.?B\b\.?",
    re.IGNORECASE,
)
_INITIALS = re.compile(r"\b(?!(?:U\.K|P\.S|A\.M|P\.M|N\.B)\.)(?:[A-Z]\.[ ]?){2,}")
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?[ ]?\d[ABD-HJLNP-UW-Z]{2}\b")


def fill(template: str, values: Mapping[str, str]) -> str:
    """The text with its variables filled in. A line whose variables are all empty is left out.

    >>> print(fill("Dear {name}\\nWhat to bring: {bring}\\nRing {phone}.", {"name": "Ann", "phone": "1"}))
    Dear Ann
    Ring 1.
    """
    lines = []
    for line in template.replace("\r\n", "\n").split("\n"):
        names = [name for name in _VARIABLE.findall(line) if name in VARIABLES]
        if names and not any(values.get(name) for name in names):
            continue
        lines.append(_VARIABLE.sub(lambda match: _value(match, values), line))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _value(match: re.Match[str], values: Mapping[str, str]) -> str:
    name = match.group(1)
    return values.get(name, "") if name in VARIABLES else match.group(0)


def problems_of(
    subject: str, body: str, *, must_name: Iterable[str] = (), also_refused: Iterable[str] = ()
) -> list[str]:
    """Why a text cannot be used, a sentence each; empty when it can.

    `must_name` are variables without which the text would not do its work; `also_refused` are further words, such as
    the names of the protocols in use.

    >>> problems_of("Your appointment", "Dear {nane}")
    ['There is no variable {nane}. Did you mean {name}?']
    >>> problems_of("Your appointment", "Your dose of Tofersen")
    ['“dose”, “Tofersen” must not stand in a message: mail is read by others.']
    """
    found = []
    if "\n" in subject or "\r" in subject:
        found.append("The subject is one line.")
    found += _variable_problems(subject, SUBJECT_VARIABLES, "in the subject")
    found += _variable_problems(body, frozenset(VARIABLES), "")
    found += [f"The text must say {{{name}}}: {VARIABLES[name]}." for name in must_name if not _says(body, name)]
    indiscreet = indiscretions(f"{subject}\n{body}", also_refused)
    if indiscreet:
        words = ", ".join(f"“{word}”" for word in indiscreet)
        found.append(f"{words} must not stand in a message: mail is read by others.")
    return found


def _says(body: str, name: str) -> bool:
    return any(f"{{{form}}}" in body for form in (name, SHORT_FORMS.get(name, name)))


def _variable_problems(text: str, allowed: frozenset[str], where: str) -> list[str]:
    found = []
    for name in dict.fromkeys(_VARIABLE.findall(text)):
        if name in allowed:
            continue
        if name in VARIABLES:
            found.append(f"{{{name}}} cannot stand {where}: it is read on locked screens.")
        else:
            guess = _nearest(name)
            found.append(f"There is no variable {{{name}}}." + (f" Did you mean {{{guess}}}?" if guess else ""))
    if _BRACE.search(_VARIABLE.sub("", text)):
        found.append("A { or } stands alone. Variables look like {arrive_day}.")
    return found


def _nearest(name: str) -> str | None:
    from difflib import get_close_matches  # only ever needed when somebody has mistyped

    close = get_close_matches(name.strip().lower(), VARIABLES, n=1, cutoff=0.5)
    return close[0] if close else None


def postcodes(text: str) -> frozenset[str]:
    """The postcodes in a text, as they stand there.

    >>> sorted(postcodes("Quay Road, Anytown AN1 2AA"))
    ['AN1 2AA']
    """
    return frozenset(_POSTCODE.findall(text))


def indiscretions(text: str, also_refused: Iterable[str] = (), *, allowed: Container[str] = ()) -> list[str]:
    """Words for a drug, a diagnosis, a procedure or an identifier, in the order in which they stand.

    An identifier is an NHS number, a postcode, a birthday, or initials. `allowed` are words that give nobody away
    after all: the site's own postcode.

    >>> indiscretions("Ring 020 7946 0000. Als je niet kunt komen: bel ons. ALS clinic, 999 089 9452")
    ['ALS', '999 089 9452']
    >>> indiscretions("For J. F. of AN1 2AA, born 02/07/1971. We moved on 1 March 2026, open to 5 p.m.")
    ['J. F.', 'AN1 2AA', '02/07/1971']
    """
    words = (_STEM, _ACRONYM, _BIRTHDAY, _INITIALS, _POSTCODE)
    found = [(match.start(), match.group(0).strip()) for pattern in words for match in pattern.finditer(text)]
    for word in filter(None, (word.strip() for word in also_refused)):
        found += [(m.start(), m.group(0)) for m in re.finditer(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)]
    for match in _TEN_DIGITS.finditer(text):
        if nhs_number_problem(match.group(0)) is None:
            found.append((match.start(), match.group(0)))
    return list(dict.fromkeys(word for _, word in sorted(found) if word not in allowed))
