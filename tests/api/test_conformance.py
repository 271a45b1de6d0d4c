"""Whatever is asked, the API answers as its own description says: hostile values included, and never with a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
import schemathesis
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed.wsgi import WSGIApplication

    from tests.ward import Ward

PROMISES = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]


_served: dict[str, Any] = {}
"""Drawing the description takes longer than asking an operation: once is enough."""


@pytest.fixture
def application(clock: Any, ward: Ward) -> Iterator[WSGIApplication]:
    """The real WSGI application as a doctor's browser asks it: session and CSRF token go along with every request.

    A doctor, because there is nothing in the API that a doctor may not do.
    """
    from django.conf import settings as house
    from django.core.signals import request_finished, request_started
    from django.db import close_old_connections
    from django.middleware.csrf import _get_new_csrf_string

    from clinic.wsgi import application
    from tests.cast import signed_in

    session = signed_in(ward.cast.doctor).cookies[house.SESSION_COOKIE_NAME].value
    token = _get_new_csrf_string()
    cookies = f"{house.SESSION_COOKIE_NAME}={session}; {house.CSRF_COOKIE_NAME}={token}"

    def signed_in_application(environ: Any, start_response: Any) -> Any:
        # The library reads what it is sent as it is: not compressed.
        own = {"HTTP_COOKIE": cookies, "HTTP_X_CSRFTOKEN": token, "HTTP_ACCEPT_ENCODING": "identity"}
        return application({**environ, **own}, start_response)

    # As Django's own test client does: the requests run inside the test's transaction.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield signed_in_application
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def known(ward: Ward) -> dict[str, UUID]:
    """Records that are there, by the word their path begins with."""
    from scheduling.services import book_appointment
    from tests.ward import TODAY, dose_id, maintenance_patient

    booked, unbooked = maintenance_patient(ward, 1), maintenance_patient(ward, 2)
    visit = book_appointment(
        ward.cast.actor("coordinator"), dose_id=dose_id(booked), wanted=ward.wanted(TODAY, "10:00")
    )
    return {
        "appointments": visit.public_id,
        "doses": dose_id(unbooked),
        "reservations": dose_id(unbooked),
        "patients": booked.public_id,
        "plans": booked.plans.get().public_id,
    }


@pytest.fixture
def described(application: WSGIApplication) -> Any:
    """The description as it is served, but for who may ask: requests are signed in whatever is drawn."""
    from werkzeug import Client

    if not _served:
        _served.update(Client(application).get("/api/v1/schema/?format=json").get_json())
        for methods in _served["paths"].values():
            for operation in methods.values():
                del operation["security"]
    schema = schemathesis.openapi.from_dict(_served)
    schema.app = application
    return schema


def _operations() -> list[str]:
    """Every operation of the description, as `GET /api/v1/patients/`."""
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return sorted(f"{method.upper()} {path}" for path, methods in paths.items() for method in methods)


def _is_uuid(drawn: object) -> bool:
    try:
        UUID(str(drawn))
    except ValueError:
        return False
    return True


EXAMPLES = max(3, settings().max_examples // 20)
"""Five of each kind every day; the deep run asks fifty."""


@pytest.mark.hypothesis
@pytest.mark.parametrize("generated", list(schemathesis.GenerationMode))
@pytest.mark.parametrize("label", _operations())
def test_operation_keeps_its_description(
    label: str, generated: schemathesis.GenerationMode, described: Any, known: dict[str, UUID]
) -> None:
    """Half of the requests name a record that is there, the others whatever was drawn."""
    operation = described.find_operation_by_label(label)
    root = operation.path.split("/")[3]

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generated))
    def ask(case: Any) -> None:
        for name, drawn in case.path_parameters.items():
            if root in known and _is_uuid(drawn) and UUID(drawn).int % 2:
                case.path_parameters[name] = str(known[root])
        response = case.call()
        case.validate_response(response, checks=PROMISES)

    ask()
