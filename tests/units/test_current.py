"""The unit a page is about."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from pytest_django import DjangoAssertNumQueries

from tests.cast import Cast
from units.actors import Actor
from units.current import choose_unit, current_unit
from units.errors import NotAllowed, NotFound
from units.models import Membership, Unit
from units.policy import Act, Role
from units.selectors import unit_by_public_id, units_of


def request_of(actor: Actor) -> HttpRequest:
    request = HttpRequest()
    request.actor = actor
    request.session = SessionStore()
    return request


@pytest.fixture
def both(cast: Cast) -> Cast:
    """The nurse works in the other unit as well."""
    Membership.objects.create(user=cast.nurse, unit=cast.other_unit, role=Role.NURSE)
    return cast


def test_first_of_ones_units_by_name(both: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):  # with the roles
        request = request_of(both.actor("nurse"))
        assert current_unit(request) == both.unit
        assert current_unit(request) == both.unit


def test_choice_is_kept_in_the_session(both: Cast) -> None:
    request = request_of(both.actor("nurse"))
    assert choose_unit(request, both.other_unit.public_id) == both.other_unit
    assert current_unit(request) == both.other_unit
    later = request_of(both.actor("nurse"))
    later.session = request.session
    assert current_unit(later) == both.other_unit


def test_choice_ends_with_the_role(both: Cast) -> None:
    request = request_of(both.actor("nurse"))
    choose_unit(request, both.other_unit.public_id)
    both.nurse.memberships.filter(unit=both.other_unit).delete()
    later = request_of(both.actor("nurse"))
    later.session = request.session
    assert current_unit(later) == both.unit


def test_another_unit_cannot_be_chosen(cast: Cast) -> None:
    for public_id in (cast.other_unit.public_id, uuid.uuid4()):
        with pytest.raises(NotFound):
            choose_unit(request_of(cast.actor("nurse")), public_id)


def test_without_a_role_there_is_no_unit(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        current_unit(request_of(cast.actor("loner")))


def test_units_of_an_act(both: Cast) -> None:
    Membership.objects.create(user=both.nurse, unit=both.other_unit, role=Role.ADMINISTRATOR)
    actor = both.actor("nurse")
    assert list(units_of(actor)) == [both.unit, both.other_unit]
    assert list(units_of(actor, Act.SET_UP_UNIT)) == [both.other_unit]
    assert set(units_of(Actor.system("sweep"))) == set(Unit.objects.all())
    with pytest.raises(NotFound):
        unit_by_public_id(actor, both.unit.public_id, Act.SET_UP_UNIT)
