"""The mail catcher end to end: SMTP in; list, mail, calendar, files and JSON out; on disk over a restart."""

from __future__ import annotations

import http.client
import json
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from clinic.embedded.mail.server import MailCatcher
from clinic.embedded.mail.store import MailStore
from clinic.embedded.ports import LOOPBACK, free_port

ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
METHOD:REQUEST
BEGIN:VEVENT
UID:visit-1@example.org
SEQUENCE:2
DTSTAMP:20261124T080000Z
DTSTART;TZID=Europe/London:20261201T090000
DTEND;TZID=Europe/London:20261201T130000
SUMMARY:Appointment <b>bold</b>
ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:ada@example.org
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


class Catcher:
    """One running catcher and its ports."""

    def __init__(self, folder: Path) -> None:
        self.smtp_port, self.page_port = free_port(), free_port()
        self.catcher = MailCatcher(folder, smtp_port=self.smtp_port, page_port=self.page_port)
        self.catcher.start()

    def send(self, message: EmailMessage) -> None:
        with smtplib.SMTP(LOOPBACK, self.smtp_port, timeout=10) as client:
            client.send_message(message)

    def get(self, path: str, host: str = "127.0.0.1") -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection(LOOPBACK, self.page_port, timeout=10)
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, dict(answer.getheaders()), body

    def newest(self) -> str:
        return str(json.loads(self.get("/api/messages")[2])["messages"][0]["id"])


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[Catcher]:
    running = Catcher(tmp_path / "mail")
    yield running
    running.catcher.stop()


def invite(subject: str = "Your visit") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Infusion clinic <clinic@example.org>"
    message["To"] = "Ada Lovelace <ada@example.org>"
    message["Subject"] = subject
    message.set_content("Come at nine.\n<script>alert(1)</script>")
    message.add_alternative("<p>Come at <b>nine</b>.</p><script>alert(1)</script>", subtype="html")
    message.add_alternative(ICS.encode(), maintype="text", subtype="calendar", params={"method": "REQUEST"})
    return message


def test_list_shows_the_newest_first(catcher: Catcher) -> None:
    assert "No mail has been sent yet" in catcher.get("/")[2]
    catcher.send(invite("First"))
    catcher.send(invite("Second"))
    status, headers, body = catcher.get("/")
    assert status == 200
    assert body.index("Second") < body.index("First")
    assert "Update, sequence 2" in body
    assert "ada@example.org" in body
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_mail_is_shown_as_text_html_calendar_and_source(catcher: Catcher) -> None:
    catcher.send(invite())
    key = catcher.newest()
    page = catcher.get(f"/messages/{key}/")[2]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "Appointment &lt;b&gt;bold&lt;/b&gt;" in page
    assert "visit-1@example.org" in page
    assert "2026-12-01 09:00:00+00:00 Europe/London" in page
    assert f'<iframe sandbox src="/messages/{key}/html"' in page
    status, headers, body = catcher.get(f"/messages/{key}/html")
    assert (status, "<b>nine</b>" in body) == (200, True)
    assert headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert catcher.get(f"/messages/{key}/source")[1]["Content-Type"] == "text/plain; charset=utf-8"
    status, headers, body = catcher.get(f"/messages/{key}/invite.ics")
    assert (status, body) == (200, ICS)
    assert headers["Content-Disposition"].startswith("attachment")


def test_json_tells_what_a_test_needs(catcher: Catcher) -> None:
    catcher.send(invite())
    summary = json.loads(catcher.get("/api/messages?to=ADA@example.org")[2])["messages"][0]
    assert summary | {"id": "", "received_at": ""} == {
        "id": "",
        "received_at": "",
        "from": "Infusion clinic <clinic@example.org>",
        "to": ["ada@example.org"],
        "subject": "Your visit",
        "method": "REQUEST",
        "uid": "visit-1@example.org",
        "sequence": 2,
    }
    assert json.loads(catcher.get("/api/messages?to=bob@example.org")[2]) == {"messages": []}
    assert json.loads(catcher.get(f"/api/messages?after={summary['id']}")[2]) == {"messages": []}
    detail = json.loads(catcher.get(f"/api/messages/{summary['id']}")[2])
    assert detail["calendar"] == ICS
    assert detail["text"].startswith("Come at nine.")
    assert catcher.get("/api/messages/7")[0] == 404


def test_attached_files_are_saved_not_shown(catcher: Catcher) -> None:
    message = invite()
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename='le"t\u00e9r.pdf')
    catcher.send(message)
    key = catcher.newest()
    status, headers, body = catcher.get(f"/messages/{key}/files/0")
    assert (status, body, headers["Content-Type"]) == (200, "%PDF-", "application/octet-stream")
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''le%22t%C3%A9r.pdf"
    assert catcher.get(f"/messages/{key}/files/1")[0] == 404


@pytest.mark.parametrize("calendar", ["nonsense", "BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nEND:VCALENDAR\r\n", ""])
def test_broken_calendar_is_said_and_breaks_nothing(catcher: Catcher, calendar: str) -> None:
    message = EmailMessage()
    message["To"] = "ada@example.org"
    message.set_content("x")
    message.add_alternative(calendar.encode(), maintype="text", subtype="calendar")
    catcher.send(message)
    assert catcher.get("/")[0] == 200
    status, _, page = catcher.get(f"/messages/{catcher.newest()}/")
    assert status == 200
    assert ("The calendar" in page) == bool(calendar)


def test_mails_are_kept_over_a_restart(tmp_path: Path) -> None:
    first = Catcher(tmp_path)
    first.send(invite())
    first.catcher.stop()
    second = Catcher(tmp_path)
    assert "Your visit" in second.get("/")[2]
    second.catcher.stop()


def test_only_loopback_names_are_answered(catcher: Catcher) -> None:
    assert catcher.get("/", host=f"localhost:{catcher.page_port}")[0] == 200
    assert catcher.get("/", host="evil.example.org")[0] == 421


@pytest.mark.parametrize("path", ["/messages/1/", "/messages/../x", "/nothing", "/messages/1/files/0"])
def test_unknown_pages_say_so(catcher: Catcher, path: str) -> None:
    status, _, body = catcher.get(path)
    assert (status, "No such mail" in body) == (404, True)


def test_store_keeps_the_newest_only(tmp_path: Path) -> None:
    store = MailStore(tmp_path, kept=3)
    keys = [store.add("a@example.org", ["b@example.org"], b"Subject: x\r\n\r\n") for _ in range(5)]
    assert store.keys() == keys[:1:-1]
    assert len(list(tmp_path.iterdir())) == 6
    assert tmp_path.stat().st_mode & 0o777 != 0o777
