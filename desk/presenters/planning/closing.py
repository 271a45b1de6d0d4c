"""Closing for a time: whom it hits, before anything is changed."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.presenters.people import name_of
from desk.presenters.reader import Reader
from desk.viewmodels import MenuLink
from desk.viewmodels.replans import ClosingPage, HitRow
from scheduling.selectors.standing import Stranded
from scheduling.services.opening.hours import mark_of


def closing_page(stranded: Sequence[Stranded], reader: Reader) -> ClosingPage:
    """The page around the form; with the visits that would stand without a list, once they are known."""
    ours = [one for one in stranded if one.visit.unit_id == reader.unit.pk]
    elsewhere = len(stranded) - len(ours)
    n = len(stranded)
    return ClosingPage(
        back=MenuLink(_("Closures"), reverse("desk:closures")),
        url=reverse("desk:close"),
        hit=[HitRow(reader.moment(one.visit.starts_at), name_of(one.visit.patient), one.room) for one in ours],
        elsewhere=ngettext(
            "%(n)d visit of another unit, whose staff will find it on their worklist.",
            "%(n)d visits of other units, whose staff will find them on their worklists.",
            elsewhere,
        )
        % {"n": elsewhere}
        if elsewhere
        else "",
        heading=ngettext("%(n)d booked visit is hit", "%(n)d booked visits are hit", n) % {"n": n} if n else "",
        seen=mark_of(stranded),
    )
