"""The fixed cast: who-may-do-what is asked of the same people everywhere.

One unit with one person a role, a second unit with people of its own, somebody without any unit, and the installer.
Everybody signs in with `PASSWORD`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from django.contrib.auth.hashers import make_password
from django.test import Client

from patients.models import Carer, Patient
from units.actors import Actor
from units.models import Membership, Unit, User
from units.policy import Role

PASSWORD = "a long and quiet afternoon"
OURS = tuple(role.value for role in Role)
THEIRS = ("other_coordinator", "other_nurse", "other_administrator")


@cache
def hashed_password() -> str:
    """Argon2 is slow on purpose: once a run is enough."""
    return make_password(PASSWORD)


@dataclass(frozen=True)
class Cast:
    """Two units, the people of both, and a patient of each."""

    unit: Unit
    other_unit: Unit
    coordinator: User
    nurse: User
    doctor: User
    pharmacist: User
    manager: User
    administrator: User
    other_coordinator: User
    other_nurse: User
    other_administrator: User
    loner: User
    installer: User
    patient: Patient
    carer: Carer
    other_patient: Patient

    def actor(self, who: str) -> Actor:
        """The actor of a member of the cast, by name: `cast.actor("nurse")`."""
        return Actor.for_user(getattr(self, who))


def make_user(name: str, **fields: object) -> User:
    """Somebody who can sign in, saved."""
    user = _user(name, **fields)
    user.save()
    return user


def _user(name: str, **fields: object) -> User:
    address = f"{name.replace(' ', '.').lower()}@example.org"
    return User(name=name, email=address, password=hashed_password(), **fields)


def make_patient(unit: Unit, family_name: str = "Fairweather", number: str = "H100001", **fields: object) -> Patient:
    """A patient of the unit, saved. What a test does not name is the same for all."""
    return Patient.objects.create(
        **{
            "unit": unit,
            "family_name": family_name,
            "given_name": "Ines",
            "birth_date": date(1971, 7, 2),
            "sex": Patient.Sex.FEMALE,
            "hospital_number": number,
            "email": f"{number.lower()}@example.org",
            "phone": "+447700900123",
            **fields,
        }
    )


def assemble() -> Cast:
    """The cast, saved, within a transaction of the caller's. Most tests begin with it, so rows go together."""
    unit = Unit.objects.create(name="Harbour Day Unit", site_name="Harbour Hospital", phone="+441632960001")
    other_unit = Unit.objects.create(name="Hilltop Day Unit", site_name="Hilltop Hospital", phone="+441632960002")
    members = {role: _user(f"Ada {role.capitalize()}") for role in OURS}
    members |= {who: _user(f"Otto {who.partition('_')[2].capitalize()}") for who in THEIRS}
    others = {"loner": _user("Lone Reader"), "installer": _user("Ida Installer", is_superuser=True)}
    people = members | others
    User.objects.bulk_create(people.values())
    Membership.objects.bulk_create(
        [
            Membership(
                user=user,
                unit=other_unit if who in THEIRS else unit,
                role=Role(who.removeprefix("other_")),
            )
            for who, user in members.items()
        ]
    )
    patient = make_patient(unit, nhs_number="9990899452")
    return Cast(
        unit=unit,
        other_unit=other_unit,
        **people,
        patient=patient,
        carer=Carer.objects.create(
            patient=patient, name="Noor Fairweather", relationship="wife", email="carer1@example.org"
        ),
        other_patient=make_patient(other_unit, "Hartnoll", "T200001", nhs_number="9996815595"),
    )


def signed_in(user: User) -> Client:
    """A browser in which the user is signed in."""
    client = Client()
    client.force_login(user, backend="units.backends.RoleBackend")
    return client
