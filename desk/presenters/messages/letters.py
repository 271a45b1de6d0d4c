"""Letters to print and print runs, as the desk shows them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from desk.looks import Badge, Tone, Words
from desk.presenters.people import name_of, patient_url
from desk.presenters.reader import Reader
from desk.viewmodels import Action, Empty, Fact, Line
from desk.viewmodels.letters import LetterRow, LettersPage, RunPage, RunRow
from reminders.models import Message, PrintedLetter, PrintRun
from reminders.services.printing import PER_RUN, Checked

OPEN = Badge("warn", "clock", gettext_lazy("Not posted yet"))
POSTED = Badge("ok", "circle-check", gettext_lazy("Posted"))
SPOILT = Badge("booked", "undo-2", gettext_lazy("Spoilt"))
TAKEN_OUT = Badge("booked", "ban", gettext_lazy("Taken out"))
PRINT_AGAIN = Badge("warn", "circle-alert", gettext_lazy("Take out and print again"))
TAKE_OUT = Badge("stop", "circle-alert", gettext_lazy("Take this out of the pile"))


def letters_page(
    waiting: Sequence[Checked], total: int, runs: Sequence[PrintRun], reader: Reader, notice: Line | None = None
) -> LettersPage:
    """What waits, oldest first, and the last runs. `total` counts also what the page does not list."""
    rows = [
        LetterRow(
            patient_name=name_of(one.message.patient),
            patient_url=patient_url(one.message.patient),
            what=_what(one.message, reader),
            note=Line(one.why_not, "warn", "circle-alert") if one.why_not else None,
        )
        for one in waiting
    ]
    # What is no longer right leaves the list with the press; it is not on paper.
    right = sum(not one.why_not for one in waiting) or len(waiting)
    words = ngettext("Make a PDF of %(n)d letter", "Make one PDF of %(n)d letters", right)
    more = _("%(total)d letters wait. The oldest %(most)d are taken up at a time; press again for the rest.")
    return LettersPage(
        waiting=rows,
        empty=None if rows else Empty(_("No letter waits to be printed.")),
        print_all=Action(words % {"n": right}, reverse("desk:make_print_run"), method="post", kind="primary")
        if rows
        else None,
        runs=[_run_row(run, reader) for run in runs],
        more=more % {"total": total, "most": PER_RUN} if total > PER_RUN else "",
        notice=notice,
    )


@dataclass(frozen=True)
class Pile:
    """A run's letters, why each must not be posted (empty: it may), and which lead to a link ended since, by number."""

    run: PrintRun
    letters: Sequence[PrintedLetter]
    why_out: Sequence[str]
    with_dead_link: Collection[int] = ()


def run_page(pile: Pile, reader: Reader) -> RunPage:
    """The pile in its order, with what must be taken out of it, or printed again, before it is posted."""
    run, rows = pile.run, list(zip(pile.letters, pile.why_out, strict=True))
    stale = [paper.number for paper, why in rows if why]
    again = [paper.number for paper, why in rows if paper.number in pile.with_dead_link and not why]
    left = sum(paper.state == PrintedLetter.State.MADE for paper in pile.letters) - len(stale) - len(again)
    posted = ngettext("%(n)d letter is in the post", "%(n)d letters are in the post", left) % {"n": left}
    return RunPage(
        title=_("Letters of %(moment)s") % {"moment": reader.moment(run.made_at)},
        facts=[
            Fact(_("Made by"), run.made_by_name),
            Fact(_("Letters"), str(run.letters)),
            Fact(_("Pages"), str(run.pages)),
            Fact(_("What became of it"), _became(run, reader)),
        ],
        badge=_badge(run),
        open_pdf=Action(_("Open the PDF"), reverse("desk:print_run_pdf", args=[run.public_id]), kind="primary"),
        rows=[_row(run, paper, why, reader, is_to_print_again=paper.number in again) for paper, why in rows],
        posted=Action(
            posted if left else _("Nothing of it was posted"),
            reverse("desk:letters_posted", args=[run.public_id]),
            method="post",
            fields=[("taken_out", str(number)) for number in [*stale, *again]],
        )
        if run.is_open
        else None,
        spoilt=Action(
            _("All spoilt, print them again"), reverse("desk:letters_spoilt", args=[run.public_id]), method="post"
        )
        if run.is_open
        else None,
        notices=_notices(stale, again),
    )


