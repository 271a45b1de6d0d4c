"""The catcher's pages as HTML text. Everything from a mail is escaped; its HTML is shown only inside a sandbox."""

import json
from collections.abc import Iterable
from html import escape
from pathlib import Path

from clinic.embedded.mail.reading import Invite, Mail, read_invite, read_mail
from clinic.embedded.mail.store import Caught

STYLE = (Path(__file__).parent / "mail.css").read_bytes()
SCRIPT = (Path(__file__).parent / "mail.js").read_bytes()


def list_page(mails: Iterable[Caught], *, newest: str) -> str:
    rows = "".join(_row(caught, read_mail(caught.raw)) for caught in mails)
    if not rows:
        body = (
            '<p class="empty">No mail has been sent yet. Book a visit for a patient with a mail address, and the '
            "invite lies here within a minute.</p>"
        )
    else:
        body = (
            "<table><thead><tr><th>Received</th><th>To</th><th>Subject</th><th>Calendar</th></tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )
    return _page(
        "Mail",
        f'<div class="head"><h1>Mail</h1><p class="lead">Every mail of this clinic is caught here. None leaves '
        f'this machine.</p></div><p role="status" class="news" data-newest="{escape(newest)}"></p>{body}',
        script=True,
    )


def _row(caught: Caught, mail: Mail) -> str:
    badge = _badge(read_invite(mail.calendar)) if mail.calendar else '<span class="quiet">none</span>'
    return (
        f"<tr><td>{_time(caught)}</td><td>{escape(', '.join(caught.recipients))}</td>"
        f'<td><a href="/messages/{caught.key}/">{escape(mail.subject or "(no subject)")}</a></td><td>{badge}</td></tr>'
    )


def mail_page(caught: Caught, mail: Mail) -> str:
    base = f"/messages/{caught.key}"
    header = "".join(
        f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>"
        for name, value in (
            ("From", mail.sender),
            ("To", mail.to),
            ("Envelope", ", ".join(caught.recipients)),
        )
    )
    sections = [
        ("text", "Text", _pre(mail.text)),
        ("html", "HTML", _frame(base, mail)),
        ("calendar", "Calendar", _calendar(base, mail)),
        ("files", "Files", _files(base, mail)),
    ]
    present = [(key, title, body) for key, title, body in sections if body]
    links = "".join(f'<a href="#{key}">{title}</a>' for key, title, _ in present)
    body = "".join(f'<section id="{key}"><h2>{title}</h2>{content}</section>' for key, title, content in present)
    return _page(
        mail.subject or "(no subject)",
        f'<p class="back"><a href="/">All mail</a></p><div class="head"><h1>{escape(mail.subject or "(no subject)")}'
        f'</h1><p class="lead">{_time(caught)}</p></div><dl>{header}</dl><nav aria-label="Parts">{links}'
        f'<a href="{base}/source">Raw source</a></nav>{body}',
    )


def missing_page() -> str:
    return _page(
        "No such mail",
        '<h1>No such mail</h1><p class="empty">It may have been deleted to make room. '
        '<a href="/">Show all mail</a></p>',
    )


def summary(caught: Caught) -> dict[str, object]:
    """What `/api/messages` says of one mail."""
    mail = read_mail(caught.raw)
    invite = read_invite(mail.calendar) if mail.calendar else None
    return {
        "id": caught.key,
        "received_at": caught.received_at.isoformat(),
        "from": mail.sender,
        "to": list(caught.recipients),
        "subject": mail.subject,
        "method": invite.method if invite else None,
        "uid": invite.uid if invite else None,
        "sequence": invite.sequence if invite else None,
    }


def detail(caught: Caught) -> dict[str, object]:
    """What `/api/messages/<id>` says: the summary and the readable parts."""
    mail = read_mail(caught.raw)
    return {
        **summary(caught),
        "headers": dict(mail.headers),
        "text": mail.text,
        "html": mail.html,
        "calendar": mail.calendar,
        "files": [{"name": part.name, "type": part.content_type, "size": len(part.content)} for part in mail.parts],
    }


def as_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _time(caught: Caught) -> str:
    moment = caught.received_at.astimezone()
    return f'<time datetime="{moment.isoformat()}">{moment:%a %d %b, %H:%M:%S}</time>'


def _badge(invite: Invite) -> str:
    if invite.problem:
        return '<span class="badge stop">Cannot be read</span>'
    words, look = {
        "REQUEST": ("Update", "action") if invite.sequence else ("Invite", "action"),
        "CANCEL": ("Cancellation", "warn"),
    }.get(invite.method, (invite.method or "No method", "booked"))
    return f'<span class="badge {look}">{escape(words)}, sequence {invite.sequence}</span>'


def _pre(text: str | None) -> str:
    return f"<pre tabindex=0>{escape(text)}</pre>" if text else ""


def _frame(base: str, mail: Mail) -> str:
    if not mail.html:
        return ""
    # sandbox without any permission: no script, no form, no top navigation, an origin of its own
    return f'<iframe sandbox src="{base}/html" title="The mail as HTML"></iframe>'


def _calendar(base: str, mail: Mail) -> str:
    if not mail.calendar:
        return ""
    invite = read_invite(mail.calendar)
    if invite.problem:
        table = f'<p class="problem">{escape(invite.problem)}</p>'
    else:
        rows = "".join(
            f"<tr><th scope=row>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in invite.rows
        )
        table = f'<table class="event"><tbody>{rows}</tbody></table>'
    return (
        f'{table}<p><a href="{base}/invite.ics">Save as invite.ics</a></p>'
        f"<details><summary>As it was sent</summary>{_pre(mail.calendar)}</details>"
    )


def _files(base: str, mail: Mail) -> str:
    rows = "".join(
        f'<li><a href="{base}/files/{number}">{escape(part.name)}</a> {escape(part.content_type)}, '
        f"{len(part.content):,} bytes</li>"
        for number, part in enumerate(mail.parts)
    )
    return f"<ul>{rows}</ul>" if rows else ""


def _page(title: str, body: str, *, script: bool = False) -> str:
    tag = '<script type="module" src="/mail.js"></script>' if script else ""
    return (
        '<!doctype html><html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)} – mail catcher</title><link rel="stylesheet" href="/mail.css">{tag}</head>'
        f"<body><main>{body}</main></body></html>"
    )
