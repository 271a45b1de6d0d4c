"""Who operates for a plan."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.forms.courses import RefusableForm
from desk.pages import StaffRequest, form_page, go, stay_in
from desk.presenters.courses.operators import only_operator_page
from desk.presenters.people import patient_url
from desk.toasts import say
from desk.views.day.acts import PASSED_ON
from scheduling.models import Resource
from scheduling.selectors.courses import plan_for
from scheduling.selectors.operators import only_operators, operators_of
from scheduling.services.courses.operators import choose_only_operator
from units.errors import ClinicError
from units.http import status_of
from units.policy import Act


class OperatorForm(RefusableForm):
    """One of the unit's people, or nobody in particular."""

    operator = forms.ModelChoiceField(
        label=gettext_lazy("Who operates"),
        queryset=Resource.objects.none(),
        to_field_name="public_id",
        required=False,
        empty_label=gettext_lazy("Anybody who may: the usual one is preferred"),
    )


@form_page(Act.BOOK)
def only_operator(request: StaffRequest, plan_id: UUID) -> HttpResponse:
    """One person for the plan and nobody else, or anybody again."""
    plan = plan_for(request.actor, plan_id, act=Act.BOOK)
    stay_in(request, plan.patient.unit)
    form = OperatorForm(
        request.POST if request.method == "POST" else None,
        initial={"operator": only_operators(request.actor, [plan]).get(plan.pk)},
    )
    form.fields["operator"].queryset = operators_of(request.actor, unit=plan.patient.unit)  # type: ignore[attr-defined]
    context = {"page": only_operator_page(plan), "form": form}
    if request.method != "POST" or not form.is_valid():
        return render(request, "desk/courses/course.html", context, status=422 if form.is_bound else 200)
    wanted: Resource | None = form.cleaned_data["operator"]
    try:
        chosen = choose_only_operator(
            request.actor, plan_id=plan_id, operator=wanted.public_id if wanted is not None else None
        )
    except PASSED_ON:
        raise
    except ClinicError as error:
        form.refuse(error)
        return render(request, "desk/courses/course.html", context, status=status_of(error))
    words = _("Only %(name)s operates from now on.") % {"name": chosen} if chosen else _("Anybody may operate again.")
    say(request, words)
    return go(request, patient_url(plan.patient))
