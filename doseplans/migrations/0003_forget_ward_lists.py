"""Seed the hourly erasing of lists nobody decided about, so that an administrator sees it among the periodic work."""

from django.db import migrations

NAME = "Ward lists: erase those nobody decided about"


def seed(apps, schema_editor):
    interval = apps.get_model("django_celery_beat", "IntervalSchedule")
    task = apps.get_model("django_celery_beat", "PeriodicTask")
    every, _ = interval.objects.get_or_create(every=1, period="hours")
    task.objects.get_or_create(
        name=NAME,
        defaults={
            "task": "doseplans.forget_ward_lists",
            "interval": every,
            "expire_seconds": 3600,
            "description": "Files uploaded for import hold patients' details; what nobody imports or discards goes.",
        },
    )


def unseed(apps, schema_editor):
    apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("doseplans", "0002_ship_tofersen"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(seed, unseed)]
