"""Ports of the loopback interface."""

import http.client
import socket
import time
from collections.abc import Callable, Iterable

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """True where nothing listens and this process may listen."""
    if is_listening(port):
        return False  # asked first: some systems let a second listener share the address
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) == 0


def free_port(usual: Iterable[int] = ()) -> int:
    """The first usual port that is free, else one the system picks."""
    for port in usual:
        if is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port = probe.getsockname()[1]
    return int(port)


def wait_until_listening(port: int, *, seconds: float, unless: Callable[[], bool] = lambda: False) -> bool:
    """Returns False when nothing listened in time, or as soon as `unless` says that nothing ever will."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not unless():
        if is_listening(port):
            return True
        time.sleep(0.03)
    return False


def page_status(port: int, path: str = "/sign-in/") -> int | None:
    """The status with which a page answers; None while nothing does."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
