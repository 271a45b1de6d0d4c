"""A real IMAP server in a process of its own, and ways to be one that misbehaves."""

from __future__ import annotations

import imaplib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

USER, PASSWORD = "clinic", "a quiet password"


@dataclass(frozen=True)
class Place:
    """Where the mailbox is, as `clinic.environment.MailboxUrl` says it."""

    port: int
    password: str = PASSWORD
    host: str = "127.0.0.1"
    user: str = USER
    folder: str = "INBOX"
    use_tls: bool = False
    use_ssl: bool = False


@dataclass
class ImapServer:
    """The server, looked at as its owner would."""

    place: Place

    @contextmanager
    def signed_in(self, folder: str = "INBOX") -> Iterator[imaplib.IMAP4]:
        client = imaplib.IMAP4(self.place.host, self.place.port, timeout=10)
        client.login(USER, PASSWORD)
        client.select(folder)
        yield client
        client.logout()

    def put(self, *mails: bytes) -> None:
        with self.signed_in() as client:
            for raw in mails:
                client.append("INBOX", "", None, raw)  # type: ignore[arg-type]

    def count(self, folder: str = "INBOX") -> int:
        with self.signed_in(folder) as client:
            return len(client.uid("SEARCH", "ALL")[1][0].split())

    def empty(self) -> None:
        """Nothing is in it."""
        with self.signed_in() as client:
            names = [line.split()[-1].decode().strip('"') for line in client.list()[1]]  # type: ignore[union-attr]
        for name in {"INBOX", "Handled", "Quarantine"} & set(names):
            with self.signed_in(name) as client:
                client.store("1:*", "+FLAGS", "\\Deleted") if self._holds(client) else None
                client.expunge()

    @staticmethod
    def _holds(client: imaplib.IMAP4) -> bool:
        return bool(client.uid("SEARCH", "ALL")[1][0])


@contextmanager
def imap_server() -> Iterator[ImapServer]:
    """pymap on a free port of 127.0.0.1, with one mailbox."""
    port = free_port()
    program = Path(sys.executable).with_name("pymap")
    # Its demonstration data are one account, which is all there needs to be.
    account = ["dict", "--demo-data", "--demo-user", USER, "--demo-password", PASSWORD]
    process = subprocess.Popen(
        [str(program), "--host", "127.0.0.1", "--port", str(port), "--no-tls", *account],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield ImapServer(Place(port))
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def cutting_line(to: int, cuts: Callable[[bytes], bool]) -> Iterator[int]:
    """A port that leads to the other, until what the server says is to be cut: then the line is gone in the middle."""
    with meddling_line(to, says=lambda octets: None if cuts(octets) else octets) as port:
        yield port


@contextmanager
def meddling_line(
    to: int,
    *,
    says: Callable[[bytes], bytes | None] = lambda octets: octets,
    answers: Callable[[bytes], bytes] = lambda _: b"",
) -> Iterator[int]:
    """A port that leads to the other. What the server says goes through `says`; None cuts the line in the middle of it.

    What `answers` has a word for is said to the client in the server's place, which never hears of it.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    ends: list[socket.socket] = [listening]

    def pump(source: socket.socket, sink: socket.socket, *, is_server: bool) -> None:
        with suppress(OSError):
            while octets := source.recv(65536):
                if not is_server and (answer := answers(octets)):
                    source.sendall(answer)
                    continue
                said = says(octets) if is_server else octets
                if said is None:
                    sink.sendall(octets[: len(octets) // 2])
                    break
                sink.sendall(said)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                server = socket.create_connection(("127.0.0.1", to))
                ends.extend([client, server])
                for source, sink, is_server in ((client, server, False), (server, client, True)):
                    threading.Thread(
                        target=pump, args=(source, sink), kwargs={"is_server": is_server}, daemon=True
                    ).start()

    threading.Thread(target=serve, daemon=True).start()
    yield listening.getsockname()[1]
    for end in ends:
        end.close()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.05)
    raise TimeoutError("The IMAP server did not start.")
