"""Children that do not outlive the process that started them."""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from clinic.embedded import watcher
from clinic.embedded.accounts import Account

PR_SET_PDEATHSIG = 1


class Lifeline:
    """While it is open, this process may die by any signal and its children still end.

    Two ways that fail separately: on Linux the kernel signals each child when the thread that started it ends
    (so start children from the main thread); everywhere a watcher in its own session notices, ends the children
    and kills what is left of their process groups.
    """

    def __init__(self, keep_open: Sequence[int] = ()) -> None:
        # -I -S: no site packages, so it is up in 20 ms and holds 8 MB.
        self._watcher = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(watcher.__file__)), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=tuple(keep_open),
            cwd="/",
        )

    def guard(self, pid: int, number: signal.Signals) -> None:
        self._tell(f"guard {pid} {int(number)}")

    def release(self, pid: int) -> None:
        self._tell(f"release {pid}")

    def remove_afterwards(self, folder: Path) -> None:
        """The folder is deleted once this process and its children are gone."""
        self._tell(f"remove {json.dumps(str(folder))}")

    def close(self) -> None:
        """Every child still guarded is ended, and every folder named is gone, on return."""
        assert self._watcher.stdin is not None  # noqa: S101  opened as a pipe above
        with contextlib.suppress(OSError):
            self._watcher.stdin.close()
        self._watcher.wait()

    def _tell(self, line: str) -> None:
        assert self._watcher.stdin is not None  # noqa: S101
        if self._watcher.stdin.closed:
            return
        with contextlib.suppress(OSError):  # a killed watcher must not stop the owner
            self._watcher.stdin.write(line.encode() + b"\n")
            self._watcher.stdin.flush()


class Child:
    """One running program, leader of its own session, its output in a log file."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str | Path],
        *,
        lifeline: Lifeline,
        log: Path,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        account: Account | None = None,
        text: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        """Started on return. Args: text: what it reads on standard input, for what must not show in `ps`."""
        self.name = name
        self.log = log
        self.started_at = time.monotonic()
        self._lifeline = lifeline
        self._stop_signal = stop_signal
        self._is_cleared = False
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(argument) for argument in arguments],
                stdin=subprocess.PIPE if text is not None else subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=None if environment is None else dict(environment),
                cwd=folder or "/",
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                # After the change of user: the kernel forgets the request when the credentials change.
                preexec_fn=_die_with_parent(stop_signal),  # noqa: PLW1509  one system call, prepared before
            )
        lifeline.guard(self.pid, stop_signal)
        if text is not None and self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # it ended at once; the caller sees that
                self._process.stdin.write(text.encode())
                self._process.stdin.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def returncode(self) -> int | None:
        """None while it runs; otherwise nothing of its process group is left either."""
        code = self._process.poll()
        if code is not None:
            self._kill_group()
        return code

    def has_ended(self) -> bool:
        return self.returncode() is not None

    def ask_to_stop(self, number: signal.Signals | None = None) -> None:
        if self._process.poll() is None:
            self._process.send_signal(number or self._stop_signal)

    def stop(self, seconds: float = 8.0) -> None:
        """It and its whole process group are gone on return, by force after `seconds`."""
        self.ask_to_stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        self.kill()

    def kill(self) -> None:
        """It and its whole process group are gone on return, whatever it was doing."""
        self._kill_group()
        self._process.wait()

    def _kill_group(self) -> None:
        if self._is_cleared:
            return  # by now the number may belong to somebody else
        self._is_cleared = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._lifeline.release(self.pid)


def _die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """A function for the child that asks the kernel for `number` when its parent's thread ends."""
    if sys.platform != "linux":
        return None  # the watcher alone
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def request() -> None:
        prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it died before the request
            os._exit(1)

    return request
