"""The lists: doses to book, patients, the worklist, and the slots beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from desk.axis import AxisTick, WindowBar
from desk.looks import Badge, Tone, Words
from desk.viewmodels.parts import Action, Banner, Chip, Choice, Empty, Fact, Line, Pager, Refusal


@dataclass(frozen=True)
class DoseRow:
    """One dose without a visit. `bar` lies on the axis all rows share."""

    key: str
    patient_name: str
    patient_url: str
    nhs_number: str
    phase: Words
    number: Words
    target_on: date
    earliest_on: date
    latest_on: date
    bar: WindowBar
    badge: Badge
    reason: Words
    action: Action | None = None
    is_loading: bool = False
    is_selected: bool = False


@dataclass(frozen=True)
class DosesPage:
    summary: Words
    chips: Sequence[Chip]
    rows: Sequence[DoseRow]
    ticks: Sequence[AxisTick]
    today_x: str
    pager: Pager
    sorts: Sequence[Choice] = ()
    actions: Sequence[Action] = ()
    empty: Empty | None = None


@dataclass(frozen=True)
class SlotCard:
    """One proposal: when, where, why, what it costs. `reserved_until` is set while it is the actor's own."""

    key: str
    rank: int
    arrives_at: datetime
    where: Words
    reasons: Sequence[Line]
    cost: Words
    cost_detail: Words = ""
    cost_tone: Tone = "plain"
    reserve: Action | None = None
    reserved_until: datetime | None = None
    confirm: Action | None = None
    release: Action | None = None
    reason_label: Words = ""  # set when this slot may only be taken with a written reason
    reason: str = ""  # as it was written before the choice was refused
    told: Sequence[Line] = ()
    admission: Words = ""  # set where the patient may be admitted the day before


@dataclass(frozen=True)
class SlotsPanel:
    """Ranked slots beside the list, or on a visit's page while it is being moved."""

    key: str  # of the row it belongs to
    banner: Banner
    dose: Words
    facts: Sequence[Fact]
    heading: Words
    slots: Sequence[SlotCard]
    close_url: str
    blocks: Sequence[Line] = ()  # why it cannot be booked, each with a link to mend it
    refusal: Refusal | None = None
    empty: Empty | None = None
    look_from_url: str = ""
    look_from_on: date | None = None
    series: Action | None = None
    squeeze: Action | None = None  # an urgent visit at a time that no list offers


@dataclass(frozen=True)
class PatientRow:
    key: str
    url: str
    name: str
    birth_date: date
    nhs_number: str
    hospital_number: str
    plan: Words
    badge: Badge
    plan_note: Words = ""
    next_text: Words = ""
    next_note: Words = ""
    unit: str = ""  # where it is not the one the reader is in
    alike: Words = ""  # whom they might be taken for
    heading: Words = ""  # above the row, where a new part of the list begins


@dataclass(frozen=True)
class Hit:
    """A patient who may be meant by what is being typed; nothing is left out by which two alike are told apart."""

    key: str
    url: str
    family_name: str
    given_name: str
    birth_date: date
    nhs_number: str
    hospital_number: str
    unit: str
    next_text: Words
    alike: Words = ""
    died_on: date | None = None


@dataclass(frozen=True)
class Hits:
    """What the field in the top bar finds. `status` is read out; `all_text` leads to the whole list."""

    status: Words
    exact: Sequence[Hit] = ()
    near: Sequence[Hit] = ()
    all_text: Words = ""
    nobody: Words = ""


@dataclass(frozen=True)
class PatientsPage:
    title: Words
    summary: Words
    query: str
    search_url: str
    chips: Sequence[Chip]
    rows: Sequence[PatientRow]
    pager: Pager
    sorts: Sequence[Choice] = ()
    actions: Sequence[Action] = ()
    empty: Empty | None = None


@dataclass(frozen=True)
class Task:
    key: str
    icon: str
    tone: Tone
    title: Words
    detail: Words
    patient_name: str
    patient_url: str
    patient_note: str
    due: Words
    due_tone: Tone = "plain"
    owner_name: str = ""
    owner_initials: str = ""
    action: Action | None = None
    tried: str = ""
    is_done: bool = False  # then `due` is when, and `owner_name` who finished it


@dataclass(frozen=True)
class TaskSection:
    title: Words
    hint: Words
    tasks: Sequence[Task]


@dataclass(frozen=True)
class WorklistPage:
    summary: Words
    chips: Sequence[Chip]
    sections: Sequence[TaskSection]
    total: int
    whose: Sequence[Chip] = ()
    live_url: str = ""
    foot: Words = ""
    empty: Empty | None = None
