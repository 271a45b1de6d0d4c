"""Checks docker-compose.yml where no Docker is at hand: the Compose specification, then our own rules.

    python scripts/check_compose.py [FILE]

A sentence a fault, and exit code 1 where there is one. The specification's schema is deploy/compose-spec/ (Apache-2.0).
A service to which a rule does not apply says why under `x-why-not`, by the rule's name; the rules are in `RULES`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = ROOT / "docker-compose.yml"
SCHEMA = ROOT / "deploy" / "compose-spec" / "compose-spec.json"
EXAMPLE = ROOT / "deploy" / "production.env.example"

PROXY, MIGRATE, POSTGRES, BEAT = "proxy", "migrate", "postgres", "beat"
APP_SERVICES = ("web", "mailer", "worker", BEAT)
OURS = (MIGRATE, *APP_SERVICES)
# They alone may know the owner's and the administrator's passwords.
TRUSTED = {
    "CLINIC_OWNER_PASSWORD": {MIGRATE, POSTGRES},
    "POSTGRES_PASSWORD": {POSTGRES},
    "clinic_owner": {MIGRATE, POSTGRES},
}
SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|_URL$|AUTH$")
# ${NAME}, ${NAME:-default}, ${NAME:?message}
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<kind>:?[-?+])(?P<rest>[^}]*))?\}")
REASON_WORDS = 5
POSTGRES_DATA = "/var/lib/postgresql"

Service = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """A key given twice is refused, as Compose does; YAML itself would quietly take the last."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        keys = [str(key.value) for key, _ in node.value]
        for key, _ in node.value:
            if keys.count(str(key.value)) > 1:
                raise yaml.MarkedYAMLError(problem=f"{key.value} is given twice", problem_mark=key.start_mark)
        return node


