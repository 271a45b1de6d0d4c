"""Seed the sweep of offers, so that an administrator sees it among the periodic work."""

from django.db import migrations

NAME = "Waiting list: offers that are over"


def seed(apps, schema_editor):
    interval = apps.get_model("django_celery_beat", "IntervalSchedule")
    task = apps.get_model("django_celery_beat", "PeriodicTask")
    every, _ = interval.objects.get_or_create(every=60, period="seconds")
    task.objects.get_or_create(
        name=NAME,
        defaults={
            "task": "scheduling.sweep_offers",
            "interval": every,
            "expire_seconds": 60,
            "description": "Offers of a freed slot that have run out, or that a hold or a closure has overtaken, are "
            "ended and those asked are told. Nobody gets a slot by one that has run out, whether this has run or not.",
        },
    )


def unseed(apps, schema_editor):
    apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0005_waiting_list_and_offers"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(seed, unseed)]
