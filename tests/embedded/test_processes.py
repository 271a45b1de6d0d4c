"""Children end with their owner: by signal, by kill -9, grandchildren too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from clinic.embedded.processes import Child, Lifeline
from clinic.environment import BASE_DIR
from tests.embedded.looking import family, still_running, wait_for

# A child that ignores the polite signal and has a child of its own, as a stuck worker would.
STUBBORN = (
    "import signal, subprocess, sys, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "time.sleep(600)\n"
)
OWNER = """
import sys, time
from pathlib import Path
from clinic.embedded.processes import Child, Lifeline
folder = Path(sys.argv[1])
lifeline = Lifeline()
lifeline.remove_afterwards(folder / "scratch")
child = Child("stubborn", [sys.executable, "-c", sys.argv[2]], lifeline=lifeline, log=folder / "log")
time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_owner_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "scratch").mkdir()
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path), STUBBORN], cwd=BASE_DIR)
    # the owner, its watcher, the child, the child's child
    processes = wait_for(lambda: found if len(found := family(owner.pid)) == 4 else None)
    owner.send_signal(number)
    owner.wait(10)
    assert still_running(processes) == []
    assert not (tmp_path / "scratch").exists()


def test_a_killed_group_leaves_nothing(tmp_path: Path) -> None:
    """As when a terminal's whole job is killed: the watcher is no member of the group."""
    script = "import time; time.sleep(600)"
    command = [sys.executable, "-c", OWNER, str(tmp_path), script]
    owner = subprocess.Popen(command, cwd=BASE_DIR, start_new_session=True)
    processes = wait_for(lambda: found if len(found := family(owner.pid)) == 3 else None)
    os.killpg(owner.pid, signal.SIGKILL)
    owner.wait(10)
    assert still_running(processes) == []


def test_a_killed_watcher_does_not_matter(tmp_path: Path) -> None:
    """On Linux the kernel tells the children; elsewhere the owner's own end does."""
    script = "import time; time.sleep(600)"
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path), script], cwd=BASE_DIR)
    processes = wait_for(lambda: found if len(found := family(owner.pid)) == 3 else None)
    watcher = next(process for process in processes if any("watcher.py" in word for word in process.cmdline()))
    watcher.kill()
    owner.kill()
    owner.wait(10)
    if sys.platform == "linux":
        assert still_running(processes) == []


def test_stop_ends_the_whole_group_by_force_when_needed(tmp_path: Path, lifeline: Lifeline) -> None:
    child = Child("stubborn", [sys.executable, "-c", STUBBORN], lifeline=lifeline, log=tmp_path / "log")
    processes = wait_for(lambda: found if len(found := family(child.pid)) == 2 else None)
    child.stop(0.3)
    assert child.returncode() == -signal.SIGKILL
    assert still_running(processes) == []


def test_a_child_that_ends_takes_its_group_along(tmp_path: Path, lifeline: Lifeline) -> None:
    script = (
        "import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid)"
    )
    child = Child("short", [sys.executable, "-c", script], lifeline=lifeline, log=tmp_path / "log")
    wait_for(child.has_ended)
    assert child.returncode() == 0
    grandchild = int((tmp_path / "log").read_text())
    wait_for(lambda: not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == "zombie")


def test_closing_the_lifeline_ends_what_is_guarded(tmp_path: Path) -> None:
    lifeline = Lifeline()
    child = Child(
        "quiet", [sys.executable, "-c", "import time; time.sleep(600)"], lifeline=lifeline, log=tmp_path / "l"
    )
    lifeline.close()
    assert wait_for(child.has_ended)


def test_text_reaches_the_child_and_not_its_command_line(tmp_path: Path, lifeline: Lifeline) -> None:
    script = "import sys; print(sys.stdin.read().upper())"
    child = Child("reader", [sys.executable, "-c", script], lifeline=lifeline, log=tmp_path / "log", text="secret")
    assert "secret" not in " ".join(psutil.Process(child.pid).cmdline())
    wait_for(child.has_ended)
    assert (tmp_path / "log").read_text() == "SECRET\n"


def test_children_do_not_hold_the_owners_files(tmp_path: Path, lifeline: Lifeline) -> None:
    """An inherited end of the watcher's pipe would keep it from seeing the owner's end."""
    script = "import os; print(sorted(int(name) for name in os.listdir('/dev/fd')))"
    child = Child("lister", [sys.executable, "-c", script], lifeline=lifeline, log=tmp_path / "log")
    wait_for(child.has_ended)
    # the three standard ones, and the listing's own
    assert len(eval((tmp_path / "log").read_text())) <= 4  # noqa: S307  printed by the line above
    assert os.getpid() != child.pid
