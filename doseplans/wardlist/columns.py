"""Which column means what, however a ward names it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Meaning(StrEnum):
    """What a column of a ward's list may say. The value is how we name it to a person."""

    HOSPITAL_NUMBER = "hospital number"
    NHS_NUMBER = "NHS number"
    FAMILY_NAME = "surname"
    GIVEN_NAME = "forename"
    FULL_NAME = "full name"
    BIRTH_DATE = "date of birth"
    SEX = "sex"
    PHONE = "telephone"
    EMAIL = "e-mail"
    CARER = "carer"
    CARER_RELATIONSHIP = "carer's relationship"
    CARER_PHONE = "carer's telephone"
    CARER_EMAIL = "carer's e-mail"
    CONSULTANT = "consultant"
    DRUG = "drug"
    ACCESS_ROUTE = "LP route"
    NEEDS = "needs"
    CHANNEL = "contact by"
    GENETIC_TEST = "genetic test"
    PROCEDURE_CONSENT = "consent date"
    MAKER_CONSENT = "maker's consent date"
    FUNDING = "funding"
    DOSE = "a dose's day"
    MAINTENANCE_DOSES = "maintenance doses given"
    ALL_DOSES = "all doses given"
    HOLD = "on hold"
    COMMENTS = "comments"


LOADING_DOSES = 3

# Spelled without spaces, punctuation and case; see `heading_key`.
SYNONYMS: dict[Meaning, str] = {
    Meaning.HOSPITAL_NUMBER: (
        "hospno hospnum hospnumber hospitalno hospitalnumber hospitalnum hospitalid hospid hospital mrn "
        "mrnnumber crn pas pasno pasnumber pasid casenotes casenoteno casenotenumber unitno unitnumber "
        "patientid patientno patientnumber hn hno rnumber localid districtno districtnumber"
    ),
    Meaning.NHS_NUMBER: "nhsno nhs nhsnum nhsnumber nhsid nnn newnhsno chi chino chinumber hcn hcno hcnumber",
    Meaning.FAMILY_NAME: "surname familyname lastname secondname sname patientsurname",
    Meaning.GIVEN_NAME: "forename forenames firstname firstnames givenname givennames fname patientforename",
    Meaning.FULL_NAME: "name patient patientname fullname patientsname nameofpatient",
    Meaning.BIRTH_DATE: "dob dateofbirth birthdate birthday born dateborn",
    Meaning.SEX: "sex gender mf sexmf",
    Meaning.PHONE: (
        "tel telephone telno telephoneno telephonenumber telnumber phone phoneno phonenumber mobile mobileno "
        "mobilenumber mob contactno contactnumber contacttel patienttel patientphone patienttelephone "
        "patientmobile mobiletel"
    ),
    Meaning.EMAIL: "email emailaddress mail patientemail emailadd",
    Meaning.CARER: "carer carername nok nextofkin carernok nokcarer relative carernextofkin maincarer nokname",
    Meaning.CARER_RELATIONSHIP: "relationship carerrelationship nokrelationship relationshiptopatient relation",
    Meaning.CARER_PHONE: (
        "carertel carertelephone carerphone carermobile carerphoneno carerphonenumber carertelno carermob "
        "carercontactno carercontactnumber carercontact noktel noktelephone nokphone nokmobile nextofkintel "
        "nextofkinphone"
    ),
    Meaning.CARER_EMAIL: "careremail careremailaddress nokemail nextofkinemail carermail",
    Meaning.CONSULTANT: "consultant cons consultantname neurologist responsibleconsultant doctor dr leadconsultant",
    Meaning.DRUG: "drug drugname medicine medication treatment product therapy",
    Meaning.ACCESS_ROUTE: (
        "lproute route accessroute access lpguidance guidance imageguidance imaging lptype lpmethod lpaccess "
        "lpby guided lp"
    ),
    Meaning.NEEDS: (
        "needs need accessneeds specialneeds requirements additionalneeds accessibility accessibleinformation "
        "ais supportneeds extraneeds specialrequirements adjustments reasonableadjustments"
    ),
    Meaning.CHANNEL: (
        "contactby contactvia preferredcontact contactpreference prefcontact contactmethod "
        "preferredcontactmethod contactmeans contactpref howtocontact communicationpreference letterby "
        "prefersby preferscontactby preferredchannel"
    ),
    Meaning.GENETIC_TEST: (
        "genetictest genetics genetic sod1 sod1status sod1result sod1test geneticresult genetictestresult "
        "gene genetictesting mutation"
    ),
    Meaning.PROCEDURE_CONSENT: (
        "consentdate consent consentdated dateofconsent procedureconsent procedureconsentdate consented "
        "consentsigned lpconsent lpconsentdate consentgiven consentform dateconsented treatmentconsent"
    ),
    Meaning.MAKER_CONSENT: (
        "biogenconsent biogenconsentdate makerconsent makersconsent makerconsentdate makersconsentdate "
        "eapconsent eapconsentdate manufacturerconsent companyconsent schemeconsent accessschemeconsent "
        "mapconsent"
    ),
    Meaning.FUNDING: "funding fundingsource fundedby payer funder fundingstatus fundingroute ifr",
    Meaning.MAINTENANCE_DOSES: (
        "maintenancedosesgiven maintenancedoses maintenance maintenancegiven maintenancedosedates "
        "maintenancedates maintdoses maintdosesgiven maint maintenancedose furtherdoses furtherdosesgiven "
        "subsequentdoses otherdoses laterdoses monthlydoses"
    ),
    Meaning.ALL_DOSES: (
        "doses dosesgiven dosedates alldoses alldosesgiven datesgiven treatmentdates dosesgivendates "
        "datesofdoses doseddates givenon dosesdates"
    ),
    Meaning.HOLD: "onhold hold held paused onholdyn holdreason suspended treatmenthold onholdreason",
    Meaning.COMMENTS: (
        "comments comment notes note remarks remark othercomments freetext otherinfo otherinformation additionalinfo"
    ),
}
_MEANINGS = {name: meaning for meaning, names in SYNONYMS.items() for name in names.split()}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6}

