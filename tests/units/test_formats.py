"""Times and dates as the admin writes them: by the 24-hour clock, day before month."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.utils import formats, translation

AFTERNOON = datetime(2026, 12, 1, 14, 5)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("TIME_FORMAT", "14:05"),
        ("DATETIME_FORMAT", "1 Dec 2026, 14:05"),
        ("SHORT_DATETIME_FORMAT", "01/12/2026 14:05"),
        ("DATE_FORMAT", "1 Dec 2026"),
        ("SHORT_DATE_FORMAT", "01/12/2026"),
    ],
)
def test_formats(name: str, words: str) -> None:
    with translation.override("en-gb"):
        assert formats.date_format(AFTERNOON, name) == words
