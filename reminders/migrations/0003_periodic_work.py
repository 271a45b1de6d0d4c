"""Seed the sweep, so that an administrator sees it among the periodic work and may change it."""

from django.db import migrations

EVERY_S = 10


def seed(apps, schema_editor):
    interval = apps.get_model("django_celery_beat", "IntervalSchedule")
    task = apps.get_model("django_celery_beat", "PeriodicTask")
    every, _ = interval.objects.get_or_create(every=EVERY_S, period="seconds")
    task.objects.get_or_create(
        name="Messages: send what is due",
        defaults={
            "task": "reminders.sweep",
            "interval": every,
            "queue": "mail",
            # One that waited for longer is pointless: the next is already there.
            "expire_seconds": EVERY_S,
            "description": "Writes the messages of booked, moved and cancelled visits and sends what is due. "
            "Bookings also wake a worker at once; this finds what was missed while Redis or the workers were down.",
        },
    )


def unseed(apps, schema_editor):
    apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(name="Messages: send what is due").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("reminders", "0002_shipped_texts"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(seed, unseed)]
