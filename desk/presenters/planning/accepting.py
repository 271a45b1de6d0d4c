"""A re-plan accepted in part: which lines are worth a look, and what accepting those that are ticked does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.looks import Words
from desk.presenters.listing import address
from desk.presenters.planning.draft_filters import ALL, INSIDE, LOOK, NONE, Filter, Picked
from desk.presenters.reader import Reader
from desk.viewmodels import Choice
from desk.viewmodels.planning import Accepting, Box
from patients.models import Channel, Flag
from reminders.models import Purpose
from reminders.people import PATIENT, Person
from reminders.services.routing import plan_for
from scheduling.models import Replan, ReplanLine, Resource
from scheduling.services.planning.replans import SAID_YES

Decision = ReplanLine.Decision

LOADING = "loading"


def days_later(line: ReplanLine, reader: Reader) -> int:
    """By how many days its visit moves; below 0 for earlier."""
    goes_to = line.starts_at or line.was_starts_at
    return (reader.unit.local_date(goes_to) - reader.unit.local_date(line.was_starts_at)).days


def has_new_times(line: ReplanLine) -> bool:
    """Whether the patient's own times change: of another room or place nobody is told."""
    now = (line.starts_at, line.ends_at)
    return line.decision == Decision.MOVE and now != (line.was_starts_at, line.was_ends_at)


def is_inside(line: ReplanLine, reader: Reader) -> bool:
    """Whether it has a place on a day of its dose's window as that stands now; a visit without a dose has no window.

    A dose whose window moves along with the visit before it is not: alone it would be outside.
    """
    if line.decision == Decision.CLINICIAN:
        return False
    dose = line.appointment.dose
    return dose is None or dose.earliest_on <= reader.unit.local_date(line.starts_at or line.was_starts_at) <= (
        dose.latest_on
    )


def is_loading(line: ReplanLine) -> bool:
    dose = line.appointment.dose
    return dose is not None and dose.kind == "loading"


def looks(line: ReplanLine, reader: Reader) -> list[Words]:
    """Why somebody had better look at a line that has a place; its reasons say the rest."""
    found: list[Words] = []
    if line.decision == Decision.MOVE and not is_inside(line, reader):
        found.append(_("Outside its window as that stands now"))
    codes = {flag.code for flag in line.appointment.patient.flags.all()}
    if has_new_times(line) and Flag.Code.TRANSPORT in codes:
        found.append(_("Hospital transport to book again"))
    return found


def needs_look(line: ReplanLine, reader: Reader) -> bool:
    is_unsaid = line.decision == Decision.MOVE and SAID_YES in line.reasons and has_new_times(line)
    return line.decision == Decision.CLINICIAN or is_unsaid or bool(looks(line, reader))


def filters(reader: Reader) -> list[Filter[ReplanLine]]:
    """What a coordinator looks for among the visits of a closure."""
    return [
        Filter("", _("All")),
        Filter(LOOK, _("Needs a look"), lambda line: needs_look(line, reader), "triangle-alert", "warn"),
        Filter(LOADING, _("Loading"), is_loading),
        Filter(INSIDE, _("In window"), lambda line: is_inside(line, reader), "check", "ok"),
    ]


def box(line: ReplanLine, people: Sequence[Person], reader: Reader, picked: Picked) -> Box:
    """The line's box, and whom its move is told to."""
    key, inside = str(line.public_id), is_inside(line, reader)
    rung = rung_people(line, people, reader)
    written = [person for person in people if person not in rung] if has_new_times(line) else []
    patients = sum(person.key == PATIENT for person in written)
    is_ticked = picked.has(key, is_inside=inside)
    return Box(key, is_ticked, inside, patients, len(written) - patients, len(rung))


def rung_people(line: ReplanLine, people: Sequence[Person], reader: Reader) -> list[Person]:
    """Who of them has to be rung about the new times."""
    if not has_new_times(line):
        return []
    ways = {person.key: plan_for(line.appointment, person, Purpose.UPDATE, at=reader.at).at_once for person in people}
    return [person for person in people if Channel.PHONE in ways[person.key]]


def accepting(
    replan: Replan, boxes: Mapping[int, Box], reader: Reader, picked: Picked, *, hidden: int, kept: Mapping[str, str]
) -> Accepting:
    """The foot of the page; `boxes` are those shown, `hidden` how many are not.

    `kept` are the filter and the page as addresses carry them.
    """
    url = reverse("desk:replan", args=[replan.public_id])
    ticked = [one for one in boxes.values() if one.is_ticked]
    n, total = len(ticked), len(boxes) + hidden
    told = sum(one.patients + one.carers for one in ticked)
    some_outside = any(not one.is_inside for one in boxes.values())
    selects = [(ALL, Choice(_("all %(n)d") % {"n": len(boxes)}, address(url, kept, select=ALL)))]
    if some_outside:
        selects.append((INSIDE, Choice(_("only in window"), address(url, kept, select=INSIDE))))
    selects.append((NONE, Choice(_("none"), address(url, kept, select=NONE))))
    return Accepting(
        url=address(reverse("desk:apply_replan", args=[replan.public_id]), kept),
        key=str(replan.public_id),
        seen=replan.planned_at.isoformat(),
        here=",".join(one.key for one in boxes.values()),
        total=total,
        heading=_heading(n, total),
        left=_left(replan, total - n),
        told=_told(told),
        told_note=_told_note(ticked, reader),
        accept=_accept(n),
        accept_all="" if hidden and picked.show else _("Accept all %(n)d") % {"n": total},
        words=_for_any_number(replan, total, reader),
        selects=selects if boxes else (),
        hidden=_hidden(hidden, picked) if hidden else "",
    )


