"""The local rules of the intrathecal chemotherapy example as data: when it may begin, by when it is ordered, what apart."""

from datetime import time

from django.db import migrations

GIVEN = {
    "starts_from": time(10),
    "starts_before": time(17),
    "start_weekdays": [1, 2, 3, 4, 5],
    "ordered_by": time(15),
    "kept_apart_as": "intrathecal-chemotherapy",
}


def write_down(apps, schema_editor):
    # Only the example as it was shipped: what a site has made of it stays.
    shipped = apps.get_model("doseplans", "Protocol").objects.filter(code="it-chemotherapy", version=1, status="draft")
    shipped.filter(plans__isnull=True).update(**GIVEN)


class Migration(migrations.Migration):
    dependencies = [
        ("doseplans", "0007_start_hours_and_assistants"),
    ]

    operations = [
        migrations.RunPython(write_down, migrations.RunPython.noop),
    ]
