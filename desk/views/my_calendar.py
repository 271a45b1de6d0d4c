"""The calendar address of a member of staff: made, renewed and ended by themselves."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from desk.pages import READING, StaffRequest, page
from desk.toasts import say
from reminders.services.feeds import address_of_feed, end_feed, make_feed, own_feed
from scheduling.selectors.operators import is_on_lists


@page(None, methods=READING | {"POST"})
def my_calendar(request: StaffRequest) -> HttpResponse:
    """The visits they are booked on, for a calendar program; nothing about a patient."""
    if request.method != "POST":
        feed = own_feed(request.actor)
        context = {"feed_url": address_of_feed(feed) if feed else "", "is_on_lists": is_on_lists(request.actor)}
        return render(request, "desk/handover/my_calendar.html", context)
    if request.POST.get("act") == "end":
        end_feed(request.actor)
        say(request, _("The address works no more."))
    else:
        make_feed(request.actor)
        say(request, _("A new address. An earlier one works no more."))
    return redirect("desk:my_calendar")
