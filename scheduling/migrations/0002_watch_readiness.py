"""Seed the hourly look at who is not ready, so that an administrator sees it among the periodic work."""

from django.db import migrations

NAME = "Worklist: visits not ready"


def seed(apps, schema_editor):
    interval = apps.get_model("django_celery_beat", "IntervalSchedule")
    task = apps.get_model("django_celery_beat", "PeriodicTask")
    every, _ = interval.objects.get_or_create(every=1, period="hours")
    task.objects.get_or_create(
        name=NAME,
        defaults={
            "task": "scheduling.watch_readiness",
            "interval": every,
            "expire_seconds": 3600,
            "description": "From two working days before a visit, what is missing is on the worklist; what has been "
            "mended, moved or cancelled since is taken off.",
        },
    )


def unseed(apps, schema_editor):
    apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0001_initial"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(seed, unseed)]
