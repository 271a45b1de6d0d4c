"""The mailbox, over IMAP: what waits in it, one mail at a time, and where it goes once it is dealt with."""

from __future__ import annotations

import imaplib
import re
import ssl
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderCreateError, MailboxLoginError

HANDLED, QUARANTINE = "Handled", "Quarantine"
MOST_AT_ONCE = 200
LARGEST_HEADER = 64 * 1024

_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_UID = re.compile(rb"UID (\d+)")
# The personal namespace is the first (RFC 2342): (("INBOX." ".")) NIL NIL
_PERSONAL = re.compile(rb'^\s*\(\("((?:[^"\\]|\\.)*)"')
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Where(Protocol):
    """Which mailbox, and as whom."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def user(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def folder(self) -> str: ...
    @property
    def use_tls(self) -> bool: ...
    @property
    def use_ssl(self) -> bool: ...


class MailboxDown(Exception):
    """The mailbox cannot be read at the moment. `words` is for staff and holds no address."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class MailRefused(Exception):
    """The mail server does not hand over this mail; the line holds."""


LINE_FAULTS = (ImapToolsError, imaplib.IMAP4.error, OSError, EOFError)
"""What the libraries raise where the server breaks off, falls silent, or refuses a command."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mail in the mailbox that nobody has dealt with."""

    uid: str
    octets: int
    received_at: datetime


class Mailbox:
    """An open mailbox."""

    def __init__(self, box: BaseMailBox, folder: str) -> None:
        self._box = box
        self._folder = folder
        self._prefix = _personal_prefix(box.client)

    @property
    def validity(self) -> int:
        """The folder's UIDVALIDITY: with another one its UIDs name other mails."""
        return int(self._box.folder.status(self._folder, ["UIDVALIDITY"])["UIDVALIDITY"])

    def waiting(self, *, but: Collection[str] = ()) -> tuple[list[Waiting], int]:
        """The oldest mails with their sizes, before anything of them is fetched, and how many more there are.

        Those whose UIDs are in `but` are left lying.
        """
        uids = [uid for uid in self._box.uids("NOT DELETED", charset=None) if uid not in but]
        first = uids[:MOST_AT_ONCE]
        found = {one.uid: one for one in self._sizes(first)} if first else {}
        return [found[uid] for uid in first if uid in found], len(uids) - len(first)

    def fetch(self, uid: str, *, header_only: bool = False) -> bytes:
        """The mail's octets, without marking it as read. Empty where it is gone. Raises MailRefused."""
        part = f"BODY.PEEK[HEADER]<0.{LARGEST_HEADER}>" if header_only else "BODY.PEEK[]"
        state, rows = self._box.client.uid("FETCH", uid, f"({part})")
        if state != "OK":
            raise MailRefused
        for row in rows or ():
            if isinstance(row, tuple):
                return bytes(row[1])
        return b""

    def put_away(self, uid: str, folder: str) -> None:
        """The mail is in that folder and waits no more."""
        self._box.move(uid, f"{self._prefix}{folder}")

    def make_folders(self) -> None:
        """The folders for what was dealt with are there, below the inbox where the server wants all folders there."""
        try:
            self._make_folders()
        except MailboxFolderCreateError:
            delimiter = next((found.delim for found in self._box.folder.list("", "INBOX")), "")
            if self._prefix or not delimiter:
                raise
            self._prefix = f"INBOX{delimiter}"
            self._make_folders()

    def _make_folders(self) -> None:
        for name in (HANDLED, QUARANTINE):
            if not self._box.folder.exists(f"{self._prefix}{name}"):
                self._box.folder.create(f"{self._prefix}{name}")

    def forget_before(self, day: date) -> int:
        """Mail dealt with that came before that day is gone for good. Returns how many."""
        gone = 0
        for name in (HANDLED, QUARANTINE):
            self._box.folder.set(f"{self._prefix}{name}")
            uids = self._box.uids(f"BEFORE {day.day}-{_MONTHS[day.month - 1]}-{day.year}", charset=None)
            if uids:
                self._box.delete(uids)
            gone += len(uids)
        self._box.folder.set(self._folder)
        return gone

    def _sizes(self, uids: Sequence[str]) -> Iterator[Waiting]:
        _, rows = self._box.client.uid("FETCH", ",".join(uids), "(UID RFC822.SIZE INTERNALDATE)")
        for row in rows or ():
            text = row[0] if isinstance(row, tuple) else row
            size, uid = _SIZE.search(text or b""), _UID.search(text or b"")
            if size is not None and uid is not None:
                at = imaplib.Internaldate2tuple(text)
                received_at = datetime.fromtimestamp(time.mktime(at), UTC) if at else datetime.now(UTC)
                yield Waiting(uid[1].decode(), int(size[1]), received_at)


def _personal_prefix(client: imaplib.IMAP4) -> str:
    """What the names of one's own folders begin with, "INBOX." on some servers, as far as the server tells."""
    # Asked after signing in: what a server can do may be said in full only then.
    _, words = client.capability()
    if not words or b"NAMESPACE" not in (words[0] or b"").upper().split():
        return ""
    _, told = client.namespace()
    found = _PERSONAL.match(told[0] or b"") if told else None
    return found[1].decode("ascii", "replace").replace('\\"', '"').replace("\\\\", "\\") if found else ""


@contextmanager
def open_mailbox(where: Where, *, timeout_s: float) -> Iterator[Mailbox]:
    """The mailbox, for as long as the line holds. Raises MailboxDown whenever it does not."""
    box: BaseMailBox | None = None
    try:
        box = _connect(where, timeout_s)
        box.login(where.user, where.password, initial_folder=where.folder)
        mailbox = Mailbox(box, where.folder)
        mailbox.make_folders()
        yield mailbox
    except MailboxLoginError as error:
        raise MailboxDown("The mail server refused the user or the password.") from error
    except ImapToolsError as error:
        raise MailboxDown("The mail server refused a command.") from error
    except (imaplib.IMAP4.error, OSError, EOFError) as error:
        words = "could not be reached" if box is None else "broke off the connection"
        raise MailboxDown(f"The mail server {words}.") from error
    finally:
        if box is not None:
            with suppress(ImapToolsError, imaplib.IMAP4.error, OSError, EOFError):
                box.logout()


def _connect(where: Where, timeout_s: float) -> BaseMailBox:
    if where.use_ssl:
        return MailBox(where.host, where.port, timeout_s, ssl_context=ssl.create_default_context())
    if where.use_tls:
        return MailBoxStartTls(where.host, where.port, timeout_s, ssl_context=ssl.create_default_context())
    return MailBoxUnencrypted(where.host, where.port, timeout_s)
