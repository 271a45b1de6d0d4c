"""The policy table as it is meant, written out once more: a change of it is a change of this test."""

from __future__ import annotations

import pytest

from tests.cast import OURS, Cast
from units.actors import Actor
from units.errors import NotAllowed
from units.models import Membership, Unit, User
from units.policy import POLICY, Act, Role, acts_of

ALL = set(Role)
DESK = {Role.COORDINATOR, Role.NURSE, Role.DOCTOR}
MEANT: dict[Act, set[Role]] = {
    Act.VIEW_PATIENTS: ALL,
    Act.RECORD_ANSWER: {Role.COORDINATOR, Role.NURSE, Role.DOCTOR},
    Act.PRINT_LETTERS: {Role.COORDINATOR, Role.NURSE},
    Act.PRINT_DOWNTIME_LIST: DESK,
    Act.EDIT_PATIENTS: DESK,
    Act.IMPORT_PATIENTS: {Role.COORDINATOR, Role.ADMINISTRATOR},
    Act.VIEW_PLANS: ALL,
    Act.EDIT_PLANS: {Role.DOCTOR},
    Act.HOLD_PLAN: {Role.DOCTOR},
    Act.SWITCH_PROTOCOL: {Role.DOCTOR},
    Act.RECORD_DEATH: {Role.NURSE, Role.DOCTOR},
    Act.UNDO_DEATH: {Role.DOCTOR},
    Act.OVERRIDE_DOSE_LIMITS: {Role.DOCTOR},
    Act.OVERRIDE_READINESS: {Role.DOCTOR},
    Act.RECORD_CONSENT: {Role.NURSE, Role.DOCTOR},
    Act.RECORD_CHECK: {Role.NURSE, Role.DOCTOR},
    Act.RECORD_MEDICINES: {Role.NURSE, Role.DOCTOR, Role.PHARMACIST},
    Act.RECORD_AUTHORISATION: DESK | {Role.PHARMACIST},
    Act.VIEW_SCHEDULE: ALL,
    Act.BOOK: DESK,
    Act.CLOSE: DESK | {Role.ADMINISTRATOR},
    Act.SQUEEZE_IN: {Role.NURSE, Role.DOCTOR},
    Act.RECORD_ARRIVAL: DESK,
    Act.RECORD_ADMINISTRATION: {Role.NURSE, Role.DOCTOR},
    Act.VIEW_MESSAGES: DESK | {Role.MANAGER, Role.ADMINISTRATOR},
    Act.WORK_WORKLIST: DESK | {Role.PHARMACIST},
    Act.WRITE_NOTES: DESK | {Role.PHARMACIST},
    Act.VIEW_HISTORY: {Role.DOCTOR, Role.MANAGER, Role.ADMINISTRATOR},
    Act.SET_UP_UNIT: {Role.ADMINISTRATOR},
    Act.SET_UP_PROTOCOLS: {Role.ADMINISTRATOR},
    Act.SET_UP_MESSAGES: {Role.ADMINISTRATOR},
    Act.SET_UP_STAFF: {Role.ADMINISTRATOR},
}


def test_table_is_as_meant() -> None:
    assert {act: {role for role in Role if act in POLICY[role]} for act in Act} == MEANT


def test_nobody_both_sets_up_and_treats() -> None:
    """Whoever gives out roles has no hand in the treatment."""
    assert not POLICY[Role.ADMINISTRATOR] & {Act.BOOK, Act.RECORD_ADMINISTRATION, Act.OVERRIDE_DOSE_LIMITS}


def test_roles_add_up() -> None:
    both = acts_of(frozenset({Role.PHARMACIST, Role.MANAGER}))
    assert both == POLICY[Role.PHARMACIST] | POLICY[Role.MANAGER]
    assert acts_of(frozenset()) == frozenset()


@pytest.mark.parametrize("who", OURS)
def test_actor_may_what_the_role_carries_in_its_unit_only(cast: Cast, who: str) -> None:
    actor = cast.actor(who)
    for act in Act:
        assert actor.may(act, cast.unit.pk) == (act in POLICY[Role(who)])
        assert not actor.may(act, cast.other_unit.pk)
        assert actor.units_for(act) == (frozenset({cast.unit.pk}) if act in POLICY[Role(who)] else frozenset())


def test_actor_with_two_units_has_each_units_rights_there(cast: Cast) -> None:
    Membership.objects.create(user=cast.nurse, unit=cast.other_unit, role=Role.MANAGER)
    actor = cast.actor("nurse")
    assert actor.may(Act.BOOK, cast.unit.pk)
    assert not actor.may(Act.BOOK, cast.other_unit.pk)
    assert actor.may(Act.VIEW_HISTORY, cast.other_unit.pk)
    assert actor.units_for(Act.VIEW_PATIENTS) == {cast.unit.pk, cast.other_unit.pk}


def test_refusal_says_whom_to_ask(cast: Cast) -> None:
    with pytest.raises(NotAllowed) as refused:
        cast.actor("manager").require(Act.BOOK, cast.unit.pk)
    assert refused.value.sentence == "Your role here does not book visits. Ask a coordinator."


def test_closed_accounts_and_closed_units_give_no_rights(cast: Cast) -> None:
    User.objects.filter(pk=cast.nurse.pk).update(is_active=False)
    cast.nurse.refresh_from_db()
    assert cast.actor("nurse").roles == {}
    Unit.objects.filter(pk=cast.unit.pk).update(is_active=False)
    assert cast.actor("doctor").roles == {}


def test_nobody_and_the_installer_may_nothing(cast: Cast) -> None:
    for actor in (Actor.nobody(), cast.actor("loner"), cast.actor("installer")):
        assert not any(actor.may_anywhere(act) for act in Act)
    assert Actor.system("sweep").may(Act.BOOK, cast.unit.pk)
