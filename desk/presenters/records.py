"""What is on record about visits: messages, history, rows. Shared by the visit's and the patient's page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.looks import Badge, Words, badge_for
from desk.presenters.reader import Reader
from desk.presenters.steps import Taken, visit_url
from desk.rules import Progress, progress_of
from desk.viewmodels import HistoryRow, MessageRow, VisitRow
from reminders.models import Message
from reminders.selectors import MessageLine
from scheduling.models import Appointment, AppointmentEvent

MESSAGE_LOOKS: Mapping[str, str] = MappingProxyType(
    {
        Message.State.PENDING: "planned",
        Message.State.SENDING: "waiting",
        Message.State.SENT: "sent",
        Message.State.SKIPPED: "withdrawn",
        Message.State.FAILED: "failed",
    }
)


def message_rows(lines: Iterable[MessageLine]) -> list[MessageRow]:
    """What was sent or will be, to whom, and how it stands."""
    return [
        MessageRow(
            title=line.what,
            recipient=_recipient(line),
            badge=badge_for(MESSAGE_LOOKS[line.state], line.state_words),
            icon="mail-x" if line.state == Message.State.FAILED else "mail",
            at=None,
        )
        for line in lines
    ]


def _recipient(line: MessageLine) -> str:
    whom = _("%(name)s (carer)") % {"name": line.recipient_name} if line.is_to_carer else line.recipient_name
    return f"{whom}: {line.why_not}" if line.why_not else whom


def event_rows(events: Iterable[AppointmentEvent], *, name_visit: bool, reader: Reader) -> list[HistoryRow]:
    """What happened to visits, in words, as the events were written."""
    return [
        HistoryRow(
            at=event.at, who=event.actor_name, text=_happened(event, reader, name_visit=name_visit), reason=event.reason
        )
        for event in events
    ]


EVENT_WORDS: Mapping[str, Words] = MappingProxyType(
    {
        AppointmentEvent.Kind.BOOKED: gettext_lazy("booked %(when)s"),
        AppointmentEvent.Kind.MOVED: gettext_lazy("moved it to %(when)s"),
        AppointmentEvent.Kind.DELAYED: gettext_lazy("moved it to %(when)s, since the list runs late"),
        AppointmentEvent.Kind.CANCELLED: gettext_lazy("cancelled %(when)s"),
        AppointmentEvent.Kind.UNDONE: gettext_lazy("took the last change back"),
        AppointmentEvent.Kind.ARRIVED: gettext_lazy("marked the patient as arrived"),
        AppointmentEvent.Kind.STARTED: gettext_lazy("took the patient into the room"),
        AppointmentEvent.Kind.GIVEN: gettext_lazy("recorded the dose as given"),
        AppointmentEvent.Kind.NOT_GIVEN: gettext_lazy("recorded that the dose was not given"),
        AppointmentEvent.Kind.DONE: gettext_lazy("recorded the procedure as done"),
        AppointmentEvent.Kind.DISCHARGED: gettext_lazy("discharged the patient"),
        AppointmentEvent.Kind.NOSHOW: gettext_lazy("recorded that the patient did not attend"),
        AppointmentEvent.Kind.CORRECTED: gettext_lazy("put it right"),
        AppointmentEvent.Kind.OFFERED: gettext_lazy("offered an earlier time"),
        AppointmentEvent.Kind.OFFER_OVER: gettext_lazy("ended the offer of an earlier time"),
        AppointmentEvent.Kind.ANSWERED: gettext_lazy("took down whether the patient will come"),
    }
)


def _happened(event: AppointmentEvent, reader: Reader, *, name_visit: bool) -> str:
    words = str(EVENT_WORDS[event.kind])
    when = {"when": reader.moment(datetime.fromisoformat(event.snapshot["arrive_at"]))}
    if "%(when)s" in words:
        return words % when
    return _("%(what)s (visit of %(when)s)") % {"what": words, **when} if name_visit else words


def visit_badge(visit: Appointment, reader: Reader) -> Badge:
    """A visit's state in a list of visits, where no countdown is watched."""
    progress = progress_of(visit, at=reader.at)
    if progress is Progress.DUE:
        return badge_for("booked")
    if progress is Progress.UNCLOSED:
        return badge_for("attention", _("Not recorded"))
    if progress is Progress.CANCELLED and visit.arrived_at is not None:
        return badge_for("cancelled", _("Dose not given"))
    return badge_for(progress.value)


def visit_row(visit: Appointment, reader: Reader) -> VisitRow:
    """One line of a patient's visits."""
    taken = Taken.of(visit)
    where = [row.resource.name for row in taken.in_procedure]
    return VisitRow(
        starts_at=visit.starts_at,
        what=visit.purpose,
        where=", ".join(where),
        badge=visit_badge(visit, reader),
        url=visit_url(visit),
        detail=visit.cancellation_reason,
    )


def last_change(events: Sequence[AppointmentEvent], reader: Reader) -> str:
    """What happened to the visit last, by whom and when: for a page that was out of date."""
    if not events:
        return ""
    last = events[-1]
    what = _happened(last, reader, name_visit=False)
    return _("%(clock)s: %(name)s %(what)s.") % {"clock": reader.clock(last.at), "name": last.actor_name, "what": what}
