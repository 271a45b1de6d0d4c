"""Seed the work of beat that asks what became of visits nobody wrote down."""

from django.db import migrations

NAME = "Worklist: visits that nobody wrote down"


def seed(apps, schema_editor):
    interval, _ = apps.get_model("django_celery_beat", "IntervalSchedule").objects.get_or_create(every=1, period="hours")
    apps.get_model("django_celery_beat", "PeriodicTask").objects.get_or_create(
        name=NAME,
        defaults={
            "interval": interval,
            "task": "scheduling.watch_outcomes",
            "expire_seconds": 3600,
            "description": "From the day after a visit on, whoever was there is asked what became of it, until that is "
            "written down.",
        },
    )


def unseed(apps, schema_editor):
    apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0002_periodic_work"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(seed, unseed)]
