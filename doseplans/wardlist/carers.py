"""Who looks after the patient, out of one cell such as "Ewa Thompson (wife)"."""

import re

from doseplans.wardlist.names import tidied_in_full
from doseplans.wardlist.rows import ListedCarer

RELATIONSHIPS = (
    "wife", "husband", "spouse", "partner", "daughter", "son", "mother", "father", "mum", "dad", "parent", "sister",
    "brother", "aunt", "uncle", "niece", "nephew", "friend", "neighbour", "carer", "cousin", "granddaughter",
    "grandson", "daughter-in-law", "son-in-law", "guardian", "care home", "nok", "next of kin",
)  # fmt: skip
_WORD = "|".join(sorted(map(re.escape, RELATIONSHIPS), key=len, reverse=True))
_BRACKETED = re.compile(r"^(?P<name>[^()]+?)\s*[(\[](?P<relationship>[^()\]]*)[)\]]\s*$")
_AFTER = re.compile(rf"^(?P<name>.+?)\s*[,:\-–/]\s*(?P<relationship>{_WORD})\.?$", re.IGNORECASE)
_BEFORE = re.compile(rf"^(?P<relationship>{_WORD})\s*[,:\-–/]?\s+(?P<name>.+)$", re.IGNORECASE)
_ALONE = re.compile(rf"^(?:{_WORD})$", re.IGNORECASE)


def read_carer(text: str) -> ListedCarer:
    """Name and relationship; a relationship alone stands for the name too, so that somebody can be asked for.

    >>> read_carer("Ewa Thompson (wife)")
    ListedCarer(name='Ewa Thompson', relationship='wife', phone='', email='')
    >>> [read_carer(each).relationship for each in ("Ewa Thompson - wife", "wife: Ewa", "Ewa Thompson", "wife")]
    ['wife', 'wife', '', 'wife']
    """
    text = " ".join(text.split())
    if _ALONE.match(text):
        return ListedCarer(text.capitalize(), text.casefold())
    for pattern in (_BRACKETED, _AFTER, _BEFORE):
        if found := pattern.match(text):
            relationship = found["relationship"].strip()
            if relationship.casefold() in RELATIONSHIPS:
                relationship = relationship.casefold()
            return ListedCarer(tidied_in_full(found["name"].strip()), relationship)
    return ListedCarer(tidied_in_full(text))
