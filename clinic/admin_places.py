"""What the admin's lists are called, what each is for, and in which order a ward meets them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True)
class Place:
    """One list: its name, a sentence about it, and the words of the button that adds to it."""

    name: Words
    says: Words = ""
    adds: Words = ""


@dataclass(frozen=True)
class Group:
    """Lists that are set up together, by the label of their models."""

    name: Words
    places: Mapping[str, Place]


GROUPS: Sequence[Group] = (
    Group(
        _("The unit"),
        {
            "units.unit": Place(
                _("Units"), _("Address, telephone, clock, bank holidays and local policies."), _("Open a unit")
            ),
            "scheduling.resource": Place(
                _("Rooms, places and people"),
                _("What a visit takes: rooms, recovery places, operators."),
                _("Add a room, place or person"),
            ),
            "scheduling.schedule": Place(
                _("Lists"), _("Which room is open when, and who operates there."), _("Add a list")
            ),
            "scheduling.closure": Place(
                _("Closures"), _("A room, a person or the whole unit away for a time."), _("Add a closure")
            ),
            "scheduling.nurseshift": Place(
                _("Nurses in recovery"),
                _("How many patients may be in recovery at once. Local policy."),
                _("Add hours"),
            ),
            "scheduling.skill": Place(
                _("Skills"),
                _("What some rooms, devices or people have, and which visits ask for it. Local policy."),
                _("Add a skill"),
            ),
            "scheduling.visitkind": Place(
                _("Visits without a plan"), _("Their kinds, and how long each takes. Local policy."), _("Add a kind")
            ),
            "patients.needallowance": Place(
                _("Time for needs"), _("How much longer a visit takes for a need. Local policy."), _("Add an allowance")
            ),
        },
    ),
    Group(
        _("People and roles"),
        {
            "units.user": Place(_("Staff"), _("Who may sign in, and as what."), _("Add a person")),
            "units.membership": Place(_("Roles"), _("Who does what in which unit."), _("Give a role")),
            "patients.accessentry": Place(_("Who looked at whom"), _("Every opening of a patient's record.")),
        },
    ),
    Group(
        _("Treatment"),
        {
            "doseplans.protocol": Place(
                _("Protocols"),
                _("Steps, intervals, windows and gates, as versions with a preview of the dates."),
                _("Write a protocol"),
            ),
            "patients.antithrombotictable": Place(
                _("Antithrombotic tables"), _("The site's approved table, as versions."), _("Write a table")
            ),
        },
    ),
    Group(
        _("Messages"),
        {
            "reminders.messagetext": Place(
                _("Message texts"), _("The words of invites and reminders, as versions."), _("Write a text")
            ),
            "reminders.message": Place(_("Messages"), _("What was sent, to whom and when, and what was not and why.")),
        },
    ),
    Group(
        _("Patients and their records"),
        {
            "doseplans.wardlistupload": Place(
                _("Ward lists to import"),
                _("Bring patients in from a spreadsheet, with a preview."),
                _("Import a list"),
            ),
            "patients.patient": Place(_("Patients"), _("Changed on their own page at the desk."), _("Add a patient")),
            "doseplans.doseplan": Place(_("Dose plans"), _("Started, held and ended on the patient's page.")),
            "doseplans.dose": Place(_("Doses"), _("With the words that say where their dates come from.")),
            "doseplans.administration": Place(_("Doses given"), _("Recorded and put right on the patient's page.")),
            "scheduling.appointment": Place(_("Visits"), _("Booked, moved and cancelled at the desk.")),
            "patients.worklistitem": Place(_("Worklist"), _("What is and was to do. Finished on the worklist's page.")),
        },
    ),
    Group(
        _("Work in the background"),
        {
            "django_celery_beat.periodictask": Place(
                _("Periodic work"), _("What runs by itself, how often, and when it last ran."), _("Add periodic work")
            ),
            "django_celery_beat.intervalschedule": Place(
                _("How often"), _("The intervals that periodic work may have."), _("Add an interval")
            ),
            "django_celery_beat.crontabschedule": Place(
                _("At which time"), _("The times of day that periodic work may have."), _("Add a time")
            ),
        },
    ),
)

PLACES: Mapping[str, Place] = {label: place for group in GROUPS for label, place in group.places.items()}
