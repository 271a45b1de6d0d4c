"""Ends what a killed process left behind. Run as its own program, in its own session, with the standard library only.

The owner of the children holds the other end of standard input and writes one line for each change:

    guard <pid> <signal>     this child, leader of its own process group, must not outlive the owner
    release <pid>            it has ended
    remove <path>            delete this folder at the end (JSON string)

When the input ends, or the owner is gone, every guarded child gets its signal, and after the grace its whole
group is killed. PR_SET_PDEATHSIG alone does not do: it exists on Linux only and does not reach grandchildren.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import sys
import time

GRACE_SECONDS = 6.0


def watch(owner: int) -> None:
    guarded: dict[int, int] = {}
    folders: list[str] = []
    pending = b""
    # Somebody may have inherited the writing end by a bare fork: then only the missing parent tells.
    while os.getppid() == owner:
        readable, _, _ = select.select([0], [], [], 0.5)
        if not readable:
            continue
        chunk = os.read(0, 65536)
        if not chunk:
            break
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            _obey(line.decode(), guarded, folders)
    _end(guarded)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _obey(line: str, guarded: dict[int, int], folders: list[str]) -> None:
    word, _, rest = line.partition(" ")
    if word == "guard":
        pid, number = rest.split()
        guarded[int(pid)] = int(number)
    elif word == "release":
        guarded.pop(int(rest), None)
    elif word == "remove":
        folders.append(json.loads(rest))


def _end(guarded: dict[int, int]) -> None:
    for pid, number in guarded.items():
        with contextlib.suppress(OSError):
            os.kill(pid, number)
    left = set(guarded)
    until = time.monotonic() + GRACE_SECONDS
    while left and time.monotonic() < until:
        left &= _living_groups(left)
        time.sleep(0.05)
    for pid in left:
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)


def _living_groups(groups: set[int]) -> set[int]:
    """Those of the process groups in which somebody still runs.

    An ended process that nobody has waited for is still known to the kernel, and the first process of a container
    may never wait: where the states can be read, such a one does not count.
    """
    if not os.path.exists("/proc/self/stat"):  # noqa: PTH110  pathlib would double this program's start-up
        return {group for group in groups if _is_known(group)}
    living = set()
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
                # The program's name in parentheses may hold anything; then: state, parent, process group.
                state, _, group = file.read().rpartition(b")")[2].split()[:3]
                if state not in {b"Z", b"X"}:
                    living.add(int(group))
    return living


def _is_known(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watch(int(sys.argv[1]))
