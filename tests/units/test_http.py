"""What a refusal is over HTTP: the map knows every code it names, and each kind of refusal has its status."""

from __future__ import annotations

import pytest

import desk.errors  # noqa: F401  its refusals are kinds too
from units.errors import ClinicError
from units.http import STATUS, status_of


def kinds(parent: type[ClinicError] = ClinicError) -> dict[str, type[ClinicError]]:
    found = {parent.code: parent}
    for child in parent.__subclasses__():
        found |= kinds(child)
    return found


def test_every_code_of_the_map_is_some_refusals() -> None:
    assert STATUS.keys() - kinds().keys() == set()


@pytest.mark.parametrize(
    ("code", "status"),
    [("list_overtaken", 409), ("slot_taken", 409), ("not_allowed", 403), ("not_found", 404), ("dose_too_early", 422)],
)
def test_status(code: str, status: int) -> None:
    assert status_of(kinds()[code]("No.")) == status