def read(text: str) -> object:
    """The file's content, with anchors and merges resolved. Raises: yaml.YAMLError."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506  a SafeLoader


def faults_of(compose: object, example: str) -> list[str]:
    """What is wrong with a Compose file, a sentence each; empty where nothing is.

    Args: example: the text of the env file that a person fills in.
    """
    found = list(_against_schema(compose))
    if found or not isinstance(compose, dict):
        return found  # our rules read what the schema promises
    services: dict[str, Service] = compose.get("services", {})
    for name, service in services.items():
        found += _of_service(name, service)
        found += _of_references(name, service, compose)
    found += _of_cast(services)
    found += _of_secrets(services)
    found += _of_beat(services)
    found += _of_variables(compose, example)
    return found


@cache
def _validator() -> Any:
    return jsonschema_rs.validator_for(json.loads(SCHEMA.read_text(encoding="utf-8")))


def _against_schema(compose: object) -> Iterator[str]:
    for error in _validator().iter_errors(compose):
        place = ".".join(str(step) for step in error.instance_path) or "the file"
        yield f"{place} is against the Compose specification: {error.message}."


# --- rules for each service -------------------------------------------------------------------------------------------


def _root(service: Service) -> str:
    user = str(service.get("user", "")).split(":", maxsplit=1)[0]
    if not user:
        return "does not say as whom it runs; set `user`"
    return "runs as root" if user in {"root", "0"} else ""


def _healthcheck(service: Service) -> str:
    check = service.get("healthcheck", {})
    test = check.get("test")
    is_off = check.get("disable") or not test or test == "NONE" or (isinstance(test, list) and test[0] == "NONE")
    return "has no health check" if is_off else ""


def _ports(service: Service) -> str:
    if service.get("network_mode") == "host":
        return "stands on the host's network, so all its ports are open"
    return "publishes ports; only the proxy may" if service.get("ports") else ""


def _restart(service: Service) -> str:
    return "" if service.get("restart") in {"unless-stopped", "always"} else "is not started again when it ends"


def _read_only(service: Service) -> str:
    return "" if service.get("read_only") is True else "may write to its own file system; set `read_only`"


def _capabilities(service: Service) -> str:
    if service.get("privileged"):
        return "is privileged"
    return "" if service.get("cap_drop") == ["ALL"] else "keeps capabilities; set `cap_drop: [ALL]`"


def _new_privileges(service: Service) -> str:
    options = {str(option).replace("=", ":") for option in service.get("security_opt", [])}
    return "" if options & {"no-new-privileges:true", "no-new-privileges"} else "may gain privileges"


def _logging(service: Service) -> str:
    options = service.get("logging", {}).get("options", {})
    return "" if {"max-size", "max-file"} <= set(options) else "may fill the disk with its log"


def _image(service: Service) -> str:
    image = str(service.get("image", ""))
    tag = VARIABLE.sub("tag", image).rpartition("/")[2].partition(":")[2]
    return f"has no fixed version of its image ({image or 'none'})" if tag in {"", "latest"} else ""


RULES = {
    "root": _root,
    "healthcheck": _healthcheck,
    "ports": _ports,
    "restart": _restart,
    "read_only": _read_only,
    "capabilities": _capabilities,
    "new_privileges": _new_privileges,
    "logging": _logging,
    "image": _image,
}


def _of_service(name: str, service: Service) -> Iterator[str]:
    reasons = service.get("x-why-not", {})
    for rule, look in RULES.items():
        fault = "" if rule == "ports" and name == PROXY else look(service)
        if fault and rule not in reasons:
            yield f"{name} {fault}."
        elif fault and len(str(reasons[rule]).split()) < REASON_WORDS:
            yield f"{name} {fault}, and x-why-not gives no reason in words."
        elif not fault and rule in reasons:
            yield f"{name} says why it does without {rule}, and does not: remove the reason."
    for rule in reasons.keys() - RULES.keys():
        yield f"{name} gives a reason for {rule}, which is no rule; there are {', '.join(RULES)}."
    if "ports" in reasons:
        yield f"{name} may not publish ports for any reason; the proxy does."


def _of_references(name: str, service: Service, compose: Service) -> Iterator[str]:
    """What a service names must be there: the schema alone does not look."""
    for kind in ("networks", "volumes"):
        for used in _named(service, kind):
            if used not in compose.get(kind, {}):
                yield f"{name} uses the {kind[:-1]} {used}, which the file does not declare."
    needs = service.get("depends_on", {})
    if isinstance(needs, list):
        yield f"{name} waits for {', '.join(needs)} to be started, not to be ready; give each a condition."
        return
    for other, how in needs.items():
        target = compose["services"].get(other)
        if target is None:
            yield f"{name} waits for {other}, which is no service."
        elif how["condition"] == "service_healthy" and _healthcheck(target):
            yield f"{name} waits for {other} to be healthy, which has no health check."
        elif how["condition"] == "service_completed_successfully" and not _restart(target):
            yield f"{name} waits for {other} to end, which is started again whenever it ends."


def _named(service: Service, kind: str) -> Iterator[str]:
    """The networks, or the named volumes, of a service; a path of the host is neither."""
    for entry in service.get(kind, []):
        if isinstance(entry, dict):
            source = entry.get("source", "") if entry.get("type") == "volume" else ""
        else:
            source = entry if kind == "networks" else entry.partition(":")[0]
        if source and not source.startswith((".", "/", "~", "$")):
            yield source


# --- rules for the whole ----------------------------------------------------------------------------------------------


def _of_cast(services: dict[str, Service]) -> Iterator[str]:
    missing = [name for name in (*OURS, POSTGRES, "redis", PROXY) if name not in services]
    if missing:
        yield f"There is no service {', '.join(missing)}."
    for name in OURS:
        service = services.get(name, {})
        if service and _environment(service).get("CLINIC_ENV") != "production":
            yield f"{name} does not run with CLINIC_ENV=production, so it would start without its secrets."
        if service and service.get("image") != services.get("web", {}).get("image"):
            yield f"{name} and web run different images."
    for name in APP_SERVICES:
        conditions = services.get(name, {}).get("depends_on", {})
        if name in services and (
            not isinstance(conditions, dict)
            or conditions.get(MIGRATE, {}).get("condition") != "service_completed_successfully"
        ):
            yield f"{name} does not wait until the migrations are done."
    if POSTGRES in services:
        mounts = [str(volume).split(":")[:2] for volume in services[POSTGRES].get("volumes", [])]
        if not any(mount[1:] == [POSTGRES_DATA] and mount[0][:1].isalpha() for mount in mounts):
            yield f"postgres keeps no named volume at {POSTGRES_DATA}, so its data would go with the container."


def _of_secrets(services: dict[str, Service]) -> Iterator[str]:
    for name, service in services.items():
        if "env_file" in service:
            yield f"{name} takes a whole env file, and with it passwords that are not its own."
        for text in _texts({key: value for key, value in service.items() if key != "x-why-not"}):
            for word, trusted in TRUSTED.items():
                if name not in trusted and re.search(rf"\b{word}\b", text):
                    yield f"{name} is told {word}, which is for {' and '.join(sorted(trusted))} only."
        for variable, value in _environment(service).items():
            if SECRET_NAME.search(variable) and not VARIABLE.search(value):
                yield f"{name} has {variable} written into the file; it belongs into .env."
        database = _environment(service).get("DATABASE_URL", "")
        if name in APP_SERVICES and not database.startswith("postgresql://clinic_app:"):
            yield f"{name} does not connect as clinic_app."


def _of_beat(services: dict[str, Service]) -> Iterator[str]:
    clocks = []
    for name, service in services.items():
        command = service.get("command") or []
        words = command.split() if isinstance(command, str) else [str(word) for word in command]
        if "celery" not in words:
            continue
        if "beat" in words:
            clocks.append(name)
        if {"-B", "--beat"} & set(words):
            yield f"{name} is a worker with a clock of its own; beat is single."
    if len(clocks) != 1:
        yield f"Beat is single, and here {', '.join(clocks) or 'no service'} runs it."
    for name in clocks:
        service = services[name]
        if service.get("deploy", {}).get("replicas") != 1 or service.get("scale", 1) != 1:
            yield f"{name} is not held to one container; set `deploy: {{replicas: 1}}` and no other `scale`."


def _is_left_out(match: re.Match[str]) -> bool:
    """An address that may be missing: empty counts as unset, and the processes themselves demand those they need."""
    return match["name"].endswith("_URL") and not match["rest"]


def _of_variables(compose: Service, example: str) -> Iterator[str]:
    """Each variable has a default or is demanded; the file that people fill in explains them all, and no others."""
    explained = set(re.findall(r"^#?(\w+)=", example, flags=re.MULTILINE))
    used: set[str] = set()
    for text in _texts(compose):
        for match in VARIABLE.finditer(text):
            used.add(match["name"])
            if match["kind"] not in {":?", ":-"}:
                yield f"{match[0]} may be empty; write a default (:-) or demand it (:?)."
            elif match["kind"] == ":-" and SECRET_NAME.search(match["name"]) and not _is_left_out(match):
                yield f"{match['name']} has a default that everybody knows; demand it (:?)."
    if used - explained:
        yield f"{EXAMPLE.name} does not explain {', '.join(sorted(used - explained))}."
    if explained - used:
        yield f"{EXAMPLE.name} explains {', '.join(sorted(explained - used))}, which nothing uses."


def _environment(service: Service) -> dict[str, str]:
    given = service.get("environment", {})
    if isinstance(given, list):
        given = dict(entry.partition("=")[::2] for entry in given)
    return {name: str("" if value is None else value) for name, value in given.items()}


def _texts(value: object) -> Iterator[str]:
    """Every text in it, keys included."""
    if isinstance(value, dict):
        for key, content in value.items():
            yield str(key)
            yield from _texts(content)
    elif isinstance(value, list):
        for content in value:
            yield from _texts(content)
    elif isinstance(value, str):
        yield value


def main(arguments: list[str]) -> int:
    """Returns 0 where the file is in order."""
    path = Path(arguments[0]) if arguments else COMPOSE
    try:
        compose = read(path.read_text(encoding="utf-8"))
        example = EXAMPLE.read_text(encoding="utf-8")
    except (OSError, yaml.YAMLError) as error:
        print(f"{path.name} cannot be read: {error}", file=sys.stderr)
        return 1
    found = list(dict.fromkeys(faults_of(compose, example)))
    for fault in found:
        print(f"{path.name}: {fault}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
