"""The admin: protocols are set up as versions; plans and records are only looked at, in one's own units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from doseplans.models import Administration, Dose, DosePlan, Protocol
from doseplans.services import make_new_version
from tests.cast import signed_in

if TYPE_CHECKING:
    from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(cast: Cast) -> Client:
    return signed_in(cast.administrator)


def change_url(protocol: Protocol) -> str:
    return reverse("admin:doseplans_protocol_change", args=[protocol.pk])


def form_of(protocol: Protocol, **changed: Any) -> dict[str, Any]:
    """What a browser would send for the protocol as it stands, with some fields changed."""
    fields = [
        "name",
        "medicine",
        "dose_amount",
        "dose_unit",
        "volume_ml",
        "csf_removed_ml",
        "minimum_age_years",
        "route",
        "source",
    ]
    data: dict[str, Any] = {name: getattr(protocol, name) for name in fields}
    data |= {
        "minimum_interval_days": protocol.minimum_interval_days,
        "minimum_interval_provenance": protocol.minimum_interval_provenance,
        "needs_genetic_test": "on",
    }
    for prefix in ("steps", "gap_tiers", "phases", "gates"):
        rows = getattr(protocol, prefix).all()
        data |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": len(rows)}
        for index, row in enumerate(rows):
            for field in row._meta.fields:
                value = getattr(row, field.attname)
                if value is not None and value is not False:
                    data[f"{prefix}-{index}-{field.name}"] = value
    return {key: "" if value is None else value for key, value in (data | changed).items()}


def errors_in(response: Any) -> list[str]:
    formsets = response.context["inline_admin_formsets"]
    return [str(error) for formset in formsets for error in formset.formset.non_form_errors()]


def test_the_change_page_shows_a_year_of_dates(client: Client, tofersen: Protocol) -> None:
    page = client.get(change_url(tofersen)).content.decode()
    assert "15 doses" in page
    assert "28 days after loading 3, due on" in page
    assert "window: 2 days before to 5 days after (local policy)" in page


def test_a_draft_is_edited(client: Client, cast: Cast, tofersen: Protocol) -> None:
    draft = make_new_version(cast.actor("administrator"), protocol=tofersen)
    response = client.post(change_url(draft), form_of(draft, **{"steps-0-window_after_days": 4}))
    assert response.status_code == 302
    assert draft.steps.get(kind="loading").window_after_days == 4


def test_the_record_says_who_edited(client: Client, cast: Cast, tofersen: Protocol) -> None:
    draft = make_new_version(cast.actor("administrator"), protocol=tofersen)
    client.post(change_url(draft), form_of(draft, **{"steps-0-window_after_days": 4}))
    page = client.get(reverse("admin:doseplans_protocol_history", args=[draft.pk])).content.decode()
    assert cast.administrator.name in page
    assert "3 → 4" in page


def test_steps_that_contradict_the_minimum_are_refused(client: Client, cast: Cast, tofersen: Protocol) -> None:
    draft = make_new_version(cast.actor("administrator"), protocol=tofersen)
    response = client.post(change_url(draft), form_of(draft, **{"steps-0-interval": 10}))
    assert errors_in(response) == ["An interval of 10 days breaks the minimum of 14 days."]
    assert draft.steps.get(kind="loading").interval == 14


def test_phases_that_make_no_visit_are_refused(client: Client, cast: Cast, tofersen: Protocol) -> None:
    draft = make_new_version(cast.actor("administrator"), protocol=tofersen)
    response = client.post(change_url(draft), form_of(draft, **{"phases-2-DELETE": "on"}))
    assert errors_in(response) == ["The visit needs a procedure phase."]


def with_tier(**changed: Any) -> dict[str, Any]:
    """A gap tier as a browser would add it."""
    row = {"step_ordinal": 3, "at_least": 8, "below": 16, "gap_unit": "months", "doses": 2, "interval": 14}
    row |= {"interval_unit": "days", "provenance": "label"} | changed
    return {"gap_tiers-TOTAL_FORMS": 1, **{f"gap_tiers-0-{name}": value for name, value in row.items()}}


def american(cast: Cast) -> Protocol:
    """A draft with the steps of nusinersen and no gap tier."""
    draft = make_new_version(cast.actor("administrator"), protocol=Protocol.objects.get(code="nusinersen-eu"))
    draft.gap_tiers.all().delete()
    for ordinal, phase in enumerate(("procedure", "recovery"), start=1):
        draft.phases.create(ordinal=ordinal, phase=phase, minutes=30, needs_room=ordinal == 1, needs_operator=True)
    return draft


def test_a_gap_tier_is_added_beside_the_steps(client: Client, cast: Cast) -> None:
    draft = american(cast)
    assert client.post(change_url(draft), form_of(draft) | with_tier()).status_code == 302
    assert str(Protocol.objects.get(pk=draft.pk).rule.steps[2].gap_tiers[0].at_least) == "8 months"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"step_ordinal": 4}, "There is no step 4 for a gap to stand before."),
        ({"step_ordinal": 2}, "Gap rules need doses counted from the previous one given."),
    ],
)
def test_a_gap_tier_that_fits_no_step_is_refused(
    client: Client, cast: Cast, changed: dict[str, Any], sentence: str
) -> None:
    draft = american(cast)
    response = client.post(change_url(draft), form_of(draft) | with_tier(**changed))
    assert errors_in(response) == [sentence]
    assert draft.gap_tiers.count() == 0


def test_a_gate_is_one_that_something_looks_at(client: Client, cast: Cast, tofersen: Protocol) -> None:
    draft = make_new_version(cast.actor("administrator"), protocol=tofersen)
    response = client.post(change_url(draft), form_of(draft, **{"gates-2-code": "vial"}))
    assert response.status_code == 200
    assert client.post(change_url(draft), form_of(draft, **{"gates-2-validity_days": 30})).status_code == 302
    assert draft.gates.get(code="check_platelets").validity_days == 30
    assert tofersen.gates.get(code="check_platelets").validity_days is None


def test_an_empty_cell_says_that_no_figure_is_given(client: Client) -> None:
    example = Protocol.objects.get(code="nusinersen-us")
    page = client.get(change_url(example)).content.decode()
    assert page.count('placeholder="not given"') > 3
    row = client.get(reverse("admin:doseplans_protocol_changelist"), {"code": "nusinersen-us"}).content.decode()
    assert "not given" in row


def test_a_used_protocol_is_only_looked_at(client: Client, plan: DosePlan, tofersen: Protocol) -> None:
    page = client.get(change_url(tofersen))
    assert "so it stays as it is" in page.content.decode()
    assert 'name="_save"' not in page.content.decode()
    response = client.post(change_url(tofersen), form_of(tofersen, name="Else", **{"steps-0-interval": 20}))
    assert response.status_code == 302
    stored = Protocol.objects.get(pk=tofersen.pk)
    assert (stored.name, stored.steps.get(kind="loading").interval) == ("Tofersen 100 mg", 14)
    delete = client.post(reverse("admin:doseplans_protocol_delete", args=[tofersen.pk]), {"post": "yes"})
    assert delete.status_code == 403


def test_a_new_version_is_made_from_the_page_and_put_in_use(client: Client, plan: DosePlan, tofersen: Protocol) -> None:
    response = client.post(change_url(tofersen), form_of(tofersen) | {"_new_version": "Make a new version"})
    draft = Protocol.objects.get(code="tofersen", version=2)
    assert response.headers["Location"] == change_url(draft)
    client.post(change_url(draft), form_of(draft) | {"_put_in_use": "Put in use"})
    assert list(Protocol.objects.filter(code="tofersen").order_by("version").values_list("version", "status")) == [
        (1, "retired"),
        (2, "active"),
    ]
    client.post(change_url(draft), form_of(draft) | {"_retire": "Retire"})
    assert Protocol.objects.get(code="tofersen", version=2).status == "retired"


def test_versions_are_made_from_the_list(client: Client, tofersen: Protocol) -> None:
    client.post(
        reverse("admin:doseplans_protocol_changelist"),
        {"action": "make_new_versions", "_selected_action": [tofersen.pk]},
    )
    assert Protocol.objects.get(code="tofersen", version=2).status == "draft"


def test_what_cannot_be_put_in_use_says_why(client: Client) -> None:
    empty = Protocol.objects.create(code="empty", name="Empty")
    data = form_of(empty, dose_unit="mg") | {"_put_in_use": "Put in use"}
    response = client.post(change_url(empty), data)
    assert Protocol.objects.get(code="empty").status == "draft"
    assert "The visit needs a procedure phase." in errors_in(response)


def test_a_second_protocol_of_a_code_is_a_version_of_it(client: Client, tofersen: Protocol) -> None:
    data = form_of(tofersen, code="tofersen") | {"steps-INITIAL_FORMS": 0, "phases-INITIAL_FORMS": 0}
    response = client.post(reverse("admin:doseplans_protocol_add"), data)
    assert "make a new version of it" in str(response.context["adminform"].form.errors["code"])


def test_a_new_protocol_is_a_draft(client: Client, tofersen: Protocol) -> None:
    data = form_of(tofersen, code="another")
    for prefix, rows in (("steps", 2), ("phases", 5), ("gates", 10)):
        data[f"{prefix}-INITIAL_FORMS"] = 0
        for index in range(rows):
            del data[f"{prefix}-{index}-id"], data[f"{prefix}-{index}-protocol"]
    assert client.post(reverse("admin:doseplans_protocol_add"), data).status_code == 302
    made = Protocol.objects.get(code="another")
    assert (made.version, made.status, made.steps.count(), made.phases.count()) == (1, "draft", 2, 5)


@pytest.mark.parametrize("model", [DosePlan, Dose, Administration])
def test_plans_and_records_are_looked_at_and_never_changed(client: Client, plan: DosePlan, model: Any) -> None:
    name = f"admin:doseplans_{model._meta.model_name}"
    assert client.get(reverse(f"{name}_changelist")).status_code == 200
    assert client.get(reverse(f"{name}_add")).status_code == 403
    record = model.objects.first()
    if record is not None:
        page = client.get(reverse(f"{name}_change", args=[record.pk]))
        assert (page.status_code, 'name="_save"' in page.content.decode()) == (200, False)
        assert client.post(reverse(f"{name}_change", args=[record.pk]), {}).status_code == 403
        assert client.get(reverse(f"{name}_history", args=[record.pk])).status_code == 200


def test_another_units_administrator_sees_the_protocols_and_no_plan(cast: Cast, plan: DosePlan) -> None:
    client = signed_in(cast.other_administrator)
    assert client.get(change_url(plan.protocol)).status_code == 200
    assert client.get(reverse("admin:doseplans_doseplan_change", args=[plan.pk])).status_code == 404
    assert cast.patient.family_name not in client.get(reverse("admin:doseplans_dose_changelist")).content.decode()


@pytest.mark.parametrize("who", ["coordinator", "nurse", "doctor"])
def test_protocols_are_closed_to_who_does_not_set_them_up(cast: Cast, tofersen: Protocol, who: str) -> None:
    response = signed_in(getattr(cast, who)).get(change_url(tofersen))
    assert response.status_code in {302, 403}


def test_the_lists_cost_the_same_for_few_rows_and_many(
    client: Client,
    plan: DosePlan,
    django_assert_max_num_queries: Any,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert plan.rule  # in memory, as in a process that has been running for a page or two
    with django_assert_max_num_queries(12):
        client.get(reverse("admin:doseplans_dose_changelist"))
