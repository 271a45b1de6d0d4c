"""How a log line looks. Request lines carry a path's route and a status; nothing here prints a body or a name."""

import json
import logging
from datetime import UTC, datetime


class Formatter(logging.Formatter):
    """One line a record: JSON in production, plain words on one machine.

    An exception keeps its type and its place, not its message: a database's message quotes the row.
    """

    def __init__(self, *, json: bool = False) -> None:
        super().__init__()
        self.as_json = json

    def format(self, record: logging.LogRecord) -> str:
        event = record.msg if isinstance(record.msg, dict) else {"event": record.getMessage()}
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
            return json.dumps(line, default=str, ensure_ascii=False)
        rest = " ".join(f"{key}={value}" for key, value in line.items() if key not in {"at", "level", "event"})
        return f"{line['at']} {line['level']:7} {line.get('event', '')} {rest}".rstrip()


def _where(traceback: object) -> str:
    """File and line of the frames, innermost last, without their values."""
    places: list[str] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code  # type: ignore[attr-defined]
        places.append(f"{code.co_filename.rsplit('/', 2)[-1]}:{traceback.tb_lineno}")  # type: ignore[attr-defined]
        traceback = traceback.tb_next  # type: ignore[attr-defined]
    return " > ".join(places[-8:])