def _hidden(n: int, picked: Picked) -> str:
    if picked.show:
        words = ngettext(
            "%(n)d move is not shown here: only what is shown can be accepted.",
            "%(n)d moves are not shown here: only what is shown can be accepted.",
            n,
        )
    else:
        words = ngettext(
            "%(n)d move is on another page: only this page's are selected.",
            "%(n)d moves are on other pages: only this page's are selected.",
            n,
        )
    return words % {"n": n}


def _heading(n: int | str, total: int) -> str:
    words = ngettext("%(n)s of %(total)d move selected", "%(n)s of %(total)d moves selected", total)
    return words % {"n": n, "total": total}


def _left(replan: Replan, n: int, shown_as: str = "") -> str:
    """What becomes of the moves that are not accepted, in words that are true for what is closed."""
    if not n:
        return _("Nothing is left out")
    resource = replan.closure.resource if replan.closure is not None else None
    words = {
        Resource.Kind.ROOM: ngettext(
            "%(n)s left out stays booked in the closed room and remains on the worklist",
            "%(n)s left out stay booked in the closed room and remain on the worklist",
            n,
        ),
        Resource.Kind.RECOVERY: ngettext(
            "%(n)s left out stays booked in the closed recovery place and remains on the worklist",
            "%(n)s left out stay booked in the closed recovery place and remain on the worklist",
            n,
        ),
        Resource.Kind.PERSON: ngettext(
            "%(n)s left out stays booked with somebody who is away and remains on the worklist",
            "%(n)s left out stay booked with somebody who is away and remain on the worklist",
            n,
        ),
        "": ngettext(
            "%(n)s left out stays booked while the unit is closed and remains on the worklist",
            "%(n)s left out stay booked while the unit is closed and remain on the worklist",
            n,
        ),
    }
    other = ngettext(
        "%(n)s left out stays booked as it is and remains on the worklist",
        "%(n)s left out stay booked as they are and remain on the worklist",
        n,
    )
    return words.get(resource.kind if resource else "", other) % {"n": shown_as or n}


def _told(n: int, shown_as: str = "") -> str:
    if not n:
        return _("No message is sent")
    words = ngettext("%(n)s message is sent once", "%(n)s messages are sent, each once", n)
    return words % {"n": shown_as or n}


def _told_note(ticked: Iterable[Box], reader: Reader) -> str:
    boxes = list(ticked)
    sums = [sum(getattr(one, name) for one in boxes) for name in ("patients", "carers", "calls")]
    words = [] if not any(sums[:2]) else [_note_words(reader) % {"patients": sums[0], "carers": sums[1]}]
    return "; ".join(filter(None, [*words, to_ring(sums[2])]))


def _note_words(reader: Reader) -> str:
    template = _("%(patients)s to patients, %(carers)s to carers, %(seconds)d s after you accept")
    return template.replace("%(seconds)d", str(reader.unit.undo_seconds))


def to_ring(n: int, shown_as: str = "") -> str:
    """How many have to be rung; nothing where nobody has."""
    if not n:
        return ""
    return ngettext("%(n)s person to ring", "%(n)s people to ring", n) % {"n": shown_as or n}


def _accept(n: int, shown_as: str = "") -> str:
    if not n:
        return _("Nothing is selected")
    words = ngettext("Accept the %(n)s selected", "Accept the %(n)s selected", n)
    return words % {"n": shown_as or n}


def _for_any_number(replan: Replan, total: int, reader: Reader) -> dict[str, Words]:
    """The same sentences for whatever is ticked."""
    return {
        "heading": _heading("{n}", total),
        "note": _note_words(reader) % {"patients": "{patients}", "carers": "{carers}"},
        **in_any_number(left=partial(_left, replan), told=_told, accept=_accept, ring=to_ring),
    }


def in_any_number(**sentences: Callable[[int, str], str]) -> dict[str, Words]:
    """Each sentence for none, for one and for more, with "{n}" for the number: static/js/accept.js puts it in."""
    return {
        f"{name}-{form}": sentence(n, "{n}")
        for form, n in (("none", 0), ("one", 1), ("other", 2))
        for name, sentence in sentences.items()
    }
