"""How each process of the clinic itself is started: the same command lines for `make run` and for the tests."""

import os
import sys

from clinic.embedded.ports import LOOPBACK

# A worker of its own for what goes out: a flood of anything else must not keep a patient from being told, nor a flood
# of mail the rest. A worker takes from its queues in turn.
MAIL_QUEUES = "mail"
QUEUES = "planning,housekeeping,celery"


def web(port: int, *, workers: int | None = None) -> list[str]:
    """granian with a process for each core (two at least, so that the tests of races are honest) on loopback."""
    count = workers or min(4, max(2, os.cpu_count() or 2))
    return [
        *(sys.executable, "-m", "granian", "clinic.wsgi:application"),
        *("--interface", "wsgi", "--host", LOOPBACK, "--port", str(port), "--no-ws"),
        # A database connection a thread: few threads, and a queue before them.
        *("--workers", str(count), "--blocking-threads", "4", "--backpressure", "64"),
        *("--respawn-failed-workers", "--workers-kill-timeout", "5", "--log-level", "warning"),
    ]


def worker(*, concurrency: int = 2) -> list[str]:
    """A Celery worker for every queue but mail."""
    return _celery_worker("worker", QUEUES, concurrency)


def mailer(*, concurrency: int = 1) -> list[str]:
    """The Celery worker that sends."""
    return _celery_worker("mailer", MAIL_QUEUES, concurrency)


def _celery_worker(name: str, queues: str, concurrency: int) -> list[str]:
    """Gossip and mingling are talk between workers that here has no listener."""
    return [
        *(sys.executable, "-m", "celery", "--app", "clinic", "--skip-checks", "worker"),
        *("--queues", queues, "--concurrency", str(concurrency), "--loglevel", "INFO"),
        *("--without-gossip", "--without-mingle", "--hostname", f"{name}@%h"),
    ]


def beat() -> list[str]:
    """Celery's clock; one for a clinic. Its schedule is in the database, so it leaves no files."""
    return [
        *(sys.executable, "-m", "celery", "--app", "clinic", "--skip-checks", "beat"),
        *("--pidfile", "", "--loglevel", "INFO"),
    ]


def mail_catcher(*, smtp_port: int, page_port: int, folder: os.PathLike[str]) -> list[str]:
    return [
        *(sys.executable, "-m", "clinic.embedded.mail.server"),
        *("--smtp-port", str(smtp_port), "--page-port", str(page_port), "--folder", os.fspath(folder)),
    ]


def manage(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", *arguments]
