"""The description of the API is true and complete, and its page runs no inline script."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from api.problems import CONTENT_TYPE
from tests.api.conftest import Caller


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return [(path, method, found) for path, methods in paths.items() for method, found in methods.items()]


def test_description_has_no_warning(tmp_path: Any) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yaml"), stderr=StringIO())


def test_every_refusal_is_described_as_a_problem_document() -> None:
    for path, method, found in operations():
        refusals = {code: answer for code, answer in found["responses"].items() if int(code) >= 400}
        assert {"403", "404"} <= refusals.keys(), (method, path)
        for code, answer in refusals.items():
            assert list(answer["content"]) == [CONTENT_TYPE], (method, path, code)


def test_every_operation_has_a_name_and_a_summary() -> None:
    names = [found["operationId"] for _path, _method, found in operations()]
    assert len(names) == len(set(names))
    assert all(found["summary"] for _path, _method, found in operations())


def test_page_runs_under_the_strict_policy(caller: Callable[[str], Caller]) -> None:
    response = caller("nurse").get("docs/")
    page = response.content.decode()
    assert response.status_code == 200
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    assert not re.search(r"<style|style=|<script(?![^>]*\bsrc=)|\son\w+=", page)
    script = caller("nurse").get("docs/", script="")
    assert script.headers["Content-Type"].startswith("application/javascript")


@pytest.mark.django_db
def test_page_leads_to_the_sign_in() -> None:
    response = Client().get("/api/v1/docs/")
    assert response.status_code == 302
    assert response.headers["Location"] == "/sign-in/?next=/api/v1/docs/"


@pytest.mark.django_db
def test_description_is_for_staff() -> None:
    response = Client().get("/api/v1/schema/")
    assert response.status_code == 403
