"""Readiness as pages say it: a colour is never alone, words and an icon say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.looks import Badge, Tone
from desk.presenters.people import patient_url
from desk.presenters.reader import Reader
from desk.viewmodels import Line, ReadyBox
from doseplans.readiness import Colour, GateState, not_green, reds
from patients.models import Patient
from scheduling.models import Appointment

TONES: Mapping[str, tuple[Tone, str]] = MappingProxyType(
    {
        Colour.GREEN: ("ok", "circle-check"),
        Colour.AMBER: ("warn", "triangle-alert"),
        Colour.RED: ("stop", "ban"),
    }
)


def hold_of(visit: Appointment) -> str:
    """Why the plan is on hold, as the day board's selector read it along; empty where it is not."""
    return getattr(visit, "hold_reason", None) or ""


def waiting_gates(visit: Appointment, states: Sequence[GateState]) -> list[GateState]:
    """The gates that are not green, without the one of the hold where its reason is told anyway."""
    return [state for state in not_green(states) if not (hold_of(visit) and state.code == "not_on_hold")]


def gate_lines(states: Sequence[GateState], patient: Patient) -> list[Line]:
    """What needs somebody, the red first, each with the place where it is mended; then one line for all in order."""
    waiting = not_green(states)
    lines = [_line(state, patient) for state in waiting]
    fine = [state.label for state in states if state not in waiting]
    if fine and waiting:
        lines.append(Line(_("In order: %(gates)s") % {"gates": ", ".join(fine)}, "ok", "circle-check"))
    elif fine:
        lines.append(Line(_("Ready: all %(n)d checks are in order") % {"n": len(fine)}, "ok", "circle-check"))
    return lines


def ready_box(visit: Appointment, states: Sequence[GateState], reader: Reader) -> ReadyBox | None:
    """The question of a visit to come with its answer; None where the protocol asks for nothing."""
    if not states:
        return None
    waiting = not_green(states)
    if waiting:
        tone, icon = TONES[waiting[0].colour]
        badge = Badge(tone, icon, ngettext("%(n)d to mend", "%(n)d to mend", len(waiting)) % {"n": len(waiting)})
    else:
        badge = Badge(*TONES[Colour.GREEN], _("Ready"))
    title = _("Ready for %(day)s?") % {"day": reader.day(reader.unit.local_date(visit.starts_at))}
    return ReadyBox(title, badge, gate_lines(states, visit.patient))


def _line(state: GateState, patient: Patient) -> Line:
    tone, icon = TONES[state.colour]
    return Line(state.sentence, tone, icon, url=f"{patient_url(patient)}#{state.section}", link=_("Mend it"))


def ready_line(states: Sequence[GateState]) -> Line | None:
    """A card's one line; None where everything is in order or the protocol asks for nothing."""
    waiting = not_green(states)
    if not waiting:
        return None
    tone, icon = TONES[waiting[0].colour]
    names = ", ".join(state.label for state in waiting)
    words = _("Not ready: %(gates)s") if reds(states) else _("Look at: %(gates)s")
    return Line(words % {"gates": names}, tone, icon)
