"""The examples in the desk's docstrings are true."""

import doctest
import importlib

import pytest

MODULES = (
    "desk.axis",
    "desk.board",
    "desk.forms.day",
    "desk.looks",
    "desk.presenters.booking.doses",
    "desk.presenters.framing",
    "desk.presenters.listing",
    "desk.presenters.booking.slots",
    "desk.rules",
    "desk.templatetags.clinic_ui",
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0
