"""The admin of units and people: whose rows are shown, and that nobody raises their own rights."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from clinic.admin_periodic import clock_words
from clinic.admin_places import PLACES
from clinic.celery import app
from doseplans.models import Protocol
from tests.cast import PASSWORD, Cast, signed_in
from tests.ward import Ward
from units.admin_base import LookOnlyAdmin, LookOnlyInline
from units.models import Membership, Unit, User
from units.policy import Role

USERS, UNITS, ROLES = "/admin/units/user/", "/admin/units/unit/", "/admin/units/membership/"


def roles_form(*rows: tuple[Unit, str], kept: Membership | None = None, removed: bool = False) -> dict[str, Any]:
    """The inline of roles as a browser sends it."""
    form: dict[str, Any] = {
        "memberships-TOTAL_FORMS": len(rows) + (kept is not None),
        "memberships-INITIAL_FORMS": int(kept is not None),
        "memberships-MIN_NUM_FORMS": 0,
        "memberships-MAX_NUM_FORMS": 1000,
    }
    if kept is not None:
        form |= {"memberships-0-id": kept.pk, "memberships-0-user": kept.user_id}
        form |= {"memberships-0-unit": kept.unit_id, "memberships-0-role": kept.role}
        form |= {"memberships-0-DELETE": "on"} if removed else {}
    for number, (unit, role) in enumerate(rows, start=int(kept is not None)):
        form |= {f"memberships-{number}-unit": unit.pk, f"memberships-{number}-role": role}
    return form


def account(user: User, **changes: Any) -> dict[str, Any]:
    return {"name": user.name, "email": user.email, "is_active": "on"} | changes


def change(client: Client, user: User, form: dict[str, Any]) -> int:
    return client.post(f"{USERS}{user.pk}/change/", form).status_code


def test_list_shows_the_unit_and_its_people_only(cast: Cast) -> None:
    client = signed_in(cast.administrator)
    people = client.get(USERS).content.decode()
    assert cast.nurse.email in people
    assert cast.other_nurse.email not in people
    assert cast.loner.email not in people
    units = client.get(UNITS).content.decode()
    assert cast.unit.name in units
    assert cast.other_unit.name not in units
    assert cast.other_unit.name not in client.get(ROLES).content.decode()


@pytest.mark.parametrize("who", ["coordinator", "nurse", "doctor", "pharmacist", "manager", "loner"])
def test_admin_is_closed_to_those_who_set_nothing_up(cast: Cast, who: str) -> None:
    client = signed_in(getattr(cast, who))
    assert client.get("/admin/", follow=True).status_code == 403
    assert client.get(USERS, follow=True).status_code == 403


def test_another_units_record_is_not_found(cast: Cast) -> None:
    client = signed_in(cast.administrator)
    membership = cast.other_nurse.memberships.get()
    for address in (
        f"{USERS}{cast.other_nurse.pk}/change/",
        f"{USERS}{cast.other_nurse.pk}/history/",
        f"{USERS}{cast.other_nurse.pk}/password/",
        f"{UNITS}{cast.other_unit.pk}/change/",
        f"{UNITS}{cast.other_unit.pk}/history/",
        f"{ROLES}{membership.pk}/delete/",
        f"{USERS}999999/change/",
    ):
        assert client.get(address).status_code == 404, address
    assert change(client, cast.other_nurse, account(cast.other_nurse, name="Mine")) == 404


def test_administrator_sees_no_field_that_makes_a_superuser(cast: Cast) -> None:
    client = signed_in(cast.administrator)
    form = account(cast.nurse, is_superuser="on", is_staff="on") | roles_form()
    assert change(client, cast.nurse, form) == 302
    assert change(client, cast.administrator, account(cast.administrator, is_superuser="on") | roles_form()) == 302
    assert list(User.objects.filter(is_superuser=True)) == [cast.installer]


def test_nobody_changes_their_own_roles(cast: Cast) -> None:
    client = signed_in(cast.administrator)
    form = account(cast.administrator) | roles_form((cast.unit, Role.DOCTOR))
    change(client, cast.administrator, form)
    by_address = {"email": cast.administrator.email, "unit": cast.unit.pk, "role": Role.DOCTOR}
    assert client.post(f"{ROLES}add/", by_address, follow=True).status_code == 200
    own = cast.administrator.memberships.get()
    assert own.role == Role.ADMINISTRATOR
    assert client.post(f"{ROLES}{own.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post(ROLES, {"action": "delete_selected", "_selected_action": [own.pk], "post": "yes"})
    assert cast.administrator.memberships.count() == 1


def test_roles_are_given_and_taken_in_ones_own_unit(cast: Cast) -> None:
    client = signed_in(cast.administrator)
    held = cast.nurse.memberships.get()
    form = account(cast.nurse) | roles_form((cast.unit, Role.COORDINATOR), kept=held, removed=True)
    assert change(client, cast.nurse, form) == 302
    membership = cast.nurse.memberships.get()
    assert membership.role == Role.COORDINATOR
    context = membership.history.get().pgh_context.metadata
    assert (context["actor"], context["user"]) == ("Ada Administrator", cast.administrator.pk)


def test_no_role_is_given_in_another_unit(cast: Cast) -> None:
    client = signed_in(cast.administrator)
    form = account(cast.nurse) | roles_form((cast.other_unit, Role.NURSE))
    assert change(client, cast.nurse, form) == 200  # the form again, with its error
    by_address = {"email": cast.nurse.email, "unit": cast.other_unit.pk, "role": Role.NURSE}
    assert client.post(f"{ROLES}add/", by_address).status_code == 200
    assert list(cast.nurse.memberships.values_list("unit", flat=True)) == [cast.unit.pk]


def test_new_person_needs_a_role(cast: Cast) -> None:
    client = signed_in(cast.administrator)
    person = {
        "name": "New Nurse",
        "email": "New.Nurse@example.org",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert client.post(f"{USERS}add/", person | roles_form()).status_code == 200
    assert not User.objects.filter(name="New Nurse").exists()
    assert client.post(f"{USERS}add/", person | roles_form((cast.unit, Role.NURSE))).status_code == 302
    added = User.objects.get(name="New Nurse")
    assert (added.email, added.memberships.get().unit) == ("new.nurse@example.org", cast.unit)
    assert added.check_password(PASSWORD)


def test_account_that_opens_another_unit_too_keeps_its_sign_in(cast: Cast) -> None:
    """Setting its password would give the rights it has elsewhere."""
    Membership.objects.create(user=cast.nurse, unit=cast.other_unit, role=Role.DOCTOR)
    client = signed_in(cast.administrator)
    change(client, cast.nurse, account(cast.nurse, email="mine@example.org", name="Mine") | roles_form())
    passwords = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    assert client.post(f"{USERS}{cast.nurse.pk}/password/", passwords).status_code == 403
    cast.nurse.refresh_from_db()
    assert (cast.nurse.name, cast.nurse.email) == ("Ada Nurse", "ada.nurse@example.org")
    # The roles here are this administrator's business, those elsewhere are not shown.
    page = client.get(f"{USERS}{cast.nurse.pk}/change/").content.decode()
    assert cast.other_unit.name not in page


def test_installer_with_a_role_here_is_out_of_reach(cast: Cast) -> None:
    Membership.objects.create(user=cast.installer, unit=cast.unit, role=Role.MANAGER)
    client = signed_in(cast.administrator)
    assert client.get(f"{USERS}{cast.installer.pk}/change/").status_code == 404
    assert client.post(f"{USERS}{cast.installer.pk}/password/").status_code == 404


def test_administrator_cannot_close_their_own_account(cast: Cast) -> None:
    client = signed_in(cast.administrator)
    form = account(cast.administrator, name="Ada Still Here") | roles_form()
    del form["is_active"]
    assert change(client, cast.administrator, form) == 302
    cast.administrator.refresh_from_db()
    assert (cast.administrator.name, cast.administrator.is_active) == ("Ada Still Here", True)


def test_role_by_address_for_somebody_of_another_unit(cast: Cast) -> None:
    client = signed_in(cast.administrator)
    form = {"email": cast.other_nurse.email.upper(), "unit": cast.unit.pk, "role": Role.NURSE}
    assert client.post(f"{ROLES}add/", form).status_code == 302
    assert cast.other_nurse.memberships.filter(unit=cast.unit, role=Role.NURSE).exists()
    assert client.post(f"{ROLES}add/", form).status_code == 200  # the same once more is refused in words
    unknown = client.post(f"{ROLES}add/", form | {"email": "nobody@example.org"})
    assert "Nobody signs in with this address" in unknown.content.decode()


def test_who_opens_a_unit_administers_it(cast: Cast) -> None:
    client = signed_in(cast.administrator)
    form = {
        "name": "Meadow Day Unit",
        "timezone": "Europe/London",
        "nation": "WLS",
        "is_active": "on",
        "quiet_from": "20:00",
        "quiet_until": "08:00",
        "undo_seconds": 20,
        "reservation_minutes": 10,
        "notice_hours": 12,
        "post_working_days": 3,
        "downtime_list_at": "18:00",
    }
    assert client.post(f"{UNITS}add/", form).status_code == 302
    unit = Unit.objects.get(name="Meadow Day Unit")
    assert [(held.user, held.role) for held in unit.memberships.all()] == [(cast.administrator, Role.ADMINISTRATOR)]
    assert client.post(f"{UNITS}add/", form | {"name": "X", "timezone": "UTC+1"}).status_code == 200


def test_installer_sets_up_units_and_people_and_sees_no_patient(cast: Cast) -> None:
    client = signed_in(cast.installer)
    page = client.get(USERS).content.decode()
    assert cast.nurse.email in page
    assert cast.other_nurse.email in page
    assert client.get("/admin/patients/patient/").status_code == 403
    assert client.get(f"/admin/patients/patient/{cast.patient.pk}/change/").status_code == 403
    form = account(cast.loner) | roles_form((cast.other_unit, Role.NURSE))
    assert change(client, cast.loner, form) == 302
    assert cast.loner.memberships.get().unit == cast.other_unit


def test_history_says_who_changed_what(cast: Cast) -> None:
    client = signed_in(cast.administrator)
    change(client, cast.nurse, account(cast.nurse, name="Ada Newname") | roles_form((cast.unit, Role.COORDINATOR)))
    page = client.get(f"{USERS}{cast.nurse.pk}/history/").content.decode()
    assert "Ada Nurse → Ada Newname" in page
    assert "Ada Administrator" in page
    assert "Coordinator" in page
    assert "argon2" not in page


def test_choices_of_a_unit_are_ones_own(cast: Cast) -> None:
    page = signed_in(cast.administrator).get(f"{USERS}add/").content.decode()
    assert cast.unit.name in page
    assert cast.other_unit.name not in page


def test_lists_cost_the_same_for_few_and_many(cast: Cast) -> None:
    client = signed_in(cast.administrator)
    lists = (USERS, ROLES, UNITS)

    def costs() -> dict[str, int]:
        found = {}
        for address in lists:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(address).status_code == 200
            found[address] = len(captured)
        return found

    client.get(USERS)  # the session is noted
    few = costs()
    users = User.objects.bulk_create(
        User(name=f"Row {n}", email=f"row{n}@example.org", password="!") for n in range(300)
    )
    Membership.objects.bulk_create(Membership(user=user, unit=cast.unit, role=Role.NURSE) for user in users)
    assert costs() == few


def test_every_list_has_its_own_words_and_is_found_once_on_the_first_page(cast: Cast) -> None:
    """No list goes by the name its table has, and none is lost between the groups."""
    open_to_them = {
        model._meta.label_lower
        for model, page in admin.site._registry.items()
        if model._meta.app_label in {"units", "patients", "doseplans", "scheduling", "reminders", "django_celery_beat"}
    }
    assert set(PLACES) == open_to_them
    groups = signed_in(cast.administrator).get("/admin/").context["app_list"]
    shown = [entry["model"]._meta.label_lower for group in groups for entry in group["models"]]
    assert sorted(shown) == sorted(PLACES)


def test_list_says_its_name_and_what_to_do_when_nothing_is_found(cast: Cast) -> None:
    client = signed_in(cast.administrator)
    page = client.get(f"{USERS}?q=nobody").content.decode()
    assert "Staff" in page
    assert "Nothing matches what you searched or filtered for." in page
    assert "Show all" in page
    assert "There is nothing here yet." in client.get("/admin/patients/antithrombotictable/").content.decode()


def test_refused_form_says_in_one_place_what_is_wrong(cast: Cast) -> None:
    page = signed_in(cast.administrator).post(f"{UNITS}{cast.unit.pk}/change/", {"name": ""}).content.decode()
    assert "Nothing is saved yet" in page
    assert '<a href="#id_name">Name</a>: This field is required.' in page


def test_yes_and_no_are_words(cast: Cast) -> None:
    """The sign that the admin would draw is a private function of Django's, which another version may rename."""
    page = signed_in(cast.administrator).get(USERS).content.decode()
    assert '<span class="is-yes">yes</span>' in page
    assert "icon-yes" not in page


