"""The broker: loopback, a password, and another port where the usual one is taken."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import psutil
import pytest
import redis

from clinic.embedded.broker import Broker
from clinic.embedded.ports import LOOPBACK
from clinic.embedded.processes import Lifeline
from tests.embedded.looking import wait_for


def test_it_answers_with_the_password_only_and_on_loopback_only(place: Path, lifeline: Lifeline) -> None:
    broker = Broker(lifeline=lifeline, log=place / "log")
    broker.start()
    assert redis.Redis.from_url(broker.url).ping()
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(host=LOOPBACK, port=broker.port).ping()
    process = psutil.Process(broker.server.pid)
    listening = [one.laddr.ip for one in process.net_connections(kind="inet") if one.status == psutil.CONN_LISTEN]
    assert listening == [LOOPBACK]
    assert process.uids().effective != 0
    password = broker.url.split(":")[2].split("@")[0]
    assert password not in " ".join(process.cmdline())
    broker.stop()


def test_after_kill_9_it_starts_again_on_the_same_port(place: Path, lifeline: Lifeline) -> None:
    broker = Broker(lifeline=lifeline, log=place / "log")
    broker.start()
    url = broker.url
    os.kill(broker.server.pid, signal.SIGKILL)
    wait_for(broker.server.has_ended)
    broker.start(broker.port)
    assert broker.url == url
    assert redis.Redis.from_url(url).ping()
    broker.stop()


def test_another_port_is_taken_when_the_usual_one_is_in_use(place: Path, lifeline: Lifeline) -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        broker = Broker(lifeline=lifeline, log=place / "log")
        broker.start(taken.getsockname()[1])
        assert broker.port != taken.getsockname()[1]
        broker.stop()


def test_a_foreign_redis_on_the_port_is_not_mistaken_for_ours(
    place: Path, lifeline: Lifeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = Broker(lifeline=lifeline, log=place / "log")
    foreign.start()
    monkeypatch.setattr("clinic.embedded.broker.free_port", lambda usual=(): usual[0] if usual else _fresh())
    broker = Broker(lifeline=lifeline, log=place / "log")
    broker.start(foreign.port)
    assert broker.port != foreign.port
    broker.stop()
    foreign.stop()


def _fresh() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
