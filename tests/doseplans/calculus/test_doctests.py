"""The examples in the rules' docstrings are true."""

import doctest
import importlib
import pkgutil

import pytest

from doseplans import calculus

MODULES = [f"{calculus.__name__}.{module.name}" for module in pkgutil.iter_modules(calculus.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_true(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
