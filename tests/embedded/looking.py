"""Who still runs, asked of the system itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TypeVar

import psutil

Found = TypeVar("Found")


def family(pid: int) -> list[psutil.Process]:
    """A process and all that descend from it, database backends and pool workers included."""
    head = psutil.Process(pid)
    return [head, *head.children(recursive=True)]


def still_running(processes: Iterable[psutil.Process], *, seconds: float = 15) -> list[str]:
    """The command lines of those that have not ended after `seconds`; empty as soon as all have."""
    until = time.monotonic() + seconds
    left = list(processes)
    while left and time.monotonic() < until:
        left = [process for process in left if _runs(process)]
        time.sleep(0.05)
    return [" ".join(_command(process)) for process in left]


def wait_for(look: Callable[[], Found | None], *, seconds: float = 30) -> Found:
    """What `look` returned once it was neither None nor False. Raises: AssertionError when that was never."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not seen within {seconds} s")


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:
        return []