def test_saving_says_what_was_saved(cast: Cast) -> None:
    form = account(cast.nurse, name="Ada Newname") | roles_form()
    page = signed_in(cast.administrator).post(f"{USERS}{cast.nurse.pk}/change/", form, follow=True)
    assert [str(message) for message in page.context["messages"]] == ["Saved: Ada Newname."]


@pytest.mark.parametrize(
    "label",
    [
        "doseplans.doseplan",
        "doseplans.dose",
        "doseplans.administration",
        "scheduling.appointment",
        "reminders.message",
        "patients.worklistitem",
        "patients.accessentry",
    ],
)
def test_what_a_use_case_owns_is_only_looked_at(label: str) -> None:
    """No field, inline or action of the admin changes a plan, a dose, a visit or a message behind the use cases."""
    page = admin.site._registry[apps.get_model(label)]
    assert isinstance(page, LookOnlyAdmin)
    assert all(issubclass(inline, LookOnlyInline) for inline in page.inlines)
    assert list(page.actions or ()) == []
    assert page.list_editable == ()


def test_looked_at_record_leads_to_where_it_is_changed_and_to_its_history(cast: Cast) -> None:
    page = signed_in(cast.administrator).get(f"/admin/patients/patient/{cast.patient.pk}/change/").content.decode()
    assert f'<a href="/patients/{cast.patient.public_id}/">Open the patient&#x27;s page</a>' in page
    assert f'href="/admin/patients/patient/{cast.patient.pk}/history/"' in page
    assert "Here to look at. Changed on their own page at the desk." in " ".join(page.split())
    listed = signed_in(cast.administrator).get("/admin/patients/patient/").content.decode()
    assert '<a href="/admin/doseplans/wardlistupload/add/">Import a ward&#x27;s list</a>' in listed


