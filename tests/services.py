"""Real services for the tests: a PostgreSQL 18 cluster and a Redis server that live as long as one pytest run."""

import os
import shutil
import tempfile
from pathlib import Path

from clinic.embedded.broker import Broker
from clinic.embedded.postgres import APP, OWNER, Cluster
from clinic.embedded.processes import Lifeline


class TestServices:
    """One cluster and one broker in a temporary folder of their own.

    Every pytest process has its own, so any number of runs in one clone do not meet; the workers of xdist share
    that of their controller through the environment. A killed run leaves nothing: see `Lifeline`.
    """

    __test__ = False

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="clinic-tests-"))
        self.folder.chmod(0o711)  # the database's account must pass when the tests run as root
        self.lifeline = Lifeline()
        self.lifeline.remove_afterwards(self.folder)
        self.cluster = Cluster(
            self.folder / "postgres",
            lifeline=self.lifeline,
            log=self.folder / "log" / "postgres.log",
            durable=False,
        )
        self.broker = Broker(lifeline=self.lifeline, log=self.folder / "log" / "redis.log")

    def start(self) -> None:
        """PostgreSQL and Redis answer and the environment names them."""
        self.cluster.start()
        self.broker.start()
        os.environ.update(
            DATABASE_URL=self.cluster.url(OWNER),
            CLINIC_TEST_APP_URL=self.cluster.url(APP),
            REDIS_URL=self.broker.url,
            EMAIL_URL="smtp://127.0.0.1:1",  # nothing listens: a test that sends for real says where to
            CLINIC_APP_ROLE=APP,
            CLINIC_DATA_DIR=str(self.folder),
            SECRET_KEY="known to every test run, and used nowhere else at all",
        )

    def stop(self) -> None:
        self.broker.stop()
        self.cluster.stop()
        self.lifeline.close()
        shutil.rmtree(self.folder, ignore_errors=True)
