"""The Compose file keeps the specification and our rules, and each rule is kept by a check that sees it broken."""

from __future__ import annotations

import copy
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clinic.embedded import programs
from clinic.environment import BASE_DIR
from scripts import check_compose
from tests.deploy.production import dockerfile_command, interpolate

EXAMPLE = check_compose.EXAMPLE.read_text(encoding="utf-8")
Compose = dict[str, Any]


@pytest.fixture(scope="module")
def shipped() -> Compose:
    content = check_compose.read(check_compose.COMPOSE.read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def test_the_shipped_file_is_in_order(shipped: Compose) -> None:
    assert check_compose.faults_of(shipped, EXAMPLE) == []


def test_as_a_command_it_tells_right_from_wrong(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "scripts/check_compose.py", *arguments],
            cwd=BASE_DIR,
            capture_output=True,
            text=True,
            check=False,
        )

    assert (run().returncode, run().stderr) == (0, "")
    broken = tmp_path / "broken.yml"
    broken.write_text("services:\n  web: {image: x}\n  web: {image: y}\n")
    refused = run(str(broken))
    assert refused.returncode == 1
    assert "web is given twice" in refused.stderr
    assert "Traceback" not in refused.stderr
    broken.write_text("services: [")
    assert run(str(broken)).returncode == run(str(tmp_path / "none.yml")).returncode == 1


def _set(service: str, **values: object) -> Callable[[Compose], None]:
    return lambda compose: compose["services"][service].update(values)


def _drop(service: str, key: str) -> Callable[[Compose], None]:
    return lambda compose: compose["services"][service].pop(key)


def _tell(service: str, **values: str) -> Callable[[Compose], None]:
    return lambda compose: compose["services"][service]["environment"].update(values)


def _second_beat(compose: Compose) -> None:
    compose["services"]["clock"] = copy.deepcopy(compose["services"]["beat"])


def _remove(*path: str) -> Callable[[Compose], None]:
    def act(compose: Compose) -> None:
        for step in path[:-1]:
            compose = compose[step]
        del compose[path[-1]]

    return act


