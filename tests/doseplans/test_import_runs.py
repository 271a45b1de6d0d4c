"""A long list imported by a worker: all of it or nothing, once, and told how far it is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from doseplans.models import ImportRun, WardListUpload
from doseplans.services.ward_list import cancel_import, discard_upload, keep_upload, running, saving, start_import
from doseplans.services.ward_list.running import carry_out, work_on_import
from patients.models import Patient
from tests.doseplans.wardlist.lists import ward_list
from units import runs
from units.errors import InvalidInput, NotAllowed
from units.runs import GivenUp, Heart, Standing, standing_of

if TYPE_CHECKING:
    from time_machine import Traveller

    from tests.cast import Cast
    from units.actors import Actor

pytestmark = pytest.mark.usefixtures("clock")


class Still(Heart):
    """A worker's sign of life without a thread, which would not see what a test has not committed."""

    told: list[str]

    def _beat(self) -> None:
        return

    def tell(self, part: float, words: str) -> None:
        self.told = [*getattr(self, "told", []), words]
        super().tell(part, words)


@pytest.fixture
def actor(cast: Cast) -> Actor:
    cast.patient.delete()  # have NHS numbers of the list
    cast.other_patient.delete()
    return cast.actor("coordinator")


@pytest.fixture
def upload(cast: Cast, actor: Actor) -> WardListUpload:
    content = ward_list({}, {}, {})
    return keep_upload(actor, unit=cast.unit, file_name="ward.csv", content=content, at=timezone.now())


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "Heart", Still)
    monkeypatch.setattr(saving, "PART", 2)


def asked(actor: Actor, upload: WardListUpload) -> ImportRun:
    return start_import(actor, upload=upload, accepted=frozenset(), at=timezone.now())


def taken_up(run: ImportRun) -> Still:
    claim = runs.claim(ImportRun, run.pk, at=timezone.now())
    assert claim is not None
    return Still(ImportRun, run.pk, claim)


def stands(upload: WardListUpload, run: ImportRun) -> tuple[Any, ...]:
    upload.refresh_from_db()
    run.refresh_from_db()
    return upload.state, run.state, run.outcome, Patient.objects.count()


def test_a_worker_imports_the_list_and_the_run_is_done_with_it(
    cast: Cast, actor: Actor, upload: WardListUpload
) -> None:
    before = Patient.objects.count()
    run = asked(actor, upload)
    assert work_on_import(run.pk)
    told = "Patients imported: 3 new, 0 changed, 0 unchanged."
    assert stands(upload, run) == ("imported", "done", told, before + 3)
    assert not work_on_import(run.pk)
    again = keep_upload(actor, unit=cast.unit, file_name="w.csv", content=ward_list({}, {}, {}), at=timezone.now())
    second = asked(actor, again)
    assert work_on_import(second.pk)
    assert stands(again, second)[1:] == ("done", told.replace("3 new", "0 new").replace("0 un", "3 un"), before + 3)


def test_it_tells_how_far_it_is(actor: Actor, upload: WardListUpload) -> None:
    run = asked(actor, upload)
    heart = taken_up(run)
    carry_out(run, heart)
    assert heart.told == ["0 of 3 rows read", "0 of 3 patients written", "2 of 3 patients written"]


def test_pressed_twice_it_runs_once(actor: Actor, upload: WardListUpload, clock: Traveller) -> None:
    first = asked(actor, upload)
    assert asked(actor, upload) == first
    taken_up(first)
    assert asked(actor, upload) == first
    clock.shift(runs.LEASE + timedelta(seconds=1))
    second = asked(actor, upload)
    first.refresh_from_db()
    assert (first.state, first.outcome, second.state) == ("failed", runs.DIED, "queued")


def test_cancelled_nothing_of_it_is_saved_and_it_may_begin_again(actor: Actor, upload: WardListUpload) -> None:
    before = Patient.objects.count()
    run = asked(actor, upload)
    heart = taken_up(run)
    cancel_import(actor, upload=upload, at=timezone.now())
    with pytest.raises(GivenUp):
        carry_out(run, heart)  # it had not heard of it before the end
    assert stands(upload, run) == ("waiting", "cancelled", "Cancelled by Ada Coordinator.", before)
    heart._stopped.set()
    with pytest.raises(GivenUp):
        carry_out(run, heart)
    assert work_on_import(asked(actor, upload).pk)
    assert Patient.objects.count() == before + 3


def test_a_list_decided_about_meanwhile_is_not_imported(actor: Actor, upload: WardListUpload) -> None:
    before = Patient.objects.count()
    run = asked(actor, upload)
    discard_upload(actor, upload=upload, at=timezone.now())
    assert work_on_import(run.pk)
    assert stands(upload, run) == ("discarded", "failed", "This list was discarded already. Upload it again.", before)
    with pytest.raises(InvalidInput):
        asked(actor, upload)


def test_what_has_to_be_asked_is_never_answered_by_a_worker(cast: Cast, actor: Actor) -> None:
    content = ward_list({"E-mail": "not an address"})
    doubtful = keep_upload(actor, unit=cast.unit, file_name="w.csv", content=content, at=timezone.now())
    run = asked(actor, doubtful)
    assert work_on_import(run.pk)
    assert stands(doubtful, run)[:3] == ("waiting", "failed", running.NOT_READY)


def test_a_run_that_nobody_takes_up_is_said_and_begun_again(
    actor: Actor, upload: WardListUpload, clock: Traveller
) -> None:
    run = asked(actor, upload)
    clock.shift(runs.NOBODY_AFTER + timedelta(seconds=1))
    assert standing_of(run, at=timezone.now()) is Standing.NOBODY_CAME
    assert asked(actor, upload) != run
    assert runs.settle(ImportRun, at=timezone.now()) == [upload.runs.get(state="queued").pk]


@pytest.mark.parametrize("who", ["nurse", "other_coordinator", "loner"])
def test_nobody_else_begins_or_cancels(cast: Cast, upload: WardListUpload, who: str) -> None:
    for act in (
        lambda: asked(cast.actor(who), upload),
        lambda: cancel_import(cast.actor(who), upload=upload, at=timezone.now()),
    ):
        with pytest.raises(NotAllowed):
            act()
