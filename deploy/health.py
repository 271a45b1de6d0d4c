"""Health checks of the containers: `python deploy/health.py web|mailer|worker|beat` ends with 0 where that process
does its work, else with a sentence and 1. It loads neither Django nor the clinic, so that asking often costs little.
"""

import http.client
import os
import socket
import sys
from collections.abc import Callable
from functools import partial

# Beat writes down what it has sent every three minutes; see `sync_every` of Celery's scheduler.
BEAT_SILENCE_SECONDS = 600


def web() -> str:
    """The server answers, and so does its database. The broker may be down: bookings do not need it."""
    port = int(os.environ.get("GRANIAN_PORT", "8000"))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=8)
    host = os.environ["CLINIC_ALLOWED_HOSTS"].split(",")[0].strip()
    try:
        connection.request("GET", "/health/ready", headers={"Host": host})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"the web server does not answer: {error}"
    finally:
        connection.close()
    return "" if status == 200 else f"/health/ready answers {status}"


def worker(kind: str = "worker") -> str:
    """This container's worker of that kind answers over the broker. With Redis down it is rightly unhealthy."""
    from celery import Celery  # not needed for the other two

    broker = Celery(broker=os.environ["REDIS_URL"], set_as_current=False)
    broker.conf.broker_transport_options = {"socket_connect_timeout": 2, "socket_timeout": 5}
    name = f"{kind}@{socket.gethostname()}"
    try:
        answers = broker.control.inspect(destination=[name], timeout=5).ping()
    except Exception as error:  # noqa: BLE001  whatever is wrong with the broker, its kind is the answer
        return f"the broker does not answer: {type(error).__name__}"
    return "" if answers else f"{name} does not answer"


def beat() -> str:
    """Beat has sent something lately, as the database knows. Works without the broker, as beat itself does."""
    import psycopg  # not needed for the other two

    statement = """
        SELECT extract(epoch FROM now() - max(last_run_at)) FROM django_celery_beat_periodictask WHERE enabled
    """
    try:
        with psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=5) as connection:
            row = connection.execute(statement).fetchone()
    except psycopg.Error as error:
        return f"the database does not answer: {type(error).__name__}"
    seconds = row[0] if row else None
    if seconds is None:
        return "beat has sent nothing yet"
    return "" if seconds < BEAT_SILENCE_SECONDS else f"beat has sent nothing for {int(seconds)} seconds"


CHECKS: dict[str, Callable[[], str]] = {"web": web, "mailer": partial(worker, "mailer"), "worker": worker, "beat": beat}


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in CHECKS:
        print(f"usage: python deploy/health.py {'|'.join(CHECKS)}", file=sys.stderr)
        return 2
    fault = CHECKS[arguments[0]]()
    if fault:
        print(fault, file=sys.stderr)
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
