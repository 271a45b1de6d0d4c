"""Every run of pytest has real services of its own; Django's settings are loaded once these answer."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import pytest_django

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import time_machine

    from tests.cast import Cast
    from tests.services import LiveStack, WebServer
    from tests.ward import Ward


# Two busy cores make a sound test slow; a slow one is found by the durations, not by chance. Every day the same few
# examples are drawn, so that a change is judged by what it changes; the deep run draws others, and many more.
hypothesis.settings.register_profile(
    "every_day",
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "deep", parent=hypothesis.settings.get_profile("every_day"), derandomize=False, max_examples=1000
)
hypothesis.settings.load_profile("every_day")


def pytest_configure(config: pytest.Config) -> None:
    """PostgreSQL and Redis run, and Django is configured with them.

    pytest-django loads the settings before any conftest where the ini file or the environment names them. Neither
    does here, so that the settings are first read with the services' addresses known.
    """
    if not hasattr(config, "workerinput"):  # also where a DATABASE_URL is set: that may be somebody's real one
        from tests.services import TestServices

        services = TestServices()
        services.start()
        config.add_cleanup(services.stop)
    else:
        _own_broker(config.workerinput["workerid"])
    os.environ["DJANGO_SETTINGS_MODULE"] = "clinic.settings"
    from django.conf import settings

    assert settings.DATABASES  # loads them; pytest-django, which runs last, then sets Django up
    settings.WHITENOISE_AUTOREFRESH = True  # else each test client reads every static file before its first request


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Not inherited: the processes of xdist too read the settings in `pytest_configure`, no sooner."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def _own_broker(worker_id: str) -> None:
    """A database of Redis for each process of xdist: the keys of one's rows would name rows of the other's.

    A Celery worker of a test would else do what the other process's bookings ask for, on this process's rows.
    """
    server, _, _ = os.environ["REDIS_URL"].rpartition("/")
    os.environ["REDIS_URL"] = f"{server}/{int(worker_id.removeprefix('gw')) + 1}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After the first file that needs a database come those that need none: the migrations run meanwhile.

    On a new machine they take most of a minute, and whoever needs a database waits for them. The folders that stay
    together come next; the other files by name, so that what takes long (the walk over every address) does not come
    last, when one worker would wait for the other.
    """
    without = {item.path for item in items} - {item.path for item in items if _DATABASES & set(_fixtures(item))}
    first = next((item.path for item in items if item.path not in without), None)

    def place(item: pytest.Item) -> tuple[int, str]:
        if item.path == first:
            return 0, ""
        if item.nodeid.startswith(_TOGETHER):
            return 2, ""
        return (1, "") if item.path in without else (3, str(item.path))

    items.sort(key=place)


_DATABASES = {"db", "transactional_db", "django_db_setup", "live_stack"}


def _fixtures(item: pytest.Item) -> list[str]:
    marked = ["db"] if item.get_closest_marker("django_db") else []
    return [*marked, *getattr(item, "fixturenames", [])]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """File by file, but of these folders one worker makes all: what their tests share is started once, not twice."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

    class LoadTogether(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return next((folder for folder in _TOGETHER if nodeid.startswith(folder)), super()._split_scope(nodeid))

    return LoadTogether(config, log)


_TOGETHER = ("tests/browser/", "tests/races/")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """What was imported stays: not looked through again for garbage, a tenth of the tests' time is saved."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: pytest_django.DjangoDbBlocker, worker_id: str
) -> None:
    """The database of this process, migrated; it goes with the cluster. pytest-django's own would migrate each time."""
    from django.conf import settings
    from django.db import connection
    from django.test import TransactionTestCase

    from tests.databases import create_migrated

    # After a test that commits all tables would be emptied one by one: the next has a new database anyway.
    TransactionTestCase._fixture_teardown = lambda _: None  # type: ignore[attr-defined]
    name = f"test_{worker_id}"
    create_migrated(name)
    with django_db_blocker.unblock():
        connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


_USED = pytest.StashKey[bool]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """After a test that commits the next has a new database: of what the migrations put in, nothing may be missing."""
    from django.db import connection

    from tests.databases import create_migrated

    if item.config.stash.get(_USED, False):
        connection.close()
        create_migrated(str(connection.settings_dict["NAME"]))
        item.config.stash[_USED] = False
    marker = item.get_closest_marker("django_db")
    if marker is not None and marker.kwargs.get("transaction"):
        item.config.stash[_USED] = True


@pytest.fixture(scope="session")
def web_processes(django_db_setup: None) -> Iterator[Callable[[str, int], WebServer]]:
    """`web_processes(name, 4)` is a web server of four processes on the database of that name, started once a run.

    For committed rows: see `tests/services.py`. The database may be made anew behind it.
    """
    from clinic.embedded.processes import Lifeline
    from tests.services import WebServer

    lifeline = Lifeline()
    servers: dict[tuple[str, int], WebServer] = {}

    def start(name: str, processes: int) -> WebServer:
        if (name, processes) not in servers:
            servers[name, processes] = WebServer(name, processes=processes, lifeline=lifeline)
        return servers[name, processes]

    yield start
    for server in servers.values():
        server.stop()
    lifeline.close()


@pytest.fixture(scope="session")
def live_stack(worker_id: str) -> Iterator[LiveStack]:
    """The whole clinic on a database of its own, started once a run: see `tests/services.py`."""
    from tests.services import LiveStack

    stack = LiveStack(f"live_{worker_id}")
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


@pytest.fixture
def cast(db: None) -> Cast:
    """The fixed cast, in the database. Imported here: models exist only once Django is set up."""
    from tests.cast import assemble

    return assemble()


@pytest.fixture
def ward(cast: Cast) -> Ward:
    """The cast's unit at work: rooms, places, operators, lists every day."""
    from tests.ward import open_ward

    return open_ward(cast)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Tuesday 24 November 2026, 08:00 in London, standing still until the test moves it."""
    import time_machine

    from tests.ward import NOW

    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """What a process keeps in memory of committed protocols belongs to the databases of tests before."""
    from doseplans import models
    from scheduling.selectors import lists

    models._used_rules.clear()
    lists._used_phases.clear()
