"""Whether this process is alive, and whether it can do its work. For a supervisor; says nothing about anybody."""

from __future__ import annotations

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reminders.inbound.polling import mailbox_word

BROKER_WAIT_SECONDS = 0.3


@login_not_required
@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when the database answers, else 503.

    The broker is reported and decides nothing: booking works without it, and messages leave once it is back. So is the
    mailbox that answers arrive in, where one is set.
    """
    database = database_answers()
    state = {"status": "ok" if database else "failed", "database": _word(database), "broker": _word(broker_answers())}
    if settings.INBOUND_MAILBOX is not None:
        state["mailbox"] = mailbox_word() if database else "down"
    return JsonResponse(state, status=200 if database else 503)


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return cursor.fetchone() == (1,)
    except DatabaseError:
        return False


def broker_answers() -> bool:
    client = redis.Redis.from_url(
        settings.CELERY_BROKER_URL,
        socket_connect_timeout=BROKER_WAIT_SECONDS,
        socket_timeout=BROKER_WAIT_SECONDS,
    )
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def _word(answers: bool) -> str:
    return "ok" if answers else "down"
