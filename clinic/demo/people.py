"""Invented people: staff accounts and patients' names, needs and carers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from doseplans.models import AccessRoute
from patients.models import Flag, Patient
from units.policy import Role

PASSWORD = "lumbar-tuesday-kettle"  # noqa: S105  shown at every start of the demo
ACCOUNTS: tuple[tuple[str, str, Role], ...] = (
    ("coordinator@demo.example", "Karen Mistry", Role.COORDINATOR),
    ("nurse@demo.example", "Tola Bello", Role.NURSE),
    ("doctor@demo.example", "Dr Amina Malik", Role.DOCTOR),
    ("pharmacist@demo.example", "Jun Sato", Role.PHARMACIST),
    ("manager@demo.example", "Rhys Morgan", Role.MANAGER),
    ("admin@demo.example", "Isla Reid", Role.ADMINISTRATOR),
)
OPERATORS = ("Dr Amina Malik", "Dr Samuel Ferreira", "ANP Joan Boyd", "Dr Piet Lindqvist")
ASSISTS = "Tola Bello"
CONSULTANTS = ("Dr A. Malik", "Dr S. Ferreira", "Prof. H. Renshaw")

_NAMES = (
    "Kowalczyk Anna|Mensah Kofi|Petrov Anton|Yilmaz Deniz|Gallagher Sinéad|Osei-Tutu Grace|Hartley George|"
    "Novák Tomáš|Sharma Leela|Adeleke Tunde|Brennan Maeve|Ramsbottom Edith|Lindqvist Marta|Okafor Chidi|"
    "Whitcombe Harriet|Castellanos Inés|Bhatt Rajan|Delacroix Émile|Fairweather Joan|Nowak Piotr|Abara Ngozi|"
    "Pritchard Owen|Haughey Declan|Sørensen Birgit|Ivanova Katya|Greene Patrick|Duarte Sofia|Farrow Dominic|"
    "Lowe Martin|Ó Briain Cathal|Van der Merwe Anneke|Al-Rashid Salma|Thwaite Barbara|Chukwu Emeka|Iqbal Nadia|"
    "Jørgensen Lars|McAllister Fiona|Featherstonehaugh-Cholmondeley Maximilian|Tran Minh|Wójcik Ewa"
)
NAMES: tuple[tuple[str, str], ...] = tuple(
    (name.rpartition(" ")[0], name.rpartition(" ")[2]) for name in _NAMES.split("|")
)
_WOMEN = frozenset(
    [
        "Anna",
        "Sinéad",
        "Grace",
        "Leela",
        "Maeve",
        "Edith",
        "Marta",
        "Harriet",
        "Inés",
        "Joan",
        "Ngozi",
        "Birgit",
        "Katya",
        "Sofia",
        "Anneke",
        "Salma",
        "Barbara",
        "Nadia",
        "Fiona",
        "Ewa",
    ]
)

Code = Flag.Code
_FLAGS: dict[int, tuple[tuple[str, str, str], ...]] = {
    0: (("alert", Code.ANTITHROMBOTIC, "Clopidogrel"), ("alert", Code.ALLERGY, "Penicillin allergy"),
        ("need", Code.HOIST, "Hoist"), ("need", Code.LARGE_PRINT, "Large print")),
    4: (("need", Code.LARGE_PRINT, "Large print"),),
    6: (("need", Code.HOIST, "Hoist"), ("need", Code.TRANSPORT, "Transport both ways")),
    11: (("need", Code.COMMUNICATION_AID, "Communication aid"),),
    12: (("alert", Code.ALLERGY, "Latex allergy"), ("need", Code.INTERPRETER, "Interpreter: Swedish")),
    18: (("need", Code.HOIST, "Hoist"), ("need", Code.LARGE_PRINT, "Large print")),
    22: (("need", Code.WHEELCHAIR, "Wheelchair"),),
    24: (("need", Code.INTERPRETER, "Interpreter: Russian"),),
    25: (("need", Code.COMMUNICATION_AID, "Speech: allow time"),),
    29: (("need", Code.NIV, "Ventilation at night"),),
    32: (("need", Code.LARGE_PRINT, "Large print"), ("need", Code.EASY_READ, "Easy read")),
    36: (("need", Code.BSL, "BSL interpreter"),),
    37: (("alert", Code.ANTITHROMBOTIC, "Apixaban"), ("need", Code.LARGE_PRINT, "Large print")),
}  # fmt: skip
_CARERS: dict[int, tuple[str, str]] = {
    0: ("Ola Kowalczyk", "daughter"),
    1: ("Ama Mensah", "wife"),
    6: ("Ruth Hartley", "wife"),
    9: ("Bisi Adeleke", "sister"),
    12: ("Nils Lindqvist", "husband"),
    18: ("Neil Fairweather", "husband"),
    25: ("Joan Greene", "wife"),
    29: ("Aoife Ó Briain", "wife"),
    32: ("Colin Thwaite", "son"),
    37: ("Arabella Featherstonehaugh-Cholmondeley", "wife"),
}
_ROUTES = (
    AccessRoute.UNGUIDED,
    AccessRoute.UNGUIDED,
    AccessRoute.UNGUIDED,
    AccessRoute.ULTRASOUND,
    AccessRoute.FLUOROSCOPY,
)


@dataclass(frozen=True, slots=True)
class Person:
    """An invented patient."""

    number: int
    family_name: str
    given_name: str
    sex: Patient.Sex
    birth_date: date
    nhs_number: str
    hospital_number: str
    flags: tuple[tuple[str, str, str], ...]
    carer: tuple[str, str] | None
    consultant: str
    route: str


def person(number: int) -> Person:
    """The invented patient of that number, always the same.

    >>> person(0).nhs_number == person(0).nhs_number, person(0).family_name
    (True, 'Kowalczyk')
    """
    family_name, given_name = NAMES[number]
    return Person(
        number=number,
        family_name=family_name,
        given_name=given_name,
        sex=Patient.Sex.FEMALE if given_name in _WOMEN else Patient.Sex.MALE,
        birth_date=date(1946 + number * 7 % 49, 1 + number * 5 % 12, 1 + number * 11 % 28),
        nhs_number=_nhs_number(number),
        hospital_number=f"Q{304001 + 37 * number}",
        flags=_FLAGS.get(number, ()),
        carer=_CARERS.get(number),
        consultant=CONSULTANTS[number % len(CONSULTANTS)],
        route=_ROUTES[number % len(_ROUTES)],
    )


def _nhs_number(number: int) -> str:
    """The `number`-th usable one of a run in the test range (999...)."""
    found = -1
    for stem in range(999_300_100, 999_400_000, 137):
        digits = f"{stem}"
        check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check == 10:
            continue
        found += 1
        if found == number:
            return digits + str(check % 11)
    raise ValueError(number)
