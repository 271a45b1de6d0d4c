"""A whole outbox under faults of every kind at once, and an account of every message in it.

The server refuses, hangs up and drops what it took; workers die before and after handing over; visits move and are
cancelled all the while. What is asserted of each message is asserted of what a real mail server caught.
"""

from __future__ import annotations

import random
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from clinic.celery import app
from patients.models import Carer, Patient, WorklistItem
from reminders import transport
from reminders.channels import mail
from reminders.ical import ReadInvite, read_invite
from reminders.models import CALENDAR_PURPOSES, Message
from reminders.services import derive_messages
from reminders.tasks import send_due
from scheduling.models import Appointment
from tests.cast import assemble, make_patient
from tests.reminders.mailserver import MailServer
from tests.reminders.reading import read_mail
from tests.reminders.world import DAY, World, expire_leases, world_of

WORKERS = 3
EACH = 10  # visits of a patient
MOST_ROUNDS = 60
ENDED = {"sent", "skipped", "failed"}


class Killed(BaseException):
    """The worker is gone, without a word."""


@dataclass
class Fickle(MailServer):
    """Refuses, hangs up and drops as the dice fall, and never takes anything for some addresses."""

    dice: random.Random = field(default_factory=lambda: random.Random(20261122))  # noqa: S311  dice, no secret
    is_sound: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.refuse_recipient = self._refusal
        self.answer = lambda _: "451 4.3.0 later" if not self.is_sound and self.dice.random() < 0.03 else None

    def _refusal(self, address: str) -> str | None:
        if address.startswith("nobody"):
            return "550 5.1.1 no such mailbox"
        if self.is_sound:
            return None
        fate = self.dice.random()
        return "421 4.7.0 too many" if fate < 0.01 else "450 4.2.1 greylisted" if fate < 0.04 else None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        # the third letter is always dropped after it was taken, so that each run, however small, has one to repeat
        is_taken_in_vain = len(self.caught) == 2 or self.dice.random() < 0.02
        self.is_dropping_after_data = not self.is_sound and is_taken_in_vain
        self.is_closing_afterwards = not self.is_sound and self.dice.random() < 0.02
        return await super().handle_DATA(server, session, envelope)


@pytest.fixture
def server() -> Iterator[Fickle]:
    server = Fickle()
    server.start()
    yield server
    server.stop()
    app.control.purge()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("least", [100, pytest.param(10_000, marks=pytest.mark.deep)])
