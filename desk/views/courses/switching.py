"""A plan is switched to another protocol: the choice, what would follow from it, and the act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.forms.courses import seen_words
from desk.forms.switching import SwitchForm
from desk.pages import StaffRequest, form_page, go, stay_in, uuid_or_none
from desk.presenters.booking.slots import day_of
from desk.presenters.courses.switching import switch_follows, switch_page
from desk.presenters.people import name_of, patient_url
from desk.toasts import say
from desk.viewmodels import Line
from desk.viewmodels.doses import Follows
from desk.views.day.acts import PASSED_ON
from desk.views.visits.showing import reader_of
from doseplans.errors import PlanEnded
from doseplans.models import DosePlan, Protocol
from doseplans.services.switching import Beginning
from scheduling.errors import StalePage
from scheduling.selectors.courses import booked_of_plan, plan_for
from scheduling.services.courses.switching import Switched, preview_switch, protocols_to_switch_to
from scheduling.services.courses.switching import switch_protocol as switch
from units.errors import ClinicError
from units.http import status_of
from units.policy import Act


@form_page(Act.SWITCH_PROTOCOL)
def switch_protocol(request: StaffRequest, plan_id: UUID) -> HttpResponse:
    """To which protocol, why, and where a new plan begins, from which day on."""
    plan = plan_for(request.actor, plan_id, act=Act.SWITCH_PROTOCOL)
    stay_in(request, plan.patient.unit)
    if plan.ended_on is not None:
        return go(request, patient_url(plan.patient))
    protocols = list(protocols_to_switch_to(request.actor, plan=plan))
    if request.method == "POST":
        return _switch(request, plan, protocols, SwitchForm(protocols, request.POST, preview_url=request.path))
    if request.htmx and request.htmx.target == "follows":
        follows = _follows(request, plan, protocols, request.GET)
        template = "desk/courses/_what_follows.html" if follows else "desk/courses/_nothing_follows.html"
        return render(request, template, {"follows": follows, "is_titled": True})
    chosen = {name: request.GET[name] for name in ("protocol", "starts_on", "begins_with") if name in request.GET}
    form = SwitchForm(protocols, preview_url=request.path, initial={"seen": _seen(request, plan), **chosen})
    return _show(request, plan, protocols, form)


def _switch(request: StaffRequest, plan: DosePlan, protocols: Sequence[Protocol], form: SwitchForm) -> HttpResponse:
    if not form.is_valid():
        return _show(request, plan, protocols, form, status=422)
    try:
        done = switch(
            request.actor,
            plan_id=plan.public_id,
            protocol_id=form.chosen,
            reason=form.cleaned_data["reason"],
            beginning=form.beginning(),
            seen=form.seen_versions(),
        )
    except PASSED_ON:
        raise
    except PlanEnded as error:
        say(request, error.sentence, tone="stop")
        return go(request, patient_url(plan.patient))
    except StalePage as error:
        form.data = {**{name: form.data.get(name) for name in form.data}, "seen": _seen(request, plan)}
        notices = [Line(error.sentence, "stop", "circle-x")]
        return _show(request, plan, protocols, form, status=status_of(error), notices=notices)
    except ClinicError as error:
        form.refuse(error)
        return _show(request, plan, protocols, form, status=status_of(error))
    say(request, _said(done), tone="warn" if done.proposals else "ok")
    return go(request, patient_url(plan.patient))


def _said(done: Switched) -> str:
    words = [
        _("Switched: %(name)s goes on by %(protocol)s.")
        % {"name": name_of(done.plan.patient), "protocol": done.plan.protocol}
    ]
    if done.freed:
        n = len(done.freed)
        freed = ngettext("%(n)d visit is cancelled.", "%(n)d visits are cancelled.", n)
        words.append(freed % {"n": n})
    if done.proposals:
        words.append(_("A booked visit no longer fits its window: it is on the worklist."))
    return " ".join(words)


def _follows(
    request: StaffRequest, plan: DosePlan, protocols: Sequence[Protocol], asked: Mapping[str, Any]
) -> Follows | None:
    """What would follow; None until a protocol has been chosen."""
    key = uuid_or_none(str(asked.get("protocol") or ""))
    protocol = next((one for one in protocols if one.public_id == key), None)
    if protocol is None:
        return None
    on, number = day_of(str(asked.get("starts_on") or "")), str(asked.get("begins_with") or "1")
    is_number = number.isascii() and number.isdigit() and len(number) <= 2
    beginning = Beginning(on, int(number)) if on and is_number else None
    seen = preview_switch(request.actor, plan=plan, protocol=protocol, beginning=beginning, at=request.at)
    return switch_follows(seen, plan, protocol, reader_of(request))


def _seen(request: StaffRequest, plan: DosePlan) -> str:
    visits = booked_of_plan(request.actor, plan, since=reader_of(request).today)
    return seen_words({visit.public_id: visit.version for visit in visits})


def _show(
    request: StaffRequest,
    plan: DosePlan,
    protocols: Sequence[Protocol],
    form: SwitchForm,
    *,
    status: int = 200,
    notices: Sequence[Line] = (),
) -> HttpResponse:
    asked = {name: form[name].value() for name in ("protocol", "starts_on", "begins_with")}
    context = {
        "page": switch_page(plan, reader_of(request), notices=notices, has_choice=bool(protocols)),
        "form": form if protocols else None,
        "follows": _follows(request, plan, protocols, asked),
    }
    return render(request, "desk/courses/dose_act.html", context, status=status)
