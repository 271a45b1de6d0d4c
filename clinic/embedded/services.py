"""The services a clinic needs, its own or those the environment names, and what its processes are told of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from clinic import environment
from clinic.embedded import programs
from clinic.embedded.broker import Broker
from clinic.embedded.errors import DidNotStart
from clinic.embedded.places import Places
from clinic.embedded.ports import LOOPBACK, free_port, wait_until_listening
from clinic.embedded.postgres import APP, OWNER, Cluster
from clinic.embedded.processes import Child, Lifeline

MAIL_SECONDS = 20


@dataclass(frozen=True)
class UsualPorts:
    """Inner ports follow the web port, so that each clone on a machine finds its own free again."""

    web: int

    def near(self, first: int) -> int:
        return first + (self.web - 8000) % 1000

    @property
    def postgres(self) -> int:
        return self.near(15432)

    @property
    def redis(self) -> int:
        return self.near(17379)

    @property
    def smtp(self) -> int:
        return self.near(19025)

    @property
    def mail_page(self) -> int:
        return self.near(21025)


class Services:
    """PostgreSQL, Redis and the mail catcher. One whose address is given (DATABASE_URL, ...) is not started."""

    def __init__(
        self,
        given: Mapping[str, str],
        *,
        places: Places,
        lifeline: Lifeline,
        web_port: int,
        durable: bool = True,
    ) -> None:
        self._given = {name: value for name, value in given.items() if value}
        self._places = places
        self._lifeline = lifeline
        self._web_port = web_port
        self._usual = UsualPorts(web_port)
        self.cluster = (
            None
            if "DATABASE_URL" in self._given
            else Cluster(places.postgres, lifeline=lifeline, log=places.log("postgres"), durable=durable)
        )
        self.broker = None if "REDIS_URL" in self._given else Broker(lifeline=lifeline, log=places.log("redis"))
        self.mail: Child | None = None
        self._smtp_port = self.mail_page_port = 0

    def start_database(self) -> Child | None:
        """Returns the server, or None where the environment names another. Raises: EmbeddedProblem."""
        if self.cluster is None:
            return None
        self.cluster.start(self.cluster.port or self._usual.postgres)
        return self.cluster.server

    def start_broker(self) -> Child | None:
        """Returns the server, or None where the environment names another. Raises: EmbeddedProblem."""
        if self.broker is None:
            return None
        self.broker.start(self.broker.port or self._usual.redis)
        return self.broker.server

    def start_mail(self) -> Child | None:
        """Returns the catcher, or None where mail really goes out. Raises: DidNotStart."""
        if "EMAIL_URL" in self._given:
            return None
        self._smtp_port = free_port((self._smtp_port or self._usual.smtp,))
        self.mail_page_port = free_port((self.mail_page_port or self._usual.mail_page,))
        self.mail = self._child(
            "mail",
            programs.mail_catcher(smtp_port=self._smtp_port, page_port=self.mail_page_port, folder=self._places.mail),
        )
        for port in (self._smtp_port, self.mail_page_port):
            if not wait_until_listening(port, seconds=MAIL_SECONDS, unless=self.mail.has_ended):
                raise DidNotStart("The mail catcher", f"nothing answers on port {port}", self.mail.log)
        return self.mail

    @property
    def mail_page(self) -> str:
        """Returns an empty text where mail really goes out."""
        return f"http://{LOOPBACK}:{self.mail_page_port}/" if self.mail else ""

    def variables(self, *, as_owner: bool = False) -> dict[str, str]:
        """What the clinic's processes are told. Args: as_owner: for migrations; everything else owns no table."""
        told = {
            "CLINIC_PORT": str(self._web_port),
            "CLINIC_DATA_DIR": str(self._places.root),
            "SECRET_KEY": self._given.get("SECRET_KEY") or self._places.secret_key(),
        }
        if self.cluster:
            told["DATABASE_URL"] = self.cluster.url(OWNER if as_owner else APP)
            told["CLINIC_APP_ROLE"] = APP
        elif as_owner and "CLINIC_OWNER_DATABASE_URL" in self._given:
            told["DATABASE_URL"] = self._given["CLINIC_OWNER_DATABASE_URL"]
        else:
            told["DATABASE_URL"] = self._given["DATABASE_URL"]
        told["REDIS_URL"] = self.broker.url if self.broker else self._given["REDIS_URL"]
        told["EMAIL_URL"] = f"smtp://{LOOPBACK}:{self._smtp_port}" if self.mail else self._given["EMAIL_URL"]
        for name in ("CLINIC_ENV", "CLINIC_APP_ROLE", "CLINIC_PUBLIC_URL", "CLINIC_ALLOWED_HOSTS", "CLINIC_FROM_EMAIL"):
            if name in self._given:
                told.setdefault(name, self._given[name])
        return told

    def run(self, name: str, arguments: list[str], *, as_owner: bool = False) -> Child:
        """One of the clinic's own programs, started. Its log is named after it."""
        return self._child(name, arguments, self.variables(as_owner=as_owner))

    def stop(self) -> None:
        """The services have ended in good order; those of others are left alone."""
        if self.mail:
            self.mail.stop(3)
        if self.broker:
            self.broker.stop()
        if self.cluster:
            self.cluster.stop()

    def _child(self, name: str, arguments: list[str], variables: Mapping[str, str] | None = None) -> Child:
        inherited = {key: value for key, value in self._given.items() if key != "CLINIC_OWNER_DATABASE_URL"}
        return Child(
            name,
            arguments,
            lifeline=self._lifeline,
            log=self._places.log(name),
            folder=environment.BASE_DIR,
            environment=inherited | {"PYTHONUNBUFFERED": "1", "CLINIC_PROCESS": name} | dict(variables or {}),
        )
