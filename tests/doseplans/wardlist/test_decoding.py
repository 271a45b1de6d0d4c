"""Bytes as the usual programs write them."""

import pytest

from doseplans.wardlist import Severity
from doseplans.wardlist.decoding import MOST_BYTES, Decoded, decode
from tests.doseplans.wardlist.lists import read, ward_list

TEXT = "Surname,Forename\r\nNí Dhomhnaill,José\r\nO’Brien,Siân\r\n"


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("cp1252", "Windows-1252"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
    ],
)
def test_decode_every_usual_encoding(codec: str, encoding: str) -> None:
    assert decode(TEXT.encode(codec)) == Decoded(TEXT, encoding)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file-empty"),
        (b"\r\n \r\n", "file-empty"),
        (b"PK\x03\x04\x14\x00", "not-csv"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "not-csv"),
        (b"%PDF-1.7", "not-csv"),
        (b"a,b\n\x81\x8d\x8f", "not-text"),
        (b"a" * (MOST_BYTES + 1), "file-too-large"),
    ],
)
def test_decode_refuses_what_is_no_list(content: bytes, code: str) -> None:
    reading = read(content)
    assert [(each.severity, each.code, each.line, each.column) for each in reading.findings] == [
        (Severity.REFUSE, code, 1, "whole file")
    ]
    assert reading.rows == ()


def test_decode_a_workbook_is_told_how_to_save() -> None:
    (finding,) = read(b"PK\x03\x04...").findings
    assert finding.problem == "This is a workbook (.xlsx or .ods), not a CSV file."
    assert "save it as “CSV UTF-8" in finding.advice


def test_decode_too_large_says_both_sizes() -> None:
    (finding,) = read(b"a" * (6 * 1024 * 1024)).findings
    assert finding.problem == "The file is 6.0 MB; the most is 5 MB."


def test_decode_lost_letters_are_asked_about() -> None:
    spoiled = ward_list({"Surname": "Ní Dhomhnaill".encode().decode("cp1252")})
    assert [(each.severity, each.code) for each in read(spoiled).findings] == [(Severity.ASK, "odd-name")]
