"""What a patient is looked for: the list of patients then leads each of them straight there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.urls import reverse
from django.utils.translation import gettext_lazy

from desk.looks import Words
from desk.presenters.listing import address
from desk.presenters.reader import Reader
from units.policy import Act


@dataclass(frozen=True)
class Purpose:
    """`key` stands in the address; `title` asks whom it is about; `page` is the patient's page for it."""

    key: str
    act: Act
    label: Words
    title: Words
    icon: str
    page: str


PURPOSES: Mapping[str, Purpose] = MappingProxyType(
    {
        one.key: one
        for one in (
            Purpose(
                "visit",
                Act.BOOK,
                gettext_lazy("Add visit"),
                gettext_lazy("Whose visit?"),
                "plus",
                "desk:choose_visit",
            ),
            Purpose(
                "red-flag",
                Act.WORK_WORKLIST,
                gettext_lazy("Red flag"),
                gettext_lazy("Whose red flag?"),
                "flag",
                "desk:red_flag",
            ),
        )
    }
)


def purpose_of(key: str, reader: Reader) -> Purpose | None:
    """The purpose that the address names, for who may do it."""
    found = PURPOSES.get(key)
    return found if found is not None and reader.may(found.act) else None


def purpose_at(view_name: str, asked: str) -> str:
    """The key of the purpose that a page is for: the one asked for, or the one whose page it is."""
    if asked in PURPOSES:
        return asked
    return next((purpose.key for purpose in PURPOSES.values() if purpose.page == view_name), "")


def purpose_url(purpose: Purpose) -> str:
    """Where its patient is looked for."""
    return address(reverse("desk:patients"), {"for": purpose.key})
