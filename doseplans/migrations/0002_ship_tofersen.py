"""Tofersen stands in every new installation, in use."""

from decimal import Decimal

from django.db import migrations

LABEL, POLICY = "label", "policy"

PROTOCOL = {
    "code": "tofersen",
    "version": 1,
    "name": "Tofersen 100 mg",
    "medicine": "Tofersen (Qalsody), 100 mg in 15 mL (6.7 mg/mL), intrathecal",
    "status": "active",
    "dose_amount": Decimal("100"),
    "dose_unit": "mg",
    "volume_ml": Decimal("15"),
    "csf_removed_ml": Decimal("10"),
    "minimum_interval_days": 14,
    "minimum_interval_provenance": POLICY,
    "needs_genetic_test": True,
    "needs_prescriber": True,
    "needs_review": True,
    "needs_pregnancy_discussion": True,
    "needs_registry_return": True,
    "minimum_age_years": 18,
    "source": (
        "Label (US and EU prescribing texts agree): three loading doses 14 days apart, then one every 28 days; a late or "
        "missed dose is given as soon as possible and the next counts from it; 100 mg in 15 mL; adults with ALS/MND and a "
        "SOD1 mutation. About 10 mL CSF is removed first. A doctor experienced in ALS prescribes it; effective contraception, "
        "pregnancy and breastfeeding are discussed with the consultant; a clinical review is dated. EU: data go to a "
        "registry yearly.\n"
        "Local policy, because the label gives none: the windows, the minimum interval, the lengths of the visit's phases "
        "(observation is usually 60 to 90 minutes). What must be in order before the procedure is local policy too; how "
        "long a check stays valid is not given, so no time limit is set."
    ),
}

STEPS = [
    {"kind": "loading", "count": 3, "interval": 14, "window_before_days": 0, "window_after_days": 3},
    {"kind": "maintenance", "count": None, "interval": 28, "window_before_days": 2, "window_after_days": 5},
]

PHASES = [
    {"phase": "arrival", "minutes": 15},
    {"phase": "preparation", "minutes": 45},
    {"phase": "procedure", "minutes": 45, "needs_room": True, "needs_operator": True},
    {"phase": "recovery", "minutes": 75, "needs_recovery_place": True},
    {"phase": "discharge", "minutes": 15},
]

GATES = [
    "consent_procedure",
    "consent_maker",
    "check_platelets",
    "check_inr",
    "check_infection",
    "check_raised_icp",
    "check_supine",
    "authorisation",
    "antithrombotic",
    "not_on_hold",
]


def ship(apps, schema_editor):
    protocol_model = apps.get_model("doseplans", "Protocol")
    step_model = apps.get_model("doseplans", "ProtocolStep")
    phase_model = apps.get_model("doseplans", "ProtocolPhase")
    gate_model = apps.get_model("doseplans", "ProtocolGate")
    if protocol_model.objects.filter(code=PROTOCOL["code"], version=PROTOCOL["version"]).exists():
        return
    protocol = protocol_model.objects.create(**PROTOCOL)
    for ordinal, step in enumerate(STEPS, start=1):
        step_model.objects.create(
            protocol=protocol,
            ordinal=ordinal,
            interval_unit="days",
            anchor="previous_actual",
            interval_provenance=LABEL,
            window_provenance=POLICY,
            **step,
        )
    for ordinal, phase in enumerate(PHASES, start=1):
        phase_model.objects.create(protocol=protocol, ordinal=ordinal, provenance=POLICY, **phase)
    for ordinal, code in enumerate(GATES, start=1):
        gate_model.objects.create(protocol=protocol, ordinal=ordinal, code=code, provenance=POLICY)


class Migration(migrations.Migration):

    dependencies = [
        ("doseplans", "0001_initial"),
    ]

    operations = [
        # Backwards keeps the protocol: plans may use it, and then it cannot go.
        migrations.RunPython(ship, migrations.RunPython.noop),
    ]
