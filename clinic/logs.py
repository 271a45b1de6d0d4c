"""How a log line looks. Request lines carry a path's route and a status; nothing here prints a body or a name."""

import json
import logging
import re
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog

OUR_FILES = str(Path(__file__).resolve().parent.parent)
# Celery puts an exception's words into its own message under these names.
# The secret in the address of a person's own page and calendar.
SECRETS = re.compile(r"/(v|calendar)/[\w-]+")
QUOTED = ("exc", "traceback", "args", "kwargs", "return_value")


def configure() -> None:
    """structlog's lines go where all lines go, in the form of `Formatter`, so that one place decides what is shown."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            _as_record,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _as_record(
    _logger: object, _name: str, event: MutableMapping[str, Any]
) -> tuple[tuple[dict[str, Any]], dict[str, Any]]:
    exc_info = event.pop("exc_info", None)
    return (dict(event),), {"exc_info": exc_info}


class Formatter(logging.Formatter):
    """One line a record: JSON in production, plain words on one machine.

    An exception keeps its type and its place, not its message: a database's message quotes the row.
    """

    def __init__(self, *, json: bool = False) -> None:
        super().__init__()
        self.as_json = json

    def format(self, record: logging.LogRecord) -> str:
        event = record.msg if isinstance(record.msg, dict) else {"event": _message(record)}
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            **{str(key): value for key, value in event.items()},
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            line["where"] = _where(record.exc_info[2])
        if self.as_json:
            return _without_secrets(json.dumps(line, default=str, ensure_ascii=False))
        rest = " ".join(f"{key}={value}" for key, value in line.items() if key not in {"at", "level", "event"})
        return _without_secrets(f"{line['at']} {line['level']:7} {line.get('event', '')} {rest}".rstrip())


def _without_secrets(line: str) -> str:
    """Django quotes the address of a request that was refused or failed.

    >>> _without_secrets("Forbidden (CSRF cookie not set.): /v/3q2-7wAAAAAAAAAAAAAAAA/answer/")
    'Forbidden (CSRF cookie not set.): /v/(withheld)/answer/'
    """
    return SECRETS.sub(r"/\1/(withheld)", line)


def _message(record: logging.LogRecord) -> str:
    """The record's words, without what an exception said."""
    if isinstance(record.args, Mapping) and any(name in record.args for name in QUOTED):
        return str(record.msg) % {**record.args, **dict.fromkeys(QUOTED, "(withheld)")}
    return record.getMessage()


def _where(traceback: TracebackType | None) -> str:
    """File and line of our own frames and of the last three, innermost last, without their values."""
    frames: list[tuple[str, int]] = []
    while traceback is not None:
        frames.append((traceback.tb_frame.f_code.co_filename, traceback.tb_lineno))
        traceback = traceback.tb_next
    shown = [frame for frame in frames[:-3] if _is_ours(frame[0])][-6:] + frames[-3:]
    return " > ".join(f"{file.rsplit('/', 1)[-1]}:{line}" for file, line in shown)


def _is_ours(file: str) -> bool:
    return file.startswith(OUR_FILES) and "site-packages" not in file
