"""A day written on paper, a row a visit: how it went, with its true times. What a row does not need is not asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.forms.courses import RefusableForm, reason_field
from desk.forms.day import RARER
from desk.forms.doses import PaperForm
from desk.presenters.visits.steps import Taken
from doseplans.models import DoseNotGiven
from scheduling.engine.ticks import is_shown
from scheduling.models import Appointment
from scheduling.services.day.paper import PaperTimes
from units.models import Unit


class Outcome(TextChoices):
    """How a visit went."""

    GIVEN = "given", gettext_lazy("Given")
    NOT_GIVEN = "not_given", gettext_lazy("Not given")
    DONE = "done", gettext_lazy("Took place")
    NOSHOW = "noshow", gettext_lazy("Did not come")
    HOME = "home", gettext_lazy("Went home")


TIMES = ("arrived_at", "started_at", "given_at", "discharged_at")
NEEDED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        Outcome.GIVEN: frozenset({"arrived_at", "started_at", "given_at", "discharged_at", "operator"}),
        Outcome.DONE: frozenset(TIMES),
        Outcome.NOT_GIVEN: frozenset({"arrived_at", "why"}),
        Outcome.NOSHOW: frozenset(),
        Outcome.HOME: frozenset({"discharged_at"}),
    }
)
"""What must be written down for each outcome; the second check besides, where the protocol asks for it."""

RECORD = (
    "lot_number",
    "lot_expires_on",
    "dose_mg",
    "volume_ml",
    "csf_removed_ml",
    "operator",
    "second_checker",
    "events",
)
ABOUT_NOT_GIVEN = ("why", "note")


def outcomes_of(visit: Appointment) -> list[Outcome]:
    """What can still be written down about the visit, the likeliest first; empty where all of it is on record."""
    if visit.status == Appointment.Status.FULFILLED:
        return [] if visit.discharged_at else [Outcome.HOME]
    if visit.status not in {Appointment.Status.BOOKED, Appointment.Status.ARRIVED}:
        return []
    came = [Outcome.GIVEN, Outcome.NOT_GIVEN] if visit.dose else [Outcome.DONE]
    return [*came, Outcome.NOSHOW] if visit.status == Appointment.Status.BOOKED else came


class ClockField(forms.TimeField):
    """A time as it is typed from a sheet: 9:05, 09.05, 905 and 0905 are the same, and what cannot be read stays.

    A browser's own time field drops what is half typed, and on some machines asks for a.m. or p.m.

    >>> [f"{ClockField().clean(typed):%H:%M}" for typed in ("9:05", "09.05", "905", "0905", " 14:00 ")]
    ['09:05', '09:05', '09:05', '09:05', '14:00']
    """

    default_error_messages = {
        "required": gettext_lazy("Write the time."),
        "invalid": gettext_lazy("Write a time, such as 11:40."),
    }

    def __init__(self, **more: Any) -> None:
        attrs = {"inputmode": "numeric", "autocomplete": "off", "maxlength": "5"}
        super().__init__(widget=forms.TextInput(attrs=attrs), input_formats=["%H:%M"], **more)

    def to_python(self, value: Any) -> time | None:
        typed = str(value or "").strip().replace(".", ":")
        if typed.isascii() and typed.isdigit() and len(typed) in {3, 4}:
            typed = f"{typed[:-2]}:{typed[-2:]}"
        return super().to_python(typed)


class _Row(RefusableForm):
    """What every row has: an outcome, times on one day, and only what the outcome needs is looked at."""

    visit: Appointment
    unit: Unit
    on: date
    is_today: bool

    def set_up(self, visit: Appointment, unit: Unit, *, is_today: bool) -> None:
        """The row is about the visit; `is_today` lets a patient still be here."""
        self.visit, self.unit, self.is_today = visit, unit, is_today
        self.on = unit.local_date(visit.starts_at)
        for name in self.fields.keys() & set(TIMES):
            self.fields[name] = ClockField(label=self.fields[name].label)
        outcomes = outcomes_of(visit)
        self.fields["outcome"] = forms.ChoiceField(
            label=_("How it went"),
            choices=[(one.value, one.label) for one in outcomes],
            initial=outcomes[0].value,
            widget=forms.RadioSelect,
        )
        self.fields["version"] = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
        needed = NEEDED.get(self.outcome, frozenset())
        for name, field in self.fields.items():
            if name in {*TIMES, *RECORD, *ABOUT_NOT_GIVEN}:
                field.required = name in needed and not (name == "discharged_at" and is_today)
        if self.outcome == Outcome.GIVEN and "second_checker" in self.fields:
            self.fields["second_checker"].required = True
        if outcomes == [Outcome.HOME]:
            self.fields["discharged_at"].required = True

    @property
    def outcome(self) -> str:
        """How it went, as far as anybody has said."""
        field: Any = self.fields["outcome"]
        posted = self.data.get(self.add_prefix("outcome")) if self.data else None
        return str(posted or self.initial.get("outcome") or field.initial)

    def leave_out_the_rest(self) -> None:
        """What was typed for another outcome is neither checked nor saved. Then: no clock that the night left out."""
        used = {*NEEDED.get(self.outcome, ()), *(RECORD if self.outcome == Outcome.GIVEN else ())}
        used |= set(ABOUT_NOT_GIVEN) if self.outcome == Outcome.NOT_GIVEN else set()
        for name in {*TIMES, *RECORD, *ABOUT_NOT_GIVEN} - used:
            self.errors.pop(name, None)
            if name in self.fields:
                self.cleaned_data[name] = None
        for name in used & set(TIMES):
            value = self.cleaned_data.get(name)
            if isinstance(value, time) and not is_shown(self.on, value, self.unit.zone):
                words = _("The clocks went forward that night: there was no %(clock)s. Write what the clock showed.")
                self.add_error(name, words % {"clock": f"{value:%H:%M}"})

    def moment(self, name: str) -> datetime:
        """The unit's wall clock on the day of the visit; of a valid form that asks for it."""
        clock: time = self.cleaned_data[name]
        return datetime.combine(self.on, clock, tzinfo=self.unit.zone)

    def times(self) -> PaperTimes:
        """When the patient came, went in and went home; of a valid form about somebody who was treated."""
        went_home = self.cleaned_data.get("discharged_at") is not None
        home_at = self.moment("discharged_at") if went_home else None
        return PaperTimes(self.moment("arrived_at"), self.moment("started_at"), home_at)

    @classmethod
    def initial_of(cls, visit: Appointment, unit: Unit) -> dict[str, Any]:
        """What is known before anybody types, as the fields show it."""
        known = {"arrived_at": visit.arrived_at, "started_at": visit.procedure_started_at}
        times = {name: f"{unit.local(at):%H:%M}" for name, at in known.items() if at is not None}
        return {**times, "version": visit.version}

    def typed(self) -> dict[str, Any]:
        """What stands in the fields, to be shown again unchecked; but for the visit's version."""
        sent = {name: self.data.get(self.add_prefix(name)) for name in self.fields if name != "version"}
        return {name: value for name, value in sent.items() if value is not None}

    def carry(self, version: int) -> None:
        """Sent again knowingly, the row is about the visit as it stands now."""
        self.data = {**{name: self.data.get(name) for name in self.data}, self.add_prefix("version"): str(version)}

    @property
    def is_touched(self) -> bool:
        """Somebody has begun to fill the row in."""
        if self.outcome != self.fields["outcome"].initial:
            return True
        names = ("arrived_at", "started_at", "given_at", "discharged_at", "lot_number", "lot_expires_on", "events")
        return any(
            str(self.data.get(self.add_prefix(name)) or "") != str(self.initial.get(name) or "")
            for name in names
            if name in self.fields
        )

    def drawn(self, *names: str) -> list[Any]:
        """Those of the fields that the row has."""
        return [self[name] for name in names if name in self.fields]

    @property
    def time_fields(self) -> list[Any]:
        return self.drawn(*TIMES)

    @property
    def record_fields(self) -> list[Any]:
        return self.drawn(*RECORD)

    @property
    def not_given_fields(self) -> list[Any]:
        return self.drawn(*ABOUT_NOT_GIVEN)