def test_password_is_set_without_a_word_on_how_it_is_kept(cast: Cast) -> None:
    client = signed_in(cast.administrator)
    assert "argon2" not in client.get(f"{USERS}{cast.nurse.pk}/change/").content.decode()
    address = f"{USERS}{cast.nurse.pk}/password/"
    page = client.get(address).content.decode()
    assert "A new password for Ada Nurse" in page
    sent = {"usable_password": "true", "set-password": "1", "password1": PASSWORD, "password2": "another one of these"}
    assert "The password is not changed yet" in client.post(address, sent).content.decode()
    assert client.post(address, sent | {"password2": PASSWORD}).status_code == 302


def test_deletion_names_what_goes_and_not_the_ties_between(ward: Ward) -> None:
    lists = ward.unit.schedules.order_by("pk")
    page = signed_in(ward.cast.administrator).get(f"/admin/scheduling/schedule/{lists[0].pk}/delete/").content.decode()
    assert "What is deleted" in page
    assert str(lists[0]) in page
    assert "relationship" not in page


def test_periodic_work_is_told_in_words(cast: Cast) -> None:
    """The library's own form runs an inline script, which the policy refuses."""
    work = PeriodicTask.objects.create(
        name="Sweep", task="reminders.sweep", interval=IntervalSchedule.objects.create(every=10, period="seconds")
    )
    client = signed_in(cast.administrator)
    assert "every 10 seconds" in client.get("/admin/django_celery_beat/periodictask/").content.decode()
    form = client.get(f"/admin/django_celery_beat/periodictask/{work.pk}/change/").content.decode()
    assert "periodic-task-overrides" not in form
    assert "How often, or at which time" in form


