"""Examples of other protocols, as drafts: the model carries them without code, and a site may finish them.

Figures are those of the project's domain facts and no others. What those do not give stays empty and is shown as
"not given"; so no example can be put in use before a site has filled in what its label and its own policy say.
"""

from datetime import time
from decimal import Decimal

from django.db import migrations

LABEL, POLICY = "label", "policy"
DAYS, MONTHS = "days", "months"
PREVIOUS, FIRST = "previous_actual", "first_dose"

EXAMPLE = (
    "Example, not for use: a draft that shows how the rules of this protocol are written down. Read the label and fill in "
    "what is empty before putting a version in use. "
)
NO_WINDOW = "No window is given: 0 days early and late stand until a site sets its policy. "


def step(kind, count, interval, unit=DAYS, anchor=PREVIOUS, **more):
    return {"kind": kind, "count": count, "interval": interval, "interval_unit": unit, "anchor": anchor, **more}


EXAMPLES = [
    {
        "code": "nusinersen-eu",
        "name": "Nusinersen 12 mg, EU (example)",
        "medicine": "Nusinersen 12 mg, intrathecal (EU text)",
        "dose_amount": Decimal("12"),
        "csf_removed_ml": Decimal("5"),
        "source": EXAMPLE
        + "Given: D0, 14, 28, 63, then every 4 calendar months; 5 mL CSF out; injected over 1 to 3 minutes; loading doses at "
        "least 14 days apart; a maintenance gap of 8 to under 16 months: two doses 14 days apart, then 4-monthly. Other gap "
        "tiers are not given: read the SmPC before use. " + NO_WINDOW,
        "steps": [
            step("loading", 3, 14, minimum_interval=14, minimum_interval_provenance=LABEL),
            step("loading", 1, 63, anchor=FIRST, minimum_interval=14, minimum_interval_provenance=LABEL),
            step("maintenance", None, 4, MONTHS),
        ],
        "gap_tiers": [
            {"step_ordinal": 3, "at_least": 8, "below": 16, "gap_unit": MONTHS, "doses": 2, "interval": 14},
        ],
    },
    {
        "code": "nusinersen-us",
        "name": "Nusinersen, US (example)",
        "medicine": "Nusinersen, intrathecal (US text)",
        "source": EXAMPLE + "No figure of the US text is given here, so every cell is empty.",
    },
    {
        "code": "nusinersen-50-28",
        "name": "Nusinersen 50/28 mg (example)",
        "medicine": "Nusinersen 50 mg and 28 mg, intrathecal",
        "source": EXAMPLE
        + "Given: 50 mg twice, 14 days apart, then 28 mg every 4 months. Somebody who switches: one 50 mg dose replaces the "
        "next 12 mg. " + NO_WINDOW,
        "steps": [
            step("loading", 2, 14, dose_amount=Decimal("50")),
            step("maintenance", None, 4, MONTHS, dose_amount=Decimal("28")),
        ],
    },
    {
        "code": "ocrelizumab",
        "name": "Ocrelizumab (example)",
        "medicine": "Ocrelizumab 300 mg twice, then 600 mg, into a vein",
        "route": "intravenous",
        "source": EXAMPLE
        + "Given: 300 mg twice, 14 days apart, then 600 mg every 6 months from infusion 1, at least 5 months apart; 2 to 3.5 "
        "hours and 1 hour of observation (the longest stands below). " + NO_WINDOW,
        "steps": [
            step("loading", 2, 14, dose_amount=Decimal("300")),
            step(
                "maintenance",
                None,
                6,
                MONTHS,
                FIRST,
                dose_amount=Decimal("600"),
                minimum_interval=5,
                minimum_interval_unit=MONTHS,
                minimum_interval_provenance=LABEL,
            ),
        ],
        "phases": [{"phase": "procedure", "minutes": 210}, {"phase": "recovery", "minutes": 60}],
    },
    {
        "code": "natalizumab",
        "name": "Natalizumab (example)",
        "medicine": "Natalizumab, into a vein",
        "route": "intravenous",
        "source": EXAMPLE + "Given: every 4 weeks; 1 hour and 1 hour of observation. The dose is not given. " + NO_WINDOW,
        "steps": [step("maintenance", None, 28)],
        "phases": [{"phase": "procedure", "minutes": 60}, {"phase": "recovery", "minutes": 60}],
    },
    {
        "code": "diagnostic-lp",
        "name": "Diagnostic lumbar puncture (example)",
        "route": "none",
        "source": EXAMPLE + "Given: one visit of 1 to 2 hours; how it divides into phases is not given. " + NO_WINDOW,
        "steps": [step("single", 1, 0)],
    },
    {
        "code": "it-chemotherapy",
        "name": "Intrathecal chemotherapy (example)",
        "medicine": "As ordered",
        "source": EXAMPLE
        + "Given: per order, so a plan is one ordered dose. Local rules: a register of staff, the order by 15:00 the day "
        "before, 10:00 to 17:00 Monday to Friday, never in the same area or at the same time as chemotherapy into a vein. "
        + NO_WINDOW,
        "starts_from": time(10),
        "starts_before": time(17),
        "start_weekdays": [1, 2, 3, 4, 5],
        "ordered_by": time(15),
        "kept_apart_as": "intrathecal-chemotherapy",
        "steps": [step("single", 1, 0)],
    },
]


def ship(apps, schema_editor):
    protocols = apps.get_model("doseplans", "Protocol")
    parts = {
        "steps": apps.get_model("doseplans", "ProtocolStep"),
        "phases": apps.get_model("doseplans", "ProtocolPhase"),
        "gap_tiers": apps.get_model("doseplans", "ProtocolGapTier"),
    }
    for example in EXAMPLES:
        if protocols.objects.filter(code=example["code"]).exists():
            continue
        fields = {name: value for name, value in example.items() if name not in parts}
        protocol = protocols.objects.create(version=1, status="draft", **fields)
        for name, model in parts.items():
            for ordinal, row in enumerate(example.get(name, ()), start=1):
                numbered = {} if name == "gap_tiers" else {"ordinal": ordinal}
                model.objects.create(protocol=protocol, **numbered, **row)


class Migration(migrations.Migration):

    dependencies = [
        ("doseplans", "0003_periodic_work"),
    ]

    operations = [
        # Backwards keeps them: a site may have made something of its own of one.
        migrations.RunPython(ship, migrations.RunPython.noop),
    ]
