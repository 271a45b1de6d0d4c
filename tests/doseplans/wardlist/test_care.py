"""What was agreed about the treatment."""

from datetime import date

import pytest

from doseplans.wardlist import Severity
from doseplans.wardlist.funding import read_funding
from doseplans.wardlist.holds import NO_REASON, read_hold
from doseplans.wardlist.rows import ListedHold
from tests.doseplans.wardlist.lists import AT, InShort, patient, read, read_one, ward_list

REFUSE, ASK, NOTE = Severity.REFUSE, Severity.ASK, Severity.NOTE


@pytest.mark.parametrize(
    "text", ["Tofersen", "tofersen ", "QALSODY", "Qalsody (tofersen)", "tofersen 100 mg IT", "Qalsody 100mg/15ml"]
)
def test_drug(text: str) -> None:
    assert patient(Drug=text).course.protocol_code == "tofersen"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "drug-missing"),
        ("nusinersin", "drug-unknown"),
        ("nusinersen", "drug-unknown"),
        ("tofersan", "drug-unknown"),
        ("tofersen or nusinersen", "drug-unknown"),
        ("methotrexate", "drug-unknown"),
    ],
)
def test_drug_other_is_refused(text: str, code: str) -> None:
    assert read_one(Drug=text) == (None, [(REFUSE, code, "Drug")])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nusinersin", "“nusinersin” is not a drug this import knows. Did you mean “nusinersen”?"),
        ("tofersan", "“tofersan” is not a drug this import knows. Did you mean “tofersen”?"),
        ("nusinersen", "“nusinersen” is not a drug this import knows."),
    ],
)
def test_drug_suggests_the_word_that_was_meant(text: str, problem: str) -> None:
    assert read(ward_list({"Drug": text})).refusals[0].problem == problem


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("unguided", "unguided"),
        ("Bedside", "unguided"),
        ("US", "ultrasound"),
        ("USS", "ultrasound"),
        ("ultrasound guided", "ultrasound"),
        ("fluoro", "fluoroscopy"),
        ("X-ray", "fluoroscopy"),
        ("Fluoroscopy", "fluoroscopy"),
        ("CT", "ct"),
        ("ct guided", "ct"),
    ],
)
def test_access_route(text: str, route: str) -> None:
    assert patient(**{"LP route": text}).care.access_route == route


def test_access_route_missing_is_told() -> None:
    row, findings = read_one(**{"LP route": ""})
    assert (row.care.access_route, findings) == ("unguided", [(NOTE, "route-missing", "LP route")])


@pytest.mark.parametrize("text", ["helicopter", "CT or US", "?"[:1] + "maybe"])
def test_access_route_unknown_is_refused(text: str) -> None:
    assert read_one(**{"LP route": text}) == (None, [(REFUSE, "route-unknown", "LP route")])


@pytest.mark.parametrize(
    ("text", "note", "findings"),
    [
        ("SOD1 +ve", "SOD1 +ve", []),
        ("positive", "positive", []),
        ("SOD1 p.Ala5Val", "SOD1 p.Ala5Val", []),
        ("awaited", "", [(NOTE, "given-before-test", "Genetic test")]),
        ("", "", [(NOTE, "given-before-test", "Genetic test")]),
        ("SOD1 -ve", "SOD1 -ve", [(ASK, "not-eligible", "Genetic test")]),
        ("negative", "negative", [(ASK, "not-eligible", "Genetic test")]),
        ("see letter", "see letter", [(NOTE, "test-unclear", "Genetic test")]),
    ],
)
def test_genetic_test(text: str, note: str, findings: list[InShort]) -> None:
    row, found = read_one(**{"Genetic test": text})
    assert (row.care.genetic_test, found) == (note, findings)


@pytest.mark.parametrize(
    ("text", "day", "findings"),
    [
        ("17/11/2025", date(2025, 11, 17), []),
        ("", None, [(NOTE, "consent-missing", "Consent date")]),
        ("no", None, [(NOTE, "consent-missing", "Consent date")]),
        ("soon", None, [(ASK, "consent-without-day", "Consent date"), (NOTE, "consent-missing", "Consent date")]),
        ("Yes", None, [(ASK, "consent-without-day", "Consent date"), (NOTE, "consent-missing", "Consent date")]),
        ("01/12/2026", None, [(ASK, "consent-in-future", "Consent date"), (NOTE, "consent-missing", "Consent date")]),
        ("01/02/2026", date(2026, 2, 1), [(NOTE, "consent-after-dose", "Consent date")]),
    ],
)
def test_consent(text: str, day: date | None, findings: list[InShort]) -> None:
    row, found = read_one(**{"Consent date": text})
    assert (row.care.procedure_consent_on, found) == (day, findings)


def test_consent_on_an_impossible_day_is_refused() -> None:
    assert (REFUSE, "consent-day-wrong", "Consent date") in read_one(**{"Consent date": "31/02/2026"})[1]