def test_how_often_and_at_which_time_are_set_in_words(cast: Cast) -> None:
    """The library's pages speak of crontabs and of the arguments of a task."""
    client = signed_in(cast.administrator)
    interval, crontab = "/admin/django_celery_beat/intervalschedule/", "/admin/django_celery_beat/crontabschedule/"
    empty = client.get(f"{crontab}add/").content.decode()
    assert "Monday to Friday: 1-5" in empty
    assert "<title> Add a time · Infusion clinic </title>" in " ".join(empty.replace(">", "> ").split())
    said = client.post(f"{interval}add/", {"every": 10, "period": "minutes"}, follow=True).content.decode()
    assert "Added: every 10 minutes." in said
    kept = CrontabSchedule.objects.create(minute="20", hour="5", timezone="UTC")
    PeriodicTask.objects.create(name="Sweep", task="reminders.sweep", crontab=kept)
    shown = client.get(f"{crontab}{kept.pk}/change/").content.decode()
    assert "every day at 05:20 (clock of UTC)" in shown
    assert ">Sweep</a>" in shown
    pages = [empty, said, shown, client.get(interval).content.decode(), client.get(crontab).content.decode()]
    for theirs in ("Cron ", "Human readable", "Positional", "m/h/dM/MY/d", "successfully"):
        assert [theirs in page for page in pages] == [False] * 5, theirs


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"minute": "20", "hour": "5"}, "every day at 05:20 (clock of UTC)"),
        ({"minute": "0,30", "hour": "18", "day_of_week": "1-5"}, "Monday to Friday at 18:00, 18:30 (clock of UTC)"),
        ({"minute": "0", "hour": "7", "day_of_week": "0,3"}, "Sunday, Wednesday at 07:00 (clock of UTC)"),
        ({"minute": "0", "hour": "7", "day_of_week": "0-6"}, "every day at 07:00 (clock of UTC)"),
    ],
)
def test_a_time_is_told_as_the_ward_says_it(parts: dict[str, str], words: str) -> None:
    assert clock_words(CrontabSchedule(timezone="UTC", **parts)) == words