def test_ten_thousand_messages_under_faults_are_accounted_for(
    least: int, server: Fickle, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(7)  # noqa: S311
    die_sometimes(monkeypatch, server, dice)
    world = world_of(assemble())
    visits = book(world, patients=least // 20)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # the tests' cluster does none by itself, and plans for empty tables take for ever
    derive_messages()
    change(world, visits, dice, share=0.1)  # before anybody is at work: what was never sent is skipped
    derive_messages()
    for number in range(MOST_ROUNDS):
        server.is_sound = number > MOST_ROUNDS // 2
        crowd = [threading.Thread(target=work) for _ in range(WORKERS)]
        for worker in crowd:
            worker.start()
        change(world, visits, dice, share=0.25 if number < 4 else 0)
        for worker in crowd:
            worker.join()
        derive_messages()
        expire_leases()  # nobody is at work: whoever holds one has died
        if not due().exclude(state__in=ENDED).exists():
            break
        due().filter(state="pending").update(due_at=timezone.now() - timedelta(seconds=1))
    account(server, least)


def due() -> Any:
    """What had to go while the test ran; reminders come later."""
    return Message.objects.filter(purpose__in=CALENDAR_PURPOSES)


def die_sometimes(monkeypatch: pytest.MonkeyPatch, server: Fickle, dice: random.Random) -> None:
    deliver = transport.deliver

    def deliver_or_die(raw: bytes, *, sender: str, recipient: str) -> None:
        fate = 1.0 if server.is_sound else dice.random()
        if fate < 0.003:
            raise Killed
        deliver(raw, sender=sender, recipient=recipient)
        if fate > 0.997 and not server.is_sound:
            raise Killed

    monkeypatch.setattr(mail, "deliver", deliver_or_die)


def book(world: World, *, patients: int) -> list[Appointment]:
    """Ten visits each; every third patient has a carer who is told too, every twentieth an address that nobody has."""
    visits = []
    for n in range(patients):
        more = {"email": f"nobody{n}@example.org"} if n % 20 == 3 else {}
        patient: Patient = make_patient(world.unit, f"Many{n:04}", f"MN{n:05}", **more)
        if n % 3 == 0:
            Carer.objects.create(
                patient=patient, name="Noor Carer", email=f"carer{n}@example.net", relationship="wife",
                receives_invites=True,
            )  # fmt: skip
        visits += [world.book(patient, ahead=(8 + 4 * k) * DAY) for k in range(EACH)]
    return visits


def change(world: World, visits: list[Appointment], dice: random.Random, *, share: float) -> None:
    """Some visits move, some are cancelled, in the middle of everything."""
    for visit in visits:
        if dice.random() >= share or visit.status != Appointment.Status.BOOKED:
            continue
        with transaction.atomic():
            if dice.random() < 0.4:
                world.cancel(visit)
            else:
                world.move(visit, timedelta(hours=1))
        if dice.random() < 0.1:
            derive_messages()


def work() -> None:
    """A worker's process: killed, it is replaced, and what it had claimed waits for its lease to run out."""
    try:
        while True:
            try:
                if not send_due():
                    return
            except Killed:
                transport.hang_up()
    finally:
        transport.hang_up()
        connection.close()


def account(server: Fickle, least: int) -> None:
    by_state = {row["state"]: row["n"] for row in due().values("state").annotate(n=Count("pk"))}
    assert by_state.keys() <= ENDED, by_state
    assert sum(by_state.values()) >= least
    assert min(by_state.get(state, 0) for state in ENDED) > 0  # each fate was met

    caught: dict[str, list[bytes]] = defaultdict(list)
    told: dict[tuple[str, str], list[ReadInvite]] = defaultdict(list)
    for one in server.caught:
        letter = read_mail(one.raw)
        caught[letter.headers["Message-ID"]].append(one.raw)
        if letter.calendar:
            invite = read_invite(letter.calendar)
            told[invite.uid, one.recipients[0]].append(invite)
    assert len(server.caught) > len(caught)  # some were repeated
    assert all(len(set(raws)) == 1 for raws in caught.values())

    rows = {row.mime_message_id: row for row in Message.objects.select_related("appointment")}
    assert caught.keys() <= rows.keys()
    assert all(rows[name].is_possibly_out for name in caught)
    lost = [row for name, row in rows.items() if row.state == "sent" and name not in caught]
    assert lost == []
    failed = {row.appointment_id for row in rows.values() if row.state == "failed"}
    assert WorklistItem.objects.filter(kind="message_failed").exists() == bool(failed)

    ends: dict[str, tuple[bool, datetime]] = {
        str(visit.uid): (visit.status == Appointment.Status.CANCELLED, visit.starts_at)
        for visit in Appointment.objects.all()
    }
    whole = {(str(row.uid), row.address) for row in rows.values()} - {
        (str(row.uid), row.address) for row in rows.values() if row.state == "failed"
    }
    for (uid, address), story in told.items():
        for earlier, later in pairwise(story):
            assert (earlier.sequence, earlier.dtstamp) <= (later.sequence, later.dtstamp)
            assert (earlier.method, later.method) != ("CANCEL", "REQUEST")
        is_off, starts_at = ends[uid]
        if (uid, address) in whole:
            assert story[-1].method == ("CANCEL" if is_off else "REQUEST")
            assert is_off or story[-1].starts_at == starts_at
    standing = {uid for uid, (is_off, _at) in ends.items() if not is_off}
    assert {pair for pair in whole if pair[0] in standing} <= told.keys()  # everybody knows of what stands