_GIVEN = r"(?:given|date|dategiven|givenon|on|dose|dosedate)?"
_NUMBERED_DOSE = re.compile(rf"^(?:dose|doseno|dosenumber|d)(\d{{1,3}}){_GIVEN}$")
_NUMBERED_LOADING = re.compile(rf"^(?:loading|load|loadingdose|ld|l|loadingdoseno)([123]){_GIVEN}$")
_NUMBERED_MAINTENANCE = re.compile(rf"^(?:maintenance|maint|maintenancedose|maintdose|md|m)(\d{{1,3}}){_GIVEN}$")
_ORDINAL_DOSE = re.compile(
    rf"^(\d{{1,3}}(?=st|nd|rd|th)|first|second|third|fourth|fifth|sixth)(?:st|nd|rd|th)?(?:loading)?dose{_GIVEN}$"
)

REQUIRED = (
    Meaning.HOSPITAL_NUMBER,
    Meaning.FAMILY_NAME,
    Meaning.GIVEN_NAME,
    Meaning.BIRTH_DATE,
    Meaning.DRUG,
)


# A list without them is read; that they are unknown for everybody is told once.
EXPECTED = (
    Meaning.NHS_NUMBER,
    Meaning.SEX,
    Meaning.PHONE,
    Meaning.EMAIL,
    Meaning.CONSULTANT,
    Meaning.NEEDS,
    Meaning.CHANNEL,
    Meaning.GENETIC_TEST,
    Meaning.PROCEDURE_CONSENT,
    Meaning.FUNDING,
    Meaning.HOLD,
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the sheet: where it stands, its heading as typed, and what it means (None: nothing we know).

    `dose` is the dose's number in the whole series for a column that holds one dose's day.
    """

    index: int
    heading: str
    meaning: Meaning | None
    dose: int = 0

    @property
    def name(self) -> str:
        """The heading, or the letter a spreadsheet shows where there is none."""
        return self.heading or f"column {letter(self.index)}"


def letter(index: int) -> str:
    """The spreadsheet's letter of a column.

    >>> letter(0), letter(25), letter(26)
    ('A', 'Z', 'AA')
    """
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def heading_key(heading: str) -> str:
    """A heading without case, spaces, punctuation and what stands in brackets.

    >>> heading_key("D.O.B. (dd/mm/yyyy)"), heading_key("E-mail"), heading_key("On hold?")
    ('dob', 'email', 'onhold')
    """
    without_brackets = re.sub(r"\([^)]*\)|\[[^\]]*\]", "", heading)
    return re.sub(r"[\W_]+", "", (without_brackets.strip() or heading).casefold())


def meaning_of(heading: str) -> tuple[Meaning | None, int]:
    """What a heading means, and which dose of the series where it names one.

    >>> meaning_of("Hosp No"), meaning_of("Loading 2"), meaning_of("Maintenance 1"), meaning_of("Shoe size")
    ((<Meaning.HOSPITAL_NUMBER: 'hospital number'>, 0), (<Meaning.DOSE: "a dose's day">, 2), \
(<Meaning.DOSE: "a dose's day">, 4), (None, 0))
    """
    key = heading_key(heading)
    if key in _MEANINGS:
        return _MEANINGS[key], 0
    number = 0
    if found := _NUMBERED_DOSE.match(key) or _NUMBERED_LOADING.match(key):
        number = int(found[1])
    elif found := _NUMBERED_MAINTENANCE.match(key):
        number = LOADING_DOSES + int(found[1]) if int(found[1]) else 0
    elif found := _ORDINAL_DOSE.match(key):
        number = _ORDINALS.get(found[1]) or int(found[1])
    return (Meaning.DOSE, number) if number else (None, 0)


def read_columns(headings: Sequence[str]) -> tuple[Column, ...]:
    """Every column of a header row, known or not."""
    return tuple(Column(index, heading, *meaning_of(heading)) for index, heading in enumerate(headings))


def known_headings(cells: Sequence[str]) -> int:
    """How many different meanings a row's cells name: what makes it look like a header row."""
    meant = {meaning_of(text) for text in cells if text and len(text) <= 60}
    return len(meant - {(None, 0)})
