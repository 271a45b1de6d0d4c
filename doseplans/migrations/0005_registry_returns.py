"""Seed the daily look for registry returns that are due, so that an administrator sees it among the periodic work."""

from django.db import migrations

NAME = "Worklist: yearly returns to the registry"


def seed(apps, schema_editor):
    crontab = apps.get_model("django_celery_beat", "CrontabSchedule")
    task = apps.get_model("django_celery_beat", "PeriodicTask")
    daily, _ = crontab.objects.get_or_create(
        minute="20", hour="5", day_of_week="*", day_of_month="*", month_of_year="*", timezone="UTC"
    )
    task.objects.get_or_create(
        name=NAME,
        defaults={
            "task": "doseplans.open_registry_returns",
            "crontab": daily,
            "description": "Opens an item for each plan whose last return, or first dose, is a year ago.",
        },
    )


def unseed(apps, schema_editor):
    apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("doseplans", "0004_ship_examples"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(seed, unseed)]
