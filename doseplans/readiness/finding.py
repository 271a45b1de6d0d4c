"""What a gate finds: a colour and the words for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from doseplans.readiness.facts import Facts


class Colour(StrEnum):
    """Green: in order. Amber: somebody must still do something. Red: the procedure does not start."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one gate sees, in words that follow its label."""

    colour: Colour
    words: str


@dataclass(frozen=True, slots=True)
class Gate:
    """A kind of gate. `section` names the part of the patient's page on which it is mended."""

    code: str
    label: str
    section: str
    look: Callable[[Facts, int | None], Finding]


@dataclass(frozen=True, slots=True)
class GateState:
    """One gate of a visit's protocol as it stands."""

    code: str
    label: str
    section: str
    colour: Colour
    words: str

    @property
    def sentence(self) -> str:
        """As a list says it: Platelets: not recorded."""
        return f"{self.label}: {self.words[:1].lower()}{self.words[1:]}"


def reds(states: Iterable[GateState]) -> tuple[GateState, ...]:
    """Those that stop the procedure."""
    return tuple(state for state in states if state.colour is Colour.RED)


def not_green(states: Iterable[GateState]) -> tuple[GateState, ...]:
    """Those that need somebody, the red ones first."""
    waiting = [state for state in states if state.colour is not Colour.GREEN]
    return tuple(sorted(waiting, key=lambda state: state.colour is not Colour.RED))


def gravest(states: Iterable[GateState]) -> Colour:
    """The colour of the whole: green only where every gate is."""
    colours = {state.colour for state in states}
    return next((colour for colour in (Colour.RED, Colour.AMBER) if colour in colours), Colour.GREEN)
