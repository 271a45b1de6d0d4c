"""*Doses to book*: rows, chips and their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from desk.axis import Axis, axis_around, percent, ticks, window_bar
from desk.looks import Badge, Tone, Words, badge_for
from desk.presenters.listing import PER_PAGE, address, cut, page_number, page_with, pager
from desk.presenters.patients.found import nobody_on_record
from desk.presenters.people import name_of, patient_url
from desk.presenters.reader import Reader
from desk.viewmodels import Action, Chip, Choice, DoseRow, DosesPage, Empty
from doseplans.models import Dose, ProtocolStep
from scheduling.selectors.to_book import DoseToBook, Urgency
from units.policy import Act

Rows = Sequence[DoseToBook]

BAR_TONES: Mapping[Urgency, Tone] = MappingProxyType(
    {
        Urgency.OVERDUE: "stop",
        Urgency.ON_HOLD: "booked",
        Urgency.BLOCKED: "booked",
        Urgency.CLOSING: "warn",
        Urgency.OPEN: "action",
        Urgency.COMING: "action",
    }
)
CANNOT = frozenset({Urgency.ON_HOLD, Urgency.BLOCKED})


@dataclass(frozen=True)
class Kind:
    """A chip of the list: which rows it leaves."""

    key: str
    label: Words
    keeps: Callable[[DoseToBook], bool]
    icon: str = ""
    tone: Tone = "plain"


KINDS = (
    Kind("", gettext_lazy("All"), bool),
    Kind(
        "overdue", gettext_lazy("Overdue"), lambda row: row.urgency is Urgency.OVERDUE, icon="circle-alert", tone="stop"
    ),
    Kind(
        "closing",
        gettext_lazy("Closing within 7 days"),
        lambda row: row.urgency is Urgency.CLOSING,
        icon="hourglass",
        tone="warn",
    ),
    Kind("loading", gettext_lazy("Loading"), lambda row: row.dose.kind == ProtocolStep.Kind.LOADING),
    Kind("blocked", gettext_lazy("Cannot be booked"), lambda row: row.urgency in CANNOT, icon="ban", tone="stop"),
)

SORTS: Mapping[str, tuple[Words, Callable[[DoseToBook], Any] | None]] = MappingProxyType(
    {
        "": (gettext_lazy("most urgent first"), None),  # as the selector gives them
        "target": (gettext_lazy("target day"), lambda row: (row.dose.target_on, row.dose.pk)),
        "name": (
            gettext_lazy("name"),
            lambda row: (
                row.dose.plan.patient.family_name.casefold(),
                row.dose.plan.patient.given_name.casefold(),
                row.dose.pk,
            ),
        ),
    }
)


@dataclass(frozen=True)
class Filters:
    """How the list was asked for; `kept` is what its addresses carry on."""

    show: str = ""
    sort: str = ""
    page: int = 1
    kept: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Filters:
        """Unknown values mean the default, so an old bookmark still opens the list."""
        show, sort = asked.get("show", ""), asked.get("sort", "")
        show = show if show in {kind.key for kind in KINDS} else ""
        sort = sort if sort in SORTS else ""
        number = page_number(asked.get("page", ""))
        return cls(show, sort).on_page(number)

    def on_page(self, number: int) -> Filters:
        """The same filters on that page."""
        kept = {"show": self.show, "sort": self.sort, "page": str(number) if number > 1 else ""}
        return Filters(self.show, self.sort, number, {name: value for name, value in kept.items() if value})

    def select(self, rows: Rows) -> Rows:
        """The rows of the chip, in the order asked for."""
        keeps = next(kind.keeps for kind in KINDS if kind.key == self.show)
        kept = [row for row in rows if keeps(row)]
        key = SORTS[self.sort][1]
        return sorted(kept, key=key) if key else kept


def list_url(filters: Filters) -> str:
    return address(reverse("desk:doses"), filters.kept)


def slots_url(dose: Dose, filters: Filters) -> str:
    return address(reverse("desk:slots", args=[dose.public_id]), filters.kept)


def doses_page(
    rows: Rows, filters: Filters, reader: Reader, *, selected: str = "", near: str = "", has_patients: bool = True
) -> DosesPage:
    """The whole list as a page. `selected` is the key of the dose whose panel is open.

    It is the page on which `near` stands, else the one asked for.
    """
    today = reader.today
    axis = axis_around(today)
    kept = filters.select(rows)
    filters = filters.on_page(page_with([str(row.dose.public_id) for row in kept], near, filters.page))
    path = reverse("desk:doses")
    shown = cut(kept, filters.page)
    return DosesPage(
        summary=summary_of(rows),
        chips=[_chip(kind, rows, filters, path) for kind in KINDS],
        sorts=[
            Choice(label, address(path, filters.kept, sort=key, page=None), key == filters.sort)
            for key, (label, _key) in SORTS.items()
        ],
        rows=[dose_row(row, filters, reader, axis=axis, selected=selected) for row in shown],
        ticks=ticks(axis, today),
        today_x=percent(axis.middle_of(today)),
        pager=pager(len(kept), filters.page, path, filters.kept, PER_PAGE),
        actions=_tools(kept, filters, reader),
        empty=None if kept else _empty(rows, path) if has_patients else nobody_on_record(reader),
    )


def _tools(kept: Rows, filters: Filters, reader: Reader) -> list[Action]:
    """All of them planned at once; the list for a spreadsheet, as it is filtered now; nothing for an empty one."""
    if not kept:
        return []
    ahead = Action(_("Plan weeks ahead"), reverse("desk:ahead"), icon="calendar-plus")
    return [
        *([ahead] if reader.may(Act.BOOK) else ()),
        Action(_("Waiting list"), reverse("desk:waiting"), icon="hourglass"),
        Action(_("CSV"), address(reverse("desk:doses_csv"), filters.kept, page=None), icon="download"),
    ]


def summary_of(rows: Rows) -> str:
    """How many, and of what."""
    text = ngettext(
        "%(n)d dose without a visit, window open or within 4 weeks",
        "%(n)d doses without a visit, windows open or within 4 weeks",
        len(rows),
    )
    return text % {"n": len(rows)}


def _chip(kind: Kind, rows: Rows, filters: Filters, path: str) -> Chip:
    return Chip(
        label=kind.label,
        url=address(path, filters.kept, show=kind.key, page=None),
        count=sum(1 for row in rows if kind.keeps(row)),
        icon=kind.icon,
        tone=kind.tone,
        is_current=kind.key == filters.show,
    )


def _empty(rows: Rows, path: str) -> Empty:
    if rows:
        return Empty(_("No dose here at the moment."), Action(_("Show all doses"), path))
    return Empty(
        _("Every dose whose window opens within four weeks has a visit."),
        Action(_("See who comes today"), reverse("desk:today"), icon="calendar-days"),
    )


def dose_row(row: DoseToBook, filters: Filters, reader: Reader, *, axis: Axis, selected: str = "") -> DoseRow:
    """One dose on the axis that all share."""
    dose, today = row.dose, reader.today
    key = str(dose.public_id)
    reserved_on = reader.unit.local_date(row.reservation.starts_at) if row.reservation else None
    return DoseRow(
        key=key,
        patient_name=name_of(dose.plan.patient),
        patient_url=patient_url(dose.plan.patient),
        nhs_number=dose.plan.patient.nhs_number or "",
        phase=dose.get_kind_display(),
        number=_number(dose),
        target_on=dose.target_on,
        earliest_on=dose.earliest_on,
        latest_on=dose.latest_on,
        bar=window_bar(
            axis,
            earliest_on=dose.earliest_on,
            latest_on=dose.latest_on,
            target_on=dose.target_on,
            today=today,
            tone=BAR_TONES[row.urgency],
            reserved_on=reserved_on,
        ),
        badge=badge_of(row, reader),
        reason=reason_of(row, reader),
        action=_action(row, filters, reader),
        is_loading=dose.kind == ProtocolStep.Kind.LOADING,
        is_selected=key == selected,
    )


def _number(dose: Dose) -> str:
    """The second line under the phase."""
    named = {"n": dose.number_in_kind, "total": dose.total_in_kind}
    return (_("dose %(n)d of %(total)d") if dose.total_in_kind else _("dose %(n)d")) % named


def badge_of(row: DoseToBook, reader: Reader) -> Badge:
    """Where the dose stands to its window, in a few words."""
    match row.urgency:
        case Urgency.OVERDUE:
            return badge_for("overdue")
        case Urgency.ON_HOLD:
            return badge_for("hold")
        case Urgency.BLOCKED:
            return badge_for("blocked")
        case Urgency.CLOSING:
            return badge_for("closing", _closes(row.days_left))
        case Urgency.OPEN:
            return badge_for("open")
    opens = row.dose.earliest_on
    is_near = opens - reader.today < timedelta(days=5)
    words = date_format(opens, "D") if is_near else reader.day(opens)
    return badge_for("opens", _("Opens %(day)s") % {"day": words})


def _closes(days: int) -> str:
    if days <= 0:
        return _("Closes today")
    return ngettext("Closes tomorrow", "Closes in %(n)d days", days) % {"n": days}


def reason_of(row: DoseToBook, reader: Reader) -> str:
    """The line under the badge: what stands in the way, who is choosing, or when the window is."""
    if row.hold is not None:
        review = _(", review %(day)s") % {"day": reader.day(row.hold.review_on)} if row.hold.review_on else ""
        return f"{row.hold.reason}{review}"
    if row.problems:
        return ", ".join(row.problems)
    if row.reservation is not None:
        if row.reservation.reserved_by_id == reader.actor.user_id:
            return _("Reserved by you, %(n)d min left") % {"n": reader.minutes_to(row.reservation.expires_at)}
        return _("%(name)s is choosing a slot") % {"name": row.reservation.reserved_by_name}
    if row.urgency is Urgency.OVERDUE:
        return _("Window closed %(day)s") % {"day": reader.day(row.dose.latest_on)}
    return _("Last day %(day)s") % {"day": reader.day(row.dose.latest_on)}


def _action(row: DoseToBook, filters: Filters, reader: Reader) -> Action | None:
    who = name_of(row.dose.plan.patient)
    if row.urgency in CANNOT:
        label = _("Open hold") if row.urgency is Urgency.ON_HOLD else _("What is missing")
        return Action(label, f"{patient_url(row.dose.plan.patient)}#plan", about=who)
    if not reader.may(Act.BOOK):
        return None
    return Action(_("Find a slot"), slots_url(row.dose, filters), panel=True, about=who)


CSV_HEADINGS = (
    "Surname",
    "Forename",
    "Date of birth",
    "NHS number",
    "Hospital number",
    "Phase",
    "Dose",
    "Target",
    "Window from",
    "Window to",
    "Status",
    "Remark",
)


def csv_rows(rows: Iterable[DoseToBook], reader: Reader) -> Iterable[tuple[str, ...]]:
    """The list as a table, dates as ISO so that a spreadsheet sorts them."""
    yield CSV_HEADINGS
    for row in rows:
        dose, patient = row.dose, row.dose.plan.patient
        yield tuple(
            harmless(value)
            for value in (
                patient.family_name,
                patient.given_name,
                patient.birth_date.isoformat(),
                patient.nhs_number or "",
                patient.hospital_number,
                str(dose.get_kind_display()),
                str(dose.number_in_kind),
                dose.target_on.isoformat(),
                dose.earliest_on.isoformat(),
                dose.latest_on.isoformat(),
                str(badge_of(row, reader).text),
                reason_of(row, reader),
            )
        )


def harmless(value: str) -> str:
    """A cell that no spreadsheet runs as a formula.

    >>> harmless("=HYPERLINK(1)"), harmless("O'Neill")
    ("'=HYPERLINK(1)", "O'Neill")
    """
    return f"'{value}" if value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def dose_words(dose: Dose) -> str:
    """Loading 2 of 3, Maintenance 12."""
    named = {"kind": dose.get_kind_display(), "n": dose.number_in_kind, "total": dose.total_in_kind}
    return (_("%(kind)s %(n)d of %(total)d") if dose.total_in_kind else _("%(kind)s %(n)d")) % named
