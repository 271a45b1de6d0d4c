"""What was asked after a dose, on the patient's page."""

from __future__ import annotations

from dataclasses import dataclass

from desk.looks import Badge, Words


@dataclass(frozen=True)
class Asked:
    """One asking: of which dose, when, and what came of it. `url` leads to its questions while they wait."""

    title: Words
    detail: Words
    badge: Badge
    url: str = ""
