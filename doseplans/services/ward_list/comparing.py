"""A row of the list beside what is on record: what is new, what differs, and who might be somebody else.

What the record lacks is filled in. Where the two differ a person is asked, and yes lets the list's word replace the
record's. Doses, holds and ends of a plan that is running are never changed by a list, since visits may hang on them:
the difference is asked about, and yes leaves the record as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from doseplans.models import DosePlan
from doseplans.services.ward_list.on_record import OnRecord
from doseplans.wardlist import Finding, Reading, Severity, WardRow
from doseplans.wardlist.cells import folded
from doseplans.wardlist.columns import Meaning
from doseplans.wardlist.dates import said
from doseplans.wardlist.findings import shown
from patients.models import Authorisation, Carer, Consent, Flag, Patient

# Compared by their letters alone: "Dr J Osei" is "Dr J. Osei".
IN_WORDS = frozenset({Meaning.CONSULTANT, Meaning.CARER, Meaning.GENETIC_TEST})


@dataclass(slots=True)
class Comparison:
    """One row, the patient it is about (None: new), what is to be written, and what is to be said.

    `patient_fields` and `plan_fields` are new values by column; the lists hold unsaved rows without their patient.
    """

    row: WardRow
    patient: Patient | None
    plan: DosePlan | None = None
    findings: list[Finding] = field(default_factory=list)
    patient_fields: dict[str, object] = field(default_factory=dict)
    plan_fields: dict[str, object] = field(default_factory=dict)
    carer_fields: dict[str, object] = field(default_factory=dict)
    carer: Carer | None = None
    additions: list[Flag | Carer | Consent | Authorisation] = field(default_factory=list)
    needs_plan: bool = False

    @property
    def is_new(self) -> bool:
        return self.patient is None

    @property
    def changes(self) -> tuple[str, ...]:
        """In words, what is written into a record that was there."""
        fields = [*_named(Patient, self.patient_fields), *_named(DosePlan, self.plan_fields)]
        fields += [f"carer's {name}" for name in _named(Carer, self.carer_fields)]
        added = [f"{addition._meta.verbose_name}: {addition}" for addition in self.additions]
        return (*fields, *added, *(["dose plan"] if self.needs_plan else []))


def _named(model: type[Patient | DosePlan | Carer], fields: dict[str, object]) -> list[str]:
    names = {column.name: str(column.verbose_name) for column in model._meta.concrete_fields}
    return [names[name] for name in fields]


def compare(row: WardRow, known: OnRecord, reading: Reading) -> Comparison:
    """The row beside the record."""
    patient = known.patient_of(row)
    comparison = Comparison(row, patient)
    differences = _Differences(comparison, reading)
    differences.look_at_numbers(known)
    if patient is None:
        comparison.additions = list(attached_to(row))
        comparison.needs_plan = True
        return comparison
    if patient.deceased_at is not None:
        differences.tell(Meaning.HOSPITAL_NUMBER, "patient-died", "The record says that the patient has died.")
        return comparison
    differences.look_at_person(patient)
    if any(finding.severity is Severity.REFUSE for finding in comparison.findings):
        return comparison
    differences.look_at_contact(patient)
    differences.look_at_attached(patient)
    differences.look_at_plan(known, patient)
    return comparison


def attached_to(row: WardRow) -> Iterator[Flag | Carer | Consent | Authorisation]:
    """Needs, carer, consents and funding of a row, unsaved and without their patient."""
    for need in row.care.needs:
        yield Flag(kind=Flag.Kind.NEED, code=need.code, text=need.text)
    if listed := row.contact.carer:
        yield Carer(name=listed.name, relationship=listed.relationship, phone=listed.phone, email=listed.email)
    if given_on := row.care.procedure_consent_on:
        yield Consent(kind=Consent.Kind.PROCEDURE, given_on=given_on)
    if given_on := row.care.maker_consent_on:
        yield Consent(kind=Consent.Kind.MAKER, given_on=given_on)
    if funding := row.care.funding:
        yield Authorisation(
            status=funding.status, funding_source=funding.source, valid_to=funding.valid_to, note=funding.text
        )


class _Differences:
    """Looks at one row and its record, and writes down what it finds."""

    def __init__(self, comparison: Comparison, reading: Reading) -> None:
        self.comparison = comparison
        self.row = comparison.row
        self.reading = reading

    def look_at_numbers(self, known: OnRecord) -> None:
        """Refusals where one of the two numbers belongs to somebody else."""
        who, patient = self.row.who, self.comparison.patient
        number = who.nhs_number or ""
        holder = known.by_nhs_number.get(number)
        advice = "Find out whose number it is; correct the list, or the record on the patient's page."
        if number in known.elsewhere:
            problem = "Another unit has this NHS number on record."
            self._refuse(
                Meaning.NHS_NUMBER, "nhs-number-elsewhere", problem, "Ask that patient's unit, or the administrator."
            )
        elif holder and folded(holder.hospital_number) != folded(who.hospital_number):
            problem = f"This NHS number is on record under hospital number {holder.hospital_number}."
            self._refuse(Meaning.NHS_NUMBER, "nhs-number-on-record", problem, advice)
        elif patient and number and patient.nhs_number and patient.nhs_number != number:
            problem = "This hospital number is on record with another NHS number."
            self._refuse(Meaning.NHS_NUMBER, "nhs-number-differs", problem, advice)

    def look_at_person(self, patient: Patient) -> None:
        """Refusals where the number is on record for another person; a question where a name was changed."""
        who = self.row.who
        if patient.birth_date != who.birth_date:
            problem = f"This hospital number is on record for somebody born on {said(patient.birth_date)}."
            advice = "Find out which is right; correct the list, or the record on the patient's page."
            self._refuse(Meaning.BIRTH_DATE, "birth-date-differs", problem, advice)
        same_family = folded(patient.family_name) == folded(who.family_name)
        same_given = folded(patient.given_name) == folded(who.given_name)
        if not same_family and not same_given:
            problem = f"This hospital number is on record for {patient.given_name} {patient.family_name}."
            advice = "Find out whose number it is: two people cannot share it."
            self._refuse(Meaning.FAMILY_NAME, "name-differs", problem, advice)
            return
        if not same_family:
            self._replace(Meaning.FAMILY_NAME, "family_name", patient.family_name, who.family_name)
        if not same_given:
            self._replace(Meaning.GIVEN_NAME, "given_name", patient.given_name, who.given_name)
        self._fill_or_ask(Meaning.NHS_NUMBER, "nhs_number", patient.nhs_number or "", who.nhs_number or "")
        known_sex = "" if patient.sex == Patient.Sex.UNKNOWN else patient.sex
        self._fill_or_ask(Meaning.SEX, "sex", known_sex, "" if who.sex == Patient.Sex.UNKNOWN else who.sex)

    def look_at_contact(self, patient: Patient) -> None:
        """How the patient is reached, the consultant, and the comments."""
        contact = self.row.contact
        self._fill_or_ask(Meaning.PHONE, "phone", e164(patient.phone), contact.phone)
        self._fill_or_ask(Meaning.EMAIL, "email", patient.email, contact.email)
        channel = contact.channel if contact.is_channel_said else ""
        self._fill_or_ask(Meaning.CHANNEL, "preferred_channel", patient.preferred_channel, channel)
        self._fill_or_ask(Meaning.CONSULTANT, "consultant_name", patient.consultant_name, self.row.care.consultant_name)
        on_record = " ".join(patient.comments.split())
        fresh = [line for line in self.row.comments.splitlines() if " ".join(line.split()) not in on_record]
        if fresh:
            self.comparison.patient_fields["comments"] = "\n".join(filter(None, [patient.comments, *fresh]))

    def look_at_attached(self, patient: Patient) -> None:
        """Needs, carer, consents and funding that the record lacks; a carer whose details differ is asked about."""
        have = {
            *((flag.code, folded(flag.text)) for flag in patient.flags.all()),
            *((consent.kind, consent.given_on) for consent in patient.consents.all()),
            *(each.note for each in patient.authorisations.all()),
            *((each.funding_source, each.status, each.valid_to) for each in patient.authorisations.all()),
        }
        carers = {folded(carer.name): carer for carer in patient.carers.all()}
        for addition in attached_to(self.row):
            if isinstance(addition, Carer):
                if carer := carers.get(folded(addition.name)):
                    self._look_at_carer(carer, addition)
                else:
                    self.comparison.additions.append(addition)
            elif not _marks(addition) & have:
                self.comparison.additions.append(addition)

    def _look_at_carer(self, carer: Carer, listed: Carer) -> None:
        self.comparison.carer = carer
        fields = self.comparison.carer_fields
        self._fill_or_ask(Meaning.CARER, "relationship", carer.relationship, listed.relationship, fields)
        self._fill_or_ask(Meaning.CARER_PHONE, "phone", e164(carer.phone), e164(listed.phone), fields)
        self._fill_or_ask(Meaning.CARER_EMAIL, "email", carer.email, listed.email, fields)

    def look_at_plan(self, known: OnRecord, patient: Patient) -> None:
        """A plan where there is none; else its facts, its doses and its hold beside the list's."""
        plan = self.comparison.plan = known.plan_of(patient)
        if plan is None:
            self.comparison.needs_plan = True
            return
        if plan.ended_on is not None:
            problem = f"The treatment ended on {said(plan.ended_on)}, by the record."
            self._keep(
                Meaning.DRUG,
                "plan-ended",
                problem,
                "Say yes to leave it ended; a new plan is started on the patient's page.",
            )
            return
        care, fields = self.row.care, self.comparison.plan_fields
        if care.is_route_said:
            self._fill_or_ask(Meaning.ACCESS_ROUTE, "access_route", plan.access_route, care.access_route, fields)
        self._fill_or_ask(Meaning.GENETIC_TEST, "genetic_test_note", plan.genetic_test_note, care.genetic_test, fields)
        if care.consultant_name and plan.consultant_name == patient.consultant_name != care.consultant_name:
            fields["consultant_name"] = care.consultant_name  # asked about, or filled in, with the patient's own
        self._look_at_doses(known, plan)
        self._look_at_hold(plan)

    def _look_at_doses(self, known: OnRecord, plan: DosePlan) -> None:
        listed, given = self.row.course.given_on, known.given.get(plan.pk, ())
        if listed == given[: len(listed)]:
            planned = self.row.course.starts_on
            if planned and not given and planned != plan.starts_on:
                problem = f"The first dose is planned for {said(plan.starts_on)}, by the record."
                advice = "Say yes to leave the record as it is; the day is changed on the patient's page."
                self._keep(Meaning.DOSE, "planned-day-differs", problem, advice, said(planned))
            return
        fresh = [day for day in listed if day not in given]
        gone = [day for day in given if day not in listed and day <= listed[-1]]
        words = [f"not on record: {', '.join(map(said, fresh))}"] if fresh else []
        words += [f"not on the list: {', '.join(map(said, gone))}"] if gone else []
        advice = (
            "Say yes to leave the record as it is; doses are recorded on the patient's page, where the visits are seen."
        )
        problem = f"The doses differ from the record: {'; '.join(words)}."
        self._keep(Meaning.DOSE, "doses-differ", problem, advice, ", ".join(map(said, fresh or listed[-1:])))

    def _look_at_hold(self, plan: DosePlan) -> None:
        held = bool(plan.standing_holds)  # type: ignore[attr-defined]
        listed = self.row.care.hold
        if listed and not held:
            advice = "Ask a doctor to place the hold on the patient's page; say yes to go on without."
            self._keep(
                Meaning.HOLD, "hold-not-on-record", "The plan is not on hold, by the record.", advice, listed.reason
            )
        elif held and not listed:
            self.tell(Meaning.HOLD, "hold-on-record", "The plan is on hold, by the record.")

    def tell(self, meaning: Meaning, code: str, problem: str) -> None:
        self._found(Severity.NOTE, meaning, code, "", problem, "Nothing: the record stays as it is.")

    def _fill_or_ask(
        self, meaning: Meaning, name: str, stored: str, listed: str, fields: dict[str, object] | None = None
    ) -> None:
        """The list's value where the record has none; a question where both have one and they differ."""
        same = folded if meaning in IN_WORDS else str.casefold
        if not listed or same(stored) == same(listed):
            return
        if stored:
            self._replace(meaning, name, stored, listed, fields)
        else:
            (self.comparison.patient_fields if fields is None else fields)[name] = listed

    def _replace(
        self, meaning: Meaning, name: str, stored: str, listed: str, fields: dict[str, object] | None = None
    ) -> None:
        (self.comparison.patient_fields if fields is None else fields)[name] = listed
        advice = "Say yes if the list is right: it replaces the record. Else correct the list."
        self._found(Severity.ASK, meaning, "record-differs", listed, f"The record says “{stored}”.", advice)

    def _keep(self, meaning: Meaning, code: str, problem: str, advice: str, value: str = "") -> None:
        self._found(Severity.ASK, meaning, code, value, problem, advice)

    def _refuse(self, meaning: Meaning, code: str, problem: str, advice: str) -> None:
        who = self.row.who
        values = {
            Meaning.NHS_NUMBER: who.nhs_number or "",
            Meaning.BIRTH_DATE: said(who.birth_date),
            Meaning.FAMILY_NAME: f"{who.given_name} {who.family_name}",
        }
        self._found(Severity.REFUSE, meaning, code, values[meaning], problem, advice)

    def _found(self, severity: Severity, meaning: Meaning, code: str, value: str, problem: str, advice: str) -> None:
        column = self.reading.heading(meaning)
        self.comparison.findings.append(Finding(severity, code, self.row.line, column, shown(value), problem, advice))


def e164(phone: Any) -> str:
    """A stored or listed telephone as E.164; as typed where it is none."""
    if not phone or isinstance(phone, str):
        return phone or ""
    return str(phone.as_e164 if phone.country_code else phone.raw_input)


def _marks(addition: Flag | Consent | Authorisation) -> set[object]:
    """What tells that the record has this already."""
    if isinstance(addition, Flag):
        return {(addition.code, folded(addition.text))}
    if isinstance(addition, Consent):
        return {(addition.kind, addition.given_on)}
    return {addition.note, (addition.funding_source, addition.status, addition.valid_to)}
