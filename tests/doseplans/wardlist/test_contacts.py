"""Telephones, addresses, carers and the way a patient wants to be told."""

import pytest

from doseplans.wardlist import Severity
from doseplans.wardlist.carers import read_carer
from doseplans.wardlist.emails import read_email, read_emails
from doseplans.wardlist.needs import read_needs
from doseplans.wardlist.rows import ListedCarer, Need
from doseplans.wardlist.telephones import ReadTelephone, read_telephone
from tests.doseplans.wardlist.lists import InShort, patient, read_one

ASK, NOTE = Severity.ASK, Severity.NOTE


@pytest.mark.parametrize(
    "text",
    [
        "07700 900416",
        "07700900416",
        "+447700900416",
        "+44 (0)7700 900416",
        "0044 7700 900416",
        "7700900416",
        "07700-900-416",
    ],
)
def test_read_telephone_one_number_in_every_spelling(text: str) -> None:
    assert read_telephone(text) == ReadTelephone("+447700900416", "")


@pytest.mark.parametrize(
    ("text", "number", "rest"),
    [
        ("020 7946 0018", "+442079460018", ""),
        ("07700 900416 / 020 7946 0018", "+447700900416", "020 7946 0018"),
        ("07700 900416 (mobile)", "+447700900416", "mobile"),
        ("ask for Ewa: 07700 900416", "+447700900416", "ask for Ewa"),
        ("+33 1 99 00 12 34", "+33199001234", ""),
    ],
)
def test_read_telephone_with_words_beside_it(text: str, number: str, rest: str) -> None:
    assert read_telephone(text) == ReadTelephone(number, rest)


@pytest.mark.parametrize(
    "text", ["ring the ward", "07700 90041", "07700 9004166", "12345", "4.47701E+11", "0800 FLOWERS", "1" * 300]
)
def test_read_telephone_refuses(text: str) -> None:
    assert read_telephone(text) is None


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("patient01@example.org", "patient01@example.org"),
        ("Patient.01+ward@Example.ORG", "Patient.01+ward@example.org"),
        (" mailto:a@example.org ", "a@example.org"),
        ("not an address", None),
        ("a@example", None),
        ("a@@example.org", None),
        (".a@example.org", None),
        ("a@example.org b", None),
        ("a" * 65 + "@example.org", None),
        ("a@" + "b" * 250 + ".org", None),
    ],
)
def test_read_email(text: str, address: str | None) -> None:
    assert read_email(text) == address


def test_read_emails_several() -> None:
    assert read_emails("a@example.org; b@example.org") == ["a@example.org", "b@example.org"]
    assert read_emails("a@example.org or ring") == []


@pytest.mark.parametrize(
    ("text", "carer"),
    [
        ("Ewa Thompson (wife)", ListedCarer("Ewa Thompson", "wife")),
        ("Ewa Thompson (Wife)", ListedCarer("Ewa Thompson", "wife")),
        ("Ewa Thompson - wife", ListedCarer("Ewa Thompson", "wife")),
        ("Ewa Thompson, daughter-in-law", ListedCarer("Ewa Thompson", "daughter-in-law")),
        ("Wife: Ewa Thompson", ListedCarer("Ewa Thompson", "wife")),
        ("wife Ewa", ListedCarer("Ewa", "wife")),
        ("Ewa Thompson", ListedCarer("Ewa Thompson")),
        ("Kwame FRASER (daughter)", ListedCarer("Kwame Fraser", "daughter")),
        ("Mei-Ling Hussain (Power of attorney)", ListedCarer("Mei-Ling Hussain", "Power of attorney")),
        ("wife", ListedCarer("Wife", "wife")),
    ],
)
def test_read_carer(text: str, carer: ListedCarer) -> None:
    assert read_carer(text) == carer


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("large print; carer attends", [Need("large_print", "Large print"), Need("carer_attends", "Carer attends")]),
        ("wheelchair, hoist", [Need("wheelchair", "Wheelchair"), Need("hoist", "Hoist")]),
        ("Hoist and stretcher", [Need("hoist", "Hoist"), Need("stretcher", "Stretcher")]),
        ("BSL interpreter", [Need("bsl", "BSL interpreter")]),
        ("Polish interpreter", [Need("interpreter", "Polish interpreter")]),
        ("interpreter (Urdu)", [Need("interpreter", "Urdu interpreter")]),
        ("Klingon interpreter", [Need("interpreter", "Klingon interpreter")]),
        ("uses communication aid", [Need("communication_aid", "Uses communication aid")]),
        ("NIV at night", [Need("niv", "NIV at night")]),
        ("hospital transport", [Need("transport", "Hospital transport")]),
        ("wife comes", [Need("carer_attends", "Carer attends")]),
        ("quiet room", [Need("other", "quiet room")]),
        ("hoist; hoist", [Need("hoist", "Hoist")]),
        ("none", []),
    ],
)
def test_read_needs(text: str, needs: list[Need]) -> None:
    assert list(read_needs(text).needs) == needs


