"""Put the English texts that ship into the database, where an administrator sees them and publishes better ones."""

from django.db import migrations

from reminders.shipped import LANGUAGE, SHIPPED
from reminders.shipping import shipped_text


def ship(apps, schema_editor):
    text = apps.get_model("reminders", "MessageText")
    for variant in ("standard", "easy_read", "short"):
        for purpose in SHIPPED:
            words = shipped_text(purpose, variant)
            text.objects.get_or_create(
                unit=None,
                purpose=purpose,
                variant=variant,
                language=LANGUAGE,
                version=1,
                defaults={"subject": words.subject, "body": words.body},
            )


class Migration(migrations.Migration):
    dependencies = [("reminders", "0001_initial")]

    operations = [migrations.RunPython(ship, migrations.RunPython.noop)]
