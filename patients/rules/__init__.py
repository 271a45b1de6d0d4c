"""Rules about identifiers and about finding people by what somebody types, as plain functions."""

from patients.rules.identifiers import age_on, nhs_number_digits, nhs_number_problem, nhs_number_spaced
from patients.rules.searching import Number, Search, understand_search
from patients.rules.spelling import (
    REMEMBERED,
    are_namesakes,
    beyond,
    born_key,
    folded,
    joined,
    likeness,
    name_keys,
    name_words,
    nearness,
    searched,
    slips_of,
    sound_beginning,
    sound_of,
    words_of,
)

__all__ = [
    "REMEMBERED",
    "Number",
    "Search",
    "age_on",
    "are_namesakes",
    "beyond",
    "born_key",
    "folded",
    "joined",
    "likeness",
    "name_keys",
    "name_words",
    "nearness",
    "nhs_number_digits",
    "nhs_number_problem",
    "nhs_number_spaced",
    "searched",
    "slips_of",
    "sound_beginning",
    "sound_of",
    "understand_search",
    "words_of",
]