def posted_words(letters: Sequence[PrintedLetter]) -> str:
    """What is said once somebody has told what became of the pile."""
    states = [paper.state for paper in letters]
    posted, spoilt = states.count(PrintedLetter.State.POSTED), states.count(PrintedLetter.State.SPOILT)
    told = ngettext("Put down: %(n)d letter is in the post.", "Put down: %(n)d letters are in the post.", posted)
    said = [told % {"n": posted} if posted else _("Put down: nothing of it was posted.")]
    if spoilt:
        again = ngettext("%(n)d is to be printed again.", "%(n)d are to be printed again.", spoilt)
        said.append(again % {"n": spoilt})
    return " ".join(said)


def _notices(stale: Sequence[int], again: Sequence[int]) -> list[Line]:
    take_out = ngettext(
        "Take letter %(numbers)s out of the pile: it is no longer right.",
        "Take letters %(numbers)s out of the pile: they are no longer right.",
        len(stale),
    )
    print_again = ngettext(
        "Take letter %(numbers)s out of the pile: its link to the reader's own page was ended since. It is printed "
        "again with a new link.",
        "Take letters %(numbers)s out of the pile: their links to the reader's own page were ended since. They are "
        "printed again with new links.",
        len(again),
    )
    looks: tuple[tuple[Words, Sequence[int], Tone], ...] = ((take_out, stale, "stop"), (print_again, again, "warn"))
    return [
        Line(words % {"numbers": ", ".join(map(str, numbers))}, tone, "circle-alert")
        for words, numbers, tone in looks
        if numbers
    ]


def _row(run: PrintRun, paper: PrintedLetter, why_out: str, reader: Reader, *, is_to_print_again: bool) -> LetterRow:
    last = paper.first_page + paper.pages - 1
    span = str(last) if paper.pages == 1 else f"{paper.first_page}–{last}"
    words = ngettext("Letter %(number)d, page %(span)s", "Letter %(number)d, pages %(span)s", paper.pages)
    patient = paper.message.patient
    badges = {
        PrintedLetter.State.POSTED: POSTED,
        PrintedLetter.State.SPOILT: SPOILT,
        PrintedLetter.State.TAKEN_OUT: TAKEN_OUT,
    }
    badge = PRINT_AGAIN if is_to_print_again else badges.get(PrintedLetter.State(paper.state))
    badge = TAKE_OUT if why_out else badge
    why = why_out or paper.why
    can_spoil = run.is_open and paper.state == PrintedLetter.State.MADE and not why_out
    return LetterRow(
        patient_name=name_of(patient),
        patient_url=patient_url(patient),
        what=_what(paper.message, reader),
        pages=words % {"number": paper.number, "span": span},
        badge=badge,
        note=Line(why, "stop" if why_out else "plain", "info") if why else None,
        action=Action(
            _("Spoilt, print again"),
            reverse("desk:letters_spoilt", args=[run.public_id]),
            method="post",
            kind="quiet",
            fields=[("number", str(paper.number))],
            about=_("letter %(number)d") % {"number": paper.number},
        )
        if can_spoil
        else None,
    )


def _what(message: Message, reader: Reader) -> Words:
    return _("%(purpose)s, visit of %(moment)s") % {
        "purpose": message.get_purpose_display(),
        "moment": reader.moment(message.appointment.arrives_at),
    }


def _run_row(run: PrintRun, reader: Reader) -> RunRow:
    letters = ngettext("%(n)d letter", "%(n)d letters", run.letters) % {"n": run.letters}
    pages = ngettext("%(n)d page", "%(n)d pages", run.pages) % {"n": run.pages}
    return RunRow(
        when=reader.moment(run.made_at),
        url=reverse("desk:print_run", args=[run.public_id]),
        about=_("%(letters)s, %(pages)s, made by %(who)s")
        % {"letters": letters, "pages": pages, "who": run.made_by_name},
        badge=_badge(run),
        became=_became(run, reader),
    )


def _badge(run: PrintRun) -> Badge:
    if run.is_open:
        return OPEN
    return POSTED if run.printed_at else SPOILT


def _became(run: PrintRun, reader: Reader) -> Words:
    if run.printed_at:
        words = _("Posted by %(who)s, %(moment)s")
        return words % {"who": run.printed_by_name, "moment": reader.moment(run.printed_at)}
    if run.spoilt_at:
        words = _("Spoilt, said %(who)s, %(moment)s")
        return words % {"who": run.spoilt_by_name, "moment": reader.moment(run.spoilt_at)}
    return _("Nobody has said yet")