class DoseRow(_Row, PaperForm):
    """A visit for a dose."""

    def __init__(
        self,
        visit: Appointment,
        posted: Mapping[str, Any] | None = None,
        *,
        unit: Unit,
        checkers: Sequence[str],
        is_today: bool,
        **more: Any,
    ) -> None:
        assert visit.dose is not None  # noqa: S101  the view makes another row then
        super().__init__(posted, protocol=visit.dose.plan.protocol, unit=unit, checkers=checkers, **more)
        # The day is the page's, and so is the reason; what is rarer has a page of its own.
        for name in {"given_on", "reason", *RARER} - {"events"}:
            del self.fields[name]
        self.fields["why"] = forms.ChoiceField(
            label=_("Why not"),
            choices=[("", _("Choose…")), *DoseNotGiven.Reason.choices],
            error_messages={"required": gettext_lazy("Choose why it was not given.")},
        )
        self.fields["note"] = reason_field(_("In words"), required=False)
        self.fields["events"].label, self.fields["events"].help_text = _("Anything untoward"), ""
        self.set_up(visit, unit, is_today=is_today)

    @classmethod
    def initial_of(  # type: ignore[override]  # a row knows its visit
        cls, visit: Appointment, unit: Unit
    ) -> dict[str, Any]:
        assert visit.dose is not None  # noqa: S101
        person = Taken.of(visit).person
        return {
            **PaperForm.initial_of(visit.dose.plan.protocol, unit.local_date(visit.starts_at)),
            **super().initial_of(visit, unit),
            "operator": person.resource.name if person else "",
        }

    def clean(self) -> dict[str, Any]:
        self.cleaned_data.update(given_on=None, access_route="", sedation="", is_blood_taken=None, is_csf_kept=None)
        super().clean()
        self.leave_out_the_rest()
        self.cleaned_data["given_on"] = self.on
        for name in ("lot_number", "second_checker", "events", "operator", "note"):
            self.cleaned_data[name] = self.cleaned_data.get(name) or ""
        return self.cleaned_data


class PlainRow(_Row):
    """A visit without a dose, or one that is in recovery by the record."""

    def __init__(
        self,
        visit: Appointment,
        posted: Mapping[str, Any] | None = None,
        *,
        unit: Unit,
        checkers: Sequence[str] = (),
        is_today: bool,
        **more: Any,
    ) -> None:
        super().__init__(posted, **more)
        labels = {
            "arrived_at": _("Arrived at"),
            "started_at": _("In the room at"),
            "given_at": _("Done at"),
            "discharged_at": _("Went home at"),
        }
        names = ["discharged_at"] if visit.status == Appointment.Status.FULFILLED else TIMES
        self.fields.update({name: ClockField(label=labels[name]) for name in names})
        self.set_up(visit, unit, is_today=is_today)

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.leave_out_the_rest()
        return self.cleaned_data
