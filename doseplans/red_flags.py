"""Red flags after a dose: what is asked by name, and never in one question for all."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from types import MappingProxyType


class RedFlag(StrEnum):
    """A sign after an intrathecal dose that needs urgent contact. Source: domain.md, "Red flags after treatment"."""

    SEVERE_HEADACHE = "severe_headache"
    STIFF_NECK = "stiff_neck"
    FEVER = "fever"
    LIGHT_SENSITIVITY = "light_sensitivity"
    CHANGE_IN_VISION = "change_in_vision"
    NEW_WEAKNESS = "new_weakness"


WORDS = MappingProxyType(
    {
        RedFlag.SEVERE_HEADACHE: "severe headache",
        RedFlag.STIFF_NECK: "stiff neck",
        RedFlag.FEVER: "fever",
        RedFlag.LIGHT_SENSITIVITY: "light sensitivity",
        RedFlag.CHANGE_IN_VISION: "change in vision",
        RedFlag.NEW_WEAKNESS: "new weakness, numbness or burning pain",
    }
)


def red_flags_in_words(codes: Collection[str]) -> str:
    """The flags in the order in which they are asked, whatever the order of `codes`.

    >>> red_flags_in_words(["fever", "severe_headache"])
    'severe headache; fever'
    >>> red_flags_in_words([])
    ''
    """
    return "; ".join(words for flag, words in WORDS.items() if flag.value in codes)