OWNER_URL = "postgresql://clinic_owner:${CLINIC_OWNER_PASSWORD:?is missing}@postgres:5432/clinic"
BROKEN: dict[str, tuple[Callable[[Compose], None], str]] = {
    "an unknown key": (_set("web", restrat="always"), "against the Compose specification"),
    "a wrong type": (_set("web", environment=7), "against the Compose specification"),
    "an unknown condition": (
        _set("web", depends_on={"migrate": {"condition": "service_happy"}}),
        "against the Compose specification",
    ),
    "no user": (_drop("worker", "user"), "worker does not say as whom it runs"),
    "root": (_set("worker", user="0:0"), "worker runs as root"),
    "root by name": (_set("proxy", user="root"), "proxy runs as root"),
    "no health check": (_drop("redis", "healthcheck"), "redis has no health check"),
    "a health check switched off": (_set("web", healthcheck={"disable": True}), "web has no health check"),
    "a health check of nothing": (_set("web", healthcheck={"test": ["NONE"]}), "web has no health check"),
    "a published database": (_set("postgres", ports=["5432:5432"]), "postgres publishes ports"),
    "a published web": (_set("web", ports=["8000:8000"]), "web publishes ports"),
    "ports with an excuse": (
        _set("web", ports=["8000:8000"], **{"x-why-not": {"ports": "It is so very handy for us."}}),
        "web may not publish ports for any reason",
    ),
    "the host's network": (lambda c: (_drop("web", "networks")(c), _set("web", network_mode="host")(c))[0], "host's"),
    "no restart": (_set("worker", restart="no"), "worker is not started again"),
    "a writable file system": (_drop("beat", "read_only"), "beat may write"),
    "capabilities": (_drop("web", "cap_drop"), "web keeps capabilities"),
    "privileged": (_set("web", privileged=True), "web is privileged"),
    "new privileges": (_drop("web", "security_opt"), "web may gain privileges"),
    "an endless log": (_drop("web", "logging"), "web may fill the disk"),
    "a floating image": (_set("redis", image="redis:latest"), "redis has no fixed version"),
    "an image without a version": (_set("redis", image="registry.example:5000/redis"), "redis has no fixed version"),
    "an empty excuse": (_set("migrate", **{"x-why-not": {"healthcheck": "no", "restart": "no"}}), "no reason in words"),
    "an excuse too many": (
        _set("web", **{"x-why-not": {"root": "It really needs all the rights there are."}}),
        "web says why it does without root, and does not",
    ),
    "an excuse for no rule": (
        _set("web", **{"x-why-not": {"beauty": "It need not be beautiful to do its work."}}),
        "which is no rule",
    ),
    "an undeclared network": (_set("web", networks=["front", "back"]), "uses the network back"),
    "an undeclared volume": (_set("redis", volumes=["broker:/data"]), "uses the volume broker"),
    "waiting for nobody": (
        lambda compose: compose["services"]["worker"]["depends_on"].update(mail={"condition": "service_healthy"}),
        "waits for mail, which is no service",
    ),
    "waiting for a start only": (_set("proxy", depends_on=["web"]), "not to be ready"),
    "waiting for the end of what does not end": (
        lambda c: c["services"]["web"]["depends_on"].update(redis={"condition": "service_completed_successfully"}),
        "web waits for redis to end",
    ),
    "not waiting for migrations": (
        lambda compose: compose["services"]["beat"]["depends_on"].pop("migrate"),
        "beat does not wait until the migrations are done",
    ),
    "the owner's address": (_tell("web", DATABASE_URL=OWNER_URL), "web is told CLINIC_OWNER_PASSWORD"),
    "the owner's role": (_tell("web", DATABASE_URL=OWNER_URL), "web does not connect as clinic_app"),
    "the owner's password by the way": (
        _tell("worker", PGPASSWORD="${CLINIC_OWNER_PASSWORD:?is missing}"),
        "worker is told CLINIC_OWNER_PASSWORD",
    ),
    "the owner's password in a list": (
        _set("beat", environment=["CLINIC_ENV=production", f"DATABASE_URL={OWNER_URL}"]),
        "beat is told CLINIC_OWNER_PASSWORD",
    ),
    "the administrator's password": (
        _tell("migrate", PGPASSWORD="${POSTGRES_PASSWORD:?is missing}"),
        "migrate is told POSTGRES_PASSWORD",
    ),
    "the whole env file": (_set("web", env_file=[".env"]), "web takes a whole env file"),
    "a password in the file": (_tell("redis", REDISCLI_AUTH="secret"), "REDISCLI_AUTH written into the file"),
    "no production": (_tell("worker", CLINIC_ENV="development"), "worker does not run with CLINIC_ENV=production"),
    "another image": (_set("worker", image="infusion-clinic:old"), "worker and web run different images"),
    "two clocks": (_second_beat, "Beat is single, and here beat, clock runs it"),
    "two containers of the clock": (_set("beat", deploy={"replicas": 2}), "beat is not held to one container"),
    "a scaled clock": (_set("beat", scale=2), "beat is not held to one container"),
    "a worker with a clock": (
        lambda compose: compose["services"]["worker"]["command"].append("--beat"),
        "worker is a worker with a clock",
    ),
    "no clock": (_remove("services", "beat"), "There is no service beat"),
    "data in the container": (_set("postgres", volumes=["database:/var/lib/postgresql/data"]), "keeps no named volume"),
    "data in a nameless volume": (_set("postgres", volumes=["/var/lib/postgresql"]), "keeps no named volume"),
    "a variable that may be empty": (_tell("web", CLINIC_PROCESS="${CLINIC_HOST}"), "${CLINIC_HOST} may be empty"),
    "a secret with a default": (_tell("web", SECRET_KEY="${SECRET_KEY:-x}"), "SECRET_KEY has a default"),
    "an unexplained variable": (_tell("web", NEW="${CLINIC_NEW:-1}"), "does not explain CLINIC_NEW"),
    "a variable nobody uses": (_tell("proxy", CLINIC_TLS="internal"), "CLINIC_TLS, which nothing uses"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_fault_is_seen(shipped: Compose, name: str) -> None:
    act, sentence = BROKEN[name]
    compose = copy.deepcopy(shipped)
    act(compose)
    found = check_compose.faults_of(compose, EXAMPLE)
    assert any(sentence in fault for fault in found), found


def test_a_file_that_is_no_compose_file_is_refused() -> None:
    contents: tuple[object, ...] = ("web", [], {"services": []}, None)
    for content in contents:
        assert check_compose.faults_of(content, EXAMPLE)


def test_every_rule_is_broken_once() -> None:
    """A rule without a broken variant above could be void and nobody would notice."""
    seen = " ".join(sentence for _, sentence in BROKEN.values())
    for word in ("root", "health check", "publishes", "started again", "write", "capabilities", "privileges", "disk"):
        assert word in seen


def test_processes_start_as_they_do_everywhere_else(shipped: Compose) -> None:
    """What `make run` and the races were tested with is what production runs."""

    def words(name: str) -> list[str]:
        processes = {"CLINIC_WORKER_PROCESSES": "2", "CLINIC_MAIL_PROCESSES": "1"}
        return interpolate(shipped["services"][name], processes)["command"]

    def spoken(arguments: list[str]) -> list[str]:
        """`--a=b` and `--a b` are the same."""
        return " ".join(argument.replace("=", " ", 1) for argument in arguments).split()

    assert spoken(words("worker")) == spoken(["celery", *programs.worker()[3:]])
    assert spoken(words("mailer")) == spoken(["celery", *programs.mailer()[3:]])
    assert spoken(words("beat")) == spoken(["celery", *programs.beat()[3:]])
    ours, theirs = dockerfile_command(), programs.web(8000, workers=2)
    for option in ("--interface", "--blocking-threads", "--backpressure"):
        assert ours[ours.index(option) + 1] == theirs[theirs.index(option) + 1]


def test_the_image_holds_every_app_and_no_secret() -> None:
    """What .dockerignore lets through: each app that is imported, and nothing a person fills in."""
    admitted = {
        line.removeprefix("!").strip("/")
        for line in (BASE_DIR / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    project = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())
    assert set(project["tool"]["importlinter"]["root_packages"]) <= admitted
    assert {"manage.py", "static", "templates", "deploy/health.py", "deploy/Caddyfile"} <= admitted
    assert not {name for name in admitted if re.search(r"\.env|deploy$|certificates|\.local|tests", name)}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (BASE_DIR / "Dockerfile").read_text(), flags=re.MULTILINE)
    for name in " ".join(copied).split():
        assert name == "." or name in admitted


def test_the_image_runs_as_nobody_in_particular() -> None:
    stages = (BASE_DIR / "Dockerfile").read_text().split("\nFROM ")[1:]
    for stage in stages[1:]:  # all but that which installs, and is not shipped
        user = re.findall(r"^USER (\S+)$", stage, flags=re.MULTILINE)[-1]
        assert user.split(":")[0] not in {"0", "root"}
        assert "HEALTHCHECK" in stage
    assert "embedded" not in re.findall(r"pip.+install.+", stages[0])[0]


def test_the_manual_explains_every_variable() -> None:
    """Of the environment file, of the environment the clinic reads, and of none besides."""
    manual = (BASE_DIR / "docs" / "operating.md").read_text(encoding="utf-8")
    for source in ("clinic/environment.py", "clinic/settings.py"):
        text = (BASE_DIR / source).read_text(encoding="utf-8")
        for name in re.findall(r'"((?:CLINIC_[A-Z_]+|SECRET_KEY|[A-Z]+_URL))"', text):
            assert f"`{name}`" in manual, name
    for name in re.findall(r"^(\w+)=", EXAMPLE, flags=re.MULTILINE):
        assert f"`{name}`" in manual, name
