"""The frame around every page: where I am, where I may go, who I am."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.presenters.patients.purposes import PURPOSES, purpose_url
from desk.presenters.reader import Reader
from desk.selectors import MOST_UNREAD
from desk.viewmodels import Frame, MenuLink, NavItem, UnitChoice
from units.models import Unit
from units.policy import Act, Role


@dataclass(frozen=True)
class Counts:
    """The figures in the menu; None where the actor may not know."""

    doses: int | None = None
    tasks: int | None = None
    unread: int | None = None


BAR_HOLDS = 5
"""On a phone of 320 px; each is then as wide as a thumb and its word."""

ALWAYS_IN_BAR = frozenset({"today", "worklist"})

SET_UP = (Act.SET_UP_UNIT, Act.SET_UP_STAFF, Act.SET_UP_PROTOCOLS, Act.SET_UP_MESSAGES)


def frame_of(reader: Reader, units: Sequence[Unit], counts: Counts, purpose: str = "") -> Frame:
    """The bar around the page. Places that the role does not open are left out; `purpose` is what the page is for."""
    nav, acts = list(_nav(reader, counts)), list(_acts(reader, purpose))
    return Frame(
        unit_name=reader.unit.name,
        site_name=reader.unit.site_name,
        user_name=reader.actor.name,
        role_name=role_words(reader.actor.roles.get(reader.unit.pk, frozenset())),
        initials=initials(reader.actor.name),
        today=reader.today,
        home_url=reverse("desk:home"),
        nav=nav,
        acts=acts,
        more=_more(nav, acts),
        units=[
            UnitChoice(str(unit.public_id), unit.name, unit.site_name, is_current=unit.pk == reader.unit.pk)
            for unit in units
        ],
        switch_unit_url=reverse("desk:switch_unit"),
        find_url=reverse("desk:patients"),
        hits_url=reverse("desk:find"),
        menu=_menu(reader, counts),
        sign_out_url=reverse("logout"),
    )


def _nav(reader: Reader, counts: Counts) -> Iterable[NavItem]:
    if reader.may(Act.VIEW_SCHEDULE):
        yield NavItem("today", _("Today"), reverse("desk:today"), "calendar-days", shortcut="t")
        yield NavItem("calendar", _("Calendar"), reverse("desk:calendar"), "calendar-range", shortcut="c")
    if reader.may(Act.VIEW_PLANS):
        yield NavItem(
            "doses", _("Doses to book"), reverse("desk:doses"), "calendar-plus", _("Doses"), counts.doses, shortcut="d"
        )
    if reader.may(Act.WORK_WORKLIST):
        yield NavItem("worklist", _("Worklist"), reverse("desk:worklist"), "phone", "", counts.tasks, shortcut="w")
    if reader.may(Act.VIEW_PATIENTS):
        yield NavItem("patients", _("Patients"), reverse("desk:patients"), "users", shortcut="p")
    if any(reader.actor.may_anywhere(act) for act in SET_UP):
        yield NavItem("admin", _("Set up"), reverse("admin:index"), "settings", shortcut="s")


def _acts(reader: Reader, current: str) -> Iterable[NavItem]:
    """What is done about somebody who is not on the day's list: each begins with finding them."""
    if not reader.may(Act.VIEW_PATIENTS):
        return
    for purpose in PURPOSES.values():
        if reader.may(purpose.act):
            yield NavItem(
                purpose.key, purpose.label, purpose_url(purpose), purpose.icon, is_current=purpose.key == current
            )


def _more(nav: Sequence[NavItem], acts: Sequence[NavItem]) -> list[NavItem]:
    """What a phone's bar has no room for: places first, since what is done about somebody must not be looked for."""
    if len(nav) + len(acts) <= BAR_HOLDS:
        return []
    return [item for item in nav if item.key not in ALWAYS_IN_BAR]


def _menu(reader: Reader, counts: Counts) -> list[MenuLink]:
    links = []
    if reader.may(Act.PRINT_LETTERS):
        links.append(MenuLink(_("Letters to print"), reverse("desk:letters"), "printer"))
    if reader.may(Act.VIEW_MESSAGES):
        links.append(MenuLink(_("How sending stands"), reverse("desk:messaging"), "mail"))
    if reader.may(Act.VIEW_SCHEDULE):
        unread = _unread_words(counts.unread or 0)
        links.append(MenuLink(_("Since I left"), reverse("desk:since"), "history", unread, _UNREAD))
        links.append(MenuLink(_("My lists"), reverse("desk:mine"), "layout-list"))
    links.append(MenuLink(_("My calendar"), reverse("desk:my_calendar"), "calendar-days"))
    links.append(MenuLink(_("Change password"), reverse("password_change"), "key-round"))
    return links


_UNREAD = gettext_lazy("changes by others")


def _unread_words(count: int) -> str:
    """Of many only that they are many; nothing where there are none."""
    return _("%(n)d+") % {"n": MOST_UNREAD} if count > MOST_UNREAD else str(count or "")


def role_words(roles: Iterable[Role]) -> str:
    """The roles held here, in words.

    >>> role_words([Role.NURSE, Role.COORDINATOR])
    'Coordinator, nurse'
    """
    return ", ".join(sorted(role.value for role in roles)).capitalize()


def initials(name: str) -> str:
    """First and last, for the round sign beside the name; titles are left out.

    >>> initials("Karen Mistry"), initials("Dr A. Malik"), initials("Tola")
    ('KM', 'AM', 'T')
    """
    words = [word for word in name.split() if word.rstrip(".").casefold() not in {"dr", "prof", "mr", "mrs", "ms"}]
    ends = [words[0], words[-1]] if len(words) > 1 else words
    return "".join(word[0].upper() for word in ends)
