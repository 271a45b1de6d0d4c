"""Clusters, brokers and whole supervisors of their own, in folders that are gone afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinic.embedded.processes import Lifeline
from tests.services import temporary_folder


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder the database's account may reach. pytest's own tmp_path is closed to it when the tests run as root."""
    folder = temporary_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def lifeline() -> Iterator[Lifeline]:
    held = Lifeline()
    yield held
    held.close()