def test_makers_consent_missing_under_the_makers_scheme_is_told() -> None:
    assert read_one(**{"Biogen consent": ""})[1] == [(NOTE, "maker-consent-missing", "Biogen consent")]
    assert read_one(**{"Biogen consent": "", "Funding": "private"})[1] == []


@pytest.mark.parametrize(
    ("text", "source", "status", "valid_to", "is_guess"),
    [
        ("EAP free of charge", "maker", "not_required", None, False),
        ("IFR approved to 31/03/2027", "trust", "approved", date(2027, 3, 31), False),
        ("IFR requested", "trust", "requested", None, False),
        ("IFR refused 01/02/2026", "trust", "denied", date(2026, 2, 1), False),
        ("IFR appeal lodged", "trust", "appealed", None, False),
        ("private", "private", "not_required", None, False),
        ("Self-pay", "private", "not_required", None, False),
        ("NHSE approved until 31 March 2027", "payer", "approved", date(2027, 3, 31), False),
        ("IFR", "trust", "requested", None, True),
        ("ask Sam", "trust", "requested", None, True),
    ],
)
def test_read_funding(text: str, source: str, status: str, valid_to: date | None, is_guess: bool) -> None:
    read_ = read_funding(text, at=AT)
    funding = read_.funding
    assert (funding.source, funding.status, funding.valid_to, read_.is_guess) == (source, status, valid_to, is_guess)
    assert funding.text == text


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("ask Sam", [(ASK, "funding-unknown", "Funding")]),
        ("", [(NOTE, "funding-missing", "Funding")]),
        ("IFR approved to 31/02/2027", [(ASK, "funding-day-wrong", "Funding")]),
        ("IFR approved to 31/03/2026", [(NOTE, "funding-ended", "Funding")]),
    ],
)
def test_funding_finding(text: str, findings: list[InShort]) -> None:
    assert read_one(Funding=text)[1] == findings


@pytest.mark.parametrize(
    ("text", "hold"),
    [
        ("Yes - CSF WCC up, review 04/12/2026", ListedHold("CSF WCC up", date(2026, 12, 4))),
        ("Yes: chest infection (review 4 Dec 2026)", ListedHold("chest infection", date(2026, 12, 4))),
        ("ON HOLD, for r/v 04/12/26", ListedHold(NO_REASON, date(2026, 12, 4))),
        ("Y", ListedHold(NO_REASON, None)),
        ("yes - review 31/02/2027", ListedHold("review 31/02/2027", None)),
        ("CSF WCC up", ListedHold("CSF WCC up", None)),
    ],
)
def test_read_hold(text: str, hold: ListedHold) -> None:
    found = read_hold(text, at=AT)
    assert found is not None
    assert found.hold == hold


@pytest.mark.parametrize("text", ["", "No", "n", "none", "-", "not on hold"])
def test_read_hold_none(text: str) -> None:
    assert read_hold(text, at=AT) is None


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("Yes - fever, review 04/12/2026", []),
        ("Yes", [(NOTE, "hold-without-review", "On hold?")]),
        ("Yes - fever, review 01/11/2026", [(NOTE, "hold-review-past", "On hold?")]),
        ("fever?", [(ASK, "hold-unclear", "On hold?"), (NOTE, "hold-without-review", "On hold?")]),
        ("no longer", [(ASK, "hold-unclear", "On hold?"), (NOTE, "hold-without-review", "On hold?")]),
    ],
)
def test_hold_finding(text: str, findings: list[InShort]) -> None:
    assert read_one(**{"On hold?": text})[1] == findings


def test_hold_that_is_unclear_is_put_on_the_safe_side() -> None:
    assert patient(**{"On hold?": "fever?"}).care.hold == ListedHold("fever?", None)


@pytest.mark.parametrize("column", ["Comments", "Consultant", "On hold?", "Needs", "Funding", "Carer"])
@pytest.mark.parametrize("text", ['=HYPERLINK("http://example.org","click")', "@SUM(A1)", "+1+cmd", "-2+3"])
def test_formula_is_asked_about_in_every_column_of_words(column: str, text: str) -> None:
    assert (ASK, "formula", column) in read_one(**{column: text})[1]


def test_formula_is_kept_literally() -> None:
    assert patient(Comments="=1+1").comments == "=1+1"


def test_comment_that_starts_with_a_bullet_is_no_formula() -> None:
    row, findings = read_one(Comments="- rings back")
    assert (row.comments, findings) == ("- rings back", [(NOTE, "comment-kept", "Comments")])


def test_words_too_long_are_refused() -> None:
    assert read_one(Comments="a" * 4001)[1] == [
        (REFUSE, "too-long", "Comments"),
        (NOTE, "comment-kept", "Comments"),
    ]
