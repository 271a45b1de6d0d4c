"""Two clerks press at once: each letter is printed by one of them. The control lets both see what waits."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from reminders.models import PrintedLetter
from reminders.services import derive_messages, printing
from tests.cast import assemble, make_patient
from tests.reminders.posting import wants_letters
from tests.reminders.test_races import at_once
from tests.reminders.world import DAY, World, world_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
LETTERS = 6


@pytest.fixture
def world(transactional_db: None) -> World:
    """The cast's unit, committed, with six letters waiting."""
    world = world_of(assemble())
    for number in range(LETTERS):
        world.book(wants_letters(make_patient(world.unit, f"Okonjo{number}", f"H30000{number}")), ahead=30 * DAY)
    derive_messages()
    return world


def press(world: World) -> int:
    run = printing.make_print_run(world.cast.actor("coordinator"), unit=world.unit)
    return run.letters if run else 0


def test_each_letter_is_printed_once_however_many_press(world: World) -> None:
    assert sum(at_once(4, lambda: press(world))) == LETTERS
    assert PrintedLetter.objects.count() == LETTERS
    assert PrintedLetter.objects.values("message").distinct().count() == LETTERS


def test_without_the_claim_the_database_still_refuses_the_second(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without the claim's own guard two presses take the same letters; the constraint holds."""
    # Whatever state a letter is in, it counts as waiting, and nobody keeps off a row that another holds.
    unguarded = printing.CLAIM.replace("due.state = 'pending'", "true").replace("SKIP LOCKED", "")
    monkeypatch.setattr(printing, "CLAIM", unguarded)
    assert press(world) == LETTERS
    with pytest.raises(IntegrityError, match="printed_letter_once"):
        press(world)
    assert PrintedLetter.objects.count() == LETTERS
