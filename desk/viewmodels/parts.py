"""The small parts pages are made of, and the frame around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from desk.looks import Tone, Words


@dataclass(frozen=True)
class Line:
    """One line of words, with what it means (tone) and an icon.

    With `url` it leads somewhere: `link` are the words to press, after the text; without them the text is the link.
    """

    text: Words
    tone: Tone = "plain"
    icon: str = ""
    url: str = ""
    link: Words = ""


@dataclass(frozen=True)
class Action:
    """A button named by its result. A `post` carries `fields`; a `get` with `panel` opens beside the list.

    With `takes`, the id of a form, that form's fields come along; a `post` then has one field of its own at most.
    """

    label: Words
    url: str
    method: str = "get"
    kind: str = "secondary"  # primary | secondary | danger | quiet
    icon: str = ""
    panel: bool = False
    fields: Sequence[tuple[str, str]] = ()
    about: str = ""  # whom or what it acts on, said to screen readers after the label
    takes: str = ""


@dataclass(frozen=True)
class Fact:
    """A label and its value, for definition lists."""

    label: Words
    value: Words
    note: Words = ""
    tone: Tone = "plain"
    url: str = ""


@dataclass(frozen=True)
class Empty:
    """Why a list is empty, in a sentence, and what to do next."""

    sentence: Words
    action: Action | None = None


@dataclass(frozen=True)
class Chip:
    """A filter that keeps its place in the URL, with how many it would leave."""

    label: Words
    url: str
    count: int | None = None
    icon: str = ""
    tone: Tone = "plain"
    is_current: bool = False


@dataclass(frozen=True)
class Choice:
    """One of several ways to order or limit a list."""

    label: Words
    url: str
    is_current: bool = False


@dataclass(frozen=True)
class Pager:
    """`first` to `last` of `total`; a URL is empty where there is no such page."""

    first: int
    last: int
    total: int
    previous_url: str = ""
    next_url: str = ""


@dataclass(frozen=True)
class Refusal:
    """A refusal names the cause, shows what was checked and offers the nearest thing that works."""

    title: Words
    sentence: Words
    checks: Sequence[Line] = ()
    nearest: Action | None = None


@dataclass(frozen=True)
class FlagLine:
    """An alert or a need, in the words of the ward."""

    text: str
    icon: str = ""


@dataclass(frozen=True)
class Banner:
    """Who this is. The same fields in the same order wherever a patient is named for an act."""

    family_name: str
    given_name: str
    birth_date: date
    nhs_number: str
    hospital_number: str
    alerts: Sequence[FlagLine] = ()
    needs: Sequence[FlagLine] = ()
    note: str = ""
    url: str = ""
    died_on: date | None = None


@dataclass(frozen=True)
class NavItem:
    """A place or an act in the bar: at the head of the page, or at its foot on a phone, with `short` and its icon."""

    key: str
    label: Words
    url: str
    icon: str
    short: Words = ""
    count: int | None = None
    shortcut: str = ""  # the letter after `g`
    is_current: bool = False  # of an act: the page is about it


@dataclass(frozen=True)
class UnitChoice:
    public_id: str
    name: str
    site_name: str
    is_current: bool = False


@dataclass(frozen=True)
class MenuLink:
    """`count` is how many are there, and `counted` what is."""

    label: Words
    url: str
    icon: str = ""
    count: str = ""
    counted: Words = ""


@dataclass(frozen=True)
class Frame:
    """The top bar: where I am, where I may go, who I am. None when nobody is signed in."""

    unit_name: str
    site_name: str
    user_name: str
    role_name: Words
    initials: str
    today: date
    home_url: str
    nav: Sequence[NavItem] = ()
    acts: Sequence[NavItem] = ()  # in a phone's bar, beside the places
    more: Sequence[NavItem] = ()  # of the places those that a phone's bar opens from its last button
    units: Sequence[UnitChoice] = ()
    switch_unit_url: str = ""
    find_url: str = ""
    hits_url: str = ""
    menu: Sequence[MenuLink] = ()
    sign_out_url: str = ""