def test_what_is_rarer_than_weekly_is_told_all_the_same() -> None:
    told = clock_words(CrontabSchedule(minute="*/7", hour="*", timezone="UTC"))
    assert "7" in told


def test_periodic_work_is_switched_off_in_words(cast: Cast) -> None:
    every = IntervalSchedule.objects.create(every=10, period="seconds")
    work = PeriodicTask.objects.create(name="Sweep", task="reminders.sweep", interval=every)
    place, sent = "/admin/django_celery_beat/periodictask/", {"action": "disable_tasks", "_selected_action": work.pk}
    page = signed_in(cast.administrator).post(place, sent, follow=True).content.decode()
    assert "Switched off: Sweep." in page
    assert [words in page for words in ("Run once now", "selected tasks", "Toggle")] == [True, False, False]
    work.refresh_from_db()
    assert work.enabled is False


def test_a_protocols_code_stands_in_the_filter_as_it_is_written(cast: Cast) -> None:
    page = signed_in(cast.administrator).get("/admin/doseplans/protocol/").content.decode()
    codes = set(Protocol.objects.values_list("code", flat=True))
    assert [code for code in codes if f">{code}</a>" not in page] == []
    assert len(codes) > 0


def test_a_time_that_work_uses_is_not_deleted(cast: Cast) -> None:
    """The work would go with it, without a word."""
    client, kept = signed_in(cast.administrator), CrontabSchedule.objects.create(minute="20", hour="5", timezone="UTC")
    delete = f"/admin/django_celery_beat/crontabschedule/{kept.pk}/delete/"
    work = PeriodicTask.objects.create(name="Sweep", task="reminders.sweep", crontab=kept)
    assert client.post(delete, {"post": "yes"}).status_code == 403
    work.delete()
    assert client.post(delete, {"post": "yes"}).status_code == 302
    assert not CrontabSchedule.objects.filter(pk=kept.pk).exists()


def test_beat_adds_no_work_of_its_own() -> None:
    """It would clear away results, of which none is kept, under a name that says nothing to a ward."""
    assert not app.conf.result_expires


def steps_of(person: User) -> dict[str, Any]:
    return {step.text: step for step in signed_in(person).get("/admin/").context["setup_steps"]}


def test_first_page_says_what_is_still_to_set_up_and_where(cast: Cast) -> None:
    steps, unit = steps_of(cast.administrator), cast.unit.pk
    assert steps["Add a coordinator"].done is True
    rooms = steps["Add the procedure rooms"]
    assert (rooms.done, rooms.url) == (False, f"/admin/scheduling/resource/add/?unit={unit}&kind=room")
    lists = signed_in(cast.administrator).get("/admin/scheduling/schedule/").content.decode()
    assert "Before the first booking, next:" in lists


def test_every_step_leads_to_a_page_that_its_reader_may_open(cast: Cast) -> None:
    for person in (cast.administrator, cast.installer):
        client, steps = signed_in(person), steps_of(person)
        opened = {text: client.get(step.url).status_code for text, step in steps.items() if step.url}
        assert {text: status for text, status in opened.items() if status != 200} == {}
        assert "Add a coordinator" in {text.partition(" (")[0] for text in opened}
    assert [step.url for text, step in steps.items() if text.startswith("Add the procedure rooms")] == [""]
    assert "What has no link here is done by" in client.get("/admin/").content.decode()


def test_an_empty_installation_begins_with_its_unit_and_an_administrator(cast: Cast) -> None:
    Unit.objects.update(is_active=False)
    (first,) = steps_of(cast.installer).values()
    assert (first.text, first.url) == ("Add your first unit", "/admin/units/unit/add/")
    Unit.objects.filter(pk=cast.unit.pk).update(is_active=True)
    Membership.objects.filter(role="administrator").delete()
    assert steps_of(cast.installer)["Add an administrator"].done is False


def test_the_installer_begins_with_setting_up(cast: Cast) -> None:
    assert signed_in(cast.installer).get("/")["Location"] == "/admin/"
    assert signed_in(cast.loner).get("/").status_code == 403


def test_the_only_unit_is_chosen_for_somebodys_first_role(cast: Cast) -> None:
    page = signed_in(cast.administrator).get("/admin/units/user/add/").content.decode()
    assert f'<option value="{cast.unit.pk}" selected>' in page
