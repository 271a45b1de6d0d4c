"""SMTP in, pages out, both on loopback."""

import argparse
import logging
import re
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from clinic.embedded.mail import pages
from clinic.embedded.mail.reading import read_mail
from clinic.embedded.mail.store import Caught, MailStore
from clinic.embedded.ports import LOOPBACK

MESSAGE = re.compile(r"^/messages/(?P<key>\d+)/(?P<rest>html|source|invite\.ics|files/\d+)?$")
SHOWN = 200
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# The mail's own HTML: styles as mails have them, pictures only from inside the mail, and nothing that runs or leaves.
MAIL_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)


class Taker:
    """aiosmtpd's handler: every mail is accepted and kept."""

    def __init__(self, store: MailStore) -> None:
        self._store = store

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content or b""
        raw = content.encode() if isinstance(content, str) else content
        self._store.add(envelope.mail_from or "", envelope.rcpt_tos, raw)
        return "250 OK, caught"


class Pages(BaseHTTPRequestHandler):
    """Answers GET only, and only when addressed by a loopback name: a web page elsewhere cannot read the mails."""

    server: "PageServer"
    server_version = "mail"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        if host not in {"127.0.0.1", "localhost"}:
            self._send(421, "text/plain; charset=utf-8", b"Ask for 127.0.0.1 or localhost.\n")
            return
        url = urlsplit(self.path)
        if url.path == "/":
            keys = self.server.store.keys()
            shown = [mail for mail in map(self.server.store.get, keys[:SHOWN]) if mail]
            self._html(pages.list_page(shown, newest=keys[0] if keys else "0"))
        elif url.path == "/mail.css":
            self._send(200, "text/css; charset=utf-8", pages.STYLE)
        elif url.path == "/mail.js":
            self._send(200, "text/javascript; charset=utf-8", pages.SCRIPT)
        elif url.path.startswith("/api/messages"):
            self._api(url.path.removeprefix("/api/messages").strip("/"), parse_qs(url.query))
        else:
            self._message(url.path)

    def _api(self, key: str, query: dict[str, list[str]]) -> None:
        """`/api/messages?to=&after=` newest first; `/api/messages/<id>` with text, HTML and calendar."""
        store = self.server.store
        if key:
            caught = store.get(key)
            if caught is None:
                self._send(404, "application/json", b'{"detail": "No such mail."}')
            else:
                self._send(200, "application/json", pages.as_json(pages.detail(caught)))
            return
        after = query.get("after", ["0"])[0].zfill(20)
        to = query.get("to", [""])[0].casefold()
        found = [mail for mail in (store.get(key) for key in store.keys() if key > after) if mail]  # noqa: SIM118
        chosen = [mail for mail in found if not to or to in (one.casefold() for one in mail.recipients)]
        self._send(200, "application/json", pages.as_json({"messages": [pages.summary(mail) for mail in chosen]}))

    def _message(self, path: str) -> None:
        match = MESSAGE.match(path)
        caught = self.server.store.get(match["key"]) if match else None
        if match is None or caught is None:
            self._html(pages.missing_page(), status=404)
        elif match["rest"] is None:
            self._html(pages.mail_page(caught, read_mail(caught.raw)))
        elif match["rest"] == "source":
            self._send(200, "text/plain; charset=utf-8", caught.raw)
        else:
            self._part(caught, match["rest"])

    def _part(self, caught: Caught, rest: str) -> None:
        mail = read_mail(caught.raw)
        number = int(rest.removeprefix("files/")) if rest.startswith("files/") else None
        if rest == "html" and mail.html:
            self._send(200, "text/html; charset=utf-8", mail.html.encode(), policy=MAIL_POLICY)
        elif rest == "invite.ics" and mail.calendar:
            self._send(200, "text/calendar; charset=utf-8", mail.calendar.encode(), save_as="invite.ics")
        elif number is not None and number < len(mail.parts):
            part = mail.parts[number]
            self._send(200, "application/octet-stream", part.content, save_as=part.name)
        else:
            self._html(pages.missing_page(), status=404)

    def _html(self, text: str, *, status: int = 200) -> None:
        self._send(status, "text/html; charset=utf-8", text.encode())

    def _send(
        self, status: int, content_type: str, body: bytes, *, policy: str = PAGE_POLICY, save_as: str = ""
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        if save_as:
            self.send_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(save_as, safe='')}")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        """Nothing: an address holds no name, but a log of who read which mail helps nobody here."""


class PageServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, store: MailStore) -> None:
        self.store = store
        super().__init__((LOOPBACK, port), Pages)


class MailCatcher:
    """Both servers, running from `start` to `stop`."""

    def __init__(self, folder: Path, *, smtp_port: int, page_port: int) -> None:
        self.store = MailStore(folder)
        self._smtp = Controller(
            Taker(self.store),
            hostname=LOOPBACK,
            port=smtp_port,
            enable_SMTPUTF8=True,
            data_size_limit=25 * 1024 * 1024,
        )
        self._pages = PageServer(page_port, self.store)

    def start(self) -> None:
        self._smtp.start()
        threading.Thread(target=self._pages.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._smtp.stop()
        self._pages.shutdown()
        self._pages.server_close()


def main() -> int:
    parser = argparse.ArgumentParser(description="Catch every mail and show it on a page.")
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--page-port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd's own, which would list recipients
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        catcher = MailCatcher(arguments.folder, smtp_port=arguments.smtp_port, page_port=arguments.page_port)
        catcher.start()
    except OSError as error:
        sys.stderr.write(f"The mail catcher cannot start: {error}\n")
        return 1
    stopped.wait()
    catcher.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
