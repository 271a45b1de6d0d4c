"""Who operates for a plan: anybody, or one person and nobody else."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from desk.presenters.people import banner, name_of, patient_url
from desk.viewmodels import Line, MenuLink
from desk.viewmodels.courses import CoursePage
from doseplans.models import DosePlan


def only_operator_page(plan: DosePlan) -> CoursePage:
    """The choice, and what follows from it."""
    patient = plan.patient
    return CoursePage(
        banner=banner(patient, patient.flags.all()),
        title=_("Who operates"),
        summary=plan.protocol.name,
        back=MenuLink(name_of(patient), patient_url(patient)),
        url=reverse("desk:only_operator", args=[plan.public_id]),
        submit=_("Keep this choice"),
        effects=[
            Line(_("With one person chosen, only their slots are proposed and can be booked."), icon="users"),
            Line(_("Booked visits stay as they are. Nobody is told anything now."), icon="mail"),
        ],
    )
