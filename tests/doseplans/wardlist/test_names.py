"""Names, with care for the people who bear them."""

import pytest

from doseplans.wardlist.names import oddity, split_full, tidied, tidied_in_full


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("THOMPSON", "Thompson"),
        ("thompson", "Thompson"),
        ("Thompson", "Thompson"),
        ("O’BRIEN", "O’Brien"),
        ("O'BRIEN", "O'Brien"),
        ("O’Brien", "O’Brien"),
        ("MacDonald", "MacDonald"),
        ("MACDONALD", "Macdonald"),
        ("MCKENZIE", "McKenzie"),
        ("Ó SÚILLEABHÁIN", "Ó Súilleabháin"),
        ("NÍ DHOMHNAILL", "Ní Dhomhnaill"),
        ("DOS SANTOS", "dos Santos"),
        ("VAN DER BERG", "van der Berg"),
        ("van der Berg", "van der Berg"),
        ("von habsburg", "von Habsburg"),
        ("GARCÍA MÁRQUEZ", "García Márquez"),
        ("AL-HASHIMI", "Al-Hashimi"),
        ("SMITH-JONES", "Smith-Jones"),
        ("ÅKESSON", "Åkesson"),
        ("ZIELIŃSKA", "Zielińska"),
        ("NG", "Ng"),
        ("LE", "Le"),
        ("DE", "De"),
        ("X", "X"),
        ("", ""),
    ],
)
def test_tidied_surname(typed: str, kept: str) -> None:
    assert tidied(typed) == kept


def test_tidied_is_stable() -> None:
    for name in ("THOMPSON", "DOS SANTOS", "O’BRIEN", "AL-HASHIMI", "MCKENZIE"):
        assert tidied(tidied(name)) == tidied(name)


@pytest.mark.parametrize(
    ("typed", "kept"), [("AOIFE", "Aoife"), ("MEI-LING", "Mei-Ling"), ("DI", "Di"), ("J R", "J R")]
)
def test_tidied_forename(typed: str, kept: str) -> None:
    assert tidied(typed, is_family=False) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Kwame FRASER", "Kwame Fraser"),
        ("Tomasz Ó Súilleabháin", "Tomasz Ó Súilleabháin"),
        ("Fatima dos Santos", "Fatima dos Santos"),
        ("EWA THOMPSON", "Ewa Thompson"),
    ],
)
def test_tidied_in_full(typed: str, kept: str) -> None:
    assert tidied_in_full(typed) == kept


@pytest.mark.parametrize("name", ["Siân", "O’Brien", "O'Brien", "Smith-Jones", "José", "Mei-Ling", "St. John", "李"])
def test_oddity_of_a_name(name: str) -> None:
    assert oddity(name) == ""


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Robert'); DROP TABLE patients;--", "It holds “);”."),
        ("=cmd|' /C calc'!A0", "It holds “=|/!0”."),
        ("Smith2", "It holds “2”."),
        ("<b>Smith</b>", "It holds “<>/”."),
        ("NÃ­ Dhomhnaill", "Its accents were lost when the file was saved."),
        ("Jos\ufffd", "Its accents were lost when the file was saved."),
        ("Jos?", "It holds “?”."),
        ("'-.", "It holds no letter."),
    ],
)
def test_oddity_of_what_is_no_name(name: str, sentence: str) -> None:
    assert oddity(name) == sentence


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("THOMPSON, Aoife", ("THOMPSON", "Aoife")),
        ("van der Berg,Fatima", ("van der Berg", "Fatima")),
        ("Aoife Thompson", None),
        (", Aoife", None),
        ("Thompson,", None),
    ],
)
def test_split_full(text: str, parts: tuple[str, str] | None) -> None:
    assert split_full(text) == parts
