"""Every address, asked by everybody: each role, another unit's staff, somebody without a role, a stranger.

`routes.py` holds a rule for each address; one without a rule fails here, so that no page is added unprotected.

Every day each address is asked by everybody it must refuse, and by the first and the last role of ours that get in;
the deep walk asks by everybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from drf_spectacular.generators import SchemaGenerator

from desk.titles import title_of_route
from tests.access.routes import OLD_ADDRESS, RULES, WITHOUT_RULE, Rule
from tests.access.world import RECORDS, World
from tests.cast import OURS, THEIRS, signed_in
from tests.ward import NOW

PERSONAS = (*OURS, *THEIRS, "loner", "installer", "outsider")
IN, REFUSED, MISSING, SIGN_IN = "gets in", "is refused", "finds nothing", "is sent to sign in"


# --- what there is ---------------------------------------------------------------------------------------------------
def routes() -> Iterator[str]:
    """Every address by its name with its namespace, or by its pattern where it has no name."""

    def walk(resolver: URLResolver, namespace: str) -> Iterator[str]:
        for entry in resolver.url_patterns:
            if isinstance(entry, URLResolver):
                yield from walk(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
            elif isinstance(entry, URLPattern) and (entry.name or str(entry.pattern) != OLD_ADDRESS):
                yield f"{namespace}{entry.name or entry.pattern}"

    return walk(get_resolver(), "")


def test_every_address_has_a_rule() -> None:
    assert sorted(set(routes()) - set(RULES) - set(WITHOUT_RULE)) == []


def test_every_rule_has_an_address() -> None:
    assert sorted((set(RULES) | set(WITHOUT_RULE)) - set(routes())) == []


# --- who asks, and what they get -------------------------------------------------------------------------------------
@dataclass
class Walk:
    """The world, a browser, and the cookies of each persona's sign-in."""

    world: World
    client: Client
    cookies: dict[str, Any]
    told_at_the_door: dict[str, HttpResponse] = field(default_factory=dict)

    def ask(self, who: str, name: str, rule: Rule) -> HttpResponse:
        """The answer; whatever it changed is rolled back."""
        client = self.client
        client.cookies = SimpleCookie(self.cookies[who])
        ask = getattr(client, rule.method.lower())
        sent: Any = rule.sent(self.world) if rule.sent else {}
        headers = {"accept": "application/json"} if rule.is_api else {}
        more = {"content_type": "application/json"} if rule.is_api and rule.method != "GET" else {}
        with rolled_back():
            response: HttpResponse = ask(self.address(name, rule), sent, headers=headers, **more)
            if response.status_code == 302 and response.headers["Location"].startswith("/admin/login/"):
                response = self.at_the_admins_door(who, response.headers["Location"])
        return response

    def at_the_admins_door(self, who: str, address: str) -> HttpResponse:
        """What somebody is told there, asked once: it is the same wherever they came from."""
        if who not in self.told_at_the_door:
            self.told_at_the_door[who] = self.client.get(address)
        return self.told_at_the_door[who]

    def address(self, name: str, rule: Rule) -> str:
        value = RECORDS[rule.record](self.world) if rule.record else None
        if isinstance(value, dict):
            return reverse(name, kwargs=value)
        return reverse(name, args=[] if value is None else [value])


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def walk(django_db_setup: None, django_db_blocker: Any) -> Iterator[Walk]:
    """One world for the whole walk, and one description of the API, which takes half a second to draw up."""
    described = mock.patch.object(SchemaGenerator, "get_schema", return_value=SchemaGenerator().get_schema(public=True))
    with described, time_machine.travel(NOW), django_db_blocker.unblock(), rolled_back():
        world = World()
        cookies: dict[str, Any] = {"outsider": {}}  # a stranger brings none
        for who in PERSONAS[:-1]:
            brought = signed_in(getattr(world.cast, who)).cookies
            cookies[who] = {name: morsel.value for name, morsel in brought.items()}
        yield Walk(world, Client(), cookies)


def verdict(response: HttpResponse) -> str:
    match response.status_code:
        case 401 | 403:
            return REFUSED
        case 404:
            return MISSING
        case 302 if response.headers["Location"].startswith("/sign-in/"):
            return SIGN_IN
        case 200 | 201 | 204 | 302 | 400 | 409 | 422:
            return IN
    return f"is answered {response.status_code}"


def expected(who: str, rule: Rule) -> str:
    """What follows from the rule for this person."""
    role = who.removeprefix("other_")
    if who == "outsider" and who not in rule.who:
        return REFUSED if rule.is_api else SIGN_IN
    if role not in rule.who:
        return REFUSED
    if who in THEIRS and rule.is_about_ours and not rule.is_shared:
        return MISSING
    return IN


@pytest.mark.parametrize("name", sorted(RULES))
def test_walk(walk: Walk, name: str) -> None:
    assert walked(walk, name) == {}


@pytest.mark.deep
@pytest.mark.parametrize("name", sorted(RULES))
def test_walk_of_everybody(walk: Walk, name: str) -> None:
    assert walked(walk, name, everybody=True) == {}


def walked(walk: Walk, name: str, *, everybody: bool = False) -> dict[str, str]:
    """What is not as the address's rules say, by who asked and how."""
    told = {}
    for rule in RULES[name]:
        for who in PERSONAS if everybody else asked_every_day(rule):
            response = walk.ask(who, name, rule)
            wanted, found = expected(who, rule), verdict(response)
            # Whoever may not see a record may as well be told that there is none.
            if found != wanted and not (wanted == REFUSED and found == MISSING and rule.record):
                told[f"{who}, {rule.method}"] = f"{found}, should be: {wanted} ({response.status_code})"
            if found == IN and rule.method == "GET" and name.startswith("desk:"):
                told |= wrong_title(name, response, walk.world.names)
            if who not in OURS:
                body = response.content.decode(errors="replace") if not response.streaming else ""
                told |= {f"{who}, {rule.method}: reads": patient for patient in walk.world.names if patient in body}
    return told


def wrong_title(name: str, response: HttpResponse, patients: Sequence[str]) -> dict[str, str]:
    """What is wrong with what the browser calls the page: of a patient it says which page, and nothing else."""
    body = "" if response.streaming else response.content.decode(errors="replace")
    title = re.search("<title>(.*?)</title>", body, re.DOTALL)
    if title is None or response.status_code != 200:
        return {}
    words, own = " ".join(title[1].split()), str(title_of_route(name.removeprefix("desk:")))
    is_of_a_patient = 'class="banner banner--full' in body
    is_right = words == f"{own} · Infusion clinic" if own else not is_of_a_patient or name == "desk:patient"
    is_quiet = not any(patient in words for patient in patients)
    return {} if is_right and is_quiet else {f"title of {name}": words}


def asked_every_day(rule: Rule) -> Sequence[str]:
    """Everybody, but of our own who get in the first and the last only."""
    between = [who for who in OURS if expected(who, rule) == IN][1:-1]
    return [who for who in PERSONAS if who not in between]
