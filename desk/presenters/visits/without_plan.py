"""A visit without a plan: what it may be for."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from desk.presenters.people import banner, name_of, patient_url
from desk.viewmodels import Empty, MenuLink
from desk.viewmodels.other_visits import OtherVisitPage
from desk.viewmodels.parts import Choice
from patients.models import Patient
from scheduling.models import VisitKind


def other_visit_page(patient: Patient, kinds: Sequence[VisitKind], chosen: VisitKind | None) -> OtherVisitPage:
    """The kinds by name, each leading to its slots."""
    choices = [
        Choice(
            kind.name,
            reverse("desk:other_visit", args=[patient.public_id, kind.public_id]),
            is_current=chosen is not None and kind.pk == chosen.pk,
        )
        for kind in kinds
    ]
    return OtherVisitPage(
        banner=banner(patient, patient.flags.all()),
        title=_("Book another visit"),
        back=MenuLink(name_of(patient), patient_url(patient)),
        kinds=choices,
        empty=None
        if choices
        else Empty(_("No visits without a plan are set up here. An administrator adds them to the unit.")),
    )
