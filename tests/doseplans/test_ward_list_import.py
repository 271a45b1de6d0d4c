"""A ward's list taken over into a unit: everything or nothing, and a second run changes nothing."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doseplans.wardlist import Severity
from tests.doseplans.wardlist.lists import DATA, GOOD, ward_list

if TYPE_CHECKING:
    from doseplans.services.ward_list import ImportReport
    from tests.cast import Cast

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
WARD_LIST = (DATA / "ward_list.csv").read_bytes()
WITH_ERRORS = (DATA / "ward_list_with_errors.csv").read_bytes()


def run(cast: Cast, content: bytes, *accepted: str, who: str = "coordinator", at: datetime = AT) -> ImportReport:
    from doseplans.services.ward_list import import_ward_list

    return import_ward_list(cast.actor(who), unit=cast.unit, content=content, at=at, accepted=frozenset(accepted))


def look(cast: Cast, content: bytes, *accepted: str) -> ImportReport:
    from doseplans.services.ward_list import look_at_ward_list

    return look_at_ward_list(
        cast.actor("coordinator"), unit=cast.unit, content=content, at=AT, accepted=frozenset(accepted)
    )


def counts(report: ImportReport) -> dict[str, int]:
    return dict(Counter(outcome.effect.value for outcome in report.outcomes))


def rows_written() -> dict[str, int]:
    """How many rows each table that an import writes holds, with its history."""
    from doseplans.models import Administration, Dose, DosePlan, PlanHold
    from patients.models import Authorisation, Carer, Consent, Flag, Patient

    models: list[Any] = [Patient, Flag, Carer, Consent, Authorisation, DosePlan, PlanHold, Dose, Administration]
    histories = [model.history.rel.related_model for model in models]
    return {model.__name__: model.objects.count() for model in [*models, *histories]}


def only_patient() -> Any:
    from patients.models import Patient

    return Patient.objects.get(hospital_number=GOOD["Hosp No"])


@pytest.fixture
def unit_with_list(cast: Cast) -> Cast:
    cast.patient.delete()  # has the NHS number of the list's first patient
    cast.other_patient.delete()
    report = run(cast, WARD_LIST)
    assert report.is_saved, report.findings
    return cast


@pytest.fixture
def empty(cast: Cast) -> Cast:
    cast.patient.delete()
    cast.other_patient.delete()
    return cast


def test_ward_list_stands_in_the_unit(unit_with_list: Cast) -> None:
    from doseplans.models import Administration, DosePlan
    from patients.models import Patient

    assert Patient.objects.filter(unit=unit_with_list.unit).count() == 58
    assert DosePlan.objects.filter(ended_on=None).count() == 58
    assert Administration.objects.count() == 835
    assert DosePlan.objects.filter(holds__lifted_at=None, holds__isnull=False).count() == 4


def test_ward_list_the_first_patient_whole(unit_with_list: Cast) -> None:
    from doseplans.models import Administration
    from patients.models import Patient

    patient = Patient.objects.get(hospital_number="Q204000")
    assert (patient.family_name, patient.given_name, patient.sex) == ("Thompson", "Aoife", "male")
    assert (patient.birth_date, patient.nhs_number) == (date(1977, 10, 17), "9990899452")
    assert (patient.phone.as_e164, patient.email) == ("+447700900416", "patient01@example.org")
    assert (patient.preferred_channel, patient.language, patient.consultant_name) == ("letter", "en", "Dr J. Osei")
    assert [(flag.kind, flag.code, flag.text) for flag in patient.flags.all()] == [
        ("need", "large_print", "Large print")
    ]
    (carer,) = patient.carers.all()
    assert (carer.name, carer.relationship, carer.phone.as_e164, carer.email, carer.receives_invites) == (
        "Ewa Thompson",
        "wife",
        "+447700900483",
        "carer01@example.org",
        False,
    )
    assert [(consent.kind, consent.given_on) for consent in patient.consents.all()] == [
        ("procedure", date(2025, 7, 13))
    ]
    (money,) = patient.authorisations.all()
    assert (money.funding_source, money.status, money.valid_to) == ("trust", "approved", date(2027, 3, 31))
    (plan,) = patient.plans.all()
    assert (plan.protocol.code, plan.access_route, plan.genetic_test_note) == ("tofersen", "unguided", "SOD1 +ve")
    (hold,) = plan.holds.all()
    assert (hold.reason, hold.placed_on, hold.review_on) == ("CSF WCC up", TODAY, date(2026, 12, 4))
    last = Administration.objects.filter(dose__plan=plan).latest("dose__sequence")
    assert (last.dose.sequence, last.given_on, last.is_time_known, last.source) == (
        18,
        date(2026, 11, 7),
        False,
        "import",
    )
    assert last.given_at == datetime(2026, 11, 7, 12, 0, tzinfo=UTC)


def test_ward_list_plans_go_on_from_the_last_dose_really_given(unit_with_list: Cast) -> None:
    from doseplans.models import Dose

    def coming(number: str) -> Dose:
        doses = Dose.objects.filter(plan__patient__hospital_number=number, administrations__isnull=True)
        return doses.order_by("sequence")[0]

    # Given on 7 Nov: 28 days later, whatever the ideal calendar said.
    assert (coming("Q204000").sequence, coming("Q204000").target_on) == (19, date(2026, 12, 5))
    # Two loading doses given, the second on 15 Nov: the third 14 days later.
    assert (coming("Q204052").kind, coming("Q204052").target_on) == ("loading", date(2026, 11, 29))
    # Three loading doses and one maintenance dose.
    assert (coming("Q204273").sequence, coming("Q204273").target_on) == (5, date(2026, 12, 13))
    # Nothing given, no day planned: a fortnight from the import.
    assert (coming("Q204208").sequence, coming("Q204208").target_on) == (1, date(2026, 12, 4))


def test_ward_list_second_run_changes_nothing(unit_with_list: Cast) -> None:
    before = rows_written()
    again = run(unit_with_list, WARD_LIST)
    assert (again.is_saved, counts(again)) == (True, {"unchanged": 58})
    assert rows_written() == before
    later = run(unit_with_list, WARD_LIST, at=datetime(2027, 3, 1, tzinfo=UTC))
    assert (later.is_saved, counts(later)) == (True, {"unchanged": 58})
    assert rows_written() == before


def test_ward_list_history_says_who_imported(unit_with_list: Cast) -> None:
    from patients.models import Patient

    patient: Any = Patient.objects.get(hospital_number="Q204000")
    row = patient.history.select_related("pgh_context").get()
    said_by = row.pgh_context.metadata
    assert (said_by["actor"], said_by["act"]) == ("Ada Coordinator", "import_ward_list")
    assert said_by["reason"].startswith("Ward list ")


def test_with_errors_is_refused_as_a_whole(empty: Cast) -> None:
    before = rows_written()
    report = run(empty, WITH_ERRORS)
    assert (report.is_saved, report.is_refused, counts(report)) == (False, True, {"created": 10})
    assert rows_written() == before
    every_question = [question.key for question in report.questions]
    assert not run(empty, WITH_ERRORS, *every_question).is_saved
    assert rows_written() == before


def test_question_without_a_yes_saves_nothing(empty: Cast) -> None:
    content = ward_list({}, {"E-mail": "not an address"})
    report = run(empty, content)
    assert (report.is_saved, [question.key for question in report.unanswered]) == (False, ["3:email-wrong"])
    assert rows_written()["Patient"] == 0
    report = run(empty, content, "3:email-wrong", "9:typo")
    assert (report.is_saved, counts(report), report.never_asked) == (True, {"created": 2}, ("9:typo",))
    again = run(empty, content, "3:email-wrong")
    assert counts(again) == {"unchanged": 2}


def test_look_saves_nothing(empty: Cast) -> None:
    before = rows_written()
    report = look(empty, WARD_LIST)
    assert (report.is_saved, report.is_ready, counts(report)) == (False, True, {"created": 58})
    assert rows_written() == before


def test_import_costs_no_more_queries_for_a_long_list(empty: Cast) -> None:
    def queries(content: bytes) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert run(empty, content).is_saved
        return len(captured)

    short, long = queries(ward_list({"NHS No": "", "Needs": "hoist", "On hold?": "Yes"})), queries(WARD_LIST)
    assert long <= short
    assert queries(WARD_LIST) <= 21


@pytest.mark.parametrize("who", ["nurse", "doctor", "pharmacist", "manager", "other_coordinator", "loner"])
def test_import_is_for_those_who_may(cast: Cast, who: str) -> None:
    from units.errors import NotAllowed

    with pytest.raises(NotAllowed):
        run(cast, ward_list(), who=who)


def test_import_fills_in_what_the_record_lacks(empty: Cast) -> None:
    bare = {
        **dict.fromkeys(("NHS No", "Tel", "E-mail", "Carer", "Carer tel", "Carer e-mail", "Sex", "Consultant"), ""),
        "Consent date": "",
        "Biogen consent": "",
        "Genetic test": "",
        "Needs": "",
        "Contact by": "",
        "LP route": "",
        "Funding": "",
    }
    assert run(empty, ward_list(bare)).is_saved
    fuller = ward_list({"Needs": "hoist", "Comments": "rings back", "LP route": "", "Contact by": "text"})
    # With nothing to reach the patient by, the first list made it letters.
    assert [(each.key, each.column) for each in run(empty, fuller).questions] == [("2:record-differs", "Contact by")]
    report = run(empty, fuller, "2:record-differs")
    assert (report.is_saved, counts(report)) == (True, {"updated": 1})
    assert report.outcomes[0].changes == (
        "NHS number",
        "sex",
        "telephone",
        "e-mail",
        "contact by",
        "consultant",
        "comments",
        "genetic test",
        "consultant",
        "need or alert: Hoist",
        "carer: Ewa Adeyemi (wife)",
        "consent: Procedure, 17/11/2025",
        "consent: Maker's access scheme, 17/11/2025",
        "authorisation: Maker's access scheme: Not required",
    )
    patient = only_patient()
    assert (patient.nhs_number, patient.sex, patient.comments) == ("9996815595", "female", "rings back")
    assert patient.plans.get().genetic_test_note == "SOD1 +ve"
    assert patient.flags.get().text == "Hoist"


@pytest.mark.parametrize(
    ("change", "column", "problem", "read_back"),
    [
        ({"Tel": "07700 900999"}, "Tel", "The record says “+447700900455”.", "+447700900999"),
        ({"E-mail": "new@example.org"}, "E-mail", "The record says “patient02@example.org”.", "new@example.org"),
        ({"Surname": "Adeyemi-Brown"}, "Surname", "The record says “Adeyemi”.", "Adeyemi-Brown"),
        ({"Contact by": "letter"}, "Contact by", "The record says “email”.", "letter"),
        ({"Consultant": "Dr J. Osei"}, "Consultant", "The record says “Dr A. Malik”.", "Dr J. Osei"),
    ],
)
def test_import_asks_before_the_list_replaces_the_record(
    empty: Cast, change: dict[str, str], column: str, problem: str, read_back: str
) -> None:
    run(empty, ward_list())
    report = run(empty, ward_list(change))
    (question,) = report.unanswered
    assert (question.key, question.column, question.problem) == ("2:record-differs", column, problem)
    assert not report.is_saved
    assert run(empty, ward_list(change), "2:record-differs").is_saved
    patient = only_patient()
    assert read_back in [
        patient.phone.as_e164,
        patient.email,
        patient.family_name,
        patient.preferred_channel,
        patient.consultant_name,
    ]
    assert counts(run(empty, ward_list(change))) == {"unchanged": 1}


def test_import_leaves_what_the_list_does_not_say(empty: Cast) -> None:
    run(empty, ward_list())
    silent = dict.fromkeys(("NHS No", "Tel", "E-mail", "Carer", "Carer tel", "Carer e-mail", "Consultant"), "")
    silent |= {"Contact by": "", "LP route": "", "Funding": "", "Consent date": "", "Sex": ""}
    report = run(empty, ward_list(silent))
    assert (report.is_saved, counts(report)) == (True, {"unchanged": 1})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"DOB": "07/09/1980"}, "birth-date-differs"),
        ({"Surname": "Begum", "Forename": "Ahmed"}, "name-differs"),
        ({"NHS No": "999 407 1122"}, "nhs-number-differs"),
        ({"Hosp No": "Q999999"}, "nhs-number-on-record"),
    ],
)
def test_import_refuses_a_number_that_is_somebody_elses(empty: Cast, change: dict[str, str], code: str) -> None:
    run(empty, ward_list())
    report = run(empty, ward_list(change))
    assert [(each.severity, each.code) for each in report.refusals] == [(Severity.REFUSE, code)]
    assert not report.is_saved


def test_import_refuses_an_nhs_number_of_another_unit_without_naming_anybody(cast: Cast) -> None:
    report = run(cast, ward_list())
    (refusal,) = report.refusals
    assert (refusal.code, refusal.problem) == ("nhs-number-elsewhere", "Another unit has this NHS number on record.")
    assert "Hartnoll" not in repr(report)


@pytest.mark.parametrize(
    ("change", "code", "column"),
    [
        ({"Maintenance doses given": "03/03/2026; 02/04/2026; 30/04/2026"}, "doses-differ", "Dose 1"),
        ({"Dose 3": "21/01/2026"}, "doses-differ", "Dose 1"),
        ({"On hold?": "Yes - fever, review 04/12/2026"}, "hold-not-on-record", "On hold?"),
    ],
)
def test_import_never_changes_the_course_of_a_running_plan(
    empty: Cast, change: dict[str, str], code: str, column: str
) -> None:
    run(empty, ward_list())
    before = rows_written()
    report = run(empty, ward_list(change))
    assert [(each.code, each.column) for each in report.unanswered] == [(code, column)]
    accepted = run(empty, ward_list(change), f"2:{code}")
    assert (accepted.is_saved, counts(accepted)) == (True, {"unchanged": 1})
    assert rows_written() == before


def test_import_of_an_older_list_leaves_later_doses_alone(empty: Cast) -> None:
    run(empty, ward_list())
    older = run(empty, ward_list({"Maintenance doses given": "03/03/2026"}))
    assert (older.is_saved, older.questions, counts(older)) == (True, (), {"unchanged": 1})


def test_import_leaves_an_ended_treatment_ended(empty: Cast) -> None:
    run(empty, ward_list())
    from doseplans.models import DosePlan

    DosePlan.objects.filter(patient=only_patient()).update(ended_on=TODAY, end_reason="transferred")
    ended = run(empty, ward_list())
    assert [question.code for question in ended.unanswered] == ["plan-ended"]
    assert counts(run(empty, ward_list(), "2:plan-ended")) == {"unchanged": 1}


def test_import_of_somebody_registered_by_hand_adds_the_course(cast: Cast) -> None:
    from patients.models import Patient

    cast.other_patient.delete()
    Patient.objects.create(
        unit=cast.unit,
        family_name="Adeyemi",
        given_name="Priya",
        birth_date=date(1980, 9, 6),
        hospital_number="q300001",
        preferred_channel="email",
    )
    report = run(cast, ward_list())
    assert (report.is_saved, counts(report)) == (True, {"updated": 1})
    patient = Patient.objects.get(family_name="Adeyemi")
    assert patient.plans.get().doses.filter(administrations__isnull=False).count() == 5


def test_import_of_somebody_who_died_changes_nothing(empty: Cast) -> None:
    run(empty, ward_list())
    patient = only_patient()
    patient.deceased_at = AT
    patient.save()
    report = run(empty, ward_list({"Tel": "07700 900999"}))
    assert (report.is_saved, counts(report)) == (True, {"unchanged": 1})
    assert [note.code for note in report.notes] == ["patient-died"]


def test_import_a_planned_first_dose_is_the_plans_first_day(empty: Cast) -> None:
    content = ward_list(
        {"Dose 1": "30/11/2026", "Dose 2": "", "Dose 3": "", "Maintenance doses given": "", "Consent date": ""}
    )
    assert run(empty, content, "2:first-dose-to-come").is_saved
    assert only_patient().plans.get().starts_on == date(2026, 11, 30)
    assert counts(run(empty, content, "2:first-dose-to-come")) == {"unchanged": 1}


def test_the_demo_units_people_have_none_of_the_lists_numbers() -> None:
    from clinic.demo.people import NAMES, person
    from doseplans.wardlist import read_ward_list

    demo = [person(number) for number in range(len(NAMES))]
    listed = [row.who for row in read_ward_list(WARD_LIST, at=TODAY).rows]
    assert not {each.nhs_number for each in demo} & {who.nhs_number for who in listed}
    assert not {each.hospital_number for each in demo} & {who.hospital_number for who in listed}
