"""libical, by its shared library alone: no compiler and no headers are needed.

Debian and Ubuntu: `apt install libical3`. CLINIC_LIBICAL names a library that the system does not find by itself.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from dataclasses import dataclass
from functools import cache

import pytest

NAMES = ("ical", "libical.so.3", "libical.so.4")


@dataclass(frozen=True)
class Verdict:
    """What libical makes of an object: whether it keeps RFC 5546, and how many errors it met reading it."""

    is_within_restrictions: bool
    errors: int
    text: str


@cache
def library() -> ctypes.CDLL | None:
    """The library, None where this machine has none. Raises: OSError where the one named does not load."""
    if named := os.environ.get("CLINIC_LIBICAL"):
        return _declared(ctypes.CDLL(named))
    for name in NAMES:
        if found := (ctypes.util.find_library(name) if name == "ical" else name):
            try:
                return _declared(ctypes.CDLL(found))
            except OSError:
                continue
    return None


def judge(raw: bytes) -> Verdict:
    """libical's word on the object. It writes each error into the object as X-LIC-ERROR: `text` has them."""
    ical = library()
    assert ical is not None
    component = ical.icalparser_parse_string(raw)
    if not component:
        return Verdict(False, 1, "")
    try:
        is_within = bool(ical.icalrestriction_check(component))
        errors = int(ical.icalcomponent_count_errors(component))
        return Verdict(is_within, errors, ical.icalcomponent_as_ical_string(component).decode("utf-8", "replace"))
    finally:
        ical.icalcomponent_free(component)


def _declared(ical: ctypes.CDLL) -> ctypes.CDLL:
    # Without its type, a pointer would be cut down to an int.
    ical.icalparser_parse_string.restype = ctypes.c_void_p
    ical.icalparser_parse_string.argtypes = [ctypes.c_char_p]
    ical.icalcomponent_as_ical_string.restype = ctypes.c_char_p
    for name in ("icalrestriction_check", "icalcomponent_count_errors", "icalcomponent_as_ical_string"):
        getattr(ical, name).argtypes = [ctypes.c_void_p]
    ical.icalcomponent_free.argtypes = [ctypes.c_void_p]
    return ical


# No package registry carries libical, so that it cannot be pinned as the other oracles are, and `make test` installs
# nothing that asks for root. Where the system has it these tests run; elsewhere every run names them as skipped, and
# ical.js, vobject, Xandikos and our own gate have read the same objects.
needs_libical = pytest.mark.skipif(
    library() is None, reason="libical is not on this machine (apt install libical3, or CLINIC_LIBICAL)"
)