def test_read_needs_names_the_language() -> None:
    assert read_needs("hoist; Polish interpreter").language == "pl"


def test_needs_in_words_are_kept_and_told() -> None:
    row, findings = read_one(Needs="hoist; quiet room")
    assert row.care.needs == (Need("hoist", "Hoist"), Need("other", "quiet room"))
    assert findings == [(NOTE, "need-in-words", "Needs")]


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("email", "email"),
        ("E-mail", "email"),
        ("SMS", "text"),
        ("Text message", "text"),
        ("Post", "letter"),
        ("Tel.", "phone"),
    ],
)
def test_channel_as_people_write_it(text: str, channel: str) -> None:
    assert patient(**{"Contact by": text}).contact.channel == channel


@pytest.mark.parametrize(
    ("change", "channel", "findings"),
    [
        ({"Contact by": "pigeon"}, "email", [(ASK, "channel-unknown", "Contact by")]),
        ({"Contact by": ""}, "email", [(NOTE, "channel-missing", "Contact by")]),
        ({"Contact by": "", "E-mail": ""}, "phone", [(NOTE, "channel-missing", "Contact by")]),
        ({"Contact by": "", "E-mail": "", "Tel": ""}, "letter", [(NOTE, "channel-missing", "Contact by")]),
        ({"E-mail": ""}, "email", [(NOTE, "channel-without-address", "Contact by")]),
        ({"Contact by": "text", "Tel": "n/a"}, "text", [(NOTE, "channel-without-address", "Contact by")]),
    ],
)
def test_channel_where_it_does_not_work(change: dict[str, str], channel: str, findings: list[InShort]) -> None:
    row, found = read_one(**change)
    assert (row.contact.channel, found) == (channel, findings)


def test_telephone_with_words_is_used_and_kept() -> None:
    row, findings = read_one(Tel="07700 900455 (mornings)")
    assert (row.contact.phone, row.comments) == ("+447700900455", "Tel: 07700 900455 (mornings)")
    assert findings == [(NOTE, "telephone-with-words", "Tel")]


def test_two_addresses_in_a_cell_are_asked_about() -> None:
    row, findings = read_one(**{"E-mail": "a@example.org, b@example.org"})
    assert (row.contact.email, row.comments) == ("a@example.org", "E-mail: a@example.org, b@example.org")
    assert findings == [(ASK, "email-several", "E-mail")]


def test_an_address_that_is_a_formula_is_not_one() -> None:
    row, findings = read_one(**{"E-mail": "=a@example.org"})
    assert (row.contact.email, findings[0][:2]) == ("", (ASK, "email-wrong"))


def test_carer_with_wrong_contacts_is_still_a_carer() -> None:
    row, findings = read_one(**{"Carer tel": "at work", "Carer e-mail": "ewa at home"})
    assert row.contact.carer == ListedCarer("Ewa Adeyemi", "wife")
    assert findings == [(ASK, "telephone-wrong", "Carer tel"), (ASK, "email-wrong", "Carer e-mail")]


def test_carer_without_a_name_is_kept() -> None:
    row, findings = read_one(Carer="")
    assert (row.contact.carer.name, findings) == ("Carer", [(NOTE, "carer-unnamed", "Carer")])


def test_no_carer_at_all() -> None:
    row, findings = read_one(Carer="", **{"Carer tel": "-", "Carer e-mail": ""})
    assert (row.contact.carer, findings) == (None, [])
